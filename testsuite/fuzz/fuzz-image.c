/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/image.c, modinfo.c, symbols.c and signature.c: all that the library says
 * of a module. An input is a byte of options, the detached signature and the module.
 *
 * The module is there twice. The name of the second one has the suffix of a compression, which has
 * all of it read at once; of the first one only parts are, if it is large. What is said of both
 * has to be the same.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "fuzz.h"
#include "input.h"
#include "libkmod/libkmod.h"
#include "scratch.h"
#include "stretch.h"

enum {
	OPTION_LARGE = 1,
	OPTION_SIGNATURE = 2,
};

static void print_info(const struct kmod_module *mod, FILE *out)
{
	struct kmod_list *list = NULL, *item;

	(void)fprintf(out, "info %d\n", kmod_module_get_info(mod, &list));
	kmod_list_foreach(item, list)
		(void)fprintf(out, "%s=%s\n", kmod_module_info_get_key(item),
			      kmod_module_info_get_value(item));
	kmod_module_info_free_list(list);
}

static void print_versions(const struct kmod_module *mod, FILE *out)
{
	struct kmod_list *list = NULL, *item;

	(void)fprintf(out, "versions %d\n", kmod_module_get_versions(mod, &list));
	kmod_list_foreach(item, list)
		(void)fprintf(out, "%s %" PRIx64 "\n", kmod_module_version_get_symbol(item),
			      kmod_module_version_get_crc(item));
	kmod_module_versions_free_list(list);
}

static void print_symbols(const struct kmod_module *mod, FILE *out)
{
	struct kmod_list *list = NULL, *item;

	(void)fprintf(out, "symbols %d\n", kmod_module_get_symbols(mod, &list));
	kmod_list_foreach(item, list)
		(void)fprintf(out, "%s %" PRIx64 "\n", kmod_module_symbol_get_symbol(item),
			      kmod_module_symbol_get_crc(item));
	kmod_module_symbols_free_list(list);
}

static void print_dependencies(const struct kmod_module *mod, FILE *out)
{
	struct kmod_list *list = NULL, *item;

	(void)fprintf(out, "dependencies %d\n", kmod_module_get_dependency_symbols(mod, &list));
	kmod_list_foreach(item, list)
		(void)fprintf(out, "%s %c %" PRIx64 "\n",
			      kmod_module_dependency_symbol_get_symbol(item),
			      kmod_module_dependency_symbol_get_bind(item),
			      kmod_module_dependency_symbol_get_crc(item));
	kmod_module_dependency_symbols_free_list(list);
}

/* Prints all that is known of @mod, in the order that @order has: what was read before counts. */
static void print_all(const struct kmod_module *mod, unsigned int order, FILE *out)
{
	static void (*const prints[])(const struct kmod_module *mod, FILE *out) = {
		print_info,
		print_versions,
		print_symbols,
		print_dependencies,
	};

	for (unsigned int i = 0; i < 4; i++)
		prints[(i + order) % 4](mod, out);
}

/* All that is said of the module in the file @name, which the caller frees. */
static char *describe(const char *name, unsigned int order)
{
	struct kmod_ctx *const ctx = fuzz_context();
	char *const path = scratch_path(name);
	struct kmod_module *mod = NULL;
	char *text = NULL;
	size_t size = 0;
	FILE *const out = open_memstream(&text, &size);

	fuzz_assert(out != NULL);
	fuzz_assert(kmod_module_new_from_path(ctx, path, &mod) == 0);
	print_all(mod, order, out);
	fuzz_assert(fclose(out) == 0);
	(void)kmod_module_unref(mod);
	(void)kmod_unref(ctx);
	free(path);
	return text;
}

static void check_module(struct span module, struct span signature, uint8_t options)
{
	char *parts, *whole;

	scratch_put("m.ko", module);
	scratch_put("m.ko.gz", module);
	if (options & OPTION_SIGNATURE)
		scratch_put("m.ko.sig", signature);
	parts = describe("m.ko", options >> 2 & 3);
	whole = describe("m.ko.gz", options >> 2 & 3);
	fuzz_assert(strcmp(parts, whole) == 0);
	free(parts);
	free(whole);
	if (options & OPTION_SIGNATURE)
		scratch_remove("m.ko.sig");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	const uint8_t options = input_byte(&input);
	const struct span signature = input_piece(&input);

	if (options & OPTION_LARGE) {
		size_t large_size;
		uint8_t *const large = stretch_elf(input, &large_size);

		check_module(span_of(large, large_size), signature, options);
		free(large);
	} else {
		check_module(input, signature, options);
	}
	return 0;
}
