/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Running the install and remove commands of the configuration.
 *
 * A command that loads its own module runs itself for ever, each time by new processes, which know
 * of each other only what is in the environment. They get one of their own: ours is that of all threads,
 * any of which may look into it meanwhile. What else there is to it is as system(3) has it.
 */
#include "libkmod/command.h"

#include <errno.h>
#include <paths.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/process-lock.h"

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

/* ---- The environment --------------------------------------------------------------------- */

static bool is_variable(const char *entry, const char *name)
{
	const size_t length = strlen(name);

	return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

/*
 * The environment with @module and @nesting instead of what it has of these. A list, which the caller
 * frees, of strings, which it borrows. NULL: no memory.
 */
static char **environment_with(char *module, char *nesting)
{
	size_t count = 0, kept = 0;
	char **list;

	while (environ && environ[count])
		count++;
	list = calloc(count + 3, sizeof(*list));
	if (!list)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (!is_variable(environ[i], MODULE_VARIABLE) &&
		    !is_variable(environ[i], NESTING_VARIABLE))
			list[kept++] = environ[i];
	list[kept++] = module;
	list[kept] = nesting;
	return list;
}

/* ---- The shell ------------------------------------------------------------------------------ */

/* How many commands are run now, and what becomes of these signals when there is none any more. */
static unsigned int running;
static struct sigaction old_int, old_quit;

/* Whoever is at the terminal means the command. *@ret_reset are the signals to be as they were in it. */
static void ignore_signals(sigset_t *ret_reset)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	process_lock();
	if (running++ == 0) {
		(void)sigaction(SIGINT, &ignore, &old_int);
		(void)sigaction(SIGQUIT, &ignore, &old_quit);
	}
	(void)sigemptyset(ret_reset);
	if (old_int.sa_handler != SIG_IGN)
		(void)sigaddset(ret_reset, SIGINT);
	if (old_quit.sa_handler != SIG_IGN)
		(void)sigaddset(ret_reset, SIGQUIT);
	process_unlock();
}

static void heed_signals(void)
{
	process_lock();
	if (--running == 0) {
		(void)sigaction(SIGINT, &old_int, NULL);
		(void)sigaction(SIGQUIT, &old_quit, NULL);
	}
	process_unlock();
}

/* Starts the shell with @command. Returns 0 or a negative errno. */
static int start(const char *command, char **environment, const sigset_t *reset,
		 const sigset_t *mask, pid_t *ret_pid)
{
	char *const args[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	posix_spawnattr_t attr;
	int error = posix_spawnattr_init(&attr);

	if (error != 0)
		return -error;
	error = posix_spawnattr_setsigdefault(&attr, reset);
	if (error == 0)
		error = posix_spawnattr_setsigmask(&attr, mask);
	if (error == 0)
		error = posix_spawnattr_setflags(&attr,
						 POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	if (error == 0)
		error = posix_spawn(ret_pid, _PATH_BSHELL, NULL, &attr, args, environment);
	(void)posix_spawnattr_destroy(&attr);
	return -error;
}

static int run_in_shell(const char *command, char **environment, int *ret_status)
{
	sigset_t reset, child, mask;
	int cancellation;
	pid_t pid = -1;
	int r;

	/* Not before the command has ended, and signals are heeded again. */
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
	/* The program may wait for its children when it hears of one. */
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)pthread_sigmask(SIG_BLOCK, &child, &mask);
	ignore_signals(&reset);

	r = start(command, environment, &reset, &mask, &pid);
	while (r >= 0 && waitpid(pid, ret_status, 0) < 0)
		if (errno != EINTR)
			r = -errno;

	heed_signals();
	(void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
	(void)pthread_setcancelstate(cancellation, NULL);
	return r;
}

/* ---- Both together -------------------------------------------------------------------------- */

int command_run(const char *command, const char *module, int *ret_status)
{
	const char *const outer = getenv(NESTING_VARIABLE);
	_cleanup_free_ char *variable = NULL, *nesting = NULL;
	_cleanup_free_ char **environment = NULL;

	if (outer && is_nested_too_often(outer, module))
		return -ELOOP;
	if (asprintf(&variable, MODULE_VARIABLE "=%s", module) < 0) {
		variable = NULL;
		return -ENOMEM;
	}
	if (asprintf(&nesting, NESTING_VARIABLE "=%s%s%s", outer ? outer : "", outer ? " " : "",
		     module) < 0) {
		nesting = NULL;
		return -ENOMEM;
	}
	environment = environment_with(variable, nesting);
	return environment ? run_in_shell(command, environment, ret_status) : -ENOMEM;
}
