/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Points of failure: every allocation, and every call of the system that is of a kind below, counted
 * while a test asks for it; the n-th of a kind fails.
 *
 * A test program finds trap_points_begin() and the rest with dlsym(): harness/points.h does that. A
 * tool that it runs takes the same from TRAP_POINT in the environment, from the beginning of main()
 * to its end; see trap.h.
 */
#ifndef TRAP_POINTS_H
#define TRAP_POINTS_H

#include <stddef.h>

enum trap_kind {
	POINT_MEMORY,
	POINT_OPEN, /* of files and directories */
	POINT_STAT, /* access() and its kin as well */
	POINT_READ,
	POINT_WRITE,
	POINT_SYNC,
	POINT_CLOSE, /* which closes the file in any case */
	POINT_LIST,  /* the entries of a directory */
	POINT_LINK,  /* where a link leads, or a path, or which the working directory is */
	POINT_RENAME,
	POINT_MKDIR,
	POINT_UNLINK,
	POINT_CHMOD,
	POINT_LOCK,
	POINT_RUN,    /* system() */
	POINT_THREAD, /* the start of one */
	POINT_MODULE, /* init_module(), finit_module(), delete_module() */
	POINT_OTHER,  /* uname(), getrandom() */
	POINT_KINDS
};

/* Instead of an errno: the call reads or writes a single byte. */
#define POINT_SHORT (-1)

/* What came of it. */
struct trap_points {
	unsigned long counts[POINT_KINDS]; /* how many there were of each kind */
	char failed[512];		   /* the one that failed; "" when it did not come to it */
};

/*
 * From now on points are counted; the @n-th of @kind, from 1, fails with @error. 0: none does. Not
 * more than one fails.
 */
void trap_points_begin(enum trap_kind kind, unsigned long n, int error);

/* Ends that. */
void trap_points_end(struct trap_points *ret);

/* How many blocks of memory have been allocated and not been freed. */
long trap_memory_live(void);

#endif
