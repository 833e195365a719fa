/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the modules the build made, and changes them as a forced load has to.
 */
#include "modules.h"

#include <check.h>
#include <elf.h>
#include <link.h>
#include <string.h>

#include "index.h"

struct bytes module_built(const char *name)
{
	return bytes_of_file(format_text("%s/%s.ko", TEST_MODULES, name));
}

/* The header of the first section of @elf called @name; NULL when there is none. */
static ElfW(Shdr) * find_section(uint8_t *elf, const char *name)
{
	const ElfW(Ehdr) *const header = (const void *)elf;
	ElfW(Shdr) *const sections = (void *)(elf + header->e_shoff);
	const char *const names = (const char *)elf + sections[header->e_shstrndx].sh_offset;

	for (size_t i = 1; i < header->e_shnum; i++) {
		if (strcmp(names + sections[i].sh_name, name) == 0)
			return &sections[i];
	}
	return NULL;
}

static uint8_t *copy_of(struct bytes module)
{
	uint8_t *const copy = keep(module.size);

	memcpy(copy, module.data, module.size);
	return copy;
}

struct bytes module_without_vermagic(struct bytes module)
{
	uint8_t *const copy = copy_of(module);
	const ElfW(Shdr) *const modinfo = find_section(copy, ".modinfo");
	char *string, *end;

	if (modinfo == NULL)
		return module;
	string = (char *)copy + modinfo->sh_offset;
	end = string + modinfo->sh_size;
	while (string < end && strncmp(string, "vermagic=", 9) != 0)
		string += strlen(string) + 1;
	ck_assert_msg(string < end, "the module has no vermagic");
	memset(string, 0, strlen(string));
	return (struct bytes){ copy, module.size };
}

struct bytes module_without_versions(struct bytes module)
{
	uint8_t *const copy = copy_of(module);
	ElfW(Shdr) *const versions = find_section(copy, "__versions");

	if (versions != NULL)
		versions->sh_flags &= ~(ElfW(Xword))SHF_ALLOC;
	return (struct bytes){ copy, module.size };
}

struct bytes builtin_index(const char *name)
{
	return INDEX({ name, "", 0 });
}
