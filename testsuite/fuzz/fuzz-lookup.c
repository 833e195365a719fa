/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/index.c, lookup.c and what module.c reads of modules.dep: a directory
 * of indexes, of which each may be damaged, and a name that is looked up there.
 *
 * An input is the name, then for each of five indexes a piece with its damage and one with items, as
 * in fuzz-index-write.c, then modules.softdep and, for the rest, modules.weakdep. What the library
 * says has to be the same when it has loaded the indexes before, and when it has not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "context.h"
#include "fuzz.h"
#include "input.h"
#include "libkmod/format/index-write.h"
#include "libkmod/libkmod.h"
#include "scratch.h"

#define ITEMS_MAX 64U

/* Of a list so many modules are shown, and all are counted. */
#define SHOWN_MAX 64U

static const char *const names[] = {
	"modules.dep.bin",     "modules.alias.bin",	    "modules.symbols.bin",
	"modules.builtin.bin", "modules.builtin.alias.bin",
};

/* ---- Files ----------------------------------------------------------------------------- */

static void put_index(const char *name, struct span damage, struct span content)
{
	struct index_item items[ITEMS_MAX];
	size_t size = 0, bad = 0;
	uint8_t *file = NULL;

	if (index_build(items, input_items(content, items, ITEMS_MAX), &file, &size, &bad) < 0) {
		scratch_put(name, content); /* which is none, but may look like one */
		return;
	}
	input_damage(&damage, file, size);
	scratch_put(name, span_of(file, size));
	free(file);
}

/* Some modules have to have files for others to depend on them. */
static void put_modules(void)
{
	static bool done;

	if (done)
		return;
	scratch_mkdir("k");
	scratch_put("k/a.ko.xz", span_of(NULL, 0));
	scratch_put("k/b.ko", span_of(NULL, 0));
	scratch_put("k/c-d.ko", span_of(NULL, 0));
	done = true;
}

static void put_files(struct span *input)
{
	put_modules();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct span damage = input_piece(input);

		put_index(names[i], damage, input_piece(input));
	}
	scratch_put("modules.softdep", input_piece(input));
	scratch_put("modules.weakdep", *input);
}

/* ---- What is said of them -------------------------------------------------------------- */

static void print_list(FILE *out, const char *title, struct kmod_list *list)
{
	struct kmod_list *item;
	unsigned int count = 0;

	(void)fprintf(out, " %s:", title);
	kmod_list_foreach(item, list) {
		struct kmod_module *const mod = kmod_module_get_module(item);

		if (count++ < SHOWN_MAX)
			(void)fprintf(out, " %s", kmod_module_get_name(mod));
		(void)kmod_module_unref(mod);
	}
	(void)fprintf(out, " %u\n", count);
	(void)kmod_module_unref_list(list);
}

static void print_module(FILE *out, const struct kmod_module *mod)
{
	const char *const path = kmod_module_get_path(mod);
	const char *const options = kmod_module_get_options(mod);
	struct kmod_list *pre = NULL, *post = NULL, *weak = NULL;

	(void)fprintf(out, "%s %s %s\n", kmod_module_get_name(mod), path ? path : "-",
		      options ? options : "-");
	print_list(out, "dependencies", kmod_module_get_dependencies(mod));
	(void)fprintf(out, " softdeps %d", kmod_module_get_softdeps(mod, &pre, &post));
	print_list(out, "pre", pre);
	print_list(out, "post", post);
	(void)fprintf(out, " weakdeps %d", kmod_module_get_weakdeps(mod, &weak));
	print_list(out, "weak", weak);
}

static void print_lookup(FILE *out, struct kmod_ctx *ctx, const char *name)
{
	struct kmod_list *list = NULL, *item;
	struct kmod_module *mod = NULL;
	unsigned int count = 0;

	(void)fprintf(out, "lookup %d\n", kmod_module_new_from_lookup(ctx, name, &list));
	kmod_list_foreach(item, list) {
		struct kmod_module *const found = kmod_module_get_module(item);

		if (count++ < SHOWN_MAX)
			print_module(out, found);
		(void)kmod_module_unref(found);
	}
	(void)kmod_module_unref_list(list);
	(void)fprintf(out, "name %d\n", kmod_module_new_from_name_lookup(ctx, name, &mod));
	if (mod)
		print_module(out, mod);
	(void)kmod_module_unref(mod);
}

/* What is said of @name, which the caller frees. */
static char *describe(const char *name, bool loaded)
{
	struct kmod_ctx *const ctx = fuzz_context();
	char *text = NULL;
	size_t size = 0;
	FILE *const out = open_memstream(&text, &size);

	fuzz_assert(out != NULL);
	if (loaded)
		(void)kmod_load_resources(ctx);
	(void)kmod_validate_resources(ctx);
	print_lookup(out, ctx, name);
	fuzz_assert(fclose(out) == 0);
	(void)kmod_unref(ctx);
	return text;
}

static void dump_indexes(void)
{
	struct kmod_ctx *const ctx = fuzz_context();
	const int fd = memfd_create("dump", MFD_CLOEXEC);

	fuzz_assert(fd >= 0);
	for (int type = KMOD_INDEX_MODULES_DEP; type <= KMOD_INDEX_MODULES_BUILTIN; type++)
		(void)kmod_dump_index(ctx, (enum kmod_index)type, fd);
	(void)close(fd);
	(void)kmod_unref(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	char *const name = input_text(input_piece(&input));
	char *first, *second;

	put_files(&input);
	first = describe(name, false);
	second = describe(name, true);
	fuzz_assert(strcmp(first, second) == 0);
	dump_indexes();
	free(first);
	free(second);
	free(name);
	return 0;
}
