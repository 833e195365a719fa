/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/base/printable.c.
 */
#include "libkmod/base/printable.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "unit.h"

static void assert_printable(const char *bytes, size_t size, const char *expected)
{
	/* a block that ends with the bytes, for the address sanitizer */
	_cleanup_free_ char *block = malloc(size > 0 ? size : 1);
	_cleanup_free_ char *text = NULL;

	ck_assert_ptr_nonnull(block);
	memcpy(block, bytes, size);
	ck_assert_int_eq(printable_text(block, size, &text), 0);
	ck_assert_str_eq(text, expected);
}

#define ASSERT_PRINTABLE(bytes, expected) assert_printable((bytes), sizeof(bytes) - 1, (expected))

START_TEST(kept)
{
	char ascii[0x7f - 0x20 + 1];

	for (size_t i = 0; i < 0x7f - 0x20; i++)
		ascii[i] = (char)(0x20 + i);
	ascii[sizeof(ascii) - 1] = '\0';
	assert_printable(ascii, sizeof(ascii) - 1, ascii);

	ASSERT_PRINTABLE("", "");
	ASSERT_PRINTABLE("a\\x00", "a\\x00");
	/* the first and the last character of each length */
	ASSERT_PRINTABLE("\u00a0\u07ff", "\u00a0\u07ff");
	ASSERT_PRINTABLE("\u0800\ud7ff\ue000\uffff", "\u0800\ud7ff\ue000\uffff");
	ASSERT_PRINTABLE("\U00010000\U0010ffff", "\U00010000\U0010ffff");
}
END_TEST

START_TEST(control_characters)
{
	for (unsigned int c = 0; c < 0x20; c++) {
		const char byte = (char)c;
		char expected[5];

		snprintf(expected, sizeof(expected), "\\x%02x", c);
		assert_printable(&byte, 1, expected);
	}
	ASSERT_PRINTABLE("\x7f", "\\x7f");
	ASSERT_PRINTABLE("a\0b", "a\\x00b");
	for (unsigned int c = 0x80; c < 0xa0; c++) {
		const char bytes[] = { (char)0xc2, (char)c };
		char expected[9];

		snprintf(expected, sizeof(expected), "\\xc2\\x%02x", c);
		assert_printable(bytes, 2, expected);
	}
}
END_TEST

/* Those that turn the text around them, and their neighbours, which do not. */
START_TEST(directions)
{
	ASSERT_PRINTABLE("\u200d\u200e\u200f\u2010", "\u200d\\xe2\\x80\\x8e\\xe2\\x80\\x8f\u2010");
	ASSERT_PRINTABLE("\u2029\u202a\u202e\u202f", "\u2029\\xe2\\x80\\xaa\\xe2\\x80\\xae\u202f");
	ASSERT_PRINTABLE("\u2065\u2066\u2069\u206a", "\u2065\\xe2\\x81\\xa6\\xe2\\x81\\xa9\u206a");
}
END_TEST

START_TEST(not_utf8)
{
	/* alone, cut short, interrupted */
	ASSERT_PRINTABLE("\x80z", "\\x80z");
	ASSERT_PRINTABLE("\xffz", "\\xffz");
	ASSERT_PRINTABLE("\xc3", "\\xc3");
	ASSERT_PRINTABLE("\xe2\x82", "\\xe2\\x82");
	ASSERT_PRINTABLE("\xf0\x9f\x98", "\\xf0\\x9f\\x98");
	ASSERT_PRINTABLE("\xe2\x82z", "\\xe2\\x82z");
	ASSERT_PRINTABLE("\xe2\xc3\xa4", "\\xe2\u00e4");
	/* longer than needed, surrogates, past U+10FFFF */
	ASSERT_PRINTABLE("\xc0\x80", "\\xc0\\x80");
	ASSERT_PRINTABLE("\xc1\xbf", "\\xc1\\xbf");
	ASSERT_PRINTABLE("\xe0\x9f\xbf", "\\xe0\\x9f\\xbf");
	ASSERT_PRINTABLE("\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf");
	ASSERT_PRINTABLE("\xed\xa0\x80", "\\xed\\xa0\\x80");
	ASSERT_PRINTABLE("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	ASSERT_PRINTABLE("\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80");
}
END_TEST

START_TEST(size_overflow)
{
	char *text = NULL;

	ck_assert_int_eq(printable_text("", SIZE_MAX / 4 + 1, &text), -ENOMEM);
	ck_assert_int_eq(printable_text("", SIZE_MAX, &text), -ENOMEM);
	ck_assert_ptr_null(text);
}
END_TEST

START_TEST(out_of_memory)
{
	char *text = NULL;

	unit_fail_allocation(0);
	ck_assert_int_eq(printable_text("text", 4, &text), -ENOMEM);
	ck_assert(unit_allocation_failed());
	ck_assert_ptr_null(text);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("printable");
	TCase *const tests = tcase_create("printable");

	tcase_add_test(tests, kept);
	tcase_add_test(tests, control_characters);
	tcase_add_test(tests, directions);
	tcase_add_test(tests, not_utf8);
	tcase_add_test(tests, size_overflow);
	tcase_add_test(tests, out_of_memory);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
