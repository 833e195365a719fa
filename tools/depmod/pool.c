/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several threads that do one thing together.
 */
#include "tools/depmod/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

/* What the readers of modules put on the stack is a few KiB; decoders allocate. */
#define STACK_SIZE ((size_t)512 << 10)

struct worker {
	pthread_t thread;
	unsigned int number;
	void (*work)(void *data, unsigned int worker);
	void *data;
};

unsigned int pool_cpus(void)
{
	cpu_set_t set;
	int count;

	/* Fails on machines of more CPUs than the set has room for: more than the limit, too. */
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return POOL_JOBS_MAX;
	count = CPU_COUNT(&set);
	if (count < 1)
		return 1;
	return (unsigned int)count < POOL_JOBS_MAX ? (unsigned int)count : POOL_JOBS_MAX;
}

static void *run_worker(void *data)
{
	struct worker *const worker = data;

	worker->work(worker->data, worker->number);
	return NULL;
}

static bool start(struct worker *worker, const pthread_attr_t *attributes)
{
	return pthread_create(&worker->thread, attributes, run_worker, worker) == 0;
}

void pool_run(unsigned int jobs, void (*work)(void *data, unsigned int worker), void *data)
{
	struct worker workers[POOL_JOBS_MAX];
	pthread_attr_t attributes;
	unsigned int started = 1;

	if (jobs > 1 && pthread_attr_init(&attributes) == 0) {
		(void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
		for (; started < jobs && started < POOL_JOBS_MAX; started++) {
			workers[started] = (struct worker){
				.number = started,
				.work = work,
				.data = data,
			};
			if (!start(&workers[started], &attributes))
				break;
		}
		(void)pthread_attr_destroy(&attributes);
	}
	work(data, 0);
	for (unsigned int i = 1; i < started; i++)
		(void)pthread_join(workers[i].thread, NULL);
}
