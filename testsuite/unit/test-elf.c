/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/format/elf.c. Where a test loops, it does so over classes and byte orders.
 */
#include "libkmod/format/elf.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "elf-image.h"
#include "libkmod/base/cleanup.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int parse(const struct image *image, struct elf *ret)
{
	return elf_parse(span_of(image->bytes, image->size), NULL, ret);
}

static void assert_data(struct span data, const void *bytes, size_t size)
{
	ck_assert_uint_eq(data.size, size);
	ck_assert_int_eq(memcmp(data.data, bytes, size), 0);
}

/* ---- Header -------------------------------------------------------------------------------- */

/* A 32-bit big-endian file written out by hand: one section "a" with the bytes "data". */
/* clang-format off */
static const uint8_t by_hand[] = {
	0x7f, 'E', 'L', 'F', 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 1,		/* e_type */
	0, 20,		/* e_machine */
	0, 0, 0, 1,	/* e_version */
	0, 0, 0, 0,	/* e_entry */
	0, 0, 0, 0,	/* e_phoff */
	0, 0, 0, 0x42,	/* e_shoff */
	0, 0, 0, 0,	/* e_flags */
	0, 52,		/* e_ehsize */
	0, 0,		/* e_phentsize */
	0, 0,		/* e_phnum */
	0, 40,		/* e_shentsize */
	0, 3,		/* e_shnum */
	0, 1,		/* e_shstrndx */
	/* 0x34: the name table, 0x3e: the data of "a" */
	0, '.', 'n', 'a', 'm', 'e', 's', 0, 'a', 0,
	'd', 'a', 't', 'a',
	/* 0x42: the section table; name, type, flags, address, offset, size, ... */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x34,
	0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
	0, 0, 0, 8, 0, 0, 0, 1, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0, 0, 0, 0, 0x3e,
	0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
};
/* clang-format on */

START_TEST(written_by_hand)
{
	struct elf elf;
	struct elf_section section;

	ck_assert_int_eq(elf_parse(span_of(by_hand, sizeof(by_hand)), NULL, &elf), 0);
	ck_assert(!elf.is_64bit);
	ck_assert(elf.is_big_endian);
	ck_assert_uint_eq(elf.machine, 20);
	ck_assert_uint_eq(elf.section_count, 3);

	ck_assert_int_eq(elf_find_section(&elf, "a", &section), 0);
	assert_data(section.data, "data", 4);
	ck_assert_uint_eq(section.offset, 0x3e);
	ck_assert_uint_eq(section.flags, 0x12345678);
	ck_assert_uint_eq(section.flags_offset, 0x42 + 80 + 8);
	ck_assert_int_eq(elf_find_section(&elf, ".names", &section), 0);
	ck_assert_int_eq(elf_find_section(&elf, "b", &section), -ENODATA);
}
END_TEST

/* For files of which only the shape matters. */
static const struct image_section some_sections[] = {
	{ ".first", "first data", 10 },
	{ ".second", "2", 1 },
	{ ".empty", "", 0 },
};

START_TEST(no_elf)
{
	_cleanup_image_ struct image image = image_build(_i, some_sections, COUNT(some_sections));
	struct elf elf;

	ck_assert_int_eq(elf_parse(span_of(NULL, 0), NULL, &elf), -ENOEXEC);
	for (size_t n = 0; n <= 16; n++) {
		_cleanup_image_ struct image part = image_cut(&image, n);

		ck_assert_int_eq(parse(&part, &elf), -ENOEXEC);
	}
	for (size_t i = 0; i < 4; i++) {
		image.bytes[i] ^= 0x20;
		ck_assert_int_eq(parse(&image, &elf), -ENOEXEC);
		image.bytes[i] ^= 0x20;
	}
	ck_assert_int_eq(parse(&image, &elf), 0);
}
END_TEST

START_TEST(facts)
{
	_cleanup_image_ struct image image = image_build(_i, some_sections, COUNT(some_sections));
	struct elf elf;

	image_put(&image, 0, IMAGE_E_MACHINE, 0xabcd);
	ck_assert_int_eq(parse(&image, &elf), 0);
	ck_assert(elf.is_64bit == ((_i & IMAGE_64BIT) != 0));
	ck_assert(elf.is_big_endian == ((_i & IMAGE_BIG_ENDIAN) != 0));
	ck_assert_uint_eq(elf.machine, 0xabcd);
	ck_assert_uint_eq(elf.section_count, COUNT(some_sections) + 2);
}
END_TEST

START_TEST(class_and_byte_order)
{
	_cleanup_image_ struct image image = image_build(_i, some_sections, COUNT(some_sections));
	struct elf elf;

	for (unsigned int value = 0; value < 256; value++) {
		const uint8_t was[] = { image.bytes[4], image.bytes[5] };

		/* In another class or byte order the rest makes no sense. */
		image.bytes[4] = (uint8_t)value;
		ck_assert_int_eq(parse(&image, &elf), value == was[0] ? 0 : -EINVAL);
		image.bytes[4] = was[0];
		image.bytes[5] = (uint8_t)value;
		ck_assert_int_eq(parse(&image, &elf), value == was[1] ? 0 : -EINVAL);
		image.bytes[5] = was[1];
	}
}
END_TEST

START_TEST(header_fields)
{
	_cleanup_image_ struct image image = image_build(_i, some_sections, COUNT(some_sections));
	const size_t names = image_entry(&image, COUNT(some_sections) + 1);
	const uint64_t count = COUNT(some_sections) + 2, entry_size = image_entry_size(_i);
	const uint64_t table = image.table, end = image.size;
	const uint64_t names_offset = image_get(&image, names, IMAGE_SH_OFFSET);
	const uint64_t names_size = image_get(&image, names, IMAGE_SH_SIZE);
	const struct {
		size_t entry;
		struct image_field field;
		uint64_t value;
		int result;
	} cases[] = {
		{ 0, IMAGE_E_SHOFF, table, 0 },
		{ 0, IMAGE_E_SHOFF, 0, -EINVAL }, /* there it finds no name table */
		{ 0, IMAGE_E_SHOFF, 1, -EINVAL },
		{ 0, IMAGE_E_SHOFF, end - count * entry_size + 1, -EINVAL },
		{ 0, IMAGE_E_SHOFF, end, -EINVAL },
		{ 0, IMAGE_E_SHOFF, end + 1, -EINVAL },
		{ 0, IMAGE_E_SHOFF, UINT32_MAX, -EINVAL },
		{ 0, IMAGE_E_SHOFF, (uint64_t)INT32_MAX + 1, -EINVAL },
		{ 0, IMAGE_E_SHOFF, UINT64_MAX, -EINVAL },
		{ 0, IMAGE_E_SHOFF, UINT64_MAX - count * entry_size + 1, -EINVAL },

		{ 0, IMAGE_E_SHENTSIZE, 0, -EINVAL },
		{ 0, IMAGE_E_SHENTSIZE, 1, -EINVAL },
		{ 0, IMAGE_E_SHENTSIZE, entry_size - 1, -EINVAL },
		{ 0, IMAGE_E_SHENTSIZE, entry_size + 1, -EINVAL },
		/* that of the other class */
		{ 0, IMAGE_E_SHENTSIZE, entry_size ^ 40 ^ 64, -EINVAL },
		{ 0, IMAGE_E_SHENTSIZE, UINT16_MAX, -EINVAL },

		{ 0, IMAGE_E_SHNUM, 0, -EINVAL },
		{ 0, IMAGE_E_SHNUM, 1, -EINVAL },
		{ 0, IMAGE_E_SHNUM, count - 1, -EINVAL },
		{ 0, IMAGE_E_SHNUM, (end - table) / entry_size + 1, -EINVAL },
		{ 0, IMAGE_E_SHNUM, UINT16_MAX, -EINVAL },

		{ 0, IMAGE_E_SHSTRNDX, 0, -EINVAL },
		{ 0, IMAGE_E_SHSTRNDX, 1, -EINVAL }, /* does not end with a NUL */
		{ 0, IMAGE_E_SHSTRNDX, 3, -EINVAL }, /* empty */
		{ 0, IMAGE_E_SHSTRNDX, count, -EINVAL },
		{ 0, IMAGE_E_SHSTRNDX, UINT16_MAX, -EINVAL },

		{ names, IMAGE_SH_TYPE, 0, 0 },
		{ names, IMAGE_SH_TYPE, UINT32_MAX, 0 },
		{ names, IMAGE_SH_TYPE, 8, -EINVAL }, /* without bytes in the file */
		{ names, IMAGE_SH_OFFSET, names_offset - 1, -EINVAL }, /* ends inside a name */
		{ names, IMAGE_SH_OFFSET, end, -EINVAL },
		{ names, IMAGE_SH_OFFSET, end - names_size + 1, -EINVAL },
		{ names, IMAGE_SH_OFFSET, UINT32_MAX, -EINVAL },
		{ names, IMAGE_SH_OFFSET, UINT64_MAX, -EINVAL },
		{ names, IMAGE_SH_OFFSET, UINT64_MAX - names_size + 1, -EINVAL },
		{ names, IMAGE_SH_SIZE, 0, -EINVAL },
		{ names, IMAGE_SH_SIZE, 1, 0 },
		{ names, IMAGE_SH_SIZE, names_size - 1, -EINVAL },
		{ names, IMAGE_SH_SIZE, end - names_offset + 1, -EINVAL },
		{ names, IMAGE_SH_SIZE, UINT32_MAX, -EINVAL },
		{ names, IMAGE_SH_SIZE, UINT64_MAX, -EINVAL },
		{ names, IMAGE_SH_SIZE, UINT64_MAX - names_offset + 1, -EINVAL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const uint64_t was = image_get(&image, cases[i].entry, cases[i].field);
		struct elf elf, before;

		memset(&before, 0x5a, sizeof(before));
		memcpy(&elf, &before, sizeof(elf));
		image_put(&image, cases[i].entry, cases[i].field, cases[i].value);
		ck_assert_msg(parse(&image, &elf) == cases[i].result, "case %zu", i);
		if (cases[i].result < 0)
			ck_assert_mem_eq(&elf, &before, sizeof(elf));
		image_put(&image, cases[i].entry, cases[i].field, was);
	}
}
END_TEST

/* Section 0 stands for none, whatever its header says. */
START_TEST(names_in_section_0)
{
	_cleanup_image_ struct image image = image_build(_i, some_sections, COUNT(some_sections));
	const size_t names = image_entry(&image, COUNT(some_sections) + 1);
	struct elf elf;

	memcpy(image.bytes + image.table, image.bytes + names, image_entry_size(_i));
	ck_assert_int_eq(parse(&image, &elf), 0);
	image_put(&image, 0, IMAGE_E_SHSTRNDX, 0);
	ck_assert_int_eq(parse(&image, &elf), -EINVAL);
}
END_TEST

/* What is left of a file whose section table comes last is no file any more. */
START_TEST(cut_everywhere)
{
	_cleanup_image_ struct image image =
		image_build(_i | IMAGE_TABLE_LAST, some_sections, COUNT(some_sections));
	struct elf elf;

	for (size_t n = 0; n < image.size; n++) {
		_cleanup_image_ struct image part = image_cut(&image, n);

		ck_assert_int_eq(parse(&part, &elf), n <= 16 ? -ENOEXEC : -EINVAL);
	}
	ck_assert_int_eq(parse(&image, &elf), 0);
}
END_TEST

/* ---- Sections ------------------------------------------------------------------------------ */

START_TEST(find_sections)
{
	_cleanup_image_ struct image image = image_build(_i, some_sections, COUNT(some_sections));
	struct elf elf;
	struct elf_section section;

	ck_assert_int_eq(parse(&image, &elf), 0);
	for (size_t i = 0; i < COUNT(some_sections); i++) {
		const size_t entry = image_entry(&image, i + 1);

		ck_assert_int_eq(elf_find_section(&elf, some_sections[i].name, &section), 0);
		assert_data(section.data, some_sections[i].data, some_sections[i].size);
		ck_assert_uint_eq(section.offset, image_get(&image, entry, IMAGE_SH_OFFSET));
		ck_assert_uint_eq(section.flags, 2);
		ck_assert_uint_eq(section.flags_offset, entry + image_offset(_i, IMAGE_SH_FLAGS));
		ck_assert_ptr_eq(section.data.data, image.bytes + section.offset);
	}
	ck_assert_int_eq(elf_find_section(&elf, ".shstrtab", &section), 0);
	ck_assert_int_eq(elf_find_section(&elf, ".firs", &section), -ENODATA);
	ck_assert_int_eq(elf_find_section(&elf, ".first ", &section), -ENODATA);
	ck_assert_int_eq(elf_find_section(&elf, "first", &section), -ENODATA);
	/* That is what section 0 would be called. */
	ck_assert_int_eq(elf_find_section(&elf, "", &section), -ENODATA);
}
END_TEST

START_TEST(sections_by_index)
{
	_cleanup_image_ struct image image = image_build(_i, some_sections, COUNT(some_sections));
	struct elf elf;
	struct elf_section section;

	ck_assert_int_eq(parse(&image, &elf), 0);
	ck_assert_int_eq(elf_get_section(&elf, 0, &section), 0);
	ck_assert_uint_eq(section.data.size, 0);
	ck_assert_int_eq(elf_get_section(&elf, 1, &section), 0);
	assert_data(section.data, "first data", 10);
	ck_assert_int_eq(elf_get_section(&elf, 4, &section), 0);
	ck_assert_int_eq(elf_get_section(&elf, 5, &section), -ENODATA);
	ck_assert_int_eq(elf_get_section(&elf, UINT16_MAX, &section), -ENODATA);
}
END_TEST

START_TEST(first_section_wins)
{
	static const struct image_section twice[] = {
		{ ".same", "one", 3 },
		{ ".other", "other", 5 },
		{ ".same", "two", 3 },
	};
	_cleanup_image_ struct image image = image_build(_i, twice, COUNT(twice));
	const size_t entry = image_entry(&image, 1);
	struct elf elf;
	struct elf_section section;

	ck_assert_int_eq(parse(&image, &elf), 0);
	ck_assert_int_eq(elf_find_section(&elf, ".same", &section), 0);
	assert_data(section.data, "one", 3);

	/* Names are where the entries say, and may be the end of another one. */
	image_put(&image, entry, IMAGE_SH_NAME, image_get(&image, entry, IMAGE_SH_NAME) + 1);
	ck_assert_int_eq(elf_find_section(&elf, ".same", &section), 0);
	assert_data(section.data, "two", 3);
	ck_assert_int_eq(elf_find_section(&elf, "same", &section), 0);
	assert_data(section.data, "one", 3);
}
END_TEST

/* One field of the first of two sections, and which of them is found then. */
START_TEST(section_fields)
{
	static const struct image_section twice[] = {
		{ ".same", "one", 3 },
		{ ".same", "two", 3 },
	};
	_cleanup_image_ struct image image = image_build(_i, twice, COUNT(twice));
	const size_t entry = image_entry(&image, 1);
	const uint64_t end = image.size, offset = image_get(&image, entry, IMAGE_SH_OFFSET);
	const uint64_t names_size =
		image_get(&image, image_entry(&image, COUNT(twice) + 1), IMAGE_SH_SIZE);
	const struct {
		struct image_field field;
		uint64_t value;
		size_t size; /* of the section found; 3 where it is the second */
		bool first;
	} cases[] = {
		{ IMAGE_SH_NAME, 0, 3, false },
		{ IMAGE_SH_NAME, names_size - 1, 3, false },
		{ IMAGE_SH_NAME, names_size, 3, false },
		{ IMAGE_SH_NAME, UINT32_MAX, 3, false },
		{ IMAGE_SH_TYPE, 0, 3, true },
		{ IMAGE_SH_TYPE, 7, 3, true },
		{ IMAGE_SH_TYPE, 8, 3, false },
		{ IMAGE_SH_TYPE, UINT32_MAX, 3, true },
		{ IMAGE_SH_OFFSET, end - 3, 3, true },
		{ IMAGE_SH_OFFSET, end - 2, 3, false },
		{ IMAGE_SH_OFFSET, end, 3, false },
		{ IMAGE_SH_OFFSET, UINT32_MAX, 3, false },
		{ IMAGE_SH_OFFSET, UINT64_MAX, 3, false },
		{ IMAGE_SH_OFFSET, UINT64_MAX - 2, 3, false },
		{ IMAGE_SH_SIZE, 0, 0, true },
		{ IMAGE_SH_SIZE, 1, 1, true },
		{ IMAGE_SH_SIZE, end - offset, (size_t)(end - offset), true },
		{ IMAGE_SH_SIZE, end - offset + 1, 3, false },
		{ IMAGE_SH_SIZE, UINT32_MAX, 3, false },
		{ IMAGE_SH_SIZE, UINT64_MAX, 3, false },
		{ IMAGE_SH_SIZE, UINT64_MAX - offset + 1, 3, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const uint64_t was = image_get(&image, entry, cases[i].field);
		struct elf elf;
		struct elf_section section, indexed;
		bool has_bytes;

		image_put(&image, entry, cases[i].field, cases[i].value);
		ck_assert_int_eq(parse(&image, &elf), 0);
		ck_assert_int_eq(elf_find_section(&elf, ".same", &section), 0);
		ck_assert_msg(section.data.size == cases[i].size, "case %zu", i);
		ck_assert_msg((section.flags_offset < image_entry(&image, 2)) == cases[i].first,
			      "case %zu", i);
		/* By its index, it is there whatever its name. */
		has_bytes = cases[i].first || cases[i].field.offset64 == IMAGE_SH_NAME.offset64;
		ck_assert_int_eq(elf_get_section(&elf, 1, &indexed), has_bytes ? 0 : -ENODATA);
		image_put(&image, entry, cases[i].field, was);
	}
}
END_TEST

/* The contents of a section may be cut off; then it is gone, and only it. */
START_TEST(cut_contents)
{
	static const struct image_section sections[] = {
		{ ".a", "aaaa", 4 },
		{ ".b", "bbbb", 4 },
	};
	_cleanup_image_ struct image image = image_build(_i, sections, COUNT(sections));
	const size_t a = image_entry(&image, 1), b = image_entry(&image, 2);
	const size_t names = image_entry(&image, 3);
	const size_t names_size = (size_t)image_get(&image, names, IMAGE_SH_SIZE);
	_cleanup_image_ struct image moved = image_cut(&image, image.size);
	size_t a_end, b_end;

	/* The names change places with the two sections. */
	a_end = image.size - 4;
	b_end = image.size;
	memcpy(moved.bytes + b_end - 8 - names_size,
	       image.bytes + image_get(&image, names, IMAGE_SH_OFFSET), names_size);
	memcpy(moved.bytes + b_end - 8, "aaaabbbb", 8);
	image_put(&moved, names, IMAGE_SH_OFFSET, b_end - 8 - names_size);
	image_put(&moved, a, IMAGE_SH_OFFSET, a_end - 4);
	image_put(&moved, b, IMAGE_SH_OFFSET, b_end - 4);

	for (size_t n = 0; n <= moved.size; n++) {
		_cleanup_image_ struct image part = image_cut(&moved, n);
		struct elf_section section;
		struct elf elf;

		if (n < moved.size - 8) {
			ck_assert_int_eq(parse(&part, &elf), n <= 16 ? -ENOEXEC : -EINVAL);
			continue;
		}
		ck_assert_int_eq(parse(&part, &elf), 0);
		ck_assert_int_eq(elf_find_section(&elf, ".a", &section), n < a_end ? -ENODATA : 0);
		ck_assert_int_eq(elf_find_section(&elf, ".b", &section), n < b_end ? -ENODATA : 0);
	}
}
END_TEST

/* ---- Symbols ------------------------------------------------------------------------------- */

static const struct image_symbol some_symbols[] = {
	{ .name = "defined", .value = 0x11223344, .section = 3, .info = 0x12 },
	{ .name = "undefined", .info = 0x10 },
	{ .name = "weak", .info = 0x20 },
	{ .name = "absolute", .value = 0xfedcba98, .section = 0xfff1, .info = 0x0d },
	{ .name = "", .value = 1, .section = 0xffff, .info = 0xff },
};

struct symbol_parts {
	struct image_part symtab, strtab;
};

static struct symbol_parts make_symbols(int kind)
{
	struct symbol_parts parts = {};

	for (size_t i = 0; i < COUNT(some_symbols); i++)
		image_append_symbol(kind, &parts.symtab, &parts.strtab, &some_symbols[i]);
	return parts;
}

static struct image make_symbol_file(int kind, const struct symbol_parts *parts)
{
	const struct image_section sections[] = {
		{ ".symtab", parts->symtab.bytes, parts->symtab.size },
		{ ".strtab", parts->strtab.bytes, parts->strtab.size },
	};

	return image_build(kind, sections, COUNT(sections));
}

START_TEST(symbols)
{
	const struct symbol_parts parts = make_symbols(_i);
	_cleanup_image_ struct image image = make_symbol_file(_i, &parts);
	struct elf elf;
	struct elf_symbols walk;
	struct elf_symbol symbol;

	ck_assert_int_eq(parse(&image, &elf), 0);
	ck_assert_int_eq(elf_symbols_begin(&elf, &walk), 0);
	for (size_t i = 0; i < COUNT(some_symbols); i++) {
		ck_assert(elf_symbols_next(&walk, &symbol));
		ck_assert_str_eq(symbol.name, some_symbols[i].name);
		ck_assert_uint_eq(symbol.value, some_symbols[i].value);
		ck_assert_uint_eq(symbol.section, some_symbols[i].section);
		ck_assert_uint_eq(symbol.binding, some_symbols[i].info >> 4);
		ck_assert_uint_eq(symbol.type, some_symbols[i].info & 15);
	}
	ck_assert(!elf_symbols_next(&walk, &symbol));
	ck_assert(!elf_symbols_next(&walk, &symbol));
}
END_TEST

START_TEST(wide_values)
{
	struct symbol_parts parts = {};
	const struct image_symbol wide = { .name = "wide", .value = 0x0123456789abcdef };
	struct elf elf;
	struct elf_symbols walk;
	struct elf_symbol symbol;

	image_append_symbol(_i, &parts.symtab, &parts.strtab, &wide);
	_cleanup_image_ struct image image = make_symbol_file(_i, &parts);

	ck_assert_int_eq(parse(&image, &elf), 0);
	ck_assert_int_eq(elf_symbols_begin(&elf, &walk), 0);
	ck_assert(elf_symbols_next(&walk, &symbol));
	ck_assert_uint_eq(symbol.value, _i & IMAGE_64BIT ? 0x0123456789abcdef : 0x89abcdef);
}
END_TEST

START_TEST(symbol_table_shape)
{
	const size_t entry_size = image_symbol_size(_i);

	/* Sizes from none to three entries: the first entry never counts. */
	for (size_t size = 0; size <= 3 * entry_size; size++) {
		struct symbol_parts parts = make_symbols(_i);
		size_t count = 0;
		struct elf elf;
		struct elf_symbols walk;
		struct elf_symbol symbol;

		parts.symtab.size = size;
		_cleanup_image_ struct image image = make_symbol_file(_i, &parts);

		ck_assert_int_eq(parse(&image, &elf), 0);
		ck_assert_int_eq(elf_symbols_begin(&elf, &walk),
				 size % entry_size == 0 ? 0 : -EINVAL);
		if (size % entry_size != 0)
			continue;
		while (elf_symbols_next(&walk, &symbol))
			count++;
		ck_assert_uint_eq(count, size == 0 ? 0 : size / entry_size - 1);
	}
}
END_TEST

START_TEST(symbol_tables_missing)
{
	const struct symbol_parts parts = make_symbols(_i);
	const struct image_section symtab = { ".symtab", parts.symtab.bytes, parts.symtab.size };
	const struct image_section strtab = { ".strtab", parts.strtab.bytes, parts.strtab.size };
	_cleanup_image_ struct image only_symtab = image_build(_i, &symtab, 1);
	_cleanup_image_ struct image only_strtab = image_build(_i, &strtab, 1);
	_cleanup_image_ struct image neither = image_build(_i, NULL, 0);
	const struct image *const images[] = { &only_symtab, &only_strtab, &neither };

	for (size_t i = 0; i < COUNT(images); i++) {
		struct elf elf;
		struct elf_symbols walk;

		ck_assert_int_eq(parse(images[i], &elf), 0);
		ck_assert_int_eq(elf_symbols_begin(&elf, &walk), -ENODATA);
	}
}
END_TEST

/* A name starts inside the table and ends there; the last bytes of it may be no string at all. */
START_TEST(symbol_names)
{
	static const char names[] = "\0one\0two\0three";
	static const struct {
		uint32_t offset;
		size_t table_size;
		const char *name; /* NULL for none */
	} cases[] = {
		{ 0, 9, "" },
		{ 1, 9, "one" },
		{ 2, 9, "ne" },
		{ 5, 9, "two" },
		{ 8, 9, "" },
		{ 9, 9, NULL },
		{ 10, 9, NULL },
		{ UINT32_MAX, 9, NULL },
		{ 5, 8, NULL },
		{ 1, 8, "one" },
		{ 9, 14, NULL },
		{ 13, 14, NULL },
		{ 9, 15, "three" },
		{ 14, 15, "" },
		{ 15, 15, NULL },
		{ 0, 0, NULL },
		{ 0, 1, "" },
		{ 1, 1, NULL },
		{ 1, 4, NULL },
		{ 4, 4, NULL },
		{ INT32_MAX, 15, NULL },
		{ (uint32_t)INT32_MAX + 1, 15, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct image_symbol added = { .name_offset = cases[i].offset };
		struct symbol_parts parts = {};
		struct elf elf;
		struct elf_symbols walk;
		struct elf_symbol symbol;

		image_append_symbol(_i, &parts.symtab, &parts.strtab, &added);
		parts.strtab.size = 0;
		image_append(&parts.strtab, names, cases[i].table_size);
		_cleanup_image_ struct image image = make_symbol_file(_i, &parts);

		ck_assert_int_eq(parse(&image, &elf), 0);
		ck_assert_int_eq(elf_symbols_begin(&elf, &walk), 0);
		ck_assert(elf_symbols_next(&walk, &symbol));
		if (cases[i].name) {
			ck_assert_msg(symbol.name, "case %zu", i);
			ck_assert_str_eq(symbol.name, cases[i].name);
		} else {
			ck_assert_msg(!symbol.name, "case %zu", i);
		}
	}
}
END_TEST

/* ---- Numbers ------------------------------------------------------------------------------- */

START_TEST(numbers)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	_cleanup_image_ struct image image = image_build(_i, NULL, 0);
	struct elf elf;

	ck_assert_int_eq(parse(&image, &elf), 0);
	ck_assert_uint_eq(elf_load32(&elf, bytes), _i & IMAGE_BIG_ENDIAN ? 0x01020304 : 0x04030201);
	ck_assert_uint_eq(elf_load64(&elf, bytes),
			  _i & IMAGE_BIG_ENDIAN ? 0x0102030405060708 : 0x0807060504030201);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("elf");
	TCase *const tests = tcase_create("elf");

	tcase_add_test(tests, written_by_hand);
	tcase_add_loop_test(tests, no_elf, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, facts, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, class_and_byte_order, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, header_fields, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, names_in_section_0, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, cut_everywhere, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, find_sections, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, sections_by_index, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, first_section_wins, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, section_fields, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, cut_contents, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, symbols, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, wide_values, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, symbol_table_shape, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, symbol_tables_missing, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, symbol_names, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, numbers, 0, IMAGE_KINDS);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
