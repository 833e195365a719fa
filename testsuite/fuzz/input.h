/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For fuzz targets whose input is not the file itself but how to make it: takes such an input
 * apart. Every input means something, and where it ends there are zeroes.
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include "libkmod/format/index-write.h"
#include "libkmod/format/span.h"

static inline uint8_t input_byte(struct span *input)
{
	const uint8_t *const p = span_take(input, 1);

	return p ? *p : 0;
}

static inline uint32_t input_number(struct span *input)
{
	const uint8_t *const p = span_take(input, 4);

	return p ? load_le32(p) : 0;
}

/* A piece whose length, in two bytes, is in front of it; or what is left, if that is less. */
static inline struct span input_piece(struct span *input)
{
	const uint8_t *const p = span_take(input, 2);
	const size_t wanted = p ? load_le16(p) : 0;
	const size_t size = wanted < input->size ? wanted : input->size;

	return span_of(span_take(input, size), size);
}

/* The bytes as a text, up to a NUL among them, in a block that the caller frees. */
char *input_text(struct span bytes);

/*
 * Takes @input for a list of items: key, NUL, value, NUL, priority (one byte). Writes up to @max of
 * them to @items, which borrow its bytes, and returns how many.
 */
size_t input_items(struct span input, struct index_item *items, size_t max);

/* Writes @value, as many of its bytes as @width, to @p. */
void put_number(uint8_t *p, size_t width, bool big_endian, uint64_t value);

/*
 * Puts bad values into the @size bytes at @file, as @input says: how many, and for each, where, how
 * wide it is, in which byte order, and which value: 0, 1, all ones, about the size of the file, its
 * own position, a power of two, or any number.
 */
void input_damage(struct span *input, uint8_t *file, size_t size);

#endif
