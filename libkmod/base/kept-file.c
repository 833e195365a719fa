/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file that stays open from one call of a program to the next.
 */
#include "libkmod/base/kept-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

#include "libkmod/base/cleanup.h"

void kept_file_begin(struct kept_file *file, int fd, const struct stat *st)
{
	*file = (struct kept_file){
		.fd = fd,
		.dev = st->st_dev,
		.ino = st->st_ino,
		.mtime = st->st_mtim,
	};
}

static bool is_same(const struct kept_file *file, const struct stat *st)
{
	return st->st_dev == file->dev && st->st_ino == file->ino;
}

/* Whether its descriptor is one of the file. */
static bool is_own(const struct kept_file *file)
{
	struct stat st;

	if (!file->path)
		return true;
	if (fstat(file->fd, &st) < 0)
		return errno != EBADF;
	return is_same(file, &st);
}

int kept_file_need(struct kept_file *file)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (is_own(file))
		return 0;
	file->fd = -1;
	fd = open(file->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESTALE : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	/* The number of a file may have become another's. */
	if (!is_same(file, &st) || st.st_mtim.tv_sec != file->mtime.tv_sec ||
	    st.st_mtim.tv_nsec != file->mtime.tv_nsec)
		return -ESTALE;
	file->fd = move_fd(&fd);
	return 0;
}

void kept_file_close(struct kept_file *file)
{
	if (file->fd >= 0 && is_own(file))
		close_fd(file->fd);
	file->fd = -1;
}
