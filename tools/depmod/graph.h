/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules as numbers and what they depend on: the order of dependencies, directly and indirectly.
 */
#ifndef TOOLS_DEPMOD_GRAPH_H
#define TOOLS_DEPMOD_GRAPH_H

#include <stdint.h>

#include "libkmod/base/cleanup.h"

/*
 * The modules 0 to @count - 1, at most INT32_MAX of them. Module m depends directly on the modules
 * @edges[@first[m]] to @edges[@first[m + 1] - 1], each of them named once there; it may be among
 * them itself. @first has @count + 1 items and starts with 0. Everything is borrowed.
 */
struct graph {
	uint32_t count;
	const uint32_t *first;
	const uint32_t *edges;
};

/* Instead of a rank, for what is on a cycle and for what that depends on. */
#define GRAPH_UNRANKED UINT32_MAX

/*
 * Gives every module a rank, smaller than those of its dependencies, by this rule: put the modules
 * that nothing depends on on a stack, by number; take the top one off, give it the next rank, and
 * put on those of its dependencies, in their order, all of whose users have a rank now; and so on.
 *
 * Returns the number of modules without rank, which cycles keep from being ranked, and the array
 * of @graph->count ranks, which the caller frees; -ENOMEM.
 */
int graph_rank(const struct graph *graph, uint32_t **ret_rank);

/* What finds closures. It keeps @graph and @rank, which are borrowed. One thread at a time. */
struct graph_walker;

/* @rank: from graph_rank(), with no module left out. Returns 0 or -ENOMEM. */
int graph_walker_new(const struct graph *graph, const uint32_t *rank,
		     struct graph_walker **ret_walker);

void graph_walker_free(struct graph_walker *walker);

DEFINE_CLEANUP(struct graph_walker *, graph_walker_free)

/*
 * What @module depends on, directly and indirectly, each module once, by ascending rank. The time
 * depends on the size of the answer only, so that it may be asked for module after module; all
 * answers together may be far larger than the graph. Returns the number of modules; *@ret_modules
 * is borrowed, valid until the next call.
 */
uint32_t graph_closure(struct graph_walker *walker, uint32_t module, const uint32_t **ret_modules);

#endif
