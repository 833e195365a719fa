/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sections and symbols of an ELF image: 32 or 64 bits, either byte order, on any host.
 *
 * Nothing is allocated and nothing copied: what these functions return points into the image,
 * is valid as long as the image is, and never reaches outside it.
 *
 * Not supported: extended numbering (more than 65279 sections), relocations, program headers,
 * compressed sections.
 */
#ifndef FORMAT_ELF_H
#define FORMAT_ELF_H

#include <stdbool.h>
#include <stdint.h>

#include "libkmod/format/span.h"

struct elf_layout;

/* For an image whose bytes come when they are wanted. */
struct elf_source {
	/*
	 * Called before the @size bytes at @offset, all inside the image, are looked at. On
	 * failure it returns a negative errno, and what is in them is as if it were not there.
	 */
	int (*need)(void *data, uint64_t offset, uint64_t size);
	void *data;
};

/* Made by elf_parse(): the members hold what it has checked. */
struct elf {
	struct span image;
	struct elf_source source;
	const struct elf_layout *layout;	/* of the 32-bit or the 64-bit class */
	bool is_64bit;
	bool is_big_endian;
	uint16_t machine;
	uint16_t section_count;
	uint64_t section_table_offset;
	struct span section_table;	/* exactly section_count entries */
	struct span section_names;	/* not empty, ends with a NUL */
};

struct elf_section {
	uint64_t offset;	/* of the contents in the file */
	uint64_t flags_offset;	/* of the sh_flags field in the file */
	uint64_t flags;
	struct span data;
};

struct elf_symbol {
	const char *name;	/* NULL when it is not a string inside .strtab */
	uint64_t value;
	uint16_t section;	/* st_shndx */
	uint8_t binding;	/* STB_* */
	uint8_t type;		/* STT_* */
};

struct elf_symbols {
	const struct elf *elf;
	struct span names;		/* ends with a NUL, unless empty */
	struct span rest;
};

/*
 * Checks the header, the extent of the section table and the section name table of @image.
 * @source: NULL when all bytes of the image are there; copied.
 * Returns 0; -ENOEXEC when this is no ELF file; -EINVAL when it is one, but damaged.
 */
int elf_parse(struct span image, const struct elf_source *source, struct elf *ret_elf);

/*
 * The first section after entry 0 called @name that has its bytes inside the file.
 * Returns 0; -ENODATA when there is none; -EFBIG when it has more than 64 MiB.
 */
int elf_find_section(const struct elf *elf, const char *name, struct elf_section *ret_section);

/*
 * The section with this index.
 * Returns 0; -ENODATA when there is none, or when it has no bytes inside the file; -EFBIG when these
 * are more than 64 MiB.
 */
int elf_get_section(const struct elf *elf, uint16_t index, struct elf_section *ret_section);

/*
 * The word at @offset of the section with this index, in *@ret.
 * Returns false when there is no such section, or the word is not all in it and in the file.
 */
bool elf_section_word(const struct elf *elf, uint16_t index, uint64_t offset, uint32_t *ret);

/*
 * Starts a walk through .symtab, after its entry 0; names come from .strtab. @elf must outlive it.
 * Returns 0; -ENODATA when one of the two is missing; -EINVAL when the table has a torn entry.
 */
int elf_symbols_begin(const struct elf *elf, struct elf_symbols *ret_symbols);

/* Whether there is a next symbol in *@ret_symbol. */
bool elf_symbols_next(struct elf_symbols *symbols, struct elf_symbol *ret_symbol);

/* The same, for the next one that is undefined: of a large table these are few. */
bool elf_symbols_next_undefined(struct elf_symbols *symbols, struct elf_symbol *ret_symbol);

/*
 * The same, for the next one whose name starts with @prefix. *@ret_sound becomes false when one of
 * those passed over has no name, and else stays as it is.
 */
bool elf_symbols_next_prefixed(struct elf_symbols *symbols, const char *prefix,
			       struct elf_symbol *ret_symbol, bool *ret_sound);

/* A number of the file at @p, where the caller knows that so many bytes are. */
uint32_t elf_load32(const struct elf *elf, const uint8_t *p);
uint64_t elf_load64(const struct elf *elf, const uint8_t *p);

#endif
