/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of what depmod writes: modules, made up, and the one file that is made of them.
 */
#ifndef DEPMOD_SOURCES_H
#define DEPMOD_SOURCES_H

#include "depmod-tree.h"
#include "tools/depmod/graph.h"
#include "tools/depmod/output-make.h"

/* Number N of these has the symbols @symbols, names with blanks between. */
struct made_module {
	const char *name, *relative; /* one of them will do for both */
	const char *texts; /* each a kind, the value and a NUL, as in facts.h */
	size_t texts_size;
	const char *symbols;
	const char *depends; /* digits: the numbers of modules */
};

#define TEXTS(...) .texts = (__VA_ARGS__), .texts_size = sizeof(__VA_ARGS__)

struct sources {
	struct module list[8];
	struct modules modules;
	struct names symbols;
	struct dependencies dependencies;
	uint32_t owners[64], first[9], edges[64];
	uint32_t *rank;
	struct output_sources output;
};

static struct sources made;

static inline void sources_add_symbols(const char *text, uint32_t owner)
{
	for (; text && *text != '\0'; text += strspn(text, " ")) {
		const size_t length = strcspn(text, " ");
		uint32_t number;

		ck_assert_int_eq(names_add(&made.symbols, text, length, &number), 0);
		made.owners[number] = owner;
		text += length;
	}
}

static inline void sources_done(void)
{
	names_done(&made.symbols);
	free(made.rank);
	made = (struct sources){ 0 };
}

static inline void sources_make(const struct made_module *modules, uint32_t count)
{
	uint32_t edges = 0;

	sources_done();
	for (uint32_t i = 0; i < count; i++) {
		made.list[i] = (struct module){
			.name = modules[i].name ? modules[i].name : modules[i].relative,
			.relative = modules[i].relative ? modules[i].relative : modules[i].name,
			.facts = {
				.texts = modules[i].texts,
				.texts_size = (uint32_t)modules[i].texts_size,
			},
		};
		sources_add_symbols(modules[i].symbols, i);
		for (const char *p = modules[i].depends; p && *p != '\0'; p++)
			made.edges[edges++] = (uint32_t)(*p - '0');
		made.first[i + 1] = edges;
	}
	made.modules = (struct modules){ .modules = made.list, .count = count };
	made.dependencies = (struct dependencies){
		.graph = { .count = count, .first = made.first, .edges = made.edges },
		.owners = made.owners,
	};
	ck_assert_int_eq(graph_rank(&made.dependencies.graph, &made.rank), 0);
	made.output = (struct output_sources){
		.modules = &made.modules,
		.symbols = &made.symbols,
		.dependencies = &made.dependencies,
		.rank = made.rank,
		.root = tree_root,
	};
}

#define SOURCES(...)                                                           \
	sources_make((const struct made_module[]){ __VA_ARGS__ },              \
		     sizeof((const struct made_module[]){ __VA_ARGS__ }) /     \
			     sizeof(struct made_module))

/* Makes one file. What there is to say about it is logged. */
static inline int sources_output(output_make_fn make, struct output_file *ret)
{
	struct dep_lines lines = { 0 };
	int r = dep_lines_make(&made.output, &lines);

	*ret = (struct output_file){ 0 };
	if (r >= 0)
		r = make(&made.output, &lines, ret);
	dep_lines_done(&lines);
	return r;
}

static inline void output_done(struct output_file *output)
{
	free(output->data);
	messages_done(&output->messages);
}

/* What there is to say about it. */
static inline const char *output_said(struct output_file *output)
{
	const struct capture capture = capture_begin(STDERR_FILENO);

	(void)messages_log(&tree_cli, &output->messages);
	return capture_end(capture);
}

#endif
