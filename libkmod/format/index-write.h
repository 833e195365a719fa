/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Builds a binary index file (modules.*.bin) in memory.
 *
 * The file depends on nothing but the items and their order. Time grows with the number of
 * characters in all keys and values together, whatever they are; so does memory.
 */
#ifndef FORMAT_INDEX_WRITE_H
#define FORMAT_INDEX_WRITE_H

#include <stddef.h>
#include <stdint.h>

/* One value of a key. The strings are borrowed; either may be empty. */
struct index_item {
	const char *key;
	const char *value;
	uint32_t priority;
};

/*
 * Builds the index of @items. Nothing is merged: each item is a value in it. Those of one key are
 * sorted by ascending priority; among equals, the later in @items comes first.
 *
 * Returns 0, with *@ret_size bytes at *@ret_data, which the caller frees; -EINVAL when a key or
 * value has a byte that is not 7-bit ASCII, with the position of the first such item in *@ret_bad,
 * which may be NULL; -EFBIG when the file would be larger than the format allows; -ENOMEM.
 */
int index_build(const struct index_item *items, size_t count, uint8_t **ret_data, size_t *ret_size,
		size_t *ret_bad);

/*
 * Finds the items that repeat an earlier one: same key and same value, whatever the priority.
 *
 * Returns 0, with the positions of *@ret_count items at *@ret_repeats, ascending, which the caller
 * frees; -ENOMEM.
 */
int index_find_repeats(const struct index_item *items, size_t count, size_t **ret_repeats,
		       size_t *ret_count);

#endif
