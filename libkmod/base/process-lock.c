/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One lock for what all threads of a program share: its other libraries, and how it takes signals.
 */
#include "libkmod/base/process-lock.h"

#include <pthread.h>
#include <signal.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * What was so for who has the lock. A handler of signals could fork, and wait for what its own thread
 * has; a thread that is cancelled would keep it.
 */
static sigset_t mask_before;
static int cancellation_before;

static void take_lock(void)
{
	(void)pthread_mutex_lock(&lock);
}

static void give_lock(void)
{
	(void)pthread_mutex_unlock(&lock);
}

static void keep_over_fork(void)
{
	(void)pthread_atfork(take_lock, give_lock, give_lock);
}

void process_lock(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	sigset_t all, mask;
	int cancellation;

	(void)sigfillset(&all);
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
	(void)pthread_sigmask(SIG_SETMASK, &all, &mask);
	(void)pthread_once(&once, keep_over_fork);
	take_lock();
	mask_before = mask;
	cancellation_before = cancellation;
}

void process_unlock(void)
{
	const sigset_t mask = mask_before;
	const int cancellation = cancellation_before;

	give_lock();
	(void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
	(void)pthread_setcancelstate(cancellation, NULL);
}
