/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Points of failure, one after the other: each allocation, and each call of the system, fails once
 * with each errno that it can give.
 */
#ifndef HARNESS_POINTS_H
#define HARNESS_POINTS_H

#include <stdbool.h>

#include "bytes.h"
#include "testsuite/trap/points.h"

struct point {
	enum trap_kind kind;
	unsigned long n; /* of its kind, from 1; 0: nothing fails */
	int error;	 /* an errno, or POINT_SHORT */
};

/*
 * A walk over the points among those @counts that there are. Of each kind no more than @limit are
 * chosen, at even distances; all with KMOD_TEST_FULL=1 in the environment.
 */
struct points_walk {
	const unsigned long *counts;
	unsigned long limit;
	bool one_error;	    /* one of its errors for each point, in turn; all likewise */
	struct point point; /* the current one */
	size_t error_index;
	unsigned long tried_memory, tried_calls; /* so far */
};

bool points_next(struct points_walk *walk);

/* How many of @counts are calls of the system. */
unsigned long points_calls(const unsigned long *counts);

/* The point in words, after it was tried: what failed, and how. */
const char *point_text(const struct point *point, const struct trap_points *seen);

/* What the point's error is called in messages. */
const char *point_error_text(const struct point *point);

/* In this process: see trap/points.h. */
void points_begin(const struct point *point);
struct trap_points points_end(void);
long memory_live(void);

/* In a tool: what is to be in its environment, and what it has left where the trap writes. */
char *point_for_tool(const struct point *point);
bool points_of_tool(struct trap_points *ret);

/* Whether allocations come by the trap: not under valgrind. */
bool points_have_memory(void);

#endif
