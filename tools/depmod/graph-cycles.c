/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules that depend on themselves through others: which they are, and through which.
 *
 * A cycle stays inside a group of modules each of which depends on all others. These groups, the
 * strongly connected components, are found first; one of a single module has a cycle only if that
 * depends on itself.
 *
 * A search that just follows all ways back to a module may spend exponential time on ways that
 * meet themselves before they are back. Therefore a module is shut once the search has gone on to
 * it. It is opened behind the search if there was a way back, else only when one of its
 * dependencies is opened (D. B. Johnson, "Finding all the elementary circuits of a directed graph",
 * 1975). That skips nothing but ways without result, and from one result to the next it takes
 * time in the order of the group's size.
 */
#include "tools/depmod/graph-cycles.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/*
 * How many steps the search takes before it is cut short: edges followed, forth and back, and
 * modules in reports. That is milliseconds of work and at most as many names to print; what a few
 * broken modules of a kernel take is far from it.
 */
#define STEPS_MAX 1000000

#define NONE UINT32_MAX

struct node {
	uint32_t group;	   /* the module that stands for the group, one of its own */
	uint32_t next;	   /* the edges of the module before this one are still to be followed */
	uint32_t shut_for; /* the root that no way is to lead to from here; NONE: open */
	bool ordered;
	bool on_path;  /* of a module that is shut */
	bool fruitful; /* of a module on the path: a cycle through it has been met */
	bool swept;    /* has been met on the way from a root of another group */

	/* The circle of the modules that are still to be roots. */
	bool listed;
	uint32_t after;
	uint32_t before;

	/* Of a module that stands for a group: */
	bool cyclic;
	bool group_reported; /* some cycle in it has been reported */
};

struct search {
	const struct graph *graph;
	uint32_t *first_user; /* the same with all edges turned around */
	uint32_t *users;
	struct node *nodes;
	uint32_t *path;	   /* with room for a module more than there are */
	uint32_t length;   /* of the path */
	uint32_t *waiting; /* for one function at a time */
	uint32_t upcoming; /* the next root; NONE: no module is listed any more */
	uint32_t root;	   /* all cycles of the moment start and end here */
	uint32_t reports;
	uint64_t steps;
	bool cut; /* from now on, no more than one cycle of each group */
	graph_report_fn *report;
	void *data;
};

static void search_done(struct search *search)
{
	free(search->first_user);
	free(search->users);
	free(search->nodes);
	free(search->path);
	free(search->waiting);
}

/* Finds the users of all modules, for which there is room already. */
static void turn_around(struct search *search)
{
	const struct graph *const graph = search->graph;
	uint32_t *const first = search->first_user;

	for (uint32_t e = 0; e < graph->first[graph->count]; e++)
		first[graph->edges[e]]++;
	/* Where the users of each end; filling them in backwards turns that into where they start. */
	for (uint32_t m = 1; m <= graph->count; m++)
		first[m] += first[m - 1];
	for (uint32_t m = graph->count; m-- > 0;)
		for (uint32_t e = graph->first[m]; e < graph->first[m + 1]; e++)
			search->users[--first[graph->edges[e]]] = m;
}

static int search_init(struct search *search)
{
	const struct graph *const graph = search->graph;
	const size_t room = (size_t)graph->count + 1;

	search->first_user = calloc(room, sizeof(*search->first_user));
	search->users = calloc((size_t)graph->first[graph->count] + 1, sizeof(*search->users));
	search->nodes = calloc(room, sizeof(*search->nodes));
	search->path = calloc(room, sizeof(*search->path));
	search->waiting = calloc(room, sizeof(*search->waiting));
	if (!search->first_user || !search->users || !search->nodes || !search->path ||
	    !search->waiting)
		return -ENOMEM;
	turn_around(search);
	for (uint32_t m = 0; m < graph->count; m++) {
		search->nodes[m].group = NONE;
		search->nodes[m].shut_for = NONE;
	}
	return 0;
}

/* Adds @module, all of whose edges are to be followed, the last one first. */
static void path_push(struct search *search, uint32_t module)
{
	search->nodes[module].next = search->graph->first[module + 1];
	search->path[search->length++] = module;
}

/* The next dependency of @module, where the path has come to; false when there is none left. */
static bool next_dependency(struct search *search, uint32_t module, uint32_t *ret_dependency)
{
	struct node *const node = &search->nodes[module];

	if (node->next == search->graph->first[module])
		return false;
	*ret_dependency = search->graph->edges[--node->next];
	return true;
}

/* ---- Groups, by the algorithm that is known as Kosaraju's -------------------------------- */

/*
 * Adds to @order, which has @count modules, @start and what it leads to, but for those that are in
 * it already: each behind whatever it leads to, unless that leads back to it. Returns their number.
 */
static uint32_t order_from(struct search *search, uint32_t start, uint32_t *order, uint32_t count)
{
	uint32_t dependency;

	search->nodes[start].ordered = true;
	path_push(search, start);
	while (search->length > 0) {
		const uint32_t module = search->path[search->length - 1];

		if (!next_dependency(search, module, &dependency)) {
			order[count++] = module;
			search->length--;
		} else if (!search->nodes[dependency].ordered) {
			search->nodes[dependency].ordered = true;
			path_push(search, dependency);
		}
	}
	return count;
}

/* Gives @module and all without group that lead to it the group @module. Returns their number. */
static uint32_t gather(struct search *search, uint32_t module)
{
	uint32_t count = 1;

	search->nodes[module].group = module;
	search->path[search->length++] = module;
	while (search->length > 0) {
		const uint32_t m = search->path[--search->length];

		for (uint32_t e = search->first_user[m]; e < search->first_user[m + 1]; e++) {
			const uint32_t user = search->users[e];

			if (search->nodes[user].group != NONE)
				continue;
			search->nodes[user].group = module;
			search->path[search->length++] = user;
			count++;
		}
	}
	return count;
}

static bool depends_on_itself(const struct graph *graph, uint32_t module)
{
	for (uint32_t e = graph->first[module]; e < graph->first[module + 1]; e++)
		if (graph->edges[e] == module)
			return true;
	return false;
}

/* Gives all modules their groups. Returns how many are on cycles. */
static uint32_t find_groups(struct search *search)
{
	const uint32_t count = search->graph->count;
	uint32_t *const order = search->waiting;
	uint32_t ordered = 0, on_cycles = 0;

	for (uint32_t m = 0; m < count; m++)
		if (!search->nodes[m].ordered)
			ordered = order_from(search, m, order, ordered);
	while (ordered > 0) {
		const uint32_t m = order[--ordered];
		uint32_t size;

		if (search->nodes[m].group != NONE)
			continue;
		size = gather(search, m);
		search->nodes[m].cyclic = size > 1 || depends_on_itself(search->graph, m);
		if (search->nodes[m].cyclic)
			on_cycles += size;
	}
	return on_cycles;
}

/* ---- Roots ------------------------------------------------------------------------------- */

/* Lists the modules that have no rank, the first one to be the next root. */
static void list_roots(struct search *search, const uint32_t *rank)
{
	uint32_t last = NONE;

	search->upcoming = NONE;
	for (uint32_t m = search->graph->count; m-- > 0;) {
		struct node *const node = &search->nodes[m];

		if (rank[m] != GRAPH_UNRANKED)
			continue;
		if (search->upcoming == NONE)
			last = m;
		else
			search->nodes[search->upcoming].before = m;
		node->listed = true;
		node->after = search->upcoming;
		search->upcoming = m;
	}
	if (last == NONE)
		return;
	search->nodes[last].after = search->upcoming;
	search->nodes[search->upcoming].before = last;
}

/* Takes @module off the list, if it is there; the one after it is the next root then. */
static void strike_root(struct search *search, uint32_t module)
{
	struct node *const node = &search->nodes[module];

	if (!node->listed)
		return;
	node->listed = false;
	search->nodes[node->after].before = node->before;
	search->nodes[node->before].after = node->after;
	search->upcoming = node->after == module ? NONE : node->after;
}

/* ---- Cycles ------------------------------------------------------------------------------ */

static struct node *group_of(const struct search *search, uint32_t module)
{
	return &search->nodes[search->nodes[module].group];
}

/* Whether the search for cycles of the group of the root is over before its end. */
static bool is_cut(struct search *search)
{
	if (!group_of(search, search->root)->group_reported)
		return false;
	if (search->steps > STEPS_MAX)
		search->cut = true;
	return search->cut;
}

/* Reports the path, which the root closes, or finds that enough has been reported. */
static void report_path(struct search *search)
{
	struct node *const group = group_of(search, search->root);

	if (group->group_reported && search->reports >= GRAPH_CYCLES_MAX) {
		search->cut = true;
		return;
	}
	for (uint32_t i = 0; i < search->length; i++)
		strike_root(search, search->path[i]);
	group->group_reported = true;
	search->reports++;
	search->steps += search->length;
	search->path[search->length] = search->root;
	search->report(search->data, search->path, (size_t)search->length + 1);
}

/* Opens @module and, in turn, what depends on it and is shut; not what is still in use. */
static void open_up(struct search *search, uint32_t module)
{
	uint32_t waiting = 0;

	search->nodes[module].shut_for = NONE;
	search->waiting[waiting++] = module;
	while (waiting > 0) {
		const uint32_t m = search->waiting[--waiting];

		for (uint32_t e = search->first_user[m]; e < search->first_user[m + 1]; e++) {
			struct node *const user = &search->nodes[search->users[e]];

			search->steps++;
			if (user->shut_for != search->root || user->on_path)
				continue;
			user->shut_for = NONE;
			search->waiting[waiting++] = search->users[e];
		}
	}
}

/* Takes the last module off the path. */
static void step_back(struct search *search)
{
	const uint32_t module = search->path[--search->length];
	struct node *const node = &search->nodes[module];

	node->on_path = false;
	if (!node->fruitful)
		return;
	open_up(search, module);
	if (search->length > 0)
		search->nodes[search->path[search->length - 1]].fruitful = true;
}

/*
 * Whether the path is to go on to @module. Outside of the group of the root that is just to find
 * modules without dependencies; from what has been met there once, there is none left to find.
 */
static bool is_worth_it(struct search *search, uint32_t module)
{
	struct node *const node = &search->nodes[module];
	const bool first_time = !node->swept;

	if (node->group == search->nodes[search->root].group)
		return node->shut_for != search->root;
	node->swept = true;
	return first_time;
}

/* Goes on to @module, and shuts it. */
static void step_to(struct search *search, uint32_t module)
{
	const struct graph *const graph = search->graph;

	search->nodes[module].shut_for = search->root;
	search->nodes[module].on_path = true;
	search->nodes[module].fruitful = false;
	path_push(search, module);
	if (graph->first[module] == graph->first[module + 1])
		strike_root(search, module);
}

/* Reports the cycles through @root. */
static void search_from(struct search *search, uint32_t root)
{
	uint32_t dependency;

	search->root = root;
	strike_root(search, root);
	step_to(search, root);
	while (search->length > 0 && !is_cut(search)) {
		const uint32_t module = search->path[search->length - 1];

		search->steps++;
		if (!next_dependency(search, module, &dependency)) {
			step_back(search);
		} else if (dependency == root) {
			search->nodes[module].fruitful = true;
			report_path(search);
		} else if (is_worth_it(search, dependency)) {
			step_to(search, dependency);
		}
	}
	search->length = 0;
}

int graph_cycles(const struct graph *graph, const uint32_t *rank, graph_report_fn *report,
		 void *data, uint32_t *ret_modules)
{
	_cleanup_(search_done) struct search search = {
		.graph = graph,
		.report = report,
		.data = data,
	};
	int r;

	assert(graph->count <= INT32_MAX);
	r = search_init(&search);
	if (r < 0)
		return r;
	*ret_modules = find_groups(&search);
	list_roots(&search, rank);
	while (search.upcoming != NONE)
		search_from(&search, search.upcoming);
	return search.cut;
}
