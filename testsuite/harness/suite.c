/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs suites of Check and turns their reports into TAP with names and skipped tests.
 */
#include "suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bytes.h"
#include "preload.h"
#include "world.h"

/* How many tests have begun: the number of the one that runs. Shared with the tests' processes. */
static unsigned int *begun;

/* Where tests leave why they were skipped: a number and the reason. Shared likewise. */
static FILE *skips;

void test_skipped(const char *format, ...)
{
	va_list args;

	(void)fprintf(skips, "%u ", *begun);
	va_start(args, format);
	(void)vfprintf(skips, format, args);
	va_end(args);
	(void)fprintf(skips, "\n");
	(void)fflush(skips);
}

static void begin_test(void)
{
	++*begun;
	world_begin();
}

bool test_is_instrumented(void)
{
#ifdef __SANITIZE_ADDRESS__
	return true;
#else
	const char *const preload = getenv("LD_PRELOAD");

	return preload != NULL && strstr(preload, "valgrind") != NULL;
#endif
}

TCase *add_case(Suite *suite, const char *name)
{
	TCase *const tcase = tcase_create(name);

	tcase_set_timeout(tcase, TEST_TIMEOUT);
	tcase_add_checked_fixture(tcase, begin_test, world_end);
	suite_add_tcase(suite, tcase);
	return tcase;
}

void add_row(Suite *suite, const char *name, const TTest *test, int row)
{
	tcase_add_loop_test(add_case(suite, name), test, row, row + 1);
}

/* Why the @number-th test was skipped; NULL when it was not. */
static const char *skip_reason(unsigned int number)
{
	static char entry[1024];
	unsigned int n;
	int at;

	rewind(skips);
	while (fgets(entry, sizeof(entry), skips) != NULL) {
		entry[strcspn(entry, "\n")] = '\0';
		if (sscanf(entry, "%u %n", &n, &at) == 1 && n == number)
			return entry + at;
	}
	return NULL;
}

/*
 * Prints what Check wrote to @tap, as TAP readers want it: lines of a message after its first are
 * comments, and "ok 1 - file.c:case:test: Passed" becomes "ok 1 - case:test".
 */
static void print_tap(FILE *tap)
{
	char line[8192];
	unsigned int n;

	while (fgets(line, sizeof(line), tap) != NULL) {
		const bool passed = strncmp(line, "ok ", 3) == 0;
		char *const from = strchr(line, ':'), *to = strstr(line, ": Passed");

		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "1..", 3) == 0) {
			(void)printf("%s\n", line);
		} else if (passed && from != NULL && to != NULL && sscanf(line, "ok %u", &n) == 1) {
			const char *const reason = skip_reason(n);

			*to = '\0';
			(void)printf("ok %u - %s%s%s\n", n, from + 1, reason ? " # SKIP " : "",
				     reason ? reason : "");
		} else if (strncmp(line, "not ok ", 7) == 0) {
			(void)printf("%s\n", line);
		} else {
			(void)printf("# %s\n", line);
		}
	}
}

int suite_run(char **argv, Suite *suite)
{
	SRunner *runner;
	FILE *tap;
	int failed;

	require_trap(argv);
	world_clean();

	skips = tmpfile();
	tap = tmpfile();
	begun = mmap(NULL, sizeof(*begun), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (skips == NULL || tap == NULL || begun == MAP_FAILED) {
		perror("cannot start");
		return 1;
	}
	runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_FORK);
	srunner_set_tap(runner, format_text("/proc/self/fd/%d", fileno(tap)));
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	print_tap(tap);
	(void)fclose(tap);
	(void)fclose(skips);
	return failed == 0 ? 0 : 1;
}
