/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of signatures: of a message in DER, and of the trailer that the kernel looks for.
 */
#include <check.h>

#include "fields.h"

enum {
	CONSTRUCTED = 0x20,
	LONG_LENGTH = 0x80,
	/* ContentInfo, its content, SignedData, the parts of that. */
	OUTER_DEPTH = 4,
	MAGIC_SIZE = 28,
	RECORD_SIZE = 12,
};

static struct field number(const char *name, size_t at, unsigned int width, size_t self)
{
	return (struct field){
		.name = name, .at = at, .width = width, .big_endian = true, .self = self
	};
}

/* Adds the elements from @at to @end, and what is in them. */
static void add_elements(struct fields *fields, struct bytes file, size_t at, size_t end,
			 unsigned int depth)
{
	const char *const name = depth < OUTER_DEPTH ? FIELD_OUTER_LENGTH : "inner length";

	while (at < end) {
		const size_t tag = at;
		size_t size = file.data[at + 1];

		fields_add(fields, number("tag", at, 1, at));
		fields_add(fields, number(name, at + 1, 1, at));
		at += 2;
		if (size >= LONG_LENGTH) {
			const struct field length = number(name, at, size - LONG_LENGTH, at);

			fields_add(fields, length);
			at += length.width;
			size = (size_t)field_value(file.data, &length);
		}
		ck_assert_uint_le(at + size, end);
		if (file.data[tag] & CONSTRUCTED)
			add_elements(fields, file, at, at + size, depth + 1);
		at += size;
	}
}

struct fields fields_of_der(struct bytes file)
{
	struct fields fields = { 0 };

	add_elements(&fields, file, 0, file.size, 0);
	return fields;
}

struct fields fields_of_trailer(struct bytes file)
{
	static const char *const names[] = {
		"algorithm",	     "digest",	"kind",	   "length of the signer",
		"length of the key", "padding", "padding", "padding"
	};
	const size_t record = file.size - MAGIC_SIZE - RECORD_SIZE;
	struct fields fields = { 0 };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fields_add(&fields, number(names[i], record + i, 1, record));
	fields_add(&fields, number("length", record + 8, 4, record));
	for (size_t at = record + RECORD_SIZE; at < file.size; at += 9)
		fields_add(&fields, number("magic", at, 1, record));
	return fields;
}
