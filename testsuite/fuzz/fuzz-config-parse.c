/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/config-parse.c.
 */
#include "libkmod/config-parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "libkmod/name.h"

static const char *const commands[] = {
	[CONFIG_ALIAS] = "alias",     [CONFIG_BLACKLIST] = "blacklist",
	[CONFIG_INSTALL] = "install", [CONFIG_OPTIONS] = "options",
	[CONFIG_REMOVE] = "remove",   [CONFIG_SOFTDEP] = "softdep",
	[CONFIG_WEAKDEP] = "weakdep",
};

static void *allocate(size_t size)
{
	void *const block = malloc(size);

	fuzz_assert(block);
	return block;
}

/*
 * The next logical line of the *@size bytes at *@data, found in the simplest way: a byte after
 * another, into a block of its own, which the caller frees.
 */
static char *simple_line(const char **data, size_t *size)
{
	char *const line = allocate(*size + 1);
	bool escaped = false;
	size_t n = 0;

	while (*size > 0) {
		const char c = *(*data)++;

		--*size;
		if (!escaped && c == '\n')
			break;
		if (!escaped && c == '\\') {
			escaped = true;
			continue;
		}
		if (!(escaped && c == '\n'))
			line[n++] = c;
		escaped = false;
	}
	line[n] = '\0';
	return line;
}

/* That the dependencies of @entry are words of it, and end. */
static void check_deps(const struct config_entry *entry)
{
	const char *end = entry->value;
	struct config_dep dep = { 0 };

	while (config_dep_next(entry, &dep)) {
		fuzz_assert(dep.name >= end && dep.name[0] != '\0');
		fuzz_assert(dep.list != CONFIG_DEP_NONE);
		fuzz_assert((dep.list == CONFIG_DEP_WEAK) == (entry->kind == CONFIG_WEAKDEP));
		end = dep.name + strlen(dep.name);
		fuzz_assert(end <= entry->value + entry->value_size);
	}
}

/* That a line made from @entry gives the same entry again. */
static void check_again(const struct config_entry *entry)
{
	const size_t size = strlen("blacklist") + strlen(entry->name) + entry->value_size + 4;
	char *const line = allocate(size);
	struct config_entry again = { 0 };
	const char *word = NULL;
	char *end = line;

	end = stpcpy(end, commands[entry->kind]);
	*end++ = ' ';
	end = stpcpy(end, entry->name);
	if (entry->value) {
		*end++ = ' ';
		for (size_t i = 0; i < entry->value_size; i++)
			*end++ = entry->value[i] != '\0' ? entry->value[i] : ' ';
	}
	/* The one list without words. */
	if (entry->value && entry->value_size == 0)
		*end++ = ' ';
	*end = '\0';

	fuzz_assert(config_parse_line(line, &again, &word) == 1);
	fuzz_assert(again.kind == entry->kind);
	fuzz_assert(strcmp(again.name, entry->name) == 0);
	fuzz_assert(again.value_size == entry->value_size);
	fuzz_assert(!again.value == !entry->value);
	if (entry->value)
		fuzz_assert(memcmp(again.value, entry->value, entry->value_size + 1) == 0);
	free(line);
}

/* That the strings of @entry lie in the @size bytes of @line, with their NULs, in order. */
static void check_entry(const struct config_entry *entry, const char *line, size_t size)
{
	const bool is_list = entry->kind == CONFIG_SOFTDEP || entry->kind == CONFIG_WEAKDEP;
	const char *const name_end = entry->name + strlen(entry->name);

	fuzz_assert(entry->kind < CONFIG_KINDS);
	fuzz_assert(entry->name > line && name_end < line + size && name_end > entry->name);
	fuzz_assert((entry->kind == CONFIG_BLACKLIST) == !entry->value);
	if (entry->value) {
		fuzz_assert(entry->value > name_end);
		fuzz_assert(entry->value + entry->value_size < line + size);
		fuzz_assert(entry->value[entry->value_size] == '\0');
		if (is_list)
			check_deps(entry);
		else
			fuzz_assert(strlen(entry->value) == entry->value_size);
	}
	check_again(entry);
}

static void check_line(char *line)
{
	const size_t size = strlen(line) + 1;
	struct config_entry entry = { 0 };
	const char *word = NULL;
	const int r = config_parse_line(line, &entry, &word);

	fuzz_assert(r == 0 || r == 1 || r == -EBADMSG || r == -ENOTSUP);
	fuzz_assert((r == 0) == !word);
	if (word)
		fuzz_assert(word >= line && word + strlen(word) < line + size && word[0] != '\0');
	if (r == 1)
		check_entry(&entry, line, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *rest = (const char *)data;
	size_t rest_size = size;
	char *const text = allocate(size + 1);
	struct config_lines lines = config_lines_of(text, size);
	unsigned int number = 0;
	char *line = NULL;

	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\n'; /* not part of the text */

	while (config_lines_next(&lines, &line)) {
		char *const expected = simple_line(&rest, &rest_size);

		fuzz_assert(strcmp(line, expected) == 0);
		free(expected);
		fuzz_assert(lines.number > number);
		number = lines.number;
		check_line(line);
	}
	fuzz_assert(rest_size == 0);
	free(text);
	return 0;
}
