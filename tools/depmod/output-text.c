/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that are lines of text.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/str.h"
#include "libkmod/format/index-format.h"
#include "tools/depmod/graph.h"
#include "tools/depmod/order.h"
#include "tools/depmod/output-make.h"

/* Hands @text over to @output. */
static int finish(struct strbuf *text, struct output_file *output)
{
	/* An empty file is not one that has not been made. */
	if (!text->failed && !text->data)
		text->data = malloc(1);
	if (text->failed || !text->data) {
		strbuf_done(text);
		return -ENOMEM;
	}
	output->data = text->data;
	output->size = text->size;
	return 0;
}

/* ---- modules.dep --------------------------------------------------------------------------- */

static void add_dep_line(const struct output_sources *sources, struct graph_walker *walker,
			 uint32_t number, struct strbuf *text)
{
	const struct module *const modules = sources->modules->modules;
	const uint32_t *needed;
	const uint32_t count = graph_closure(walker, number, &needed);

	strbuf_add_text(text, modules[number].relative);
	strbuf_add_char(text, ':');
	for (uint32_t i = 0; i < count; i++) {
		strbuf_add_char(text, ' ');
		strbuf_add_text(text, modules[needed[i]].relative);
	}
	strbuf_add_char(text, '\0');
}

void dep_lines_done(struct dep_lines *lines)
{
	strbuf_done(&lines->text);
	free(lines->starts);
	*lines = (struct dep_lines){ 0 };
}

int dep_lines_make(const struct output_sources *sources, struct dep_lines *ret)
{
	_cleanup_(graph_walker_freep) struct graph_walker *walker = NULL;
	_cleanup_(dep_lines_done) struct dep_lines lines = { 0 };
	const uint32_t count = sources->modules->count;
	int r = graph_walker_new(&sources->dependencies->graph, sources->rank, &walker);

	lines.starts = calloc((size_t)count + 1, sizeof(*lines.starts));
	if (r < 0 || !lines.starts)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		lines.starts[i] = lines.text.size;
		add_dep_line(sources, walker, i, &lines.text);
		if (lines.text.failed)
			return -ENOMEM;
		if (lines.text.size > INDEX_SIZE_MAX)
			return -EFBIG;
	}
	*ret = lines;
	lines = (struct dep_lines){ 0 };
	return 0;
}

int output_make_dep(const struct output_sources *sources, const struct dep_lines *lines,
		    struct output_file *output)
{
	struct strbuf text = { 0 };

	for (uint32_t i = 0; i < sources->modules->count; i++) {
		const char *const path = sources->modules->modules[i].relative;

		if (strchr(path, ':'))
			messages_add(&output->messages, i, "", LOG_WARNING,
				     "%s: a colon ends a path in modules.dep: modprobe will not find it",
				     path);
		else if (strpbrk(path, " \t\n"))
			messages_add(&output->messages, i, "", LOG_WARNING,
				     "%s: blanks end a path in modules.dep: modprobe will not find what "
				     "needs this module",
				     path);
	}
	strbuf_add(&text, lines->text.data, lines->text.size);
	for (char *p = text.data; p && (p = memchr(p, '\0', text.size - (size_t)(p - text.data)));)
		*p = '\n';
	return finish(&text, output);
}

/* ---- What modules say of themselves -------------------------------------------------------- */

/*
 * Whether @value, which @module says of itself, can be in a file of lines that is read again: a newline
 * would begin another one, with any command that modprobe takes, a backslash at the end take the next one
 * along. Else it is told to be left out.
 */
static bool fits_line(uint32_t number, const struct module *module, const char *word,
		      const char *value, struct output_file *output)
{
	if (!strchr(value, '\n') && !str_has_suffix(value, "\\") && !strchr(module->name, '\n'))
		return true;
	messages_add(&output->messages, number, "", LOG_WARNING,
		     "%s: left out, as it would not be a line: %s %s", module->path, word, value);
	return false;
}

int output_make_alias(const struct output_sources *sources, const struct dep_lines *lines,
		      struct output_file *output)
{
	struct strbuf text = { 0 };

	(void)lines;
	strbuf_add_text(&text, "# Aliases extracted from modules themselves.\n");
	for (uint32_t i = 0; i < sources->modules->count; i++) {
		const struct module *const module = &sources->modules->modules[i];
		const char *next = module->facts.texts, *alias;

		while ((alias = facts_next_text(&module->facts, FACTS_ALIAS, &next))) {
			strbuf_add_text(&text, "alias ");
			strbuf_add_text(&text, alias);
			strbuf_add_char(&text, ' ');
			strbuf_add_text(&text, module->name);
			strbuf_add_char(&text, '\n');
		}
	}
	return finish(&text, output);
}

/* Lines "@word MODULE VALUE" for all texts of @kind. */
static int make_deps(const struct output_sources *sources, const char *header, const char *word,
		     char kind, struct output_file *output)
{
	struct strbuf text = { 0 };

	strbuf_add_text(&text, header);
	for (uint32_t i = 0; i < sources->modules->count; i++) {
		const struct module *const module = &sources->modules->modules[i];
		const char *next = module->facts.texts, *value;

		while ((value = facts_next_text(&module->facts, kind, &next))) {
			if (!fits_line(i, module, word, value, output))
				continue;
			strbuf_add_text(&text, word);
			strbuf_add_char(&text, ' ');
			strbuf_add_text(&text, module->name);
			strbuf_add_char(&text, ' ');
			strbuf_add_text(&text, value);
			strbuf_add_char(&text, '\n');
		}
	}
	return finish(&text, output);
}

int output_make_softdep(const struct output_sources *sources, const struct dep_lines *lines,
			struct output_file *output)
{
	(void)lines;
	return make_deps(sources, "# Soft dependencies extracted from modules themselves.\n",
			 "softdep", FACTS_SOFTDEP, output);
}

int output_make_weakdep(const struct output_sources *sources, const struct dep_lines *lines,
			struct output_file *output)
{
	(void)lines;
	return make_deps(sources, "# Weak dependencies extracted from modules themselves.\n",
			 "weakdep", FACTS_WEAKDEP, output);
}

/* ---- modules.symbols ----------------------------------------------------------------------- */

/* A symbol on its way to its place. */
struct sorted {
	const char *name;
	uint32_t bucket;
	uint32_t owner;
};

static int compare(const void *a, const void *b)
{
	const struct sorted *const first = a, *const second = b;

	if (first->bucket != second->bucket)
		return first->bucket < second->bucket ? -1 : 1;
	return strcmp(first->name, second->name);
}

/* The symbols that modules have, in their order; the caller frees. NULL when memory ran out. */
static struct sorted *sort_symbols(const struct output_sources *sources, size_t *ret_count)
{
	const struct names *const symbols = sources->symbols;
	struct sorted *const sorted = malloc(((size_t)symbols->count + 1) * sizeof(*sorted));
	size_t count = 0;

	if (!sorted)
		return NULL;
	for (uint32_t i = 0; i < symbols->count; i++) {
		const struct name *const name = &symbols->names[i];

		if (sources->dependencies->owners[i] < sources->modules->count)
			sorted[count++] = (struct sorted){
				.name = name->text,
				.bucket = order_hash(name->text, name->length) % ORDER_SYMBOLS,
				.owner = sources->dependencies->owners[i],
			};
	}
	qsort(sorted, count, sizeof(*sorted), compare);
	*ret_count = count;
	return sorted;
}

int output_make_symbols(const struct output_sources *sources, const struct dep_lines *lines,
			struct output_file *output)
{
	struct strbuf text = { 0 };
	size_t count = 0;
	_cleanup_free_ struct sorted *sorted = sort_symbols(sources, &count);

	(void)lines;
	if (!sorted)
		return -ENOMEM;
	strbuf_add_text(&text, "# Aliases for symbols, used by symbol_request().\n");
	for (size_t i = 0; i < count; i++) {
		strbuf_add_text(&text, "alias symbol:");
		strbuf_add_text(&text, sorted[i].name);
		strbuf_add_char(&text, ' ');
		strbuf_add_text(&text, sources->modules->modules[sorted[i].owner].name);
		strbuf_add_char(&text, '\n');
	}
	return finish(&text, output);
}

/* ---- modules.devname ----------------------------------------------------------------------- */

struct devname {
	const char *name; /* below /dev; NULL: none known */
	char type;	  /* 'c' or 'b'; NUL: none known */
	unsigned int major, minor;
};

/* The last name and the last numbers that the aliases give, up to where both are known. */
static struct devname find_devname(const struct facts *facts)
{
	static const char name_prefix[] = "devname:";
	struct devname devname = { 0 };
	const char *next = facts->texts, *alias;
	unsigned int major, minor;

	while ((!devname.name || devname.type == '\0') &&
	       (alias = facts_next_text(facts, FACTS_ALIAS, &next))) {
		if (strncmp(alias, name_prefix, sizeof(name_prefix) - 1) == 0)
			devname.name = alias + sizeof(name_prefix) - 1;
		else if (sscanf(alias, "char-major-%u-%u", &major, &minor) == 2)
			devname.type = 'c';
		else if (sscanf(alias, "block-major-%u-%u", &major, &minor) == 2)
			devname.type = 'b';
		else
			continue;
		if (alias[0] != name_prefix[0]) {
			devname.major = major;
			devname.minor = minor;
		}
	}
	return devname;
}

int output_make_devname(const struct output_sources *sources, const struct dep_lines *lines,
			struct output_file *output)
{
	struct strbuf text = { 0 };
	char numbers[64];

	(void)lines;
	for (uint32_t i = 0; i < sources->modules->count; i++) {
		const struct module *const module = &sources->modules->modules[i];
		const struct devname devname = find_devname(&module->facts);

		if (!devname.name)
			continue;
		if (devname.type == '\0') {
			messages_add(&output->messages, i, "", LOG_ERR,
				     "Module '%s' has devname (%s) but lacks major and minor "
				     "information. Ignoring.",
				     module->name, devname.name);
			continue;
		}
		if (!fits_line(i, module, "devname", devname.name, output))
			continue;
		if (text.size == 0)
			strbuf_add_text(&text, "# Device nodes to trigger on-demand module "
					       "loading.\n");
		strbuf_add_text(&text, module->name);
		strbuf_add_char(&text, ' ');
		strbuf_add_text(&text, devname.name);
		(void)snprintf(numbers, sizeof(numbers), " %c%u:%u\n", devname.type, devname.major,
			       devname.minor);
		strbuf_add_text(&text, numbers);
	}
	return finish(&text, output);
}
