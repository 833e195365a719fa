/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/format/elf-module.c.
 *
 * What the code under test finds is written down as text, one function for each thing to find, and
 * compared with the text that is expected. Where a test loops, it does so over classes and byte
 * orders.
 */
#include "libkmod/format/elf-module.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf-image.h"
#include "libkmod/base/cleanup.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The bytes of a string literal, without the NUL at its end, and how many they are. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static const char *result_name(int r)
{
	switch (r) {
	case 0:
		return "ok";
	case -ENODATA:
		return "absent";
	case -EINVAL:
		return "damaged";
	case -ENOMEM:
		return "no memory";
	default:
		return "unexpected result";
	}
}

/* Writes what is found in @elf to @out. */
typedef void (*print_fn)(FILE *out, const struct elf *elf);

static void print_modinfo(FILE *out, const struct elf *elf)
{
	struct elf_modinfo modinfo;
	struct elf_modinfo_entry e;
	const int r = elf_modinfo_begin(elf, &modinfo);

	while (r == 0 && elf_modinfo_next(&modinfo, &e)) {
		ck_assert_uint_le(e.offset, elf->image.size);
		ck_assert_uint_le(e.text.size, elf->image.size - e.offset);
		ck_assert_ptr_eq(e.text.data, elf->image.data + e.offset);
		fprintf(out, "[%.*s|%.*s] ", (int)e.key.size, (const char *)e.key.data,
			(int)e.value.size, (const char *)e.value.data);
	}
	fputs(result_name(r), out);
}

static void print_build_id(FILE *out, const struct elf *elf)
{
	struct span id = span_of(NULL, 0);
	const int r = elf_build_id(elf, &id);

	for (size_t i = 0; i < id.size; i++)
		fprintf(out, "%02x", id.data[i]);
	fprintf(out, " %s", result_name(r));
}

static void print_version(FILE *out, const struct elf_version *v)
{
	fprintf(out, "%s=%" PRIx64 " ", v->name, v->crc);
}

static void print_versions(FILE *out, const struct elf *elf)
{
	struct elf_versions versions;
	struct elf_version v;
	int r = elf_versions_begin(elf, &versions);

	if (r == 0)
		while ((r = elf_versions_next(&versions, &v)) > 0)
			print_version(out, &v);
	fputs(result_name(r), out);
}

static void print_ext_versions(FILE *out, const struct elf *elf)
{
	struct elf_ext_versions versions;
	struct elf_version v;
	int r = elf_ext_versions_begin(elf, &versions);

	if (r == 0)
		while ((r = elf_ext_versions_next(&versions, &v)) > 0)
			print_version(out, &v);
	fputs(result_name(r), out);
}

static void print_exports(FILE *out, const struct elf *elf)
{
	struct elf_exports exports;
	struct elf_export e;
	int r = elf_exports_begin(elf, &exports);

	if (r == 0)
		while ((r = elf_exports_next(&exports, &e)) > 0)
			fprintf(out, "%s=%" PRIx64 " ", e.name, e.crc);
	fputs(result_name(r), out);
}

static void print_dependencies(FILE *out, const struct elf *elf)
{
	_cleanup_(names_done) struct names names = {};
	_cleanup_(elf_dependencies_freep) struct elf_dependencies *dependencies = NULL;
	struct elf_dependency d;
	int r;

	ck_assert_int_eq(elf_dependencies_new(&names, &dependencies), 0);
	r = elf_dependencies_begin(dependencies, elf);
	if (r == 0)
		while ((r = elf_dependencies_next(dependencies, &d)) > 0)
			fprintf(out, "%s=%" PRIx64 "%s ", names.names[d.name].text, d.crc,
				d.weak ? "?" : "");
	fputs(result_name(r), out);
}

static void print_all(FILE *out, const struct elf *elf)
{
	print_modinfo(out, elf);
	print_build_id(out, elf);
	print_versions(out, elf);
	print_ext_versions(out, elf);
	print_exports(out, elf);
	print_dependencies(out, elf);
}

/* What @print says of @image; the caller frees it. */
static char *text_of(const struct image *image, print_fn print)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *const out = open_memstream(&text, &size);
	struct elf elf;
	char *copy;

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(elf_parse(span_of(image->bytes, image->size), NULL, &elf), 0);
	print(out, &elf);
	ck_assert_int_eq(fclose(out), 0);
	copy = strdup(text);
	ck_assert_ptr_nonnull(copy);
	return copy;
}

static void assert_text(const struct image *image, print_fn print, const char *expected)
{
	_cleanup_free_ char *text = text_of(image, print);

	ck_assert_str_eq(text, expected);
}

/* The same of a file with just these sections. */
static void assert_found(int kind, const struct image_section *sections, size_t count,
			 print_fn print, const char *expected)
{
	_cleanup_image_ struct image image = image_build(kind, sections, count);

	assert_text(&image, print, expected);
}

/* The section @name made of @part, if there is any. */
static struct image_section section_of(const char *name, const struct image_part *part)
{
	return (struct image_section){ .name = name, .data = part->bytes, .size = part->size };
}

/* ---- .modinfo ------------------------------------------------------------------------------ */

START_TEST(modinfo_texts)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *expected;
	} cases[] = {
		{ BYTES("license=GPL\0alias=a-b\0"), "[license|GPL] [alias|a-b] ok" },
		{ BYTES("k=a=b\0k=a\0k=a\0"), "[k|a=b] [k|a] [k|a] ok" },
		/* without '=', without key, without value, with neither */
		{ BYTES("key\0=value\0key=\0=\0"), "[key|] [|value] [key|] [|] ok" },
		/* a run of NULs separates once, and counts for nothing at the start */
		{ BYTES("\0\0a=1\0\0\0b=2\0\0"), "[a|1] [b|2] ok" },
		/* the last one may end with the section */
		{ BYTES("a=1\0b=2"), "[a|1] [b|2] ok" },
		{ BYTES("a"), "[a|] ok" },
		{ BYTES("="), "[|] ok" },
		{ BYTES(""), "ok" },
		{ BYTES("\0"), "ok" },
		{ BYTES("\0\0\0"), "ok" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct image_section section = { ".modinfo", cases[i].bytes, cases[i].size };

		assert_found(_i, &section, 1, print_modinfo, cases[i].expected);
	}
	assert_found(_i, NULL, 0, print_modinfo, "absent");
}
END_TEST

/* ---- Build id ------------------------------------------------------------------------------ */

static void append_note(int kind, struct image_part *part, uint32_t name_size, uint32_t size,
			uint32_t type)
{
	image_append_number(kind, part, 4, name_size);
	image_append_number(kind, part, 4, size);
	image_append_number(kind, part, 4, type);
}

static void assert_build_id(int kind, const struct image_part *part, const char *expected)
{
	const struct image_section section = section_of(".note.gnu.build-id", part);

	assert_found(kind, &section, 1, print_build_id, expected);
}

START_TEST(build_id)
{
	struct image_part part = {};

	append_note(_i, &part, 4, 5, 3);
	image_append(&part, "GNU\0\1\2\3\4\xff\0\0\0", 12);
	assert_build_id(_i, &part, "01020304ff ok");
}
END_TEST

START_TEST(build_id_among_others)
{
	struct image_part part = {};

	/* another type, another owner, an owner of another length, each with padding */
	append_note(_i, &part, 4, 1, 1);
	image_append(&part, "GNU\0x\0\0\0", 8);
	append_note(_i, &part, 4, 0, 3);
	image_append(&part, "XNU\0", 4);
	append_note(_i, &part, 5, 2, 3);
	image_append(&part, "GNU\0\0\0\0\0ab\0\0", 12);
	append_note(_i, &part, 3, 2, 3);
	image_append(&part, "GNU\0ab\0\0", 8);
	append_note(_i, &part, 0, 0, 3);
	assert_build_id(_i, &part, " absent");

	append_note(_i, &part, 4, 2, 3);
	image_append(&part, "GNU\0\xab\xcd", 6);
	assert_build_id(_i, &part, "abcd ok");
}
END_TEST

/* The id is found as soon as all of it is there; until then the note is torn. */
START_TEST(build_id_cut_everywhere)
{
	struct image_part part = {};

	append_note(_i, &part, 4, 6, 3);
	image_append(&part, "GNU\0\1\2\3\4\5\6\0\0", 12);
	for (size_t n = part.size; n > 0; n--) {
		part.size = n;
		assert_build_id(_i, &part, n >= 22 ? "010203040506 ok" : " damaged");
	}
	part.size = 0;
	assert_build_id(_i, &part, " absent");
	assert_found(_i, NULL, 0, print_build_id, " absent");
}
END_TEST

START_TEST(build_id_sizes)
{
	static const uint32_t sizes[] = { 9, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct image_part part = {};

		append_note(_i, &part, 4, sizes[i], 3);
		image_append(&part, "GNU\0 12345678", 12);
		assert_build_id(_i, &part, " damaged");
		image_store(_i, part.bytes + 4, 4, 8);
		image_store(_i, part.bytes, 4, sizes[i] + 4);
		if (sizes[i] + 4 > 4)
			assert_build_id(_i, &part, " damaged");
	}
}
END_TEST

START_TEST(empty_build_id)
{
	struct image_part part = {};

	append_note(_i, &part, 4, 0, 3);
	image_append(&part, "GNU", 4);
	assert_build_id(_i, &part, " ok");
}
END_TEST

/* ---- Symbol versions ----------------------------------------------------------------------- */

static void assert_versions(int kind, const struct image_part *part, const char *expected)
{
	const struct image_section section = section_of("__versions", part);

	assert_found(kind, &section, 1, print_versions, expected);
}

START_TEST(fixed_versions)
{
	struct image_part part = {};

	assert_versions(_i, &part, "ok");
	image_append_version(_i, &part, 0x0123456789abcdef, "module_layout");
	image_append_version(_i, &part, 0, ".printk");
	image_append_version(_i, &part, 0xffffffff, "");
	ck_assert_uint_eq(part.size, 3 * 64);
	assert_versions(_i, &part,
			_i & IMAGE_64BIT ? "module_layout=123456789abcdef .printk=0 =ffffffff ok" :
					   "module_layout=89abcdef .printk=0 =ffffffff ok");
	assert_found(_i, NULL, 0, print_versions, "absent");
}
END_TEST

START_TEST(versions_of_odd_size)
{
	struct image_part part = {};

	image_append_version(_i, &part, 1, "a");
	image_append_version(_i, &part, 2, "b");
	for (size_t n = 1; n < 128; n++) {
		part.size = n;
		assert_versions(_i, &part, n == 64 ? "a=1 ok" : "damaged");
	}
}
END_TEST

START_TEST(versions_without_end)
{
	static const char x[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	const size_t room = _i & IMAGE_64BIT ? 56 : 60;
	_cleanup_free_ char *longest = strndup(x, room - 1);
	_cleanup_free_ char *expected = NULL;
	struct image_part part = {};

	image_append_version(_i, &part, 1, longest);
	image_append_version(_i, &part, 2, "b");
	ck_assert_int_gt(asprintf(&expected, "%s=1 b=2 ok", longest), 0);
	assert_versions(_i, &part, expected);

	/* The next record's bytes are no part of the name. */
	part.size = 64;
	image_append_version(_i, &part, 2, x);
	image_append_version(_i, &part, 3, "");
	free(expected);
	ck_assert_int_gt(asprintf(&expected, "%s=1 damaged", longest), 0);
	assert_versions(_i, &part, expected);
}
END_TEST

static void assert_ext_versions(int kind, const struct image_part *crcs,
				const struct image_part *names, const char *expected)
{
	const struct image_section sections[] = {
		section_of("__version_ext_crcs", crcs),
		section_of("__version_ext_names", names),
	};

	assert_found(kind, sections, 2, print_ext_versions, expected);
}

START_TEST(ext_versions)
{
	struct image_part crcs = {}, names = {};

	assert_ext_versions(_i, &crcs, &names, "ok");
	image_append_number(_i, &crcs, 4, 0x12345678);
	image_append_number(_i, &crcs, 4, 0xffffffff);
	image_append_string(&names, "module_layout");
	image_append_string(&names,
			    ".a_name_longer_than_the_64_bytes_of_an_old_record_with_its_crc");
	assert_ext_versions(
		_i, &crcs, &names,
		"module_layout=12345678 "
		".a_name_longer_than_the_64_bytes_of_an_old_record_with_its_crc=ffffffff ok");

	/* More names than CRCs: nothing asks for them. */
	image_append_string(&names, "more");
	crcs.size = 4;
	assert_ext_versions(_i, &crcs, &names, "module_layout=12345678 ok");

	/* Fewer of them, and none at all. */
	image_append_number(_i, &crcs, 4, 1);
	names.size = strlen("module_layout") + 1;
	assert_ext_versions(_i, &crcs, &names, "module_layout=12345678 damaged");
	names.size--;
	assert_ext_versions(_i, &crcs, &names, "damaged");
	names.size = 0;
	assert_ext_versions(_i, &crcs, &names, "damaged");
}
END_TEST

START_TEST(ext_versions_torn)
{
	struct image_part crcs = {}, names = {};
	const struct image_section only_crcs = section_of("__version_ext_crcs", &crcs);
	const struct image_section only_names = section_of("__version_ext_names", &names);

	image_append_number(_i, &crcs, 4, 1);
	image_append_number(_i, &crcs, 4, 2);
	image_append_string(&names, "a");
	image_append_string(&names, "b");
	for (size_t n = 0; n < 8; n++) {
		const char *const whole[] = { "ok", "a=1 ok" };

		crcs.size = n;
		assert_ext_versions(_i, &crcs, &names, n % 4 == 0 ? whole[n / 4] : "damaged");
	}
	assert_found(_i, &only_crcs, 1, print_ext_versions, "damaged");
	assert_found(_i, &only_names, 1, print_ext_versions, "damaged");
	assert_found(_i, NULL, 0, print_ext_versions, "absent");
}
END_TEST

/* ---- Exported symbols ---------------------------------------------------------------------- */

/* How many of its kind of symbol @elf has before there is an error or an end, which is *@ret. */
typedef unsigned int (*count_fn)(const struct elf *elf, int *ret);

static unsigned int count_exports(const struct elf *elf, int *ret)
{
	struct elf_exports exports;
	struct elf_export e;
	unsigned int count = 0;

	ck_assert_int_eq(elf_exports_begin(elf, &exports), 0);
	while ((*ret = elf_exports_next(&exports, &e)) > 0)
		count++;
	return count;
}

static unsigned int count_dependencies(const struct elf *elf, int *ret)
{
	_cleanup_(names_done) struct names names = {};
	_cleanup_(elf_dependencies_freep) struct elf_dependencies *dependencies = NULL;
	struct elf_dependency d;
	unsigned int count = 0;

	ck_assert_int_eq(elf_dependencies_new(&names, &dependencies), 0);
	ck_assert_int_eq(elf_dependencies_begin(dependencies, elf), 0);
	while ((*ret = elf_dependencies_next(dependencies, &d)) > 0)
		count++;
	return count;
}

/* Symbols of @section that all have the same long name: @given of them, @taken of which are. */
static void assert_long_names(int kind, uint16_t section, count_fn count_found,
			      unsigned int given, unsigned int taken)
{
	struct image_part symtab = {}, strtab = {};
	const struct image_symbol symbol = { .name_offset = 1, .section = section };
	char name[7001] = "__crc_";
	struct image image;
	struct elf elf;
	int r;

	memset(name + 6, 'x', sizeof(name) - 7);
	for (unsigned int i = 0; i < given; i++)
		image_append_symbol(kind, &symtab, &strtab, &symbol);
	image_append_string(&strtab, name);
	image = image_build(kind,
			    (const struct image_section[]){
				    section_of(".symtab", &symtab),
				    section_of(".strtab", &strtab),
			    },
			    2);
	ck_assert_int_eq(elf_parse(span_of(image.bytes, image.size), NULL, &elf), 0);
	ck_assert_uint_eq(count_found(&elf, &r), taken);
	ck_assert_int_eq(r, taken < given ? -EINVAL : 0);
	image_done(&image);
}

/* A file could have names of a length that is the square of its size. */
START_TEST(names_too_long)
{
	assert_long_names(_i, 0xfff1, count_exports, 13, 13);
	assert_long_names(_i, 0xfff1, count_exports, 14, 13);
	assert_long_names(_i, 0, count_dependencies, 13, 13);
	assert_long_names(_i, 0, count_dependencies, 14, 13);
}
END_TEST

struct symbol_parts {
	struct image_part symtab, strtab;
};

static struct symbol_parts make_symbols(int kind, const struct image_symbol *symbols, size_t count)
{
	struct symbol_parts parts = {};

	/* At least number 0, with its empty name. */
	image_append_symbol(kind, &parts.symtab, &parts.strtab, &(struct image_symbol){});
	parts.symtab.size = image_symbol_size(kind);
	for (size_t i = 0; i < count; i++)
		image_append_symbol(kind, &parts.symtab, &parts.strtab, &symbols[i]);
	return parts;
}

/* Section 1 has these bytes for symbols to point to. */
static const char pointed_to[] = { 0, 1, 2, 3, 4, 5, 6, 7 };

static void assert_exports(int kind, const struct image_symbol *symbols, size_t count,
			   const char *expected)
{
	const struct symbol_parts parts = make_symbols(kind, symbols, count);
	const struct image_section sections[] = {
		{ "__kcrctab", pointed_to, sizeof(pointed_to) },
		section_of(".symtab", &parts.symtab),
		section_of(".strtab", &parts.strtab),
		{ "__ksymtab_strings", BYTES("from\0strings\0") },
	};

	assert_found(kind, sections, COUNT(sections), print_exports, expected);
}

START_TEST(exports_with_crc)
{
	static const struct image_symbol symbols[] = {
		{ .name = "init_module", .section = 1 },
		{ .name = "__crc_absolute", .value = 0x9abcdef0, .section = 0xfff1, .info = 0x10 },
		{ .name = "__crc_undefined", .value = 7, .section = 0, .info = 0x20 },
		{ .name = "__crc_stored", .value = 4, .section = 1 },
		{ .name = "__crc_odd", .value = 1, .section = 1, .info = 0xff },
		{ .name = "__crc_last", .value = 4, .section = 1 },
		{ .name = "__crc_absolute", .value = 2, .section = 0xfff1 },
		{ .name = "__crc_", .value = 3, .section = 0xfff1 },
		{ .name = "x__crc_y", .value = 4, .section = 0xfff1 },
		{ .name = "__crc", .value = 5, .section = 0xfff1 },
		{ .name = "__crc_.dot", .value = 6, .section = 0xfff1 },
	};

	assert_exports(_i, symbols, COUNT(symbols),
		       _i & IMAGE_BIG_ENDIAN ?
			       "absolute=9abcdef0 undefined=7 stored=4050607 odd=1020304 "
			       "last=4050607 absolute=2 =3 .dot=6 ok" :
			       "absolute=9abcdef0 undefined=7 stored=7060504 odd=4030201 "
			       "last=7060504 absolute=2 =3 .dot=6 ok");
}
END_TEST

/* A CRC that is not where the symbol says. */
START_TEST(exports_out_of_range)
{
	static const struct image_symbol symbols[] = {
		{ .name = "__crc_a", .value = 5, .section = 1 },
		{ .name = "__crc_b", .value = 8, .section = 1 },
		{ .name = "__crc_c", .value = 0xffffffff, .section = 1 },
		{ .name = "__crc_d", .value = UINT64_MAX, .section = 1 },
		{ .name = "__crc_e", .value = UINT64_MAX - 3, .section = 1 },
		{ .name = "__crc_f", .value = 0, .section = 6 + 1 },
		{ .name = "__crc_g", .value = 0, .section = 0xfff2 },
		{ .name = "__crc_h", .value = 0, .section = 0xffff },
	};
	const size_t count = COUNT(symbols);
	static const char all[] = "a=ffffffffffffffff b=ffffffffffffffff c=ffffffffffffffff "
				  "d=ffffffffffffffff e=ffffffffffffffff f=ffffffffffffffff "
				  "g=ffffffffffffffff h=ffffffffffffffff ok";

	assert_exports(_i, symbols, count, all);
}
END_TEST

/* The strings stand in where the symbol table does not tell. */
START_TEST(exports_from_strings)
{
	static const struct image_symbol none[] = { { .name = "crc_a", .section = 1 } };
	static const struct image_symbol bad_first[] = {
		{ .name_offset = 1000, .section = 1 },
		{ .name = "__crc_a", .section = 0xfff1 },
	};
	static const struct image_symbol bad_last[] = {
		{ .name = "__crc_a", .section = 0xfff1 },
		{ .name_offset = UINT32_MAX, .section = 1 },
	};
	const struct symbol_parts good = make_symbols(_i, bad_last, 1);
	struct symbol_parts odd = good;
	struct image_section sections[] = {
		section_of(".symtab", &good.symtab),
		section_of(".strtab", &good.strtab),
		{ "__ksymtab_strings", BYTES("a\0\0b\0") },
	};

	assert_exports(_i, none, COUNT(none), "from=0 strings=0 ok");
	assert_exports(_i, NULL, 0, "from=0 strings=0 ok");
	assert_exports(_i, bad_first, COUNT(bad_first), "from=0 strings=0 ok");
	assert_exports(_i, bad_last, COUNT(bad_last), "from=0 strings=0 ok");
	assert_exports(_i, bad_last, 1, "a=0 ok");

	assert_found(_i, sections + 1, 2, print_exports, "a=0 b=0 ok");
	assert_found(_i, sections + 2, 1, print_exports, "a=0 b=0 ok");
	sections[1].name = ".notes";
	assert_found(_i, sections, 3, print_exports, "a=0 b=0 ok");
	sections[1].name = ".strtab";
	odd.symtab.size++;
	sections[0] = section_of(".symtab", &odd.symtab);
	assert_found(_i, sections, 3, print_exports, "a=0 b=0 ok");
	odd.symtab.size = 0;
	sections[0] = section_of(".symtab", &odd.symtab);
	assert_found(_i, sections, 3, print_exports, "a=0 b=0 ok");
	assert_found(_i, sections, 2, print_exports, "absent");
}
END_TEST

START_TEST(export_strings)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *expected;
	} cases[] = {
		{ BYTES("a\0"), "a=0 ok" },   { BYTES("\0\0a\0\0\0b\0b\0\0"), "a=0 b=0 b=0 ok" },
		{ BYTES("a\0b"), "damaged" }, { BYTES("a"), "damaged" },
		{ BYTES("\0"), "ok" },	      { BYTES("\0\0\0\0"), "ok" },
		{ BYTES(""), "ok" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct image_section section = { "__ksymtab_strings", cases[i].bytes,
						       cases[i].size };

		assert_found(_i, &section, 1, print_exports, cases[i].expected);
	}
	assert_found(_i, NULL, 0, print_exports, "absent");
}
END_TEST

/* ---- Dependencies -------------------------------------------------------------------------- */

static struct image make_dependencies(int kind, const struct symbol_parts *parts,
				      const struct image_part *versions)
{
	const struct image_section sections[] = {
		section_of(".symtab", &parts->symtab),
		section_of(".strtab", &parts->strtab),
		section_of("__versions", versions),
	};

	return image_build(kind, sections, COUNT(sections));
}

static void assert_dependencies(int kind, const struct symbol_parts *parts,
				const struct image_part *versions, const char *expected)
{
	_cleanup_image_ struct image image = make_dependencies(kind, parts, versions);

	assert_text(&image, print_dependencies, expected);
}

static const struct image_symbol needed[] = {
	{ .name = "zebra", .info = 0x10 }, { .name = "defined", .section = 1, .info = 0x10 },
	{ .name = "weak", .info = 0x20 },  { .name = "", .info = 0x10 },
	{ .name = "local", .info = 0x00 }, { .name = "absolute", .section = 0xfff1, .info = 0x10 },
	{ .name = "zebra", .info = 0x10 }, { .name = "ant", .info = 0x1f },
};

START_TEST(needed_symbols)
{
	const struct symbol_parts parts = make_symbols(_i, needed, COUNT(needed));
	struct image_part versions = {};

	assert_dependencies(_i, &parts, &versions, "zebra=0 weak=0? local=0 zebra=0 ant=0 ok");

	/* CRCs by name, of the first record of that name; then the records that nobody claimed. */
	image_append_version(_i, &versions, 1, "module_layout");
	image_append_version(_i, &versions, 2, "weak");
	image_append_version(_i, &versions, 3, "zebra");
	image_append_version(_i, &versions, 4, ".ant");
	image_append_version(_i, &versions, 5, "zebra");
	image_append_version(_i, &versions, 6, "defined");
	image_append_version(_i, &versions, 7, "");
	assert_dependencies(_i, &parts, &versions,
			    "zebra=3 weak=2? local=0 zebra=3 ant=0 "
			    "module_layout=1 .ant=4 zebra=5 defined=6 =7 ok");
}
END_TEST

START_TEST(dependencies_of_versions_only)
{
	const struct symbol_parts parts = make_symbols(_i, NULL, 0);
	struct symbol_parts empty = parts;
	struct image_part versions = {};

	empty.symtab.size = 0;
	image_append_version(_i, &versions, 9, "b");
	image_append_version(_i, &versions, 8, "a");
	assert_dependencies(_i, &parts, &versions, "b=9 a=8 ok");
	assert_dependencies(_i, &empty, &versions, "b=9 a=8 ok");
}
END_TEST

/* Newer kernels may have versions in both places, or in the new one only. */
START_TEST(dependencies_with_ext_versions)
{
	static const struct image_symbol symbols[] = {
		{ .name = "old", .info = 0x10 },
		{ .name = "new", .info = 0x10 },
	};
	const struct symbol_parts parts = make_symbols(_i, symbols, COUNT(symbols));
	struct image_part versions = {}, crcs = {}, names = {};
	image_append_version(_i, &versions, 1, "old");
	image_append_number(_i, &crcs, 4, 2);
	image_append_number(_i, &crcs, 4, 3);
	image_append_number(_i, &crcs, 4, 4);
	image_append_string(&names, "old");
	image_append_string(&names, "new");
	image_append_string(&names, "module_layout");
	{
		const struct image_section sections[] = {
			section_of(".strtab", &parts.strtab),
			section_of(".symtab", &parts.symtab),
			section_of("__version_ext_crcs", &crcs),
			section_of("__version_ext_names", &names),
			section_of("__versions", &versions),
		};

		assert_found(_i, sections, 4, print_dependencies,
			     "old=2 new=3 module_layout=4 ok");
		assert_found(_i, sections, 5, print_dependencies,
			     "old=1 new=3 module_layout=4 ok");
	}
}
END_TEST

START_TEST(dependencies_with_bad_versions)
{
	static const char x[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	const size_t room = _i & IMAGE_64BIT ? 56 : 60;
	_cleanup_free_ char *unterminated = strndup(x, room);
	const struct image_symbol symbol = { .name = unterminated };
	const struct symbol_parts parts = make_symbols(_i, needed, COUNT(needed));
	const struct symbol_parts same_name = make_symbols(_i, &symbol, 1);
	struct image_part versions = {};

	/* of an odd size: as if there were none */
	image_append_version(_i, &versions, 1, "zebra");
	versions.size--;
	assert_dependencies(_i, &parts, &versions, "zebra=0 weak=0? local=0 zebra=0 ant=0 ok");

	/* a name without an end is that of no symbol */
	versions.size = 0;
	image_append_version(_i, &versions, 1, unterminated);
	assert_dependencies(_i, &parts, &versions, "damaged");
	assert_dependencies(_i, &same_name, &versions, "damaged");
}
END_TEST

START_TEST(dependencies_with_bad_symbols)
{
	static const struct image_symbol defined[] = {
		{ .name = "a" },
		{ .name_offset = 1000, .section = 1 },
		{ .name = "b" },
	};
	static const struct image_symbol undefined[] = {
		{ .name = "a" },
		{ .name_offset = 1000 },
		{ .name = "b" },
	};
	struct symbol_parts parts = make_symbols(_i, defined, COUNT(defined));
	const struct image_part versions = {};
	const struct image_section sections[] = {
		section_of(".strtab", &parts.strtab),
		section_of(".symtab", &parts.symtab),
	};

	/* Only the names of undefined symbols matter. */
	assert_dependencies(_i, &parts, &versions, "a=0 b=0 ok");
	parts = make_symbols(_i, undefined, COUNT(undefined));
	assert_dependencies(_i, &parts, &versions, "a=0 damaged");
	parts.symtab.size++;
	assert_dependencies(_i, &parts, &versions, "damaged");

	assert_found(_i, sections, 1, print_dependencies, "damaged");
	assert_found(_i, sections + 1, 1, print_dependencies, "damaged");
	assert_found(_i, NULL, 0, print_dependencies, "damaged");
}
END_TEST

/* Registers of SPARC look like symbols, but only there. */
START_TEST(dependencies_of_sparc)
{
	static const struct image_symbol symbols[] = {
		{ .name = "register", .info = 0x1d },
		{ .name_offset = 1000, .info = 0x1d },
		{ .name = "symbol", .info = 0x10 },
	};
	const struct symbol_parts one = make_symbols(_i, symbols, 1);
	const struct symbol_parts all = make_symbols(_i, symbols, COUNT(symbols));
	const struct image_part versions = {};
	_cleanup_image_ struct image few = make_dependencies(_i, &one, &versions);
	_cleanup_image_ struct image image = make_dependencies(_i, &all, &versions);

	assert_text(&few, print_dependencies, "register=0 ok");
	assert_text(&image, print_dependencies, "register=0 damaged");
	for (unsigned int machine = 0; machine < 256; machine++) {
		const bool sparc = machine == 2 || machine == 43;

		image_put(&few, 0, IMAGE_E_MACHINE, machine);
		image_put(&image, 0, IMAGE_E_MACHINE, machine);
		assert_text(&few, print_dependencies, sparc ? "ok" : "register=0 ok");
		assert_text(&image, print_dependencies,
			    sparc ? "symbol=0 ok" : "register=0 damaged");
	}
}
END_TEST

/* Thousands of symbols and records must not take their product in time. */
START_TEST(many_dependencies)
{
	enum {
		MANY = 50000
	};
	const size_t symbol_size = image_symbol_size(_i), width = _i & IMAGE_64BIT ? 8 : 4;
	_cleanup_free_ uint8_t *symtab = calloc(MANY + 1, symbol_size);
	_cleanup_free_ uint8_t *versions = calloc(MANY, 64);
	_cleanup_free_ char *strtab = calloc(MANY + 1, 8);
	const struct image_section sections[] = {
		{ ".symtab", symtab, (MANY + 1) * symbol_size },
		{ ".strtab", strtab, (MANY + 1) * 8 },
		{ "__versions", versions, MANY * 64 },
	};
	_cleanup_(names_done) struct names names = {};
	_cleanup_(elf_dependencies_freep) struct elf_dependencies *dependencies = NULL;
	struct image symbols = { .kind = _i, .bytes = symtab };
	struct elf_dependency d;
	struct elf elf;

	ck_assert(symtab && versions && strtab);
	for (size_t i = 0; i < MANY; i++) {
		char name[16];

		/* The records are in the opposite order. */
		(void)snprintf(name, sizeof(name), "s%06zu", i);
		memcpy(strtab + (i + 1) * 8, name, 8);
		image_put(&symbols, (i + 1) * symbol_size, IMAGE_ST_NAME, (i + 1) * 8);
		memcpy(versions + (MANY - 1 - i) * 64 + width, name, 8);
		image_store(_i, versions + (MANY - 1 - i) * 64, width, i + 1);
	}
	_cleanup_image_ struct image image = image_build(_i, sections, COUNT(sections));

	ck_assert_int_eq(elf_parse(span_of(image.bytes, image.size), NULL, &elf), 0);
	ck_assert_int_eq(elf_dependencies_new(&names, &dependencies), 0);
	ck_assert_int_eq(elf_dependencies_begin(dependencies, &elf), 0);
	for (size_t i = 0; i < MANY; i++) {
		ck_assert_int_eq(elf_dependencies_next(dependencies, &d), 1);
		ck_assert_uint_eq(d.crc, i + 1);
	}
	ck_assert_int_eq(elf_dependencies_next(dependencies, &d), 0);
}
END_TEST

/* One walker, two modules: what was claimed in the first is free in the second. */
START_TEST(dependencies_of_one_after_the_other)
{
	static const struct image_symbol a = { .name = "a" }, b = { .name = "b" };
	const struct symbol_parts first = make_symbols(_i, &a, 1), second = make_symbols(_i, &b, 1);
	struct image_part first_versions = {}, second_versions = {};
	_cleanup_(names_done) struct names names = {};
	_cleanup_(elf_dependencies_freep) struct elf_dependencies *dependencies = NULL;

	image_append_version(_i, &first_versions, 1, "a");
	image_append_version(_i, &second_versions, 2, "a");
	image_append_version(_i, &second_versions, 3, "b");
	_cleanup_image_ struct image one = make_dependencies(_i, &first, &first_versions);
	_cleanup_image_ struct image other = make_dependencies(_i, &second, &second_versions);

	ck_assert_int_eq(elf_dependencies_new(&names, &dependencies), 0);
	for (unsigned int round = 0; round < 3; round++) {
		struct elf_dependency d;
		struct elf elf;

		ck_assert_int_eq(elf_parse(span_of(one.bytes, one.size), NULL, &elf), 0);
		ck_assert_int_eq(elf_dependencies_begin(dependencies, &elf), 0);
		ck_assert_int_eq(elf_dependencies_next(dependencies, &d), 1);
		ck_assert_str_eq(names.names[d.name].text, "a");
		ck_assert_uint_eq(d.crc, 1);

		/* The first walk does not even end. */
		ck_assert_int_eq(elf_parse(span_of(other.bytes, other.size), NULL, &elf), 0);
		ck_assert_int_eq(elf_dependencies_begin(dependencies, &elf), 0);
		ck_assert_int_eq(elf_dependencies_next(dependencies, &d), 1);
		ck_assert_str_eq(names.names[d.name].text, "b");
		ck_assert_uint_eq(d.crc, 3);
		ck_assert_int_eq(elf_dependencies_next(dependencies, &d), 1);
		ck_assert_str_eq(names.names[d.name].text, "a");
		ck_assert_uint_eq(d.crc, 2);
		ck_assert_int_eq(elf_dependencies_next(dependencies, &d), 0);
	}
}
END_TEST

START_TEST(dependencies_without_memory)
{
	const struct symbol_parts parts = make_symbols(_i, needed, COUNT(needed));
	struct image_part versions = {};
	unsigned int failures = 0;
	bool failed;

	image_append_version(_i, &versions, 1, "zebra");
	_cleanup_image_ struct image image = make_dependencies(_i, &parts, &versions);

	do {
		_cleanup_(names_done) struct names names = {};
		_cleanup_(elf_dependencies_freep) struct elf_dependencies *dependencies = NULL;
		struct elf_dependency d;
		struct elf elf;
		int r;

		ck_assert_int_eq(elf_parse(span_of(image.bytes, image.size), NULL, &elf), 0);
		unit_fail_allocation(failures);
		r = elf_dependencies_new(&names, &dependencies);
		if (r == 0)
			r = elf_dependencies_begin(dependencies, &elf);
		while (r == 0 && (r = elf_dependencies_next(dependencies, &d)) > 0)
			r = 0;
		failed = unit_allocation_failed();
		ck_assert_int_eq(r, failed ? -ENOMEM : 0);
	} while (failed && ++failures < 100);
	ck_assert_uint_gt(failures, 0);
	ck_assert_uint_lt(failures, 100);
}
END_TEST

/* ---- Forced loads -------------------------------------------------------------------------- */

static struct image make_versions(int kind)
{
	static const struct image_section sections[] = {
		{ ".before", BYTES("before") },
		{ "__versions", BYTES("") },
		{ "__versions", BYTES("") },
		{ "__version_ext_names", BYTES("a\0") },
		{ "__version_ext_crcs", BYTES("\1\0\0\0") },
		{ "__versions_not", BYTES("") },
	};

	return image_build(kind, sections, COUNT(sections));
}

START_TEST(strip_modversions)
{
	const size_t width = image_width(_i, IMAGE_SH_FLAGS);
	const uint64_t flags = width == 8 ? UINT64_MAX : UINT32_MAX;
	_cleanup_image_ struct image image = make_versions(_i);
	_cleanup_image_ struct image expected = image_cut(&image, image.size);

	for (size_t i = 1; i <= 6; i++) {
		const bool hidden = i == 2 || i == 4 || i == 5;
		const size_t entry = image_entry(&image, i);

		image_put(&image, entry, IMAGE_SH_FLAGS, flags);
		image_put(&expected, entry, IMAGE_SH_FLAGS, hidden ? flags - 2 : flags);
	}
	ck_assert_int_eq(elf_module_strip_modversions(image.bytes, image.size), 0);
	ck_assert_mem_eq(image.bytes, expected.bytes, image.size);
	/* And once more. */
	ck_assert_int_eq(elf_module_strip_modversions(image.bytes, image.size), 0);
	ck_assert_mem_eq(image.bytes, expected.bytes, image.size);
}
END_TEST

/* Each of the three sections for itself. */
START_TEST(strip_some_modversions)
{
	static const char *const names[] = { "__versions", "__version_ext_crcs",
					     "__version_ext_names", "none" };

	for (size_t i = 0; i < COUNT(names); i++) {
		const struct image_section section = { names[i], BYTES("contents") };
		_cleanup_image_ struct image image = image_build(_i, &section, 1);

		ck_assert_int_eq(elf_module_strip_modversions(image.bytes, image.size), 0);
		ck_assert_uint_eq(image_get(&image, image_entry(&image, 1), IMAGE_SH_FLAGS),
				  i < 3 ? 0 : 2);
	}
}
END_TEST

static void assert_stripped_vermagic(int kind, const char *bytes, size_t size, int result,
				     const char *expected)
{
	const struct image_section section = { ".modinfo", bytes, size };
	const struct image_section expected_section = { ".modinfo", expected, size };
	_cleanup_image_ struct image image = image_build(kind, &section, 1);
	_cleanup_image_ struct image expected_image = image_build(kind, &expected_section, 1);

	ck_assert_int_eq(elf_module_strip_vermagic(image.bytes, image.size), result);
	ck_assert_mem_eq(image.bytes, expected_image.bytes, image.size);
}

START_TEST(strip_vermagic)
{
	static const struct {
		const char *bytes;
		size_t size;
		int result;
		const char *expected; /* as many bytes */
	} cases[] = {
		{ BYTES("a=b\0vermagic=6.1 SMP\0c=d\0"), 0,
		  "a=b\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0c=d\0" },
		{ BYTES("vermagic=\0"), 0, "\0\0\0\0\0\0\0\0\0" },
		{ BYTES("vermagic=x"), 0, "\0\0\0\0\0\0\0\0\0" },
		{ BYTES("\0vermagic=x\0vermagic=y\0"), 0, "\0\0\0\0\0\0\0\0\0\0\0\0vermagic=y" },
		/* it has to be the start of a string, and with the '=' */
		{ BYTES("vermagic\0xvermagic=1\0Vermagic=1\0vermagi=c"), -ENODATA, NULL },
		{ BYTES("a=vermagic=1\0"), -ENODATA, NULL },
		{ BYTES("vermagic"), -ENODATA, NULL },
		{ BYTES("a=b\0"), -ENODATA, NULL },
		{ BYTES("\0"), -ENODATA, NULL },
		{ BYTES(""), -ENODATA, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_stripped_vermagic(_i, cases[i].bytes, cases[i].size, cases[i].result,
					 cases[i].expected ? cases[i].expected : cases[i].bytes);
}
END_TEST

START_TEST(strip_vermagic_without_modinfo)
{
	static const struct image_section section = { ".info", BYTES("vermagic=1\0") };
	_cleanup_image_ struct image image = image_build(_i, &section, 1);
	_cleanup_image_ struct image before = image_cut(&image, image.size);

	ck_assert_int_eq(elf_module_strip_vermagic(image.bytes, image.size), 0);
	ck_assert_mem_eq(image.bytes, before.bytes, image.size);
}
END_TEST

START_TEST(strip_no_elf)
{
	_cleanup_image_ struct image image = make_versions(_i | IMAGE_TABLE_LAST);

	for (size_t n = 0; n < image.size; n++) {
		_cleanup_image_ struct image part = image_cut(&image, n);
		const int expected = n <= 16 ? -ENOEXEC : -EINVAL;

		ck_assert_int_eq(elf_module_strip_modversions(part.bytes, n), expected);
		ck_assert_int_eq(elf_module_strip_vermagic(part.bytes, n), expected);
		ck_assert_mem_eq(part.bytes, image.bytes, n);
	}
}
END_TEST

/* ---- Damage of every kind ------------------------------------------------------------------ */

/* A module with all that is looked for. */
static struct image make_module(int kind)
{
	static const struct image_symbol symbols[] = {
		{ .name = "printk", .info = 0x10 },
		{ .name = "__crc_stored", .value = 4, .section = 1 },
		{ .name = "__crc_absolute", .value = 4, .section = 0xfff1 },
	};
	const struct symbol_parts parts = make_symbols(kind, symbols, COUNT(symbols));
	struct image_part versions = {}, crcs = {}, names = {}, note = {};

	image_append_version(kind, &versions, 1, "printk");
	image_append_version(kind, &versions, 2, "module_layout");
	image_append_number(kind, &crcs, 4, 1);
	image_append_string(&names, "printk");
	append_note(kind, &note, 4, 4, 3);
	image_append(&note, "GNU\0 123", 8);

	const struct image_section sections[] = {
		{ "__kcrctab", pointed_to, sizeof(pointed_to) },
		{ ".modinfo", BYTES("license=GPL\0vermagic=1\0") },
		section_of("__versions", &versions),
		section_of("__version_ext_crcs", &crcs),
		section_of("__version_ext_names", &names),
		section_of(".note.gnu.build-id", &note),
		section_of(".symtab", &parts.symtab),
		section_of(".strtab", &parts.strtab),
		{ "__ksymtab_strings", BYTES("stored\0absolute\0") },
	};

	return image_build(kind, sections, COUNT(sections));
}

/* Looks for everything. The sanitizers say when something is wrong with the way of looking. */
static void look_at_all(const struct image *image)
{
	_cleanup_free_ char *text = NULL;
	struct elf elf;

	if (elf_parse(span_of(image->bytes, image->size), NULL, &elf) < 0)
		return;
	text = text_of(image, print_all);
	ck_assert_ptr_null(strstr(text, "unexpected result"));
}

static void strip_all(const struct image *image)
{
	_cleanup_image_ struct image copy = image_cut(image, image->size);
	const int r = elf_module_strip_vermagic(copy.bytes, copy.size);

	ck_assert(r == 0 || r == -ENOEXEC || r == -EINVAL || r == -ENODATA);
	(void)elf_module_strip_modversions(copy.bytes, copy.size);
	look_at_all(&copy);
}

START_TEST(whole_module)
{
	_cleanup_image_ struct image image = make_module(_i);

	assert_text(&image, print_modinfo, "[license|GPL] [vermagic|1] ok");
	assert_text(&image, print_build_id, "20313233 ok");
	assert_text(&image, print_versions, "printk=1 module_layout=2 ok");
	assert_text(&image, print_ext_versions, "printk=1 ok");
	assert_text(&image, print_exports,
		    _i & IMAGE_BIG_ENDIAN ? "stored=4050607 absolute=4 ok" :
					    "stored=7060504 absolute=4 ok");
	assert_text(&image, print_dependencies, "printk=1 module_layout=2 ok");

	ck_assert_int_eq(elf_module_strip_vermagic(image.bytes, image.size), 0);
	ck_assert_int_eq(elf_module_strip_modversions(image.bytes, image.size), 0);
	assert_text(&image, print_modinfo, "[license|GPL] ok");
	assert_text(&image, print_versions, "printk=1 module_layout=2 ok");
}
END_TEST

START_TEST(cut_everywhere)
{
	_cleanup_image_ struct image image = make_module(_i);

	for (size_t n = 0; n < image.size; n++) {
		_cleanup_image_ struct image part = image_cut(&image, n);

		look_at_all(&part);
		strip_all(&part);
	}
}
END_TEST

START_TEST(damaged_everywhere)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
	_cleanup_image_ struct image image = make_module(_i);

	for (size_t at = 0; at < image.size; at++)
		for (size_t i = 0; i < COUNT(values); i++) {
			const uint8_t was = image.bytes[at];

			image.bytes[at] = values[i];
			look_at_all(&image);
			strip_all(&image);
			image.bytes[at] = was;
		}
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("elf-module");
	TCase *const tests = tcase_create("elf-module");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, modinfo_texts, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, build_id, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, build_id_among_others, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, build_id_cut_everywhere, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, build_id_sizes, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, empty_build_id, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, fixed_versions, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, versions_of_odd_size, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, versions_without_end, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, ext_versions, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, ext_versions_torn, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, names_too_long, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, exports_with_crc, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, exports_out_of_range, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, exports_from_strings, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, export_strings, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, needed_symbols, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, dependencies_of_versions_only, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, dependencies_with_ext_versions, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, dependencies_with_bad_versions, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, dependencies_with_bad_symbols, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, dependencies_of_sparc, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, many_dependencies, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, dependencies_of_one_after_the_other, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, dependencies_without_memory, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, strip_modversions, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, strip_some_modversions, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, strip_vermagic, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, strip_vermagic_without_modinfo, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, strip_no_elf, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, whole_module, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, cut_everywhere, 0, IMAGE_KINDS);
	tcase_add_loop_test(tests, damaged_everywhere, 0, IMAGE_KINDS);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
