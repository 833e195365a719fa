/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file that stays open from one call of a program to the next.
 *
 * The program may have closed its descriptor in between, as programs close all those that they do not
 * know of, and may have the number for something else by now.
 */
#ifndef BASE_KEPT_FILE_H
#define BASE_KEPT_FILE_H

#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

struct kept_file {
	int fd;			/* -1: none */
	const char *path;	/* borrowed; NULL: it is not kept yet, and nobody can have closed it */
	dev_t dev;		/* what tells the file from others */
	ino_t ino;
	struct timespec mtime;
};

/* Begins with @fd, which is of the file of @st. */
void kept_file_begin(struct kept_file *file, int fd, const struct stat *st);

/*
 * Sees to it that the descriptor is one of the file, which is opened again if it must be. Returns 0;
 * -ESTALE when it is gone from its path, or has changed; another negative errno of open(2).
 */
int kept_file_need(struct kept_file *file);

/* Closes the descriptor, unless it is the program's. Accepts what is closed. */
void kept_file_close(struct kept_file *file);

#endif
