/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One line of configuration -> one entry.
 */
#include "libkmod/config-parse.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "libkmod/name.h"

/* What separates words of a line, and those of a dependency list. */
#define BLANKS " \t"
#define WHITE_SPACE " \t\n\v\f\r"

/* ---- Lines and words ------------------------------------------------------------------------ */

struct config_lines config_lines_of(char *text, size_t size)
{
	return (struct config_lines){ .next = text, .end = text + size };
}

/*
 * Takes the backslashes out of the line from @p on, where the first one is, and closes the gaps.
 * Returns where the line ends in the text, and counts the newlines in it.
 */
static char *unescape(char *p, const struct config_lines *lines, unsigned int *newlines)
{
	char *out = p;

	while (p < lines->end && *p != '\n') {
		if (*p == '\\') {
			p++;
			if (p == lines->end)
				break;
			if (*p == '\n') {
				(*newlines)++;
				p++;
				continue;
			}
		}
		*out++ = *p++;
	}
	*out = '\0';
	return p;
}

bool config_lines_next(struct config_lines *lines, char **ret_line)
{
	char *const line = lines->next;
	const size_t size = (size_t)(lines->end - line);
	char *end, *backslash;

	if (size == 0)
		return false;

	lines->number++;
	end = memchr(line, '\n', size);
	if (!end)
		end = lines->end;
	backslash = memchr(line, '\\', (size_t)(end - line));
	if (backslash)
		end = unescape(backslash, lines, &lines->number);
	else
		*end = '\0';

	lines->next = end < lines->end ? end + 1 : end;
	*ret_line = line;
	return true;
}

char *config_word_next(char **rest)
{
	char *const word = *rest + strspn(*rest, BLANKS);
	char *end = word + strcspn(word, BLANKS);

	if (end == word)
		return NULL;
	if (*end != '\0')
		*end++ = '\0';
	*rest = end;
	return word;
}

void config_options_normalize(char *options)
{
	for (char *tab = strchr(options, '\t'); tab; tab = strchr(tab, '\t'))
		*tab = ' ';
}

/* ---- Values: what follows the command and its first argument ----------------------------- */

/* These take the value out of @rest, in place, and leave it in @entry. -EBADMSG: there is none. */

static int parse_nothing(char *rest, struct config_entry *entry)
{
	return 0;
}

static int parse_module(char *rest, struct config_entry *entry)
{
	char *const module = config_word_next(&rest);

	if (!module || alias_normalize(module) < 0)
		return -EBADMSG;
	entry->value = module;
	entry->value_size = strlen(module);
	return 0;
}

static int parse_text(char *rest, struct config_entry *entry)
{
	if (*rest == '\0')
		return -EBADMSG;
	entry->value = rest;
	entry->value_size = strlen(rest);
	return 0;
}

static int parse_options(char *rest, struct config_entry *entry)
{
	config_options_normalize(rest);
	return parse_text(rest, entry);
}

/* Leaves one NUL after each word, and nothing else between them. No words are a value, too. */
static int parse_words(char *rest, struct config_entry *entry)
{
	char *const words = rest;
	char *end = words;

	if (*rest == '\0')
		return -EBADMSG;
	for (rest += strspn(rest, WHITE_SPACE); *rest != '\0'; rest += strspn(rest, WHITE_SPACE)) {
		const size_t n = strcspn(rest, WHITE_SPACE);

		memmove(end, rest, n);
		rest += n;
		if (*rest != '\0')
			rest++;
		end[n] = '\0';
		end += n + 1;
	}
	if (end == words)
		*end++ = '\0';
	entry->value = words;
	entry->value_size = (size_t)(end - words) - 1;
	return 0;
}

/* ---- Commands ---------------------------------------------------------------------------- */

/* The commands. All that are supported name a module or an alias first. */
static const struct command {
	const char *word;
	enum config_kind kind;
	int (*parse_value)(char *rest, struct config_entry *entry); /* NULL: no longer */
} commands[] = {
	{ "alias", CONFIG_ALIAS, parse_module },
	{ "blacklist", CONFIG_BLACKLIST, parse_nothing },
	{ .word = "config" },
	{ .word = "include" },
	{ "install", CONFIG_INSTALL, parse_text },
	{ "options", CONFIG_OPTIONS, parse_options },
	{ "remove", CONFIG_REMOVE, parse_text },
	{ "softdep", CONFIG_SOFTDEP, parse_words },
	{ "weakdep", CONFIG_WEAKDEP, parse_words },
};

static const struct command *command_find(const char *word)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].word, word) == 0)
			return &commands[i];
	return NULL;
}

static int command_parse(const struct command *command, char *arguments,
			 struct config_entry *ret_entry)
{
	char *const name = config_word_next(&arguments);
	struct config_entry entry = { .kind = command->kind, .name = name };
	int r;

	if (!name || alias_normalize(name) < 0)
		return -EBADMSG;
	r = command->parse_value(arguments, &entry);
	if (r < 0)
		return r;
	*ret_entry = entry;
	return 1;
}

int config_parse_line(char *line, struct config_entry *ret_entry, const char **ret_word)
{
	const struct command *command;
	const char *word;

	if (line[0] == '#')
		return 0;
	word = config_word_next(&line);
	if (!word)
		return 0;

	*ret_word = word;
	command = command_find(word);
	if (!command)
		return -EBADMSG;
	if (!command->parse_value)
		return -ENOTSUP;
	return command_parse(command, line, ret_entry);
}

/* ---- Softdeps and weakdeps --------------------------------------------------------------- */

/* The list that @word begins; CONFIG_DEP_NONE when it is a name. */
static enum config_dep_list dep_keyword(enum config_kind kind, const char *word)
{
	if (kind == CONFIG_WEAKDEP)
		return CONFIG_DEP_NONE;
	if (strcmp(word, "pre:") == 0)
		return CONFIG_DEP_PRE;
	if (strcmp(word, "post:") == 0)
		return CONFIG_DEP_POST;
	return CONFIG_DEP_NONE;
}

bool config_dep_next(const struct config_entry *entry, struct config_dep *dep)
{
	const char *const end = entry->value + entry->value_size;
	const char *word = entry->value;
	enum config_dep_list list = CONFIG_DEP_NONE;

	assert(entry->kind == CONFIG_SOFTDEP || entry->kind == CONFIG_WEAKDEP);

	if (dep->name) {
		word = dep->name + strlen(dep->name) + 1;
		list = dep->list;
	} else if (entry->kind == CONFIG_WEAKDEP) {
		list = CONFIG_DEP_WEAK;
	}

	for (; word < end; word += strlen(word) + 1) {
		const enum config_dep_list begins = dep_keyword(entry->kind, word);

		if (begins != CONFIG_DEP_NONE) {
			list = begins;
		} else if (list != CONFIG_DEP_NONE) {
			*dep = (struct config_dep){ .name = word, .list = list };
			return true;
		}
	}
	return false;
}
