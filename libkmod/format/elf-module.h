/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel build puts into the ELF file of a module.
 *
 * Everything is read by walking: _begin() says whether there is something to walk, _next() hands
 * out one entry after another. All strings and spans point into the image and are valid as long
 * as it is. All of it may be called on an ELF file that is no module.
 */
#ifndef FORMAT_ELF_MODULE_H
#define FORMAT_ELF_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/names.h"
#include "libkmod/format/elf.h"
#include "libkmod/format/span.h"

/* ---- .modinfo: texts of the form key=value ------------------------------------------------ */

struct elf_modinfo {
	struct span rest;
	uint64_t offset;	/* of @rest in the file */
};

struct elf_modinfo_entry {
	struct span key;	/* up to the first '=' */
	struct span value;	/* after it, empty when there is none */
	struct span text;	/* all of it: a NUL follows, or the end of the section */
	uint64_t offset;	/* of the text in the file */
};

/* Returns 0; -ENODATA when there is no such section. */
int elf_modinfo_begin(const struct elf *elf, struct elf_modinfo *ret_modinfo);

/* Whether there is a next entry in *@ret_entry. Empty ones are passed over. */
bool elf_modinfo_next(struct elf_modinfo *modinfo, struct elf_modinfo_entry *ret_entry);

/* ---- Build id ----------------------------------------------------------------------------- */

/* Returns 0; -ENODATA when the module has none; -EINVAL when its note is torn. */
int elf_build_id(const struct elf *elf, struct span *ret_id);

/* ---- Symbol versions: the CRC that each symbol a module uses has to have ------------------- */

struct elf_version {
	const char *name;	/* as stored: on some machines with a leading dot */
	uint64_t crc;
};

/* __versions: records of a fixed size. */
struct elf_versions {
	const struct elf *elf;
	struct span rest;
};

/* Returns 0; -ENODATA when there is no such section; -EINVAL when it has a torn record. */
int elf_versions_begin(const struct elf *elf, struct elf_versions *ret_versions);

/* Returns 1 with the next version; 0 after the last one; -EINVAL for a name without an end. */
int elf_versions_next(struct elf_versions *versions, struct elf_version *ret_version);

/*
 * __version_ext_crcs and __version_ext_names, since Linux 6.14: the same for names of any length,
 * in two sections that are walked side by side.
 */
struct elf_ext_versions {
	const struct elf *elf;
	struct span crcs;
	struct span names;
};

/*
 * Returns 0; -ENODATA when there are no such sections; -EINVAL when there is only one of the two
 * or a CRC is torn.
 */
int elf_ext_versions_begin(const struct elf *elf, struct elf_ext_versions *ret_versions);

/* Returns 1 with the next version; 0 after the last CRC; -EINVAL when there is no name for it. */
int elf_ext_versions_next(struct elf_ext_versions *versions, struct elf_version *ret_version);

/* ---- Exported symbols ---------------------------------------------------------------------- */

struct elf_export {
	const char *name;
	uint64_t crc;		/* 0 when the module has no versions, UINT64_MAX when damaged */
};

struct elf_exports {
	struct elf_symbols symbols;
	uint64_t names_left;	/* how long all names of symbols may still be */
	struct span strings;	/* __ksymtab_strings, where the symbol table does not tell */
};

/*
 * The exports are the symbols __crc_*; where the symbol table is missing, damaged or has no such
 * symbol, the strings of __ksymtab_strings.
 * Returns 0; -ENODATA when that section is missing, too; -EINVAL when its last string has no end.
 */
int elf_exports_begin(const struct elf *elf, struct elf_exports *ret_exports);

/*
 * Returns 1 with the next one; 0 after the last one; -EINVAL when the names are so long, all
 * together, that symbols must have parts of the same names in common.
 */
int elf_exports_next(struct elf_exports *exports, struct elf_export *ret_export);

/* ---- Dependencies: symbols that other modules or the kernel have to provide ---------------- */

struct elf_dependency {
	uint32_t name;		/* its number among the names given */
	uint64_t crc;		/* 0 when the module has no version for it */
	bool weak;		/* may be missing */
};

struct elf_dependencies;

/*
 * A walker through the dependencies of one module after the other. Their names are added to
 * @names, which it borrows. The caller frees *@ret with elf_dependencies_free().
 * Returns 0 or -ENOMEM.
 */
int elf_dependencies_new(struct names *names, struct elf_dependencies **ret);

/* Accepts NULL. */
void elf_dependencies_free(struct elf_dependencies *dependencies);

/*
 * Starts a walk through the undefined symbols in the order of the symbol table, then through the
 * versions that belong to none of them: those of __versions in the order of that section, then
 * extended ones that it does not have. Sections with a torn record are taken for missing.
 *
 * @elf must last as long as the walk. After a failure there is nothing to walk through.
 * Returns 0; -EINVAL when .symtab or .strtab is missing or the table has a torn entry, or for a
 * name of a version without an end; -ENOMEM.
 */
int elf_dependencies_begin(struct elf_dependencies *dependencies, const struct elf *elf);

/*
 * Returns 1 with the next one; 0 after the last one; -EINVAL for a name outside .strtab, and when
 * the names are too long, as above; -ENOMEM.
 */
int elf_dependencies_next(struct elf_dependencies *dependencies,
			  struct elf_dependency *ret_dependency);

DEFINE_CLEANUP(struct elf_dependencies *, elf_dependencies_free)

/* ---- Forced loads -------------------------------------------------------------------------- */

/*
 * These two change the module in @image so that the kernel does not compare what it was built for
 * with what is running. @image is the caller's own copy; its size stays the same.
 * Both return -ENOEXEC or -EINVAL as elf_parse() does, and leave @image alone when they fail.
 */

/* Makes the kernel blind to the symbol versions. Returns 0, also when there are none. */
int elf_module_strip_modversions(uint8_t *image, size_t size);

/*
 * Blanks the version magic. Returns 0, also when there is no .modinfo section at all;
 * -ENODATA when there is one that has no version magic.
 */
int elf_module_strip_vermagic(uint8_t *image, size_t size);

#endif
