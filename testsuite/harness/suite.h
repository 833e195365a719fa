/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A test program: suites of Check, reported as TAP, each test in a process of its own that has the
 * trap in front of libc and, where it asks for one, a fake root.
 */
#ifndef HARNESS_SUITE_H
#define HARNESS_SUITE_H

#include <check.h>
#include <stdbool.h>

/* The longest a test may take, in seconds, before it counts as hanging. */
enum {
	TEST_TIMEOUT = 60
};

/* How many rows a table has, as _i counts them. */
#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/*
 * Ends the test here, as passed but skipped, because of @reason. Write "built without ..." where
 * the configuration is the reason.
 */
#define SKIP(...)                          \
	do {                               \
		test_skipped(__VA_ARGS__); \
		return;                    \
	} while (0)
__attribute__((format(printf, 1, 2))) void test_skipped(const char *format, ...);

/* Whether the program is under valgrind, or built with AddressSanitizer. */
bool test_is_instrumented(void);

/* A case called @name in @suite, with a fake root for each of its tests. */
TCase *add_case(Suite *suite, const char *name);

/* The same with one test, given @row as _i: how a row of a table becomes a test with a name. */
void add_row(Suite *suite, const char *name, const TTest *test, int row);

/* Runs all tests of @suite and prints TAP. @argv is main()'s, and so is the result. */
int suite_run(char **argv, Suite *suite);

#endif
