/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program does to get its output into a file, as far as there are rules about it.
 */
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#undef _FORTIFY_SOURCE
#include "trap.h"

#include <errno.h>
#include <sys/file.h>
#include <unistd.h>

TRAP_EXPORT ssize_t write(int fd, const void *buf, size_t n)
{
	TRAP_NEXT(ssize_t, write, (int, const void *, size_t));
	return trap_fault_fd("write", fd, &n) < 0 ? -1 : next_write(fd, buf, n);
}

TRAP_EXPORT ssize_t pwrite(int fd, const void *buf, size_t n, off_t offset)
{
	TRAP_NEXT(ssize_t, pwrite, (int, const void *, size_t, off_t));
	return trap_fault_fd("write", fd, &n) < 0 ? -1 : next_pwrite(fd, buf, n, offset);
}

TRAP_EXPORT ssize_t pwrite64(int fd, const void *buf, size_t n, off64_t offset)
{
	TRAP_NEXT(ssize_t, pwrite64, (int, const void *, size_t, off64_t));
	return trap_fault_fd("write", fd, &n) < 0 ? -1 : next_pwrite64(fd, buf, n, offset);
}

TRAP_EXPORT int fsync(int fd)
{
	TRAP_NEXT(int, fsync, (int));
	return trap_fault_fd("sync", fd, NULL) < 0 ? -1 : next_fsync(fd);
}

TRAP_EXPORT int fdatasync(int fd)
{
	TRAP_NEXT(int, fdatasync, (int));
	return trap_fault_fd("sync", fd, NULL) < 0 ? -1 : next_fdatasync(fd);
}

TRAP_EXPORT int flock(int fd, int operation)
{
	TRAP_NEXT(int, flock, (int, int));
	return trap_fault_fd("lock", fd, NULL) < 0 ? -1 : next_flock(fd, operation);
}

/* The file is closed, whatever the answer: so it is where the kernel reports a failure. */
TRAP_EXPORT int close(int fd)
{
	int error;

	TRAP_NEXT(int, close, (int));
	if (trap_fault_fd("close", fd, NULL) == 0)
		return next_close(fd);
	error = errno;
	(void)next_close(fd);
	errno = error;
	return -1;
}
