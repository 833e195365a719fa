/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a tool in an environment of its own, and kills it when it takes too long.
 */
#include "run.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "preload.h"

/* What of this process's environment the tool gets: the trap's, the sanitizers', the locale's. */
static bool is_inherited(const char *variable)
{
	static const char *const prefixes[] = {
		"TRAP_",	 "LD_PRELOAD=",	  "LD_LIBRARY_PATH=",
		"ASAN_OPTIONS=", "LSAN_OPTIONS=", "UBSAN_OPTIONS="
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	}
	return false;
}

bool run_is_full(void)
{
	const char *const full = getenv("KMOD_TEST_FULL");

	return full != NULL && strcmp(full, "1") == 0;
}

static unsigned int sum_of(unsigned int sum, char *const strings[])
{
	for (; *strings != NULL; strings++)
		for (const char *c = *strings; *c != '\0'; c++)
			sum = sum * 31 + (unsigned char)*c;
	return sum;
}

/*
 * Whether the sanitizer looks for leaks at the end, which takes longer than all else. In a run that
 * is not full it does for one tool in four: always the same ones, by their arguments.
 */
static bool looks_for_leaks(char *const argv[], char *const added[])
{
	return run_is_full() || sum_of(sum_of(0, argv), added) % 4 == 0;
}

static char **environment(char *const argv[], char *const added[])
{
	const char *const asan = getenv("ASAN_OPTIONS");
	char **const env = keep(256 * sizeof(char *));
	size_t n = 0;

	/* Of two with one name the first counts. */
	if (asan != NULL)
		env[n++] = format_text("ASAN_OPTIONS=%s:detect_leaks=%d", asan,
				       looks_for_leaks(argv, added));
	for (; *added != NULL && n < 100; added++)
		env[n++] = *added;
	for (char **e = environ; *e != NULL && n < 200; e++) {
		if (is_inherited(*e))
			env[n++] = *e;
	}
	env[n++] = format_text("PATH=/usr/bin:/bin");
	env[n++] = format_text("LC_ALL=C");
	return env;
}

/* Becomes the tool. */
__attribute__((noreturn)) static void become(char *const argv[], char **env, int out, int err,
					     unsigned int closed)
{
	const int null = open("/dev/null", O_RDONLY);

	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	(void)close(null);
	for (int fd = 0; fd <= 2; fd++) {
		if (closed & 1U << fd)
			(void)close(fd);
	}
	(void)execve(TEST_KMOD, argv, env);
	_exit(127);
}

/* Waits for @pid. Kills it when its time is over. */
static int wait_for(pid_t pid)
{
	/* Most are done soon. */
	const struct timespec long_pause = { .tv_nsec = 5000000 },
			      short_pause = { .tv_nsec = 500000 };
	int status;

	for (long waited = 0; waited < TOOL_TIMEOUT * 200L; waited++) {
		const pid_t r = waitpid(pid, &status, WNOHANG);

		ck_assert_msg(r >= 0, "waitpid: %s", strerror(errno));
		if (r == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		(void)nanosleep(waited < 40 ? &short_pause : &long_pause, NULL);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	return -1;
}

struct outcome run_tool(char *const argv[], char *const env[], unsigned int closed)
{
	/* Files rather than pipes: a tool never waits for its reader. */
	FILE *const out = tmpfile(), *const err = tmpfile();
	struct outcome result;
	char **child_env;
	pid_t pid;

	ck_assert(out != NULL && err != NULL);
	preload_trap();
	child_env = environment(argv, env);
	pid = fork();
	ck_assert_msg(pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0)
		become(argv, child_env, fileno(out), fileno(err), closed);
	result.status = wait_for(pid);
	result.out = bytes_of_file(format_text("/proc/self/fd/%d", fileno(out)));
	result.err = bytes_of_file(format_text("/proc/self/fd/%d", fileno(err)));
	(void)fclose(out);
	(void)fclose(err);
	return result;
}
