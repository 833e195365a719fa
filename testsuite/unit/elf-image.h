/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF files made for a test, in each of the two classes and byte orders.
 *
 * Where a field stands is written down here as numbers, from the ELF specification, so that a
 * wrong idea of it in the code under test is not shared by the tests.
 */
#ifndef ELF_IMAGE_H
#define ELF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* A kind is a sum of these; from 0 to IMAGE_KINDS - 1 for tests that loop. */
enum {
	IMAGE_64BIT = 1,
	IMAGE_BIG_ENDIAN = 2,
	IMAGE_KINDS = 4,
	IMAGE_TABLE_LAST = 4, /* section table at the end of the file, not behind the header */
};

/* Offset and width in a 32-bit file, then in a 64-bit file. */
struct image_field {
	uint8_t offset32, width32, offset64, width64;
};

static const struct image_field IMAGE_E_MACHINE = { 18, 2, 18, 2 };
static const struct image_field IMAGE_E_SHOFF = { 32, 4, 40, 8 };
static const struct image_field IMAGE_E_SHENTSIZE = { 46, 2, 58, 2 };
static const struct image_field IMAGE_E_SHNUM = { 48, 2, 60, 2 };
static const struct image_field IMAGE_E_SHSTRNDX = { 50, 2, 62, 2 };

static const struct image_field IMAGE_SH_NAME = { 0, 4, 0, 4 };
static const struct image_field IMAGE_SH_TYPE = { 4, 4, 4, 4 };
static const struct image_field IMAGE_SH_FLAGS = { 8, 4, 8, 8 };
static const struct image_field IMAGE_SH_OFFSET = { 16, 4, 24, 8 };
static const struct image_field IMAGE_SH_SIZE = { 20, 4, 32, 8 };

static const struct image_field IMAGE_ST_NAME = { 0, 4, 0, 4 };
static const struct image_field IMAGE_ST_INFO = { 12, 1, 4, 1 };
static const struct image_field IMAGE_ST_SHNDX = { 14, 2, 6, 2 };
static const struct image_field IMAGE_ST_VALUE = { 4, 4, 8, 8 };

/* Some bytes in the making. */
struct image_part {
	uint8_t bytes[8192];
	size_t size;
};

struct image_section {
	const char *name;
	const void *data;
	size_t size;
};

struct image_symbol {
	const char *name; /* NULL: name_offset as it is */
	uint32_t name_offset;
	uint64_t value;
	uint16_t section;
	uint8_t info; /* binding << 4 | type */
};

/* A whole file; the block is as large as that. */
struct image {
	int kind;
	uint8_t *bytes;
	size_t size;
	size_t table; /* offset of the section table */
};

static inline size_t image_header_size(int kind)
{
	return kind & IMAGE_64BIT ? 64 : 52;
}

static inline size_t image_entry_size(int kind)
{
	return kind & IMAGE_64BIT ? 64 : 40;
}

static inline size_t image_symbol_size(int kind)
{
	return kind & IMAGE_64BIT ? 24 : 16;
}

static inline size_t image_width(int kind, struct image_field f)
{
	return kind & IMAGE_64BIT ? f.width64 : f.width32;
}

static inline size_t image_offset(int kind, struct image_field f)
{
	return kind & IMAGE_64BIT ? f.offset64 : f.offset32;
}

/* Writes the @width lower bytes of @value to @p. */
static inline void image_store(int kind, uint8_t *p, size_t width, uint64_t value)
{
	for (size_t i = 0; i < width; i++) {
		const size_t at = kind & IMAGE_BIG_ENDIAN ? width - 1 - i : i;

		p[at] = (uint8_t)(value >> (8 * i));
	}
}

static inline uint64_t image_load(int kind, const uint8_t *p, size_t width)
{
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++)
		value = value << 8 | p[kind & IMAGE_BIG_ENDIAN ? i : width - 1 - i];
	return value;
}

/* Sets field @f of the header or table entry that starts at @entry. */
static inline void image_put(struct image *image, size_t entry, struct image_field f,
			     uint64_t value)
{
	image_store(image->kind, image->bytes + entry + image_offset(image->kind, f),
		    image_width(image->kind, f), value);
}

static inline uint64_t image_get(const struct image *image, size_t entry, struct image_field f)
{
	return image_load(image->kind, image->bytes + entry + image_offset(image->kind, f),
			  image_width(image->kind, f));
}

/* Where the header of section @index is. The first one given to image_build() is number 1. */
static inline size_t image_entry(const struct image *image, size_t index)
{
	return image->table + index * image_entry_size(image->kind);
}

static inline void image_append(struct image_part *part, const void *bytes, size_t size)
{
	ck_assert_uint_le(size, sizeof(part->bytes) - part->size);
	if (size > 0)
		memcpy(part->bytes + part->size, bytes, size);
	part->size += size;
}

static inline void image_append_number(int kind, struct image_part *part, size_t width,
				       uint64_t value)
{
	uint8_t bytes[8];

	image_store(kind, bytes, width, value);
	image_append(part, bytes, width);
}

static inline void image_append_string(struct image_part *part, const char *string)
{
	image_append(part, string, strlen(string) + 1);
}

/* Adds a symbol to @symtab, after the empty one that is number 0, and its name to @strtab. */
static inline void image_append_symbol(int kind, struct image_part *symtab,
				       struct image_part *strtab, const struct image_symbol *symbol)
{
	struct image entry = { .kind = kind };
	uint8_t bytes[24] = { 0 };
	uint32_t name = symbol->name_offset;

	if (symtab->size == 0) {
		image_append(symtab, bytes, image_symbol_size(kind));
		image_append_string(strtab, "");
	}
	if (symbol->name) {
		name = (uint32_t)strtab->size;
		image_append_string(strtab, symbol->name);
	}
	entry.bytes = bytes;
	image_put(&entry, 0, IMAGE_ST_NAME, name);
	image_put(&entry, 0, IMAGE_ST_INFO, symbol->info);
	image_put(&entry, 0, IMAGE_ST_SHNDX, symbol->section);
	image_put(&entry, 0, IMAGE_ST_VALUE, symbol->value);
	image_append(symtab, bytes, image_symbol_size(kind));
}

/* Adds a record of __versions; a name too long for it is cut off, and has no NUL then. */
static inline void image_append_version(int kind, struct image_part *part, uint64_t crc,
					const char *name)
{
	const size_t width = kind & IMAGE_64BIT ? 8 : 4;
	const size_t length = strlen(name);
	char field[60] = { 0 };

	memcpy(field, name, length < 64 - width ? length : 64 - width);
	image_append_number(kind, part, width, crc);
	image_append(part, field, 64 - width);
}

/*
 * A file of this kind with @count sections, at odd offsets. Number 0 is empty and the last one is
 * the section name table, .shstrtab. The caller frees the bytes.
 */
static inline struct image image_build(int kind, const struct image_section *sections, size_t count)
{
	static const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', 0, 0, 1 };
	const size_t header_size = image_header_size(kind);
	const size_t table_size = (count + 2) * image_entry_size(kind);
	struct image image = { .kind = kind };
	struct image_part names = { .size = 1 };
	struct image_section last = { ".shstrtab", names.bytes, 0 };
	size_t offset = header_size + (kind & IMAGE_TABLE_LAST ? 0 : table_size) + 1;

	image.size = offset + table_size + 4096;
	for (size_t i = 0; i < count; i++)
		image.size += sections[i].size + 1;
	image.bytes = calloc(1, image.size);
	ck_assert_ptr_nonnull(image.bytes);
	image.table = header_size;

	/* Contents first; where they are goes into the table once that has its place. */
	size_t offsets[32], name_offsets[32];

	ck_assert_uint_lt(count, 31);
	for (size_t i = 0; i <= count; i++) {
		const struct image_section *const s = i < count ? &sections[i] : &last;

		name_offsets[i] = names.size;
		image_append_string(&names, s->name);
		if (i == count)
			last.size = names.size;
		offset |= 1;
		offsets[i] = offset;
		if (s->size > 0)
			memcpy(image.bytes + offset, s->data, s->size);
		offset += s->size;
	}
	if (kind & IMAGE_TABLE_LAST) {
		image.table = offset;
		offset += table_size;
	}
	ck_assert_uint_le(offset, image.size);
	image.size = offset;

	for (size_t i = 0; i <= count; i++) {
		const size_t entry = image_entry(&image, i + 1);

		image_put(&image, entry, IMAGE_SH_NAME, name_offsets[i]);
		image_put(&image, entry, IMAGE_SH_TYPE, 1);
		image_put(&image, entry, IMAGE_SH_FLAGS, 2);
		image_put(&image, entry, IMAGE_SH_OFFSET, offsets[i]);
		image_put(&image, entry, IMAGE_SH_SIZE, i < count ? sections[i].size : last.size);
	}

	memcpy(image.bytes, ident, sizeof(ident));
	image.bytes[4] = kind & IMAGE_64BIT ? 2 : 1;
	image.bytes[5] = kind & IMAGE_BIG_ENDIAN ? 2 : 1;
	image_put(&image, 0, IMAGE_E_MACHINE, 62);
	image_put(&image, 0, IMAGE_E_SHOFF, image.table);
	image_put(&image, 0, IMAGE_E_SHENTSIZE, image_entry_size(kind));
	image_put(&image, 0, IMAGE_E_SHNUM, count + 2);
	image_put(&image, 0, IMAGE_E_SHSTRNDX, count + 1);

	image.bytes = realloc(image.bytes, image.size);
	ck_assert_ptr_nonnull(image.bytes);
	return image;
}

static inline void image_done(struct image *image)
{
	free(image->bytes);
}

/* The first @size bytes of @image, in a block of their own. */
static inline struct image image_cut(const struct image *image, size_t size)
{
	struct image part = *image;

	part.bytes = malloc(size > 0 ? size : 1);
	ck_assert_ptr_nonnull(part.bytes);
	memcpy(part.bytes, image->bytes, size);
	part.size = size;
	return part;
}

#define _cleanup_image_ __attribute__((cleanup(image_done)))

#endif
