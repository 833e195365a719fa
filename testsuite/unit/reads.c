/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lets read(2) and pread(2) do what they rarely do.
 */
#include "reads.h"

#include <errno.h>
#include <sys/types.h>
#include <sys/uio.h>

struct reads reads;

ssize_t __wrap_read(int fd, void *buf, size_t size);
ssize_t __wrap_pread(int fd, void *buf, size_t size, off_t offset);
ssize_t __wrap_pread64(int fd, void *buf, size_t size, off_t offset);

/* Whether the call may read; *@size is made what it may read. */
static bool may_read(size_t *size)
{
	const unsigned int number = ++reads.count;

	if (reads.interrupted && number % 2 == 1) {
		errno = EINTR;
		return false;
	}
	if (reads.until > 0 && number == reads.until + 1) {
		if (reads.change)
			reads.change();
		if (reads.error != 0) {
			errno = reads.error;
			return false;
		}
	}
	if (reads.at_most > 0 && *size > reads.at_most)
		*size = reads.at_most;
	return true;
}

ssize_t __wrap_read(int fd, void *buf, size_t size)
{
	struct iovec part = { .iov_base = buf };

	if (!may_read(&size))
		return -1;
	part.iov_len = size;
	return readv(fd, &part, 1);
}

ssize_t __wrap_pread(int fd, void *buf, size_t size, off_t offset)
{
	struct iovec part = { .iov_base = buf };

	if (!may_read(&size))
		return -1;
	part.iov_len = size;
	return preadv(fd, &part, 1, offset);
}

/* Its name where an off_t of 64 bits is asked for. */
ssize_t __wrap_pread64(int fd, void *buf, size_t size, off_t offset)
{
	return __wrap_pread(fd, buf, size, offset);
}
