/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of compressed files, as harness/compress.c makes them, and their checksums.
 */
#include <check.h>
#include <string.h>

#include "fields.h"

static struct field number(const char *name, size_t at, unsigned int width)
{
	return (struct field){ .name = name, .at = at, .width = width, .self = at };
}

/* A number for each byte of what is made of small ones. */
static void add_bytes(struct fields *fields, const char *name, size_t from, size_t to)
{
	for (size_t at = from; at < to; at++)
		fields_add(fields, number(name, at, 1));
}

static uint64_t load(const uint8_t *file, size_t at, unsigned int width)
{
	const struct field field = number("", at, width);

	return field_value(file, &field);
}

static void store(uint8_t *file, size_t at, unsigned int width, uint64_t value)
{
	const struct field field = number("", at, width);

	field_set(file, &field, value);
}

/* The one of IEEE 802.3. */
static uint32_t crc32_of(const uint8_t *bytes, size_t size)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < size; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* ---- xz --------------------------------------------------------------------------------- */

/*
 * Header: magic, flags, CRC32. Block: size of its header, flags, small numbers, CRC32; chunks;
 * check. Index: small numbers, CRC32. Footer: CRC32, size of the index, flags, magic.
 */
enum {
	XZ_FLAGS = 6,
	XZ_FLAGS_CRC = 8,
	XZ_BLOCK = 12,
	XZ_FOOTER = 12, /* from the end, as the following */
	XZ_INDEX_SIZE = 8,
	XZ_LAST_FLAGS = 4,
};

static size_t xz_block_header_size(const uint8_t *file)
{
	return 4 * (size_t)(file[XZ_BLOCK] + 1);
}

static size_t xz_index_size(const uint8_t *file, size_t size)
{
	return 4 * (size_t)(load(file, size - XZ_INDEX_SIZE, 4) + 1);
}

struct fields fields_of_xz(struct bytes file)
{
	const size_t data = XZ_BLOCK + xz_block_header_size(file.data);
	const size_t index = file.size - XZ_FOOTER - xz_index_size(file.data, file.size);
	struct fields fields = { 0 };

	fields_add(&fields, number("flags", XZ_FLAGS, 2));
	fields_add(&fields, number("size of the block's header", XZ_BLOCK, 1));
	add_bytes(&fields, "a byte of the block's header", XZ_BLOCK + 1, data - 4);
	fields_add(&fields, number("control byte of a chunk", data, 1));
	fields_add(&fields, number("size of the chunk", data + 1, 2));
	fields_add(&fields, number("compressed size of the chunk", data + 3, 2));
	fields_add(&fields, number("properties of the chunk", data + 5, 1));
	fields_add(&fields, number("check", index - 4, 4));
	add_bytes(&fields, "a byte of the index", index, file.size - XZ_FOOTER - 4);
	fields_add(&fields, number("size of the index", file.size - XZ_INDEX_SIZE, 4));
	fields_add(&fields, number("flags at the end", file.size - XZ_LAST_FLAGS, 2));
	return fields;
}

void repair_xz(uint8_t *file, size_t size)
{
	const size_t header = xz_block_header_size(file);
	const size_t index_size = xz_index_size(file, size);

	store(file, XZ_FLAGS_CRC, 4, crc32_of(file + XZ_FLAGS, 2));
	if (file[XZ_BLOCK] != 0 && header + XZ_BLOCK + XZ_FOOTER < size)
		store(file, XZ_BLOCK + header - 4, 4, crc32_of(file + XZ_BLOCK, header - 4));
	if (index_size > 4 && index_size + XZ_BLOCK + XZ_FOOTER < size)
		store(file, size - XZ_FOOTER - 4, 4,
		      crc32_of(file + size - XZ_FOOTER - index_size, index_size - 4));
	store(file, size - XZ_FOOTER, 4, crc32_of(file + size - XZ_INDEX_SIZE, 6));
}

/* ---- gzip ------------------------------------------------------------------------------- */

/* Magic, method, flags, time, flags, system; a name; CRC16; blocks; CRC32, size. */
enum {
	GZIP_METHOD = 2,
	GZIP_FLAGS = 3,
	GZIP_TIME = 4,
	GZIP_MORE_FLAGS = 8,
	GZIP_SYSTEM = 9,
	GZIP_NAME = 10,
	GZIP_HAS_CRC = 2,
	GZIP_HAS_NAME = 8,
};

static size_t gzip_header_size(const uint8_t *file)
{
	return file[GZIP_FLAGS] & GZIP_HAS_NAME ?
		       GZIP_NAME + strlen((const char *)file + GZIP_NAME) + 1 :
		       GZIP_NAME;
}

struct fields fields_of_gzip(struct bytes file)
{
	struct fields fields = { 0 };

	ck_assert_int_eq(file.data[GZIP_FLAGS], GZIP_HAS_CRC | GZIP_HAS_NAME);
	fields_add(&fields, number("method", GZIP_METHOD, 1));
	fields_add(&fields, number("flags", GZIP_FLAGS, 1));
	fields_add(&fields, number("time", GZIP_TIME, 4));
	fields_add(&fields, number("more flags", GZIP_MORE_FLAGS, 1));
	fields_add(&fields, number("system", GZIP_SYSTEM, 1));
	add_bytes(&fields, "a byte of the first block's tables", gzip_header_size(file.data) + 2,
		  gzip_header_size(file.data) + 18);
	fields_add(&fields, number("checksum", file.size - 8, 4));
	fields_add(&fields, number("size", file.size - 4, 4));
	return fields;
}

void repair_gzip(uint8_t *file, size_t size)
{
	const size_t header = gzip_header_size(file);

	if (file[GZIP_FLAGS] & GZIP_HAS_CRC && header + 2 < size)
		store(file, header, 2, crc32_of(file, header));
}

/* ---- zstd ------------------------------------------------------------------------------- */

/* Magic; which of the following there are; window; size; blocks, each with a header; checksum. */
enum {
	ZSTD_WHAT = 4,
	ZSTD_SINGLE_SEGMENT = 0x20,
};

struct fields fields_of_zstd(struct bytes file)
{
	const uint8_t what = file.data[ZSTD_WHAT];
	const bool single = what & ZSTD_SINGLE_SEGMENT;
	const unsigned int sizes[] = { single ? 1 : 0, 2, 4, 8 };
	const unsigned int size = sizes[what >> 6];
	size_t at = ZSTD_WHAT + 1;
	struct fields fields = { 0 };

	fields_add(&fields, number("descriptor", ZSTD_WHAT, 1));
	if (!single)
		fields_add(&fields, number("window", at++, 1));
	if (size > 0)
		fields_add(&fields, number("size", at, size));
	at += size;
	fields_add(&fields, number("header of the block", at, 3));
	add_bytes(&fields, "a byte of the block's tables", at + 3, at + 19);
	fields_add(&fields, number("checksum", file.size - 4, 4));
	return fields;
}
