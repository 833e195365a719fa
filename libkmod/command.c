/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Running the install and remove commands of the configuration.
 *
 * A command that loads its own module runs itself for ever, each time by new processes, which know
 * of each other only what is in the environment.
 */
#include "libkmod/command.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"

#define MODULE_VARIABLE "MODPROBE_MODULE"
#define NESTING_VARIABLE "MODPROBE_NESTING"

/* Whether the names in @nesting, which spaces separate, are @module so often. */
static bool is_nested_too_often(const char *nesting, const char *module)
{
	const size_t length = strlen(module);
	unsigned int count = 0;

	while (*nesting != '\0') {
		const size_t size = strcspn(nesting, " ");

		if (size == length && memcmp(nesting, module, size) == 0)
			count++;
		nesting += size;
		nesting += strspn(nesting, " ");
	}
	return count >= COMMAND_NESTING_MAX;
}

static int run_with(const char *command, const char *module, const char *nesting, int *ret_status)
{
	if (setenv(MODULE_VARIABLE, module, 1) < 0 || setenv(NESTING_VARIABLE, nesting, 1) < 0)
		return -errno;
	*ret_status = system(command);
	return *ret_status < 0 ? -errno : 0;
}

/*
 * The environment is that of all threads: with two commands at once, one would be run within the
 * other. Whoever is forked meanwhile has the lock as it is, but not the thread that gives it back.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void renew_lock(void)
{
	lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

static void keep_over_fork(void)
{
	(void)pthread_atfork(NULL, NULL, renew_lock);
}

static int run_locked(const char *command, const char *module, int *ret_status)
{
	const char *const outer = getenv(NESTING_VARIABLE);
	_cleanup_free_ char *before = NULL, *nesting = NULL;
	int r;

	if (outer && is_nested_too_often(outer, module))
		return -ELOOP;
	if (outer) {
		before = strdup(outer);
		if (!before)
			return -ENOMEM;
	}
	if (asprintf(&nesting, "%s%s%s", outer ? outer : "", outer ? " " : "", module) < 0) {
		nesting = NULL;
		return -ENOMEM;
	}
	r = run_with(command, module, nesting, ret_status);
	(void)unsetenv(MODULE_VARIABLE);
	if (!before || setenv(NESTING_VARIABLE, before, 1) < 0)
		(void)unsetenv(NESTING_VARIABLE);
	return r;
}

int command_run(const char *command, const char *module, int *ret_status)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int r;

	(void)pthread_once(&once, keep_over_fork);
	(void)pthread_mutex_lock(&lock);
	r = run_locked(command, module, ret_status);
	(void)pthread_mutex_unlock(&lock);
	return r;
}
