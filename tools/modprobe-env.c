/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MODPROBE_OPTIONS: options that modprobe finds in its environment, and leaves there.
 *
 * The rules for words are odd, and old: they are what people's scripts were made with.
 */
#include "tools/modprobe-env.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/array.h"
#include "tools/cli.h"

#define VARIABLE "MODPROBE_OPTIONS"

/* ---- Words ----------------------------------------------------------------------------- */

/* The partner of the quote at @p; NULL when it has none, or is no quote. */
static char *closing_quote(char *p)
{
	return *p == '"' || *p == '\'' ? strchr(p + 1, *p) : NULL;
}

static char *copy(char *to, const char *from, size_t n)
{
	memmove(to, from, n);
	return to + n;
}

char *modprobe_env_next_word(char **rest)
{
	char *p = *rest;
	char *end = closing_quote(p);
	char *word = p, *to = p;

	if (*p == '\0')
		return NULL;
	if (end) {
		*end = '\0';
		*rest = end + 1;
		return p + 1;
	}

	while (*p != '\0' && *p != ' ') {
		size_t n = 1;

		end = closing_quote(p);
		if (end) {
			to = copy(to, p + 1, (size_t)(end - (p + 1)));
			p = end + 1;
			continue;
		}
		if (*p == '"' || *p == '\'')
			n = strlen(p);
		to = copy(to, p, n);
		p += n;
	}
	*rest = *p == ' ' ? p + 1 : p;
	*to = '\0';
	return word;
}

/* ---- Arguments ------------------------------------------------------------------------- */

void modprobe_env_args_done(struct modprobe_env_args *args)
{
	free(args->argv);
	free(args->words);
}

/* Appends @arg; the array ends with NULL. */
static int append(struct modprobe_env_args *args, char *arg)
{
	char **const grown =
		array_reserve(args->argv, &args->room, args->count + 2, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	args->argv = grown;
	args->argv[args->count++] = arg;
	args->argv[args->count] = NULL;
	return 0;
}

int modprobe_env_collect(char *const argv[], struct modprobe_env_args *args)
{
	const char *const value = getenv(VARIABLE);
	char *rest, *word;
	int r = 0;

	rest = args->words = strdup(value ? value : "");
	if (!rest)
		return -ENOMEM;
	if (*argv)
		r = append(args, *argv++);
	while (r >= 0 && (word = modprobe_env_next_word(&rest)))
		r = append(args, word);
	for (; r >= 0 && *argv; argv++)
		r = append(args, *argv);
	return r;
}

void modprobe_env_add(struct strbuf *passed, const char *option, const char *argument)
{
	if (passed->size > 0)
		strbuf_add_char(passed, ' ');
	strbuf_add_text(passed, option);
	if (!argument)
		return;
	strbuf_add_char(passed, ' ');
	strbuf_add_text(passed, argument);
}

int modprobe_env_pass_on(struct cli *cli, const struct strbuf *passed)
{
	const char *const before = getenv(VARIABLE);
	_cleanup_(strbuf_done) struct strbuf value = { 0 };

	if (passed->size == 0 && !passed->failed)
		return 0;
	if (before && *before) {
		strbuf_add_text(&value, before);
		strbuf_add_char(&value, ' ');
	}
	strbuf_add(&value, passed->data, passed->size);
	strbuf_add_char(&value, '\0');
	if (passed->failed || value.failed || setenv(VARIABLE, value.data, 1) < 0) {
		cli_log(cli, LOG_ERR, "could not append value to $" VARIABLE);
		return -ENOMEM;
	}
	return 0;
}
