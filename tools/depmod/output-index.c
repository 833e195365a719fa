/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that are indexes.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/array.h"
#include "libkmod/base/cleanup.h"
#include "libkmod/base/io.h"
#include "libkmod/base/str.h"
#include "libkmod/format/index-write.h"
#include "libkmod/format/span.h"
#include "libkmod/name.h"
#include "tools/cli.h"
#include "tools/depmod/output-make.h"

/* What the kernel build says of modules that are built in takes some hundred KiB. */
#define FILE_SIZE_LIMIT ((size_t)256 << 20)

/* What is to be in an index. */
struct items {
	struct index_item *items;
	size_t count, room;
	struct arena texts;
};

static void items_done(struct items *items)
{
	free(items->items);
	arena_done(&items->texts);
}

static int items_add(struct items *items, const char *key, const char *value, uint32_t priority)
{
	struct index_item *const grown =
		array_reserve(items->items, &items->room, items->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	items->items = grown;
	items->items[items->count++] = (struct index_item){
		.key = key,
		.value = value,
		.priority = priority,
	};
	return 0;
}

/* The first byte of @text that is not 7-bit ASCII, or 0. */
static unsigned char find_bad(const char *text)
{
	while (*text != '\0' && (unsigned char)*text < 0x80)
		text++;
	return (unsigned char)*text;
}

static void tell_of_bad(struct output_file *output, const struct index_item *item)
{
	const unsigned char bad = find_bad(item->key);
	const char *const text = bad ? item->key : item->value;
	const unsigned char byte = bad ? bad : find_bad(item->value);

	messages_add(&output->messages, UINT32_MAX, "", LOG_CRIT,
		     "Module index: bad character '%c'=0x%x - only 7-bit ASCII is supported:",
		     byte, (unsigned int)byte);
	messages_add(&output->messages, UINT32_MAX, "", LOG_CRIT | CLI_CONTINUED, "%s", text);
}

static int build(const struct items *items, struct output_file *output)
{
	uint8_t *data;
	size_t size, bad;
	const int r = index_build(items->items, items->count, &data, &size, &bad);

	if (r == -EINVAL) {
		tell_of_bad(output, &items->items[bad]);
		return -EILSEQ;
	}
	if (r < 0)
		return r;
	output->data = (char *)data;
	output->size = size;
	return 0;
}

/* ---- modules.dep.bin and modules.symbols.bin ----------------------------------------------- */

int output_make_dep_bin(const struct output_sources *sources, const struct dep_lines *lines,
			struct output_file *output)
{
	_cleanup_(items_done) struct items items = { 0 };
	int r = 0;

	for (uint32_t i = 0; r >= 0 && i < sources->modules->count; i++)
		r = items_add(&items, sources->modules->modules[i].name,
			      lines->text.data + lines->starts[i], i);
	return r < 0 ? r : build(&items, output);
}

/* "symbol:" and the name; NULL when memory ran out. */
static const char *symbol_key(struct arena *arena, const struct name *name)
{
	static const char prefix[] = "symbol:";
	const size_t prefix_size = sizeof(prefix) - 1;
	char *const key = arena_text_room(arena, prefix_size + name->length);

	if (key) {
		memcpy(key, prefix, prefix_size);
		memcpy(key + prefix_size, name->text, name->length);
	}
	return key;
}

int output_make_symbols_bin(const struct output_sources *sources, const struct dep_lines *lines,
			    struct output_file *output)
{
	_cleanup_(items_done) struct items items = { 0 };
	int r = 0;

	(void)lines;
	for (uint32_t i = 0; r >= 0 && i < sources->symbols->count; i++) {
		const uint32_t owner = sources->dependencies->owners[i];
		const char *key;

		if (owner >= sources->modules->count)
			continue;
		key = symbol_key(&items.texts, &sources->symbols->names[i]);
		r = key ? items_add(&items, key, sources->modules->modules[owner].name, owner) :
			  -ENOMEM;
	}
	return r < 0 ? r : build(&items, output);
}

/* ---- modules.alias.bin and modules.builtin.alias.bin ----------------------------------------- */

/* Adds @alias as it is looked up, that is, normalised. */
static int add_alias(struct items *items, const char *alias, const char *module, uint32_t priority,
		     struct messages *messages)
{
	char normalized[PATH_MAX];
	const size_t length = strlen(alias);

	if (length < PATH_MAX && strcspn(alias, "-[]") == length)
		return items_add(items, alias, module, priority);
	if (alias_normalize_copy(alias, normalized) < 0) {
		messages_add(messages, priority, "", LOG_WARNING, "Unmatched bracket in %s", alias);
		return 0;
	}
	alias = arena_text(&items->texts, normalized, strlen(normalized));
	return alias ? items_add(items, alias, module, priority) : -ENOMEM;
}

static int report_repeats(const struct items *items, struct output_file *output)
{
	_cleanup_free_ size_t *repeats = NULL;
	size_t count;
	const int r = index_find_repeats(items->items, items->count, &repeats, &count);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		const struct index_item *const item = &items->items[repeats[i]];

		messages_add(&output->messages, item->priority, "", LOG_WARNING,
			     "duplicate module alias:");
		messages_add(&output->messages, item->priority, "", LOG_WARNING | CLI_CONTINUED,
			     "%s %s", item->key, item->value);
	}
	return 0;
}

int output_make_alias_bin(const struct output_sources *sources, const struct dep_lines *lines,
			  struct output_file *output)
{
	_cleanup_(items_done) struct items items = { 0 };
	int r = 0;

	(void)lines;
	for (uint32_t i = 0; r >= 0 && i < sources->modules->count; i++) {
		const struct module *const module = &sources->modules->modules[i];
		const char *next = module->facts.texts, *alias;

		while (r >= 0 && (alias = facts_next_text(&module->facts, FACTS_ALIAS, &next)))
			r = add_alias(&items, alias, module->name, i, &output->messages);
	}
	if (r >= 0 && sources->report_repeats)
		r = report_repeats(&items, output);
	return r < 0 ? r : build(&items, output);
}

/* ---- What the kernel build says of modules that are built in --------------------------------- */

/*
 * Reads the file @name of the directory of modules. Returns 1; 0 with an empty file in @output,
 * and something to be said, when there is none; a negative errno, which is said as well. A file that
 * is there but cannot be opened is not none: modules would not be known to be built in any more.
 */
static int read_input(const struct output_sources *sources, const char *name,
		      struct output_file *output, char **ret_text, size_t *ret_size)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (asprintf(&path, "%s/%s", sources->root, name) < 0)
		return -ENOMEM;
	fd = open_file(AT_FDCWD, path);
	if (fd < 0) {
		messages_add(&output->messages, 0, "", fd == -ENOENT ? LOG_WARNING : LOG_ERR,
			     "could not open %s at %s: %s", name, sources->root, strerror(-fd));
		if (fd != -ENOENT)
			return fd;
		output->data = malloc(1);
		output->size = 0;
		return output->data ? 0 : -ENOMEM;
	}
	r = read_all(fd, FILE_SIZE_LIMIT, ret_text, ret_size);
	if (r >= 0)
		return 1;
	messages_add(&output->messages, 0, "", LOG_ERR, "could not read %s: %s", path,
		     strerror(-r));
	return r;
}

/* Adds the name in @line of modules.builtin; a newline counts as a part of it, if it is there. */
static int add_builtin(struct items *items, const char *line, struct messages *messages)
{
	char name[PATH_MAX];
	const char *key;
	size_t length;

	if (!isalpha((unsigned char)line[0])) {
		messages_add(messages, 0, "", LOG_ERR, "Invalid modules.builtin line: %s", line);
		if (strchr(line, '\n'))
			messages_add(messages, 0, "", LOG_ERR | CLI_CONTINUED, "%s", "");
		return 0;
	}
	length = module_name_normalize(path_basename(line), name);
	key = arena_text(&items->texts, name, length);
	return key ? items_add(items, key, "", 0) : -ENOMEM;
}

int output_make_builtin_bin(const struct output_sources *sources, const struct dep_lines *lines,
			    struct output_file *output)
{
	_cleanup_(items_done) struct items items = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r = read_input(sources, "modules.builtin", output, &text, &size);

	(void)lines;
	if (r <= 0)
		return r;
	for (struct span rest = span_of(text, size); r >= 0 && rest.size > 0;) {
		const uint8_t *const newline = memchr(rest.data, '\n', rest.size);
		const size_t length =
			newline ? (size_t)(newline - rest.data) + 1 : rest.size;
		const char *const line = arena_text(&items.texts, span_take(&rest, length), length);

		r = line ? add_builtin(&items, line, &output->messages) : -ENOMEM;
	}
	return r < 0 ? r : build(&items, output);
}

/* Adds what @record, "MODULE.KEY=VALUE", says if that is an alias. It is cut into its parts. */
static int add_builtin_alias(struct items *items, char *record, struct messages *messages)
{
	static const char key[] = "alias=";
	char *const dot = strchr(record, '.');

	if (!dot || strncmp(dot + 1, key, sizeof(key) - 1) != 0 || dot[sizeof(key)] == '\0')
		return 0;
	*dot = '\0';
	return add_alias(items, dot + sizeof(key), record, 0, messages);
}

int output_make_builtin_alias_bin(const struct output_sources *sources,
				  const struct dep_lines *lines, struct output_file *output)
{
	_cleanup_(items_done) struct items items = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r = read_input(sources, "modules.builtin.modinfo", output, &text, &size);

	(void)lines;
	if (r <= 0)
		return r;
	for (char *record = text, *end; r >= 0; record = end + 1) {
		end = memchr(record, '\0', size - (size_t)(record - text));
		if (!end)
			break;
		r = add_builtin_alias(&items, record, &output->messages);
	}
	return r < 0 ? r : build(&items, output);
}
