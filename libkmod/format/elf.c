/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sections and symbols of an ELF image: 32 or 64 bits, either byte order, on any host.
 *
 * The two classes differ in where a field stands and how wide it is. Each has a table of that,
 * taken from the C library's <elf.h>, and everything below works on either table. No struct is
 * ever laid over the file: its parts need not be aligned, nor in the byte order of this host.
 */
#include "libkmod/format/elf.h"

#include <elf.h>
#include <errno.h>

struct field {
	uint8_t offset;
	uint8_t width;
};

/*
 * What is looked at in a module has a few MiB at the most. A sparse file can have a thousand times as
 * much of it, and take none of the disk.
 */
#define SECTION_SIZE_MAX ((uint64_t)64 << 20)

/* clang-format off */
#define FIELD(type, member) { offsetof(type, member), sizeof(((type *)NULL)->member) }

struct elf_layout {
	size_t header_size;
	struct field e_machine, e_shoff, e_shentsize, e_shnum, e_shstrndx;

	size_t section_size;
	struct field sh_name, sh_type, sh_flags, sh_offset, sh_size;

	size_t symbol_size;
	struct field st_name, st_info, st_shndx, st_value;
};

#define LAYOUT(Ehdr, Shdr, Sym)                          \
	{                                                \
		.header_size = sizeof(Ehdr),             \
		.e_machine = FIELD(Ehdr, e_machine),     \
		.e_shoff = FIELD(Ehdr, e_shoff),         \
		.e_shentsize = FIELD(Ehdr, e_shentsize), \
		.e_shnum = FIELD(Ehdr, e_shnum),         \
		.e_shstrndx = FIELD(Ehdr, e_shstrndx),   \
		.section_size = sizeof(Shdr),            \
		.sh_name = FIELD(Shdr, sh_name),         \
		.sh_type = FIELD(Shdr, sh_type),         \
		.sh_flags = FIELD(Shdr, sh_flags),       \
		.sh_offset = FIELD(Shdr, sh_offset),     \
		.sh_size = FIELD(Shdr, sh_size),         \
		.symbol_size = sizeof(Sym),              \
		.st_name = FIELD(Sym, st_name),          \
		.st_info = FIELD(Sym, st_info),          \
		.st_shndx = FIELD(Sym, st_shndx),        \
		.st_value = FIELD(Sym, st_value),        \
	}
/* clang-format on */

static const struct elf_layout layout32 = LAYOUT(Elf32_Ehdr, Elf32_Shdr, Elf32_Sym);
static const struct elf_layout layout64 = LAYOUT(Elf64_Ehdr, Elf64_Shdr, Elf64_Sym);

/*
 * What runs once for each section or symbol is compiled twice: for the files of most machines, of
 * 64 bits in little-endian byte order, where layout and byte order are constants and a field is
 * one load, and for all others.
 */
#define always_inline inline __attribute__((always_inline))

static always_inline uint16_t load16(bool is_big_endian, const uint8_t *p)
{
	return is_big_endian ? load_be16(p) : load_le16(p);
}

static always_inline uint32_t load32(bool is_big_endian, const uint8_t *p)
{
	return is_big_endian ? load_be32(p) : load_le32(p);
}

static always_inline uint64_t load64(bool is_big_endian, const uint8_t *p)
{
	return is_big_endian ? load_be64(p) : load_le64(p);
}

uint32_t elf_load32(const struct elf *elf, const uint8_t *p)
{
	return load32(elf->is_big_endian, p);
}

uint64_t elf_load64(const struct elf *elf, const uint8_t *p)
{
	return load64(elf->is_big_endian, p);
}

/* Whether @elf is of the kind for which things are compiled a second time. */
static inline bool is_common(const struct elf *elf)
{
	return elf->layout == &layout64 && !elf->is_big_endian;
}

/* Field @f of the header or table entry @entry, which has all its fields. */
static always_inline uint64_t load_field_at(bool is_big_endian, const uint8_t *entry,
					    struct field f)
{
	const uint8_t *const p = entry + f.offset;

	switch (f.width) {
	case 1:
		return *p;
	case 2:
		return load16(is_big_endian, p);
	case 4:
		return load32(is_big_endian, p);
	default:
		return load64(is_big_endian, p);
	}
}

static uint64_t load_field(const struct elf *elf, struct span entry, struct field f)
{
	struct span bytes;

	if (!span_slice(&entry, f.offset, f.width, &bytes))
		return 0;
	return load_field_at(elf->is_big_endian, entry.data, f);
}

/* Field that is 2 bytes wide in both classes. */
static uint16_t load_field16(const struct elf *elf, struct span entry, struct field f)
{
	return (uint16_t)load_field(elf, entry, f);
}

/* The @size bytes at @offset of the file; false when not all of them are to be had. */
static bool image_bytes(const struct elf *elf, uint64_t offset, uint64_t size, struct span *ret)
{
	return span_slice(&elf->image, offset, size, ret) &&
	       (!elf->source.need || elf->source.need(elf->source.data, offset, size) >= 0);
}

/* e_ident: the magic, then class and byte order of everything that follows. */
static int parse_ident(struct elf *elf)
{
	struct span bytes;
	const uint8_t *ident;

	if (!image_bytes(elf, 0, EI_NIDENT + 1, &bytes) || memcmp(bytes.data, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	ident = bytes.data;

	switch (ident[EI_CLASS]) {
	case ELFCLASS32:
		elf->layout = &layout32;
		break;
	case ELFCLASS64:
		elf->layout = &layout64;
		break;
	default:
		return -EINVAL;
	}
	elf->is_64bit = elf->layout == &layout64;

	switch (ident[EI_DATA]) {
	case ELFDATA2LSB:
	case ELFDATA2MSB:
		elf->is_big_endian = ident[EI_DATA] == ELFDATA2MSB;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Where the bytes of the section described at @header are. Returns as elf_get_section(). */
static int section_data(const struct elf *elf, struct span header, struct span *ret)
{
	const struct elf_layout *const l = elf->layout;
	const uint64_t offset = load_field(elf, header, l->sh_offset);
	const uint64_t size = load_field(elf, header, l->sh_size);

	/* Takes up no space, whatever its size says; a file of debug data is full of them. */
	if (load_field(elf, header, l->sh_type) == SHT_NOBITS)
		return -ENODATA;
	if (!span_slice(&elf->image, offset, size, ret))
		return -ENODATA;
	if (size > SECTION_SIZE_MAX)
		return -EFBIG;
	return image_bytes(elf, offset, size, ret) ? 0 : -ENODATA;
}

/* The header of section @index; false when the table has no such entry. */
static bool section_header(const struct elf *elf, uint16_t index, struct span *ret)
{
	const size_t size = elf->layout->section_size;

	return span_slice(&elf->section_table, (uint64_t)index * size, size, ret);
}

/* The section name table: what makes all other sections reachable. */
static int parse_section_names(struct elf *elf, uint16_t index)
{
	struct span header;

	if (index == SHN_UNDEF || !section_header(elf, index, &header) ||
	    section_data(elf, header, &elf->section_names) < 0)
		return -EINVAL;
	if (!span_ends_with(&elf->section_names, "", 1))
		return -EINVAL;
	return 0;
}

int elf_parse(struct span image, const struct elf_source *source, struct elf *ret_elf)
{
	struct elf elf = { .image = image };
	const struct elf_layout *l;
	struct span header;
	int r;

	if (source)
		elf.source = *source;
	r = parse_ident(&elf);
	if (r < 0)
		return r;
	l = elf.layout;

	if (!image_bytes(&elf, 0, l->header_size, &header))
		return -EINVAL;

	elf.machine = load_field16(&elf, header, l->e_machine);

	/* e_shentsize, e_shnum, e_shoff: a table of known entries, all of it in the file. */
	if (load_field(&elf, header, l->e_shentsize) != l->section_size)
		return -EINVAL;
	elf.section_count = load_field16(&elf, header, l->e_shnum);
	elf.section_table_offset = load_field(&elf, header, l->e_shoff);
	if (!image_bytes(&elf, elf.section_table_offset,
			 (uint64_t)elf.section_count * l->section_size, &elf.section_table))
		return -EINVAL;

	r = parse_section_names(&elf, load_field16(&elf, header, l->e_shstrndx));
	if (r < 0)
		return r;

	*ret_elf = elf;
	return 0;
}

int elf_get_section(const struct elf *elf, uint16_t index, struct elf_section *ret_section)
{
	const struct elf_layout *const l = elf->layout;
	struct elf_section section;
	struct span header;
	int r;

	if (!section_header(elf, index, &header))
		return -ENODATA;
	r = section_data(elf, header, &section.data);
	if (r < 0)
		return r;

	section.offset = load_field(elf, header, l->sh_offset);
	section.flags = load_field(elf, header, l->sh_flags);
	section.flags_offset =
		elf->section_table_offset + (uint64_t)index * l->section_size + l->sh_flags.offset;
	*ret_section = section;
	return 0;
}

bool elf_section_word(const struct elf *elf, uint16_t index, uint64_t offset, uint32_t *ret)
{
	const struct elf_layout *const l = elf->layout;
	struct span header, file, word;
	uint64_t start;

	if (!section_header(elf, index, &header) || load_field(elf, header, l->sh_type) == SHT_NOBITS)
		return false;
	start = load_field(elf, header, l->sh_offset);
	if (!span_slice(&elf->image, start, load_field(elf, header, l->sh_size), &file) ||
	    !span_slice(&file, offset, sizeof(*ret), &word) ||
	    !image_bytes(elf, start + offset, sizeof(*ret), &word))
		return false;
	*ret = elf_load32(elf, word.data);
	return true;
}

/*
 * The first section from @i on whose name is the @size bytes at @name, NUL included. Names differ
 * in their length more often than not: that is one byte to compare.
 */
static always_inline uint32_t find_name(const struct elf *elf, const struct elf_layout *l,
					bool is_big_endian, uint32_t i, const char *name,
					size_t size)
{
	const struct span names = elf->section_names;
	struct span rest, found;

	if (!span_slice(&elf->section_table, (uint64_t)i * l->section_size,
			(uint64_t)(elf->section_count - i) * l->section_size, &rest))
		return elf->section_count;
	for (; i < elf->section_count; i++) {
		const uint8_t *const header = rest.data;

		if (span_slice(&names, load_field_at(is_big_endian, header, l->sh_name), size,
			       &found) &&
		    found.data[size - 1] == '\0' && memcmp(found.data, name, size) == 0)
			break;
		(void)span_take(&rest, l->section_size);
	}
	return i;
}

int elf_find_section(const struct elf *elf, const char *name, struct elf_section *ret_section)
{
	const size_t size = strlen(name) + 1;
	uint32_t i = 1;

	while (i < elf->section_count) {
		int r;

		i = is_common(elf) ? find_name(elf, &layout64, false, i, name, size) :
				     find_name(elf, elf->layout, elf->is_big_endian, i, name, size);
		r = i < elf->section_count ? elf_get_section(elf, (uint16_t)i, ret_section) :
					     -ENODATA;
		if (r != -ENODATA)
			return r;
		i++;
	}
	return -ENODATA;
}

int elf_symbols_begin(const struct elf *elf, struct elf_symbols *ret_symbols)
{
	struct elf_section symtab, strtab;
	int r;

	r = elf_find_section(elf, ".symtab", &symtab);
	if (r < 0)
		return r;
	r = elf_find_section(elf, ".strtab", &strtab);
	if (r < 0)
		return r;
	if (symtab.data.size % elf->layout->symbol_size != 0)
		return -EINVAL;

	span_trim_to_nul(&strtab.data);

	/* Entry 0 is no symbol; an empty table does not even have that. */
	(void)span_take(&symtab.data, elf->layout->symbol_size);

	*ret_symbols = (struct elf_symbols){
		.elf = elf,
		.names = strtab.data,
		.rest = symtab.data,
	};
	return 0;
}

/* The symbol that is the next entry of the table, which has one. */
static always_inline struct elf_symbol take_symbol(struct elf_symbols *symbols,
						   const struct elf_layout *l, bool is_big_endian)
{
	const uint8_t *const entry = symbols->rest.data;
	const uint8_t info = (uint8_t)load_field_at(is_big_endian, entry, l->st_info);

	(void)span_take(&symbols->rest, l->symbol_size);
	return (struct elf_symbol){
		.name = span_nul_string(&symbols->names,
					load_field_at(is_big_endian, entry, l->st_name)),
		.value = load_field_at(is_big_endian, entry, l->st_value),
		.section = (uint16_t)load_field_at(is_big_endian, entry, l->st_shndx),
		.binding = ELF64_ST_BIND(info), /* the same in both classes */
		.type = ELF64_ST_TYPE(info),
	};
}

bool elf_symbols_next(struct elf_symbols *symbols, struct elf_symbol *ret_symbol)
{
	const struct elf *const elf = symbols->elf;

	if (symbols->rest.size < elf->layout->symbol_size)
		return false;
	*ret_symbol = is_common(elf) ? take_symbol(symbols, &layout64, false) :
				       take_symbol(symbols, elf->layout, elf->is_big_endian);
	return true;
}

bool elf_symbols_next_undefined(struct elf_symbols *symbols, struct elf_symbol *ret_symbol)
{
	const struct elf_layout *const l = symbols->elf->layout;

	while (symbols->rest.size >= l->symbol_size) {
		const uint8_t *const entry = symbols->rest.data;

		/* 0 is 0 in either byte order. */
		if ((entry[l->st_shndx.offset] | entry[l->st_shndx.offset + 1]) == SHN_UNDEF)
			return elf_symbols_next(symbols, ret_symbol);
		(void)span_take(&symbols->rest, l->symbol_size);
	}
	return false;
}

/* Moves past the symbols whose names do not start with @prefix. False when there is none. */
static always_inline bool skip_other_names(struct elf_symbols *symbols,
					   const struct elf_layout *l, bool is_big_endian,
					   const char *prefix, size_t size, bool *ret_sound)
{
	while (symbols->rest.size >= l->symbol_size) {
		const uint8_t *const entry = symbols->rest.data;
		const char *const name = span_nul_string(
			&symbols->names, load_field_at(is_big_endian, entry, l->st_name));
		size_t i = 0;

		if (!name)
			*ret_sound = false;
		/* A name that is too short ends in a NUL, which differs. */
		while (name && i < size && name[i] == prefix[i])
			i++;
		if (name && i == size)
			return true;
		(void)span_take(&symbols->rest, l->symbol_size);
	}
	return false;
}

bool elf_symbols_next_prefixed(struct elf_symbols *symbols, const char *prefix,
			       struct elf_symbol *ret_symbol, bool *ret_sound)
{
	const struct elf *const elf = symbols->elf;
	const size_t size = strlen(prefix);
	const bool found =
		is_common(elf) ?
			skip_other_names(symbols, &layout64, false, prefix, size, ret_sound) :
			skip_other_names(symbols, elf->layout, elf->is_big_endian, prefix, size,
					 ret_sound);

	return found && elf_symbols_next(symbols, ret_symbol);
}
