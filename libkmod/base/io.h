/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading and writing that do not stop at an interrupted or a short call.
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Reads @size bytes of @fd into @buf, fewer only where the file ends. Returns how many were read,
 * or a negative errno.
 */
ssize_t read_full(int fd, void *buf, size_t size);

/* The same from @offset on, and leaves the position of @fd alone. */
ssize_t pread_full(int fd, void *buf, size_t size, off_t offset);

/*
 * Opens the file @path, relative to @dirfd, for reading. A FIFO is no file: it is not waited for
 * until somebody writes to it. Returns a descriptor; -EINVAL for a FIFO; any other negative errno.
 */
int open_file(int dirfd, const char *path);

/*
 * Whether a path that fails with @error, a negative errno, is itself the reason: nothing is there, or
 * something else than was expected, or it is for others to read. Otherwise it is the system that
 * fails, and what is there is not known.
 */
bool is_trouble_of_path(int error);

/*
 * Reads the small text file @path, relative to @dirfd, into @buf of @size bytes and ends it with
 * a NUL. Returns its length; -E2BIG when it does not fit; any other negative errno.
 */
ssize_t read_text(int dirfd, const char *path, char *buf, size_t size);

/*
 * Reads all that is left of @fd, at most @max bytes, into *@ret_text, which the caller frees. The
 * *@ret_size bytes are followed by one more that may be written to. Returns 0; -EFBIG when there
 * is more; -ENOMEM; another negative errno of read(2).
 */
int read_all(int fd, size_t max, char **ret_text, size_t *ret_size);

/* Writes all @size bytes of @buf to @fd. Returns 0 or a negative errno. */
int write_full(int fd, const void *buf, size_t size);

/* Bytes on their way to a descriptor. Zeroed but for @fd, it is ready for use. */
struct output {
	int fd;
	int error; /* 0, or the negative errno of the first write that failed: the rest is dropped */
	size_t size;
	char buffer[16384];
};

/* Writes @text, now or with what follows. */
void output_text(struct output *out, const char *text);

/* Writes what has been kept back. Returns 0, or the negative errno of any write so far. */
int output_flush(struct output *out);

#endif
