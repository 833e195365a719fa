/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of an index, as harness/index.c writes them.
 */
#include <string.h>

#include "fields.h"

enum {
	HAS_VALUES = 0x40000000,
	HAS_CHILDREN = 0x20000000,
	OFFSET = 0x0fffffff,
	ROOT_AT = 8,
};
static const uint32_t HAS_PREFIX = 0x80000000u;
static const uint64_t PARTS = 0xf0000000u;

static struct field number(const char *name, size_t at, unsigned int width)
{
	return (struct field){
		.name = name, .at = at, .width = width, .big_endian = true, .self = at
	};
}

/* A reference from a node at @self: with any parts and, if it leads anywhere, with those it has. */
static void add_reference(struct fields *fields, struct bytes file, const char *name, size_t at,
			  size_t self)
{
	struct field field = number(name, at, 4);

	fields_add(fields, field);
	if (field_value(file.data, &field) == 0)
		return;
	field.self = self;
	field.kept = PARTS;
	fields_add(fields, field);
}

static uint32_t load(struct bytes file, size_t at)
{
	const struct field field = number("", at, 4);

	return (uint32_t)field_value(file.data, &field);
}

static size_t end_of_text(struct bytes file, size_t at)
{
	return at + strlen((const char *)file.data + at) + 1;
}

static void add_values(struct fields *fields, struct bytes file, size_t at)
{
	const uint32_t count = load(file, at);

	fields_add(fields, number("number of values", at, 4));
	at += 4;
	for (uint32_t i = 0; i < count; i++) {
		struct field priority = number("priority", at, 4);

		priority.ignored = true;
		fields_add(fields, priority);
		at = end_of_text(file, at + 4);
	}
}

/* Adds what the node has that @reference leads to, and all below it. */
static void add_node(struct fields *fields, struct bytes file, uint32_t reference)
{
	const size_t node = reference & OFFSET;
	size_t at = node;

	if (node == 0)
		return;
	if (reference & HAS_PREFIX)
		at = end_of_text(file, at);
	if (reference & HAS_CHILDREN) {
		const size_t count = file.data[at + 1] - file.data[at] + 1u;

		fields_add(fields, number("first letter", at, 1));
		fields_add(fields, number("last letter", at + 1, 1));
		at += 2;
		for (size_t i = 0; i < count; i++, at += 4) {
			add_reference(fields, file, "child", at, node);
			add_node(fields, file, load(file, at));
		}
	}
	if (reference & HAS_VALUES)
		add_values(fields, file, at);
}

struct fields fields_of_index(struct bytes file)
{
	struct fields fields = { 0 };

	fields_add(&fields, number("magic", 0, 4));
	fields_add(&fields, number("major version", 4, 2));
	fields_add(&fields, (struct field){ .name = "minor version",
					    .at = 6,
					    .width = 2,
					    .big_endian = true,
					    .ignored = true,
					    .self = 6 });
	add_reference(&fields, file, "root", ROOT_AT, ROOT_AT);
	add_node(&fields, file, load(file, ROOT_AT));
	return fields;
}
