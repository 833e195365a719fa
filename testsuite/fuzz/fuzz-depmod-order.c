/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for tools/depmod/order.c. An input is modules.order; the modules are those of the
 * first lines that end in a suffix of modules, and one that is in none.
 */
#include "tools/depmod/order.h"

#include <limits.h>
#include <string.h>
#include <syslog.h>

#include "fuzz.h"
#include "libkmod/base/str.h"
#include "libkmod/name.h"
#include "scratch.h"
#include "tools/cli.h"

#define FILES_MAX 12U

/* Adds the file @path below the directory, unless its name is that of one that is there. */
static void add_file(struct scan *scan, const char *path, size_t length)
{
	const char *const root = scratch_dir();
	char name[PATH_MAX], other[PATH_MAX];
	char *const whole = arena_text_room(&scan->texts, strlen(root) + 1 + length);

	fuzz_assert(whole != NULL);
	(void)sprintf(whole, "%s/%.*s", root, (int)length, path);
	if (!scan_is_module(path_basename(whole), NULL))
		return;
	(void)module_name_normalize(path_basename(whole), name);
	for (size_t i = 0; i < scan->count; i++) {
		(void)module_name_normalize(path_basename(scan->files[i].path), other);
		if (strcmp(name, other) == 0)
			return;
	}
	scan->files[scan->count++].path = whole;
}

static void add_files(struct scan *scan, struct span text)
{
	add_file(scan, "of-no-line.ko", strlen("of-no-line.ko"));
	while (text.size > 0 && scan->count < FILES_MAX) {
		const uint8_t *const newline = memchr(text.data, '\n', text.size);
		const size_t length = newline ? (size_t)(newline - text.data) : text.size;
		const char *const line = (const char *)span_take(&text, length);

		if (length < NAME_MAX)
			add_file(scan, line, length);
		(void)span_take(&text, 1);
	}
}

/* That all files are there, once each. */
static void check_modules(const struct modules *modules, const struct scan *scan)
{
	fuzz_assert(modules->count == scan->count);
	for (size_t i = 0; i < scan->count; i++) {
		uint32_t found = 0;

		for (uint32_t j = 0; j < modules->count; j++)
			found += modules->modules[j].path == scan->files[i].path;
		fuzz_assert(found == 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cli cli = { .prog = "depmod", .threshold = LOG_INFO };
	const struct span text = span_of(data, size);
	struct modules modules = { 0 };
	struct scan scan = { 0 };

	scan.files = calloc(FILES_MAX, sizeof(*scan.files));
	fuzz_assert(scan.files != NULL);
	add_files(&scan, text);
	scratch_put("modules.order", text);
	fuzz_assert(order_modules(&cli, &scan, scratch_dir(), &modules) == 0);
	check_modules(&modules, &scan);
	modules_done(&modules);
	scan_done(&scan);
	return 0;
}
