/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel build puts into the ELF file of a module.
 */
#include "libkmod/format/elf-module.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- Exported symbols ---------------------------------------------------------------------- */

/* What follows __crc_ in the name of @symbol; NULL when it has another name. */
static const char *exported_name(const struct elf_symbol *symbol)
{
	const size_t prefix_size = sizeof(CRC_PREFIX) - 1;

	if (strncmp(symbol->name, CRC_PREFIX, prefix_size) != 0)
		return NULL;
	return symbol->name + prefix_size;
}

/* Whether the names in the symbol table are sound, and one of them is that of an export. */
static bool has_exports(struct elf_symbols symbols)
{
	struct elf_symbol symbol;
	bool found = false;

	while (elf_symbols_next(&symbols, &symbol)) {
		if (!symbol.name)
			return false;
		if (exported_name(&symbol))
			found = true;
	}
	return found;
}

int elf_exports_begin(const struct elf *elf, struct elf_exports *ret_exports)
{
	struct elf_exports exports = {};
	struct elf_section strings;
	int r;

	r = elf_symbols_begin(elf, &exports.symbols);
	if (r == 0 && has_exports(exports.symbols)) {
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
	struct elf_section section;
	struct span word;

	if (symbol->section == SHN_ABS || symbol->section == SHN_UNDEF)
		return symbol->value;
	if (elf_get_section(elf, symbol->section, &section) < 0 ||
	    !span_slice(&section.data, symbol->value, sizeof(uint32_t), &word))
		return UINT64_MAX;
	return elf_load32(elf, word.data);
}

bool elf_exports_next(struct elf_exports *exports, struct elf_export *ret_export)
{
	struct elf_symbol symbol;
	const char *name;

	while (exports->symbols.elf && elf_symbols_next(&exports->symbols, &symbol)) {
		name = exported_name(&symbol);
		if (!name)
			continue;
		*ret_export = (struct elf_export){
			.name = name,
			.crc = export_crc(exports->symbols.elf, &symbol),
		};
		return true;
	}

	while ((name = span_take_string(&exports->strings)) != NULL) {
		if (*name == '\0')
			continue;
		*ret_export = (struct elf_export){ .name = name };
		return true;
	}
	return false;
}

/* ---- Dependencies -------------------------------------------------------------------------- */

/* An entry of __versions, and whether a symbol has claimed it. */
struct record {
	struct elf_version version;
	bool used;
};

struct elf_dependencies {
	struct elf_symbols symbols;
	struct record *records; /* in the order of the section */
	size_t count;
	size_t next;	  /* record to be handed out after the symbols */
	size_t *by_name;  /* hash table: 1 + number of a record, 0 where there is none */
	size_t slots;	  /* in it: a power of two, more than there are records */
};

void elf_dependencies_free(struct elf_dependencies *dependencies)
{
	if (!dependencies)
		return;
	free(dependencies->by_name);
	free(dependencies->records);
	free(dependencies);
}

/* The slot of the first record called @name, or the free one where it would be. */
static size_t *find_slot(const struct elf_dependencies *d, const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
	size_t i;

	for (const char *c = name; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
	i = (size_t)(hash ^ hash >> 32);
	while (true) {
		size_t *const slot = &d->by_name[i & (d->slots - 1)];

		if (*slot == 0 || strcmp(d->records[*slot - 1].version.name, name) == 0)
			return slot;
		i++;
	}
}

/* Adds a record, for which there is room, and its name unless a record before it has that. */
static void add_record(struct elf_dependencies *d, const struct elf_version *version)
{
	size_t *const slot = find_slot(d, version->name);

	d->records[d->count++].version = *version;
	if (*slot == 0)
		*slot = d->count;
}

/*
 * Takes in the versions, with a table of their names: there may be as many as symbols. Of the
 * extended ones only those that are new: a kernel may have put the others in both places.
 */
static int load_records(struct elf_dependencies *d, const struct elf *elf)
{
	struct elf_versions versions;
	struct elf_ext_versions ext;
	const bool has_versions = elf_versions_begin(elf, &versions) == 0;
	const bool has_ext = elf_ext_versions_begin(elf, &ext) == 0;
	const size_t count = (has_versions ? versions.rest.size / VERSION_SIZE : 0) +
			     (has_ext ? ext.crcs.size / sizeof(uint32_t) : 0);
	struct elf_version version;
	int r = 0;

	if (count == 0)
		return 0;
	for (d->slots = 4; d->slots < 2 * count;)
		d->slots *= 2;
	d->records = calloc(count, sizeof(*d->records));
	d->by_name = calloc(d->slots, sizeof(*d->by_name));
	if (!d->records || !d->by_name)
		return -ENOMEM;

	while (has_versions && (r = elf_versions_next(&versions, &version)) > 0)
		add_record(d, &version);
	if (r < 0)
		return r;
	while (has_ext && (r = elf_ext_versions_next(&ext, &version)) > 0)
		if (*find_slot(d, version.name) == 0)
			add_record(d, &version);
	return r;
}

int elf_dependencies_begin(const struct elf *elf, struct elf_dependencies **ret_dependencies)
{
	_cleanup_(elf_dependencies_freep) struct elf_dependencies *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	r = elf_symbols_begin(elf, &d->symbols);
	if (r < 0)
		return -EINVAL;
	r = load_records(d, elf);
	if (r < 0)
		return r;
	*ret_dependencies = move_ptr(d);
	return 0;
}

/* The first record called @name, or NULL. */
static struct record *find_record(const struct elf_dependencies *d, const char *name)
{
	const size_t *const slot = d->count > 0 ? find_slot(d, name) : NULL;

	return slot && *slot > 0 ? &d->records[*slot - 1] : NULL;
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

int elf_dependencies_next(struct elf_dependencies *d, struct elf_dependency *ret_dependency)
{
	struct elf_symbol symbol;
	struct record *record;

	while (elf_symbols_next_undefined(&d->symbols, &symbol)) {
		if (!is_needed(d->symbols.elf, &symbol))
			continue;
		if (!symbol.name)
			return -EINVAL;

		record = find_record(d, symbol.name);
		if (record)
			record->used = true;
		*ret_dependency = (struct elf_dependency){
			.name = symbol.name,
			.crc = record ? record->version.crc : 0,
			.weak = symbol.binding == STB_WEAK,
		};
		return 1;
	}

	while (d->next < d->count) {
		record = &d->records[d->next++];
		if (record->used)
			continue;
		*ret_dependency = (struct elf_dependency){
			.name = record->version.name,
			.crc = record->version.crc,
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
