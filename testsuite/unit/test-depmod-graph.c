/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranks of modules and closures of their dependencies.
 */
#include "tools/depmod/graph.h"

#include <errno.h>

#include "testsuite/unit/sample-graph.h"
#include "testsuite/unit/unit.h"

/* The ranks as text: numbers, and '-' for none. */
static void rank_text(const uint32_t *rank, uint32_t count, char *text, size_t size)
{
	text[0] = '\0';
	for (uint32_t m = 0; m < count; m++) {
		if (rank[m] == GRAPH_UNRANKED)
			strcat(text, " -");
		else
			text_add(text, size - 2, ' ', rank[m]);
	}
}

static void assert_ranks(const char *modules, int unranked, const char *expected)
{
	_cleanup_(sample_done) struct sample sample;
	const struct graph *const graph = sample_parse(&sample, modules);
	_cleanup_free_ uint32_t *rank = NULL;
	char text[256];

	ck_assert_int_eq(graph_rank(graph, &rank), unranked);
	rank_text(rank, graph->count, text, sizeof(text));
	ck_assert_msg(strcmp(text, expected) == 0, "%s gives%s", modules, text);
}

START_TEST(ranks)
{
	assert_ranks("", 0, " 0");
	assert_ranks("1/2/", 0, " 0 1 2");
	assert_ranks("/0/1", 0, " 2 1 0");

	/* What came on the stack last goes first: users... */
	assert_ranks("//", 0, " 2 1 0");
	assert_ranks("3/2//", 0, " 2 0 1 3");
	/* ...and dependencies, in the order in which they are listed. */
	assert_ranks("1 2/3/3/", 0, " 0 2 1 3");
	assert_ranks("2 1/3/3/", 0, " 0 1 2 3");

	/* The last user decides when: 3 waits for 2, then goes before 1. */
	assert_ranks("1 2//3/", 0, " 0 3 1 2");
	assert_ranks("1 2/3/3/", 0, " 0 2 1 3");
	assert_ranks("2 1 3/3/3/4/", 0, " 0 1 2 3 4");
}
END_TEST

START_TEST(cycles_have_no_rank)
{
	assert_ranks("0", 1, " -");
	assert_ranks("0/", 1, " - 0");
	assert_ranks("1/0", 2, " - -");
	assert_ranks("1/2/1/", 2, " 1 - - 0");
	assert_ranks("1/0 2/3//3", 4, " - - - - 0");
}
END_TEST

START_TEST(no_modules)
{
	_cleanup_(sample_done) struct sample sample = { .count = 0 };
	const struct graph *const graph = sample_finish(&sample);
	_cleanup_(graph_walker_freep) struct graph_walker *walker = NULL;
	_cleanup_free_ uint32_t *rank = NULL;

	ck_assert_int_eq(graph_rank(graph, &rank), 0);
	ck_assert_ptr_nonnull(rank);
	ck_assert_int_eq(graph_walker_new(graph, rank, &walker), 0);
}
END_TEST

static void assert_closures(const char *modules, const char *expected)
{
	_cleanup_(sample_done) struct sample sample;
	const struct graph *const graph = sample_parse(&sample, modules);
	_cleanup_(graph_walker_freep) struct graph_walker *walker = NULL;
	_cleanup_free_ uint32_t *rank = NULL;
	char text[256] = "";

	ck_assert_int_eq(graph_rank(graph, &rank), 0);
	ck_assert_int_eq(graph_walker_new(graph, rank, &walker), 0);
	for (uint32_t m = 0; m < graph->count; m++) {
		const uint32_t *list;
		const uint32_t length = graph_closure(walker, m, &list);

		text_add(text, sizeof(text), '/', m);
		for (uint32_t i = 0; i < length; i++)
			text_add(text, sizeof(text), ' ', list[i]);
	}
	ck_assert_msg(strcmp(text, expected) == 0, "%s gives %s", modules, text);
}

START_TEST(closures)
{
	assert_closures("", "/0");
	assert_closures("1/2/", "/0 1 2/1 2/2");
	assert_closures("1 2/3/3/", "/0 2 1 3/1 3/2 3/3");
	assert_closures("2 1/3/3/", "/0 1 2 3/1 3/2 3/3");
	/* 1 ranks below 3, which is not known to be there when 1 is. */
	assert_closures("1 2//3/", "/0 2 3 1/1/2 3/3");
	/* The rank counts, not how far a module is away. */
	assert_closures("4 1/2/3/4/", "/0 1 2 3 4/1 2 3 4/2 3 4/3 4/4");
	/* Users outside of the closure have their part in it: 4 holds 1 back. */
	assert_closures("1 2 3////1", "/0 3 2 1/1/2/3/4 1");
}
END_TEST

/* Any number of edges to modules of higher numbers, each edge once. */
static const struct graph *random_graph(struct sample *sample, size_t count, uint64_t *state)
{
	*sample = (struct sample){ .count = 0 };
	for (size_t m = 0; m < count; m++) {
		const size_t every = 1 + sample_random(state, count);

		sample_module(sample);
		for (size_t other = m + 1; other < count; other++)
			if (sample_random(state, every) == 0)
				sample_edge(sample, other);
	}
	return sample_finish(sample);
}

/* Marks what @module depends on, going through all modules by rank: users have been marked. */
static void mark_closure(const struct graph *graph, const uint32_t *by_rank, uint32_t module,
			 bool *marked)
{
	memset(marked, 0, graph->count * sizeof(*marked));
	for (uint32_t r = 0; r < graph->count; r++) {
		const uint32_t m = by_rank[r];

		for (uint32_t e = graph->first[m]; e < graph->first[m + 1]; e++)
			if (m == module || marked[m])
				marked[graph->edges[e]] = true;
	}
}

START_TEST(closures_of_random_graphs)
{
	uint64_t state = 1;

	for (size_t round = 0; round < 100; round++) {
		_cleanup_(sample_done) struct sample sample;
		const struct graph *const graph = random_graph(&sample, 1 + round % 50, &state);
		_cleanup_(graph_walker_freep) struct graph_walker *walker = NULL;
		_cleanup_free_ uint32_t *rank = NULL;
		uint32_t by_rank[50];
		bool marked[50];

		ck_assert_int_eq(graph_rank(graph, &rank), 0);
		ck_assert_int_eq(graph_walker_new(graph, rank, &walker), 0);
		for (uint32_t m = 0; m < graph->count; m++)
			by_rank[rank[m]] = m;
		for (uint32_t m = 0; m < graph->count; m++) {
			const uint32_t *list;
			const uint32_t length = graph_closure(walker, m, &list);
			uint32_t n = 0;

			mark_closure(graph, by_rank, m, marked);
			for (uint32_t r = 0; r < graph->count; r++) {
				if (!marked[by_rank[r]])
					continue;
				ck_assert_uint_lt(n, length);
				ck_assert_uint_eq(list[n++], by_rank[r]);
			}
			ck_assert_uint_eq(n, length);
		}
	}
}
END_TEST

START_TEST(long_chain)
{
	enum {
		LENGTH = 100000
	};
	_cleanup_(sample_done) struct sample sample;
	const struct graph *const graph = sample_chain(&sample, LENGTH, false);
	_cleanup_(graph_walker_freep) struct graph_walker *walker = NULL;
	_cleanup_free_ uint32_t *rank = NULL;
	const uint32_t *list;

	ck_assert_int_eq(graph_rank(graph, &rank), 0);
	ck_assert_int_eq(graph_walker_new(graph, rank, &walker), 0);
	ck_assert_uint_eq(graph_closure(walker, LENGTH - 1, &list), 0);
	ck_assert_uint_eq(graph_closure(walker, 0, &list), LENGTH - 1);
	for (uint32_t i = 0; i < LENGTH - 1; i++)
		ck_assert(rank[i] == i && list[i] == i + 1);
}
END_TEST

START_TEST(out_of_memory)
{
	_cleanup_(sample_done) struct sample sample;
	const struct graph *const graph = sample_parse(&sample, "1 2/3/3/");
	_cleanup_(graph_walker_freep) struct graph_walker *walker = NULL;
	_cleanup_free_ uint32_t *rank = NULL;
	unsigned int n;

	for (n = 0, unit_fail_allocation(0); graph_rank(graph, &rank) == -ENOMEM;
	     unit_fail_allocation(++n)) {
		ck_assert(unit_allocation_failed());
		ck_assert_ptr_null(rank);
	}
	ck_assert(!unit_allocation_failed());
	ck_assert_uint_eq(n, 3);
	for (n = 0, unit_fail_allocation(0); graph_walker_new(graph, rank, &walker) == -ENOMEM;
	     unit_fail_allocation(++n)) {
		ck_assert(unit_allocation_failed());
		ck_assert_ptr_null(walker);
	}
	ck_assert(!unit_allocation_failed());
	ck_assert_uint_eq(n, 5);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-graph");
	TCase *const tests = tcase_create("depmod-graph");

	tcase_add_test(tests, ranks);
	tcase_add_test(tests, cycles_have_no_rank);
	tcase_add_test(tests, no_modules);
	tcase_add_test(tests, closures);
	tcase_add_test(tests, closures_of_random_graphs);
	tcase_add_test(tests, long_chain);
	tcase_add_test(tests, out_of_memory);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
