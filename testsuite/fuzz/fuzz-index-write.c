/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/format/index-write.c.
 *
 * An input is a list of items: key, NUL, value, NUL, priority (one byte). What index-read.c reads
 * of the index has to be these items, sorted.
 */
#include "libkmod/format/index-write.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "libkmod/format/index-read.h"
#include "libkmod/format/span.h"

/* Keys of so many bytes are not too long for a dump, nor the tree too deep. */
#define SIZE_TAKEN 60000U

/* The first item that is there is the last one read: the later goes before its equals. */
static int compare_items(const void *a, const void *b)
{
	const struct index_item *const x = a, *const y = b;
	const int r = strcmp(x->key, y->key);

	if (r != 0)
		return r;
	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->key > y->key ? -1 : x->key < y->key;
}

struct items {
	struct index_item *items;
	size_t count;
};

/* Borrows the bytes of @input. */
static struct items read_items(struct span input)
{
	struct items all = { .items = calloc(input.size + 1, sizeof(*all.items)) };

	fuzz_assert(all.items != NULL);
	for (;;) {
		const char *const key = span_take_string(&input);
		const char *const value = key ? span_take_string(&input) : NULL;
		const uint8_t *const priority = value ? span_take(&input, 1) : NULL;

		if (!priority)
			return all;
		all.items[all.count++] = (struct index_item){ key, value, *priority };
	}
}

static int is_good(const char *s)
{
	while (*s != '\0' && (uint8_t)*s < 0x80)
		s++;
	return *s == '\0';
}

/* The first item with a character that an index cannot hold; the number of items if none. */
static size_t first_bad(const struct items *all)
{
	size_t i = 0;

	while (i < all->count && is_good(all->items[i].key) && is_good(all->items[i].value))
		i++;
	return i;
}

/* That each repeat is one of an item before it, and that there are no others. */
static void check_repeats(const struct items *all)
{
	size_t *repeats = NULL;
	size_t n = 0, found = 0;

	fuzz_assert(index_find_repeats(all->items, all->count, &repeats, &n) == 0);
	for (size_t i = 0; i < all->count && i < 200; i++) {
		size_t j = 0;

		while (j < i && (strcmp(all->items[j].key, all->items[i].key) != 0 ||
				 strcmp(all->items[j].value, all->items[i].value) != 0))
			j++;
		if (j < i)
			fuzz_assert(found < n && repeats[found++] == i);
		else
			fuzz_assert(found == n || repeats[found] > i);
	}
	free(repeats);
}

struct walk {
	const struct items *all;
	size_t at;
};

static int check_entry(const char *key, const char *value, void *data)
{
	struct walk *const walk = data;
	const struct index_item *const item = &walk->all->items[walk->at];

	fuzz_assert(walk->at++ < walk->all->count);
	fuzz_assert(strcmp(key, item->key) == 0 && strcmp(value, item->value) == 0);
	return 0;
}

/* Sorts the items, and compares what is in the file with them. */
static void check_index(struct items *all, struct span file)
{
	const int fd = memfd_create("index", MFD_CLOEXEC);
	struct walk walk = { .all = all };
	struct index *index;

	fuzz_assert(fd >= 0 && write(fd, file.data, file.size) == (ssize_t)file.size);
	fuzz_assert(index_open(fd, &index) == 0);
	qsort(all->items, all->count, sizeof(*all->items), compare_items);
	fuzz_assert(index_dump(index, check_entry, &walk) == 0);
	fuzz_assert(walk.at == all->count);
	for (size_t i = 0; i < all->count; i++) {
		const char *value = NULL;

		if (i > 0 && strcmp(all->items[i - 1].key, all->items[i].key) == 0)
			continue;
		fuzz_assert(index_search(index, all->items[i].key, &value) == 1);
		fuzz_assert(strcmp(value, all->items[i].value) == 0);
	}
	index_free(index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *file = NULL;
	size_t file_size = 0, bad = SIZE_MAX;
	struct items all;
	int r;

	if (size > SIZE_TAKEN)
		return -1;
	all = read_items(span_of(data, size));
	r = index_build(all.items, all.count, &file, &file_size, &bad);
	check_repeats(&all);
	if (first_bad(&all) < all.count) {
		fuzz_assert(r == -EINVAL && bad == first_bad(&all));
	} else {
		fuzz_assert(r == 0 && bad == SIZE_MAX);
		check_index(&all, span_of(file, file_size));
	}
	free(file);
	free(all.items);
	return 0;
}
