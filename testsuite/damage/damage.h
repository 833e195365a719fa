/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damage by rule: a good file cut at every byte, and each of its fields set to what is most likely
 * wrong there. What is made of it has bounds: of time, of memory, and of what is left behind.
 */
#ifndef DAMAGE_H
#define DAMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/bytes.h"

/* A number in a file. */
struct field {
	const char *name;
	size_t at;
	unsigned int width; /* in bytes */
	bool big_endian;
	bool ignored;  /* no reader looks at it: whatever it says, all is as before */
	uint64_t kept; /* these bits stay as they are */
	uint64_t self; /* what it says to refer to itself, or to what it is a part of */
};

/* Any number of them, kept until the process ends. */
struct fields {
	struct field *list;
	size_t count, room;
};

void fields_add(struct fields *fields, struct field field);

/* The number there is in @file; and puts another one there. */
uint64_t field_value(const uint8_t *file, const struct field *field);
void field_set(uint8_t *file, const struct field *field, uint64_t value);

/* A damaged file. */
struct damage {
	struct bytes file;
	const struct field *field; /* NULL: the file was cut */
};

/*
 * Puts the damaged file to use. Returns NULL, or what is wrong with the result. It may be called
 * twice with the same damage: what it leaves behind only the first time is no leak.
 */
typedef const char *(*damage_fn)(const struct damage *damage, const void *data);

/* Makes what else in a file has to fit after it was damaged, such as checksums, fit again. */
typedef void (*repair_fn)(uint8_t *file, size_t size);

/*
 * Damages of @good, one after the other. The test fails with the first that is put to use wrongly,
 * or takes too much; the file that did it then is where the test has put it. Cut it is to all sizes
 * that are a multiple of @step and to the last 64; in a full test to the first and last 4 KiB of sizes,
 * and between them to a hundred times as many, or all.
 */
void damage_cut(struct bytes good, size_t step, damage_fn use, const void *data);

/*
 * Each field set to 0, to 1, to all ones, to the size of the file, which is just past its end, and
 * to itself. @repair may be NULL.
 */
void damage_fields(struct bytes good, const struct fields *fields, repair_fn repair, damage_fn use,
		   const void *data);

#endif
