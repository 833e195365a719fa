/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/base/names.c.
 */
#include "libkmod/base/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "unit.h"

static uint32_t add(struct names *names, const char *text)
{
	uint32_t number = NAMES_NONE;

	ck_assert_int_eq(names_add(names, text, strlen(text), &number), 0);
	return number;
}

START_TEST(numbers)
{
	_cleanup_(names_done) struct names names = { 0 };
	char text[] = "first";

	ck_assert_uint_eq(names_find(&names, "first", 5), NAMES_NONE);
	ck_assert_uint_eq(add(&names, text), 0);
	ck_assert_uint_eq(add(&names, "second"), 1);
	ck_assert_uint_eq(add(&names, "first"), 0);
	ck_assert_uint_eq(add(&names, ""), 2);
	/* a name is all of it, and no more than that */
	ck_assert_uint_eq(add(&names, "firs"), 3);
	ck_assert_uint_eq(add(&names, "first!"), 4);
	ck_assert_uint_eq(names.count, 5);
	text[0] = 'x';
	ck_assert_str_eq(names.names[0].text, "first");
	ck_assert_uint_eq(names.names[0].length, 5);
	ck_assert_uint_eq(names_find(&names, "second", 6), 1);
	ck_assert_uint_eq(names_find(&names, "second", 5), NAMES_NONE);
	ck_assert_uint_eq(names_find(&names, "", 0), 2);
}
END_TEST

START_TEST(only_so_many_bytes)
{
	_cleanup_(names_done) struct names names = { 0 };
	uint32_t number;

	ck_assert_int_eq(names_add(&names, "abcdef", 3, &number), 0);
	ck_assert_str_eq(names.names[number].text, "abc");
	ck_assert_uint_eq(names_find(&names, "abcxyz", 3), number);
}
END_TEST

START_TEST(borrowed)
{
	static const char text[] = "borrowed";
	_cleanup_(names_done) struct names names = { 0 };
	uint32_t number;

	ck_assert_int_eq(names_add_borrowed(&names, text, 8, &number), 0);
	ck_assert_ptr_eq(names.names[number].text, text);
	ck_assert_uint_eq(add(&names, "borrowed"), number);
	/* and the other way round */
	ck_assert_uint_eq(add(&names, "own"), 1);
	ck_assert_int_eq(names_add_borrowed(&names, "own", 3, &number), 0);
	ck_assert_uint_eq(number, 1);
	ck_assert_uint_eq(names.count, 2);
}
END_TEST

/* With room made for them or not. */
START_TEST(many)
{
	const uint32_t count = 100000;
	_cleanup_(names_done) struct names names = { 0 };
	unsigned int wrong = 0;
	char text[32];

	if (_i == 1)
		ck_assert_int_eq(names_expect(&names, count), 0);
	for (uint32_t i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text), "%x.%u", i * 2654435761U, i);
		wrong += add(&names, text) != i;
	}
	for (uint32_t i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text), "%x.%u", i * 2654435761U, i);
		wrong += names_find(&names, text, strlen(text)) != i;
		wrong += strcmp(names.names[i].text, text) != 0;
		wrong += names_find(&names, text, strlen(text) - 1) != NAMES_NONE;
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(names.count, count);
}
END_TEST

/* ---- Beside a simple model ------------------------------------------------------------------- */

/* Names are the digits of a number in this base, the bytes of all of them: many are there again. */
#define DIGITS 6U
#define LENGTH_MAX 7U
#define MODEL_SIZE 335923U /* 6 + 6^2 + ... + 6^7, and the empty one */

static const char digits[DIGITS] = { 'a', 'b', '\0', '\n', '_', '\xff' };

/* Writes the name with that number in the model. Returns its length. */
static size_t spell(uint32_t n, char text[LENGTH_MAX])
{
	size_t length = 0;

	for (; n > 0; n = (n - 1) / DIGITS)
		text[length++] = digits[(n - 1) % DIGITS];
	return length;
}

/* Some are copied, some borrowed, and room is made now and then. */
START_TEST(like_a_model)
{
	_cleanup_(names_done) struct names names = { 0 };
	uint32_t *const model = malloc(MODEL_SIZE * sizeof(*model));
	char *const texts = malloc((size_t)MODEL_SIZE * (LENGTH_MAX + 1));
	uint32_t count = 0, state = 7, wrong = 0;

	memset(model, 0xff, MODEL_SIZE * sizeof(*model));
	for (uint32_t i = 0; i < 100000; i++) {
		uint32_t n, number = 0;
		size_t length;
		char *text;

		state = state * 1103515245U + 12345U;
		n = state / 16 % (i % 4 == 0 ? 1000 : MODEL_SIZE);
		text = texts + (size_t)n * (LENGTH_MAX + 1);
		length = spell(n, text);
		text[length] = '\0';
		wrong += names_find(&names, text, length) != model[n];
		if (state >> 31)
			ck_assert_int_eq(names_add(&names, text, length, &number), 0);
		else
			ck_assert_int_eq(names_add_borrowed(&names, text, length, &number), 0);
		if (model[n] == NAMES_NONE)
			model[n] = count++;
		wrong += number != model[n];
		if (i % 9973 == 0)
			ck_assert_int_eq(names_expect(&names, state % 50000), 0);
	}
	ck_assert_uint_eq(names.count, count);
	for (uint32_t n = 0; n < MODEL_SIZE; n++) {
		char text[LENGTH_MAX];
		const size_t length = spell(n, text);
		const struct name *name;

		wrong += names_find(&names, text, length) != model[n];
		if (model[n] == NAMES_NONE)
			continue;
		name = &names.names[model[n]];
		wrong += name->length != length || memcmp(name->text, text, length) != 0 ||
			 name->text[length] != '\0';
	}
	ck_assert_uint_eq(wrong, 0);
	free(model);
	free(texts);
}
END_TEST

START_TEST(expected)
{
	_cleanup_(names_done) struct names names = { 0 };
	static char texts[3000][8];
	bool failed;

	ck_assert_int_eq(names_expect(&names, 0), 0);
	ck_assert_uint_eq(names_find(&names, "", 0), NAMES_NONE);
	ck_assert_uint_eq(add(&names, "kept"), 0);
	ck_assert_int_eq(names_expect(&names, SIZE_MAX), -ENOMEM);
	for (unsigned int n = 0; n < 2; n++) {
		unit_fail_allocation(n);
		ck_assert_int_eq(names_expect(&names, 1000U << n), -ENOMEM);
		ck_assert(unit_allocation_failed());
		ck_assert_uint_eq(names_find(&names, "kept", 4), 0);
	}
	ck_assert_int_eq(names_expect(&names, 3000), 0);
	ck_assert_int_eq(names_expect(&names, 1), 0);
	/* now there is room: nothing is allocated for what is borrowed */
	for (unsigned int i = 1; i < 3000; i++)
		(void)snprintf(texts[i], sizeof(texts[i]), "n%u", i);
	unit_fail_allocation(0);
	for (uint32_t i = 1; i < 3000; i++) {
		uint32_t number;

		if (names_add_borrowed(&names, texts[i], strlen(texts[i]), &number) < 0 ||
		    number != i)
			abort(); /* no assertion while allocations fail */
	}
	failed = unit_allocation_failed();
	ck_assert(!failed);
}
END_TEST

/* What failed has not happened, and can be tried again. */
START_TEST(out_of_memory)
{
	bool failed = true;

	for (unsigned int n = 0; failed; n++) {
		_cleanup_(names_done) struct names names = { 0 };
		uint32_t added = 0, number;
		char text[16];

		unit_fail_allocation(n);
		for (uint32_t i = 0; i < 3000; i++) {
			const int length = snprintf(text, sizeof(text), "n%u", i);
			int r = names_add(&names, text, (size_t)length, &number);

			if (r < 0) {
				if (r != -ENOMEM || names.count != added)
					abort(); /* no assertion while allocations fail */
				r = names_add(&names, text, (size_t)length, &number);
			}
			if (r < 0 || number != added++)
				abort();
		}
		failed = unit_allocation_failed();
		for (uint32_t i = 0; i < 3000; i += 100) {
			const int length = snprintf(text, sizeof(text), "n%u", i);

			ck_assert_uint_eq(names_find(&names, text, (size_t)length), i);
		}
	}
}
END_TEST

/* Those that are published with SipHash, for a key and data that count up from 0. */
START_TEST(hashes)
{
	static const uint64_t wanted[] = { 0xabac0158050fc4dc, 0xc9f49bf37d57ca93 };
	unsigned char bytes[16];
	struct hash_key key;

	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	key.k0 = UINT64_C(0x0706050403020100);
	key.k1 = UINT64_C(0x0f0e0d0c0b0a0908);
	for (size_t n = 0; n < sizeof(wanted) / sizeof(wanted[0]); n++)
		ck_assert_uint_eq(hash_keyed(&key, bytes, n), wanted[n]);
}
END_TEST

/* Where words are only multiplied and added up, flipped high bits of two cancel each other. */
START_TEST(chosen_names)
{
	enum { PAIRS = 12, NAMES = 1 << PAIRS };
	_cleanup_(names_done) struct names names = { 0 };
	uint32_t same = 0, number;

	for (uint32_t n = 0; n < NAMES; n++) {
		char text[PAIRS][16];

		for (int pair = 0; pair < PAIRS; pair++) {
			memcpy(text[pair], "abcdefghijklmnop", 16);
			if (n >> pair & 1) {
				text[pair][7] ^= (char)0x80;
				text[pair][15] ^= (char)0x80;
				text[pair][12] ^= 4;
			}
		}
		ck_assert_int_eq(names_add(&names, text[0], sizeof(text), &number), 0);
		ck_assert_uint_eq(number, n);
	}
	for (uint32_t n = 1; n < NAMES; n++)
		same += names.names[n].hash == names.names[n - 1].hash;
	ck_assert_uint_lt(same, 3);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("names");
	TCase *const tests = tcase_create("names");

	tcase_add_test(tests, numbers);
	tcase_add_test(tests, only_so_many_bytes);
	tcase_add_test(tests, borrowed);
	tcase_add_loop_test(tests, many, 0, 2);
	tcase_add_test(tests, like_a_model);
	tcase_add_test(tests, expected);
	tcase_add_test(tests, out_of_memory);
	tcase_add_test(tests, hashes);
	tcase_add_test(tests, chosen_names);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
