/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a name or an alias to modules: where they are looked for, and what is found.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "harness/index.h"
#include "harness/session.h"
#include "harness/suite.h"
#include "harness/world.h"

/* What is found for @query in the context @ctx: names, as names_once() has them. */
static const char *found(struct kmod_ctx *ctx, const char *query)
{
	struct kmod_list *list = NULL;

	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, query, &list), 0);
	return names_once(list);
}

/* The only module that is found for @query; the caller gives it back. */
static struct kmod_module *found_one(struct kmod_ctx *ctx, const char *query)
{
	struct kmod_list *list = NULL;
	struct kmod_module *mod;

	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, query, &list), 0);
	ck_assert_ptr_nonnull(list);
	ck_assert_ptr_null(kmod_list_next(list, list));
	mod = kmod_module_get_module(list);
	(void)kmod_module_unref_list(list);
	return mod;
}

/* That @query is for the module @name, of which @get_commands says @command. */
static void assert_command(struct kmod_ctx *ctx, const char *query, const char *name,
			   const char *(*get_commands)(const struct kmod_module *mod),
			   const char *command)
{
	struct kmod_module *const mod = found_one(ctx, query);

	ck_assert_str_eq(kmod_module_get_name(mod), name);
	ck_assert_str_eq(get_commands(mod), command);
	ck_assert_ptr_null(kmod_module_unref(mod));
}

/* ---- The sources and their order ---- */

enum {
	CONFIG_ALIAS = 1 << 0,
	DEP = 1 << 1,
	SYMBOLS = 1 << 2,
	INSTALL = 1 << 3,
	REMOVE = 1 << 4,
	ALIAS = 1 << 5,
	BUILTIN = 1 << 6,
	BUILTIN_ALIAS = 1 << 7,
	ALL = (1 << 8) - 1,
};

/* A world where just these @sources know @query, each by something else. */
static struct kmod_ctx *context_of_sources(unsigned int sources, const char *query)
{
	if (sources & DEP)
		put(RELEASE_DIR "/modules.dep.bin", INDEX({ query, "kernel/query.ko:", 0 }));
	if (sources & SYMBOLS)
		put(RELEASE_DIR "/modules.symbols.bin", INDEX({ query, "of_symbols", 0 }));
	if (sources & ALIAS)
		put(RELEASE_DIR "/modules.alias.bin", INDEX({ query, "of_alias", 0 }));
	if (sources & BUILTIN)
		put(RELEASE_DIR "/modules.builtin.bin", INDEX({ query, "", 0 }));
	if (sources & BUILTIN_ALIAS)
		put(RELEASE_DIR "/modules.builtin.alias.bin", INDEX({ query, "of_builtin", 0 }));
	return session_configured(format_text(
		"%s%s%s%s%s%s%s%s%s", sources & CONFIG_ALIAS ? "alias " : "# ", query,
		" of_config\n", sources & INSTALL ? "install " : "# ", query, " installing\n",
		sources & REMOVE ? "remove " : "# ", query, " removing\n"));
}

/* A module as name, path, commands, and whether it is built in. */
static const char *description(const struct kmod_module *mod)
{
	const char *const path = kmod_module_get_path(mod);
	const char *const install = kmod_module_get_install_commands(mod);
	const char *const remove = kmod_module_get_remove_commands(mod);
	const bool builtin = kmod_module_get_initstate(mod) == KMOD_MODULE_BUILTIN;

	return format_text("%s%s%s%s%s%s%s%s", kmod_module_get_name(mod), path ? " at " : "",
			   path ? path : "", install ? " " : "", install ? install : "",
			   remove ? " " : "", remove ? remove : "", builtin ? " builtin" : "");
}

static const struct {
	const char *query;
	unsigned int sources;
	const char *module;
} orders[] = {
	{ "query", ALL, "of_config" },
	{ "query", ALL & ~(CONFIG_ALIAS | BUILTIN),
	  "query at " RELEASE_DIR "/kernel/query.ko installing removing" },
	{ "query", DEP | BUILTIN, "query at " RELEASE_DIR "/kernel/query.ko builtin" },
	{ "query", SYMBOLS | INSTALL | REMOVE | ALIAS | BUILTIN_ALIAS,
	  "query installing removing" },
	{ "query", REMOVE | ALIAS | BUILTIN_ALIAS, "query removing" },
	{ "query", ALIAS | BUILTIN | BUILTIN_ALIAS, "of_alias" },
	{ "query", BUILTIN | BUILTIN_ALIAS, "query builtin" },
	{ "query", BUILTIN_ALIAS, "of_builtin builtin" },
	{ "query", SYMBOLS, NULL },
	{ "query", 0, NULL },
	{ "symbol:query", ALL, "of_config" },
	{ "symbol:query", ALL & ~CONFIG_ALIAS, "of_symbols" },
	{ "symbol:query", INSTALL | REMOVE | ALIAS | BUILTIN_ALIAS,
	  "symbol:query installing removing" },
	{ "symbol:query", DEP | ALIAS | BUILTIN | BUILTIN_ALIAS, "of_alias" },
	{ "symbol:query", BUILTIN | BUILTIN_ALIAS, "symbol:query builtin" },
	{ "symbol:query", DEP | BUILTIN_ALIAS, "of_builtin builtin" },
	{ "symbol:query", DEP, NULL },
	{ "pci:query", ALL & ~(CONFIG_ALIAS | INSTALL | REMOVE), "of_alias" },
	{ "pci:query", DEP | SYMBOLS, NULL },
};

/* The first source that knows the name answers, and no other one. */
START_TEST(order)
{
	const char *const query = orders[_i].query;
	struct kmod_ctx *const ctx = context_of_sources(orders[_i].sources, query);
	struct kmod_module *mod;

	if (orders[_i].module == NULL) {
		ck_assert_str_eq(found(ctx, query), "");
	} else {
		mod = found_one(ctx, query);
		ck_assert_str_eq(description(mod), orders[_i].module);
		ck_assert_ptr_null(kmod_module_unref(mod));
	}
	expect_not_logged(LOG_ERR, "");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

static const struct {
	const char *query;
	unsigned int sources;
	const char *module;
} name_orders[] = {
	{ "query", ALL & ~BUILTIN, "query at " RELEASE_DIR "/kernel/query.ko installing removing" },
	{ "query.ko.xz", DEP, "query at " RELEASE_DIR "/kernel/query.ko" },
	{ "query.ko", BUILTIN | BUILTIN_ALIAS, "query builtin" },
	{ "query.ko", BUILTIN_ALIAS, "of_builtin builtin" },
	{ "query", CONFIG_ALIAS | SYMBOLS | INSTALL | REMOVE | ALIAS, NULL },
	{ "que", ALL, NULL },
	{ "", ALL, NULL },
	{ ".ko", ALL, NULL },
};

/* By name, configuration and aliases of modules in files do not count; a suffix is cut off. */
START_TEST(order_by_name)
{
	struct kmod_ctx *const ctx = context_of_sources(name_orders[_i].sources, "query");
	struct kmod_module *const before = (struct kmod_module *)(uintptr_t)0x10, *mod = before;

	ck_assert_int_eq(kmod_module_new_from_name_lookup(ctx, name_orders[_i].query, &mod), 0);
	if (name_orders[_i].module == NULL) {
		ck_assert_ptr_eq(mod, before);
	} else {
		ck_assert_ptr_ne(mod, before);
		ck_assert_str_eq(description(mod), name_orders[_i].module);
		ck_assert_ptr_null(kmod_module_unref(mod));
	}
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* The word of a command is no pattern here: it names a module only when it is the very name. */
START_TEST(commands_are_no_patterns)
{
	struct kmod_ctx *const ctx = session_configured("install que* one\n"
							"remove que?? two\n"
							"install query first\n"
							"install query second\n");

	assert_command(ctx, "query", "query", kmod_module_get_install_commands, "first");
	ck_assert_str_eq(found(ctx, "queen"), "");
	assert_command(ctx, "que*", "que*", kmod_module_get_install_commands, "one");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* A command is for the module of that name, as a name is read everywhere else. */
START_TEST(commands_for_names)
{
	struct kmod_ctx *const ctx = session_configured("install foo.bar one\nremove q-r.s two\n");

	assert_command(ctx, "foo.bar", "foo", kmod_module_get_install_commands, "one");
	assert_command(ctx, "q-r.s", "q_r", kmod_module_get_remove_commands, "two");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* A damaged index is one that knows nothing; the next source is asked. */
START_TEST(order_with_damaged_indexes)
{
	static const char *const names[] = { "dep", "symbols", "alias", "builtin" };
	struct kmod_ctx *const ctx = context_of_sources(BUILTIN_ALIAS, "symbol:x");

	for (int i = 0; i < ROWS(names); i++)
		put(format_text(RELEASE_DIR "/modules.%s.bin", names[i]), bytes_noise(100));
	ck_assert_str_eq(found(ctx, "symbol:x"), "of_builtin ");
	put(RELEASE_DIR "/modules.builtin.alias.bin", NO_BYTES);
	ck_assert_str_eq(found(ctx, "symbol:x"), "");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

static unsigned int unloads;

__attribute__((format(printf, 6, 0))) static void unload(void *data, int priority,
							 const char *file, int line,
							 const char *fn, const char *format,
							 va_list args)
{
	kmod_unload_resources(data);
	unloads++;
}

/* Whoever takes the message that an index is damaged may unload it; what was found in it stays. */
START_TEST(message_unloads_the_index)
{
	const struct bytes whole = INDEX({ "q*", "first", 0 }, { "*", "second", 0 },
					 { "?uery", "third", 0 }, { "z", "fourth", 0 });
	struct kmod_ctx *const ctx = session_context();
	unsigned int both = 0;

	put(RELEASE_DIR "/modules.dep.bin", index_empty());
	put(RELEASE_DIR "/modules.symbols.bin", index_empty());
	put(RELEASE_DIR "/modules.builtin.bin", index_empty());
	put(RELEASE_DIR "/modules.builtin.alias.bin", index_empty());
	kmod_set_log_fn(ctx, unload, ctx);
	for (size_t size = 12; size <= whole.size; size++) {
		const unsigned int before = unloads;

		put(RELEASE_DIR "/modules.alias.bin", bytes_cut(whole, 0, size));
		ck_assert_int_eq(kmod_load_resources(ctx), 0);
		both += *found(ctx, "query") != '\0' && unloads > before;
		kmod_unload_resources(ctx);
	}
	ck_assert_uint_gt(both, 0);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* ---- How queries are read ---- */

static const struct {
	const char *query;
	int result;
	const char *names;
} queries[] = {
	{ "a-b", 0, "a_b " },	 { "a_b", 0, "a_b " },	       { "A-b", 0, "" },
	{ "a-b.ko", 0, "" },	 { "c.d", 0, "c.d " },	       { "x[y-z]-w", 0, "x[y-z]_w " },
	{ "x[y_z]-w", 0, "" },	 { "x[[-]-w", 0, "x[[-]_w " }, { "", 0, "" },
	{ "a_b]", -EINVAL, "" }, { "]", -EINVAL, "" },	       { "[", -EINVAL, "" },
	{ "a_b[", -EINVAL, "" }, { "x[y-z-w", -EINVAL, "" },   { "[]]", -EINVAL, "" },
	{ "\xff\x80", 0, "" },
};

START_TEST(query)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_list *list = NULL;

	put(RELEASE_DIR "/modules.builtin.bin",
	    INDEX({ "a_b", "", 0 }, { "c.d", "", 0 }, { "x[y-z]_w", "", 0 }, { "x[[-]_w", "", 0 }));
	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, queries[_i].query, &list),
			 queries[_i].result);
	ck_assert_str_eq(names_once(list), queries[_i].names);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* What is more than a path can be is left out without a word, unless that cuts a bracket. */
START_TEST(query_is_cut)
{
	struct kmod_ctx *const ctx = session_configured("alias a* m\n");
	struct kmod_list *list = NULL;
	char text[5000];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	ck_assert_str_eq(found(ctx, text), "m ");
	text[4095] = ']';
	ck_assert_str_eq(found(ctx, text), "m ");
	text[4090] = '[';
	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, text, &list), -EINVAL);
	ck_assert_ptr_null(list);
	text[4094] = ']';
	ck_assert_str_eq(found(ctx, text), "m ");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* An object for an alias of an index is kept by name and query, together no longer than a path. */
START_TEST(query_too_long_for_an_object)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_list *list = NULL;
	char text[4096];

	put(RELEASE_DIR "/modules.alias.bin", INDEX({ "a*", "m", 0 }));
	memset(text, 'a', sizeof(text));
	text[4094] = '\0';
	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, text, &list), -ENAMETOOLONG);
	ck_assert_ptr_null(list);
	text[4093] = '\0';
	ck_assert_str_eq(found(ctx, text), "m ");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* ---- What is found ---- */

static const struct {
	const char *query;
	const char *names;
} hits[] = {
	{ "net-pf-2", "one two two " },
	{ "net-pf-3", "two " },
	{ "net-pf-", "two " },
	{ "net-pf", "" },
	{ "many", "first second third " },
	{ "char-major-5-1", "question " },
	{ "char-major-5-12", "" },
	{ "pci:v01d02", "set " },
	{ "pci:v01d0a", "" },
	{ "pci:v01d0-", "other_set " },
	{ "usb:/dev/x", "slashes " },
	{ "of:N*", "escaped " },
	{ "of:Nx", "" },
};

/* All patterns that match, by priority; a module that is matched twice is there twice. */
START_TEST(index_of_patterns)
{
	struct kmod_ctx *const ctx = session_context();

	put(RELEASE_DIR "/modules.alias.bin",
	    INDEX({ "net_pf_2", "one", 0 }, { "net_pf_*", "two", 1 }, { "net_pf_2", "two", 1 },
		  { "ma*", "third", 9 }, { "many", "first", 2 }, { "m?ny", "second", 5 },
		  { "char_major_5_?", "question", 0 }, { "pci:v01d0[0-9]", "set", 0 },
		  { "pci:v01d0[!0-9a-z]", "other_set", 0 }, { "usb:*x", "slashes", 0 },
		  { "of:[N]\\*", "escaped", 0 }));
	ck_assert_str_eq(found(ctx, hits[_i].query), hits[_i].names);
	/* The same when the index is there all the time. */
	put(RELEASE_DIR "/modules.dep.bin", index_empty());
	put(RELEASE_DIR "/modules.symbols.bin", index_empty());
	put(RELEASE_DIR "/modules.builtin.bin", index_empty());
	ck_assert_int_eq(kmod_load_resources(ctx), 0);
	ck_assert_str_eq(found(ctx, hits[_i].query), hits[_i].names);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* All that match, in their own order; what they lead to need not exist. */
START_TEST(aliases_of_the_configuration)
{
	struct kmod_ctx *const ctx = session_configured("alias eth* second\n"
							"alias eth0 first-one\n"
							"alias wlan0 none\n"
							"alias eth? second\n"
							"alias eth[0-1] third\n"
							"alias eth0 eth1\n");

	ck_assert_str_eq(found(ctx, "eth0"), "second first_one second third eth1 ");
	ck_assert_str_eq(found(ctx, "eth2"), "second second ");
	ck_assert_str_eq(found(ctx, "eth/.x"), "second ");
	ck_assert_str_eq(found(ctx, "eth"), "second ");
	ck_assert_str_eq(found(ctx, "et"), "");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* ---- Which object it is ---- */

/* By an alias of the configuration: one object for each pattern. */
START_TEST(object_of_a_configured_alias)
{
	struct kmod_ctx *const ctx = session_configured("alias eth* net\nalias wlan* net\n"
							"options eth* a=1\noptions net b=2\n"
							"options eth0 c=3\n");
	struct kmod_module *const eth0 = found_one(ctx, "eth0"), *const eth1 =
									 found_one(ctx, "eth1");
	struct kmod_module *const wlan0 = found_one(ctx, "wlan0");
	struct kmod_module *plain;

	ck_assert_int_eq(kmod_module_new_from_name(ctx, "net", &plain), 0);
	ck_assert_ptr_eq(eth0, eth1);
	ck_assert_ptr_ne(eth0, wlan0);
	ck_assert_ptr_ne(eth0, plain);
	ck_assert_str_eq(kmod_module_get_options(eth0), "a=1 b=2");
	ck_assert_str_eq(kmod_module_get_options(wlan0), "b=2");
	ck_assert_str_eq(kmod_module_get_options(plain), "b=2");
	(void)kmod_module_unref(eth0);
	(void)kmod_module_unref(wlan0);
	(void)kmod_module_unref(plain);
	ck_assert_ptr_null(kmod_module_unref(eth1));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* By an alias of an index: one object for each query. */
START_TEST(object_of_an_indexed_alias)
{
	struct kmod_ctx *const ctx = session_configured("options net-pf-2 a=1\n"
							"options net-pf-* b=2\n");
	struct kmod_module *two, *again, *three;

	put(RELEASE_DIR "/modules.alias.bin", INDEX({ "net_pf_*", "net", 0 }));
	two = found_one(ctx, "net-pf-2");
	again = found_one(ctx, "net_pf-2");
	three = found_one(ctx, "net-pf-3");
	ck_assert_ptr_eq(two, again);
	ck_assert_ptr_ne(two, three);
	ck_assert_str_eq(kmod_module_get_options(two), "a=1");
	ck_assert_ptr_null(kmod_module_get_options(three));
	(void)kmod_module_unref(two);
	(void)kmod_module_unref(three);
	ck_assert_ptr_null(kmod_module_unref(again));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/*
 * A module by its file, then by its name: the same object, and the path stays the one that was
 * given, also when modules.dep has another one.
 */
START_TEST(object_of_a_file)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *given, *named;

	put("/elsewhere/foo.ko", NO_BYTES);
	put(RELEASE_DIR "/modules.dep.bin", INDEX({ "foo", "kernel/foo.ko:", 0 }));
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/elsewhere/foo.ko", &given), 0);
	named = found_one(ctx, "foo");
	ck_assert_ptr_eq(named, given);
	ck_assert_str_eq(kmod_module_get_path(named), "/elsewhere/foo.ko");
	(void)kmod_module_unref(named);
	ck_assert_ptr_null(kmod_module_unref(given));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* ---- Paths ---- */

static const struct {
	const char *line;
	const char *path;
} dep_lines[] = {
	{ "kernel/foo.ko:", RELEASE_DIR "/kernel/foo.ko" },
	{ "kernel/foo.ko.zst: kernel/bar.ko.zst", RELEASE_DIR "/kernel/foo.ko.zst" },
	{ "/opt/foo.ko:", "/opt/foo.ko" },
	{ "../foo.ko:", RELEASE_DIR "/../foo.ko" },
	{ "kernel/foo.ko", NULL },
	{ "", NULL },
};

/* Relative ones are below the directory of the context; they need not exist. */
START_TEST(path_of_modules_dep)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod;

	put(RELEASE_DIR "/modules.dep.bin", INDEX({ "foo", dep_lines[_i].line, 0 }));
	mod = found_one(ctx, "foo");
	ck_assert_pstr_eq(kmod_module_get_path(mod), dep_lines[_i].path);
	ck_assert_ptr_null(kmod_module_unref(mod));
	/* The same when it is asked for only then. */
	ck_assert_int_eq(kmod_module_new_from_name(ctx, "foo", &mod), 0);
	ck_assert_pstr_eq(kmod_module_get_path(mod), dep_lines[_i].path);
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* The directory is there in each path byte by byte as it was given: programs cut it off again. */
START_TEST(path_begins_with_the_directory)
{
	static const char *const no_config[] = { NULL };
	struct kmod_ctx *const ctx = kmod_new("/x//lib/./modules/1/", no_config);
	struct kmod_module *mod;

	put("/x/lib/modules/1/modules.dep.bin", INDEX({ "foo", "kernel/foo.ko:", 0 }));
	mod = found_one(ctx, "foo");
	ck_assert_str_eq(kmod_module_get_path(mod), "/x//lib/./modules/1//kernel/foo.ko");
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* What was not found is looked for again. */
START_TEST(path_that_appears)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod;

	ck_assert_int_eq(kmod_module_new_from_name(ctx, "foo", &mod), 0);
	ck_assert_ptr_null(kmod_module_get_path(mod));
	put(RELEASE_DIR "/modules.dep.bin", INDEX({ "foo", "kernel/foo.ko:", 0 }));
	ck_assert_str_eq(kmod_module_get_path(mod), RELEASE_DIR "/kernel/foo.ko");
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(wrong_arguments)
{
	struct kmod_ctx *const ctx = session_configured("alias a b\n");
	struct kmod_list *const before = (struct kmod_list *)(uintptr_t)0x10, *list = NULL;
	struct kmod_module *mod = NULL;

	ck_assert_int_eq(kmod_module_new_from_lookup(NULL, "a", &list), -ENOENT);
	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, NULL, &list), -ENOENT);
	expect_not_logged(LOG_ERR, "");
	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, "a", NULL), -ENOSYS);
	expect_logged(LOG_ERR, "An empty list is needed to create lookup\n");
	log_clear();
	list = before;
	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, "a", &list), -ENOSYS);
	ck_assert_ptr_eq(list, before);
	expect_logged(LOG_ERR, "An empty list is needed to create lookup\n");
	ck_assert_int_eq(kmod_module_new_from_name_lookup(NULL, "a", &mod), -ENOENT);
	ck_assert_int_eq(kmod_module_new_from_name_lookup(ctx, NULL, &mod), -ENOENT);
	ck_assert_int_eq(kmod_module_new_from_name_lookup(ctx, "a", NULL), -ENOENT);
	ck_assert_ptr_null(mod);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("lookup");
	TCase *tcase;

	for (int i = 0; i < ROWS(orders); i++)
		add_row(suite, format_text("%s of %#x", orders[i].query, orders[i].sources), order,
			i);
	for (int i = 0; i < ROWS(name_orders); i++)
		add_row(suite,
			format_text("name '%s' of %#x", name_orders[i].query,
				    name_orders[i].sources),
			order_by_name, i);
	for (int i = 0; i < ROWS(queries); i++)
		add_row(suite, format_text("query %d", i), query, i);
	for (int i = 0; i < ROWS(hits); i++)
		add_row(suite, hits[i].query, index_of_patterns, i);
	for (int i = 0; i < ROWS(dep_lines); i++)
		add_row(suite, format_text("'%s'", dep_lines[i].line), path_of_modules_dep, i);

	tcase = add_case(suite, "lookup");
	tcase_add_test(tcase, commands_are_no_patterns);
	tcase_add_test(tcase, commands_for_names);
	tcase_add_test(tcase, order_with_damaged_indexes);
	tcase_add_test(tcase, message_unloads_the_index);
	tcase_add_test(tcase, query_is_cut);
	tcase_add_test(tcase, query_too_long_for_an_object);
	tcase_add_test(tcase, aliases_of_the_configuration);
	tcase_add_test(tcase, object_of_a_configured_alias);
	tcase_add_test(tcase, object_of_an_indexed_alias);
	tcase_add_test(tcase, object_of_a_file);
	tcase_add_test(tcase, path_begins_with_the_directory);
	tcase_add_test(tcase, path_that_appears);
	tcase_add_test(tcase, wrong_arguments);
	return suite_run(argv, suite);
}
