/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Matching a name with a pattern that comes a piece at a time.
 *
 * While the patterns of an index are walked through, what they have in common is compared once,
 * and whole branches are left alone as soon as nothing in them can match. For that it is kept how
 * far in the name the pattern so far may have got: a set of positions, one bit each.
 *
 * Pieces that this does not understand ([...], backslashes) make the state opaque: then only
 * fnmatch(3) on the whole pattern can tell.
 */
#ifndef FORMAT_GLOB_H
#define FORMAT_GLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libkmod/format/span.h"

#define GLOB_WORDS 4
#define GLOB_BITS (GLOB_WORDS * 64)

/* A name to be matched. */
struct glob {
	const char *name;
	size_t length;
	bool simple; /* short enough, and plain ASCII, so that the locale has no say in it */
	uint64_t places[128][GLOB_WORDS]; /* of each character in the name */
};

struct glob_state {
	uint64_t at[GLOB_WORDS]; /* the positions that the name may be at */
	bool opaque;
};

/* Prepares for matching @name, or the end of it. Borrows it. */
void glob_init(struct glob *glob, const char *name);

/* The state before any pattern, which @rest, the name or an end of it, is to match. */
struct glob_state glob_start(const struct glob *glob, const char *rest);

/* Takes the next piece of the pattern. False when nothing that starts so can match. */
bool glob_advance(const struct glob *glob, struct glob_state *state, struct span piece);

/* What glob_matches() is about to cost: @size is that of the pattern. 0: next to nothing. */
uint64_t glob_cost(const struct glob *glob, const struct glob_state *state, size_t size,
		   const char *rest);

/* Whether the pattern so far, which as a whole is @pattern, matches all of @rest. */
bool glob_matches(const struct glob *glob, const struct glob_state *state, const char *pattern,
		  const char *rest);

#endif
