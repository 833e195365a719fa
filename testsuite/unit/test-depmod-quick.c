/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/quick.c.
 */
#include "tools/depmod/quick.h"

#include <fcntl.h>

#include "depmod-tree.h"

#define SECOND 1000000000

/* Makes the file and sets the time it was changed. */
static void write_at(const char *name, time_t seconds, long nanoseconds)
{
	const struct timespec times[] = { { 0 }, { .tv_sec = seconds, .tv_nsec = nanoseconds } };

	tree_write_text(name, "");
	ck_assert_int_eq(utimensat(AT_FDCWD, tree_path(name), times, 0), 0);
}

static void assert_outdated(bool wanted, const char *said)
{
	for (unsigned int jobs = 1; jobs < 4; jobs += 2) {
		const struct capture capture = capture_begin(STDERR_FILENO);
		const bool outdated = quick_is_outdated(&tree_cli, tree_root, jobs);

		ck_assert_str_eq(capture_end(capture), said);
		ck_assert_int_eq(outdated, wanted);
	}
}

/* Later by a microsecond at least. */
START_TEST(times)
{
	write_at("modules.dep", SECOND, 5000);
	assert_outdated(false, "");
	write_at("k/old.ko", SECOND - 1, 999999999);
	write_at("k/same.ko", SECOND, 5000);
	write_at("k/a.ko", SECOND, 5999);
	assert_outdated(false, "");
	write_at("k/a.ko", SECOND, 6000);
	assert_outdated(true, "");
	write_at("k/a.ko", SECOND + 1, 0);
	assert_outdated(true, "");
}
END_TEST

/* Only of modules, where they are looked for. */
START_TEST(others)
{
	write_at("modules.dep", SECOND, 0);
	write_at("k/readme", SECOND + 1, 0);
	write_at("build/a.ko", SECOND + 1, 0);
	assert_outdated(false, "");
	ck_assert_int_eq(symlink("build", tree_path("linked")), 0);
	assert_outdated(true, "");
}
END_TEST

START_TEST(nothing_to_compare)
{
	assert_outdated(true, "depmod: ERROR: could not fstatat(@, modules.dep): "
			      "No such file or directory\n");
	ck_assert_int_eq(rmdir(tree_root), 0);
	assert_outdated(true,
			"depmod: ERROR: could not open directory @: No such file or directory\n");
	ck_assert_int_eq(mkdir(tree_root, 0700), 0);
}
END_TEST

/* When in doubt they are. */
START_TEST(out_of_memory)
{
	unsigned int failures = 0;
	bool failed = true;

	write_at("modules.dep", SECOND, 0);
	write_at("a.ko", SECOND, 0);
	for (unsigned int n = 0; failed; n++) {
		const struct capture capture = capture_begin(STDERR_FILENO);
		bool outdated;

		unit_fail_allocation(n);
		outdated = quick_is_outdated(&tree_cli, tree_root, 1);
		failed = unit_allocation_failed();
		ck_assert_str_eq(capture_end(capture),
				 outdated ? "depmod: ERROR: could not search @: "
					    "Cannot allocate memory\n" :
					    "");
		ck_assert(failed || !outdated);
		failures += outdated;
	}
	ck_assert_uint_ge(failures, 3);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-quick");
	TCase *const tests = tcase_create("depmod-quick");

	tcase_add_checked_fixture(tests, tree_setup, tree_teardown);
	tcase_add_test(tests, times);
	tcase_add_test(tests, others);
	tcase_add_test(tests, nothing_to_compare);
	tcase_add_test(tests, out_of_memory);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
