/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/format/index-write.c.
 *
 * What it builds is compared with what the writer of the test harness does, which is slow and
 * plain, and is read with index-read.c.
 */
#include "libkmod/format/index-write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/format/index-format.h"
#include "libkmod/format/index-read.h"
#include "testsuite/harness/index.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Building and reading ------------------------------------------------------------------- */

struct built {
	uint8_t *data;
	size_t size;
};

static void built_done(struct built *built)
{
	free(built->data);
}

#define _cleanup_built_ _cleanup_(built_done)
#define _cleanup_index_ _cleanup_(index_freep)

static struct built build(const struct index_item *items, size_t count)
{
	struct built built = {};
	size_t bad = 4711;

	ck_assert_int_eq(index_build(items, count, &built.data, &built.size, &bad), 0);
	ck_assert_uint_eq(bad, 4711);
	return built;
}

static void assert_build_fails(const struct index_item *items, size_t count, int error)
{
	uint8_t byte, *data = &byte;
	size_t size = 4711;

	ck_assert_int_eq(index_build(items, count, &data, &size, NULL), error);
	ck_assert_ptr_eq(data, &byte);
	ck_assert_uint_eq(size, 4711);
}

/* That it is, byte for byte, what the other writer makes of the items. */
static void assert_same_file(const struct built *built, const struct index_item *items,
			     size_t count)
{
	struct index_entry *const entries = keep((count + 1) * sizeof(*entries));
	const char *difference;

	for (size_t i = 0; i < count; i++)
		entries[i] = (struct index_entry){
			.key = items[i].key,
			.value = items[i].value,
			.priority = items[i].priority,
		};
	difference = bytes_difference((struct bytes){ built->data, built->size },
				      index_made(entries, count));
	ck_assert_msg(!difference, "%s", difference);
}

static struct index *open_built(const struct built *built)
{
	const int fd = memfd_create("index", MFD_CLOEXEC);
	struct index *index = NULL;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, built->data, built->size), (ssize_t)built->size);
	ck_assert_int_eq(index_open(fd, &index), 0);
	return index;
}

static int print_entry(const char *key, const char *value, void *data)
{
	fprintf(data, "%s=%s ", key, value);
	return 0;
}

/* Every key and value. The caller frees. */
static char *dump_text(struct index *index)
{
	char *text = NULL;
	size_t size;
	FILE *const out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(index_dump(index, print_entry, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

static void assert_dump(const struct index_item *items, size_t count, const char *expected)
{
	_cleanup_built_ struct built built = build(items, count);
	_cleanup_index_ struct index *index = open_built(&built);
	_cleanup_free_ char *text = dump_text(index);

	ck_assert_str_eq(text, expected);
}

/* ---- Files, byte by byte -------------------------------------------------------------------- */

static const struct index_item small[] = {
	{ "net_pf_2", "one", 0 },
	{ "net_pf_*", "two", 1 },
	{ "net_pf_2", "two", 1 },
};

/* clang-format off */
static const uint8_t small_file[] = {
	/* 00 */ 0xb0, 0x07, 0xf4, 0x57,
	/* 04 */ 0, 2, 0, 1,
	/* 08 */ 0x20, 0, 0, 0x0c,
	/* 0c */ 'n', 'n',
	/* 0e */ 0xa0, 0, 0, 0x12,
	/* 12 */ 'e', 't', '_', 'p', 'f', '_', 0,
	/* 19 */ '*', '2',
	/* 1b */ 0x40, 0, 0, 0x3f,
	/* 1f */ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* 3b */ 0x40, 0, 0, 0x4b,
	/* 3f */ 0, 0, 0, 1,
	/* 43 */ 0, 0, 0, 1, 't', 'w', 'o', 0,
	/* 4b */ 0, 0, 0, 2,
	/* 4f */ 0, 0, 0, 0, 'o', 'n', 'e', 0,
	/* 57 */ 0, 0, 0, 1, 't', 'w', 'o', 0,
};

static const uint8_t empty_file[] = { 0xb0, 0x07, 0xf4, 0x57, 0, 2, 0, 1, 0, 0, 0, 0x0c };

/* An empty key and an empty value. */
static const uint8_t root_file[] = {
	/* 00 */ 0xb0, 0x07, 0xf4, 0x57,
	/* 04 */ 0, 2, 0, 1,
	/* 08 */ 0x40, 0, 0, 0x0c,
	/* 0c */ 0, 0, 0, 1,
	/* 10 */ 0xff, 0xff, 0xff, 0xfe, 0,
};
/* clang-format on */

START_TEST(small_index)
{
	_cleanup_built_ struct built built = build(small, COUNT(small));

	ck_assert_uint_eq(built.size, sizeof(small_file));
	ck_assert_mem_eq(built.data, small_file, sizeof(small_file));
}
END_TEST

START_TEST(empty_index)
{
	_cleanup_built_ struct built built = build(NULL, 0);

	ck_assert_uint_eq(built.size, 12);
	ck_assert_mem_eq(built.data, empty_file, 12);
}
END_TEST

START_TEST(empty_key)
{
	static const struct index_item item = { "", "", UINT32_MAX - 1 };
	_cleanup_built_ struct built built = build(&item, 1);

	ck_assert_uint_eq(built.size, sizeof(root_file));
	ck_assert_mem_eq(built.data, root_file, sizeof(root_file));
}
END_TEST

/* ---- Order ---------------------------------------------------------------------------------- */

START_TEST(order_of_values)
{
	static const struct index_item items[] = {
		{ "k", "a", 5 },   { "k", "b", 1 },	     { "k", "c", 5 },
		{ "k", "d", 256 }, { "k", "e", UINT32_MAX }, { "k", "f", 1 },
		{ "k", "g", 0 },   { "k", "h", 5 },	     { "k", "i", 0x80000000 },
	};

	assert_dump(items, COUNT(items), "k=g k=f k=b k=h k=c k=a k=d k=i k=e ");
}
END_TEST

/* So many that they are sorted byte for byte: an even and an odd number of these. */
START_TEST(many_values)
{
	static const uint32_t masks[] = { 0, 0xff, 0xff00ff00, 0xffffff };
	enum {
		MANY = 1000
	};
	struct index_item items[MANY];

	for (uint32_t i = 0; i < MANY; i++)
		items[i] = (struct index_item){
			.key = i % 3 == 0 ? "other" : "key",
			.value = format_text("%u", i),
			.priority = i * 7919 % 350 * 0x00910001U & masks[_i],
		};
	_cleanup_built_ struct built built = build(items, MANY);

	assert_same_file(&built, items, MANY);
}
END_TEST

/* So many that no way of sorting them that compares all with all would come to an end. */
START_TEST(too_many_for_comparisons)
{
	enum {
		MANY = 1000000
	};
	_cleanup_free_ struct index_item *items = calloc(MANY, sizeof(*items));

	ck_assert_ptr_nonnull(items);
	for (uint32_t i = 0; i < MANY; i++)
		items[i] = (struct index_item){ "", "", 0 };
	_cleanup_built_ struct built built = build(items, MANY);

	ck_assert_uint_eq(built.size, INDEX_HEADER_SIZE + 4 + 5 * MANY);
}
END_TEST

/* A key comes before those that it is the beginning of, wherever it ends. */
START_TEST(keys_in_keys)
{
	enum {
		LENGTH = 40
	};
	struct index_item items[LENGTH + 1];
	char a[LENGTH + 1], expected[LENGTH * LENGTH + 4 * LENGTH] = "";

	memset(a, 'a', LENGTH);
	a[LENGTH] = '\0';
	for (uint32_t i = 0; i <= LENGTH; i++) {
		items[i] = (struct index_item){ a + i, "v", i };
		strcat(strcat(expected, a + LENGTH - i), "=v ");
	}
	assert_dump(items, COUNT(items), expected);
	_cleanup_built_ struct built built = build(items, COUNT(items));

	assert_same_file(&built, items, COUNT(items));
}
END_TEST

/* A tree as deep as index-read.c follows it. */
START_TEST(deep_tree)
{
	enum {
		DEPTH = 4096
	};
	_cleanup_free_ struct index_item *items = calloc(DEPTH, sizeof(*items));
	_cleanup_free_ char *a = malloc(DEPTH + 1);
	const char *value = NULL;

	ck_assert(items && a);
	memset(a, 'a', DEPTH);
	a[DEPTH] = '\0';
	for (uint32_t i = 0; i < DEPTH; i++)
		items[i] = (struct index_item){ a + DEPTH - i, format_text("%u", i), 0 };
	_cleanup_built_ struct built built = build(items, DEPTH);
	_cleanup_index_ struct index *index = open_built(&built);

	for (size_t i = 0; i < DEPTH; i++) {
		ck_assert_int_eq(index_search(index, items[i].key, &value), 1);
		ck_assert_str_eq(value, items[i].value);
	}
	assert_same_file(&built, items, DEPTH);
}
END_TEST

static void exchange(struct index_item *a, struct index_item *b)
{
	const struct index_item item = *a;

	*a = *b;
	*b = item;
}

/* Builds @items with the last @n of them in every order. */
static void build_in_every_order(struct index_item *items, size_t count, size_t n,
				 const struct built *expected)
{
	struct index_item *const first = items + (count - n);

	if (n <= 1) {
		_cleanup_built_ struct built built = build(items, count);

		ck_assert_uint_eq(built.size, expected->size);
		ck_assert_mem_eq(built.data, expected->data, expected->size);
	}
	for (size_t i = 0; i < n && n > 1; i++) {
		exchange(first, first + i);
		build_in_every_order(items, count, n - 1, expected);
		exchange(first, first + i);
	}
}

/* With priorities that differ, the order of the items says nothing. */
START_TEST(order_of_items)
{
	struct index_item items[] = {
		{ "", "root", 3 },	  { "pci:v0001", "one", 6 }, { "pci:v0001", "two", 2 },
		{ "pci:v0001*", "x", 1 }, { "pci:v0002", "one", 9 }, { "pci:v0001", "one", 4 },
		{ "usb", "x", 0 },
	};
	_cleanup_built_ struct built expected = build(items, COUNT(items));

	build_in_every_order(items, COUNT(items), COUNT(items), &expected);
}
END_TEST

/* ---- Random items --------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

enum {
	ITEMS_MAX = 200,
	KEY_MAX = 20
};

/* Keys of few letters have much in common; those of all characters next to nothing. */
static void make_key(uint32_t *state, unsigned int letters, char *ret_key)
{
	const size_t length = next_random(state) % KEY_MAX;

	for (size_t i = 0; i < length; i++)
		ret_key[i] = letters > 26 ? (char)(1 + next_random(state) % 127) :
					    (char)('a' + next_random(state) % letters);
	ret_key[length] = '\0';
}

static size_t make_items(uint32_t *state, unsigned int letters, struct index_item *items,
			 char (*keys)[KEY_MAX])
{
	static const char *const values[] = { "", "a", "ab", "some_module" };
	const size_t count = next_random(state) % ITEMS_MAX + 1;

	for (size_t i = 0; i < count; i++) {
		make_key(state, letters, keys[i]);
		items[i] = (struct index_item){
			.key = keys[i],
			.value = values[next_random(state) % COUNT(values)],
			.priority = next_random(state) % 8,
		};
	}
	return count;
}

/* That an exact lookup finds the first value of each key: of the last item with the lowest. */
static void assert_lookups(struct index *index, const struct index_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct index_item *first = &items[i];
		const char *value = NULL;

		for (size_t j = 0; j < count; j++)
			if (strcmp(items[j].key, first->key) == 0 &&
			    (items[j].priority < first->priority ||
			     (items[j].priority == first->priority && &items[j] > first)))
				first = &items[j];
		ck_assert_int_eq(index_search(index, items[i].key, &value), 1);
		ck_assert_str_eq(value, first->value);
	}
}

static int compare_items(const void *a, const void *b)
{
	const struct index_item *const x = a, *const y = b;
	const int r = strcmp(x->key, y->key);

	return r != 0 ? r : (x->priority > y->priority) - (x->priority < y->priority);
}

struct walk {
	const struct index_item *items;
	size_t at;
	size_t count;
};

static int check_key(const char *key, const char *value, void *data)
{
	struct walk *const walk = data;

	(void)value;
	ck_assert_uint_lt(walk->at, walk->count);
	ck_assert_str_eq(key, walk->items[walk->at++].key);
	return 0;
}

/* That a dump has every key as often as there are items of it. Sorts the items. */
static void assert_keys(struct index *index, struct index_item *items, size_t count)
{
	struct walk walk = { .items = items, .count = count };

	qsort(items, count, sizeof(*items), compare_items);
	ck_assert_int_eq(index_dump(index, check_key, &walk), 0);
	ck_assert_uint_eq(walk.at, count);
}

START_TEST(random_items)
{
	static const unsigned int letters[] = { 1, 2, 5, 26, 127 };
	uint32_t state = (uint32_t)_i + 1;

	for (int round = 0; round < 100; round++) {
		char keys[ITEMS_MAX][KEY_MAX];
		struct index_item items[ITEMS_MAX];
		const size_t count = make_items(&state, letters[_i], items, keys);
		_cleanup_built_ struct built built = build(items, count);
		_cleanup_index_ struct index *index = open_built(&built);

		assert_same_file(&built, items, count);
		assert_lookups(index, items, count);
		assert_keys(index, items, count);
	}
}
END_TEST

/* ---- Repeats -------------------------------------------------------------------------------- */

static bool repeats_earlier(const struct index_item *items, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(items[j].key, items[i].key) == 0 &&
		    strcmp(items[j].value, items[i].value) == 0)
			return true;
	return false;
}

START_TEST(repeats)
{
	uint32_t state = 1;

	for (int round = 0; round < 100; round++) {
		char keys[ITEMS_MAX][KEY_MAX];
		struct index_item items[ITEMS_MAX];
		const size_t count = make_items(&state, 1, items, keys);
		_cleanup_free_ size_t *positions = NULL;
		size_t n = 0, found = 0;

		ck_assert_int_eq(index_find_repeats(items, count, &positions, &n), 0);
		for (size_t i = 0; i < count; i++)
			if (repeats_earlier(items, i)) {
				ck_assert_uint_lt(found, n);
				ck_assert_uint_eq(positions[found++], i);
			}
		ck_assert_uint_eq(found, n);
	}
}
END_TEST

START_TEST(no_repeats)
{
	_cleanup_free_ size_t *of_small = NULL, *of_none = NULL;
	size_t n = 4711;

	ck_assert_int_eq(index_find_repeats(small, COUNT(small), &of_small, &n), 0);
	ck_assert_uint_eq(n, 0);
	n = 4711;
	ck_assert_int_eq(index_find_repeats(NULL, 0, &of_none, &n), 0);
	ck_assert_uint_eq(n, 0);
}
END_TEST

/* ---- Failures ------------------------------------------------------------------------------- */

/* A byte above 127 anywhere in a key or in a value, behind items that are good. */
START_TEST(bad_bytes)
{
	static const char good[] = "0123456789abcdefghi";

	for (size_t at = 0; at < strlen(good); at++) {
		char bad_text[sizeof(good)];
		struct index_item items[] = {
			{ good, "\x7f", 2 },
			{ "\x01\x7f", "v", 1 },
			{ _i == 0 ? bad_text : "k", _i == 0 ? "v" : bad_text, 0 },
			{ "\xff", "v", 0 },
		};
		uint8_t *data = NULL;
		size_t size = 4711, bad = 4711;

		memcpy(bad_text, good, sizeof(good));
		bad_text[at] = at % 2 == 0 ? '\x80' : '\xff';
		ck_assert_int_eq(index_build(items, COUNT(items), &data, &size, &bad), -EINVAL);
		ck_assert_uint_eq(bad, 2);
		assert_build_fails(items, COUNT(items), -EINVAL);
	}
}
END_TEST

/* A string of @size - 1 characters that takes little memory: the same bytes over and over. */
static const char *long_string(size_t size)
{
	enum {
		PIECE = 1 << 20
	};
	const int fd = memfd_create("piece", MFD_CLOEXEC);
	char *const string = mmap(NULL, size, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	ck_assert(fd >= 0 && string != MAP_FAILED && size % PIECE == 0);
	for (size_t i = 0; i < PIECE; i += 16)
		ck_assert_int_eq(write(fd, "0123456789abcdef", 16), 16);
	for (size_t at = 0; at < size; at += PIECE)
		ck_assert_ptr_eq(mmap(string + at, PIECE, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_FIXED, fd, 0),
				 string + at);
	close_fd(fd);
	string[size - 1] = '\0';
	return string;
}

/* More than a reference to a node could reach. */
START_TEST(too_large)
{
	const size_t half = INDEX_SIZE_MAX / 2;
	const char *const string = long_string(2 * half + (1 << 20));
	const struct index_item key = { string, "v", 0 };
	const struct index_item value = { "k", string, 0 };
	const struct index_item halves[] = {
		{ string + half + (1 << 20), "v", 0 },
		{ "k", string + half + (1 << 20), 0 },
	};

	assert_build_fails(&key, 1, -EFBIG);
	assert_build_fails(&value, 1, -EFBIG);
	assert_build_fails(halves, COUNT(halves), -EFBIG);
	assert_build_fails(NULL, SIZE_MAX, -EFBIG);
	assert_build_fails(NULL, INDEX_SIZE_MAX / INDEX_VALUE_SIZE_MIN + 1, -EFBIG);
	ck_assert_int_eq(munmap((void *)(uintptr_t)string, 2 * half + (1 << 20)), 0);
}
END_TEST

START_TEST(build_without_memory)
{
	enum {
		MANY = 2000
	};
	_cleanup_free_ struct index_item *items = calloc(MANY, sizeof(*items));
	unsigned int failures = 0;
	bool failed;

	ck_assert_ptr_nonnull(items);
	/* So much room between the characters that the file has to grow. */
	for (uint32_t i = 0; i < MANY; i++)
		items[i] = (struct index_item){
			.key = format_text("%x%c", i / 2, i % 2 == 0 ? 1 : 127),
			.value = "v",
		};
	do {
		uint8_t *data = NULL;
		size_t size;
		int r;

		unit_fail_allocation(failures);
		r = index_build(items, MANY, &data, &size, NULL);
		failed = unit_allocation_failed();
		ck_assert_int_eq(r, failed ? -ENOMEM : 0);
		ck_assert(failed == !data);
		free(data);
	} while (failed && ++failures < 100);
	ck_assert_uint_gt(failures, 6);
	ck_assert_uint_lt(failures, 100);
}
END_TEST

START_TEST(repeats_without_memory)
{
	for (unsigned int failures = 0; failures < 2; failures++) {
		size_t *positions = NULL, n = 4711;

		unit_fail_allocation(failures);
		ck_assert_int_eq(index_find_repeats(small, COUNT(small), &positions, &n), -ENOMEM);
		ck_assert(unit_allocation_failed());
		ck_assert_ptr_null(positions);
		ck_assert_uint_eq(n, 4711);
	}
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("index-write");
	TCase *const tests = tcase_create("index-write");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, small_index);
	tcase_add_test(tests, empty_index);
	tcase_add_test(tests, empty_key);
	tcase_add_test(tests, order_of_values);
	tcase_add_loop_test(tests, many_values, 0, 4);
	tcase_add_test(tests, too_many_for_comparisons);
	tcase_add_test(tests, keys_in_keys);
	tcase_add_test(tests, deep_tree);
	tcase_add_test(tests, order_of_items);
	tcase_add_loop_test(tests, random_items, 0, 5);
	tcase_add_test(tests, repeats);
	tcase_add_test(tests, no_repeats);
	tcase_add_loop_test(tests, bad_bytes, 0, 2);
	tcase_add_test(tests, too_large);
	tcase_add_test(tests, build_without_memory);
	tcase_add_test(tests, repeats_without_memory);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
