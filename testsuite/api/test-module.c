/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Module objects: names, paths, the pool they live in, lists of them.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/session.h"
#include "harness/suite.h"
#include "harness/world.h"

/* ---- Names ---- */

static const struct {
	const char *given;
	const char *name;
} names[] = {
	{ "foo", "foo" },
	{ "foo-bar", "foo_bar" },
	{ "a-b.c", "a_b" },
	{ "foo.ko", "foo" },
	{ "foo.ko.xz", "foo" },
	{ ".x", "" },
	{ "", "" },
	{ "-", "_" },
	{ "a/b-c", "a/b_c" },
	{ "[a-b]", "[a_b]" },
	{ "Foo", "Foo" },
	{ " a b ", " a b " },
	{ "a\tb\nc", "a\tb\nc" },
	{ "\xc3\xa4-\xff", "\xc3\xa4_\xff" },
};

START_TEST(name_from_name)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod;

	ck_assert_int_eq(kmod_module_new_from_name(ctx, names[_i].given, &mod), 0);
	ck_assert_str_eq(kmod_module_get_name(mod), names[_i].name);
	ck_assert_ptr_null(kmod_module_get_path(mod));
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* What is more than a path can be is left out without a word. */
START_TEST(name_is_cut)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod;
	char given[5000];

	memset(given, 'a', sizeof(given));
	given[sizeof(given) - 1] = '\0';
	ck_assert_int_eq(kmod_module_new_from_name(ctx, given, &mod), 0);
	ck_assert_uint_eq(strlen(kmod_module_get_name(mod)), 4095);
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

static const struct {
	const char *path;
	const char *name;
} paths[] = {
	{ "/lib/foo-bar.ko.zst", "foo_bar" }, { "/lib/a.b.ko", "a" },
	{ "/lib/notes.txt", "notes" },	      { "/lib/foo", "foo" },
	{ "/lib-x/y.d/foo.ko", "foo" },	      { "//lib/.//x/../foo.ko", "foo" },
};

/* Absolute: nothing about it is changed. */
START_TEST(name_from_path)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod;

	put_dir("/lib/x");
	put(paths[_i].path, NO_BYTES);
	ck_assert_int_eq(kmod_module_new_from_path(ctx, paths[_i].path, &mod), 0);
	ck_assert_str_eq(kmod_module_get_name(mod), paths[_i].name);
	ck_assert_str_eq(kmod_module_get_path(mod), paths[_i].path);
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* Relative: the working directory is put before it, and that is all. */
START_TEST(path_relative)
{
	static const char *const relative[] = { "foo.ko", "./foo.ko", "lib/../foo.ko" };
	struct kmod_module *mod;

	put_dir("/lib");
	put("/foo.ko", NO_BYTES);
	for (int i = 0; i < ROWS(relative); i++) {
		struct kmod_ctx *const ctx = session_context();

		ck_assert_int_eq(kmod_module_new_from_path(ctx, relative[i], &mod), 0);
		ck_assert_str_eq(kmod_module_get_path(mod), world_path(relative[i]));
		ck_assert_ptr_null(kmod_module_unref(mod));
		ck_assert_ptr_null(kmod_unref(ctx));
	}
}
END_TEST

/* Links stay; a directory will do, as long as it is not opened. */
START_TEST(path_of_anything)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod;

	put("/lib/foo.ko", NO_BYTES);
	put_link("/lib/link.ko", "foo.ko");
	put_dir("/lib/dir.ko");
	put_fifo("/lib/fifo.ko");
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/lib/link.ko", &mod), 0);
	ck_assert_str_eq(kmod_module_get_path(mod), "/lib/link.ko");
	ck_assert_str_eq(kmod_module_get_name(mod), "link");
	(void)kmod_module_unref(mod);
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/lib/dir.ko", &mod), 0);
	(void)kmod_module_unref(mod);
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/lib/fifo.ko", &mod), 0);
	(void)kmod_module_unref(mod);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

static const struct {
	const char *path;
	int error;
} bad_paths[] = {
	{ "/lib/gone.ko", ENOENT },
	{ "gone.ko", ENOENT },
	{ "/lib/", ENOENT },
	{ "/", ENOENT },
	{ "", ENOENT },
	{ "/file/foo.ko", ENOTDIR },
	{ "/loop.ko", ELOOP },
	{ "/unreadable.ko", EACCES },
	{ "/dangling.ko", ENOENT },
};

START_TEST(path_that_fails)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *const before = (struct kmod_module *)(uintptr_t)0x10, *mod = before;

	put_dir("/lib");
	put("/file", NO_BYTES);
	put("/unreadable.ko", NO_BYTES);
	put_link("/loop.ko", "loop.ko");
	put_link("/dangling.ko", "nowhere");
	(void)setenv("TRAP_FAULTS", "open /unreadable.ko EACCES", 1);
	ck_assert_int_eq(kmod_module_new_from_path(ctx, bad_paths[_i].path, &mod),
			 -bad_paths[_i].error);
	ck_assert_ptr_eq(mod, before);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(path_relative_without_working_directory)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod;

	put_dir("/gone");
	ck_assert_int_eq(chdir(world_path("/gone")), 0);
	put_away("/gone");
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "foo.ko", &mod), -ENOENT);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* ---- The pool: one object per name ---- */

START_TEST(pool_by_name)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *a, *b;

	ck_assert_int_eq(kmod_module_new_from_name(ctx, "foo-bar", &a), 0);
	ck_assert_int_eq(kmod_module_new_from_name(ctx, "foo_bar.ko", &b), 0);
	ck_assert_ptr_eq(a, b);
	ck_assert_ptr_eq(kmod_module_ref(a), a);
	ck_assert_ptr_eq(kmod_module_unref(a), a);
	ck_assert_ptr_eq(kmod_module_unref(b), a);
	ck_assert_ptr_null(kmod_module_unref(a));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(pool_of_many)
{
	enum {
		MANY = 2000
	};
	static struct kmod_module *mods[MANY];
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *again;

	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(kmod_module_new_from_name(ctx, format_text("m%d", i), &mods[i]),
				 0);
	for (int i = 0; i < MANY; i++) {
		ck_assert_int_eq(kmod_module_new_from_name(ctx, format_text("m%d", i), &again), 0);
		ck_assert_ptr_eq(again, mods[i]);
		ck_assert_ptr_eq(kmod_module_unref(again), mods[i]);
	}
	for (int i = 0; i < MANY; i += 2)
		ck_assert_ptr_null(kmod_module_unref(mods[i]));
	for (int i = 1; i < MANY; i += 2)
		ck_assert_ptr_null(kmod_module_unref(mods[i]));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(pool_gives_a_path_to_a_name)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *named, *found;

	put("/lib/foo.ko", NO_BYTES);
	ck_assert_int_eq(kmod_module_new_from_name(ctx, "foo", &named), 0);
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/lib/foo.ko", &found), 0);
	ck_assert_ptr_eq(named, found);
	ck_assert_str_eq(kmod_module_get_path(named), "/lib/foo.ko");
	ck_assert_ptr_eq(kmod_module_unref(found), named);
	ck_assert_ptr_null(kmod_module_unref(named));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(pool_shares_the_same_path)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *a, *b, *c;

	put("/lib/foo.ko", NO_BYTES);
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/lib/foo.ko", &a), 0);
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/lib/foo.ko", &b), 0);
	ck_assert_int_eq(kmod_module_new_from_name(ctx, "foo", &c), 0);
	ck_assert_ptr_eq(a, b);
	ck_assert_ptr_eq(a, c);
	(void)kmod_module_unref(a);
	(void)kmod_module_unref(b);
	ck_assert_ptr_null(kmod_module_unref(c));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* Another file of the same name, or the same file by another path: the text is what counts. */
START_TEST(pool_refuses_another_path)
{
	static const char *const others[] = { "/lib/./foo.ko", "/other/foo.ko.xz", "lib/foo.ko" };
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *const before = (struct kmod_module *)(uintptr_t)0x10;
	struct kmod_module *mod, *other = before;

	put("/lib/foo.ko", NO_BYTES);
	put("/other/foo.ko.xz", NO_BYTES);
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/lib/foo.ko", &mod), 0);
	for (int i = 0; i < ROWS(others); i++) {
		const char *const path = *others[i] == '/' ? others[i] : world_path(others[i]);

		log_clear();
		ck_assert_int_eq(kmod_module_new_from_path(ctx, others[i], &other), -EEXIST);
		ck_assert_ptr_eq(other, before);
		expect_logged(LOG_ERR,
			      format_text("kmod_module 'foo' already exists with different path: "
					  "new-path='%s' old-path='/lib/foo.ko'\n",
					  path));
	}
	ck_assert_ptr_null(kmod_module_unref(mod));
	/* Once the first is gone, so is its claim. */
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/other/foo.ko.xz", &mod), 0);
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(null_arguments)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod = NULL;

	ck_assert_int_eq(kmod_module_new_from_name(ctx, NULL, &mod), -ENOENT);
	ck_assert_int_eq(kmod_module_new_from_name(ctx, "a", NULL), -ENOENT);
	ck_assert_int_eq(kmod_module_new_from_path(ctx, NULL, &mod), -ENOENT);
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/a", NULL), -ENOENT);
	ck_assert_int_eq(kmod_module_new_from_loaded(ctx, NULL), -ENOENT);
	ck_assert_ptr_null(kmod_module_ref(NULL));
	ck_assert_ptr_null(kmod_module_unref(NULL));
	ck_assert_int_eq(kmod_module_unref_list(NULL), 0);
	ck_assert_ptr_null(kmod_module_get_module(NULL));
	ck_assert_ptr_null(kmod_module_get_name(NULL));
	ck_assert_ptr_null(kmod_module_get_path(NULL));
	ck_assert_int_eq(kmod_module_get_initstate(NULL), -ENOENT);
	ck_assert_int_eq(kmod_module_get_size(NULL), -ENOENT);
	ck_assert_int_eq(kmod_module_get_refcnt(NULL), -ENOENT);
	ck_assert_ptr_null(kmod_module_get_holders(NULL));
	ck_assert_int_eq(kmod_module_insert_module(NULL, 0, NULL), -ENOENT);
	ck_assert_int_eq(kmod_module_remove_module(NULL, 0), -ENOENT);
	ck_assert_ptr_null(kmod_list_next(NULL, NULL));
	ck_assert_ptr_null(kmod_list_prev(NULL, NULL));
	ck_assert_ptr_null(kmod_list_last(NULL));
	expect_calls(0);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* ---- What is loaded, and lists ---- */

/* The names in @list, each followed by a space, from its last node. */
static const char *names_backwards(struct kmod_list *list)
{
	struct kmod_list *curr;
	const char *all = "";

	kmod_list_foreach_reverse(curr, list) {
		struct kmod_module *const mod = kmod_module_get_module(curr);

		all = format_text("%s%s ", all, kmod_module_get_name(mod));
		(void)kmod_module_unref(mod);
	}
	return all;
}

static const struct {
	const char *what;
	const char *text;
	const char *names;
} loaded[] = {
	{ "nothing", "", "" },
	{ "one", "fat 1 0 - Live 0x0\n", "fat " },
	{ "in the kernel's order", "c 1 0 - Live 0x0\na 1 0 - Live 0x0\nb 1 0 - Live 0x0\n",
	  "c a b " },
	{ "dashes", "a-b 1 0 - Live 0x0\n", "a_b " },
	{ "without newline at the end", "a 1 0 - Live 0x0\nb 1 0 - Live 0x0", "a b " },
	{ "names only", "a\nb\n", "a b " },
};

START_TEST(loaded_modules)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_list *list = (struct kmod_list *)(uintptr_t)0x10;

	put("/proc/modules", bytes_text(loaded[_i].text));
	ck_assert_int_eq(kmod_module_new_from_loaded(ctx, &list), 0);
	ck_assert_str_eq(names_in(list), loaded[_i].names);
	ck_assert_int_eq(kmod_module_unref_list(list), 0);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* However long the list of its users makes a line. */
START_TEST(loaded_modules_of_long_lines)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_list *list;
	char users[20000];

	memset(users, 'u', sizeof(users));
	users[sizeof(users) - 1] = '\0';
	put("/proc/modules",
	    bytes_text(format_text("a 1 9 %s, Live 0x0\nb 1 0 - Live 0x0\n", users)));
	ck_assert_int_eq(kmod_module_new_from_loaded(ctx, &list), 0);
	ck_assert_str_eq(names_in(list), "a b ");
	(void)kmod_module_unref_list(list);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(loaded_modules_cannot_be_read)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_list *const before = (struct kmod_list *)(uintptr_t)0x10, *list = before;

	ck_assert_int_eq(kmod_module_new_from_loaded(ctx, &list), -ENOENT);
	ck_assert_ptr_eq(list, before);
	expect_logged(LOG_ERR, "could not open /proc/modules: No such file or directory\n");
	put("/proc/modules", NO_BYTES);
	(void)setenv("TRAP_FAULTS", "open /proc/modules EACCES", 1);
	ck_assert_int_eq(kmod_module_new_from_loaded(ctx, &list), -EACCES);
	ck_assert_ptr_eq(list, before);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* An object in the list is that of its name, and each node has a reference of its own. */
START_TEST(loaded_modules_are_in_the_pool)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_list *list;
	struct kmod_module *named, *in_list;

	put("/proc/modules", bytes_text("a-b 1 0 - Live 0x0\n"));
	ck_assert_int_eq(kmod_module_new_from_name(ctx, "a_b", &named), 0);
	ck_assert_int_eq(kmod_module_new_from_loaded(ctx, &list), 0);
	in_list = kmod_module_get_module(list);
	ck_assert_ptr_eq(in_list, named);
	(void)kmod_module_unref_list(list);
	ck_assert_ptr_eq(kmod_module_unref(in_list), named);
	ck_assert_ptr_null(kmod_module_unref(named));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(lists_go_both_ways)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_list *list, *second, *third;

	put("/proc/modules", bytes_text("a 1 0 -\nb 1 0 -\nc 1 0 -\n"));
	ck_assert_int_eq(kmod_module_new_from_loaded(ctx, &list), 0);
	ck_assert_str_eq(names_in(list), "a b c ");
	ck_assert_str_eq(names_backwards(list), "c b a ");
	second = kmod_list_next(list, list);
	third = kmod_list_next(list, second);
	ck_assert_ptr_null(kmod_list_next(list, third));
	ck_assert_ptr_null(kmod_list_prev(list, list));
	ck_assert_ptr_eq(kmod_list_prev(list, second), list);
	ck_assert_ptr_eq(kmod_list_last(list), third);
	ck_assert_ptr_null(kmod_list_next(list, NULL));
	ck_assert_ptr_null(kmod_list_next(NULL, list));
	ck_assert_ptr_null(kmod_list_prev(list, NULL));
	ck_assert_ptr_null(kmod_list_prev(NULL, second));
	(void)kmod_module_unref_list(list);

	put("/proc/modules", bytes_text("a 1 0 -\n"));
	ck_assert_int_eq(kmod_module_new_from_loaded(ctx, &list), 0);
	ck_assert_ptr_eq(kmod_list_last(list), list);
	(void)kmod_module_unref_list(list);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("module");
	TCase *tcase;

	for (int i = 0; i < ROWS(names); i++)
		add_row(suite, format_text("name %d", i), name_from_name, i);
	for (int i = 0; i < ROWS(paths); i++)
		add_row(suite, paths[i].path, name_from_path, i);
	for (int i = 0; i < ROWS(bad_paths); i++)
		add_row(suite, format_text("'%s'", bad_paths[i].path), path_that_fails, i);
	for (int i = 0; i < ROWS(loaded); i++)
		add_row(suite, loaded[i].what, loaded_modules, i);

	tcase = add_case(suite, "path");
	tcase_add_test(tcase, name_is_cut);
	tcase_add_test(tcase, path_relative);
	tcase_add_test(tcase, path_of_anything);
	tcase_add_test(tcase, path_relative_without_working_directory);
	tcase = add_case(suite, "pool");
	tcase_add_test(tcase, pool_by_name);
	tcase_add_test(tcase, pool_of_many);
	tcase_add_test(tcase, pool_gives_a_path_to_a_name);
	tcase_add_test(tcase, pool_shares_the_same_path);
	tcase_add_test(tcase, pool_refuses_another_path);
	tcase_add_test(tcase, null_arguments);
	tcase = add_case(suite, "loaded");
	tcase_add_test(tcase, loaded_modules_of_long_lines);
	tcase_add_test(tcase, loaded_modules_cannot_be_read);
	tcase_add_test(tcase, loaded_modules_are_in_the_pool);
	tcase_add_test(tcase, lists_go_both_ways);
	return suite_run(argv, suite);
}
