/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Builds a binary index file (modules.*.bin) in memory.
 *
 * There is no tree. The items are sorted by key, and nodes are read off the sorted array: the keys
 * below a node are neighbours in it, and how many characters each of them has in common with the
 * one before it tells where the node ends and where each of its children starts.
 *
 * Keys are sorted by eight characters at a time, taken as one number; those that are still equal
 * are a range, to be sorted by the next eight. What neighbours have in common comes out of this on
 * the way. Then the nodes are written, each of them before its children, which is their order in
 * the file. Both steps have a stack of ranges yet to be dealt with. As these do not overlap and
 * none is empty there are never more of them than items, however deep the tree.
 */
#include "libkmod/format/index-write.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/array.h"
#include "libkmod/base/cleanup.h"
#include "libkmod/format/index-format.h"
#include "libkmod/format/span.h"

/* How many characters keys are sorted by at a time. */
#define WORD_SIZE 8U

/* So few entries are sorted faster one by one than by counting. */
#define FEW 48U

/* Where the reference of the root is. */
#define ROOT_SLOT 8U

/* Room that a file gets at first: enough for most, and no more than this. */
#define ROOM_PER_ITEM 32U
#define ROOM_MAX (4U << 20)

/* What a key has in common with the one before it that is the same. */
#define ALL UINT32_MAX

/* An item on the way to its place. */
struct entry {
	uint64_t word;		/* what it is to be sorted by */
	uint32_t item;
	uint32_t length;	/* of the key */
};

/* Entries from @first to before @end, with keys of which the first @depth characters are known. */
struct range {
	uint32_t first, end;
	uint32_t depth;
	uint32_t slot;		/* where in the file the reference to its node is */
};

struct builder {
	const struct index_item *items;
	size_t count;
	struct entry *entries;
	struct entry *spare;	/* room for as many */
	uint32_t *common;	/* number of characters a key has in common with the one before it */
	uint8_t *next;		/* the character of the key after these */
	struct range *ranges;	/* the stack */
	size_t pending;		/* ranges on it */
	uint8_t *file;
	size_t size;
	size_t room;
};

static void builder_done(struct builder *b)
{
	free(b->entries);
	free(b->spare);
	free(b->common);
	free(b->next);
	free(b->ranges);
	free(b->file);
}

static int builder_init(struct builder *b, const struct index_item *items, size_t count)
{
	/* So no number of entries, and no size of an array of them, is too large for 32 bits. */
	if (count > INDEX_SIZE_MAX / INDEX_VALUE_SIZE_MIN)
		return -EFBIG;
	b->items = items;
	b->count = count;
	b->entries = malloc((count + 1) * sizeof(*b->entries));
	b->spare = malloc((count + 1) * sizeof(*b->spare));
	b->common = malloc((count + 1) * sizeof(*b->common));
	b->next = malloc((count + 1) * sizeof(*b->next));
	b->ranges = malloc((count + 1) * sizeof(*b->ranges));
	return b->entries && b->spare && b->common && b->next && b->ranges ? 0 : -ENOMEM;
}

static void push_range(struct builder *b, struct range range)
{
	assert(b->pending < b->count);
	b->ranges[b->pending++] = range;
}

static bool is_ascii(const char *s, size_t length)
{
	uint64_t word, seen = 0;

	for (; length >= sizeof(word); length -= sizeof(word), s += sizeof(word)) {
		memcpy(&word, s, sizeof(word));
		seen |= word;
	}
	for (; length > 0; length--, s++)
		seen |= (uint8_t)*s;
	return (seen & 0x8080808080808080) == 0;
}

/*
 * Makes the entries, and room for the file. Returns 0; -EINVAL with the position of the first bad
 * item in *@ret_bad; -EFBIG; -ENOMEM.
 */
static int read_items(struct builder *b, size_t *ret_bad)
{
	size_t room = INDEX_HEADER_SIZE;

	for (size_t i = 0; i < b->count; i++) {
		const struct index_item *const item = &b->items[i];
		const size_t length = strlen(item->key);
		const size_t value_length = strlen(item->value);

		if (!is_ascii(item->key, length) || !is_ascii(item->value, value_length)) {
			if (ret_bad)
				*ret_bad = i;
			return -EINVAL;
		}
		if (length > INDEX_SIZE_MAX || value_length > INDEX_SIZE_MAX)
			return -EFBIG;
		if (room < ROOM_MAX)
			room += length + value_length + ROOM_PER_ITEM;
		b->entries[i] = (struct entry){ .item = (uint32_t)i, .length = (uint32_t)length };
	}
	b->file = array_reserve(NULL, &b->room, room < ROOM_MAX ? room : ROOM_MAX, 1);
	return b->file ? 0 : -ENOMEM;
}

/* ---- Sorting -------------------------------------------------------------------------------- */

/* The next characters of a key, with zeroes behind its end. Such numbers sort like the keys do. */
static uint64_t key_word(const char *key, size_t length)
{
	uint8_t bytes[WORD_SIZE] = {};

	if (length >= WORD_SIZE)
		memcpy(bytes, key, WORD_SIZE);
	else
		memcpy(bytes, key, length);
	return load_be64(bytes);
}

/* Whether the key ends in it. */
static bool word_is_last(uint64_t word)
{
	return (word & 0xff) == 0;
}

/* Copies @n entries from @from to @to, sorted by the byte of their words at @shift; stable. */
static void sort_by_byte(const struct entry *from, struct entry *to, size_t n, unsigned int shift)
{
	uint32_t places[256] = {};
	uint32_t place = 0;

	for (size_t i = 0; i < n; i++)
		places[from[i].word >> shift & 0xff]++;
	for (size_t byte = 0; byte < 256; byte++) {
		const uint32_t entries = places[byte];

		places[byte] = place;
		place += entries;
	}
	for (size_t i = 0; i < n; i++)
		to[places[from[i].word >> shift & 0xff]++] = from[i];
}

static void sort_few(struct entry *entries, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct entry entry = entries[i];
		size_t place = i;

		for (; place > 0 && entries[place - 1].word > entry.word; place--)
			entries[place] = entries[place - 1];
		entries[place] = entry;
	}
}

/* Sorts by the words, byte for byte from the last one on that they differ in. */
static void sort_by_word(struct entry *entries, struct entry *spare, size_t n)
{
	struct entry *from = entries, *to = spare;
	uint64_t differs = 0;

	if (n <= FEW) {
		sort_few(entries, n);
		return;
	}
	for (size_t i = 1; i < n; i++)
		differs |= entries[i].word ^ entries[0].word;
	for (unsigned int shift = 0; shift < 64; shift += 8) {
		struct entry *const other = from;

		if ((differs >> shift & 0xff) == 0)
			continue;
		sort_by_byte(from, to, n, shift);
		from = to;
		to = other;
	}
	if (from != entries)
		memcpy(entries, from, n * sizeof(*entries));
}

/* Sorts entries with the same key: by priority, then the last item first. */
static void sort_values(struct builder *b, uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i < end; i++) {
		struct entry *const entry = &b->entries[i];
		const uint32_t priority = b->items[entry->item].priority;

		entry->word = (uint64_t)priority << 32 | (UINT32_MAX - entry->item);
		if (i > first)
			b->common[i] = ALL;
	}
	sort_by_word(b->entries + first, b->spare, end - first);
}

/* What is left to do about entries that have had the same word at @depth. */
static void sort_equal(struct builder *b, uint32_t first, uint32_t end, uint32_t depth)
{
	if (end - first == 1)
		return;
	if (word_is_last(b->entries[first].word)) {
		sort_values(b, first, end);
		return;
	}
	push_range(b, (struct range){ .first = first, .end = end, .depth = depth + WORD_SIZE });
}

/* Sorts by the next word of the keys. */
static void sort_range(struct builder *b, const struct range *range)
{
	struct entry *const entries = b->entries;
	uint32_t first = range->first;

	for (uint32_t i = range->first; i < range->end; i++)
		entries[i].word = key_word(b->items[entries[i].item].key + range->depth,
					   entries[i].length - range->depth);
	sort_by_word(entries + range->first, b->spare, range->end - range->first);

	for (uint32_t i = range->first + 1; i < range->end; i++) {
		const uint64_t differs = entries[i].word ^ entries[i - 1].word;
		unsigned int same;

		if (differs == 0)
			continue;
		same = (unsigned int)__builtin_clzll(differs) / 8;
		b->common[i] = range->depth + same;
		b->next[i] = (uint8_t)(entries[i].word >> (56 - 8 * same));
		sort_equal(b, first, i, range->depth);
		first = i;
	}
	sort_equal(b, first, range->end, range->depth);
}

static void sort_entries(struct builder *b)
{
	if (b->count > 0)
		push_range(b, (struct range){ .end = (uint32_t)b->count });
	while (b->pending > 0) {
		const struct range range = b->ranges[--b->pending];

		sort_range(b, &range);
	}
}

/* ---- Writing -------------------------------------------------------------------------------- */

/*
 * What a range of entries is: a node. Its keys have @length characters in common. Those that have
 * the same character after these, or none, are a part of it.
 */
struct node {
	uint32_t length;
	uint32_t parts;
	uint32_t starts[INDEX_CHAR_MAX + 2];	/* of each part, then the end of the last one */
	bool has_values;			/* which are the first part; the others are children */
};

/* Divides the keys of @range, of which no more than @length_max characters count as common. */
static void divide_range(const struct builder *b, const struct range *range, uint32_t length_max,
			 struct node *ret_node)
{
	const uint32_t *const common = b->common;
	uint32_t *const starts = ret_node->starts;
	uint32_t length = length_max;
	uint32_t parts = 1;

	starts[0] = range->first;
	for (uint32_t i = range->first + 1; i < range->end; i++) {
		if (common[i] < length) {
			length = common[i];
			parts = 1;
		}
		starts[parts] = i;
		parts += common[i] == length;
	}
	starts[parts] = range->end;
	ret_node->length = length;
	ret_node->parts = parts;
	ret_node->has_values = b->entries[range->first].length == length;
}

static const char *entry_key(const struct builder *b, uint32_t i)
{
	return b->items[b->entries[i].item].key;
}

/* The character that the keys of a child have next. */
static uint8_t part_char(const struct builder *b, const struct node *node, uint32_t part)
{
	const uint32_t first = node->starts[part];

	return part > 0 ? b->next[first] : (uint8_t)entry_key(b, first)[node->length];
}

/* Adds @n bytes to the file, for the caller to fill in. Returns 0; -EFBIG; -ENOMEM. */
static int file_add(struct builder *b, size_t n, uint8_t **ret_bytes)
{
	uint8_t *file;

	if (n > INDEX_SIZE_MAX - b->size)
		return -EFBIG;
	file = array_reserve(b->file, &b->room, b->size + n, 1);
	if (!file)
		return -ENOMEM;
	b->file = file;
	*ret_bytes = file + b->size;
	b->size += n;
	return 0;
}

static int put_prefix(struct builder *b, const char *prefix, size_t length)
{
	uint8_t *bytes;
	int r;

	r = file_add(b, length + 1, &bytes);
	if (r < 0)
		return r;
	memcpy(bytes, prefix, length);
	bytes[length] = '\0';
	return 0;
}

/* Puts references to no child yet, and leaves the ranges that will be the children. */
static int put_children(struct builder *b, const struct node *node)
{
	const uint32_t first = node->has_values ? 1 : 0;
	const uint8_t char_first = part_char(b, node, first);
	const uint8_t char_last = part_char(b, node, node->parts - 1);
	const size_t slots_size = (char_last - char_first + 1U) * sizeof(uint32_t);
	const size_t slots = b->size + 2;
	uint8_t *bytes;
	int r;

	r = file_add(b, 2 + slots_size, &bytes);
	if (r < 0)
		return r;
	bytes[0] = char_first;
	bytes[1] = char_last;
	memset(bytes + 2, 0, slots_size);

	/* The first one comes next in the file, so it goes on the stack last. */
	for (uint32_t part = node->parts; part-- > first;) {
		const size_t slot = part_char(b, node, part) - char_first;

		push_range(b, (struct range){
				      .first = node->starts[part],
				      .end = node->starts[part + 1],
				      .depth = node->length + 1,
				      .slot = (uint32_t)(slots + slot * sizeof(uint32_t)),
			      });
	}
	return 0;
}

static int put_values(struct builder *b, uint32_t first, uint32_t end)
{
	uint8_t *bytes;
	int r;

	r = file_add(b, sizeof(uint32_t), &bytes);
	if (r < 0)
		return r;
	store_be32(bytes, end - first);

	for (uint32_t i = first; i < end; i++) {
		const struct index_item *const item = &b->items[b->entries[i].item];
		const size_t size = strlen(item->value) + 1;

		r = file_add(b, sizeof(uint32_t) + size, &bytes);
		if (r < 0)
			return r;
		store_be32(bytes, item->priority);
		memcpy(bytes + sizeof(uint32_t), item->value, size);
	}
	return 0;
}

/* Puts the node of @range, and the reference to it. */
static int put_node(struct builder *b, const struct range *range, uint32_t length_max)
{
	uint32_t ref = (uint32_t)b->size;
	struct node node;
	int r = 0;

	divide_range(b, range, length_max, &node);
	if (node.length > range->depth) {
		ref |= INDEX_REF_PREFIX;
		r = put_prefix(b, entry_key(b, range->first) + range->depth,
			       node.length - range->depth);
	}
	if (r == 0 && node.parts > (node.has_values ? 1 : 0)) {
		ref |= INDEX_REF_CHILDREN;
		r = put_children(b, &node);
	}
	if (r == 0 && node.has_values) {
		ref |= INDEX_REF_VALUES;
		r = put_values(b, range->first, node.starts[1]);
	}
	if (r == 0)
		store_be32(b->file + range->slot, ref);
	return r;
}

/* Puts the header, with the root where it would be if it had no parts. */
static int put_header(struct builder *b)
{
	uint8_t *bytes;
	int r;

	r = file_add(b, INDEX_HEADER_SIZE, &bytes);
	if (r < 0)
		return r;
	store_be32(bytes, INDEX_MAGIC);
	store_be32(bytes + 4, INDEX_VERSION_MAJOR << 16 | INDEX_VERSION_MINOR);
	store_be32(bytes + ROOT_SLOT, INDEX_HEADER_SIZE);
	return 0;
}

static int put_nodes(struct builder *b)
{
	const struct range root = { .end = (uint32_t)b->count, .slot = ROOT_SLOT };
	int r;

	if (b->count == 0)
		return 0;
	/* The root has no prefix. */
	r = put_node(b, &root, 0);
	while (r == 0 && b->pending > 0) {
		const struct range range = b->ranges[--b->pending];

		r = put_node(b, &range, b->entries[range.first].length);
	}
	return r;
}

int index_build(const struct index_item *items, size_t count, uint8_t **ret_data, size_t *ret_size,
		size_t *ret_bad)
{
	_cleanup_(builder_done) struct builder b = {};
	int r;

	r = builder_init(&b, items, count);
	if (r < 0)
		return r;
	r = read_items(&b, ret_bad);
	if (r < 0)
		return r;
	sort_entries(&b);
	r = put_header(&b);
	if (r < 0)
		return r;
	r = put_nodes(&b);
	if (r < 0)
		return r;

	*ret_data = move_ptr(b.file);
	*ret_size = b.size;
	return 0;
}

/* ---- Repeats -------------------------------------------------------------------------------- */

static int compare_items(const struct index_item *x, const struct index_item *y)
{
	const int r = strcmp(x->key, y->key);

	return r != 0 ? r : strcmp(x->value, y->value);
}

/* Equal items stay in the order in which they are in memory. */
static int compare_pointers(const void *a, const void *b)
{
	const struct index_item *const x = *(const struct index_item *const *)a;
	const struct index_item *const y = *(const struct index_item *const *)b;
	const int r = compare_items(x, y);

	if (r != 0)
		return r;
	return x < y ? -1 : x > y;
}

static int compare_positions(const void *a, const void *b)
{
	const size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

int index_find_repeats(const struct index_item *items, size_t count, size_t **ret_repeats,
		       size_t *ret_count)
{
	_cleanup_free_ const struct index_item **sorted = calloc(count + 1, sizeof(*sorted));
	_cleanup_free_ size_t *repeats = calloc(count + 1, sizeof(*repeats));
	size_t n = 0;

	if (!sorted || !repeats)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &items[i];
	qsort(sorted, count, sizeof(*sorted), compare_pointers);
	for (size_t i = 1; i < count; i++) {
		if (compare_items(sorted[i - 1], sorted[i]) == 0)
			repeats[n++] = (size_t)(sorted[i] - items);
	}
	qsort(repeats, n, sizeof(*repeats), compare_positions);

	*ret_repeats = move_ptr(repeats);
	*ret_count = n;
	return 0;
}
