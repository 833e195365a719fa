/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/pool.c.
 */
#include "tools/depmod/pool.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "unit.h"

/* How many threads there may be in addition. The linker puts this in front of the real one. */
static unsigned int threads_left = POOL_JOBS_MAX;
static unsigned int refused;

typedef void *thread_fn(void *data);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, thread_fn *fn, void *data);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, thread_fn *fn, void *data);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, thread_fn *fn, void *data)
{
	if (threads_left == 0) {
		refused++;
		return EAGAIN;
	}
	threads_left--;
	return __real_pthread_create(thread, attr, fn, data);
}

struct work {
	unsigned int wanted; /* calls that wait for each other */
	atomic_uint calls;
	atomic_bool seen[POOL_JOBS_MAX];
};

static void count(void *data, unsigned int worker)
{
	struct work *const work = data;

	if (worker < POOL_JOBS_MAX)
		atomic_store(&work->seen[worker], true);
	(void)atomic_fetch_add(&work->calls, 1);
	while (atomic_load(&work->calls) < work->wanted)
		(void)sched_yield();
}

/* All at once, each with a number of its own. */
START_TEST(as_many_as_wanted)
{
	static const unsigned int jobs[] = { 1, 2, 7, POOL_JOBS_MAX };

	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		struct work work = { .wanted = jobs[i] };

		threads_left = POOL_JOBS_MAX;
		pool_run(jobs[i], count, &work);
		ck_assert_uint_eq(work.calls, jobs[i]);
		for (unsigned int j = 0; j < POOL_JOBS_MAX; j++)
			ck_assert_int_eq(work.seen[j], j < jobs[i]);
	}
}
END_TEST

START_TEST(never_more_than_the_limit)
{
	struct work work = { .wanted = POOL_JOBS_MAX };

	threads_left = POOL_JOBS_MAX;
	pool_run(1000000, count, &work);
	ck_assert_uint_eq(work.calls, POOL_JOBS_MAX);
}
END_TEST

/*
 * Where there are no threads to be had the caller does it all; where there are a few, they. It is
 * not tried again.
 */
START_TEST(too_few_threads)
{
	for (unsigned int n = 0; n < 3; n++) {
		struct work work = { .wanted = n + 1 };

		threads_left = n;
		refused = 0;
		pool_run(50, count, &work);
		threads_left = POOL_JOBS_MAX;
		ck_assert_uint_eq(refused, 1);
		ck_assert_uint_eq(work.calls, n + 1);
		for (unsigned int j = 0; j < POOL_JOBS_MAX; j++)
			ck_assert_int_eq(work.seen[j], j <= n);
	}
}
END_TEST

START_TEST(cpus)
{
	cpu_set_t old, one;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(old), &old), 0);
	ck_assert_uint_eq(pool_cpus(),
			  CPU_COUNT(&old) < (int)POOL_JOBS_MAX ? (unsigned int)CPU_COUNT(&old) :
								 POOL_JOBS_MAX);
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
		if (CPU_ISSET(i, &old))
			CPU_SET(i, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
	ck_assert_uint_eq(pool_cpus(), 1);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(old), &old), 0);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-pool");
	TCase *const tests = tcase_create("depmod-pool");

	tcase_add_test(tests, as_many_as_wanted);
	tcase_add_test(tests, never_more_than_the_limit);
	tcase_add_test(tests, too_few_threads);
	tcase_add_test(tests, cpus);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
