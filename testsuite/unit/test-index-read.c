/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/format/index-read.c.
 *
 * What lookups find is written down as text and compared with the text that is expected.
 */
#include "libkmod/format/index-read.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/format/index-format.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define PREFIX INDEX_REF_PREFIX
#define VALUES INDEX_REF_VALUES
#define CHILDREN INDEX_REF_CHILDREN

/* ---- Files --------------------------------------------------------------------------------- */

/* The bytes of a file in the making. */
struct file {
	uint8_t *bytes;
	size_t size;
	size_t room;
};

static void file_done(struct file *file)
{
	free(file->bytes);
}

#define _cleanup_file_ __attribute__((cleanup(file_done)))

static void put(struct file *file, const void *bytes, size_t size)
{
	if (file->size + size > file->room) {
		file->room = 2 * (file->size + size);
		file->bytes = realloc(file->bytes, file->room);
		ck_assert_ptr_nonnull(file->bytes);
	}
	if (size > 0)
		memcpy(file->bytes + file->size, bytes, size);
	file->size += size;
}

static void put_u8(struct file *file, unsigned int value)
{
	const uint8_t byte = (uint8_t)value;

	put(file, &byte, 1);
}

static void put_u32(struct file *file, uint32_t value)
{
	const uint8_t bytes[] = {
		(uint8_t)(value >> 24),
		(uint8_t)(value >> 16),
		(uint8_t)(value >> 8),
		(uint8_t)value,
	};

	put(file, bytes, sizeof(bytes));
}

static void put_string(struct file *file, const char *string)
{
	put(file, string, strlen(string) + 1);
}

static void put_value(struct file *file, uint32_t priority, const char *value)
{
	put_u32(file, priority);
	put_string(file, value);
}

static void put_zeroes(struct file *file, size_t n)
{
	while (n-- > 0)
		put_u8(file, 0);
}

/* Overwrites the number at @offset. */
static void set_u32(struct file *file, size_t offset, uint32_t value)
{
	const size_t size = file->size;

	file->size = offset;
	put_u32(file, value);
	file->size = size;
}

static void put_header(struct file *file, uint32_t root)
{
	put_u32(file, 0xb007f457);
	put_u32(file, 0x00020001);
	put_u32(file, root);
}

/* A descriptor of a file with these bytes, in memory. */
static int make_fd(const void *bytes, size_t size)
{
	const int fd = memfd_create("index", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
	return fd;
}

static struct index *open_bytes(const void *bytes, size_t size)
{
	struct index *index = NULL;

	ck_assert_int_eq(index_open(make_fd(bytes, size), &index), 0);
	return index;
}

static struct index *open_file(const struct file *file)
{
	return open_bytes(file->bytes, file->size);
}

#define _cleanup_index_ _cleanup_(index_freep)

/* ---- What is found, as text ----------------------------------------------------------------- */

static const char *result_name(int r)
{
	switch (r) {
	case 0:
		return "";
	case -EBADMSG:
		return "damaged";
	default:
		return "unexpected result";
	}
}

static void assert_search(struct index *index, const char *key, const char *expected)
{
	const char *value = "untouched";
	const int r = index_search(index, key, &value);

	if (expected) {
		ck_assert_msg(r == 1, "%s: %d", key, r);
		ck_assert_str_eq(value, expected);
	} else {
		ck_assert_msg(r == 0, "%s: %d", key, r);
		ck_assert_str_eq(value, "untouched");
	}
}

static void assert_search_fails(struct index *index, const char *key)
{
	const char *value = "untouched";

	ck_assert_int_eq(index_search(index, key, &value), -EBADMSG);
	ck_assert_str_eq(value, "untouched");
}

/* Closes @out, of which @text is what was written; that goes to the caller, who frees it. */
static char *close_text(FILE *out, char **text)
{
	char *copy;

	ck_assert_int_eq(fclose(out), 0);
	copy = strdup(*text);
	ck_assert_ptr_nonnull(copy);
	free(*text);
	return copy;
}

/* Every value followed by its priority; "damaged" at the end if it is. The caller frees. */
static char *wild_text(struct index *index, const char *name)
{
	_cleanup_(index_matches_done) struct index_matches m = {};
	char *text = NULL;
	size_t size;
	FILE *const out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(index_search_wild(index, name, &m), 0);
	for (size_t i = 0; i < m.count; i++)
		fprintf(out, "%s%u ", m.matches[i].value, m.matches[i].priority);
	if (m.damaged)
		fputs("damaged", out);
	return close_text(out, &text);
}

static void assert_wild(struct index *index, const char *name, const char *expected)
{
	_cleanup_free_ char *text = wild_text(index, name);

	ck_assert_msg(strcmp(text, expected) == 0, "%s: '%s', not '%s'", name, text, expected);
}

static int print_entry(const char *key, const char *value, void *data)
{
	fprintf(data, "%s=%s ", key, value);
	return 0;
}

/* Every key and value; "damaged" at the end if it is. The caller frees. */
static char *dump_text(struct index *index)
{
	char *text = NULL;
	size_t size;
	FILE *const out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	fputs(result_name(index_dump(index, print_entry, out)), out);
	return close_text(out, &text);
}

static void assert_dump(struct index *index, const char *expected)
{
	_cleanup_free_ char *text = dump_text(index);

	ck_assert_str_eq(text, expected);
}

/* ---- A small index, in both orders of nodes ------------------------------------------------- */

/* clang-format off */
static const uint8_t pre_order[] = {
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

static const uint8_t post_order[] = {
	/* 00 */ 0xb0, 0x07, 0xf4, 0x57,
	/* 04 */ 0, 2, 0, 1,
	/* 08 */ 0x20, 0, 0, 0x59,
	/* 0c */ 0, 0, 0, 1,
	/* 10 */ 0, 0, 0, 1, 't', 'w', 'o', 0,
	/* 18 */ 0, 0, 0, 2,
	/* 1c */ 0, 0, 0, 0, 'o', 'n', 'e', 0,
	/* 24 */ 0, 0, 0, 1, 't', 'w', 'o', 0,
	/* 2c */ 'e', 't', '_', 'p', 'f', '_', 0,
	/* 33 */ '*', '2',
	/* 35 */ 0x40, 0, 0, 0x0c,
	/* 39 */ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* 55 */ 0x40, 0, 0, 0x18,
	/* 59 */ 'n', 'n',
	/* 5b */ 0xa0, 0, 0, 0x2c,
};
/* clang-format on */

static const uint8_t *const orders[] = { pre_order, post_order };

enum {
	SMALL_SIZE = 95
};

_Static_assert(sizeof(pre_order) == SMALL_SIZE, "");
_Static_assert(sizeof(post_order) == SMALL_SIZE, "");

START_TEST(small_index)
{
	_cleanup_index_ struct index *index = open_bytes(orders[_i], SMALL_SIZE);

	assert_search(index, "net_pf_2", "one");
	assert_search(index, "net_pf_*", "two");
	assert_search(index, "net_pf_", NULL);
	assert_search(index, "net_pf_3", NULL);
	assert_search(index, "net_pf_22", NULL);
	assert_search(index, "net_pf_+", NULL);
	assert_search(index, "net_pf_z", NULL);
	assert_search(index, "net_pf", NULL);
	assert_search(index, "net", NULL);
	assert_search(index, "n", NULL);
	assert_search(index, "m", NULL);
	assert_search(index, "", NULL);

	assert_wild(index, "net_pf_2", "one0 two1 two1 ");
	assert_wild(index, "net_pf_3", "two1 ");
	assert_wild(index, "net_pf_", "two1 ");
	assert_wild(index, "net_pf_/.x", "two1 ");
	assert_wild(index, "net_pf", "");
	assert_wild(index, "net_pf-2", "");
	assert_wild(index, "", "");
	assert_wild(index, "x", "");

	assert_dump(index, "net_pf_*=two net_pf_2=one net_pf_2=two ");
}
END_TEST

/* One field of the small index, and what that does to a lookup of each of its keys. */
START_TEST(small_index_damaged)
{
	static const struct {
		size_t offset;
		uint32_t value;
		const char *first, *second; /* values, NULL for none, "!" for damage */
	} cases[] = {
		/* root */
		{ 0x08, 0, NULL, NULL },
		{ 0x08, 0x2000000b, "!", "!" },
		{ 0x08, 0x0000000b, "!", "!" }, /* no node starts in the header */
		{ 0x08, 0x20000000 + SMALL_SIZE - 1, "!", "!" },
		{ 0x08, 0x20000000 + SMALL_SIZE, "!", "!" },
		{ 0x08, 0x2fffffff, "!", "!" },
		{ 0x08, 0xffffffff, "!", "!" },
		{ 0x08, 0x0000000c, NULL, NULL },
		{ 0x08, 0x3000000c, "two", "one" }, /* the bit without a meaning */
		/* reference of its only child */
		{ 0x0e, 0, NULL, NULL },
		{ 0x0e, 0xa0000000 + SMALL_SIZE, "!", "!" },
		{ 0x0e, 0x20000012, "!", "!" }, /* text taken for references */
		{ 0x0e, 0x80000012, NULL, NULL },
		{ 0x0e, 0xe0000012, "two", "one" }, /* values that are not there, not asked for */
		/* the leaves */
		{ 0x1b, 0, NULL, "one" },
		{ 0x1b, 0x4000005f, "!", "one" },
		{ 0x1b, 0x4000005b, "!", "one" }, /* so many values cannot be there */
		{ 0x3b, 0x40000001, "two", "!" },
		{ 0x3b, 0x0000004b, "two", NULL },
		{ 0x3f, 0, NULL, "one" },
		{ 0x3f, 5, "two", "one" }, /* more than there are, but the first one is */
		{ 0x3f, 6, "!", "one" },
		{ 0x3f, 0xffffffff, "!", "one" },
		{ 0x3f, 0x33333334, "!", "one" }, /* times 5 it wraps around at 32 bits */
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *const keys[] = { "net_pf_*", "net_pf_2" };
		const char *const expected[] = { cases[i].first, cases[i].second };
		_cleanup_file_ struct file file = {};

		put(&file, pre_order, SMALL_SIZE);
		set_u32(&file, cases[i].offset, cases[i].value);
		_cleanup_index_ struct index *index = open_file(&file);

		for (size_t j = 0; j < COUNT(keys); j++) {
			const char *value = "untouched";
			const int r = index_search(index, keys[j], &value);
			const bool damaged = expected[j] && strcmp(expected[j], "!") == 0;

			ck_assert_msg(r == (damaged	? -EBADMSG :
					    expected[j] ? 1 :
							  0),
				      "case %zu, %s: %d", i, keys[j], r);
			ck_assert_str_eq(value, r > 0 ? expected[j] : "untouched");
		}
	}
}
END_TEST

/* The range of characters that a node has children for. */
START_TEST(child_ranges)
{
	static const struct {
		uint8_t first, last;
		bool sound;
	} cases[] = {
		{ 'n', 'n', true },  { 'a', 'z', true }, { 1, 127, true },    { 0, 127, false },
		{ 0, 0, false },     { 1, 128, false },	 { 'n', 'm', false }, { 255, 255, false },
		{ 128, 129, false }, { 127, 1, false },	 { 0, 255, false },   { 'n', 0, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		_cleanup_file_ struct file file = {};

		put_header(&file, CHILDREN | 12);
		put_u8(&file, cases[i].first);
		put_u8(&file, cases[i].last);
		for (unsigned int c = cases[i].first; c <= cases[i].last; c++)
			put_u32(&file, c == 'n' ? VALUES | 600 : 0);
		put_zeroes(&file, 600 + 512 - file.size);
		file.size = 600;
		put_u32(&file, 1);
		put_value(&file, 7, "value");
		_cleanup_index_ struct index *index = open_file(&file);

		if (cases[i].sound) {
			assert_search(index, "n", "value");
			assert_search(index, "m", NULL);
			assert_search(index, "\x80", NULL);
			assert_search(index, "\xff", NULL);
			assert_wild(index, "n", "value7 ");
			assert_dump(index, "n=value ");
		} else {
			assert_search_fails(index, "n");
			assert_wild(index, "n", "damaged");
			assert_dump(index, "damaged");
		}
	}
}
END_TEST

/* ---- Opening ------------------------------------------------------------------------------- */

START_TEST(header)
{
	static const struct {
		uint32_t magic, version;
		int result;
	} cases[] = {
		{ 0xb007f457, 0x00020001, 0 },	      { 0xb007f457, 0x00020000, 0 },
		{ 0xb007f457, 0x0002ffff, 0 },	      { 0xb007f457, 0x00030001, -ENOTSUP },
		{ 0xb007f457, 0x00010001, -ENOTSUP }, { 0xb007f457, 0x01000200, -ENOTSUP },
		{ 0xb007f457, 0, -ENOTSUP },	      { 0xb007f456, 0x00020001, -ENOEXEC },
		{ 0x57f407b0, 0x01000200, -ENOEXEC }, { 0, 0, -ENOEXEC },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		_cleanup_file_ struct file file = {};
		_cleanup_index_ struct index *index = NULL;
		struct index_header found;
		int fd;

		put_u32(&file, cases[i].magic);
		put_u32(&file, cases[i].version);
		put_u32(&file, 0x1000000c);
		fd = make_fd(file.bytes, file.size);
		ck_assert_int_eq(index_read_header(fd, &found), 0);
		ck_assert_uint_eq(found.magic, cases[i].magic);
		ck_assert_uint_eq(found.version, cases[i].version);
		ck_assert_uint_eq(found.root, 0x1000000c);
		ck_assert_int_eq(index_open(fd, &index), cases[i].result);

		/* The descriptor is the index's own if there is one, else still the caller's. */
		ck_assert((cases[i].result == 0) == !!index);
		ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
		if (!index)
			close_fd(fd);
		index_free(move_ptr(index));
		ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	}
}
END_TEST

START_TEST(header_cut)
{
	for (size_t n = 0; n < 12; n++) {
		_cleanup_close_ int fd = make_fd(pre_order, n);
		struct index_header found;
		struct index *index = NULL;

		ck_assert_int_eq(index_read_header(fd, &found), -EBADMSG);
		ck_assert_int_eq(index_open(fd, &index), -EBADMSG);
		ck_assert_ptr_null(index);
	}
}
END_TEST

START_TEST(unreadable)
{
	_cleanup_close_ int directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int path = open("/", O_PATH | O_CLOEXEC);
	struct index_header found;
	struct index *index = NULL;

	ck_assert_int_eq(index_open(-1, &index), -EBADF);
	ck_assert_int_eq(index_read_header(-1, &found), -EBADF);
	ck_assert_int_eq(index_open(directory, &index), -EISDIR);
	ck_assert_int_eq(index_open(path, &index), -EBADF);
	ck_assert_ptr_null(index);
	index_free(NULL);
}
END_TEST

START_TEST(empty_index)
{
	static const uint32_t roots[] = { 0x0000000c, 0, 0x10000000, 0x1000000c };

	for (size_t i = 0; i < COUNT(roots); i++) {
		_cleanup_file_ struct file file = {};

		put_header(&file, roots[i]);
		_cleanup_index_ struct index *index = open_file(&file);

		assert_search(index, "", NULL);
		assert_search(index, "a", NULL);
		assert_wild(index, "", "");
		assert_wild(index, "a", "");
		assert_dump(index, "");
	}
}
END_TEST

START_TEST(without_memory)
{
	unsigned int failures = 0;
	bool failed;

	do {
		_cleanup_index_ struct index *index = NULL;
		_cleanup_(index_matches_done) struct index_matches matches = {};
		_cleanup_fclose_ FILE *out = fopen("/dev/null", "we");
		const int fd = make_fd(pre_order, SMALL_SIZE);
		int r;

		ck_assert_ptr_nonnull(out);
		unit_fail_allocation(failures);
		r = index_open(fd, &index);
		if (r < 0)
			close_fd(fd);
		if (r == 0)
			r = index_search_wild(index, "net_pf_2", &matches);
		if (r == 0)
			r = index_dump(index, print_entry, out);
		failed = unit_allocation_failed();
		ck_assert_int_eq(r, failed ? -ENOMEM : 0);
	} while (failed && ++failures < 100);
	ck_assert_uint_gt(failures, 3);
	ck_assert_uint_lt(failures, 100);
}
END_TEST

/* ---- Truncation ---------------------------------------------------------------------------- */

/* Nothing is found in what is left of a file that is not found in all of it. */
START_TEST(cut_everywhere)
{
	static const char whole[] = "net_pf_*=two net_pf_2=one net_pf_2=two ";

	for (size_t n = 12; n < SMALL_SIZE; n++) {
		_cleanup_free_ uint8_t *part = malloc(n);
		_cleanup_free_ char *dumped = NULL, *wild = NULL;
		const char *value = NULL;
		int r;

		ck_assert_ptr_nonnull(part);
		memcpy(part, orders[_i], n);
		_cleanup_index_ struct index *index = open_bytes(part, n);

		r = index_search(index, "net_pf_2", &value);
		ck_assert(r == -EBADMSG || (r == 1 && strcmp(value, "one") == 0));
		r = index_search(index, "net_pf_*", &value);
		ck_assert(r == -EBADMSG || (r == 1 && strcmp(value, "two") == 0));

		wild = wild_text(index, "net_pf_2");
		ck_assert_ptr_nonnull(strstr(wild, "damaged"));
		*strstr(wild, "damaged") = '\0';
		ck_assert_ptr_nonnull(strstr("one0 two1 two1 ", wild));

		dumped = dump_text(index);
		ck_assert_ptr_nonnull(strstr(dumped, "damaged"));
		*strstr(dumped, "damaged") = '\0';
		ck_assert_ptr_nonnull(strstr(whole, dumped));
	}
}
END_TEST

/* Keys and values over several chunks, from this offset on. */
static void put_long(struct file *file, size_t offset)
{
	char prefix[10001], value[9001];

	memset(prefix, 'p', sizeof(prefix));
	prefix[sizeof(prefix) - 1] = '\0';
	memset(value, 'v', sizeof(value));
	value[sizeof(value) - 1] = '\0';

	put_header(file, (uint32_t)(CHILDREN | offset));
	put_zeroes(file, offset - file->size);
	put_u8(file, 'p');
	put_u8(file, 'p');
	put_u32(file, (uint32_t)(PREFIX | VALUES | (offset + 6)));
	put_string(file, prefix + 1);
	put_u32(file, 2);
	put_value(file, 1, value);
	put_value(file, 2, value + 1);
}

/* Every position of a node's parts to the ends of the chunks that are read. */
START_TEST(chunks)
{
	char key[10001];

	memset(key, 'p', sizeof(key));
	key[sizeof(key) - 1] = '\0';
	for (size_t offset = 4096 - 40; offset < 4096 + 4; offset++) {
		_cleanup_(index_matches_done) struct index_matches m = {};
		_cleanup_file_ struct file file = {};
		const char *value;

		put_long(&file, offset);
		_cleanup_index_ struct index *index = open_file(&file);

		ck_assert_int_eq(index_search(index, key, &value), 1);
		ck_assert_uint_eq(strlen(value), 9000);
		assert_search(index, key + 1, NULL);
		ck_assert_int_eq(index_search_wild(index, key, &m), 0);
		ck_assert_uint_eq(m.count, 2);
		ck_assert(!m.damaged);
		ck_assert_uint_eq(strlen(m.matches[0].value), 9000);
		ck_assert_uint_eq(strlen(m.matches[1].value), 8999);
	}
}
END_TEST

/* A file that is cut short while it is open: found is what was there before or is there still. */
START_TEST(shrinking)
{
	_cleanup_file_ struct file file = {};
	char key[10001];

	memset(key, 'p', sizeof(key));
	key[sizeof(key) - 1] = '\0';
	put_long(&file, 5000);
	for (size_t n = 0; n < file.size; n += 500) {
		_cleanup_index_ struct index *index = NULL;
		const char *value = "untouched", *again;
		const int fd = make_fd(file.bytes, file.size);
		const bool has_first_value = n > 5000 + 6 + 10000 + 4 + 4 + 9000;
		int r;

		ck_assert_int_eq(index_open(fd, &index), 0);
		ck_assert_int_eq(ftruncate(fd, (off_t)n), 0);
		r = index_search(index, key, &value);
		ck_assert(r == -EBADMSG || (r == 1 && has_first_value));
		ck_assert_uint_eq(strlen(value), r == 1 ? 9000 : strlen("untouched"));

		/* When it is whole again, so is what is found; and now it stays. */
		ck_assert_int_eq(pwrite(fd, file.bytes, file.size, 0), (ssize_t)file.size);
		ck_assert_int_eq(index_search(index, key, &value), 1);
		ck_assert_int_eq(ftruncate(fd, 0), 0);
		ck_assert_int_eq(index_search(index, key, &again), 1);
		ck_assert_ptr_eq(value, again);
		ck_assert_uint_eq(strlen(value), 9000);
	}
}
END_TEST

/* What was in the first chunk, with the header, is known; the tree is not. */
START_TEST(shrunk)
{
	_cleanup_file_ struct file file = {};
	_cleanup_index_ struct index *index = NULL;
	int fd;

	put_header(&file, CHILDREN | 5000);
	while (file.size < 5000)
		put_u8(&file, 0);
	put_u8(&file, 'n');
	put_u8(&file, 'n');
	put_u32(&file, VALUES | 5006);
	put_u32(&file, 1);
	put_value(&file, 0, "one");
	fd = make_fd(file.bytes, file.size);

	ck_assert_int_eq(index_open(fd, &index), 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)file.size - 1), 0);
	assert_search_fails(index, "n");
	assert_wild(index, "n", "damaged");
	assert_dump(index, "damaged");
}
END_TEST

/* Only what is on the way is read: the rest may as well not be there. */
START_TEST(reads_little)
{
	_cleanup_index_ struct index *index = NULL;
	const int fd = make_fd(pre_order, SMALL_SIZE);

	/* As large as an index can be, and then some. */
	ck_assert_int_eq(ftruncate(fd, (off_t)300 << 20), 0);
	ck_assert_int_eq(index_open(fd, &index), 0);
	assert_search(index, "net_pf_2", "one");
	assert_wild(index, "net_pf_2", "one0 two1 two1 ");
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	assert_search(index, "net_pf_2", "one");
	assert_dump(index, "net_pf_*=two net_pf_2=one net_pf_2=two ");
}
END_TEST

/* ---- Values -------------------------------------------------------------------------------- */

START_TEST(values_of_root)
{
	_cleanup_file_ struct file file = {};

	put_header(&file, VALUES | 12);
	put_u32(&file, 4);
	put_value(&file, 3, "");
	put_value(&file, 3, "b");
	put_value(&file, 0xffffffff, "c");
	put_value(&file, 1, "d");
	_cleanup_index_ struct index *index = open_file(&file);

	/* An empty value is a value. Exact lookups take the first, the others sort all of them. */
	assert_search(index, "", "");
	assert_search(index, "x", NULL);
	assert_wild(index, "", "d1 b3 3 c4294967295 ");
	assert_wild(index, "x", "");
	assert_dump(index, "= =b =c =d ");
}
END_TEST

/* All values before the one that is torn are there. */
START_TEST(torn_values)
{
	_cleanup_file_ struct file file = {};

	put_header(&file, VALUES | 12);
	put_u32(&file, 3);
	put_value(&file, 1, "a");
	put_value(&file, 2, "b");
	put_value(&file, 3, "c");
	file.size--;
	_cleanup_index_ struct index *index = open_file(&file);

	assert_search(index, "", "a");
	assert_wild(index, "", "a1 b2 damaged");
	assert_dump(index, "=a =b damaged");
}
END_TEST

START_TEST(no_values)
{
	_cleanup_file_ struct file file = {};

	put_header(&file, VALUES | 12);
	put_u32(&file, 0);
	_cleanup_index_ struct index *index = open_file(&file);

	assert_search(index, "", NULL);
	assert_wild(index, "", "");
	assert_dump(index, "");
}
END_TEST

static int stop_at_second(const char *key, const char *value, void *data)
{
	int *const count = data;

	return ++*count == 2 ? -EBADMSG : 0;
}

static int stop_at_first(const char *key, const char *value, void *data)
{
	return 42;
}

START_TEST(dump_stopped)
{
	_cleanup_index_ struct index *index = open_bytes(orders[_i], SMALL_SIZE);
	int count = 0;

	/* Even with a result that the walk itself could have. */
	ck_assert_int_eq(index_dump(index, stop_at_second, &count), -EBADMSG);
	ck_assert_int_eq(count, 2);
	ck_assert_int_eq(index_dump(index, stop_at_first, NULL), 42);
	/* Nothing is left of those that were ended. */
	assert_dump(index, "net_pf_*=two net_pf_2=one net_pf_2=two ");
}
END_TEST

/* ---- Tries made of entries ------------------------------------------------------------------ */

struct entry {
	const char *key;
	const char *value;
	uint32_t priority;
};

static int compare_entries(const void *a, const void *b)
{
	const struct entry *const x = a, *const y = b;
	const int r = strcmp(x->key, y->key);

	if (r != 0)
		return r;
	return x->priority < y->priority ? -1 : x->priority > y->priority;
}

/* How many entries have the same character at @at as the first one. */
static size_t count_same(const struct entry *entries, size_t count, size_t at)
{
	size_t n = 1;

	while (n < count && entries[n].key[at] == entries[0].key[at])
		n++;
	return n;
}

/* Where the keys, all the same up to @at, begin to differ or one of them ends. */
static size_t common_end(const struct entry *entries, size_t count, size_t at)
{
	while (entries[0].key[at] != '\0' && count_same(entries, count, at) == count)
		at++;
	return at;
}

/* A node: sorted entries that are the same before @start, where the node's own part begins. */
struct trie {
	const struct entry *entries;
	size_t count;
	size_t own;	      /* how many of them end here, and are its values */
	size_t start, end;    /* of its prefix in the keys */
	uint32_t first, last; /* characters of its children; none if last is 0 */
	uint32_t children[128];
	size_t table; /* where their references are */
};

static uint32_t put_trie(struct file *file, struct trie *trie, bool is_pre_order);

static struct trie make_trie(const struct entry *entries, size_t count, size_t start, size_t end)
{
	struct trie trie = { .entries = entries, .count = count, .start = start, .end = end };

	while (trie.own < count && entries[trie.own].key[end] == '\0')
		trie.own++;
	if (trie.own < count) {
		trie.first = (unsigned char)entries[trie.own].key[end];
		trie.last = (unsigned char)entries[count - 1].key[end];
	}
	return trie;
}

static void put_children(struct file *file, struct trie *trie, bool is_pre_order)
{
	for (size_t i = trie->own; i < trie->count;) {
		const struct entry *const entries = trie->entries + i;
		const size_t n = count_same(entries, trie->count - i, trie->end);
		struct trie child =
			make_trie(entries, n, trie->end + 1, common_end(entries, n, trie->end + 1));

		trie->children[(unsigned char)entries->key[trie->end]] =
			put_trie(file, &child, is_pre_order);
		i += n;
	}
}

/* The node itself, with references as far as they are known. Returns that to the node. */
static uint32_t put_node(struct file *file, struct trie *trie)
{
	const uint32_t ref = (uint32_t)file->size | (trie->end > trie->start ? PREFIX : 0) |
			     (trie->last > 0 ? CHILDREN : 0) | (trie->own > 0 ? VALUES : 0);

	if (trie->end > trie->start) {
		put(file, trie->entries->key + trie->start, trie->end - trie->start);
		put_u8(file, 0);
	}
	if (trie->last > 0) {
		put_u8(file, trie->first);
		put_u8(file, trie->last);
		trie->table = file->size;
		for (uint32_t c = trie->first; c <= trie->last; c++)
			put_u32(file, trie->children[c]);
	}
	if (trie->own > 0)
		put_u32(file, (uint32_t)trie->own);
	for (size_t i = 0; i < trie->own; i++)
		put_value(file, trie->entries[i].priority, trie->entries[i].value);
	return ref;
}

/* The node and all below it. */
static uint32_t put_trie(struct file *file, struct trie *trie, bool is_pre_order)
{
	uint32_t ref;

	if (!is_pre_order) {
		put_children(file, trie, false);
		return put_node(file, trie);
	}
	ref = put_node(file, trie);
	put_children(file, trie, true);
	for (uint32_t c = trie->first; trie->last > 0 && c <= trie->last; c++)
		set_u32(file, trie->table + (c - trie->first) * 4, trie->children[c]);
	return ref;
}

/* The index with these entries, which get sorted. */
static struct file make_index(struct entry *entries, size_t count, bool is_pre_order)
{
	struct file file = {};
	struct trie root;

	/* The root has no prefix. */
	qsort(entries, count, sizeof(*entries), compare_entries);
	root = make_trie(entries, count, 0, 0);
	put_header(&file, 0);
	set_u32(&file, 8, put_trie(&file, &root, is_pre_order));
	return file;
}

/* That this writer, too, writes the small index. */
START_TEST(writer)
{
	struct entry entries[] = {
		{ "net_pf_2", "two", 1 },
		{ "net_pf_2", "one", 0 },
		{ "net_pf_*", "two", 1 },
	};
	_cleanup_file_ struct file pre = make_index(entries, COUNT(entries), true);
	_cleanup_file_ struct file post = make_index(entries, COUNT(entries), false);

	ck_assert_uint_eq(pre.size, SMALL_SIZE);
	ck_assert_mem_eq(pre.bytes, pre_order, SMALL_SIZE);
	ck_assert_uint_eq(post.size, SMALL_SIZE);
	ck_assert_mem_eq(post.bytes, post_order, SMALL_SIZE);
}
END_TEST

START_TEST(patterns)
{
	struct entry entries[] = {
		{ "", "empty", 0 },
		{ "*", "star", 1 },
		{ "a", "a", 2 },
		{ "a*c", "a*c", 3 },
		{ "a?c", "a?c", 4 },
		{ "a[b-d]c", "a[]c", 5 },
		{ "a[!b]c", "a[!]c", 6 },
		{ "abc", "abc", 7 },
		{ "pre*x*y", "stars", 8 },
		{ "pre\\*", "backslash", 9 },
		{ "q[\\]]", "bracket", 10 },
		{ "q?\\*", "escaped", 11 },
		{ "r[a", "open", 12 },
	};
	_cleanup_file_ struct file file = make_index(entries, COUNT(entries), _i == 0);
	_cleanup_index_ struct index *index = open_file(&file);

	assert_wild(index, "", "empty0 star1 ");
	assert_wild(index, "a", "star1 a2 ");
	assert_wild(index, "abc", "star1 a*c3 a?c4 a[]c5 abc7 ");
	assert_wild(index, "acc", "star1 a*c3 a?c4 a[]c5 a[!]c6 ");
	assert_wild(index, "a/c", "star1 a*c3 a?c4 a[!]c6 ");
	assert_wild(index, "a.c", "star1 a*c3 a?c4 a[!]c6 ");
	assert_wild(index, "ac", "star1 a*c3 ");
	assert_wild(index, ".", "star1 ");
	assert_wild(index, "prexy", "star1 stars8 ");
	assert_wild(index, "pre/x/.y", "star1 stars8 ");
	assert_wild(index, "prex", "star1 ");
	/* A backslash before the first wildcard stands for itself. */
	assert_wild(index, "pre\\", "star1 backslash9 ");
	assert_wild(index, "pre*", "star1 ");
	/* After it, it takes the meaning of the next character away. */
	assert_wild(index, "q]", "star1 bracket10 ");
	assert_wild(index, "qx*", "star1 escaped11 ");
	assert_wild(index, "qxy", "star1 ");
	assert_wild(index, "r[a", "star1 open12 ");

	/* None of this in an exact lookup. */
	assert_search(index, "abc", "abc");
	assert_search(index, "acc", NULL);
	assert_search(index, "a*c", "a*c");
	assert_search(index, "", "empty");
	assert_search(index, "q[\\]]", "bracket");
}
END_TEST

/* Wildcards in the name are characters; one that is also a key may be found by either way. */
START_TEST(wildcards_in_names)
{
	struct entry entries[] = {
		{ "a", "a", 1 },     { "ab", "ab", 2 },	    { "a*", "a*", 3 },
		{ "a*b", "a*b", 4 }, { "b[cd]", "b[]", 5 }, { "b[x]", "b[x]", 6 },
	};
	_cleanup_file_ struct file file = make_index(entries, COUNT(entries), _i == 0);
	_cleanup_index_ struct index *index = open_file(&file);

	assert_wild(index, "*", "");
	assert_wild(index, "?", "");
	assert_wild(index, "a*", "a*3 a*3 ");
	assert_wild(index, "a?", "a*3 ");
	assert_wild(index, "a*b", "a*3 a*b4 a*b4 ");
	assert_wild(index, "bc", "b[]5 ");
	assert_wild(index, "b[", "");
}
END_TEST

/* Characters that no key can have are still matched by wildcards. */
START_TEST(names_outside_ascii)
{
	struct entry entries[] = {
		{ "a*", "star", 1 },
		{ "b", "b", 2 },
	};
	_cleanup_file_ struct file file = make_index(entries, COUNT(entries), _i == 0);
	_cleanup_index_ struct index *index = open_file(&file);

	assert_wild(index, "a\xc3\xa4", "star1 ");
	assert_wild(index, "\xc3\xa4", "");
	assert_wild(index, "\xff", "");
	assert_search(index, "\xe2", NULL);
	assert_search(index, "b\x80", NULL);
}
END_TEST

/* Among equal priorities, what is found later comes first. */
START_TEST(equal_priorities)
{
	struct entry entries[] = {
		{ "x*", "star", 0 },  { "x**", "stars", 0 }, { "x?", "mark", 0 },
		{ "x[y]", "set", 0 }, { "xy", "plain", 0 },  { "*", "root", 1 },
	};
	_cleanup_file_ struct file file = make_index(entries, COUNT(entries), _i == 0);
	_cleanup_index_ struct index *index = open_file(&file);

	/* Found are the stars (the longer key first), the other two, and what is no pattern. */
	assert_wild(index, "xy", "plain0 set0 mark0 star0 stars0 root1 ");
}
END_TEST

/* Each wildcard of a name may lead into what was matched as patterns before. */
START_TEST(many_visits)
{
	enum {
		KEYS = 100
	};
	_cleanup_(index_matches_done) struct index_matches m = {};
	struct entry entries[KEYS];
	char stars[KEYS + 1];

	memset(stars, '*', KEYS);
	stars[KEYS] = '\0';
	for (uint32_t i = 0; i < KEYS; i++)
		entries[i] = (struct entry){ stars + i, "v", i };
	_cleanup_file_ struct file file = make_index(entries, KEYS, _i == 0);
	_cleanup_index_ struct index *index = open_file(&file);

	/* All keys as patterns at the first character, all but one at the second, and so on. */
	ck_assert_int_eq(index_search_wild(index, stars, &m), 0);
	ck_assert(!m.damaged);
	ck_assert_uint_eq(m.count, KEYS * (KEYS + 1) / 2 + 1);
}
END_TEST

START_TEST(all_characters)
{
	struct entry entries[127];
	char keys[127][2], values[127][4];

	for (unsigned int c = 1; c < 128; c++) {
		keys[c - 1][0] = (char)c;
		keys[c - 1][1] = '\0';
		(void)snprintf(values[c - 1], sizeof(values[0]), "%u", c);
		entries[c - 1] = (struct entry){ keys[c - 1], values[c - 1], c };
	}
	_cleanup_file_ struct file file = make_index(entries, 127, _i == 0);
	_cleanup_index_ struct index *index = open_file(&file);

	for (unsigned int c = 1; c < 128; c++)
		assert_search(index, keys[c - 1], values[c - 1]);
	assert_search(index, "", NULL);
	assert_search(index, "aa", NULL);
}
END_TEST

/* What abides by the definition of a match, one key after the other. */
static bool is_match(const char *key, const char *name)
{
	const size_t literal = strcspn(key, "*?[");

	if (key[literal] == '\0')
		return strcmp(key, name) == 0;
	return strncmp(key, name, literal) == 0 && fnmatch(key + literal, name + literal, 0) == 0;
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

static void make_word(uint32_t *state, const char *alphabet, char *ret_word, size_t size)
{
	const size_t length = next_random(state) % size;

	for (size_t i = 0; i < length; i++)
		ret_word[i] = alphabet[next_random(state) % strlen(alphabet)];
	ret_word[length] = '\0';
}

/* Many small indexes, and all lookups compared with going through the entries one by one. */
START_TEST(compared_with_list)
{
	enum {
		ENTRIES = 40,
		NAMES = 60,
		ROUNDS = 150
	};
	uint32_t state = (uint32_t)_i + 1;

	for (int round = 0; round < ROUNDS; round++) {
		const size_t count = next_random(&state) % ENTRIES + 1;
		char keys[ENTRIES][9], values[ENTRIES][24];
		struct entry entries[ENTRIES];
		_cleanup_free_ char *expected = NULL;
		size_t size;
		FILE *out;

		for (size_t i = 0; i < count; i++) {
			make_word(&state, "aaabbc*?[]-!", keys[i], sizeof(keys[i]));
			(void)snprintf(values[i], sizeof(values[i]), "v%zu", i);
			entries[i] =
				(struct entry){ keys[i], values[i], (uint32_t)(i * 7 % ENTRIES) };
		}
		_cleanup_file_ struct file file = make_index(entries, count, _i == 0);
		_cleanup_index_ struct index *index = open_file(&file);

		out = open_memstream(&expected, &size);
		ck_assert_ptr_nonnull(out);
		for (size_t i = 0; i < count; i++)
			(void)print_entry(entries[i].key, entries[i].value, out);
		ck_assert_int_eq(fclose(out), 0);
		assert_dump(index, expected);

		for (int i = 0; i < NAMES; i++) {
			_cleanup_free_ char *matches = NULL;
			const char *first = NULL;
			char name[9];

			make_word(&state, "aaabbc]-!", name, sizeof(name));
			out = open_memstream(&matches, &size);
			ck_assert_ptr_nonnull(out);
			for (uint32_t priority = 0; priority < ENTRIES; priority++)
				for (size_t j = 0; j < count; j++)
					if (entries[j].priority == priority &&
					    is_match(entries[j].key, name))
						fprintf(out, "%s%u ", entries[j].value, priority);
			ck_assert_int_eq(fclose(out), 0);
			assert_wild(index, name, matches);

			for (size_t j = count; j > 0; j--)
				if (strcmp(entries[j - 1].key, name) == 0)
					first = entries[j - 1].value;
			assert_search(index, name, first);
		}
	}
}
END_TEST

/* ---- Files that are no trees ----------------------------------------------------------------- */

/* A node that is its own child, for each of the characters 'a' and 'b', and has a value. */
START_TEST(loop_of_one)
{
	_cleanup_file_ struct file file = {};

	put_header(&file, CHILDREN | VALUES | 12);
	put_u8(&file, 'a');
	put_u8(&file, 'b');
	put_u32(&file, CHILDREN | VALUES | 12);
	put_u32(&file, CHILDREN | VALUES | 12);
	put_u32(&file, 1);
	put_value(&file, 0, "v");
	_cleanup_index_ struct index *index = open_file(&file);

	/* An exact lookup ends with its key, at the latest with what a tree could hold. */
	assert_search(index, "", "v");
	assert_search_fails(index, "abababababababababababababababababababababababababab");
	assert_dump(index, "=v damaged");
}
END_TEST

/* Three nodes in a circle, below a wildcard. */
START_TEST(loop_of_three)
{
	_cleanup_file_ struct file file = {};

	put_header(&file, CHILDREN | 12);
	put_u8(&file, '*');
	put_u8(&file, '*');
	put_u32(&file, CHILDREN | VALUES | 18);
	for (uint32_t i = 0; i < 3; i++) {
		put_u8(&file, 'a');
		put_u8(&file, 'a');
		put_u32(&file, CHILDREN | VALUES | (18 + 16 * ((i + 1) % 3)));
		put_u32(&file, 1);
		put_value(&file, i, "v");
	}
	_cleanup_index_ struct index *index = open_file(&file);

	ck_assert_uint_eq(file.size, 18 + 3 * 16);
	assert_wild(index, "xaaa", "v0 v1 v2 damaged");
	/* no pattern that goes through the loop could match these */
	assert_wild(index, "xaa", "v0 v1 v2 ");
	assert_wild(index, "", "v0 ");
	assert_dump(index, "*=v *a=v *aa=v damaged");
}
END_TEST

/*
 * A ladder of nodes, each with two ways to the next one: a path for every number of @rungs bits.
 * Nothing of it is a loop, and it ends when it has cost what a tree in such a file could.
 */
START_TEST(paths_without_number)
{
	enum {
		RUNGS = 200
	};
	_cleanup_file_ struct file file = {};
	_cleanup_(index_matches_done) struct index_matches m = {};
	size_t lines = 0;
	char name[300];

	put_header(&file, CHILDREN | 12);
	put_u8(&file, '*');
	put_u8(&file, '*');
	put_u32(&file, CHILDREN | 18);
	for (uint32_t i = 0; i < RUNGS; i++) {
		const uint32_t next = 18 + 10 * (i + 1);

		put_u8(&file, 'a');
		put_u8(&file, 'b');
		put_u32(&file, (i + 1 < RUNGS ? CHILDREN : VALUES) | next);
		put_u32(&file, (i + 1 < RUNGS ? CHILDREN : VALUES) | next);
	}
	put_u32(&file, 1);
	put_value(&file, 0, "v");
	_cleanup_index_ struct index *index = open_file(&file);
	_cleanup_free_ char *text = dump_text(index);

	for (const char *p = text; (p = strstr(p, "=v ")) != NULL; p++)
		lines++;
	ck_assert_ptr_nonnull(strstr(text, "damaged"));
	ck_assert_uint_le(lines, file.size);

	/* too long to be told early which patterns cannot match */
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(index_search_wild(index, name, &m), 0);
	ck_assert(m.damaged);
	ck_assert_uint_le(m.count, file.size);
	index_matches_done(&m);

	ck_assert_int_eq(index_search_wild(index, "x", &m), 0);
	ck_assert(!m.damaged);
	ck_assert_uint_eq(m.count, 0);
}
END_TEST

/* Each wildcard in a name makes room for one more visit to each node, not for endless ones. */
START_TEST(loop_with_many_wildcards)
{
	_cleanup_file_ struct file file = {};
	char name[4096];

	memset(name, '*', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	put_header(&file, CHILDREN | VALUES | 12);
	put_u8(&file, '*');
	put_u8(&file, '*');
	put_u32(&file, CHILDREN | VALUES | 12);
	put_u32(&file, 1);
	put_value(&file, 0, "v");
	_cleanup_index_ struct index *index = open_file(&file);
	_cleanup_(index_matches_done) struct index_matches m = {};

	ck_assert_int_eq(index_search_wild(index, name, &m), 0);
	ck_assert(m.damaged);
	ck_assert_uint_le(m.count, file.size * sizeof(name));
}
END_TEST

/* A key of @depth stars, with so many values of 1000 characters. */
static struct file make_stars(uint32_t depth, uint32_t values)
{
	struct file file = {};
	char value[1001];

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	put_header(&file, CHILDREN | 12);
	for (uint32_t i = 1; i <= depth; i++) {
		put_u8(&file, '*');
		put_u8(&file, '*');
		put_u32(&file, (i < depth ? CHILDREN : VALUES) | (12 + i * 6));
	}
	put_u32(&file, values);
	for (uint32_t i = 0; i < values; i++)
		put_value(&file, 0, value);
	return file;
}

/* Much that is found once for each wildcard of the name: small files are not limited. */
START_TEST(much_behind_wildcards)
{
	static const struct {
		uint32_t stars, values;
		bool complete;
	} cases[] = {
		{ 250, 60, true },
		{ 6, 4000, true },
		{ 250, 1000, false },
		{ 12, 4000, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const uint32_t most = (cases[i].stars + 1) * cases[i].values;
		_cleanup_file_ struct file file = make_stars(cases[i].stars, cases[i].values);
		_cleanup_(index_matches_done) struct index_matches m = {};
		_cleanup_index_ struct index *index = open_file(&file);
		char name[251] = "";

		memset(name, '*', cases[i].stars);
		ck_assert_int_eq(index_search_wild(index, name, &m), 0);
		ck_assert(m.damaged == !cases[i].complete);
		if (cases[i].complete)
			ck_assert_uint_eq(m.count, most);
		else
			ck_assert_uint_le(m.count * 1000, (16 << 20) + 8 * file.size);
	}
}
END_TEST

/* 127 long patterns. */
static struct file make_patterns(void)
{
	static const char start[] = "a]*"; /* behind '[' */
	enum {
		LENGTH = 2000,
		NODE = 12 + 2 + 4,
	};
	const uint32_t leaf = (uint32_t)(NODE + strlen(start) + LENGTH + 1 + 2 + 127 * 4);
	struct file file = {};

	put_header(&file, CHILDREN | 12);
	put_u8(&file, '[');
	put_u8(&file, '[');
	put_u32(&file, PREFIX | CHILDREN | NODE);
	put(&file, start, strlen(start));
	for (size_t i = 0; i < LENGTH; i++)
		put_u8(&file, 'a');
	put_u8(&file, '\0');
	put_u8(&file, 1);
	put_u8(&file, 127);
	for (unsigned int c = 1; c < 128; c++)
		put_u32(&file, VALUES | leaf);
	put_u32(&file, 1);
	put_value(&file, 0, "v");
	return file;
}

/* How many seconds the clock goes on each time it is looked at; negative: it is the real one. */
static int clock_step = -1;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __real_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	static time_t seconds = 100;

	if (clock_step < 0 || clock != CLOCK_THREAD_CPUTIME_ID)
		return __real_clock_gettime(clock, now);
	seconds += clock_step;
	*now = (struct timespec){ .tv_sec = seconds };
	return 0;
}

static void assert_takes_long(struct index *index, const char *name)
{
	struct index_matches m = {};

	ck_assert_int_eq(index_search_wild(index, name, &m), -ETIME);
	ck_assert_ptr_null(m.matches);
}

/* Long patterns that are compared one by one with a long name: as long as that does not take too long. */
START_TEST(costly_patterns)
{
	_cleanup_file_ struct file file = make_patterns();
	_cleanup_index_ struct index *index = open_file(&file);
	char *const name = malloc(1 << 20);

	ck_assert_ptr_nonnull(name);
	memset(name, 'a', 4095);
	name[4095] = '\0';
	clock_step = 1;
	assert_takes_long(index, name);
	clock_step = 0;
	assert_wild(index, name, "v0 v0 v0 "); /* those that end in 'a', '?' and '*' */
	name[100] = '\0';
	clock_step = 1;
	assert_wild(index, name, "");

	/* Nothing is found twice here, whatever the wildcards in the name. */
	memset(name, '*', 4095);
	name[4095] = '\0';
	assert_takes_long(index, name);

	/* Where one would take long by itself, there is no need to look at the clock. */
	clock_step = 0;
	memset(name, 'a', (1 << 20) - 1);
	name[(1 << 20) - 1] = '\0';
	assert_takes_long(index, name);
	clock_step = -1;
	free(name);
}
END_TEST

/* Strings without an end, one behind the other, from every character of every node. */
START_TEST(endless_prefixes)
{
	enum {
		NODES = 100
	};
	_cleanup_file_ struct file file = {};

	put_header(&file, CHILDREN | 12);
	for (uint32_t i = 0; i < NODES; i++) {
		put_u8(&file, 1);
		put_u8(&file, 127);
		for (uint32_t c = 1; c < 128; c++)
			put_u32(&file,
				c == 1 && i + 1 < NODES ?
					CHILDREN | (12 + (i + 1) * (2 + 127 * 4)) :
					PREFIX | CHILDREN | (12 + NODES * (2 + 127 * 4) + c));
	}
	for (size_t i = 0; i < 100000; i++)
		put_u8(&file, 'x');
	_cleanup_index_ struct index *index = open_file(&file);

	assert_dump(index, "damaged");
	assert_wild(index, "axxx", "damaged");
	assert_search_fails(index, "axxx");
}
END_TEST

static int add_up(const char *key, const char *value, void *data)
{
	size_t *const total = data;

	*total += strlen(key);
	return 0;
}

/* @count nodes, each with a value and one child, the next node. */
static struct file make_chain(uint32_t count)
{
	struct file file = {};

	put_header(&file, CHILDREN | VALUES | 12);
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t next = 12 + 16 * (i + 1);

		put_u8(&file, 'a');
		put_u8(&file, 'a');
		put_u32(&file, i + 1 < count ? CHILDREN | VALUES | next : 0);
		put_u32(&file, 1);
		put_value(&file, i, "v");
	}
	return file;
}

/* The depth of a walk is bounded, but far beyond what anybody will need. */
START_TEST(depth)
{
	_cleanup_file_ struct file deep = make_chain(4096);
	_cleanup_file_ struct file too_deep = make_chain(4097);
	_cleanup_index_ struct index *index = open_file(&deep);
	_cleanup_index_ struct index *too_deep_index = open_file(&too_deep);
	_cleanup_free_ char *text = dump_text(index), *too_deep_text = dump_text(too_deep_index);
	char key[4097];

	ck_assert_ptr_null(strstr(text, "damaged"));
	ck_assert_ptr_nonnull(strstr(too_deep_text, "damaged"));
	ck_assert_int_eq(strncmp(text, too_deep_text, strlen(text)), 0);

	memset(key, 'a', sizeof(key));
	key[4096] = '\0';
	assert_search(too_deep_index, key, "v");
	key[4095] = '\0';
	assert_search(index, key, "v");
}
END_TEST

/* Nodes on one path that stand as near to each other as they can, at any offset. */
START_TEST(near_nodes)
{
	_cleanup_file_ struct file file = make_stars(4000, 1);
	_cleanup_index_ struct index *index = open_file(&file);
	size_t total = 0;

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(index_dump(index, add_up, &total), 0);
	ck_assert_uint_eq(total, 2 * 4000);
}
END_TEST

static struct file make_long_prefix(size_t length)
{
	struct file file = {};

	put_header(&file, CHILDREN | 12);
	put_u8(&file, '*');
	put_u8(&file, '*');
	put_u32(&file, PREFIX | VALUES | 18);
	for (size_t i = 1; i < length; i++)
		put_u8(&file, '*');
	put_u8(&file, 0);
	put_u32(&file, 1);
	put_value(&file, 0, "v");
	return file;
}

/* So is the length of a key, to those who need to put it together. */
START_TEST(key_length)
{
	_cleanup_file_ struct file file = make_long_prefix(65535);
	_cleanup_file_ struct file longer = make_long_prefix(65536);
	_cleanup_index_ struct index *index = open_file(&file);
	_cleanup_index_ struct index *longer_index = open_file(&longer);
	_cleanup_free_ char *key = malloc(65537);

	assert_wild(index, "x", "v0 ");
	assert_wild(longer_index, "x", "damaged");
	assert_dump(longer_index, "damaged");

	memset(key, '*', 65536);
	key[65536] = '\0';
	assert_search(longer_index, key, "v");
	key[65535] = '\0';
	assert_search(index, key, "v");
	assert_search(longer_index, key, NULL);
}
END_TEST

/* A key is handed out once for each of its values, which take up less than it does. */
START_TEST(key_of_many_values)
{
	static const struct {
		size_t length, values;
		bool complete;
	} cases[] = {
		{ 200, 100000, true }, { 1600, 10000, true },  { 4096, 500, true },
		{ 65535, 300, true },  { 65535, 7000, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		_cleanup_file_ struct file file = {};
		size_t total = 0;
		int r;

		put_header(&file, PREFIX | VALUES | 12);
		for (size_t j = 0; j < cases[i].length; j++)
			put_u8(&file, 'a');
		put_u8(&file, 0);
		put_u32(&file, (uint32_t)cases[i].values);
		for (size_t j = 0; j < cases[i].values; j++)
			put_value(&file, 0, "");
		_cleanup_index_ struct index *index = open_file(&file);

		r = index_dump(index, add_up, &total);
		ck_assert_int_eq(r, cases[i].complete ? 0 : -EBADMSG);
		if (cases[i].complete)
			ck_assert_uint_eq(total, cases[i].length * cases[i].values);
		else
			ck_assert_uint_le(total, file.size * 320);
	}
}
END_TEST

/* One byte of an index at a time: each lookup ends, inside the file. */
START_TEST(damaged_everywhere)
{
	struct entry entries[] = {
		{ "", "empty", 0 },    { "*", "star", 1 }, { "a", "a", 2 },    { "a*c", "b", 3 },
		{ "a[b-d]c", "c", 4 }, { "abc", "d", 5 },  { "abcd", "e", 6 }, { "xyz", "f", 7 },
	};
	_cleanup_file_ struct file file = make_index(entries, COUNT(entries), _i == 0);

	for (size_t at = 12 - 4; at < file.size; at++) {
		const uint8_t was = file.bytes[at];

		for (unsigned int value = 0; value < 256; value++) {
			const char *first;
			int r;

			/* The ends of each sixteen, and what is one more than it was. */
			if (value % 16 != 0 && value % 16 != 15 && value != was + 1U)
				continue;
			file.bytes[at] = (uint8_t)value;
			_cleanup_index_ struct index *index = open_file(&file);
			_cleanup_free_ char *text = wild_text(index, "abc");
			_cleanup_free_ char *dumped = dump_text(index);

			ck_assert_uint_le(strlen(text), 100 * file.size);
			ck_assert_uint_le(strlen(dumped), 100 * file.size);
			r = index_search(index, "abcd", &first);
			ck_assert(r == 0 || r == -EBADMSG || (r == 1 && strlen(first) < file.size));
		}
		file.bytes[at] = was;
	}
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("index-read");
	TCase *const tests = tcase_create("index-read");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, small_index, 0, 2);
	tcase_add_test(tests, small_index_damaged);
	tcase_add_test(tests, child_ranges);
	tcase_add_test(tests, header);
	tcase_add_test(tests, header_cut);
	tcase_add_test(tests, unreadable);
	tcase_add_test(tests, empty_index);
	tcase_add_test(tests, without_memory);
	tcase_add_loop_test(tests, cut_everywhere, 0, 2);
	tcase_add_test(tests, chunks);
	tcase_add_test(tests, shrinking);
	tcase_add_test(tests, shrunk);
	tcase_add_test(tests, reads_little);
	tcase_add_test(tests, values_of_root);
	tcase_add_test(tests, torn_values);
	tcase_add_test(tests, no_values);
	tcase_add_loop_test(tests, dump_stopped, 0, 2);
	tcase_add_test(tests, writer);
	tcase_add_loop_test(tests, patterns, 0, 2);
	tcase_add_loop_test(tests, wildcards_in_names, 0, 2);
	tcase_add_loop_test(tests, names_outside_ascii, 0, 2);
	tcase_add_loop_test(tests, equal_priorities, 0, 2);
	tcase_add_loop_test(tests, many_visits, 0, 2);
	tcase_add_loop_test(tests, all_characters, 0, 2);
	tcase_add_loop_test(tests, compared_with_list, 0, 2);
	tcase_add_test(tests, loop_of_one);
	tcase_add_test(tests, loop_of_three);
	tcase_add_test(tests, paths_without_number);
	tcase_add_test(tests, loop_with_many_wildcards);
	tcase_add_test(tests, much_behind_wildcards);
	tcase_add_test(tests, costly_patterns);
	tcase_add_test(tests, endless_prefixes);
	tcase_add_test(tests, depth);
	tcase_add_test(tests, near_nodes);
	tcase_add_test(tests, key_length);
	tcase_add_test(tests, key_of_many_values);
	tcase_add_loop_test(tests, damaged_everywhere, 0, 2);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
