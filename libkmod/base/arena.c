/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory for many small things that live equally long: taken piece by piece, freed at once.
 */
#include "libkmod/base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/overflow.h"

/* The first block has this size; each later one is as large as all before it, within limits. */
#define BLOCK_MIN ((size_t)4 << 10)
#define BLOCK_MAX ((size_t)256 << 10)

struct arena_block {
	struct arena_block *next;
	size_t size;
	alignas(max_align_t) unsigned char data[];
};

void arena_done(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *const next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
	*arena = (struct arena){ 0 };
}

void arena_adopt(struct arena *arena, struct arena *other)
{
	struct arena_block **last = &other->blocks;

	if (!arena->blocks) {
		*arena = *other;
		*other = (struct arena){ 0 };
		return;
	}
	while (*last)
		last = &(*last)->next;
	*last = arena->blocks->next;
	arena->blocks->next = other->blocks;
	arena->total += other->total;
	*other = (struct arena){ 0 };
}

static size_t block_size(const struct arena *arena)
{
	if (arena->total < BLOCK_MIN)
		return BLOCK_MIN;
	return arena->total < BLOCK_MAX ? arena->total : BLOCK_MAX;
}

/* Adds a block in which @size bytes have room. */
static int add_block(struct arena *arena, size_t size)
{
	const size_t usual = block_size(arena);
	const size_t room = size > usual ? size : usual;
	struct arena_block *block;
	size_t bytes;

	if (!size_add(sizeof(*block), room, &bytes))
		return -1;
	block = malloc(bytes);
	if (!block)
		return -1;
	block->next = arena->blocks;
	block->size = room;
	arena->blocks = block;
	arena->used = 0;
	arena->total += room;
	return 0;
}

/* The next @size bytes, after the ones that @align asks to be left out. */
static void *take(struct arena *arena, size_t size, size_t align)
{
	const size_t gap = -arena->used % align;
	void *p;

	if (!arena->blocks || gap > arena->blocks->size - arena->used ||
	    size > arena->blocks->size - arena->used - gap) {
		if (add_block(arena, size) < 0)
			return NULL;
	} else {
		arena->used += gap;
	}
	p = arena->blocks->data + arena->used;
	arena->used += size;
	return p;
}

void *arena_take(struct arena *arena, size_t size)
{
	return take(arena, size, alignof(max_align_t));
}

char *arena_text_room(struct arena *arena, size_t size)
{
	size_t with_nul;
	char *text;

	if (!size_add(size, 1, &with_nul))
		return NULL;
	text = take(arena, with_nul, 1);
	if (text)
		text[size] = '\0';
	return text;
}

char *arena_text(struct arena *arena, const void *data, size_t size)
{
	char *const text = arena_text_room(arena, size);

	if (text && size > 0)
		memcpy(text, data, size);
	return text;
}
