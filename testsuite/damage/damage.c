/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damages files by rule, and holds what is done with them to its bounds.
 */
#include "damage.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "harness/points.h"
#include "harness/run.h"
#include "harness/session.h"
#include "harness/suite.h"

/* What one use may take: far more than any needs, and far less than damage could ask for. */
static const double SECONDS_MAX = 1;
static const long MEMORY_MAX = 8L << 20;

/* ---- Fields ---- */

void fields_add(struct fields *fields, struct field field)
{
	if (fields->count == fields->room) {
		struct field *const grown = keep((2 * fields->room + 16) * sizeof(*grown));

		if (fields->count > 0)
			memcpy(grown, fields->list, fields->count * sizeof(*grown));
		fields->list = grown;
		fields->room = 2 * fields->room + 16;
	}
	fields->list[fields->count++] = field;
}

/* Where the byte with the weight 256^@i is. */
static size_t byte_at(const struct field *field, unsigned int i)
{
	return field->at + (field->big_endian ? field->width - 1 - i : i);
}

uint64_t field_value(const uint8_t *file, const struct field *field)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < field->width; i++)
		value |= (uint64_t)file[byte_at(field, i)] << (8 * i);
	return value;
}

void field_set(uint8_t *file, const struct field *field, uint64_t value)
{
	for (unsigned int i = 0; i < field->width; i++)
		file[byte_at(field, i)] = (uint8_t)(value >> (8 * i));
}

/* ---- Bounds ---- */

/* What this process has and has taken. */
struct taken {
	double seconds;
	long peak; /* of memory that was ever used at once, in bytes */
	long blocks;
	size_t descriptors;
};

static struct taken taken_so_far(void)
{
	struct rusage usage;
	struct timespec cpu;

	ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
	ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu), 0);
	return (struct taken){
		.seconds = (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9,
		.peak = usage.ru_maxrss * 1024,
		.blocks = memory_live(),
		.descriptors = descriptors_open(),
	};
}

/* What is out of bounds between these two; NULL: nothing. */
static const char *out_of_bounds(const struct taken *before, const struct taken *after)
{
	const double seconds = after->seconds - before->seconds;

	if (after->descriptors != before->descriptors)
		return format_text("%zu descriptors were open, now %zu", before->descriptors,
				   after->descriptors);
	if (after->blocks > before->blocks)
		return format_text("%ld blocks of memory are left", after->blocks - before->blocks);
	if (test_is_instrumented())
		return seconds > 10 * SECONDS_MAX ? format_text("it took %.1f s", seconds) : NULL;
	if (seconds > SECONDS_MAX)
		return format_text("it took %.1f s", seconds);
	if (after->peak - before->peak > MEMORY_MAX)
		return format_text("it took %ld bytes", after->peak - before->peak);
	return NULL;
}

/* Puts @damage, which @text describes, to use. A second time where something is left behind. */
static void check(const struct damage *damage, const char *text, damage_fn use, const void *data)
{
	static struct taken before;
	const char *wrong = NULL;

	if (before.descriptors == 0)
		before = taken_so_far();
	for (int attempt = 0; attempt == 0 || (attempt == 1 && wrong != NULL); attempt++) {
		const char *const result = use(damage, data);
		const struct taken after = taken_so_far();

		ck_assert_msg(result == NULL, "%s: %s", text, result);
		wrong = out_of_bounds(&before, &after);
		before = after;
		log_clear();
	}
	ck_assert_msg(wrong == NULL, "%s: %s", text, wrong);
}

/* ---- Damage ---- */

void damage_cut(struct bytes good, size_t step, damage_fn use, const void *data)
{
	const bool full = run_is_full();
	const size_t every = full ? 1 + step / 100 : step;
	const size_t first = full ? 4 << 10 : 0;
	const size_t end = full ? 4 << 10 : 64;
	const size_t last = good.size > end ? good.size - end : 0;

	for (size_t size = 0; size < good.size; size++) {
		const struct damage damage = { .file = bytes_cut(good, 0, size) };
		char text[64];

		if (size % every != 0 && size >= first && size < last)
			continue;
		(void)snprintf(text, sizeof(text), "cut to %zu of %zu bytes", size, good.size);
		check(&damage, text, use, data);
	}
}

/* @good with @field set to @value, except for the bits that are kept, put to use. */
static void set_and_check(struct bytes good, const struct field *field, uint64_t value,
			  repair_fn repair, damage_fn use, const void *data)
{
	static struct {
		uint8_t *bytes;
		size_t size;
	} room;
	const uint64_t was = field_value(good.data, field);
	const uint64_t now = (was & field->kept) | (value & ~field->kept);
	struct damage damage = { .field = field };
	char text[160];

	if (room.size < good.size) {
		room.bytes = keep(good.size);
		room.size = good.size;
	}
	memcpy(room.bytes, good.data, good.size);
	field_set(room.bytes, field, now);
	if (repair)
		repair(room.bytes, good.size);
	damage.file = (struct bytes){ room.bytes, good.size };
	(void)snprintf(text, sizeof(text), "%s at %zu is %#" PRIx64 ", not %#" PRIx64, field->name,
		       field->at, now, was);
	check(&damage, text, use, data);
}

/* What is not damaged is in no need of repair: else nothing that was repaired would be as meant. */
static void expect_sound(struct bytes good, repair_fn repair)
{
	const struct bytes copy = bytes_join(good, NO_BYTES);

	repair((uint8_t *)(uintptr_t)copy.data, copy.size);
	ck_assert_msg(bytes_equal(copy, good), "to repair a good file changes it");
}

void damage_fields(struct bytes good, const struct fields *fields, repair_fn repair, damage_fn use,
		   const void *data)
{
	ck_assert_uint_gt(fields->count, 0);
	if (repair)
		expect_sound(good, repair);
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *const field = &fields->list[i];
		const uint64_t values[] = { 0, 1, UINT64_MAX, good.size, field->self };

		ck_assert_uint_le(field->at + field->width, good.size);
		for (int v = 0; v < ROWS(values); v++)
			set_and_check(good, field, values[v], repair, use, data);
	}
}
