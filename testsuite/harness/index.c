/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the indexes that depmod writes: a trie, big-endian, each node before its children.
 *
 *	file: magic, version, reference to the root, nodes
 *	node: prefix, NUL; first and last letter of a child, a reference to each in between;
 *	      count of values, each a priority and text, NUL
 *
 * A reference is the offset of a node and, in the highest bits, which parts the node has. The key
 * of a node is what was passed on the way to it: prefixes, and in between the letters of children.
 */
#include "index.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAGIC = 0xb007f457u,
	VERSION = 0x00020001,
	HAS_PREFIX = 0x80000000u,
	HAS_VALUES = 0x40000000,
	HAS_CHILDREN = 0x20000000,
	ROOT_AT = 8,
};

struct buffer {
	uint8_t *data;
	size_t size, room;
};

static void add(struct buffer *buffer, const void *data, size_t size)
{
	if (buffer->size + size > buffer->room) {
		const size_t room = 2 * (buffer->size + size) + 4096;
		uint8_t *const grown = keep(room);

		if (buffer->size > 0)
			memcpy(grown, buffer->data, buffer->size);
		buffer->data = grown;
		buffer->room = room;
	}
	memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
}

static void store_be32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void add_be32(struct buffer *buffer, uint32_t value)
{
	uint8_t raw[4];

	store_be32(raw, value);
	add(buffer, raw, sizeof(raw));
}

static void add_values(struct buffer *out, const struct index_entry *entries, size_t count)
{
	add_be32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		add_be32(out, entries[i].priority);
		add(out, entries[i].value, strlen(entries[i].value) + 1);
	}
}

/*
 * Adds a node for @entries, whose keys are sorted and have their first @at letters in common, and
 * all below it. Returns the reference to it. The root has no prefix.
 */
static uint32_t add_nodes(struct buffer *out, const struct index_entry *entries, size_t count,
			  size_t at, bool root)
{
	const size_t offset = out->size;
	uint32_t reference = (uint32_t)offset;
	size_t end = at, values = 0, slots;
	uint8_t range[2];

	if (count == 0)
		return reference;
	while (!root && entries[0].key[end] && entries[0].key[end] == entries[count - 1].key[end])
		end++;
	if (end > at) {
		reference |= HAS_PREFIX;
		add(out, entries[0].key + at, end - at);
		add(out, "", 1);
	}
	while (values < count && entries[values].key[end] == '\0')
		values++;
	slots = out->size + sizeof(range);
	if (values < count) {
		reference |= HAS_CHILDREN;
		range[0] = (uint8_t)entries[values].key[end];
		range[1] = (uint8_t)entries[count - 1].key[end];
		add(out, range, sizeof(range));
		for (unsigned int c = range[0]; c <= range[1]; c++)
			add_be32(out, 0);
	}
	if (values > 0) {
		reference |= HAS_VALUES;
		add_values(out, entries, values);
	}

	for (size_t from = values, to; from < count; from = to) {
		const char letter = entries[from].key[end];
		uint32_t child;

		for (to = from; to < count && entries[to].key[end] == letter; to++)
			;
		child = add_nodes(out, entries + from, to - from, end + 1, false);
		store_be32(out->data + slots + 4 * (size_t)((uint8_t)letter - range[0]), child);
	}
	return reference;
}

static bool comes_before(const struct index_entry *a, const struct index_entry *b)
{
	const int order = strcmp(a->key, b->key);

	return order < 0 || (order == 0 && a->priority <= b->priority);
}

struct bytes index_made(const struct index_entry *entries, size_t count)
{
	struct index_entry *const sorted = keep(count * sizeof(*sorted));
	struct buffer out = { 0 };
	uint32_t root;

	/* Each goes before those of its key and priority that are there already. */
	for (size_t i = 0; i < count; i++) {
		size_t at = i;

		while (at > 0 && comes_before(&entries[i], &sorted[at - 1])) {
			sorted[at] = sorted[at - 1];
			at--;
		}
		sorted[at] = entries[i];
	}
	add_be32(&out, MAGIC);
	add_be32(&out, VERSION);
	add_be32(&out, 0);
	root = add_nodes(&out, sorted, count, 0, true);
	store_be32(out.data + ROOT_AT, root);
	return (struct bytes){ out.data, out.size };
}

struct bytes index_empty(void)
{
	return index_made(NULL, 0);
}
