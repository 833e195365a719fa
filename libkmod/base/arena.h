/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory for many small things that live equally long: taken piece by piece, freed at once.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

/* All zero: an empty one. What it gives stays where it is. */
struct arena {
	struct arena_block *blocks; /* the newest first */
	size_t used;		    /* in the newest */
	size_t total;		    /* bytes in all blocks */
};

/* Frees all that was taken, and leaves an empty arena. */
void arena_done(struct arena *arena);

/* Moves all that was taken from @other to @arena, where it stays what and where it is. */
void arena_adopt(struct arena *arena, struct arena *other);

/* @size bytes, aligned for anything, not initialised. NULL when memory ran out. */
void *arena_take(struct arena *arena, size_t size);

/* Room for a text of @size bytes, and the NUL behind it; not aligned. NULL when memory ran out. */
char *arena_text_room(struct arena *arena, size_t size);

/* A copy of the @size bytes at @data, and a NUL; not aligned. NULL when memory ran out. */
char *arena_text(struct arena *arena, const void *data, size_t size);

#endif
