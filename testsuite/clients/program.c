/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that uses all of libkmod, and says what it got. It is compiled with the header and
 * linked with the library of a distribution, so its functions are those of kmod 30.
 *
 * It asks about a directory of modules, a directory of configuration and a file that is no module,
 * and about the running kernel, which it does not change: what it inserts and removes is not there.
 */
#include <libkmod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the library says is not the same in all versions, only that it says something. */
static void log_message(void *data, int priority, const char *file, int line, const char *fn,
			const char *format, va_list args)
{
	(void)priority;
	(void)file;
	(void)line;
	(void)fn;
	(void)format;
	(void)args;
	*(bool *)data = true;
}

static const char *shown(const char *text)
{
	return text ? text : "(none)";
}

static void show_modules(const char *what, struct kmod_list *list)
{
	struct kmod_list *node;

	printf("%s:", what);
	kmod_list_foreach(node, list) {
		struct kmod_module *mod = kmod_module_get_module(node);

		printf(" %s", kmod_module_get_name(mod));
		kmod_module_unref(mod);
	}
	printf("\n");
}

/* The same backwards, by the functions for that. */
static void show_last_modules(struct kmod_list *list)
{
	struct kmod_list *node = kmod_list_last(list);

	for (; node; node = kmod_list_prev(list, node)) {
		struct kmod_module *mod = kmod_module_get_module(node);

		printf(" %s%s", kmod_module_get_name(mod),
		       kmod_list_next(list, node) ? "" : "(last)");
		kmod_module_unref(mod);
	}
	printf("\n");
}

static void show_config(const char *what, struct kmod_config_iter *iter)
{
	while (kmod_config_iter_next(iter))
		printf("%s [%s] [%s]\n", what, kmod_config_iter_get_key(iter),
		       shown(kmod_config_iter_get_value(iter)));
	kmod_config_iter_free_iter(iter);
}

static void show_configuration(const struct kmod_ctx *ctx)
{
	show_config("alias", kmod_config_get_aliases(ctx));
	show_config("blacklist", kmod_config_get_blacklists(ctx));
	show_config("install", kmod_config_get_install_commands(ctx));
	show_config("options", kmod_config_get_options(ctx));
	show_config("remove", kmod_config_get_remove_commands(ctx));
	show_config("softdep", kmod_config_get_softdeps(ctx));
}

static void show_indexes(struct kmod_ctx *ctx)
{
	for (int index = KMOD_INDEX_MODULES_DEP; index <= KMOD_INDEX_MODULES_BUILTIN; index++) {
		fflush(stdout);
		printf("index %d: %d\n", index, kmod_dump_index(ctx, (enum kmod_index)index, 1));
	}
}

/* How many there are, if any: a module without them is not told the same way by all versions. */
static void show_count(const char *what, int count)
{
	printf("%s: %d\n", what, count < 0 ? -1 : count);
}

/* What kmod 30 does not tell, later versions do. */
static void show_info(const struct kmod_module *mod)
{
	struct kmod_list *list = NULL, *node;

	printf("info: %d\n", kmod_module_get_info(mod, &list) > 0);
	kmod_list_foreach(node, list)
		if (strcmp(kmod_module_info_get_key(node), "build-id") != 0)
			printf("info %s=%s\n", kmod_module_info_get_key(node),
			       kmod_module_info_get_value(node));
	kmod_module_info_free_list(list);
}

static void show_symbols(const struct kmod_module *mod)
{
	struct kmod_list *list = NULL, *node;

	show_count("versions", kmod_module_get_versions(mod, &list));
	kmod_list_foreach(node, list)
		printf("version %s %llx\n", kmod_module_version_get_symbol(node),
		       (unsigned long long)kmod_module_version_get_crc(node));
	kmod_module_versions_free_list(list);

	list = NULL;
	show_count("symbols", kmod_module_get_symbols(mod, &list));
	kmod_list_foreach(node, list)
		printf("symbol %s %llx\n", kmod_module_symbol_get_symbol(node),
		       (unsigned long long)kmod_module_symbol_get_crc(node));
	kmod_module_symbols_free_list(list);

	list = NULL;
	show_count("dependency symbols", kmod_module_get_dependency_symbols(mod, &list));
	kmod_list_foreach(node, list)
		printf("dependency symbol %c %s %llx\n",
		       kmod_module_dependency_symbol_get_bind(node),
		       kmod_module_dependency_symbol_get_symbol(node),
		       (unsigned long long)kmod_module_dependency_symbol_get_crc(node));
	kmod_module_dependency_symbols_free_list(list);
}

static void show_state(const struct kmod_module *mod)
{
	struct kmod_list *list;
	const int state = kmod_module_get_initstate(mod);

	printf("state: %d\n", state);
	if (state >= 0)
		printf("%s\n", shown(kmod_module_initstate_str((enum kmod_module_initstate)state)));
	printf("size: %ld, references: %d\n", kmod_module_get_size(mod),
	       kmod_module_get_refcnt(mod));
	list = kmod_module_get_holders(mod);
	show_modules("holders", list);
	kmod_module_unref_list(list);
	list = kmod_module_get_sections(mod);
	if (list)
		printf("section %s %lx\n", kmod_module_section_get_name(list),
		       kmod_module_section_get_address(list));
	kmod_module_section_free_list(list);
}

static void print_action(struct kmod_module *mod, bool install, const char *options)
{
	printf("  %s %s [%s]\n", install ? "install" : "insert", kmod_module_get_name(mod),
	       shown(options));
}

static int run_install(struct kmod_module *mod, const char *command, void *data)
{
	printf("  %s: %s: %s\n", (const char *)data, kmod_module_get_name(mod), command);
	return 0;
}

/* What would be done, of which nothing is done. */
static void show_probe(struct kmod_module *mod)
{
	const unsigned int flags = KMOD_PROBE_DRY_RUN | KMOD_PROBE_IGNORE_LOADED;

	printf("probe:\n");
	printf("  %d\n", kmod_module_probe_insert_module(mod, flags, "extra=1", run_install, "run",
							 print_action));
	printf("  %d\n", kmod_module_probe_insert_module(mod, flags | KMOD_PROBE_APPLY_BLACKLIST,
							 NULL, NULL, NULL, print_action));
}

static void show_module(struct kmod_module *mod)
{
	struct kmod_list *list, *post = NULL;

	printf("\nmodule %s at %s\n", kmod_module_get_name(mod), shown(kmod_module_get_path(mod)));
	printf("options: %s\n", shown(kmod_module_get_options(mod)));
	printf("install: %s\n", shown(kmod_module_get_install_commands(mod)));
	printf("remove: %s\n", shown(kmod_module_get_remove_commands(mod)));
	list = kmod_module_get_dependencies(mod);
	show_modules("dependencies", list);
	show_last_modules(list);
	kmod_module_unref_list(list);
	list = NULL;
	printf("softdeps: %d\n", kmod_module_get_softdeps(mod, &list, &post));
	show_modules("before", list);
	show_modules("after", post);
	kmod_module_unref_list(list);
	kmod_module_unref_list(post);
	show_info(mod);
	show_symbols(mod);
	show_state(mod);
	show_probe(mod);
}

static void show_lookup(struct kmod_ctx *ctx, const char *alias)
{
	struct kmod_list *list = NULL, *filtered = NULL, *node;

	printf("\nlookup %s: %d\n", alias, kmod_module_new_from_lookup(ctx, alias, &list));
	show_modules("found", list);
	printf("%d\n", kmod_module_apply_filter(ctx, KMOD_FILTER_BUILTIN, list, &filtered));
	show_modules("not built in", filtered);
	kmod_module_unref_list(filtered);
	filtered = NULL;
	printf("%d\n", kmod_module_get_filtered_blacklist(ctx, list, &filtered));
	show_modules("not denied", filtered);
	kmod_module_unref_list(filtered);
	kmod_list_foreach(node, list) {
		struct kmod_module *mod = kmod_module_get_module(node);

		show_module(mod);
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
}

static void show_name(struct kmod_ctx *ctx, const char *name)
{
	struct kmod_module *mod = NULL;

	printf("\nname %s: %d\n", name, kmod_module_new_from_name_lookup(ctx, name, &mod));
	printf("found: %s\n", shown(kmod_module_get_name(mod)));
	kmod_module_unref(mod);
}

static void show_loaded(struct kmod_ctx *ctx)
{
	struct kmod_list *list = NULL, *node;

	printf("\nloaded: %d\n", kmod_module_new_from_loaded(ctx, &list));
	kmod_list_foreach(node, list) {
		struct kmod_module *mod = kmod_module_get_module(node);

		printf("%s\n", kmod_module_get_name(mod));
		show_state(mod);
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
}

/* A file that never gets as far as the kernel, and a name that the kernel does not know. */
static void show_failures(struct kmod_ctx *ctx, const char *empty)
{
	struct kmod_module *mod, *same;

	printf("\npath: %d\n", kmod_module_new_from_path(ctx, empty, &mod));
	same = kmod_module_ref(mod);
	printf("insert: %d\n", kmod_module_insert_module(mod, 0, ""));
	show_info(mod);
	printf("unref: %d\n", kmod_module_unref(same) == mod);
	printf("unref: %d\n", kmod_module_unref(mod) == mod);

	printf("name: %d\n", kmod_module_new_from_name(ctx, "no-such.module", &mod));
	printf("insert: %d\n", kmod_module_insert_module(mod, 0, NULL));
	printf("remove: %d\n", kmod_module_remove_module(mod, KMOD_REMOVE_NOLOG));
	show_module(mod);
	kmod_module_unref(mod);
}

int main(int argc, char *argv[])
{
	static const char tag[] = "program";
	bool logged = false;
	struct kmod_ctx *ctx;

	if (argc < 4) {
		fprintf(stderr, "Usage: program MODULES CONFIGURATION EMPTY-FILE [ALIAS...]\n");
		return 1;
	}
	ctx = kmod_new(argv[1], (const char *[]){ argv[2], NULL });
	if (!ctx)
		return 1;
	printf("directory: %s\n", kmod_get_dirname(ctx));
	printf("priority: %d\n", kmod_get_log_priority(ctx));
	kmod_set_log_fn(ctx, log_message, &logged);
	kmod_set_log_priority(ctx, 3);
	kmod_set_userdata(ctx, tag);
	printf("user data: %s\n", (const char *)kmod_get_userdata(ctx));
	printf("ref: %d\n", kmod_ref(ctx) == ctx);
	printf("unref: %d\n", kmod_unref(ctx) == ctx);

	show_configuration(ctx);
	printf("load: %d\n", kmod_load_resources(ctx));
	show_indexes(ctx);
	printf("validate: %d\n", kmod_validate_resources(ctx));
	for (int i = 4; i < argc; i++) {
		show_lookup(ctx, argv[i]);
		show_name(ctx, argv[i]);
	}
	show_loaded(ctx);
	show_failures(ctx, argv[3]);
	kmod_unload_resources(ctx);
	show_lookup(ctx, "ext4");

	printf("\nlogged: %d\n", logged);
	printf("unref: %d\n", kmod_unref(ctx) == NULL);
	return 0;
}
