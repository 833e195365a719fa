/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The indexes that depmod writes, as tests want them.
 */
#ifndef HARNESS_INDEX_H
#define HARNESS_INDEX_H

#include "bytes.h"

struct index_entry {
	const char *key;
	const char *value;
	uint32_t priority;
};

/*
 * An index (modules.dep.bin and so on) of @entries in any order. Keys may be there several times:
 * their values are put in ascending order of priority, and of equal ones the last comes first.
 */
struct bytes index_made(const struct index_entry *entries, size_t count);

/* The same with the entries as arguments: INDEX({ "key", "value", 0 }, { "key2", "value2", 1 }) */
#define INDEX(...)                                                       \
	index_made((const struct index_entry[]){ __VA_ARGS__ },          \
		   sizeof((const struct index_entry[]){ __VA_ARGS__ }) / \
			   sizeof(struct index_entry))

/* An index that knows nothing. */
struct bytes index_empty(void);

#endif
