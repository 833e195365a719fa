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

/* Texts end anywhere; what comes behind one is aligned all the same, and inside of the block. */
START_TEST(behind_texts)
{
	for (size_t size = 0; size < 2 * alignof(max_align_t); size++) {
		struct arena arena = { 0 };
		char *const text = arena_text_room(&arena, size);
		unsigned char *const piece = arena_take(&arena, 7);

		ck_assert_uint_eq((uintptr_t)piece % alignof(max_align_t), 0);
		memset(piece, 0xff, 7);
		memset(text, 'x', size);
		ck_assert_uint_eq(strlen(text), size);
		arena_done(&arena);
	}
}
END_TEST

/* Whether a piece is in the first block depends on its bytes, and those that aligning it takes. */
START_TEST(block_ends)
{
	const size_t align = alignof(max_align_t);

	for (size_t size = 4000; size <= 4096; size++) {
		for (size_t next = 0; next < 100; next += 3) {
			const size_t aligned = (size + align - 1) / align * align;
			struct arena arena = { 0 };
			unsigned char *piece;

			ck_assert_ptr_nonnull(arena_text_room(&arena, size - 1));
			ck_assert_uint_eq(arena.total, 4096);
			piece = arena_take(&arena, next);
			ck_assert_ptr_nonnull(piece);
			memset(piece, 0xff, next);
			ck_assert_int_eq(arena.total == 4096, aligned + next <= 4096);
			arena_done(&arena);
		}
	}
}
END_TEST

/* A block that is as large as its first piece can end anywhere. */
START_TEST(block_is_full)
{
	for (size_t size = 300000; size < 300000 + alignof(max_align_t); size++) {
		struct arena arena = { 0 };

		ck_assert_ptr_nonnull(memset(arena_take(&arena, size), 1, size));
		ck_assert_uint_eq(arena.total, size);
		ck_assert_ptr_nonnull(memset(arena_take(&arena, 1), 2, 1));
		ck_assert_uint_gt(arena.total, size);
		arena_done(&arena);
	}
}
END_TEST

/* Few blocks for much, little in excess of what is wanted. */
START_TEST(grows_with_what_is_taken)
{
	const size_t piece = 112, wanted = (size_t)8 << 20;
	struct arena arena = { 0 };

	unit_fail_allocation(60);
	for (size_t taken = 0; taken < wanted; taken += piece)
		if (!arena_take(&arena, piece))
			abort(); /* no assertion while allocations fail */
	ck_assert(!unit_allocation_failed());
	ck_assert_uint_ge(arena.total, wanted);
	ck_assert_uint_le(arena.total, wanted + ((size_t)300 << 10));
	arena_done(&arena);

	ck_assert_ptr_nonnull(arena_take(&arena, 1));
	ck_assert_uint_le(arena.total, (size_t)8 << 10);
	arena_done(&arena);
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

/* What failed has not happened, at whichever block, and can be tried again. */
START_TEST(out_of_memory_anywhere)
{
	bool failed = true;

	for (unsigned int n = 0; failed; n++) {
		struct arena arena = { 0 };
		unsigned char *pieces[300];
		size_t total = 0;

		unit_fail_allocation(n);
		for (size_t i = 0; i < 300; i++) {
			total = arena.total;
			pieces[i] = arena_take(&arena, size_of(i));
			if (!pieces[i] && arena.total != total)
				abort(); /* no assertion while allocations fail */
			if (!pieces[i])
				pieces[i] = arena_take(&arena, size_of(i));
			if (!pieces[i])
				abort();
			memset(pieces[i], (int)(i % 251), size_of(i));
		}
		failed = unit_allocation_failed();
		assert_kept(pieces, 300);
		arena_done(&arena);
	}
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
	tcase_add_test(tests, behind_texts);
	tcase_add_test(tests, block_ends);
	tcase_add_test(tests, block_is_full);
	tcase_add_test(tests, grows_with_what_is_taken);
	tcase_add_test(tests, too_large);
	tcase_add_test(tests, out_of_memory);
	tcase_add_test(tests, out_of_memory_anywhere);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
