/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads of files that have a rule about them, and of a /dev/kmsg that is a text file.
 */
/* The headers would define getline() inline. */
#define __NO_INLINE__ 1
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#undef _FORTIFY_SOURCE
#include "trap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int trap_before_read(int fd, size_t *size)
{
	struct stat st;

	TRAP_NEXT(int, fstat, (int, struct stat *));
	if (getenv("TRAP_FAULTS") == NULL || next_fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	return trap_fault_fd("read", fd, size);
}

/* ---- /dev/kmsg ---- */

static struct {
	int fd;
	dev_t dev;
	ino_t ino;
} kmsg = { .fd = -1 };

void trap_kmsg_opened(const char *path, int fd)
{
	char shown[PATH_MAX];
	struct stat st;

	TRAP_NEXT(int, fstat, (int, struct stat *));
	(void)snprintf(shown, sizeof(shown), "%s", path);
	trap_unmap(shown);
	if (strcmp(shown, "/dev/kmsg") != 0 || next_fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	kmsg.fd = fd;
	kmsg.dev = st.st_dev;
	kmsg.ino = st.st_ino;
}

bool trap_is_kmsg(int fd)
{
	struct stat st;

	TRAP_NEXT(int, fstat, (int, struct stat *));
	return kmsg.fd >= 0 && fd == kmsg.fd && next_fstat(fd, &st) == 0 && st.st_dev == kmsg.dev &&
	       st.st_ino == kmsg.ino;
}

/*
 * The length of the first record in the @n bytes at @text: a line, and the lines after it that
 * begin with a space. 0 at the end.
 */
static size_t record_length(const char *text, size_t n)
{
	size_t len = 0;

	do {
		const char *const end = memchr(text + len, '\n', n - len);

		if (end == NULL)
			return 0;
		len = (size_t)(end - text) + 1;
	} while (len < n && text[len] == ' ');
	return len;
}

/* Writes the record at @text to @out of @size bytes, its time stamp made real. */
static int format_record(const char *text, size_t len, char *out, size_t size)
{
	char prefix[128];
	long long offset;
	int used = 0;

	if (sscanf(text, "%127[^@;]@%lld%n", prefix, &offset, &used) != 2)
		return snprintf(out, size, "%.*s", (int)len, text);
	return snprintf(out, size, "%s%lld%.*s", prefix, (long long)trap_call_time() + offset,
			(int)(len - (size_t)used), text + used);
}

ssize_t trap_kmsg_read(int fd, char *buf, size_t size)
{
	char text[16384], out[16384], name[32];
	const off_t at = lseek(fd, 0, SEEK_CUR);
	ssize_t n;
	size_t len;
	int written;

	TRAP_NEXT(ssize_t, pread, (int, void *, size_t, off_t));
	n = next_pread(fd, text, sizeof(text) - 1, at);
	if (n < 0)
		return -1;
	text[n] = '\0';
	len = record_length(text, (size_t)n);
	if (len == 0) {
		if (!(fcntl(fd, F_GETFL) & O_NONBLOCK))
			trap_misuse("a read of /dev/kmsg would wait for ever");
		errno = EAGAIN;
		return -1;
	}
	if (sscanf(text, "!%31s", name) == 1) {
		(void)lseek(fd, at + (off_t)len, SEEK_SET);
		errno = trap_errno(name);
		return -1;
	}
	written = format_record(text, len, out, sizeof(out));
	if (written < 0 || (size_t)written > size) {
		errno = EINVAL;
		return -1;
	}
	(void)lseek(fd, at + (off_t)len, SEEK_SET);
	memcpy(buf, out, (size_t)written);
	return written;
}

/* ---- libc's functions ---- */

ssize_t __read_chk(int fd, void *buf, size_t n, size_t size);
ssize_t __pread_chk(int fd, void *buf, size_t n, off_t offset, size_t size);
ssize_t __pread64_chk(int fd, void *buf, size_t n, off64_t offset, size_t size);

TRAP_EXPORT ssize_t read(int fd, void *buf, size_t n)
{
	TRAP_NEXT(ssize_t, read, (int, void *, size_t));
	if (TRAP_POINT_SIZE(POINT_READ, fd, &n))
		return -1;
	if (trap_is_kmsg(fd))
		return trap_kmsg_read(fd, buf, n);
	return trap_before_read(fd, &n) < 0 ? -1 : next_read(fd, buf, n);
}

TRAP_EXPORT ssize_t pread(int fd, void *buf, size_t n, off_t offset)
{
	TRAP_NEXT(ssize_t, pread, (int, void *, size_t, off_t));
	if (TRAP_POINT_SIZE(POINT_READ, fd, &n))
		return -1;
	return trap_before_read(fd, &n) < 0 ? -1 : next_pread(fd, buf, n, offset);
}

TRAP_EXPORT ssize_t pread64(int fd, void *buf, size_t n, off64_t offset)
{
	TRAP_NEXT(ssize_t, pread64, (int, void *, size_t, off64_t));
	if (TRAP_POINT_SIZE(POINT_READ, fd, &n))
		return -1;
	return trap_before_read(fd, &n) < 0 ? -1 : next_pread64(fd, buf, n, offset);
}

TRAP_EXPORT ssize_t __read_chk(int fd, void *buf, size_t n, size_t size)
{
	return n > size ? (abort(), -1) : read(fd, buf, n);
}

TRAP_EXPORT ssize_t __pread_chk(int fd, void *buf, size_t n, off_t offset, size_t size)
{
	return n > size ? (abort(), -1) : pread(fd, buf, n, offset);
}

TRAP_EXPORT ssize_t __pread64_chk(int fd, void *buf, size_t n, off64_t offset, size_t size)
{
	return n > size ? (abort(), -1) : pread64(fd, buf, n, offset);
}

/* A line of a stream. What else a stream reads is not seen. */
ssize_t __getdelim(char **line, size_t *size, int delimiter, FILE *file);

TRAP_EXPORT ssize_t __getdelim(char **line, size_t *size, int delimiter, FILE *file)
{
	TRAP_NEXT(ssize_t, __getdelim, (char **, size_t *, int, FILE *));
	if (TRAP_POINT_FD(POINT_READ, fileno(file)))
		return -1;
	return next___getdelim(line, size, delimiter, file);
}

TRAP_EXPORT ssize_t getdelim(char **line, size_t *size, int delimiter, FILE *file)
{
	return __getdelim(line, size, delimiter, file);
}

TRAP_EXPORT ssize_t getline(char **line, size_t *size, FILE *file)
{
	return __getdelim(line, size, '\n', file);
}
