/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * modules.builtin.modinfo: what the modules in the kernel image say of themselves.
 */
#include "libkmod/format/builtin.h"

#include <errno.h>
#include <stdbool.h>

/* The next record, up to its NUL or the end of the file; false when there is none. */
static bool next_record(struct span *file, struct span *ret)
{
	size_t length;

	if (file->size == 0)
		return false;
	length = strnlen((const char *)file->data, file->size);
	*ret = span_of(span_take(file, length), length);
	(void)span_take(file, 1);
	return true;
}

int builtin_modinfo(struct span file, const char *name, builtin_record_fn fn, void *data)
{
	const size_t name_length = strlen(name);
	struct span record;
	bool found = false;

	while (next_record(&file, &record)) {
		const uint8_t *const dot = memchr(record.data, '.', record.size);
		const bool ours = dot && (size_t)(dot - record.data) == name_length &&
				  memcmp(record.data, name, name_length) == 0;
		int r;

		if (!ours && found)
			break;
		if (!dot)
			return -EINVAL;
		if (!ours)
			continue;
		found = true;
		(void)span_take(&record, name_length + 1);
		r = fn(record, data);
		if (r < 0)
			return r;
	}
	return 0;
}
