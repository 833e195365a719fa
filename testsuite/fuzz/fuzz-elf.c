/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/format/elf.c and elf-module.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "libkmod/format/elf-module.h"

/* That @part lies in @image. */
static void check_part(const struct elf *elf, struct span part)
{
	fuzz_assert(part.data >= elf->image.data && part.size <= elf->image.size);
	fuzz_assert((size_t)(part.data - elf->image.data) <= elf->image.size - part.size);
}

/* That @string, with its NUL, does. */
static void check_string(const struct elf *elf, const char *string)
{
	const char *const start = (const char *)elf->image.data;
	const char *const end = start + elf->image.size;

	fuzz_assert(string >= start && string < end);
	fuzz_assert(memchr(string, '\0', (size_t)(end - string)) != NULL);
}

static void check_sections(const struct elf *elf)
{
	for (uint16_t i = 0; i < elf->section_count; i++) {
		struct elf_section section;

		if (elf_get_section(elf, i, &section) < 0)
			continue;
		check_part(elf, section.data);
		fuzz_assert(section.data.data == elf->image.data + section.offset);
		fuzz_assert(section.flags_offset < elf->image.size);
	}
	fuzz_assert(elf->section_count > 0);
}

static void check_modinfo(const struct elf *elf)
{
	struct elf_modinfo modinfo;
	struct elf_modinfo_entry e;
	const int r = elf_modinfo_begin(elf, &modinfo);

	fuzz_assert(r == 0 || r == -ENODATA);
	while (r == 0 && elf_modinfo_next(&modinfo, &e)) {
		check_part(elf, e.text);
		fuzz_assert(e.text.size > 0 && e.text.data == elf->image.data + e.offset);
		fuzz_assert(e.key.data == e.text.data);
		fuzz_assert(e.key.size == e.text.size ||
			    e.key.size + 1 + e.value.size == e.text.size);
		fuzz_assert(!memchr(e.text.data, '\0', e.text.size));
	}
}

static void check_build_id(const struct elf *elf)
{
	struct span id;
	const int r = elf_build_id(elf, &id);

	fuzz_assert(r == 0 || r == -ENODATA || r == -EINVAL);
	if (r == 0)
		check_part(elf, id);
}

static void check_versions(const struct elf *elf)
{
	struct elf_versions versions;
	struct elf_ext_versions ext_versions;
	struct elf_version v;
	int r = elf_versions_begin(elf, &versions);

	if (r == 0)
		while ((r = elf_versions_next(&versions, &v)) > 0)
			check_string(elf, v.name);
	fuzz_assert(r == 0 || r == -ENODATA || r == -EINVAL);

	r = elf_ext_versions_begin(elf, &ext_versions);
	if (r == 0)
		while ((r = elf_ext_versions_next(&ext_versions, &v)) > 0)
			check_string(elf, v.name);
	fuzz_assert(r == 0 || r == -ENODATA || r == -EINVAL);
}

static void check_exports(const struct elf *elf)
{
	struct elf_exports exports;
	struct elf_export e;
	const int r = elf_exports_begin(elf, &exports);

	fuzz_assert(r == 0 || r == -ENODATA || r == -EINVAL);
	while (r == 0 && elf_exports_next(&exports, &e) > 0)
		check_string(elf, e.name);
}

static void check_dependencies(const struct elf *elf)
{
	struct names names = {};
	struct elf_dependencies *dependencies = NULL;
	struct elf_dependency d;
	int r = elf_dependencies_new(&names, &dependencies);

	fuzz_assert(r == 0);
	r = elf_dependencies_begin(dependencies, elf);
	if (r == 0)
		while ((r = elf_dependencies_next(dependencies, &d)) > 0)
			fuzz_assert(d.name < names.count);
	fuzz_assert(r == 0 || r == -EINVAL);
	elf_dependencies_free(dependencies);
	names_done(&names);
}

/* That a module is changed, or else left alone. */
static void check_strip(int (*strip)(uint8_t *image, size_t size), struct span file, bool is_elf)
{
	uint8_t *const copy = malloc(file.size);
	int r;

	if (!copy)
		return;
	memcpy(copy, file.data, file.size);
	r = strip(copy, file.size);
	fuzz_assert(r == 0 || r == -ENOEXEC || r == -EINVAL || r == -ENODATA);
	fuzz_assert(is_elf == (r == 0 || r == -ENODATA));
	fuzz_assert(r == 0 || memcmp(copy, file.data, file.size) == 0);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span file = span_of(data, size);
	struct elf elf;
	const int r = elf_parse(file, NULL, &elf);

	fuzz_assert(r == 0 || r == -ENOEXEC || r == -EINVAL);
	if (size > 0) {
		check_strip(elf_module_strip_modversions, file, r == 0);
		check_strip(elf_module_strip_vermagic, file, r == 0);
	}
	if (r < 0)
		return 0;

	check_sections(&elf);
	check_modinfo(&elf);
	check_build_id(&elf);
	check_versions(&elf);
	check_exports(&elf);
	check_dependencies(&elf);
	return 0;
}
