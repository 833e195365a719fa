/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of modules and of symbols.
 */
#include "tools/depmod/order.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/io.h"
#include "libkmod/base/names.h"
#include "libkmod/base/str.h"
#include "libkmod/format/span.h"
#include "libkmod/name.h"
#include "tools/cli.h"
#include "tools/depmod/choose.h"

/* modules.order of a kernel takes a few hundred KiB. */
#define FILE_SIZE_LIMIT ((size_t)256 << 20)

/* The place of modules that are not in modules.order: behind all that are. */
#define NO_LINE UINT32_MAX

uint32_t order_hash(const char *text, size_t length)
{
	struct span rest = span_of(text, length);
	uint32_t hash = (uint32_t)length;
	const uint8_t *p;

	while (rest.size >= 4) {
		p = span_take(&rest, 4);
		hash += load_le16(p);
		hash = hash << 16 ^ ((uint32_t)load_le16(p + 2) << 11 ^ hash);
		hash += hash >> 11;
	}
	p = rest.data;
	switch (rest.size) {
	case 3:
		hash += load_le16(p);
		hash ^= hash << 16;
		hash ^= (uint32_t)p[2] << 18;
		hash += hash >> 11;
		break;
	case 2:
		hash += load_le16(p);
		hash ^= hash << 11;
		hash += hash >> 17;
		break;
	case 1:
		hash += (uint32_t)(int8_t)p[0];
		hash ^= hash << 10;
		hash += hash >> 1;
		break;
	}
	hash ^= hash << 3;
	hash += hash >> 5;
	hash ^= hash << 4;
	hash += hash >> 17;
	hash ^= hash << 25;
	return hash + (hash >> 6);
}

/* A module on its way to its place. */
struct sorted {
	struct module module;
	uint32_t line;	/* of modules.order */
	uint32_t bucket;
};

static int compare(const void *a, const void *b)
{
	const struct sorted *const first = a, *const second = b;

	if (first->line != second->line)
		return first->line < second->line ? -1 : 1;
	if (first->bucket != second->bucket)
		return first->bucket < second->bucket ? -1 : 1;
	return strcmp(first->module.name, second->module.name);
}

/* ---- modules.order ------------------------------------------------------------------------- */

/*
 * Whether @line is the path of @module, below the directory of modules, as it is when it is not
 * compressed.
 */
static bool is_line_of(struct span line, const struct module *module)
{
	return module->relative != module->path &&
	       strlen(module->relative) == line.size + module->suffix_size &&
	       memcmp(module->relative, line.data, line.size) == 0;
}

/* Takes a line with its newline, or *@ret is empty: there is no such line. */
static bool take_line(struct span *text, struct span *ret)
{
	const uint8_t *const end = memchr(text->data, '\n', text->size);
	const size_t size = end ? (size_t)(end - text->data) : 0;

	if (!end || size >= PATH_MAX - 1)
		return false;
	*ret = span_of(span_take(text, size + 1), size);
	return true;
}

/* The module that @line, the path of a file, is for; NULL: none. */
static struct sorted *find_module(struct sorted *modules, const struct names *names,
				  struct span line)
{
	char path[PATH_MAX], name[PATH_MAX];
	uint32_t number;
	size_t length;

	memcpy(path, line.data, line.size);
	path[line.size] = '\0';
	length = module_name_normalize(path_basename(path), name);
	number = names_find(names, name, length);
	if (number == NAMES_NONE || !is_line_of(line, &modules[number].module))
		return NULL;
	return &modules[number];
}

/* Gives the modules their lines. Returns 0; the number of the first line that is damaged. */
static uint32_t parse_order(struct span text, struct sorted *modules, const struct names *names)
{
	struct span line;

	for (uint32_t number = 1; text.size > 0; number++) {
		struct sorted *module;

		if (!take_line(&text, &line))
			return number;
		module = find_module(modules, names, line);
		if (module && module->line == NO_LINE)
			module->line = number;
	}
	return 0;
}

static int read_order(struct cli *cli, const char *root, struct sorted *modules,
		      const struct names *names)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t size = 0;
	uint32_t damaged;
	int r;

	if (asprintf(&path, "%s/modules.order", root) < 0)
		return -ENOMEM;
	fd = open_file(AT_FDCWD, path);
	r = fd < 0 ? fd : read_all(fd, FILE_SIZE_LIMIT, &text, &size);
	if (r < 0) {
		const bool is_none = is_trouble_of_path(r);

		cli_log(cli, is_none ? LOG_WARNING : LOG_ERR,
			"could not open modules.order at %s: %s", root, strerror(-r));
		return is_none ? 0 : r;
	}
	damaged = parse_order(span_of(text, size), modules, names);
	if (damaged == 0)
		return 0;
	cli_log(cli, LOG_ERR, "%s:%u corrupted line misses '\\n'", path, damaged);
	for (uint32_t i = 0; i < names->count; i++)
		modules[i].line = NO_LINE;
	return 0;
}

/* ---- The modules ----------------------------------------------------------------------------- */

void modules_done(struct modules *modules)
{
	free(modules->modules);
	arena_done(&modules->texts);
	*modules = (struct modules){ 0 };
}

/* Fills @sorted, in the order of @names, which it fills as well. */
static int make_modules(const struct scan *scan, const char *root, struct names *names,
			struct sorted *sorted)
{
	char name[PATH_MAX];

	for (size_t i = 0; i < scan->count; i++) {
		const struct found *const file = &scan->files[i];
		const size_t length = module_name_normalize(path_basename(file->path), name);
		struct module module = {
			.path = file->path,
			.relative = path_below(root, file->path),
			.stamp = file->stamp,
		};
		uint32_t number;
		int r = names_add(names, name, length, &number);

		if (r < 0)
			return r;
		module.name = names->names[number].text;
		(void)scan_is_module(file->path, &module.suffix_size);
		sorted[number] = (struct sorted){
			.module = module,
			.line = NO_LINE,
			.bucket = order_hash(name, length) % ORDER_MODULES,
		};
	}
	return 0;
}

int order_modules(struct cli *cli, const struct scan *scan, const char *root, struct modules *ret)
{
	_cleanup_(names_done) struct names names = { 0 };
	_cleanup_free_ struct sorted *sorted = calloc(scan->count + 1, sizeof(*sorted));
	_cleanup_free_ struct module *modules = calloc(scan->count + 1, sizeof(*modules));
	int r;

	if (!sorted || !modules || names_expect(&names, scan->count) < 0)
		return -ENOMEM;
	r = make_modules(scan, root, &names, sorted);
	if (r >= 0)
		r = read_order(cli, root, sorted, &names);
	if (r < 0)
		return r;
	qsort(sorted, names.count, sizeof(*sorted), compare);
	for (uint32_t i = 0; i < names.count; i++)
		modules[i] = sorted[i].module;
	*ret = (struct modules){ .modules = move_ptr(modules), .count = names.count };
	arena_adopt(&ret->texts, &names.texts);
	return 0;
}
