/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules that depend on themselves through others: which they are, and through which.
 */
#ifndef TOOLS_DEPMOD_GRAPH_CYCLES_H
#define TOOLS_DEPMOD_GRAPH_CYCLES_H

#include <stddef.h>
#include <stdint.h>

#include "tools/depmod/graph.h"

/*
 * How many cycles are reported, unless it takes more to name each group of modules once. There may
 * be exponentially many, and nobody reads more of them than that.
 */
#define GRAPH_CYCLES_MAX 1000

/*
 * Told of a cycle: each of the @length modules at @path depends directly on the next, and the
 * last is the first. A module that depends on itself gives two of them.
 */
typedef void graph_report_fn(void *data, const uint32_t *path, size_t length);

/*
 * Reports cycles of @graph, which graph_rank() has given @rank. The modules without rank are roots
 * in turn, the one with the lowest number first. All cycles that lead from the root back to it and
 * meet no other module twice are reported, those through its last dependency first, and so on at
 * each module on the way. A module is no root, or no more, when it is on a reported cycle, or
 * depends on nothing and has been met on the way. The next root is the one that follows by number,
 * in a circle, the module that was the last to be struck off as root or for one of these reasons.
 *
 * These are the lines of kmod's depmod, and their order, wherever its search ends as it should.
 * No cycle is reported twice, and each module that is on any cycle is on a reported one; but not
 * every cycle is reported.
 *
 * After GRAPH_CYCLES_MAX of them, or when the search has taken a million steps, only one more is
 * reported of each group of modules that all depend on each other and of which there has been none
 * so far. So time and output stay in the order of the size of the graph, or of a million steps if
 * that is more.
 *
 * Returns 0 when all that was described has been reported, 1 when it was cut short and there may
 * be more, with the number of modules that are on any cycle, which is exact either way; -ENOMEM,
 * with nothing reported.
 */
int graph_cycles(const struct graph *graph, const uint32_t *rank, graph_report_fn *report,
		 void *data, uint32_t *ret_modules);

#endif
