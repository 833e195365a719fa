/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several threads that do one thing together.
 */
#ifndef TOOLS_DEPMOD_POOL_H
#define TOOLS_DEPMOD_POOL_H

/* No more threads than this are of use, or safe to ask for. */
#define POOL_JOBS_MAX 64U

/* The number of CPUs that this process may use, within the limit. */
unsigned int pool_cpus(void);

/*
 * Calls @work in up to @jobs threads at once, the calling one included, and returns when all calls
 * have ended. @worker counts from 0, which is the calling thread. Where there are not as many
 * threads to be had there are fewer calls: the calls have to share out the work between them.
 */
void pool_run(unsigned int jobs, void (*work)(void *data, unsigned int worker), void *data);

#endif
