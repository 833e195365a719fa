/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/base/process-lock.c.
 */
#include "libkmod/base/process-lock.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static void *lock_and_unlock(void *unused)
{
	for (int i = 0; i < 20000; i++) {
		process_lock();
		process_unlock();
	}
	return unused;
}

/* What is between the two is not in a child of another thread. */
START_TEST(forks)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, lock_and_unlock, NULL), 0);
	for (int i = 0; i < 100; i++) {
		const pid_t child = fork();
		int status;

		ck_assert_int_ge(child, 0);
		if (child == 0) {
			(void)alarm(20);
			process_lock();
			process_unlock();
			_exit(0);
		}
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

static volatile sig_atomic_t handled;

static void handle(int signal)
{
	(void)signal;
	handled++;
}

/* A handler might fork, and wait for what this thread has. */
START_TEST(signals_wait)
{
	struct sigaction before;
	const struct sigaction action = { .sa_handler = handle };

	ck_assert_int_eq(sigaction(SIGUSR1, &action, &before), 0);
	process_lock();
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_int_eq(handled, 0);
	process_unlock();
	ck_assert_int_eq(handled, 1);
	ck_assert_int_eq(sigaction(SIGUSR1, &before, NULL), 0);
}
END_TEST

static void *lock_cancelled(void *leaves)
{
	(void)pthread_cancel(pthread_self());
	process_lock();
	pthread_testcancel();
	*(bool *)leaves = true;
	process_unlock();
	pthread_testcancel();
	return NULL;
}

START_TEST(cancellation_waits)
{
	bool leaves = false;
	pthread_t thread;
	void *result = NULL;

	ck_assert_int_eq(pthread_create(&thread, NULL, lock_cancelled, &leaves), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
	ck_assert(leaves);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("process-lock");
	TCase *const tests = tcase_create("process-lock");

	tcase_add_test(tests, forks);
	tcase_add_test(tests, signals_wait);
	tcase_add_test(tests, cancellation_waits);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
