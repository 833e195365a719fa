/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/cmdline.c.
 */
#include "libkmod/cmdline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* A block with the @size bytes at @bytes and one behind them, which is not part of the text. */
static char *text_of(const void *bytes, size_t size)
{
	char *const text = malloc(size + 1);

	fuzz_assert(text);
	if (size > 0)
		memcpy(text, bytes, size);
	text[size] = '"';
	return text;
}

/* That "MODULE.OPTION", made from @entry, is all that is needed to get the same entry. */
static void check_again(const struct config_entry *entry)
{
	const size_t name_size = strlen(entry->name);
	const size_t size = name_size + 1 + entry->value_size;
	char *const text = text_of(entry->name, size); /* the option is behind the name */
	struct config_entry again = { 0 };
	struct cmdline cmdline;

	text[name_size] = '.';
	cmdline = cmdline_of(text, size);
	fuzz_assert(cmdline_next(&cmdline, &again) == 1);
	fuzz_assert(again.kind == CONFIG_OPTIONS);
	fuzz_assert(strcmp(again.name, entry->name) == 0);
	fuzz_assert(strcmp(again.value, entry->value) == 0);
	fuzz_assert(cmdline_next(&cmdline, &again) == 0);
	free(text);
}

/* That what @entry has in it lies in the @size bytes of @text, with the NULs. */
static void check_entry(const struct config_entry *entry, int r, const char *text, size_t size)
{
	const char *const end = entry->name + strlen(entry->name);

	fuzz_assert(r == 1 || r == -EBADMSG);
	fuzz_assert(entry->name >= text && end <= text + size);
	if (entry->kind == CONFIG_BLACKLIST) {
		fuzz_assert(r == 1 && !entry->value && !strchr(entry->name, ','));
		return;
	}
	fuzz_assert(entry->kind == CONFIG_OPTIONS);
	fuzz_assert(entry->value == end + 1 && entry->value + entry->value_size <= text + size);
	fuzz_assert(strlen(entry->value) == entry->value_size);
	fuzz_assert(!strpbrk(entry->name, ".=\" \t\n"));
	if (r == 1)
		check_again(entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *const text = text_of(data, size);
	struct cmdline cmdline = cmdline_of(text, size);
	struct config_entry entry = { 0 };
	size_t count = 0;
	int r;

	while ((r = cmdline_next(&cmdline, &entry)) != 0) {
		check_entry(&entry, r, text, size);
		fuzz_assert(++count <= size);
	}
	fuzz_assert(cmdline_next(&cmdline, &entry) == 0);
	free(text);
	return 0;
}
