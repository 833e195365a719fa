/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for the interface: calls of the library in any order, on objects that are kept for as
 * long as one may keep them, while files below it change. Only what would change the kernel is left
 * out.
 *
 * An input is a piece with the calls, three bytes each, a byte that says whether contexts are given
 * back first, and the module that all names lead to. What is wrong shows by itself: memory that is
 * used after it was freed, or never freed.
 */
#include <stdbool.h>
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

#define CALLS_MAX 200U
#define SLOTS 4U
#define PROBE_DEPTH_MAX 1U

/* ---- Files ----------------------------------------------------------------------------- */

static struct span span_of_text(const char *text)
{
	return span_of((const uint8_t *)text, strlen(text));
}

static void put_index(const char *name, const char *key, const char *value)
{
	const struct index_item item = { .key = key, .value = value };
	size_t size = 0, bad = 0;
	uint8_t *file = NULL;

	fuzz_assert(index_build(&item, 1, &file, &size, &bad) == 0);
	scratch_put(name, span_of(file, size));
	free(file);
}

/* The indexes; or, which makes those that are loaded stale, others. */
static void put_indexes(bool other)
{
	put_index("modules.dep.bin", other ? "b" : "a", other ? "b.ko:" : "a.ko: b.ko a.ko");
	put_index("modules.alias.bin", "al*", other ? "b" : "a");
	put_index("modules.symbols.bin", "symbol:s", "b");
	put_index("modules.builtin.bin", "built_in", "");
	put_index("modules.builtin.alias.bin", "al?s", "built_in");
}

static void put_configuration(bool other)
{
	static const char usual[] = "alias x a\nalias y x\nblacklist b\noptions a p=1 q\n"
				    "softdep a pre: b x post: c\nsoftdep b post: a\n"
				    "weakdep a b c\ninstall c exit 1\nremove c exit 1\n";

	scratch_put("conf", span_of_text(other ? "alias x b\nblacklist a\n" : usual));
}

static void put_files(struct span module)
{
	static const char *const names[] = { "a.ko", "b.ko", "a.ko.sig" };

	put_indexes(false);
	put_configuration(false);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		scratch_put(names[i], module);
}

/* ---- Objects --------------------------------------------------------------------------- */

struct list {
	struct kmod_list *list;
	void (*release)(struct kmod_list *list); /* NULL: there is none */
};

struct objects {
	struct kmod_ctx *contexts[SLOTS];
	struct kmod_module *modules[SLOTS];
	struct list lists[SLOTS];
	struct kmod_config_iter *iters[SLOTS]; /* of the context in the same slot */
};

static void release_modules(struct kmod_list *list)
{
	fuzz_assert(kmod_module_unref_list(list) == 0);
}

static void set_context(struct objects *objects, unsigned int slot, struct kmod_ctx *ctx)
{
	kmod_config_iter_free_iter(objects->iters[slot]);
	objects->iters[slot] = NULL;
	(void)kmod_unref(objects->contexts[slot]);
	objects->contexts[slot] = ctx;
}

static void set_module(struct objects *objects, unsigned int slot, struct kmod_module *mod)
{
	(void)kmod_module_unref(objects->modules[slot]);
	objects->modules[slot] = mod;
}

static void set_list(struct objects *objects, unsigned int slot, struct kmod_list *list,
		     void (*release)(struct kmod_list *list))
{
	if (objects->lists[slot].release)
		objects->lists[slot].release(objects->lists[slot].list);
	objects->lists[slot] = (struct list){ list, release };
}

/* A list of modules that is kept; NULL when there is another one. */
static struct kmod_list *modules_in(const struct objects *objects, unsigned int slot)
{
	const struct list *const list = &objects->lists[slot];

	return list->release == release_modules ? list->list : NULL;
}

static void release_all(struct objects *objects, bool contexts_first)
{
	for (unsigned int i = 0; i < SLOTS && contexts_first; i++)
		set_context(objects, i, NULL);
	for (unsigned int i = 0; i < SLOTS; i++) {
		set_module(objects, i, NULL);
		set_list(objects, i, NULL, NULL);
	}
	for (unsigned int i = 0; i < SLOTS; i++)
		set_context(objects, i, NULL);
}

/* ---- What the library calls back ------------------------------------------------------- */

static void use_text(const char *text)
{
	if (text)
		fuzz_assert(strlen(text) < (size_t)1 << 20);
}

/* Who prints what is done asks for more, and probes on. */
static void print_action(struct kmod_module *mod, bool install, const char *options)
{
	static unsigned int depth;
	struct kmod_list *pre = NULL, *post = NULL;

	use_text(kmod_module_get_path(mod));
	use_text(options);
	if (kmod_module_get_softdeps(mod, &pre, &post) == 0) {
		(void)kmod_module_unref_list(pre);
		(void)kmod_module_unref_list(post);
	}
	if (depth++ < PROBE_DEPTH_MAX)
		(void)kmod_module_probe_insert_module(mod, KMOD_PROBE_DRY_RUN, "x", NULL, NULL,
						      print_action);
	depth--;
}

/* Always a dry run; four bits choose among the rest. */
static unsigned int probe_flags(unsigned int choice)
{
	return KMOD_PROBE_DRY_RUN | (choice & 1 ? KMOD_PROBE_IGNORE_COMMAND : 0) |
	       (choice & 2 ? KMOD_PROBE_IGNORE_LOADED : KMOD_PROBE_FAIL_ON_LOADED) |
	       (choice & 4 ? KMOD_PROBE_APPLY_BLACKLIST_ALL : 0) |
	       (choice & 8 ? KMOD_PROBE_APPLY_BLACKLIST : KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY);
}

/* ---- Calls ----------------------------------------------------------------------------- */

/* What a call is made with: slots, and a number for what else there is to choose. */
struct call {
	unsigned int from, to, choice;
	const char *name;
};

static void call_context(struct objects *objects, const struct call *call)
{
	struct kmod_ctx *const ctx = objects->contexts[call->from];

	switch (call->choice % 8) {
	case 0: {
		char *const conf = scratch_path("conf");

		set_context(objects, call->to, fuzz_context_with(conf));
		free(conf);
		break;
	}
	case 1:
		if (call->from != call->to)
			set_context(objects, call->to, kmod_ref(ctx));
		break;
	case 2:
		set_context(objects, call->to, NULL);
		break;
	case 3:
		(void)kmod_load_resources(ctx);
		break;
	case 4:
		kmod_unload_resources(ctx);
		break;
	case 5:
		(void)kmod_validate_resources(ctx);
		break;
	case 6: {
		const int fd = memfd_create("dump", MFD_CLOEXEC);

		fuzz_assert(fd >= 0);
		(void)kmod_dump_index(ctx, (enum kmod_index)(call->choice / 8), fd);
		(void)close(fd);
		break;
	}
	default:
		kmod_set_userdata(ctx, ctx);
		use_text(kmod_get_dirname(ctx));
		kmod_set_log_priority(ctx, (int)(call->choice / 8));
		fuzz_assert(kmod_get_userdata(ctx) == ctx);
	}
}

static void call_find(struct objects *objects, const struct call *call)
{
	struct kmod_ctx *const ctx = objects->contexts[call->from];
	struct kmod_module *mod = NULL;
	struct kmod_list *list = NULL;
	char *path;

	switch (call->choice % 8) {
	case 0:
	case 1:
		if (kmod_module_new_from_name(ctx, call->name, &mod) == 0)
			set_module(objects, call->to, mod);
		break;
	case 2:
		path = scratch_path(call->choice & 8 ? "a.ko" : "b.ko");
		if (kmod_module_new_from_path(ctx, path, &mod) == 0)
			set_module(objects, call->to, mod);
		free(path);
		break;
	case 3:
		if (kmod_module_new_from_name_lookup(ctx, call->name, &mod) == 0 && mod)
			set_module(objects, call->to, mod);
		break;
	case 4:
		if (kmod_module_new_from_loaded(ctx, &list) == 0)
			set_list(objects, call->to, list, release_modules);
		break;
	case 5: {
		static const unsigned int filters[] = { KMOD_FILTER_BLACKLIST, KMOD_FILTER_BUILTIN,
							KMOD_FILTER_BLACKLIST | KMOD_FILTER_BUILTIN,
							0 };
		struct kmod_list *const input = modules_in(objects, call->from);

		if (kmod_module_apply_filter(ctx, (enum kmod_filter)filters[call->choice / 8 % 4],
					     input, &list) == 0)
			set_list(objects, call->to, list, release_modules);
		break;
	}
	default:
		if (kmod_module_new_from_lookup(ctx, call->name, &list) == 0)
			set_list(objects, call->to, list, release_modules);
	}
}

static void call_module(struct objects *objects, const struct call *call)
{
	struct kmod_module *const mod = objects->modules[call->from];
	struct kmod_list *first = NULL, *second = NULL;

	switch (call->choice % 16) {
	case 0:
		if (call->from != call->to)
			set_module(objects, call->to, kmod_module_ref(mod));
		break;
	case 1:
		set_module(objects, call->to, NULL);
		break;
	case 2:
		set_list(objects, call->to, kmod_module_get_dependencies(mod), release_modules);
		break;
	case 3:
		if (kmod_module_get_softdeps(mod, &first, &second) == 0) {
			set_list(objects, call->to, first, release_modules);
			(void)kmod_module_unref_list(second);
		}
		break;
	case 4:
		if (kmod_module_get_weakdeps(mod, &first) == 0)
			set_list(objects, call->to, first, release_modules);
		break;
	case 5:
		use_text(kmod_module_get_options(mod));
		use_text(kmod_module_get_install_commands(mod));
		use_text(kmod_module_get_remove_commands(mod));
		break;
	case 6:
		use_text(kmod_module_get_name(mod));
		use_text(kmod_module_get_path(mod));
		break;
	case 7:
		(void)kmod_module_get_initstate(mod);
		(void)kmod_module_get_size(mod);
		(void)kmod_module_get_refcnt(mod);
		break;
	case 8:
		set_list(objects, call->to, kmod_module_get_holders(mod), release_modules);
		break;
	case 9:
		set_list(objects, call->to, kmod_module_get_sections(mod),
			 kmod_module_section_free_list);
		break;
	case 10:
		if (kmod_module_get_info(mod, &first) >= 0)
			set_list(objects, call->to, first, kmod_module_info_free_list);
		break;
	case 11:
		if (kmod_module_get_versions(mod, &first) >= 0)
			set_list(objects, call->to, first, kmod_module_versions_free_list);
		break;
	case 12:
		if (kmod_module_get_symbols(mod, &first) >= 0)
			set_list(objects, call->to, first, kmod_module_symbols_free_list);
		break;
	case 13:
		if (kmod_module_get_dependency_symbols(mod, &first) >= 0)
			set_list(objects, call->to, first,
				 kmod_module_dependency_symbols_free_list);
		break;
	default:
		(void)kmod_module_probe_insert_module(mod, probe_flags(call->choice / 16),
						      call->choice & 1 ? "o=1" : NULL, NULL, NULL,
						      print_action);
	}
}

/* Goes through a list both ways, and looks at all that its entries say. */
static void call_list(struct objects *objects, const struct call *call)
{
	const struct list *const list = &objects->lists[call->from];
	struct kmod_list *entry, *last = NULL;
	unsigned int count = 0;

	if (list->release == release_modules && call->choice & 1 && list->list) {
		set_module(objects, call->to, kmod_module_get_module(list->list));
		return;
	}
	if (call->choice & 2) {
		set_list(objects, call->to, NULL, NULL);
		return;
	}
	kmod_list_foreach(entry, list->list) {
		fuzz_assert(kmod_list_prev(list->list, entry) == last);
		last = entry;
		count++;
		if (list->release == release_modules)
			use_text(kmod_module_get_name(
				kmod_module_unref(kmod_module_get_module(entry))));
		else if (list->release == kmod_module_info_free_list) {
			use_text(kmod_module_info_get_key(entry));
			use_text(kmod_module_info_get_value(entry));
		} else if (list->release == kmod_module_versions_free_list)
			use_text(kmod_module_version_get_symbol(entry));
		else if (list->release == kmod_module_symbols_free_list)
			use_text(kmod_module_symbol_get_symbol(entry));
		else if (list->release == kmod_module_dependency_symbols_free_list)
			use_text(kmod_module_dependency_symbol_get_symbol(entry));
		else
			use_text(kmod_module_section_get_name(entry));
	}
	fuzz_assert(kmod_list_last(list->list) == last);
	kmod_list_foreach_reverse(entry, list->list)
		count--;
	fuzz_assert(count == 0);
}

static void call_iter(struct objects *objects, const struct call *call)
{
	static struct kmod_config_iter *(*const makers[])(const struct kmod_ctx *ctx) = {
		kmod_config_get_blacklists,	 kmod_config_get_install_commands,
		kmod_config_get_remove_commands, kmod_config_get_aliases,
		kmod_config_get_options,	 kmod_config_get_softdeps,
		kmod_config_get_weakdeps,
	};
	struct kmod_config_iter **const iter = &objects->iters[call->from];

	if (call->choice < sizeof(makers) / sizeof(makers[0])) {
		kmod_config_iter_free_iter(*iter);
		*iter = makers[call->choice](objects->contexts[call->from]);
	} else if (*iter && kmod_config_iter_next(*iter)) {
		use_text(kmod_config_iter_get_key(*iter));
		use_text(kmod_config_iter_get_value(*iter));
	}
}

static void change_files(const struct call *call, struct span module)
{
	switch (call->choice % 4) {
	case 0:
		put_indexes(call->choice & 4);
		break;
	case 1:
		put_configuration(call->choice & 4);
		break;
	case 2:
		scratch_put("a.ko", span_of(module.data, module.size / 2));
		break;
	default:
		scratch_put("modules.dep.bin", span_of(module.data, module.size / 2));
	}
}

static void make_call(struct objects *objects, const uint8_t bytes[static 3], struct span module)
{
	static const char *const names[] = { "a",	 "b",	  "c",	      "x",
					     "y",	 "alias", "symbol:s", "built_in",
					     "built-in", "a/b",	  "",	      "no" };
	const struct call call = {
		.from = bytes[1] % SLOTS,
		.to = bytes[1] / SLOTS % SLOTS,
		.choice = bytes[2],
		.name = names[bytes[1] / (SLOTS * SLOTS) % (sizeof(names) / sizeof(names[0]))],
	};

	switch (bytes[0] % 8) {
	case 0:
		call_context(objects, &call);
		break;
	case 1:
	case 2:
		call_find(objects, &call);
		break;
	case 3:
	case 4:
		call_module(objects, &call);
		break;
	case 5:
		call_list(objects, &call);
		break;
	case 6:
		call_iter(objects, &call);
		break;
	default:
		change_files(&call, module);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t new_context[3] = { 0 };
	struct span input = span_of(data, size);
	struct span calls = input_piece(&input);
	const bool contexts_first = input_byte(&input) & 1;
	struct objects objects = { 0 };
	unsigned int count = 0;

	put_files(input);
	make_call(&objects, new_context, input);
	while (calls.size >= 3 && count++ < CALLS_MAX)
		make_call(&objects, span_take(&calls, 3), input);
	release_all(&objects, contexts_first);
	return 0;
}
