/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules as numbers and what they depend on: the order of dependencies, directly and indirectly.
 */
#include "tools/depmod/graph.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* For each module, how many depend on it directly. The caller frees. */
static uint32_t *count_users(const struct graph *graph)
{
	uint32_t *const users = calloc((size_t)graph->count + 1, sizeof(*users));

	if (!users)
		return NULL;
	for (uint32_t e = 0; e < graph->first[graph->count]; e++)
		users[graph->edges[e]]++;
	return users;
}

int graph_rank(const struct graph *graph, uint32_t **ret_rank)
{
	_cleanup_free_ uint32_t *users = NULL, *stack = NULL, *rank = NULL;
	uint32_t waiting = 0, ranked = 0; /* no module is put on the stack twice */

	assert(graph->count <= INT32_MAX);
	users = count_users(graph);
	stack = calloc((size_t)graph->count + 1, sizeof(*stack));
	rank = calloc((size_t)graph->count + 1, sizeof(*rank));
	if (!users || !stack || !rank)
		return -ENOMEM;
	for (uint32_t m = 0; m < graph->count; m++) {
		rank[m] = GRAPH_UNRANKED;
		if (users[m] == 0)
			stack[waiting++] = m;
	}
	while (waiting > 0) {
		const uint32_t m = stack[--waiting];

		rank[m] = ranked++;
		for (uint32_t e = graph->first[m]; e < graph->first[m + 1]; e++)
			if (--users[graph->edges[e]] == 0)
				stack[waiting++] = graph->edges[e];
	}
	*ret_rank = move_ptr(rank);
	return (int)(graph->count - ranked);
}

struct graph_walker {
	const struct graph *graph;
	const uint32_t *rank;
	uint32_t *by_rank; /* the module that has a rank */
	uint32_t *heap;	   /* the ranks of modules that are to be added to the answer */
	uint32_t waiting;  /* how many these are */
	uint32_t *answer;
	bool *seen; /* by module: is in the heap or the answer; all false between two calls */
};

void graph_walker_free(struct graph_walker *walker)
{
	if (!walker)
		return;
	free(walker->by_rank);
	free(walker->heap);
	free(walker->answer);
	free(walker->seen);
	free(walker);
}

int graph_walker_new(const struct graph *graph, const uint32_t *rank,
		     struct graph_walker **ret_walker)
{
	_cleanup_(graph_walker_freep) struct graph_walker *walker = calloc(1, sizeof(*walker));
	const size_t room = (size_t)graph->count + 1;

	if (!walker)
		return -ENOMEM;
	walker->graph = graph;
	walker->rank = rank;
	walker->by_rank = calloc(room, sizeof(*walker->by_rank));
	walker->heap = calloc(room, sizeof(*walker->heap));
	walker->answer = calloc(room, sizeof(*walker->answer));
	walker->seen = calloc(room, sizeof(*walker->seen));
	if (!walker->by_rank || !walker->heap || !walker->answer || !walker->seen)
		return -ENOMEM;
	for (uint32_t m = 0; m < graph->count; m++) {
		assert(rank[m] < graph->count);
		walker->by_rank[rank[m]] = m;
	}
	*ret_walker = move_ptr(walker);
	return 0;
}

/* The heap is a binary one: what is at i is not above what is at 2i + 1 and 2i + 2. */
static void heap_push(struct graph_walker *walker, uint32_t rank)
{
	uint32_t at = walker->waiting++;

	while (at > 0 && walker->heap[(at - 1) / 2] > rank) {
		walker->heap[at] = walker->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	walker->heap[at] = rank;
}

/* The lowest rank waiting. */
static uint32_t heap_pop(struct graph_walker *walker)
{
	const uint32_t lowest = walker->heap[0], last = walker->heap[--walker->waiting];
	uint32_t at = 0;

	for (uint32_t below = 1; below < walker->waiting; below = 2 * at + 1) {
		if (below + 1 < walker->waiting && walker->heap[below + 1] < walker->heap[below])
			below++;
		if (walker->heap[below] >= last)
			break;
		walker->heap[at] = walker->heap[below];
		at = below;
	}
	walker->heap[at] = last;
	return lowest;
}

static void push_dependencies(struct graph_walker *walker, uint32_t module)
{
	const struct graph *const graph = walker->graph;

	for (uint32_t e = graph->first[module]; e < graph->first[module + 1]; e++) {
		const uint32_t dependency = graph->edges[e];

		if (walker->seen[dependency])
			continue;
		walker->seen[dependency] = true;
		heap_push(walker, walker->rank[dependency]);
	}
}

/*
 * Whatever comes in on behalf of a module ranks above it. So the lowest that waits is the lowest
 * of all that is missing, and the answer needs no sorting.
 */
uint32_t graph_closure(struct graph_walker *walker, uint32_t module, const uint32_t **ret_modules)
{
	uint32_t count = 0;

	push_dependencies(walker, module);
	while (walker->waiting > 0) {
		const uint32_t next = walker->by_rank[heap_pop(walker)];

		walker->answer[count++] = next;
		push_dependencies(walker, next);
	}
	for (uint32_t i = 0; i < count; i++)
		walker->seen[walker->answer[i]] = false;
	*ret_modules = walker->answer;
	return count;
}
