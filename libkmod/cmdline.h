/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel command line -> the same entries as a configuration file has.
 *
 * A word MODULE.PARAM or MODULE.PARAM=VALUE is an option of a module; modprobe.blacklist=A,B is
 * a list of modules. All other words are for somebody else.
 *
 * Double quotes let white space be part of VALUE, and stay in it. The kernel's boot loaders put
 * the first one in front of the whole word; it is then moved: "a.b=c d" gives b="c d". A quote at
 * any other place before the '=' makes the word unusable, as do quotes that are still open.
 */
#ifndef KMOD_CMDLINE_H
#define KMOD_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "libkmod/config-parse.h"

/* A command line that is being taken apart, in place. */
struct cmdline {
	char *next;
	char *end;
	bool quoted;	 /* an odd number of quotes has gone by */
	char *blacklist; /* what is left of a list of modules; NULL outside of one */
};

/*
 * The command line in the @size bytes at @text, up to the first NUL among them. The byte after
 * them belongs to the text as well, for a NUL.
 */
struct cmdline cmdline_of(char *text, size_t size);

/*
 * The next entry, which is of CONFIG_OPTIONS or CONFIG_BLACKLIST, and whose strings are in the
 * text. In the first case the name is normalized; in the second, as ever, it is not. Returns
 * 1 with it in *@ret_entry; 0 at the end; -EBADMSG when the name of a module is invalid, which
 * *@ret_entry then has: it may be called again.
 */
int cmdline_next(struct cmdline *cmdline, struct config_entry *ret_entry);

#endif
