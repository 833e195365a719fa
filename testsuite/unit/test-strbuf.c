/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/base/strbuf.c.
 */
#include "libkmod/base/strbuf.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

START_TEST(grows)
{
	struct strbuf buf = { 0 };

	strbuf_add(&buf, NULL, 0);
	ck_assert_uint_eq(buf.size, 0);
	strbuf_add_text(&buf, "ab");
	strbuf_add_char(&buf, '\0');
	strbuf_add(&buf, "cdef", 2);
	ck_assert_uint_eq(buf.size, 5);
	ck_assert_mem_eq(buf.data, "ab\0cd", 5);
	for (unsigned int i = 0; i < 100000; i++)
		strbuf_add_char(&buf, (char)i);
	ck_assert(!buf.failed);
	ck_assert_uint_eq(buf.size, 100005);
	for (unsigned int i = 0; i < 100000; i += 997)
		ck_assert_int_eq(buf.data[5 + i], (char)i);
	strbuf_done(&buf);
	ck_assert_ptr_null(buf.data);
}
END_TEST

/* What could not be added is not forgotten when there is memory again. */
START_TEST(out_of_memory)
{
	struct strbuf buf = { 0 };

	strbuf_add_text(&buf, "kept");
	unit_fail_allocation(0);
	for (unsigned int i = 0; i < 1000; i++)
		strbuf_add_char(&buf, 'x');
	ck_assert(unit_allocation_failed());
	ck_assert(buf.failed);
	ck_assert_uint_lt(buf.size, 1000);
	ck_assert_mem_eq(buf.data, "kept", 4);
	strbuf_done(&buf);
	ck_assert(!buf.failed);
}
END_TEST

/* Whenever it fails, what was there before stays, and nothing is left out in the middle. */
START_TEST(out_of_memory_anywhere)
{
	bool failed = true;

	for (unsigned int n = 0; failed; n++) {
		struct strbuf buf = { 0 };
		size_t wrong = 0;

		unit_fail_allocation(n);
		for (unsigned int i = 0; i < 5000; i++) {
			strbuf_add_text(&buf, "ab");
			strbuf_add_char(&buf, 'c');
		}
		failed = unit_allocation_failed();
		ck_assert_int_eq(buf.failed, failed);
		ck_assert(failed ? buf.size < 15000 : buf.size == 15000);
		for (size_t i = 0; i < buf.size; i++)
			wrong += buf.data[i] != "abc"[i % 3];
		ck_assert_uint_eq(wrong, 0);
		strbuf_done(&buf);
	}
}
END_TEST

START_TEST(too_large)
{
	struct strbuf buf = { 0 };

	strbuf_add_text(&buf, "x");
	strbuf_add(&buf, "", SIZE_MAX);
	ck_assert(buf.failed);
	ck_assert_uint_eq(buf.size, 1);
	strbuf_done(&buf);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("strbuf");
	TCase *const tests = tcase_create("strbuf");

	tcase_add_test(tests, grows);
	tcase_add_test(tests, out_of_memory);
	tcase_add_test(tests, out_of_memory_anywhere);
	tcase_add_test(tests, too_large);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
