/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/format/index-read.c.
 *
 * An input is the length of a name (one byte), the name, an index. The name is looked up in it;
 * where the index is sound, with the result that a look at each of its entries gives.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "index-lookups.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of(data, size);
	const uint8_t *const length = span_take(&rest, 1);
	const uint8_t *const bytes = length ? span_take(&rest, *length) : NULL;
	struct index *index;
	char *name;

	if (!bytes)
		return 0;
	index = index_of_bytes(rest);
	if (!index)
		return 0;
	name = strndup((const char *)bytes, *length);
	fuzz_assert(name != NULL);
	index_check_lookups(index, name, rest.size);
	free(name);
	index_free(index);
	return 0;
}
