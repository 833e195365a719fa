/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/explicit.c.
 */
#include "tools/depmod/explicit.h"

#include <errno.h>

#include "depmod-tree.h"

/* Adds files of the directory; @first as it is. */
static int add(const char *first, const char *second, struct scan *ret)
{
	static char paths[2][PATH_MAX];
	char *list[] = { paths[0], paths[1] };

	(void)snprintf(paths[0], PATH_MAX, "%s", first);
	(void)snprintf(paths[1], PATH_MAX, "%s", second ? tree_path(second) : "");
	*ret = (struct scan){ 0 };
	return explicit_add(&tree_cli, list, second ? 2 : 1, ret);
}

/* That of the two files the first, and none other, was added before something was wrong. */
static void assert_fails(const char *first, const char *second, int error, const char *said)
{
	const struct capture capture = capture_begin(STDERR_FILENO);
	struct scan scan;
	const int r = add(first, second, &scan);

	ck_assert_str_eq(capture_end(capture), said);
	ck_assert_int_eq(r, error);
	ck_assert_uint_eq(scan.count, second ? 1 : 0);
	scan_done(&scan);
}

/* In their order, by any name, with their stamps. */
START_TEST(files)
{
	struct stamp stamp;
	struct stat st;
	struct scan scan;

	tree_write_text("b", "12345");
	tree_write_text("a.ko", "");
	ck_assert_int_eq(add(tree_path("b"), "a.ko", &scan), 0);
	ck_assert_uint_eq(scan.count, 2);
	ck_assert_str_eq(scan.files[0].path, tree_path("b"));
	ck_assert_str_eq(scan.files[1].path, tree_path("a.ko"));
	ck_assert_int_eq(stat(tree_path("b"), &st), 0);
	stamp = stamp_of(&st);
	ck_assert(stamp_equal(&scan.files[0].stamp, &stamp));
	scan_done(&scan);
}
END_TEST

START_TEST(not_absolute)
{
	assert_fails("a.ko", NULL, -EINVAL, "depmod: FATAL: a.ko: not absolute path.\n");
	assert_fails("", NULL, -EINVAL, "depmod: FATAL: : not absolute path.\n");
}
END_TEST

START_TEST(absent)
{
	tree_write_text("a.ko", "");
	assert_fails(tree_path("a.ko"), "b.ko", -ENOENT,
		     "depmod: FATAL: could not create module @/b.ko: No such file or directory\n");
}
END_TEST

START_TEST(twice)
{
	tree_write_text("a-b.ko", "");
	tree_write_text("k/a_b.ko.xz", "");
	assert_fails(tree_path("a-b.ko"), "a-b.ko", -EEXIST,
		     "depmod: ERROR: hash_add_unique a_b: File exists\n"
		     "depmod: FATAL: could not add module @/a-b.ko: File exists\n");
	assert_fails(tree_path("a-b.ko"), "k/a_b.ko.xz", -EEXIST,
		     "depmod: ERROR: kmod_module 'a_b' already exists with different path: "
		     "new-path='@/k/a_b.ko.xz' old-path='@/a-b.ko'\n"
		     "depmod: FATAL: could not create module @/k/a_b.ko.xz: File exists\n");
}
END_TEST

START_TEST(out_of_memory)
{
	unsigned int failures = 0;
	bool failed = true;

	tree_write_text("a.ko", "");
	tree_write_text("b.ko", "");
	while (failed) {
		const struct capture capture = capture_begin(STDERR_FILENO);
		const char *const path = tree_path("a.ko");
		struct scan scan;
		int r;

		unit_fail_allocation(failures);
		r = add(path, "b.ko", &scan);
		failed = unit_allocation_failed();
		ck_assert_str_eq(capture_end(capture),
				 failed ? "depmod: FATAL: out of memory\n" : "");
		ck_assert_int_eq(r, failed ? -ENOMEM : 0);
		scan_done(&scan);
		failures += failed;
	}
	ck_assert_uint_ge(failures, 3);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-explicit");
	TCase *const tests = tcase_create("depmod-explicit");

	tcase_add_checked_fixture(tests, tree_setup, tree_teardown);
	tcase_add_test(tests, files);
	tcase_add_test(tests, not_absolute);
	tcase_add_test(tests, absent);
	tcase_add_test(tests, twice);
	tcase_add_test(tests, out_of_memory);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
