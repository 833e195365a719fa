/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Graphs for tests: built module by module, or written down as text.
 */
#ifndef SAMPLE_GRAPH_H
#define SAMPLE_GRAPH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/array.h"
#include "testsuite/unit/unit.h"
#include "tools/depmod/graph.h"

/* Zeroed, it is an empty one to which modules are added. */
struct sample {
	struct graph graph; /* after sample_finish() */
	uint32_t *first;
	uint32_t *edges;
	size_t count;
	size_t n_edges;
	size_t first_room;
	size_t edges_room;
};

static inline void sample_done(struct sample *sample)
{
	free(sample->first);
	free(sample->edges);
	*sample = (struct sample){ .count = 0 };
}

/* Adds a module. What is added by sample_edge() until the next one are its dependencies. */
static inline void sample_module(struct sample *sample)
{
	sample->first = array_reserve(sample->first, &sample->first_room, sample->count + 1,
				      sizeof(*sample->first));
	if (!sample->first)
		ck_abort_msg("no memory");
	sample->first[sample->count++] = (uint32_t)sample->n_edges;
}

static inline void sample_edge(struct sample *sample, size_t dependency)
{
	sample->edges = array_reserve(sample->edges, &sample->edges_room, sample->n_edges + 1,
				      sizeof(*sample->edges));
	if (!sample->edges) /* an assertion each time would take most of the time */
		ck_abort_msg("no memory");
	sample->edges[sample->n_edges++] = (uint32_t)dependency;
}

/* Cuts the arrays to their sizes, so that the address sanitizer sees any access behind them. */
static inline const struct graph *sample_finish(struct sample *sample)
{
	sample_module(sample);
	sample->count--;
	sample->first = realloc(sample->first, (sample->count + 1) * sizeof(*sample->first));
	if (sample->n_edges > 0)
		sample->edges = realloc(sample->edges, sample->n_edges * sizeof(*sample->edges));
	sample->graph = (struct graph){ (uint32_t)sample->count, sample->first, sample->edges };
	return &sample->graph;
}

/* Like "1 2//1": the dependencies of module 0, 1 and 2; "" is one module without any. */
static inline const struct graph *sample_parse(struct sample *sample, const char *text)
{
	*sample = (struct sample){ .count = 0 };
	sample_module(sample);
	for (const char *at = text; *at != '\0';) {
		char *end;

		if (*at == ' ' || *at == '/') {
			if (*at++ == '/')
				sample_module(sample);
			continue;
		}
		sample_edge(sample, strtoul(at, &end, 10));
		ck_assert_msg(end != at, "%s", text);
		at = end;
	}
	return sample_finish(sample);
}

/* A chain of @length modules, each of which depends on the next. @closed: the last on the first. */
static inline const struct graph *sample_chain(struct sample *sample, size_t length, bool closed)
{
	*sample = (struct sample){ .count = 0 };
	for (size_t m = 0; m < length; m++) {
		sample_module(sample);
		if (m + 1 < length || closed)
			sample_edge(sample, (m + 1) % length);
	}
	return sample_finish(sample);
}

/* The next of a row of numbers that are random enough, below @limit. */
static inline size_t sample_random(uint64_t *state, size_t limit)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)((*state >> 33) % limit);
}

/* Adds "@number" to the text of @size bytes at @text, behind @separator if it is not empty. */
static inline void text_add(char *text, size_t size, char separator, size_t number)
{
	const size_t length = strlen(text);
	const size_t n = (size_t)snprintf(text + length, size - length, "%c%zu", separator, number);

	ck_assert_uint_lt(n, size - length);
}

#endif
