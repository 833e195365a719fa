/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/base/path.c.
 */
#include "libkmod/base/path.h"

#include <errno.h>
#include <sys/stat.h>

#include "harness/suite.h"
#include "harness/world.h"
#include "unit.h"

/* The mode of the directory @path; 0 when there is none. */
static unsigned int mode_of(const char *path)
{
	struct stat st;

	return stat(world_path(path), &st) == 0 && S_ISDIR(st.st_mode) ? st.st_mode & 07777 : 0;
}

START_TEST(directories)
{
	(void)umask(027);
	ck_assert_int_eq(path_make_directories(world_path("/a/b/c")), 0);
	ck_assert_uint_eq(mode_of("/a"), 0750);
	ck_assert_uint_eq(mode_of("/a/b"), 0750);
	ck_assert_uint_eq(mode_of("/a/b/c"), 0750);

	/* from here, with slashes to spare, and partly there */
	ck_assert_int_eq(path_make_directories("a//d/e/"), 0);
	ck_assert_uint_ne(mode_of("/a/d/e"), 0);
	ck_assert_int_eq(path_make_directories("f"), 0);
	ck_assert_uint_ne(mode_of("/f"), 0);
	ck_assert_int_eq(path_make_directories("/"), 0);
}
END_TEST

START_TEST(parents)
{
	ck_assert_int_eq(path_make_parents(world_path("/a/b/file")), 0);
	ck_assert_uint_ne(mode_of("/a/b"), 0);
	ck_assert_uint_eq(mode_of("/a/b/file"), 0);
	ck_assert_int_eq(path_make_parents("file"), 0);
	ck_assert_int_eq(path_make_parents(""), 0);
	ck_assert_uint_eq(mode_of("/file"), 0);
}
END_TEST

START_TEST(something_in_the_way)
{
	put("/file", NO_BYTES);
	put_link("/nowhere", "missing");
	put_dir("/dir");
	put_link("/link", "dir");
	ck_assert_int_eq(path_make_directories("file"), -ENOTDIR);
	ck_assert_int_eq(path_make_directories("file/below"), -ENOTDIR);
	ck_assert_int_eq(path_make_parents("file/below"), -ENOTDIR);
	ck_assert_int_eq(path_make_parents("nowhere/below"), -ENOTDIR);
	ck_assert_int_eq(path_make_directories("link/below"), 0);
	ck_assert_uint_ne(mode_of("/dir/below"), 0);
	ck_assert_int_eq(path_make_directories(""), -ENOENT);
}
END_TEST

START_TEST(out_of_memory)
{
	unit_fail_allocation(0);
	ck_assert_int_eq(path_make_parents("a/b"), -ENOMEM);
	ck_assert(unit_allocation_failed());
	ck_assert_uint_eq(mode_of("/a"), 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("path");
	TCase *const tests = add_case(suite, "path");

	tcase_add_test(tests, directories);
	tcase_add_test(tests, parents);
	tcase_add_test(tests, something_in_the_way);
	tcase_add_test(tests, out_of_memory);
	return suite_run(argv, suite);
}
