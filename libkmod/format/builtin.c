/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * modules.builtin.modinfo: what the modules in the kernel image say of themselves.
 */
#include "libkmod/format/builtin.h"

#include <errno.h>
#include <stdbool.h>

/* A record: up to its NUL, or to where the file was cut. */
struct record {
	struct span text;
	bool is_cut;
};

/* The next record; false when there is none. */
static bool next_record(struct span *file, struct record *ret)
{
	size_t length;

	if (file->size == 0)
		return false;
	length = strnlen((const char *)file->data, file->size);
	ret->text = span_of(span_take(file, length), length);
	ret->is_cut = !span_take(file, 1);
	return true;
}

int builtin_modinfo(struct span file, const char *name, builtin_record_fn fn, void *data)
{
	const size_t name_length = strlen(name);
	struct record record;
	bool found = false;

	while (next_record(&file, &record)) {
		struct span text = record.text;
		const uint8_t *const dot = memchr(text.data, '.', text.size);
		const bool ours = dot && (size_t)(dot - text.data) == name_length &&
				  memcmp(text.data, name, name_length) == 0;
		int r;

		if (!ours && found && (dot || !record.is_cut))
			break;
		/* What is cut is not what was meant, and what follows is not known. */
		if (!dot || record.is_cut)
			return -EINVAL;
		if (!ours)
			continue;
		found = true;
		(void)span_take(&text, name_length + 1);
		r = fn(text, data);
		if (r < 0)
			return r;
	}
	return 0;
}
