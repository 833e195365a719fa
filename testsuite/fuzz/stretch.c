/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a large ELF file of a small one.
 */
#include "stretch.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "input.h"

/* More than what is read at once, and no multiple of anything. */
#define GAP ((size_t)(200 << 10) + 9)

/* Where the fields are, by the class of the file. */
struct layout {
	size_t header, width, shoff, shnum, entry, sh_offset;
};

static const struct layout layouts[] = {
	{ sizeof(Elf32_Ehdr), 4, offsetof(Elf32_Ehdr, e_shoff), offsetof(Elf32_Ehdr, e_shnum),
	  sizeof(Elf32_Shdr), offsetof(Elf32_Shdr, sh_offset) },
	{ sizeof(Elf64_Ehdr), 8, offsetof(Elf64_Ehdr, e_shoff), offsetof(Elf64_Ehdr, e_shnum),
	  sizeof(Elf64_Shdr), offsetof(Elf64_Shdr, sh_offset) },
};

static uint64_t load(const uint8_t *p, size_t width, bool big_endian)
{
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++)
		value = value << 8 | p[big_endian ? i : width - 1 - i];
	return value;
}

/* Moves the offset at @p behind the gap, unless it is inside the header. */
static uint64_t shift(uint8_t *p, const struct layout *l, bool big_endian)
{
	uint64_t value = load(p, l->width, big_endian);

	if (value < l->header)
		return value;
	value += GAP;
	put_number(p, l->width, big_endian, value);
	return value;
}

static void shift_sections(uint8_t *bytes, size_t size, const struct layout *l, bool big_endian)
{
	const uint64_t table = shift(bytes + l->shoff, l, big_endian);
	const uint64_t count = load(bytes + l->shnum, 2, big_endian);

	for (uint64_t i = 0; i < count && table <= size; i++) {
		if ((i + 1) * l->entry > size - table)
			return;
		(void)shift(bytes + table + i * l->entry + l->sh_offset, l, big_endian);
	}
}

uint8_t *stretch_elf(struct span file, size_t *ret_size)
{
	const bool is_elf = file.size > EI_DATA && memcmp(file.data, ELFMAG, SELFMAG) == 0;
	const struct layout *const l = &layouts[is_elf && file.data[EI_CLASS] == ELFCLASS64];
	const bool big_endian = is_elf && file.data[EI_DATA] == ELFDATA2MSB;
	const size_t cut = l->header <= file.size ? l->header : file.size;
	uint8_t *const bytes = calloc(1, file.size + GAP);

	fuzz_assert(bytes != NULL);
	if (cut > 0)
		memcpy(bytes, file.data, cut);
	if (file.size > cut)
		memcpy(bytes + cut + GAP, file.data + cut, file.size - cut);
	if (is_elf && cut == l->header)
		shift_sections(bytes, file.size + GAP, l, big_endian);
	*ret_size = file.size + GAP;
	return bytes;
}
