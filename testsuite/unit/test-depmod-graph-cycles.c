/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which cycles are reported, in which order, and that there is an end to it.
 */
#include "tools/depmod/graph-cycles.h"

#include <errno.h>

#include "testsuite/unit/sample-graph.h"
#include "testsuite/unit/unit.h"

/* The reports as text: "0 1 0, 2 2". */
struct listing {
	char text[8192];
};

static void list_path(void *data, const uint32_t *path, size_t length)
{
	struct listing *const listing = data;

	for (size_t i = 0; i < length; i++) {
		if (i == 0 && listing->text[0] != '\0')
			strcat(listing->text, ",");
		text_add(listing->text, sizeof(listing->text) - 1, ' ', path[i]);
	}
}

static int list_cycles(const struct graph *graph, struct listing *listing, uint32_t *ret_modules)
{
	_cleanup_free_ uint32_t *rank = NULL;

	listing->text[0] = '\0';
	ck_assert_int_ge(graph_rank(graph, &rank), 0);
	return graph_cycles(graph, rank, list_path, listing, ret_modules);
}

static void assert_cycles(const char *text, const char *expected, uint32_t expected_modules)
{
	_cleanup_(sample_done) struct sample sample;
	const struct graph *const graph = sample_parse(&sample, text);
	struct listing listing;
	uint32_t modules;

	ck_assert_int_eq(list_cycles(graph, &listing, &modules), 0);
	ck_assert_msg(strcmp(listing.text, expected) == 0, "%s gives%s", text, listing.text);
	ck_assert_uint_eq(modules, expected_modules);
}

START_TEST(none)
{
	assert_cycles("", "", 0);
	assert_cycles("1 2/3/3/", "", 0);
}
END_TEST

START_TEST(single)
{
	assert_cycles("0", " 0 0", 1);
	assert_cycles("1/0", " 0 1 0", 2);
	assert_cycles("1/2/0", " 0 1 2 0", 3);
	assert_cycles("2/0/1", " 0 2 1 0", 3);
}
END_TEST

START_TEST(with_tails)
{
	/* What only leads to a cycle, or is only led to, is not part of it. */
	assert_cycles("1/2/1", " 1 2 1", 2);
	assert_cycles("1/0 2/", " 0 1 0", 2);
	assert_cycles("1/0 2/3/", " 0 1 0", 2);
	assert_cycles("0 1/2/", " 0 0", 1);
	assert_cycles("/2/1 0", " 1 2 1", 2);
}
END_TEST

START_TEST(sharing_modules)
{
	/* A figure of eight, its middle first and last. */
	assert_cycles("1 2/0/0", " 0 2 0, 0 1 0", 3);
	assert_cycles("2/2/0 1", " 0 2 0, 1 2 1", 3);
	/* A short cut, on a way of its own and on the way out. */
	assert_cycles("1 2/2/0", " 0 2 0, 0 1 2 0", 3);
	assert_cycles("1/2 0/0", " 0 1 0, 0 1 2 0", 3);
	assert_cycles("1/0 2/0", " 0 1 2 0, 0 1 0", 3);
	/* A cycle inside that the other one goes through. */
	assert_cycles("1/2/1 0", " 0 1 2 0", 3);
	assert_cycles("0 1/0", " 0 1 0, 0 0", 2);
	assert_cycles("1/1 0", " 0 1 0", 2);
	assert_cycles("1 2/0 2/0 1", " 0 2 1 0, 0 2 0, 0 1 2 0, 0 1 0", 3);
	/* One leads to the other. */
	assert_cycles("1/0 2/3/2", " 0 1 0, 2 3 2", 4);
	assert_cycles("1/0/3 0/2", " 0 1 0, 2 3 2", 4);
}
END_TEST

/* After a root it goes on behind the module that was struck off last, round and round. */
START_TEST(order_of_roots)
{
	assert_cycles("1/0/3/2", " 0 1 0, 2 3 2", 4);
	assert_cycles("0/1/2", " 0 0, 1 1, 2 2", 3);
	assert_cycles("5/1/2/3/4/0/6", " 0 5 0, 6 6, 1 1, 2 2, 3 3, 4 4", 7);
	assert_cycles("2/4/0/1/3", " 0 2 0, 3 1 4 3", 5);
	assert_cycles("4/1/0/3/2/5", " 0 4 2 0, 3 3, 5 5, 1 1", 6);
	assert_cycles("5/6/2/3/4/7/0/1/8/9", " 0 5 7 1 6 0, 8 8, 9 9, 2 2, 3 3, 4 4", 10);
	/* A module without dependencies is struck off when it is met... */
	assert_cycles("3 4 7/2 0/5 6///1//", " 5 1 2 5", 3);
	assert_cycles("6//5 7 8/4 0////3 1 2/", " 7 2 7", 2);
	/* ...the first time, and also far away from the cycle. */
	assert_cycles("1/4 0/2/3/6/5/", " 0 1 0, 2 2, 3 3, 5 5", 5);
	assert_cycles("1/0 4/2/3/6/5/", " 0 1 0, 2 2, 3 3, 5 5", 5);
	assert_cycles("6 1/0/2/3/4/5/", " 0 1 0, 2 2, 3 3, 4 4, 5 5", 6);
	assert_cycles("1 4/0/2/3//5", " 0 1 0, 2 2, 3 3, 5 5", 5);
	assert_cycles("1 4/4 0/2/3//5", " 0 1 0, 2 2, 3 3, 5 5", 5);
	assert_cycles("0 4/1/2/3//5", " 0 0, 5 5, 1 1, 2 2, 3 3", 5);
	assert_cycles("4 0/1/2/3//5", " 0 0, 5 5, 1 1, 2 2, 3 3", 5);
}
END_TEST

/* The rule of the header taken literally, in exponential time, for up to 8 modules. */
struct literally {
	const struct graph *graph;
	uint32_t roots[8]; /* the next one first */
	size_t n_roots;
	uint32_t path[9];
	size_t length;
	uint32_t met; /* as a set of bits, like the next */
	uint32_t reported;
	struct listing listing;
};

static void literally_strike(struct literally *l, uint32_t module)
{
	uint32_t rest[8];
	size_t at = 0;

	while (at < l->n_roots && l->roots[at] != module)
		at++;
	if (at == l->n_roots)
		return;
	for (size_t i = 1; i < l->n_roots; i++)
		rest[i - 1] = l->roots[(at + i) % l->n_roots];
	memcpy(l->roots, rest, --l->n_roots * sizeof(*rest));
}

static void literally_report(struct literally *l)
{
	l->path[l->length] = l->path[0];
	list_path(&l->listing, l->path, l->length + 1);
	for (size_t i = 0; i < l->length; i++) {
		l->reported |= 1u << l->path[i];
		literally_strike(l, l->path[i]);
	}
}

static void literally_follow(struct literally *l, uint32_t module)
{
	const struct graph *const graph = l->graph;

	l->path[l->length++] = module;
	l->met |= 1u << module;
	if (graph->first[module] == graph->first[module + 1])
		literally_strike(l, module);
	for (uint32_t e = graph->first[module + 1]; e-- > graph->first[module];) {
		if (graph->edges[e] == l->path[0])
			literally_report(l);
		else if (!(l->met & 1u << graph->edges[e]))
			literally_follow(l, graph->edges[e]);
	}
	l->met &= ~(1u << module);
	l->length--;
}

static void literally_all(struct literally *l)
{
	_cleanup_free_ uint32_t *rank = NULL;

	ck_assert_int_ge(graph_rank(l->graph, &rank), 0);
	for (uint32_t m = 0; m < l->graph->count; m++)
		if (rank[m] == GRAPH_UNRANKED)
			l->roots[l->n_roots++] = m;
	while (l->n_roots > 0) {
		const uint32_t root = l->roots[0];

		literally_strike(l, root);
		literally_follow(l, root);
	}
}

static void random_graph(struct sample *sample, uint64_t *state)
{
	const size_t count = 1 + sample_random(state, 8);
	const size_t every = 1 + sample_random(state, count);

	*sample = (struct sample){ .count = 0 };
	for (size_t m = 0; m < count; m++) {
		const size_t turn = sample_random(state, count);

		sample_module(sample);
		for (size_t i = 0; i < count; i++)
			if (sample_random(state, every + 2) == 0)
				sample_edge(sample, (i + turn) % count);
	}
	sample_finish(sample);
}

START_TEST(random_graphs)
{
	uint64_t state = 1;

	for (size_t round = 0; round < 5000; round++) {
		_cleanup_(sample_done) struct sample sample;
		struct literally literally = { .graph = &sample.graph };
		struct listing listing;
		uint32_t modules;

		random_graph(&sample, &state);
		literally_all(&literally);
		ck_assert_int_eq(list_cycles(&sample.graph, &listing, &modules), 0);
		ck_assert_str_eq(listing.text, literally.listing.text);
		ck_assert_int_eq((int)modules, __builtin_popcount(literally.reported));
	}
}
END_TEST

/* What has been reported, in numbers. */
struct numbers {
	size_t reports;
	size_t modules; /* in all reports together */
	bool *reported; /* if not NULL: by module */
};

static void count_path(void *data, const uint32_t *path, size_t length)
{
	struct numbers *const numbers = data;

	ck_assert_uint_ge(length, 2);
	ck_assert_uint_eq(path[0], path[length - 1]);
	numbers->reports++;
	numbers->modules += length - 1;
	for (size_t i = 0; numbers->reported && i < length; i++)
		numbers->reported[path[i]] = true;
}

/* Returns what graph_cycles() does. */
static int count_cycles(const struct graph *graph, struct numbers *numbers, uint32_t *ret_modules)
{
	_cleanup_free_ uint32_t *rank = NULL;

	numbers->reports = 0;
	numbers->modules = 0;
	ck_assert_int_ge(graph_rank(graph, &rank), 0);
	return graph_cycles(graph, rank, count_path, numbers, ret_modules);
}

/* @count modules, all of which depend on all others and themselves. */
static void add_complete(struct sample *sample, size_t count)
{
	const size_t start = sample->count;

	for (size_t m = 0; m < count; m++) {
		sample_module(sample);
		for (size_t other = 0; other < count; other++)
			sample_edge(sample, start + other);
	}
}

/* A module in the middle with @count cycles of two; @last: it has the highest number. */
static void add_star(struct sample *sample, size_t count, bool last)
{
	const size_t start = sample->count;
	const size_t middle = last ? start + count : start;

	for (size_t m = start; m <= start + count; m++) {
		sample_module(sample);
		if (m != middle)
			sample_edge(sample, middle);
		for (size_t other = start; m == middle && other <= start + count; other++)
			if (other != middle)
				sample_edge(sample, other);
	}
}

START_TEST(complete)
{
	_cleanup_(sample_done) struct sample sample = { .count = 0 };
	struct numbers numbers = { .reported = NULL };
	uint32_t modules;

	add_complete(&sample, 40);
	ck_assert_int_eq(count_cycles(sample_finish(&sample), &numbers, &modules), 1);
	ck_assert_uint_eq(numbers.reports, GRAPH_CYCLES_MAX);
	ck_assert_uint_eq(modules, 40);
}
END_TEST

START_TEST(at_the_limit)
{
	_cleanup_(sample_done) struct sample sample = { .count = 0 };
	struct numbers numbers = { .reported = NULL };
	uint32_t modules;

	add_star(&sample, GRAPH_CYCLES_MAX, false);
	ck_assert_int_eq(count_cycles(sample_finish(&sample), &numbers, &modules), 0);
	ck_assert_uint_eq(numbers.reports, GRAPH_CYCLES_MAX);
	ck_assert_uint_eq(modules, GRAPH_CYCLES_MAX + 1);
	sample_done(&sample);

	add_star(&sample, GRAPH_CYCLES_MAX + 1, false);
	ck_assert_int_eq(count_cycles(sample_finish(&sample), &numbers, &modules), 1);
	ck_assert_uint_eq(numbers.reports, GRAPH_CYCLES_MAX);
	ck_assert_uint_eq(modules, GRAPH_CYCLES_MAX + 2);
}
END_TEST

START_TEST(each_group_once)
{
	_cleanup_(sample_done) struct sample sample = { .count = 0 };
	struct numbers numbers = { .reported = NULL };
	bool reported[40 + 3 * GRAPH_CYCLES_MAX] = { false };
	uint32_t modules;

	/* More groups than that: no cycle is missing. */
	for (size_t i = 0; i < 2 * GRAPH_CYCLES_MAX; i++) {
		sample_module(&sample);
		sample_edge(&sample, i);
	}
	ck_assert_int_eq(count_cycles(sample_finish(&sample), &numbers, &modules), 0);
	ck_assert_uint_eq(numbers.reports, 2 * GRAPH_CYCLES_MAX);
	ck_assert_uint_eq(modules, 2 * GRAPH_CYCLES_MAX);
	sample_done(&sample);

	/* Groups after the limit have been seen: one of the two cycles of each is reported. */
	add_complete(&sample, 40);
	for (size_t i = 0; i < GRAPH_CYCLES_MAX; i++)
		add_star(&sample, 2, i % 2 == 0);
	numbers.reported = reported;
	ck_assert_int_eq(count_cycles(sample_finish(&sample), &numbers, &modules), 1);
	ck_assert_uint_eq(numbers.reports, 2 * GRAPH_CYCLES_MAX);
	ck_assert_uint_eq(modules, 40 + 3 * GRAPH_CYCLES_MAX);
	for (size_t i = 0; i < GRAPH_CYCLES_MAX; i++)
		ck_assert(reported[40 + 3 * i] || reported[40 + 3 * i + 1]);
}
END_TEST

START_TEST(long_cycle)
{
	enum {
		LENGTH = 100000
	};
	_cleanup_(sample_done) struct sample sample;
	const struct graph *const graph = sample_chain(&sample, LENGTH, true);
	struct numbers numbers = { .reported = NULL };
	uint32_t modules;

	ck_assert_int_eq(count_cycles(graph, &numbers, &modules), 0);
	ck_assert_uint_eq(numbers.reports, 1);
	ck_assert_uint_eq(numbers.modules, LENGTH);
	ck_assert_uint_eq(modules, LENGTH);
}
END_TEST

/* A ring of @count modules where each depends on the next two. */
static void add_ladder(struct sample *sample, size_t count)
{
	const size_t start = sample->count;

	for (size_t m = 0; m < count; m++) {
		sample_module(sample);
		sample_edge(sample, start + (m + 2) % count);
		sample_edge(sample, start + (m + 1) % count);
	}
}

/* The time is bounded whether it goes into reports or into looking for them. */
START_TEST(much_work)
{
	enum {
		LENGTH = 50000
	};
	_cleanup_(sample_done) struct sample sample = { .count = 0 };
	struct numbers numbers = { .reported = NULL };
	uint32_t modules;

	add_ladder(&sample, LENGTH);
	ck_assert_int_eq(count_cycles(sample_finish(&sample), &numbers, &modules), 1);
	ck_assert_uint_ge(numbers.reports, 1);
	ck_assert_uint_lt(numbers.modules, 1000000 + LENGTH);
	ck_assert_uint_eq(modules, LENGTH);
	sample_done(&sample);

	/* Each root leads through the middle to all others, which are dead ends. */
	add_star(&sample, LENGTH, true);
	ck_assert_int_eq(count_cycles(sample_finish(&sample), &numbers, &modules), 1);
	ck_assert_uint_ge(numbers.reports, 1);
	ck_assert_uint_lt(numbers.reports, 100);
	ck_assert_uint_eq(modules, LENGTH + 1);
}
END_TEST

/*
 * Adds @count modules that each lead to the next by two ways, and gives the last one, which is to
 * get its dependencies from the caller.
 */
static size_t add_diamonds(struct sample *sample, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const size_t start = sample->count;

		sample_module(sample);
		sample_edge(sample, start + 1);
		sample_edge(sample, start + 2);
		for (size_t side = 0; side < 2; side++) {
			sample_module(sample);
			sample_edge(sample, start + 3);
		}
	}
	sample_module(sample);
	return sample->count - 1;
}

/* Exponentially many ways that all end at a module on the path are not gone one by one. */
START_TEST(dead_ends)
{
	_cleanup_(sample_done) struct sample sample = { .count = 0 };
	struct numbers numbers = { .reported = NULL };
	uint32_t modules;

	/* Before the first report. */
	sample_module(&sample);
	sample_edge(&sample, 1);
	sample_module(&sample);
	sample_edge(&sample, 0);
	sample_edge(&sample, 2);
	add_diamonds(&sample, 60);
	sample_edge(&sample, 1);
	ck_assert_int_eq(count_cycles(sample_finish(&sample), &numbers, &modules), 1);
	ck_assert_uint_eq(numbers.reports, GRAPH_CYCLES_MAX);
	ck_assert_uint_eq(modules, 3 + 3 * 60);
	sample_done(&sample);

	/* Where module 0 comes back by them, but 1, and each module behind them through 1, does not. */
	sample_module(&sample);
	sample_edge(&sample, 2);
	sample_module(&sample);
	sample_edge(&sample, 2);
	for (size_t i = 0; i < 300; i++)
		sample_edge(&sample, 2 + 3 * 9 + 1 + i);
	add_diamonds(&sample, 9);
	sample_edge(&sample, 0);
	sample_edge(&sample, 1);
	for (size_t i = 0; i < 300; i++) {
		sample_module(&sample);
		sample_edge(&sample, 1);
	}
	ck_assert_int_eq(count_cycles(sample_finish(&sample), &numbers, &modules), 0);
	ck_assert_uint_eq(modules, 2 + 3 * 9 + 1 + 300);
}
END_TEST

/* Following edges alone, and opening what was shut alone, make the search end, too. */
START_TEST(all_steps_count)
{
	_cleanup_(sample_done) struct sample sample = { .count = 0 };
	struct numbers numbers = { .reported = NULL };
	uint32_t modules;

	/* Module 0 has cycles with all of the next 500, and leads to 3000 more. */
	sample_module(&sample);
	for (size_t i = 1; i <= 3500; i++)
		sample_edge(&sample, i);
	for (size_t i = 1; i <= 3500; i++) {
		sample_module(&sample);
		if (i <= 500)
			sample_edge(&sample, 0);
	}
	ck_assert_int_eq(count_cycles(sample_finish(&sample), &numbers, &modules), 0);
	ck_assert_uint_eq(numbers.reports, 500);
	sample_done(&sample);

	/* The same with the module in the middle last: it is gone through from each of them. */
	for (size_t i = 0; i < 3500; i++) {
		sample_module(&sample);
		if (i < 500)
			sample_edge(&sample, 3500);
	}
	sample_module(&sample);
	for (size_t i = 0; i < 3500; i++)
		sample_edge(&sample, i);
	ck_assert_int_eq(count_cycles(sample_finish(&sample), &numbers, &modules), 1);
	ck_assert_uint_lt(numbers.reports, 500);
	ck_assert_uint_eq(modules, 501);
	sample_done(&sample);

	/* 900 cycles through a module that 2000 others use. */
	sample_module(&sample);
	for (size_t i = 0; i < 900; i++)
		sample_edge(&sample, 2 + i);
	sample_module(&sample);
	sample_edge(&sample, 0);
	for (size_t i = 0; i < 2900; i++) {
		sample_module(&sample);
		sample_edge(&sample, 1);
	}
	ck_assert_int_eq(count_cycles(sample_finish(&sample), &numbers, &modules), 1);
	ck_assert_uint_lt(numbers.reports, 900);
	ck_assert_uint_eq(modules, 902);
}
END_TEST

/* Without assertions, which allocate. */
static void count_report(void *data, const uint32_t *path, size_t length)
{
	size_t *const reports = data;

	(void)path;
	(void)length;
	++*reports;
}

START_TEST(out_of_memory)
{
	_cleanup_(sample_done) struct sample sample;
	const struct graph *const graph = sample_parse(&sample, "1 2/0/0");
	_cleanup_free_ uint32_t *rank = NULL;
	uint32_t modules = 77;
	size_t reports = 0;
	unsigned int n;

	ck_assert_int_eq(graph_rank(graph, &rank), 3);
	for (n = 0, unit_fail_allocation(0);
	     graph_cycles(graph, rank, count_report, &reports, &modules) == -ENOMEM;
	     unit_fail_allocation(++n)) {
		ck_assert(unit_allocation_failed());
		ck_assert_uint_eq(reports, 0);
		ck_assert_uint_eq(modules, 77);
	}
	ck_assert(!unit_allocation_failed());
	ck_assert_uint_eq(n, 5);
	ck_assert_uint_eq(reports, 2);
	ck_assert_uint_eq(modules, 3);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-graph-cycles");
	TCase *const tests = tcase_create("depmod-graph-cycles");

	tcase_add_test(tests, none);
	tcase_add_test(tests, single);
	tcase_add_test(tests, with_tails);
	tcase_add_test(tests, sharing_modules);
	tcase_add_test(tests, order_of_roots);
	tcase_add_test(tests, random_graphs);
	tcase_add_test(tests, complete);
	tcase_add_test(tests, at_the_limit);
	tcase_add_test(tests, each_group_once);
	tcase_add_test(tests, long_cycle);
	tcase_add_test(tests, much_work);
	tcase_add_test(tests, dead_ends);
	tcase_add_test(tests, all_steps_count);
	tcase_add_test(tests, out_of_memory);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
