/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which module has the symbols that another needs.
 */
#include "tools/depmod/resolve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/array.h"
#include "libkmod/base/cleanup.h"
#include "tools/cli.h"

/* The kernel has the symbol. */
#define OWNER_KERNEL (OWNER_NONE - 1)

/* What the loader of modules makes, and nobody exports. */
static const char *const made_by_loader[] = {
	"__this_module",
	"_GLOBAL_OFFSET_TABLE_",
	"TOC.", /* of .TOC. the dot is dropped, as of any symbol */
};

struct resolving {
	struct cli *cli;
	const struct modules *modules;
	struct names *symbols;
	const struct resolve_options *options;
	uint32_t *meant;  /* by number of a name: the one that it is looked up by */
	uint32_t *owners; /* by number of a name */
	uint64_t *crcs;	  /* of the owner's; NULL: nobody will ask */
	uint32_t *seen;	  /* by module: 1 + the last one that was found to depend on it */
	uint32_t *first, *edges;
	size_t edges_count, edges_room;
};

void dependencies_done(struct dependencies *dependencies)
{
	free((uint32_t *)dependencies->graph.first);
	free((uint32_t *)dependencies->graph.edges);
	free(dependencies->owners);
	*dependencies = (struct dependencies){ 0 };
}

static void resolving_done(struct resolving *r)
{
	free(r->meant);
	free(r->owners);
	free(r->crcs);
	free(r->seen);
	free(r->first);
	free(r->edges);
}

/* ---- Names ------------------------------------------------------------------------------- */

/* The number of the name @number without its first characters that are dropped. */
static int name_without(struct resolving *r, uint32_t number, bool drop_dot, uint32_t *ret)
{
	const struct name name = r->symbols->names[number];
	const char prefix = r->options->prefix;
	const char *text = name.text;

	if (drop_dot && text[0] == '.')
		text++;
	if (prefix != '\0' && text[0] == prefix)
		text++;
	if (text == name.text) {
		*ret = number;
		return 0;
	}
	return names_add_borrowed(r->symbols, text, name.length - (size_t)(text - name.text), ret);
}

/*
 * Finds out what each name is looked up by, and adds all names that they are known by without what
 * is dropped. These have no needs of their own.
 */
static int find_meant(struct resolving *r)
{
	const uint32_t count = r->symbols->count;
	uint32_t provided;
	int error = 0;

	r->meant = calloc((size_t)count + 1, sizeof(*r->meant));
	if (!r->meant)
		return -ENOMEM;
	for (uint32_t i = 0; error >= 0 && i < count; i++) {
		error = name_without(r, i, true, &r->meant[i]);
		if (error >= 0 && r->options->prefix != '\0')
			error = name_without(r, i, false, &provided);
	}
	return error;
}

/* ---- Owners ------------------------------------------------------------------------------ */

/* @crc: NULL when nobody will ask. */
static void set_owner(struct resolving *r, uint32_t symbol, uint32_t owner, const uint64_t *crc)
{
	r->owners[symbol] = owner;
	if (crc)
		r->crcs[symbol] = *crc;
}

/* A symbol that no module refers to is of no interest. */
static void add_kernel_symbol(struct resolving *r, const char *name, size_t length, uint64_t crc)
{
	const uint32_t symbol = names_find(r->symbols, name, length);

	if (symbol != NAMES_NONE)
		set_owner(r, symbol, OWNER_KERNEL, r->crcs ? &crc : NULL);
}

static void add_kernel(struct resolving *r, const struct kernel_symbols *kernel)
{
	for (size_t i = 0; i < sizeof(made_by_loader) / sizeof(made_by_loader[0]); i++)
		add_kernel_symbol(r, made_by_loader[i], strlen(made_by_loader[i]), 0);
	for (size_t i = 0; i < kernel->count; i++)
		add_kernel_symbol(r, kernel->symbols[i].name, kernel->symbols[i].length,
				  kernel->symbols[i].crc);
}

static int add_module(struct resolving *r, uint32_t number)
{
	const struct facts *const facts = &r->modules->modules[number].facts;

	for (uint32_t i = 0; i < facts->provides_count; i++) {
		uint32_t symbol = facts->provides[i];
		const int error = name_without(r, symbol, false, &symbol);

		if (error < 0)
			return error;
		set_owner(r, symbol, number, r->crcs ? &facts->provide_crcs[i] : NULL);
	}
	return 0;
}

static int find_owners(struct resolving *r)
{
	const size_t room = (size_t)r->symbols->count + 1;
	int error = 0;

	r->owners = malloc(room * sizeof(*r->owners));
	if (!r->owners)
		return -ENOMEM;
	memset(r->owners, 0xff, room * sizeof(*r->owners)); /* OWNER_NONE */
	if (r->options->report_versions) {
		r->crcs = calloc(room, sizeof(*r->crcs));
		if (!r->crcs)
			return -ENOMEM;
	}
	if (r->options->kernel)
		add_kernel(r, r->options->kernel);
	for (uint32_t i = 0; error >= 0 && i < r->modules->count; i++)
		error = add_module(r, i);
	return error;
}

/* ---- Needs --------------------------------------------------------------------------------- */

/* Adds that module @number depends on module @owner, for @symbol, unless that is known. */
static int add_edge(struct resolving *r, uint32_t number, uint32_t owner, uint32_t symbol)
{
	uint32_t *grown;

	if (r->seen[owner] == number + 1)
		return 0;
	r->seen[owner] = number + 1;
	if (r->edges_count >= UINT32_MAX - 1)
		return -ENOMEM;
	grown = array_reserve(r->edges, &r->edges_room, r->edges_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	r->edges = grown;
	r->edges[r->edges_count++] = owner;
	if (r->options->show)
		printf("%s needs \"%s\": %s\n", r->modules->modules[number].path,
		       r->symbols->names[symbol].text, r->modules->modules[owner].path);
	return 0;
}

/* @crc: that of the version that is needed; NULL when it does not matter. */
static int resolve_need(struct resolving *r, uint32_t number, uint32_t need, const uint64_t *crc)
{
	const bool weak = need & FACTS_WEAK;
	const uint32_t name = need & ~FACTS_WEAK;
	const uint32_t symbol = r->meant[name];
	const uint32_t owner = r->owners[symbol];

	if (owner == OWNER_NONE) {
		if (r->options->report_unknown && !weak)
			cli_log(r->cli, LOG_WARNING, "%s needs unknown symbol %s",
				r->modules->modules[number].path, r->symbols->names[name].text);
		return 0;
	}
	if (crc && !weak && r->crcs[symbol] != *crc)
		cli_log(r->cli, LOG_WARNING, "%s disagrees about version of symbol %s",
			r->modules->modules[number].path, r->symbols->names[name].text);
	return owner == OWNER_KERNEL ? 0 : add_edge(r, number, owner, symbol);
}

static int resolve_module(struct resolving *r, uint32_t number)
{
	const struct facts *const facts = &r->modules->modules[number].facts;
	int error = 0;

	for (uint32_t i = 0; error >= 0 && i < facts->needs_count; i++)
		error = resolve_need(r, number, facts->needs[i],
				     r->crcs ? &facts->need_crcs[i] : NULL);
	r->first[number + 1] = (uint32_t)r->edges_count;
	return error;
}

static int resolve_all(struct resolving *r)
{
	const size_t room = (size_t)r->modules->count + 1;
	int error = 0;

	r->seen = calloc(room, sizeof(*r->seen));
	r->first = calloc(room, sizeof(*r->first));
	r->edges = array_reserve(NULL, &r->edges_room, 1, sizeof(*r->edges));
	if (!r->seen || !r->first || !r->edges)
		return -ENOMEM;
	for (uint32_t i = 0; error >= 0 && i < r->modules->count; i++)
		error = resolve_module(r, i);
	return error;
}

int resolve(struct cli *cli, const struct modules *modules, struct names *symbols,
	    const struct resolve_options *options, struct dependencies *ret)
{
	_cleanup_(resolving_done) struct resolving resolving = {
		.cli = cli,
		.modules = modules,
		.symbols = symbols,
		.options = options,
	};
	int r = find_meant(&resolving);

	if (r >= 0)
		r = find_owners(&resolving);
	if (r >= 0)
		r = resolve_all(&resolving);
	if (r < 0)
		return r;
	*ret = (struct dependencies){
		.graph = {
			.count = modules->count,
			.first = move_ptr(resolving.first),
			.edges = move_ptr(resolving.edges),
		},
		.owners = move_ptr(resolving.owners),
	};
	return 0;
}
