/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that the library says of a module's file.
 */
#ifndef SAID_H
#define SAID_H

#include "harness/bytes.h"

enum said_list {
	SAID_INFO,
	SAID_VERSIONS,
	SAID_SYMBOLS,
	SAID_DEPENDENCIES,
	SAID_LISTS
};

struct said {
	int results[SAID_LISTS]; /* how many entries there are, or a negative errno */
	char *text; /* an entry a line, from a newline to a newline, each list after its name */
	char *signature;       /* the entries about the signature, which are not in @text */
	const char *unfounded; /* an entry that is not in the file, in words; NULL: there is none */
};

/* Asks for all lists of the module at @path, which is @file, unpacked, with the signature @sig. */
struct said said_of(const char *path, struct bytes file, struct bytes sig);

void said_done(struct said *said);

/*
 * The first line of @part that is not one of @whole; NULL when all are. A checksum of 0, which
 * means that there is none, is not compared.
 */
const char *said_besides(const struct said *part, const struct said *whole);

#endif
