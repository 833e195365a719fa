/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/base/arena.c.
 */
#include "libkmod/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "unit.h"

/* Of sizes that go from 0 to more than any block has room for at once. */
static size_t size_of(size_t i)
{
	return i % 97 == 96 ? 200000 + i : i * 7 % 300;
}

/* Takes @count pieces and fills each with a byte of its own. */
static void take_many(struct arena *arena, unsigned char *pieces[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		pieces[i] = arena_take(arena, size_of(i));
		ck_assert_ptr_nonnull(pieces[i]);
		ck_assert_uint_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		memset(pieces[i], (int)(i % 251), size_of(i));
	}
}

static void assert_kept(unsigned char *const pieces[], size_t count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < size_of(i); j++)
			wrong += pieces[i][j] != i % 251;
	ck_assert_uint_eq(wrong, 0);
}

START_TEST(pieces_stay)
{
	struct arena arena = { 0 };
	unsigned char *pieces[1000];

	take_many(&arena, pieces, 1000);
	assert_kept(pieces, 1000);
	arena_done(&arena);
	ck_assert_ptr_null(arena.blocks);

	/* and it can be used again */
	take_many(&arena, pieces, 10);
	assert_kept(pieces, 10);
	arena_done(&arena);
}
END_TEST

START_TEST(texts)
{
	struct arena arena = { 0 };
	char *const text = arena_text(&arena, "abcdef", 3);
	char *const empty = arena_text(&arena, NULL, 0);
	char *const room = arena_text_room(&arena, 4);

	memcpy(room, "1234", 4);
	ck_assert_str_eq(text, "abc");
	ck_assert_str_eq(empty, "");
	ck_assert_str_eq(room, "1234");
	arena_done(&arena);
}
END_TEST

START_TEST(adopted)
{
	struct arena arena = { 0 }, other = { 0 }, none = { 0 };
	unsigned char *pieces[300], *others[300], *more[50];
	size_t total;

	take_many(&other, others, 300);
	total = other.total;
	arena_adopt(&arena, &other);
	ck_assert_ptr_null(other.blocks);
	ck_assert_uint_eq(arena.total, total);
	take_many(&arena, pieces, 300);
	take_many(&other, more, 50);
	total = arena.total + other.total;
	arena_adopt(&arena, &other);
	arena_adopt(&arena, &none);
	ck_assert_uint_eq(arena.total, total);
	/* What comes now must not be where something is. */
	ck_assert_ptr_nonnull(memset(arena_take(&arena, 1000), 0xff, 1000));
	assert_kept(pieces, 300);
	assert_kept(others, 300);
	assert_kept(more, 50);
	arena_done(&arena);
	ck_assert_uint_eq(arena.total, 0);
}
END_TEST

START_TEST(too_large)
{
	struct arena arena = { 0 };

	ck_assert_ptr_null(arena_take(&arena, SIZE_MAX));
	ck_assert_ptr_null(arena_text_room(&arena, SIZE_MAX));
	ck_assert_ptr_nonnull(arena_take(&arena, 1));
	arena_done(&arena);
}
END_TEST

START_TEST(out_of_memory)
{
	struct arena arena = { 0 };
	char *const text = arena_text(&arena, "kept", 4);

	unit_fail_allocation(0);
	ck_assert_ptr_null(arena_take(&arena, 1 << 20));
	ck_assert(unit_allocation_failed());
	ck_assert_ptr_nonnull(arena_take(&arena, 1 << 20));
	ck_assert_str_eq(text, "kept");
	arena_done(&arena);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("arena");
	TCase *const tests = tcase_create("arena");

	tcase_add_test(tests, pieces_stay);
	tcase_add_test(tests, texts);
	tcase_add_test(tests, adopted);
	tcase_add_test(tests, too_large);
	tcase_add_test(tests, out_of_memory);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
