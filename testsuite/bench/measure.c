/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * measure COMMAND [ARGUMENT...]: runs a command, its output thrown away, and prints what it cost:
 * CPU time in microseconds, peak resident memory in KiB, page faults. Ends with its status.
 *
 * A program of its own because the kernel counts the peak memory of the process that forked into
 * that of the command: it has to be smaller than whatever is measured.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static long long microseconds(const struct timeval *t)
{
	return (long long)t->tv_sec * 1000000 + t->tv_usec;
}

int main(int argc, char *argv[])
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	int status, r;
	pid_t pid;

	if (argc < 2) {
		fputs("Usage: measure COMMAND [ARGUMENT...]\n", stderr);
		return EXIT_FAILURE;
	}
	r = posix_spawn_file_actions_init(&actions);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY,
						     0);
	if (r == 0)
		r = posix_spawnp(&pid, argv[1], &actions, NULL, argv + 1, environ);
	if (r != 0) {
		fprintf(stderr, "measure: %s: %s\n", argv[1], strerror(r));
		return EXIT_FAILURE;
	}
	while (wait4(pid, &status, 0, &usage) < 0) {
		if (errno != EINTR) {
			perror("measure: wait4");
			return EXIT_FAILURE;
		}
	}
	printf("%lld %ld %ld\n", microseconds(&usage.ru_utime) + microseconds(&usage.ru_stime),
	       usage.ru_maxrss, usage.ru_minflt + usage.ru_majflt);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
