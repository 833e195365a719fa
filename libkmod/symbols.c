/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The symbols of a module: versions, exports, dependencies. Three lists, one kind of entry.
 *
 * Programs exist that ask an entry of one list with the getter of another, and depend on what they
 * get: the name of a dependency, asked for as the name of an export, begins with the letter of its
 * binding. So all entries look alike: a CRC, then text; in a dependency the text is that letter
 * and the name. Every getter is safe on every entry.
 */
#include <errno.h>
#include <string.h>

#include "libkmod/format/elf-module.h"
#include "libkmod/image.h"
#include "libkmod/list.h"
#include "libkmod/module.h"

struct symbol {
	uint64_t crc;
	char text[]; /* one more NUL follows its end */
};

static int append(struct kmod_list **list, const char *prefix, const char *name, uint64_t crc)
{
	const size_t prefix_size = strlen(prefix);
	const size_t name_size = strlen(name) + 1;
	struct symbol *const symbol =
		list_append_sized(list, sizeof(*symbol) + prefix_size + name_size + 1);

	if (!symbol)
		return -ENOMEM;
	symbol->crc = crc;
	memcpy(symbol->text, prefix, prefix_size);
	memcpy(symbol->text + prefix_size, name, name_size);
	symbol->text[prefix_size + name_size] = '\0';
	return 1;
}

/* Appends what the module has. Returns 0 or more on success. */
typedef int (*collect_fn)(const struct elf *elf, struct kmod_list **list);

/* Versions of newer kernels, where those of the older form are missing. */
static int collect_ext_versions(const struct elf *elf, struct kmod_list **list)
{
	struct elf_ext_versions versions;
	struct elf_version version;
	int r = elf_ext_versions_begin(elf, &versions);

	while (r >= 0 && (r = elf_ext_versions_next(&versions, &version)) > 0)
		r = append(list, "", version.name, version.crc);
	return r;
}

static int collect_versions(const struct elf *elf, struct kmod_list **list)
{
	struct elf_versions versions;
	struct elf_version version;
	int r = elf_versions_begin(elf, &versions);

	if (r == -ENODATA)
		return collect_ext_versions(elf, list);
	while (r >= 0 && (r = elf_versions_next(&versions, &version)) > 0)
		r = append(list, "", version.name + (version.name[0] == '.'), version.crc);
	return r;
}

static int collect_exports(const struct elf *elf, struct kmod_list **list)
{
	struct elf_exports exports;
	struct elf_export export;
	int r = elf_exports_begin(elf, &exports);

	while (r >= 0 && (r = elf_exports_next(&exports, &export)) > 0)
		r = append(list, "", export.name, export.crc);
	return r;
}

static int collect_dependencies(const struct elf *elf, struct kmod_list **list)
{
	_cleanup_(names_done) struct names names = { 0 };
	_cleanup_(elf_dependencies_freep) struct elf_dependencies *dependencies = NULL;
	struct elf_dependency dependency;
	int r = elf_dependencies_new(&names, &dependencies);

	if (r >= 0)
		r = elf_dependencies_begin(dependencies, elf);
	while (r >= 0 && (r = elf_dependencies_next(dependencies, &dependency)) > 0)
		r = append(list, dependency.weak ? "W" : "U", names.names[dependency.name].text,
			   dependency.crc);
	return r;
}

/* Fills *@list, which is empty. Returns how many entries there are, or a negative errno. */
static int collect(const struct kmod_module *mod, collect_fn fn, struct kmod_list **list)
{
	_cleanup_(image_freep) struct image *image = NULL;
	struct kmod_list *found = NULL;
	int r;

	if (!mod || !list)
		return -ENOENT;
	if (*list)
		return -EINVAL;
	r = module_get_image(mod, &image);
	if (r < 0)
		return r;
	r = fn(image_elf(image), &found);
	if (image_error(image) < 0)
		r = image_error(image);
	if (r < 0) {
		list_free_sized(found);
		return r;
	}
	*list = found;
	return list_count(found);
}

static const char *symbol_text(const struct kmod_list *entry)
{
	return entry ? ((const struct symbol *)list_data(entry))->text : NULL;
}

static uint64_t symbol_crc(const struct kmod_list *entry)
{
	return entry ? ((const struct symbol *)list_data(entry))->crc : 0;
}

/* ---- Public ---------------------------------------------------------------------------- */

int kmod_module_get_versions(const struct kmod_module *mod, struct kmod_list **list)
{
	return collect(mod, collect_versions, list);
}

const char *kmod_module_version_get_symbol(const struct kmod_list *entry)
{
	return symbol_text(entry);
}

uint64_t kmod_module_version_get_crc(const struct kmod_list *entry)
{
	return symbol_crc(entry);
}

void kmod_module_versions_free_list(struct kmod_list *list)
{
	list_free_sized(list);
}

int kmod_module_get_symbols(const struct kmod_module *mod, struct kmod_list **list)
{
	return collect(mod, collect_exports, list);
}

const char *kmod_module_symbol_get_symbol(const struct kmod_list *entry)
{
	return symbol_text(entry);
}

uint64_t kmod_module_symbol_get_crc(const struct kmod_list *entry)
{
	return symbol_crc(entry);
}

void kmod_module_symbols_free_list(struct kmod_list *list)
{
	list_free_sized(list);
}

int kmod_module_get_dependency_symbols(const struct kmod_module *mod, struct kmod_list **list)
{
	return collect(mod, collect_dependencies, list);
}

const char *kmod_module_dependency_symbol_get_symbol(const struct kmod_list *entry)
{
	return entry ? symbol_text(entry) + 1 : NULL;
}

int kmod_module_dependency_symbol_get_bind(const struct kmod_list *entry)
{
	return entry ? symbol_text(entry)[0] : 0;
}

uint64_t kmod_module_dependency_symbol_get_crc(const struct kmod_list *entry)
{
	return symbol_crc(entry);
}

void kmod_module_dependency_symbols_free_list(struct kmod_list *list)
{
	list_free_sized(list);
}
