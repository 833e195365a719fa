/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program does to get its output into a file, as far as there are rules about it.
 */
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#undef _FORTIFY_SOURCE
#include "trap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

TRAP_EXPORT ssize_t write(int fd, const void *buf, size_t n)
{
	TRAP_NEXT(ssize_t, write, (int, const void *, size_t));
	if (TRAP_POINT_SIZE(POINT_WRITE, fd, &n))
		return -1;
	return trap_fault_fd("write", fd, &n) < 0 ? -1 : next_write(fd, buf, n);
}

TRAP_EXPORT ssize_t pwrite(int fd, const void *buf, size_t n, off_t offset)
{
	TRAP_NEXT(ssize_t, pwrite, (int, const void *, size_t, off_t));
	if (TRAP_POINT_SIZE(POINT_WRITE, fd, &n))
		return -1;
	return trap_fault_fd("write", fd, &n) < 0 ? -1 : next_pwrite(fd, buf, n, offset);
}

TRAP_EXPORT ssize_t pwrite64(int fd, const void *buf, size_t n, off64_t offset)
{
	TRAP_NEXT(ssize_t, pwrite64, (int, const void *, size_t, off64_t));
	if (TRAP_POINT_SIZE(POINT_WRITE, fd, &n))
		return -1;
	return trap_fault_fd("write", fd, &n) < 0 ? -1 : next_pwrite64(fd, buf, n, offset);
}

TRAP_EXPORT int fsync(int fd)
{
	TRAP_NEXT(int, fsync, (int));
	if (TRAP_POINT_FD(POINT_SYNC, fd))
		return -1;
	if (trap_fault_fd("sync", fd, NULL) < 0)
		return -1;
	/* Who tries many points has no time for disks. */
	return trap_counts_points() ? 0 : next_fsync(fd);
}

TRAP_EXPORT int fdatasync(int fd)
{
	TRAP_NEXT(int, fdatasync, (int));
	if (TRAP_POINT_FD(POINT_SYNC, fd))
		return -1;
	return trap_fault_fd("sync", fd, NULL) < 0 ? -1 : next_fdatasync(fd);
}

TRAP_EXPORT int flock(int fd, int operation)
{
	TRAP_NEXT(int, flock, (int, int));
	if (TRAP_POINT_FD(POINT_LOCK, fd))
		return -1;
	return trap_fault_fd("lock", fd, NULL) < 0 ? -1 : next_flock(fd, operation);
}

/* The file is closed, whatever the answer: so it is where the kernel reports a failure. */
TRAP_EXPORT int close(int fd)
{
	int error;

	TRAP_NEXT(int, close, (int));
	if (!TRAP_POINT_FD(POINT_CLOSE, fd) && trap_fault_fd("close", fd, NULL) == 0)
		return next_close(fd);
	error = errno;
	(void)next_close(fd);
	errno = error;
	return -1;
}

TRAP_EXPORT int fchmod(int fd, mode_t mode)
{
	TRAP_NEXT(int, fchmod, (int, mode_t));
	return TRAP_POINT_FD(POINT_CHMOD, fd) ? -1 : next_fchmod(fd, mode);
}

TRAP_EXPORT int sync_file_range(int fd, off64_t offset, off64_t size, unsigned int flags)
{
	TRAP_NEXT(int, sync_file_range, (int, off64_t, off64_t, unsigned int));
	if (TRAP_POINT_FD(POINT_SYNC, fd))
		return -1;
	return trap_counts_points() ? 0 : next_sync_file_range(fd, offset, size, flags);
}
