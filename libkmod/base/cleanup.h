/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clean-up at the end of a scope, and ownership moved out of it.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A variable marked so is given to @fn when its scope ends. Always initialise it. */
#define _cleanup_(fn) __attribute__((cleanup(fn)))

/* The value of @ptr, which is NULL afterwards: the scope no longer frees it. */
#define move_ptr(ptr)                         \
	({                                    \
		__typeof__(ptr) moved_ = (ptr); \
		(ptr) = NULL;                 \
		moved_;                       \
	})

/* Defines @fn ## p, for _cleanup_: calls @fn on what the variable holds. */
#define DEFINE_CLEANUP(type, fn)            \
	static inline void fn##p(type *ptr) \
	{                                   \
		if (*ptr)                   \
			fn(*ptr);           \
	}

static inline void freep(void *ptr)
{
	free(*(void **)ptr);
}

/* Closes @fd unless it is negative, and leaves errno alone. */
static inline void close_fd(int fd)
{
	const int saved = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = saved;
}

static inline void close_fdp(int *fd)
{
	close_fd(*fd);
}

/* The descriptor in *@fd, which is -1 afterwards. */
static inline int move_fd(int *fd)
{
	const int moved = *fd;

	*fd = -1;
	return moved;
}

DEFINE_CLEANUP(FILE *, fclose)
DEFINE_CLEANUP(DIR *, closedir)

#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(close_fdp)
#define _cleanup_fclose_ _cleanup_(fclosep)
#define _cleanup_closedir_ _cleanup_(closedirp)

#endif
