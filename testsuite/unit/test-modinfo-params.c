/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/modinfo-params.c.
 */
#include "tools/modinfo-params.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

struct string {
	const char *text;
	bool is_type;
};

#define PARM(text) { text, false }
#define TYPE(text) { text, true }

/* @expected: the parameters as "name:text(type)", each followed by a '|'; '-': it is missing. */
static void assert_merged(const struct string *strings, size_t count, const char *expected)
{
	_cleanup_(params_done) struct params params = { 0 };
	_cleanup_free_ char *shown = NULL;
	size_t size = 0;
	FILE *f;

	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(params_add(&params, strings[i].text, strings[i].is_type), 0);
	params_merge(&params);

	f = open_memstream(&shown, &size);
	ck_assert_ptr_nonnull(f);
	for (size_t i = 0; i < params.count; i++) {
		const struct param *const param = &params.params[i];

		fprintf(f, "%.*s:%s(%s)|", (int)param->name_length, param->name,
			param->text ? param->text : "-", param->type ? param->type : "-");
	}
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_str_eq(shown, expected);
}

#define ASSERT_MERGED(expected, ...)                                                         \
	do {                                                                                 \
		static const struct string strings[] = { __VA_ARGS__ };                      \
		assert_merged(strings, sizeof(strings) / sizeof(strings[0]), (expected));    \
	} while (0)

START_TEST(merging)
{
	ASSERT_MERGED("a:text(int)|", PARM("a:text"), TYPE("a:int"));
	ASSERT_MERGED("a:text(int)|", TYPE("a:int"), PARM("a:text"));
	ASSERT_MERGED("a:text(-)|", PARM("a:text"));
	ASSERT_MERGED("a:-(int)|", TYPE("a:int"));
	ASSERT_MERGED("a:(int)|", PARM("a:"), TYPE("a:int"));
	/* a name ends at its first colon; what is empty is there all the same */
	ASSERT_MERGED("a:b:c(-)|", PARM("a:b:c"));
	ASSERT_MERGED(":x(int)|", PARM(":x"), TYPE(":int"));
	/* names of which one begins with the other */
	ASSERT_MERGED("a:-(int)|ab:text(-)|", PARM("ab:text"), TYPE("a:int"));
}
END_TEST

START_TEST(order)
{
	/* by where a parameter was first seen, backwards */
	ASSERT_MERGED("c:-(int)|b:B(bool)|a:A(-)|", PARM("a:A"), TYPE("b:bool"), TYPE("c:int"),
		      PARM("b:B"));
}
END_TEST

START_TEST(repeats)
{
	ASSERT_MERGED("a:third(long)|", PARM("a:first"), TYPE("a:int"), PARM("a:second"),
		      TYPE("a:long"), PARM("a:third"));
	ASSERT_MERGED("b:-(int)|a:last(-)|", PARM("a:first"), TYPE("b:int"), PARM("a:last"));
}
END_TEST

START_TEST(invalid)
{
	_cleanup_(params_done) struct params params = { 0 };

	ck_assert_int_eq(params_add(&params, "", false), -EINVAL);
	ck_assert_int_eq(params_add(&params, "name", true), -EINVAL);
	ck_assert_uint_eq(params.count, 0);
	params_merge(&params);
	ck_assert_uint_eq(params.count, 0);

	unit_fail_allocation(0);
	ck_assert_int_eq(params_add(&params, "a:b", false), -ENOMEM);
	ck_assert(unit_allocation_failed());
	ck_assert_uint_eq(params.count, 0);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("modinfo-params");
	TCase *const tests = tcase_create("modinfo-params");

	tcase_add_test(tests, merging);
	tcase_add_test(tests, order);
	tcase_add_test(tests, repeats);
	tcase_add_test(tests, invalid);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
