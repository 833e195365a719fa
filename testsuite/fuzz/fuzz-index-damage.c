/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/format/index-read.c, with indexes that index-write.c has made and that
 * were damaged then, a field at a time.
 *
 * An input is a name to be looked up, in a piece, the damage, and items as in fuzz-index-write.c.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "index-lookups.h"
#include "input.h"
#include "libkmod/format/index-write.h"

#define ITEMS_MAX 256U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct index_item items[ITEMS_MAX];
	struct span input = span_of(data, size);
	const struct span name_bytes = input_piece(&input);
	struct span damage = input_piece(&input);
	const size_t count = input_items(input, items, ITEMS_MAX);
	size_t file_size = 0, bad = 0;
	uint8_t *file = NULL;
	struct index *index;

	if (index_build(items, count, &file, &file_size, &bad) < 0)
		return -1;
	input_damage(&damage, file, file_size);
	index = index_of_bytes(span_of(file, file_size));
	if (index) {
		char *const name = input_text(name_bytes);

		index_check_lookups(index, name, file_size);
		free(name);
		index_free(index);
	}
	free(file);
	return 0;
}
