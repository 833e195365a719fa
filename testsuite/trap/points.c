/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts the points of failure, and tells which is to fail.
 */
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#undef _FORTIFY_SOURCE
#include "points.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "trap.h"

static const char *const names[POINT_KINDS] = {
	[POINT_MEMORY] = "memory", [POINT_OPEN] = "open",     [POINT_STAT] = "stat",
	[POINT_READ] = "read",	   [POINT_WRITE] = "write",   [POINT_SYNC] = "sync",
	[POINT_CLOSE] = "close",   [POINT_LIST] = "list",     [POINT_LINK] = "link",
	[POINT_RENAME] = "rename", [POINT_MKDIR] = "mkdir",   [POINT_UNLINK] = "unlink",
	[POINT_CHMOD] = "chmod",   [POINT_LOCK] = "lock",     [POINT_RUN] = "run",
	[POINT_THREAD] = "thread", [POINT_MODULE] = "module", [POINT_OTHER] = "other",
};

static struct {
	bool active;
	enum trap_kind kind;
	unsigned long n;
	int error;
	struct trap_points seen;
} points;

bool trap_counts_points(void)
{
	return points.active;
}

static bool is_due(enum trap_kind kind)
{
	return points.active &&
	       __atomic_add_fetch(&points.seen.counts[kind], 1, __ATOMIC_RELAXED) == points.n &&
	       kind == points.kind;
}

/* Notes that @what failed, called from @caller: the place in a library or program. */
static void note_failed(enum trap_kind kind, const char *what, const void *caller)
{
	const char *file = "?";
	uintptr_t offset = 0;
	Dl_info info;

	if (dladdr(caller, &info) != 0) {
		file = strrchr(info.dli_fname, '/') ? strrchr(info.dli_fname, '/') + 1 :
						      info.dli_fname;
		offset = (uintptr_t)caller - (uintptr_t)info.dli_fbase;
	}
	(void)snprintf(points.seen.failed, sizeof(points.seen.failed), "%s %lu %s, from %s+%#lx",
		       names[kind], points.n, what, file, (unsigned long)offset);
}

bool trap_point_due(enum trap_kind kind, const char *what, size_t *size, const void *caller)
{
	const int saved = errno;

	if (!is_due(kind))
		return false;
	note_failed(kind, what, caller);
	errno = saved;
	if (points.error == POINT_SHORT) {
		if (size != NULL && *size > 1)
			*size = 1;
		return false;
	}
	errno = points.error;
	return true;
}

bool trap_point_due_fd(enum trap_kind kind, int fd, size_t *size, const void *caller)
{
	char path[PATH_MAX];
	const int saved = errno;

	if (!points.active)
		return false;
	trap_fd_path(fd, path);
	trap_unmap(path);
	errno = saved;
	return trap_point_due(kind, path, size, caller);
}

/* ---- What is nothing but a point ---- */

TRAP_EXPORT int posix_spawn(pid_t *pid, const char *path,
			    const posix_spawn_file_actions_t *actions,
			    const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	TRAP_NEXT(int, posix_spawn,
		  (pid_t *, const char *, const posix_spawn_file_actions_t *,
		   const posix_spawnattr_t *, char *const[], char *const[]));
	return TRAP_POINT(POINT_RUN, path) ? errno :
					     next_posix_spawn(pid, path, actions, attr, argv, envp);
}

TRAP_EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			       void *(*begin)(void *), void *data)
{
	TRAP_NEXT(int, pthread_create,
		  (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *));
	return TRAP_POINT(POINT_THREAD, "pthread_create") ?
		       errno :
		       next_pthread_create(thread, attributes, begin, data);
}

TRAP_EXPORT ssize_t getrandom(void *buf, size_t size, unsigned int flags)
{
	TRAP_NEXT(ssize_t, getrandom, (void *, size_t, unsigned int));
	return TRAP_POINT(POINT_OTHER, "getrandom") ? -1 : next_getrandom(buf, size, flags);
}

/* ---- Begin and end ---- */

TRAP_EXPORT void trap_points_begin(enum trap_kind kind, unsigned long n, int error)
{
	points.seen = (struct trap_points){ 0 };
	points.kind = kind;
	points.n = n;
	points.error = error;
	points.active = true;
}

TRAP_EXPORT void trap_points_end(struct trap_points *ret)
{
	points.active = false;
	*ret = points.seen;
}

/* Takes what TRAP_POINT asks for, which is not for the programs that this one runs. */
static void begin_by_environment(void)
{
	const char *const wanted = getenv("TRAP_POINT");
	unsigned int kind = 0;
	unsigned long n;
	int error;

	if (wanted == NULL)
		return;
	if (sscanf(wanted, "%u %lu %d", &kind, &n, &error) != 3 || kind >= POINT_KINDS)
		trap_misuse("not a point: '%s'", wanted);
	(void)unsetenv("TRAP_POINT");
	trap_points_begin((enum trap_kind)kind, n, error);
}

__attribute__((destructor)) static void leave_report(void)
{
	struct trap_points seen;
	int fd;

	if (!points.active)
		return;
	trap_points_end(&seen);
	fd = trap_capture_open("points", O_TRUNC);
	if (fd < 0)
		return;
	trap_raw_write(fd, &seen, sizeof(seen));
	trap_raw_close(fd);
}

typedef int (*main_fn)(int argc, char **argv, char **env);

static main_fn program_main;

static int main_with_points(int argc, char **argv, char **env)
{
	begin_by_environment();
	return program_main(argc, argv, env);
}

int __libc_start_main(main_fn program, int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

TRAP_EXPORT int __libc_start_main(main_fn program, int argc, char **argv, void (*init)(void),
				  void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
	TRAP_NEXT(int, __libc_start_main,
		  (main_fn, int, char **, void (*)(void), void (*)(void), void (*)(void), void *));
	program_main = program;
	return next___libc_start_main(main_with_points, argc, argv, init, fini, rtld_fini,
				      stack_end);
}
