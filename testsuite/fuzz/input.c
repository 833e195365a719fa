/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes an input apart, and damages a file that is good, a field at a time, by rule.
 */
#include "input.h"

#include <string.h>

#include "fuzz.h"

char *input_text(struct span bytes)
{
	char *const text = malloc(bytes.size + 1);

	fuzz_assert(text != NULL);
	if (bytes.size > 0)
		memcpy(text, bytes.data, bytes.size);
	text[bytes.size] = '\0';
	return text;
}

size_t input_items(struct span input, struct index_item *items, size_t max)
{
	size_t count = 0;

	while (count < max) {
		const char *const key = span_take_string(&input);
		const char *const value = key ? span_take_string(&input) : NULL;

		if (!value)
			break;
		items[count++] = (struct index_item){ key, value, input_byte(&input) };
	}
	return count;
}

/* What a field becomes, with the @size of the file and its own @offset. */
static uint64_t bad_value(struct span *input, size_t size, size_t offset)
{
	switch (input_byte(input) % 8) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 2:
		return UINT64_MAX;
	case 3:
		return size;
	case 4:
		return size - 1;
	case 5:
		return offset;
	case 6:
		return UINT64_C(1) << input_byte(input) % 64;
	default:
		return input_number(input);
	}
}

void put_number(uint8_t *p, size_t width, bool big_endian, uint64_t value)
{
	for (size_t i = 0; i < width; i++)
		p[big_endian ? width - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

void input_damage(struct span *input, uint8_t *file, size_t size)
{
	for (unsigned int count = input_byte(input) % 8; count > 0 && size > 0; count--) {
		const size_t offset = input_number(input) % size;
		const uint8_t form = input_byte(input);
		const size_t width = (size_t)1 << (form & 3);

		if (width <= size - offset)
			put_number(file + offset, width, form & 4, bad_value(input, size, offset));
	}
}
