/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks over points of failure, and what is known of one.
 */
#include "points.h"

#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "world.h"

/* What each kind may answer; where there are few, a reader cannot tell them apart. */
static const int errors[POINT_KINDS][8] = {
	[POINT_MEMORY] = { ENOMEM },
	[POINT_OPEN] = { ENOENT, EACCES, EMFILE, ENFILE, EIO, ELOOP, ENOMEM },
	[POINT_STAT] = { ENOENT, EACCES, EIO, ELOOP, ENOMEM },
	[POINT_READ] = { EIO, EINTR, POINT_SHORT },
	[POINT_WRITE] = { ENOSPC, EIO, EINTR, POINT_SHORT },
	[POINT_SYNC] = { EIO, ENOSPC },
	[POINT_CLOSE] = { EIO, EINTR },
	[POINT_LIST] = { EIO },
	[POINT_LINK] = { ENOENT, EACCES, EIO, ENOMEM },
	[POINT_RENAME] = { EIO, ENOSPC, EACCES },
	[POINT_MKDIR] = { EIO, ENOSPC, EACCES },
	[POINT_UNLINK] = { EIO, EACCES },
	[POINT_CHMOD] = { EIO, EPERM },
	[POINT_LOCK] = { ENOLCK, EINTR },
	[POINT_RUN] = { EAGAIN, ENOMEM },
	[POINT_THREAD] = { EAGAIN },
	[POINT_MODULE] = { ENOMEM, EPERM },
	[POINT_OTHER] = { ENOSYS },
};

/* How far the points of the current kind that are tried are apart. */
static unsigned long distance(const struct points_walk *walk)
{
	const unsigned long count = walk->counts[walk->point.kind];

	return run_is_full() || count <= walk->limit ? 1 : (count + walk->limit - 1) / walk->limit;
}

static bool tries_all(const struct points_walk *walk)
{
	return !walk->one_error || run_is_full();
}

static void next_point(struct points_walk *walk)
{
	const int *const of_kind = errors[walk->point.kind];

	walk->point.n += distance(walk);
	walk->error_index =
		tries_all(walk) || of_kind[walk->error_index + 1] == 0 ? 0 : walk->error_index + 1;
}

/* Goes to the next error, point or kind, in this order. False after the last. */
static bool advance(struct points_walk *walk)
{
	struct point *const point = &walk->point;

	if (point->n == 0) {
		point->n = 1;
	} else if (tries_all(walk) && errors[point->kind][walk->error_index + 1] != 0) {
		walk->error_index++;
	} else {
		next_point(walk);
	}
	while (point->kind < POINT_KINDS && point->n > walk->counts[point->kind]) {
		point->kind++;
		point->n = 1;
		walk->error_index = 0;
	}
	return point->kind < POINT_KINDS;
}

bool points_next(struct points_walk *walk)
{
	if (!advance(walk))
		return false;
	walk->point.error = errors[walk->point.kind][walk->error_index];
	if (walk->point.kind == POINT_MEMORY)
		walk->tried_memory++;
	else
		walk->tried_calls++;
	return true;
}

unsigned long points_calls(const unsigned long *counts)
{
	unsigned long sum = 0;

	for (int kind = POINT_MEMORY + 1; kind < POINT_KINDS; kind++)
		sum += counts[kind];
	return sum;
}

const char *point_error_text(const struct point *point)
{
	return point->error == POINT_SHORT ? "only one byte" : strerror(point->error);
}

const char *point_text(const struct point *point, const struct trap_points *seen)
{
	return format_text("%s: %s", seen->failed, point_error_text(point));
}

/* ---- In this process ---- */

/* What the trap exports for it. */
static struct {
	void (*begin)(enum trap_kind kind, unsigned long n, int error);
	void (*end)(struct trap_points *ret);
	long (*live)(void);
} trap;

/* All at once: nothing may be looked up, or asserted, while a point is to fail. */
static void find_trap(void)
{
	if (trap.live != NULL)
		return;
	*(void **)&trap.begin = dlsym(RTLD_DEFAULT, "trap_points_begin");
	*(void **)&trap.end = dlsym(RTLD_DEFAULT, "trap_points_end");
	*(void **)&trap.live = dlsym(RTLD_DEFAULT, "trap_memory_live");
	ck_assert(trap.begin != NULL && trap.end != NULL && trap.live != NULL);
}

void points_begin(const struct point *point)
{
	find_trap();
	trap.begin(point->kind, point->n, point->error);
}

struct trap_points points_end(void)
{
	struct trap_points seen;

	trap.end(&seen);
	return seen;
}

long memory_live(void)
{
	find_trap();
	return trap.live();
}

bool points_have_memory(void)
{
	const long before = memory_live();
	void *volatile block = malloc(1);
	const bool counted = memory_live() == before + 1;

	free(block);
	return counted;
}

/* ---- In a tool ---- */

char *point_for_tool(const struct point *point)
{
	return format_text("TRAP_POINT=%u %lu %d", (unsigned int)point->kind, point->n,
			   point->error);
}

bool points_of_tool(struct trap_points *ret)
{
	struct bytes report;

	if (!captured("points", &report) || report.size != sizeof(*ret))
		return false;
	memcpy(ret, report.data, sizeof(*ret));
	return true;
}
