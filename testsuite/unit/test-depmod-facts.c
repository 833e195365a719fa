/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/facts.c.
 */
#include "tools/depmod/facts.h"

#include "unit.h"

static void assert_next(const struct facts *facts, char kind, const char **next, const char *wanted)
{
	const char *const text = facts_next_text(facts, kind, next);

	ck_assert_ptr_nonnull(text);
	ck_assert_str_eq(text, wanted);
}

START_TEST(kinds)
{
	static const char texts[] = "aone\0ssa\0a\0waa\0athree";
	const struct facts facts = { .texts = texts, .texts_size = sizeof(texts) };
	const char *next = texts;

	assert_next(&facts, FACTS_ALIAS, &next, "one");
	assert_next(&facts, FACTS_ALIAS, &next, "");
	assert_next(&facts, FACTS_ALIAS, &next, "three");
	ck_assert_ptr_null(facts_next_text(&facts, FACTS_ALIAS, &next));
	ck_assert_ptr_null(facts_next_text(&facts, FACTS_ALIAS, &next));
	next = texts;
	assert_next(&facts, FACTS_SOFTDEP, &next, "sa");
	ck_assert_ptr_null(facts_next_text(&facts, FACTS_SOFTDEP, &next));
	next = texts;
	assert_next(&facts, FACTS_WEAKDEP, &next, "aa");
	ck_assert_ptr_null(facts_next_text(&facts, FACTS_WEAKDEP, &next));
}
END_TEST

/* What follows the texts is not looked at. */
START_TEST(end)
{
	static const char texts[] = "sone\0atwo";
	const struct facts facts = { .texts = texts, .texts_size = 5 };
	const char *next = texts;

	ck_assert_ptr_null(facts_next_text(&facts, FACTS_ALIAS, &next));
}
END_TEST

START_TEST(none)
{
	const struct facts facts = { 0 };
	const char *next = facts.texts;

	ck_assert_ptr_null(facts_next_text(&facts, FACTS_ALIAS, &next));
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-facts");
	TCase *const tests = tcase_create("depmod-facts");

	tcase_add_test(tests, kinds);
	tcase_add_test(tests, end);
	tcase_add_test(tests, none);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
