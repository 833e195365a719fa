/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/command.c: what is not seen from outside the library.
 */
#include "libkmod/command.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "unit.h"

static int result = 1, status;

static void *run_cancelled(void *unused)
{
	(void)unused;
	(void)pthread_cancel(pthread_self());
	result = command_run("exit 3", "foo", &status);
	return NULL;
}

/* A thread that is cancelled does not leave a child behind, nor the signals ignored. */
START_TEST(cancelled)
{
	struct sigaction before, after;
	pthread_t thread;

	/* The shell's library would tell of the shell's leaks. */
	(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	ck_assert_int_eq(sigaction(SIGINT, NULL, &before), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, run_cancelled, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(sigaction(SIGINT, NULL, &after), 0);
	ck_assert_ptr_eq((void *)after.sa_handler, (void *)before.sa_handler);
	ck_assert_int_eq(result, 0);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("command");
	TCase *const tests = tcase_create("command");

	tcase_add_test(tests, cancelled);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
