/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lock on a directory that only those can take who may write to it.
 */
#include "libkmod/base/dir-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "libkmod/base/cleanup.h"

enum {
	INTERRUPTIONS_MAX = 100,
	PAUSE_MS = 10,
};

/* ---- The file ------------------------------------------------------------------------------ */

/* Returns 1; 0 when nothing can be made in the directory; a negative errno. */
static int create_file(int dir_fd, int flags, int *ret_fd)
{
	const int fd = openat(dir_fd, DIR_LOCK_NAME, flags | O_CREAT | O_EXCL, 0600);

	if (fd >= 0) {
		*ret_fd = fd;
		return 1;
	}
	switch (errno) {
	case EACCES:
	case EDQUOT:
	case ENOENT: /* the directory has been removed */
	case ENOSPC:
	case EPERM:
	case EROFS:
		return 0;
	default:
		return -errno;
	}
}

/* Opens the file that is there. Returns as create_file(); -EWOULDBLOCK when it has gone. */
static int open_existing(int dir_fd, int flags, int *ret_fd)
{
	const int fd = openat(dir_fd, DIR_LOCK_NAME, flags);

	if (fd >= 0) {
		*ret_fd = fd;
		return 1;
	}
	switch (errno) {
	case ENOENT:
		return -EWOULDBLOCK;
	case EROFS:
		return 0;
	case EACCES: /* it may be that of a user who may do more here */
		return faccessat(dir_fd, ".", W_OK, AT_EACCESS) < 0 ? 0 : -EACCES;
	default:
		return -errno;
	}
}

/* Returns 1; 0 when there are no locks; -EWOULDBLOCK when another has it; a negative errno. */
static int lock_file(int fd)
{
	int error = EINTR;

	for (unsigned int i = 0; i < INTERRUPTIONS_MAX && error == EINTR; i++)
		error = flock(fd, LOCK_EX | LOCK_NB) < 0 ? errno : 0;
	switch (error) {
	case 0:
		return 1;
	case EINVAL:
	case ENOLCK:
	case ENOSYS:
	case EOPNOTSUPP:
		return 0;
	default:
		return -error;
	}
}

/* Whether the file open as @fd still has the name: 1 or 0; a negative errno. Safe in a handler. */
static int has_name(int dir_fd, int fd)
{
	struct stat own, named;

	if (fstat(fd, &own) < 0)
		return -errno;
	if (!S_ISREG(own.st_mode))
		return -EEXIST;
	if (fstatat(dir_fd, DIR_LOCK_NAME, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return own.st_dev == named.st_dev && own.st_ino == named.st_ino;
}

/* Never that of another process, which somebody may have made room for. Safe in a handler. */
static void remove_file(int dir_fd, int fd)
{
	if (has_name(dir_fd, fd) > 0)
		(void)unlinkat(dir_fd, DIR_LOCK_NAME, 0);
}

/* Returns as dir_lock_take(); -EWOULDBLOCK when another has the lock, or has just given it up. */
static int try_lock(int dir_fd, int *ret_fd)
{
	/* Whatever it is that has the name, to open it does not wait. */
	const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	_cleanup_close_ int fd = -1;
	bool is_new = true;
	int r;

	r = create_file(dir_fd, flags, &fd);
	if (r == -EEXIST) {
		is_new = false;
		r = open_existing(dir_fd, flags, &fd);
	}
	if (r <= 0)
		return r;
	r = lock_file(fd);
	if (r > 0) {
		r = has_name(dir_fd, fd);
		if (r == 0)
			return -EWOULDBLOCK;
	}
	if (r > 0)
		*ret_fd = move_fd(&fd);
	else if (is_new && r != -EWOULDBLOCK)
		(void)unlinkat(dir_fd, DIR_LOCK_NAME, 0);
	return r;
}

/* ---- Signals ------------------------------------------------------------------------------- */

/* What crashes leaves the file, as what is killed does: that does no harm. */
static const int ends[] = {
	SIGALRM, SIGHUP,  SIGINT,  SIGPIPE, SIGPROF,
	SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU,
};

enum {
	ENDS_COUNT = sizeof(ends) / sizeof(ends[0])
};

/* The lock that a signal gives up. */
static volatile sig_atomic_t guarded_dir_fd, guarded_fd = -1;
static bool is_caught[ENDS_COUNT];

/* The signal comes again once this is left, and ends the process as it would have. */
static void remove_and_end(int number)
{
	remove_file(guarded_dir_fd, guarded_fd);
	(void)raise(number);
}

static void guard(int dir_fd, int fd)
{
	struct sigaction action = { .sa_handler = remove_and_end, .sa_flags = (int)SA_RESETHAND };
	struct sigaction old;

	if (guarded_fd >= 0)
		return;
	(void)sigfillset(&action.sa_mask);
	guarded_dir_fd = dir_fd;
	guarded_fd = fd;
	for (size_t i = 0; i < ENDS_COUNT; i++)
		is_caught[i] = sigaction(ends[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL &&
			       sigaction(ends[i], &action, NULL) == 0;
}

static void unguard(int fd)
{
	if (guarded_fd != fd)
		return;
	for (size_t i = 0; i < ENDS_COUNT; i++)
		if (is_caught[i])
			(void)signal(ends[i], SIG_DFL);
	guarded_fd = -1;
}

static void hold_signals(sigset_t *ret_old)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, ret_old);
}

/* ---- Taking and giving --------------------------------------------------------------------- */

static uint64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* A signal in between could find the file made, and not know of it. */
static int try_lock_guarded(int dir_fd, int *ret_fd)
{
	sigset_t old;
	int r;

	hold_signals(&old);
	r = try_lock(dir_fd, ret_fd);
	if (r > 0)
		guard(dir_fd, *ret_fd);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int dir_lock_take(int dir_fd, unsigned int limit_ms, int *ret_fd)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	const uint64_t deadline = now_ms() + limit_ms;
	int r;

	while ((r = try_lock_guarded(dir_fd, ret_fd)) == -EWOULDBLOCK) {
		if (now_ms() >= deadline)
			return -ETIMEDOUT;
		(void)nanosleep(&pause, NULL);
	}
	return r;
}

void dir_lock_give(int dir_fd, int fd)
{
	sigset_t old;

	hold_signals(&old);
	/* While it is locked: who opens it now sees afterwards that it has no name. */
	remove_file(dir_fd, fd);
	unguard(fd);
	close_fd(fd);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
}
