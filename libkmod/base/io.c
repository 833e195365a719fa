/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading and writing that do not stop at an interrupted or a short call.
 */
#include "libkmod/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libkmod/base/cleanup.h"

/* Where reading starts when it goes on from the descriptor's own position. */
#define OWN_POSITION ((off_t)-1)

static ssize_t read_from(int fd, uint8_t *buf, size_t size, off_t offset)
{
	size_t done = 0;

	while (done < size) {
		const ssize_t n = offset == OWN_POSITION ?
					  read(fd, buf + done, size - done) :
					  pread(fd, buf + done, size - done, offset + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t read_full(int fd, void *buf, size_t size)
{
	return read_from(fd, buf, size, OWN_POSITION);
}

ssize_t pread_full(int fd, void *buf, size_t size, off_t offset)
{
	return read_from(fd, buf, size, offset);
}

int open_file(int dirfd, const char *path)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return S_ISFIFO(st.st_mode) ? -EINVAL : move_fd(&fd);
}

bool is_trouble_of_path(int error)
{
	static const int errors[] = { ENOENT, ENOTDIR, EISDIR, ELOOP,  ENAMETOOLONG,
				      EACCES, EPERM,   ENXIO,  EINVAL, EFBIG,
				      EAGAIN };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (error == -errors[i])
			return true;
	return false;
}

ssize_t read_text(int dirfd, const char *path, char *buf, size_t size)
{
	/* Something that is not a file is not to be waited for. */
	_cleanup_close_ int fd =
		openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read_full(fd, buf, size);
	if (n < 0)
		return n;
	if ((size_t)n == size)
		return -E2BIG;
	buf[n] = '\0';
	return n;
}

/* What read_all() reads at first: few files are larger. */
#define READ_FIRST ((size_t)8 << 10)

int read_all(int fd, size_t max, char **ret_text, size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0, room = 0;
	ssize_t n;
	char *fitting;

	do {
		char *grown;

		room = room == 0 ? READ_FIRST : room < max / 2 ? room * 2 : max + 1;
		grown = realloc(text, room + 1);
		if (!grown)
			return -ENOMEM;
		text = grown;
		n = read_full(fd, text + size, room - size);
		if (n < 0)
			return (int)n;
		size += (size_t)n;
		if (size > max)
			return -EFBIG;
	} while (size == room);

	fitting = realloc(text, size + 1);
	if (fitting)
		text = fitting;
	*ret_text = move_ptr(text);
	*ret_size = size;
	return 0;
}

int write_full(int fd, const void *buf, size_t size)
{
	const uint8_t *bytes = buf;

	while (size > 0) {
		const ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Writes @bytes unless an earlier write failed. */
static void output_bytes(struct output *out, const char *bytes, size_t size)
{
	if (out->error == 0)
		out->error = write_full(out->fd, bytes, size);
}

int output_flush(struct output *out)
{
	output_bytes(out, out->buffer, out->size);
	out->size = 0;
	return out->error;
}

void output_text(struct output *out, const char *text)
{
	const size_t size = strlen(text);

	if (size > sizeof(out->buffer) - out->size)
		(void)output_flush(out);
	if (size > sizeof(out->buffer)) {
		output_bytes(out, text, size);
		return;
	}
	memcpy(out->buffer + out->size, text, size);
	out->size += size;
}
