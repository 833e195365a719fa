/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel command line -> the same entries as a configuration file has.
 */
#include "libkmod/cmdline.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "libkmod/name.h"

/* The list of modules in the option "blacklist" of modprobe, which is none. */
#define BLACKLIST_MODULE "modprobe"
#define BLACKLIST_PARAM "blacklist="

/* The marks in a word; NULL where they are missing. */
struct word {
	char *module;
	char *dot;   /* between the module and the parameter */
	char *equal; /* between the parameter and the value */
	bool quote;  /* stands before the module */
	bool usable; /* so far */
};

struct cmdline cmdline_of(char *text, size_t size)
{
	const size_t n = strnlen(text, size);

	text[n] = '\0';
	return (struct cmdline){ .next = text, .end = text + n };
}

static bool is_white_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Takes note of the character at @p, if it is a mark; before the value, each has its one place. */
static void word_mark(struct word *word, char *p)
{
	if (word->equal)
		return;
	if (*p == '.' && !word->dot)
		word->dot = p;
	else if (*p == '=' && word->dot)
		word->equal = p;
	else if (*p == '.' || *p == '=' || *p == '"')
		word->usable = false;
}

/* Finds the next word, and ends it with a NUL. Returns false at the end. */
static bool word_next(struct cmdline *cmdline, struct word *ret_word)
{
	struct word word = { .usable = !cmdline->quoted };
	char *p = cmdline->next;

	while (is_white_space(*p))
		p++;
	if (p == cmdline->end)
		return false;

	word.quote = *p == '"';
	if (word.quote) {
		cmdline->quoted = !cmdline->quoted;
		p++;
	}
	for (word.module = p; p < cmdline->end; p++) {
		if (is_white_space(*p) && !(cmdline->quoted && word.equal))
			break;
		if (*p == '"')
			cmdline->quoted = !cmdline->quoted;
		word_mark(&word, p);
	}
	if (!word.dot || cmdline->quoted)
		word.usable = false;

	cmdline->next = p < cmdline->end ? p + 1 : p;
	*p = '\0';
	*ret_word = word;
	return true;
}

/*
 * Moves the quote before the module to before the value: all between goes back by one. There is
 * a value, for a usable word has its other quotes in it, and one of these closes this one.
 */
static void word_move_quote(struct word *word)
{
	char *const quote = word->module - 1;

	assert(word->equal);
	memmove(quote, word->module, (size_t)(word->equal + 1 - word->module));
	*word->equal = '"';
	word->module--;
	word->dot--;
	word->equal--;
}

/* The next element of the list of modules. */
static struct config_entry blacklist_next(struct cmdline *cmdline)
{
	char *const name = strsep(&cmdline->blacklist, ",");

	return (struct config_entry){ .kind = CONFIG_BLACKLIST, .name = name };
}

static bool is_blacklist(const char *module, const char *param)
{
	return strcmp(module, BLACKLIST_MODULE) == 0 &&
	       strncmp(param, BLACKLIST_PARAM, strlen(BLACKLIST_PARAM)) == 0;
}

int cmdline_next(struct cmdline *cmdline, struct config_entry *ret_entry)
{
	struct word word;
	char *param;
	int r;

	if (cmdline->blacklist) {
		*ret_entry = blacklist_next(cmdline);
		return 1;
	}

	do {
		if (!word_next(cmdline, &word))
			return 0;
	} while (!word.usable);

	if (word.quote)
		word_move_quote(&word);
	*word.dot = '\0';
	param = word.dot + 1;
	if (is_blacklist(word.module, param)) {
		cmdline->blacklist = param + strlen(BLACKLIST_PARAM);
		*ret_entry = blacklist_next(cmdline);
		return 1;
	}

	config_options_normalize(param);
	r = alias_normalize(word.module);
	*ret_entry = (struct config_entry){
		.kind = CONFIG_OPTIONS,
		.name = word.module,
		.value = param,
		.value_size = strlen(param),
	};
	return r < 0 ? -EBADMSG : 1;
}
