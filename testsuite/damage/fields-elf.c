/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of a module, in any class and byte order. Where they are is written down once more,
 * from the ELF specification, so that a wrong idea of it is not shared with the code under test.
 */
#include <check.h>
#include <string.h>

#include "fields.h"

/* Offset and width in a 32-bit file, then in a 64-bit file. */
struct place {
	const char *name;
	unsigned int at32, width32, at64, width64;
	bool ignored;
};

static const struct place header[] = {
	{ "ei_class", 4, 1, 4, 1, false },	{ "ei_data", 5, 1, 5, 1, false },
	{ "ei_version", 6, 1, 6, 1, true },	{ "ei_osabi", 7, 1, 7, 1, true },
	{ "e_type", 16, 2, 16, 2, true },	{ "e_machine", 18, 2, 18, 2, true },
	{ "e_version", 20, 4, 20, 4, true },	{ "e_entry", 24, 4, 24, 8, true },
	{ "e_phoff", 28, 4, 32, 8, true },	{ "e_shoff", 32, 4, 40, 8, false },
	{ "e_flags", 36, 4, 48, 4, true },	{ "e_ehsize", 40, 2, 52, 2, true },
	{ "e_phentsize", 42, 2, 54, 2, true },	{ "e_phnum", 44, 2, 56, 2, true },
	{ "e_shentsize", 46, 2, 58, 2, false }, { "e_shnum", 48, 2, 60, 2, false },
	{ "e_shstrndx", 50, 2, 62, 2, false },
};

static const struct place section[] = {
	{ "sh_name", 0, 4, 0, 4, false },	{ "sh_type", 4, 4, 4, 4, false },
	{ "sh_flags", 8, 4, 8, 8, true },	{ "sh_addr", 12, 4, 16, 8, true },
	{ "sh_offset", 16, 4, 24, 8, false },	{ "sh_size", 20, 4, 32, 8, false },
	{ "sh_link", 24, 4, 40, 4, true },	{ "sh_info", 28, 4, 44, 4, true },
	{ "sh_addralign", 32, 4, 48, 8, true }, { "sh_entsize", 36, 4, 56, 8, true },
};

static const struct place symbol[] = {
	{ "st_name", 0, 4, 0, 4, false },  { "st_value", 4, 4, 8, 8, false },
	{ "st_size", 8, 4, 16, 8, true },  { "st_info", 12, 1, 4, 1, false },
	{ "st_other", 13, 1, 5, 1, true }, { "st_shndx", 14, 2, 6, 2, false },
};

static const struct place note[] = {
	{ "n_namesz", 0, 4, 0, 4, false },
	{ "n_descsz", 4, 4, 4, 4, false },
	{ "n_type", 8, 4, 8, 4, false },
};

#define COUNT(places) (sizeof(places) / sizeof((places)[0]))

struct elf {
	const uint8_t *data;
	bool is_64bit, big_endian;
	size_t entry; /* size of a section header */
	size_t table; /* where they are */
	size_t count;
	size_t names; /* where their names are */
	bool with_ignored;
};

static struct field field_of(const struct elf *elf, const struct place *place, size_t at)
{
	const size_t offset = at + (elf->is_64bit ? place->at64 : place->at32);

	return (struct field){
		.name = place->name,
		.at = offset,
		.width = elf->is_64bit ? place->width64 : place->width32,
		.big_endian = elf->big_endian,
		.ignored = place->ignored,
		.self = offset,
	};
}

static uint64_t value_of(const struct elf *elf, const struct place *places, size_t count,
			 const char *name, size_t at)
{
	for (size_t i = 0; i < count; i++) {
		const struct field field = field_of(elf, &places[i], at);

		if (strcmp(places[i].name, name) == 0)
			return field_value(elf->data, &field);
	}
	ck_abort_msg("no field is called %s", name);
}

#define VALUE(elf, places, name, at) value_of(elf, places, COUNT(places), name, at)

static void add_all(struct fields *fields, const struct elf *elf, const struct place *places,
		    size_t count, size_t at)
{
	for (size_t i = 0; i < count; i++)
		if (elf->with_ignored || !places[i].ignored)
			fields_add(fields, field_of(elf, &places[i], at));
}

static struct elf elf_of(struct bytes file)
{
	struct elf elf = { .data = file.data };
	size_t names;

	elf.is_64bit = file.data[4] == 2;
	elf.big_endian = file.data[5] == 2;
	elf.entry = elf.is_64bit ? 64 : 40;
	elf.table = VALUE(&elf, header, "e_shoff", 0);
	elf.count = VALUE(&elf, header, "e_shnum", 0);
	names = elf.table + elf.entry * VALUE(&elf, header, "e_shstrndx", 0);
	elf.names = VALUE(&elf, section, "sh_offset", names);
	return elf;
}

/* What is in the section whose header is at @at. */
static void add_contents(struct fields *fields, const struct elf *elf, size_t at)
{
	const size_t start = VALUE(elf, section, "sh_offset", at);
	const size_t size = VALUE(elf, section, "sh_size", at);
	const size_t entry = elf->is_64bit ? 24 : 16;
	const char *const name =
		(const char *)elf->data + elf->names + VALUE(elf, section, "sh_name", at);

	if (strcmp(name, ".symtab") == 0)
		for (size_t i = 1; i < size / entry; i++)
			add_all(fields, elf, symbol, COUNT(symbol), start + i * entry);
	if (strcmp(name, ".note.gnu.build-id") == 0)
		add_all(fields, elf, note, COUNT(note), start);
}

struct fields fields_of_elf(struct bytes file, bool with_ignored)
{
	struct elf elf = elf_of(file);
	struct fields fields = { 0 };

	elf.with_ignored = with_ignored;
	add_all(&fields, &elf, header, COUNT(header), 0);
	for (size_t i = 1; i < elf.count; i++) {
		add_all(&fields, &elf, section, COUNT(section), elf.table + i * elf.entry);
		add_contents(&fields, &elf, elf.table + i * elf.entry);
	}
	return fields;
}
