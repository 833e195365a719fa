/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a module needs: dependencies, softdeps, weakdeps; and filters of lists.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "harness/index.h"
#include "harness/session.h"
#include "harness/suite.h"
#include "harness/world.h"

static struct kmod_module *module_named(struct kmod_ctx *ctx, const char *name)
{
	struct kmod_module *mod;

	ck_assert_int_eq(kmod_module_new_from_name(ctx, name, &mod), 0);
	return mod;
}

/* A modules.dep of one line, for the module foo, whose file is not needed. */
static void put_dep_line(const char *line)
{
	put(RELEASE_DIR "/modules.dep.bin", INDEX({ "foo", line, 0 }));
}

/* ---- Dependencies ---- */

static const struct {
	const char *line;
	const char *names;
} lines[] = {
	{ "foo.ko:", "" },
	{ "foo.ko: ", "" },
	{ "foo.ko: a.ko", "a " },
	{ "foo.ko: c.ko b-b.ko a.ko", "a b_b c " },
	{ "foo.ko:c.ko b-b.ko", "b_b c " },
	{ "foo.ko: \tc.ko\t b-b.ko\t", "b_b c " },
	{ "foo.ko: /opt/z.ko a.ko", "a z " },
	{ "foo.ko: a.ko /opt/z.ko", "z a " },
	{ "foo.ko c.ko a.ko", "" },
	{ "", "" },
	/* one that is no file, or has no name: none at all */
	{ "foo.ko: c.ko gone.ko a.ko", "" },
	{ "foo.ko: c.ko /opt/ a.ko", "" },
};

/* In the order they have to be loaded: the last of the line first. */
START_TEST(dependencies)
{
	static const char *const files[] = { "a.ko", "b-b.ko", "c.ko", "/opt/z.ko" };
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod;

	for (int i = 0; i < ROWS(files); i++)
		put(format_text("%s%s", *files[i] == '/' ? "" : RELEASE_DIR "/", files[i]),
		    NO_BYTES);
	put_dep_line(lines[_i].line);
	mod = module_named(ctx, "foo");
	ck_assert_str_eq(names_once(kmod_module_get_dependencies(mod)), lines[_i].names);
	/* A list of its own each time. */
	ck_assert_str_eq(names_once(kmod_module_get_dependencies(mod)), lines[_i].names);
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(dependencies_have_paths)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod, *dep;
	struct kmod_list *list;

	put(RELEASE_DIR "/a.ko", NO_BYTES);
	put("/opt/z.ko", NO_BYTES);
	put_dep_line("foo.ko: a.ko /opt/z.ko");
	mod = module_named(ctx, "foo");
	list = kmod_module_get_dependencies(mod);
	dep = kmod_module_get_module(list);
	ck_assert_str_eq(kmod_module_get_path(dep), "/opt/z.ko");
	(void)kmod_module_unref(dep);
	dep = kmod_module_get_module(kmod_list_last(list));
	ck_assert_str_eq(kmod_module_get_path(dep), RELEASE_DIR "/a.ko");
	(void)kmod_module_unref(dep);
	(void)kmod_module_unref_list(list);
	ck_assert_str_eq(kmod_module_get_path(mod), RELEASE_DIR "/foo.ko");
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* One that is missing drops all, but not the module's own path; they are tried again. */
START_TEST(dependency_that_appears)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod;

	put(RELEASE_DIR "/a.ko", NO_BYTES);
	put_dep_line("foo.ko: b.ko a.ko");
	mod = module_named(ctx, "foo");
	ck_assert_ptr_null(kmod_module_get_dependencies(mod));
	expect_logged(LOG_ERR, RELEASE_DIR "/b.ko");
	ck_assert_str_eq(kmod_module_get_path(mod), RELEASE_DIR "/foo.ko");
	put(RELEASE_DIR "/b.ko", NO_BYTES);
	ck_assert_str_eq(names_once(kmod_module_get_dependencies(mod)), "a b ");
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* A module of that name is in use, from another file. */
START_TEST(dependency_in_conflict)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod, *other;

	put(RELEASE_DIR "/a.ko", NO_BYTES);
	put(RELEASE_DIR "/b.ko", NO_BYTES);
	put("/other/a.ko", NO_BYTES);
	put_dep_line("foo.ko: b.ko a.ko");
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/other/a.ko", &other), 0);
	mod = module_named(ctx, "foo");
	ck_assert_ptr_null(kmod_module_get_dependencies(mod));
	expect_logged(LOG_ERR, "kmod_module 'a' already exists with different path: "
			       "new-path='" RELEASE_DIR "/a.ko' old-path='/other/a.ko'\n");
	ck_assert_ptr_null(kmod_module_unref(other));
	ck_assert_str_eq(names_once(kmod_module_get_dependencies(mod)), "a b ");
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(dependencies_of_unknown_modules)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod = module_named(ctx, "bar");

	ck_assert_ptr_null(kmod_module_get_dependencies(mod));
	put(RELEASE_DIR "/a.ko", NO_BYTES);
	put_dep_line("foo.ko: a.ko");
	ck_assert_ptr_null(kmod_module_get_dependencies(mod));
	ck_assert_ptr_null(kmod_module_get_dependencies(NULL));
	expect_not_logged(LOG_ERR, "");
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* What was found by an alias has those of its module. */
START_TEST(dependencies_of_an_alias)
{
	struct kmod_ctx *const ctx = session_configured("alias other foo\n");
	struct kmod_list *list = NULL;
	struct kmod_module *mod;

	put(RELEASE_DIR "/a.ko", NO_BYTES);
	put_dep_line("foo.ko: a.ko");
	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, "other", &list), 0);
	mod = kmod_module_get_module(list);
	(void)kmod_module_unref_list(list);
	ck_assert_str_eq(names_once(kmod_module_get_dependencies(mod)), "a ");
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* ---- Softdeps and weakdeps ---- */

static const struct {
	const char *config;
	const char *pre, *post;
} softdeps[] = {
	{ "", "", "" },
	{ "softdep foo pre: a b post: c\n", "a b ", "c " },
	{ "softdep foo post: c pre: b a\n", "b a ", "c " },
	{ "softdep foo pre: a post: b pre: c\n", "a c ", "b " },
	{ "softdep foo a b pre: c\n", "c ", "" },
	{ "softdep foo pre: a gone b\n", "a b ", "" },
	{ "softdep foo pre: many a\n", "b c b a ", "" },
	{ "softdep foo pre: a a\n", "a a ", "" },
	{ "softdep foo none\n", "", "" },
	/* only the first that matches */
	{ "softdep fo? pre: a\nsoftdep foo pre: b\n", "a ", "" },
	{ "softdep bar pre: a\nsoftdep foo post: b\n", "", "b " },
	{ "softdep foo pre: gone\nsoftdep foo pre: a\n", "", "" },
};

#define SOME_MODULES                       \
	"install a true\ninstall b true\n" \
	"install c true\nalias many b\nalias man* c\nalias m*y b\n"

START_TEST(soft)
{
	struct kmod_ctx *const ctx =
		session_configured(format_text("%s" SOME_MODULES, softdeps[_i].config));
	struct kmod_module *const mod = module_named(ctx, "foo");
	struct kmod_list *pre = NULL, *post = NULL;

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(kmod_module_get_softdeps(mod, &pre, &post), 0);
		ck_assert_str_eq(names_once(pre), softdeps[_i].pre);
		ck_assert_str_eq(names_once(post), softdeps[_i].post);
		pre = NULL;
		post = NULL;
	}
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

static const struct {
	const char *config;
	const char *names;
} weakdeps[] = {
	{ "", "" },
	{ "weakdep foo b a\n", "b a " },
	{ "weakdep foo gone c gone\n", "c " },
	{ "weakdep foo many\n", "b c b " },
	{ "weakdep f*o a\nweakdep foo b\n", "a " },
	{ "weakdep bar a\nsoftdep foo pre: b\n", "" },
};

START_TEST(weak)
{
	struct kmod_ctx *const ctx =
		session_configured(format_text("%s" SOME_MODULES, weakdeps[_i].config));
	struct kmod_module *const mod = module_named(ctx, "foo");
	struct kmod_list *list = NULL;

	ck_assert_int_eq(kmod_module_get_weakdeps(mod, &list), 0);
	ck_assert_str_eq(names_once(list), weakdeps[_i].names);
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* An item that cannot be looked up is told of, and left out. */
START_TEST(soft_with_a_bad_item)
{
	struct kmod_ctx *const ctx = session_configured("softdep foo pre: a [b post: ]c b\n"
							"weakdep foo b [ a\n" SOME_MODULES);
	struct kmod_module *const mod = module_named(ctx, "foo");
	struct kmod_list *pre = NULL, *post = NULL, *list = NULL;

	ck_assert_int_eq(kmod_module_get_softdeps(mod, &pre, &post), 0);
	ck_assert_str_eq(names_once(pre), "a ");
	ck_assert_str_eq(names_once(post), "b ");
	expect_logged(LOG_ERR, "failed to lookup dependency '[b', continuing anyway.\n");
	expect_logged(LOG_ERR, "failed to lookup dependency ']c', continuing anyway.\n");
	ck_assert_int_eq(kmod_module_get_weakdeps(mod, &list), 0);
	ck_assert_str_eq(names_once(list), "b a ");
	expect_logged(LOG_ERR, "failed to lookup dependency '[', continuing anyway.\n");
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* What cannot be looked up now is not left out, as it may be there. */
START_TEST(soft_without_descriptors)
{
	struct kmod_ctx *const ctx = session_configured("softdep top pre: low post: high\n"
							"weakdep top low\n");
	struct kmod_module *const mod = module_named(ctx, "top");
	struct kmod_list *pre = NULL, *post = NULL, *others = NULL;
	struct rlimit limit, none;
	int r, others_r;

	put_dep_line("low.ko:");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	r = kmod_module_get_softdeps(mod, &pre, &post);
	others_r = kmod_module_get_weakdeps(mod, &others);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(r, -EMFILE);
	ck_assert_int_eq(others_r, -EMFILE);
	ck_assert(!pre && !post && !others);
	ck_assert_int_eq(kmod_module_get_softdeps(mod, &pre, &post), 0);
	ck_assert_int_eq(kmod_module_unref_list(pre), 0);
	ck_assert_int_eq(kmod_module_unref_list(post), 0);
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(soft_wrong_arguments)
{
	struct kmod_ctx *const ctx =
		session_configured("softdep foo pre: a post: b\nweakdep foo a\n" SOME_MODULES);
	struct kmod_module *const mod = module_named(ctx, "foo");
	struct kmod_list *const used = (struct kmod_list *)(uintptr_t)0x10;
	struct kmod_list *pre = NULL, *post = NULL;

	ck_assert_int_eq(kmod_module_get_softdeps(NULL, &pre, &post), -ENOENT);
	ck_assert_int_eq(kmod_module_get_softdeps(mod, NULL, &post), -ENOENT);
	ck_assert_int_eq(kmod_module_get_softdeps(mod, &pre, NULL), -ENOENT);
	ck_assert_int_eq(kmod_module_get_weakdeps(NULL, &pre), -ENOENT);
	ck_assert_int_eq(kmod_module_get_weakdeps(mod, NULL), -ENOENT);
	pre = used;
	ck_assert_int_eq(kmod_module_get_softdeps(mod, &pre, &post), -EINVAL);
	ck_assert_int_eq(kmod_module_get_softdeps(mod, &post, &pre), -EINVAL);
	ck_assert_int_eq(kmod_module_get_weakdeps(mod, &pre), -EINVAL);
	ck_assert_ptr_eq(pre, used);
	ck_assert_ptr_null(post);
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* ---- Filters ---- */

/* A list of @names: words between single blanks. */
static struct kmod_list *list_of(struct kmod_ctx *ctx, const char *names)
{
	struct kmod_list *list;

	put("/proc/modules", bytes_text(format_text("%s\n", names)));
	ck_assert_int_eq(kmod_module_new_from_loaded(ctx, &list), 0);
	return list;
}

static const struct {
	const char *input;
	int filter;
	const char *output;
} filters[] = {
	{ "a\nb\nc\nd", KMOD_FILTER_BLACKLIST, "a c d " },
	{ "a\nb\nc\nd", KMOD_FILTER_BUILTIN, "a b d " },
	{ "a\nb\nc\nd", KMOD_FILTER_BLACKLIST | KMOD_FILTER_BUILTIN, "a d " },
	{ "a\nb\nc\nd", 0, "a b c d " },
	{ "b", KMOD_FILTER_BLACKLIST, "" },
	{ "a_b\nab", KMOD_FILTER_BLACKLIST, "ab " },
	{ "xyz", KMOD_FILTER_BLACKLIST, "xyz " },
};

/* The output is overwritten, whatever it was; the input stays. A blacklist has no patterns. */
START_TEST(filter)
{
	struct kmod_ctx *const ctx = session_configured("blacklist b\nblacklist a-b\n"
							"blacklist x*\n");
	struct kmod_list *const input = list_of(ctx, filters[_i].input);
	struct kmod_list *output = (struct kmod_list *)(uintptr_t)0x10;
	const char *const before = names_in(input);

	put(RELEASE_DIR "/modules.builtin.bin", INDEX({ "c", "", 0 }));
	ck_assert_int_eq(kmod_module_apply_filter(ctx, (enum kmod_filter)filters[_i].filter, input,
						  &output),
			 0);
	ck_assert_str_eq(names_in(output), filters[_i].output);
	ck_assert_str_eq(names_once(input), before);
	/* The output has references of its own. */
	ck_assert_str_eq(names_once(output), filters[_i].output);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* What was looked up by an alias is judged by its module. */
START_TEST(filter_of_aliases)
{
	struct kmod_ctx *const ctx = session_configured("blacklist good-alias\nblacklist bad\n"
							"alias good-alias good\n"
							"alias bad-alias bad\n");
	struct kmod_list *list = NULL, *output = NULL;

	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, "good-alias", &list), 0);
	ck_assert_int_eq(kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, list, &output), 0);
	ck_assert_str_eq(names_once(output), "good ");
	(void)kmod_module_unref_list(list);
	list = NULL;
	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, "bad-alias", &list), 0);
	ck_assert_int_eq(kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, list, &output), 0);
	ck_assert_ptr_null(output);
	(void)kmod_module_unref_list(list);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

START_TEST(filter_of_the_blacklist)
{
	struct kmod_ctx *const ctx = session_configured("blacklist b\n");
	struct kmod_list *const input = list_of(ctx, "a\nb\nc");
	struct kmod_list *output = (struct kmod_list *)(uintptr_t)0x10;

	put(RELEASE_DIR "/modules.builtin.bin", INDEX({ "c", "", 0 }));
	ck_assert_int_eq(kmod_module_get_filtered_blacklist(ctx, input, &output), 0);
	ck_assert_str_eq(names_once(output), "a c ");
	ck_assert_int_eq(kmod_module_get_filtered_blacklist(ctx, NULL, &output), 0);
	ck_assert_ptr_null(output);
	ck_assert_int_eq(kmod_module_get_filtered_blacklist(NULL, input, &output), -ENOENT);
	ck_assert_int_eq(kmod_module_get_filtered_blacklist(ctx, input, NULL), -ENOENT);
	(void)kmod_module_unref_list(input);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

#pragma GCC diagnostic pop

START_TEST(filter_wrong_arguments)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_list *output = (struct kmod_list *)(uintptr_t)0x10;

	ck_assert_int_eq(kmod_module_apply_filter(NULL, KMOD_FILTER_BUILTIN, NULL, &output),
			 -ENOENT);
	ck_assert_int_eq(kmod_module_apply_filter(ctx, KMOD_FILTER_BUILTIN, NULL, NULL), -ENOENT);
	ck_assert_int_eq(kmod_module_apply_filter(ctx, KMOD_FILTER_BUILTIN, NULL, &output), 0);
	ck_assert_ptr_null(output);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("deps");
	TCase *tcase;

	for (int i = 0; i < ROWS(lines); i++)
		add_row(suite, format_text("line %d", i), dependencies, i);
	for (int i = 0; i < ROWS(softdeps); i++)
		add_row(suite, format_text("softdep %d", i), soft, i);
	for (int i = 0; i < ROWS(weakdeps); i++)
		add_row(suite, format_text("weakdep %d", i), weak, i);
	for (int i = 0; i < ROWS(filters); i++)
		add_row(suite, format_text("filter %d", i), filter, i);

	tcase = add_case(suite, "dependencies");
	tcase_add_test(tcase, dependencies_have_paths);
	tcase_add_test(tcase, dependency_that_appears);
	tcase_add_test(tcase, dependency_in_conflict);
	tcase_add_test(tcase, dependencies_of_unknown_modules);
	tcase_add_test(tcase, dependencies_of_an_alias);
	tcase = add_case(suite, "soft");
	tcase_add_test(tcase, soft_with_a_bad_item);
	tcase_add_test(tcase, soft_without_descriptors);
	tcase_add_test(tcase, soft_wrong_arguments);
	tcase = add_case(suite, "filter");
	tcase_add_test(tcase, filter_of_aliases);
	tcase_add_test(tcase, filter_of_the_blacklist);
	tcase_add_test(tcase, filter_wrong_arguments);
	return suite_run(argv, suite);
}
