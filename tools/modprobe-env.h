/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MODPROBE_OPTIONS: options that modprobe finds in its environment, and leaves there.
 */
#ifndef TOOLS_MODPROBE_ENV_H
#define TOOLS_MODPROBE_ENV_H

#include <stddef.h>

#include "libkmod/base/strbuf.h"

struct cli;

/*
 * Takes the next word off *@rest, in place; NULL when there is none.
 *
 * Every single space ends a word, so that there are empty ones, but not after the last space. What
 * stands between two quotes of a kind belongs to its word as it is, spaces included. A quote at
 * the beginning of a word makes what it encloses a word of its own: the space behind it ends
 * another, empty one. A quote without a partner is a character like others, and so is all behind
 * it.
 */
char *modprobe_env_next_word(char **rest);

/* Arguments, of which some come from the environment. A zeroed object has none. */
struct modprobe_env_args {
	char **argv; /* @count of them, then NULL */
	size_t count, room;
	char *words; /* the value of the variable, taken apart */
};

void modprobe_env_args_done(struct modprobe_env_args *args);

/*
 * Fills @args, which is zeroed, with @argv and behind its first string the words in the variable.
 * Returns 0 or -ENOMEM; the caller empties @args in either case.
 */
int modprobe_env_collect(char *const argv[], struct modprobe_env_args *args);

/* Adds @option, and @argument unless that is NULL, to the options that are to be passed on. */
void modprobe_env_add(struct strbuf *passed, const char *option, const char *argument);

/*
 * Appends all of @passed to the variable: the commands that modprobe runs may run modprobe. Once,
 * as each setenv() leaves behind what was there. Returns 0; -ENOMEM, which it has logged.
 */
int modprobe_env_pass_on(struct cli *cli, const struct strbuf *passed);

#endif
