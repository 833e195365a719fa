/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel build puts into the ELF file of a module.
 */
#include "libkmod/format/elf-module.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/array.h"

#define SECTION_MODINFO ".modinfo"
#define SECTION_VERSIONS "__versions"
#define SECTION_EXT_CRCS "__version_ext_crcs"
#define SECTION_EXT_NAMES "__version_ext_names"
#define SECTION_EXPORTS "__ksymtab_strings"
#define SECTION_BUILD_ID ".note.gnu.build-id"

/* A record of __versions: the CRC, as wide as an address, then the name. */
#define VERSION_SIZE 64U

/* What the name of an exported symbol follows in the name of the symbol with its CRC. */
#define CRC_PREFIX "__crc_"

/* ---- .modinfo ------------------------------------------------------------------------------ */

int elf_modinfo_begin(const struct elf *elf, struct elf_modinfo *ret_modinfo)
{
	struct elf_section section;
	const int r = elf_find_section(elf, SECTION_MODINFO, &section);

	if (r < 0)
		return r;
	*ret_modinfo = (struct elf_modinfo){ .rest = section.data, .offset = section.offset };
	return 0;
}

/* The part of @text up to the first '=', and what follows that. */
static void split_modinfo(struct span text, struct span *ret_key, struct span *ret_value)
{
	struct span rest = text;
	size_t n = 0;

	while (n < text.size && text.data[n] != '=')
		n++;
	*ret_key = span_of(span_take(&rest, n), n);
	(void)span_take(&rest, 1);
	*ret_value = rest;
}

bool elf_modinfo_next(struct elf_modinfo *modinfo, struct elf_modinfo_entry *ret_entry)
{
	while (modinfo->rest.size > 0) {
		const size_t before = modinfo->rest.size;
		struct elf_modinfo_entry entry = { .offset = modinfo->offset };

		entry.text = span_take_text(&modinfo->rest);
		modinfo->offset += before - modinfo->rest.size;
		if (entry.text.size == 0)
			continue;

		split_modinfo(entry.text, &entry.key, &entry.value);
		*ret_entry = entry;
		return true;
	}
	return false;
}

/* ---- Build id ------------------------------------------------------------------------------ */

struct note {
	uint32_t type;
	struct span name, description;
};

static bool take32(const struct elf *elf, struct span *s, uint32_t *ret)
{
	const uint8_t *const bytes = span_take(s, sizeof(*ret));

	if (!bytes)
		return false;
	*ret = elf_load32(elf, bytes);
	return true;
}

/* Takes @n bytes, and what is left of the last word; a last note may lack that padding. */
static bool take_padded(struct span *s, size_t n, struct span *ret)
{
	const size_t padding = -n % sizeof(uint32_t);
	const uint8_t *const bytes = span_take(s, n);

	if (!bytes)
		return false;
	(void)span_take(s, padding < s->size ? padding : s->size);
	*ret = span_of(bytes, n);
	return true;
}

/* Takes a note: sizes of name and description, type, name, description. */
static bool take_note(const struct elf *elf, struct span *s, struct note *ret)
{
	uint32_t name_size, description_size;

	return take32(elf, s, &name_size) && take32(elf, s, &description_size) &&
	       take32(elf, s, &ret->type) && take_padded(s, name_size, &ret->name) &&
	       take_padded(s, description_size, &ret->description);
}

static bool is_build_id(const struct note *note)
{
	return note->type == NT_GNU_BUILD_ID && note->name.size == sizeof(ELF_NOTE_GNU) &&
	       memcmp(note->name.data, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0;
}

int elf_build_id(const struct elf *elf, struct span *ret_id)
{
	struct elf_section section;
	const int r = elf_find_section(elf, SECTION_BUILD_ID, &section);
	struct note note;

	if (r < 0)
		return r;
	do {
		if (section.data.size == 0)
			return -ENODATA;
		if (!take_note(elf, &section.data, &note))
			return -EINVAL;
	} while (!is_build_id(&note));

	*ret_id = note.description;
	return 0;
}

/* ---- Symbol versions ----------------------------------------------------------------------- */

int elf_versions_begin(const struct elf *elf, struct elf_versions *ret_versions)
{
	struct elf_section section;
	const int r = elf_find_section(elf, SECTION_VERSIONS, &section);

	if (r < 0)
		return r;
	if (section.data.size % VERSION_SIZE != 0)
		return -EINVAL;
	*ret_versions = (struct elf_versions){ .elf = elf, .rest = section.data };
	return 0;
}

int elf_versions_next(struct elf_versions *versions, struct elf_version *ret_version)
{
	const struct elf *const elf = versions->elf;
	const uint8_t *const bytes = span_take(&versions->rest, VERSION_SIZE);
	const struct span record = span_of(bytes, VERSION_SIZE);
	const char *name;

	if (!bytes)
		return 0;
	name = span_string(&record, elf->is_64bit ? sizeof(uint64_t) : sizeof(uint32_t));
	if (!name)
		return -EINVAL;
	*ret_version = (struct elf_version){
		.name = name,
		.crc = elf->is_64bit ? elf_load64(elf, bytes) : elf_load32(elf, bytes),
	};
	return 1;
}

int elf_ext_versions_begin(const struct elf *elf, struct elf_ext_versions *ret_versions)
{
	struct elf_section crcs, names;
	const int found_crcs = elf_find_section(elf, SECTION_EXT_CRCS, &crcs);
	const int found_names = elf_find_section(elf, SECTION_EXT_NAMES, &names);

	if (found_crcs < 0 && found_names < 0)
		return -ENODATA;
	if (found_crcs < 0 || found_names < 0 || crcs.data.size % sizeof(uint32_t) != 0)
		return -EINVAL;
	*ret_versions = (struct elf_ext_versions){
		.elf = elf,
		.crcs = crcs.data,
		.names = names.data,
	};
	return 0;
}

int elf_ext_versions_next(struct elf_ext_versions *versions, struct elf_version *ret_version)
{
	const uint8_t *const crc = span_take(&versions->crcs, sizeof(uint32_t));
	const char *name;

	if (!crc)
		return 0;
	name = span_take_string(&versions->names);
	if (!name)
		return -EINVAL;
	*ret_version = (struct elf_version){ .name = name, .crc = elf_load32(versions->elf, crc) };
	return 1;
}

/* ---- Names of symbols ---------------------------------------------------------------------- */

/*
 * Symbols may share names, or ends of names, so that a small file can have names of any length,
 * all together. Linkers make little use of that: no more than this is taken.
 */
static uint64_t names_limit(const struct elf_symbols *symbols)
{
	return (uint64_t)symbols->names.size * 4 + 65536;
}

/* Whether @name may be taken as well. */
static bool take_name(uint64_t *left, const char *name)
{
	const size_t length = strlen(name);

	if (length > *left)
		return false;
	*left -= length;
	return true;
}

/* ---- Exported symbols ---------------------------------------------------------------------- */

/* Whether the names in the symbol table are sound, and one of them is that of an export. */
static bool has_exports(struct elf_symbols symbols)
{
	struct elf_symbol symbol;
	bool found = false;
	bool sound = true;

	while (elf_symbols_next_prefixed(&symbols, CRC_PREFIX, &symbol, &sound))
		found = true;
	return found && sound;
}

int elf_exports_begin(const struct elf *elf, struct elf_exports *ret_exports)
{
	struct elf_exports exports = {};
	struct elf_section strings;
	int r;

	r = elf_symbols_begin(elf, &exports.symbols);
	if (r == 0 && has_exports(exports.symbols)) {
		exports.names_left = names_limit(&exports.symbols);
		*ret_exports = exports;
		return 0;
	}

	r = elf_find_section(elf, SECTION_EXPORTS, &strings);
	if (r < 0)
		return r;
	if (strings.data.size > 0 && !span_ends_with(&strings.data, "", 1))
		return -EINVAL;
	*ret_exports = (struct elf_exports){ .strings = strings.data };
	return 0;
}

/* The CRC is the value of the symbol itself, or stands where that points to. */
static uint64_t export_crc(const struct elf *elf, const struct elf_symbol *symbol)
{
	uint32_t word;

	if (symbol->section == SHN_ABS || symbol->section == SHN_UNDEF)
		return symbol->value;
	return elf_section_word(elf, symbol->section, symbol->value, &word) ? word : UINT64_MAX;
}

int elf_exports_next(struct elf_exports *exports, struct elf_export *ret_export)
{
	struct elf_symbol symbol;
	const char *name;
	bool sound;

	if (exports->symbols.elf &&
	    elf_symbols_next_prefixed(&exports->symbols, CRC_PREFIX, &symbol, &sound)) {
		if (!take_name(&exports->names_left, symbol.name))
			return -EINVAL;
		*ret_export = (struct elf_export){
			.name = symbol.name + strlen(CRC_PREFIX),
			.crc = export_crc(exports->symbols.elf, &symbol),
		};
		return 1;
	}

	while ((name = span_take_string(&exports->strings)) != NULL) {
		if (*name == '\0')
			continue;
		*ret_export = (struct elf_export){ .name = name };
		return 1;
	}
	return 0;
}

/* ---- Dependencies -------------------------------------------------------------------------- */

/* An entry of __versions, and whether a symbol has claimed it. */
struct record {
	uint32_t name;
	uint64_t crc;
	bool used;
};

/* The first record of a name, in the module that the mark is of. */
struct first {
	uint32_t mark;
	uint32_t record;
};

struct elf_dependencies {
	struct names *names;
	struct first *firsts; /* by number of the name */
	size_t firsts_count, firsts_room;
	uint32_t mark;		/* of this module, never 0 */
	struct elf_symbols symbols;
	uint64_t names_left;	/* how long all their names may still be */
	struct record *records; /* in the order of the section */
	size_t count, room;
	size_t next; /* record to be handed out after the symbols */
};

int elf_dependencies_new(struct names *names, struct elf_dependencies **ret)
{
	struct elf_dependencies *const d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->names = names;
	*ret = d;
	return 0;
}

void elf_dependencies_free(struct elf_dependencies *d)
{
	if (!d)
		return;
	free(d->firsts);
	free(d->records);
	free(d);
}

/* Forgets the module before. */
static void forget(struct elf_dependencies *d)
{
	d->symbols = (struct elf_symbols){ 0 };
	d->count = 0;
	d->next = 0;
	if (++d->mark == 0) {
		d->mark = 1;
		for (size_t i = 0; i < d->firsts_count; i++)
			d->firsts[i].mark = 0;
	}
}

/* The number of @name, and what is known of its first record. */
static int find_first(struct elf_dependencies *d, const char *name, uint32_t *ret_number,
		      struct first **ret_first)
{
	uint32_t number;
	int r = names_add(d->names, name, strlen(name), &number);

	if (r < 0)
		return r;
	if (number >= d->firsts_count) {
		const size_t count = d->names->count;
		struct first *const grown =
			array_reserve(d->firsts, &d->firsts_room, count, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		d->firsts = grown;
		memset(d->firsts + d->firsts_count, 0,
		       (count - d->firsts_count) * sizeof(*d->firsts));
		d->firsts_count = count;
	}
	*ret_number = number;
	*ret_first = &d->firsts[number];
	return 0;
}

/* Adds a record; @only_new: unless there is one of that name. */
static int add_record(struct elf_dependencies *d, const struct elf_version *version, bool only_new)
{
	struct record *grown;
	struct first *first;
	uint32_t name;
	int r = find_first(d, version->name, &name, &first);

	if (r < 0)
		return r;
	if (only_new && first->mark == d->mark)
		return 0;
	grown = array_reserve(d->records, &d->room, d->count + 1, sizeof(*grown));
	if (!grown || d->count == UINT32_MAX)
		return -ENOMEM;
	d->records = grown;
	if (first->mark != d->mark)
		*first = (struct first){ .mark = d->mark, .record = (uint32_t)d->count };
	d->records[d->count++] = (struct record){ .name = name, .crc = version->crc };
	return 0;
}

/*
 * Takes in the versions. Of the extended ones only those that are new: a kernel may have put the
 * others in both places.
 */
static int load_records(struct elf_dependencies *d, const struct elf *elf)
{
	struct elf_versions versions;
	struct elf_ext_versions ext;
	struct elf_version version;
	int r = 0;

	if (elf_versions_begin(elf, &versions) == 0)
		while (r >= 0 && (r = elf_versions_next(&versions, &version)) > 0)
			r = add_record(d, &version, false);
	if (r >= 0 && elf_ext_versions_begin(elf, &ext) == 0)
		while (r >= 0 && (r = elf_ext_versions_next(&ext, &version)) > 0)
			r = add_record(d, &version, true);
	return r;
}

int elf_dependencies_begin(struct elf_dependencies *d, const struct elf *elf)
{
	struct elf_symbols symbols;
	int r;

	forget(d);
	r = elf_symbols_begin(elf, &symbols);
	if (r < 0)
		return -EINVAL;
	r = load_records(d, elf);
	if (r < 0) {
		d->count = 0;
		return r;
	}
	d->symbols = symbols;
	d->names_left = names_limit(&symbols);
	return 0;
}

/* Whether the undefined @symbol has to come from elsewhere: it has a name, if a broken one. */
static bool is_needed(const struct elf *elf, const struct elf_symbol *symbol)
{
	/* On these machines a register can look like an undefined symbol. */
	if ((elf->machine == EM_SPARC || elf->machine == EM_SPARCV9) &&
	    symbol->type == STT_SPARC_REGISTER)
		return false;
	return !symbol->name || *symbol->name != '\0';
}

/* The dependency that @symbol is, and its record claimed. */
static int take_symbol(struct elf_dependencies *d, const struct elf_symbol *symbol,
		       struct elf_dependency *ret)
{
	struct record *record;
	struct first *first;
	uint32_t number;
	int r;

	if (!symbol->name || !take_name(&d->names_left, symbol->name))
		return -EINVAL;
	r = find_first(d, symbol->name, &number, &first);
	if (r < 0)
		return r;
	record = first->mark == d->mark ? &d->records[first->record] : NULL;
	if (record)
		record->used = true;
	*ret = (struct elf_dependency){
		.name = number,
		.crc = record ? record->crc : 0,
		.weak = symbol->binding == STB_WEAK,
	};
	return 1;
}

int elf_dependencies_next(struct elf_dependencies *d, struct elf_dependency *ret_dependency)
{
	struct elf_symbol symbol;

	while (d->symbols.elf && elf_symbols_next_undefined(&d->symbols, &symbol))
		if (is_needed(d->symbols.elf, &symbol))
			return take_symbol(d, &symbol, ret_dependency);

	while (d->next < d->count) {
		const struct record *const record = &d->records[d->next++];

		if (record->used)
			continue;
		*ret_dependency = (struct elf_dependency){
			.name = record->name,
			.crc = record->crc,
		};
		return 1;
	}
	return 0;
}

/* ---- Forced loads -------------------------------------------------------------------------- */

/*
 * Takes SHF_ALLOC away from the first section called @name: the kernel only finds sections that
 * have it. The flag is in the field's least significant byte.
 */
static int hide_section(const struct elf *elf, uint8_t *image, const char *name)
{
	struct elf_section section;
	uint64_t offset;
	uint8_t *byte;
	int r;

	r = elf_find_section(elf, name, &section);
	if (r < 0)
		return r;

	offset = section.flags_offset;
	if (elf->is_big_endian)
		offset += (elf->is_64bit ? sizeof(uint64_t) : sizeof(uint32_t)) - 1;
	byte = writable_at(image, elf->image.size, offset, 1);
	if (!byte)
		return -EINVAL;
	*byte &= (uint8_t)~SHF_ALLOC;
	return 0;
}

/*
 * The kernel takes versions from either form, and refuses a module with one half of the extended
 * form: to hide them means to hide all three sections.
 */
int elf_module_strip_modversions(uint8_t *image, size_t size)
{
	static const char *const names[] = {
		SECTION_VERSIONS,
		SECTION_EXT_CRCS,
		SECTION_EXT_NAMES,
	};
	struct elf elf;
	int r;

	r = elf_parse(span_of(image, size), NULL, &elf);
	if (r < 0)
		return r;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		r = hide_section(&elf, image, names[i]);
		if (r < 0 && r != -ENODATA)
			return r;
	}
	return 0;
}

/* Whether the whole text, not only its key, starts so: a lone "vermagic" says nothing. */
static bool is_vermagic(const struct elf_modinfo_entry *entry)
{
	static const char prefix[] = "vermagic=";

	return entry->text.size >= sizeof(prefix) - 1 &&
	       memcmp(entry->text.data, prefix, sizeof(prefix) - 1) == 0;
}

int elf_module_strip_vermagic(uint8_t *image, size_t size)
{
	struct elf_modinfo_entry entry;
	struct elf_modinfo modinfo;
	struct elf elf;
	uint8_t *text;
	int r;

	r = elf_parse(span_of(image, size), NULL, &elf);
	if (r < 0)
		return r;
	if (elf_modinfo_begin(&elf, &modinfo) < 0)
		return 0;

	do {
		if (!elf_modinfo_next(&modinfo, &entry))
			return -ENODATA;
	} while (!is_vermagic(&entry));

	text = writable_at(image, size, entry.offset, entry.text.size);
	if (!text)
		return -EINVAL;
	memset(text, 0, entry.text.size);
	return 0;
}
