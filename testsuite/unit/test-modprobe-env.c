/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/modprobe-env.c.
 */
#include "tools/modprobe-env.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "tools/cli.h"
#include "unit.h"

/* @expected: the words of @text, each followed by a '|'. */
static void assert_words(const char *text, const char *expected)
{
	/* a block that ends with the text, for the address sanitizer */
	_cleanup_free_ char *copy = strdup(text);
	_cleanup_free_ char *words = calloc(1, 2 * strlen(text) + 2);
	char *rest = copy;
	char *to = words;
	const char *word;

	ck_assert_ptr_nonnull(copy);
	ck_assert_ptr_nonnull(words);
	while ((word = modprobe_env_next_word(&rest)))
		to = stpcpy(stpcpy(to, word), "|");
	ck_assert_msg(strcmp(words, expected) == 0, "[%s] gives [%s], not [%s]", text, words,
		      expected);
	/* the end stays the end */
	ck_assert_ptr_null(modprobe_env_next_word(&rest));
}

START_TEST(spaces)
{
	assert_words("", "");
	assert_words("a", "a|");
	assert_words("a b", "a|b|");
	assert_words(" a", "|a|");
	assert_words("a  b", "a||b|");
	assert_words("a ", "a|");
	assert_words("a  ", "a||");
	assert_words("  ", "||");
	assert_words("a\tb\nc", "a\tb\nc|");
	assert_words("a\\ b", "a\\|b|");
}
END_TEST

START_TEST(quotes_around_words)
{
	assert_words("\"a b\"", "a b|");
	assert_words("'a b'", "a b|");
	assert_words("\"\"", "|");
	/* the closing quote ends the word, so that the space ends another one */
	assert_words("\"a\" b", "a||b|");
	assert_words("\"a\"  b", "a|||b|");
	assert_words("\"a\" ", "a||");
	assert_words("\"\" z", "||z|");
	assert_words("\"a\"b c", "a|b|c|");
	assert_words("\"a\"\"b\"", "a|b|");
	assert_words("'a'\"b\"", "a|b|");
	assert_words("x \"a\"", "x|a|");
	assert_words("'a\"b' c", "a\"b||c|");
}
END_TEST

START_TEST(quotes_inside_words)
{
	assert_words("k=\"a b\"c d", "k=a bc|d|");
	assert_words("a\"\" b", "a|b|");
	assert_words("a'b\"c' d", "ab\"c|d|");
	assert_words("p\"q\"r\"s t\"", "pqrs t|");
	assert_words("p\"a\" ", "pa|");
}
END_TEST

START_TEST(quotes_without_partner)
{
	assert_words("\"", "\"|");
	assert_words("'a b", "'a b|");
	assert_words("a'", "a'|");
	assert_words("a'b c", "a'b c|");
	/* and all behind it is as it is, other quotes too */
	assert_words("k=\"a 'b' c", "k=\"a 'b' c|");
	assert_words("a \"b' c'", "a|\"b' c'|");
	assert_words("x\"y\"'z w", "xy'z w|");
}
END_TEST

static void assert_arguments(const struct modprobe_env_args *args, const char *const expected[])
{
	size_t count = 0;

	for (; expected[count]; count++) {
		ck_assert_uint_lt(count, args->count);
		ck_assert_str_eq(args->argv[count], expected[count]);
	}
	ck_assert_uint_eq(args->count, count);
	ck_assert_ptr_null(args->argv[count]);
}

#define ASSERT_ARGUMENTS(args, ...) \
	assert_arguments((args), (const char *const[]){ __VA_ARGS__, NULL })

/* Names of variables and options stay the test's own: the arrays only borrow them. */
static char *const command[] = { (char *)"modprobe", (char *)"-D", (char *)"a b", NULL };

START_TEST(collecting)
{
	struct modprobe_env_args args = { 0 };

	ck_assert_int_eq(unsetenv("MODPROBE_OPTIONS"), 0);
	ck_assert_int_eq(modprobe_env_collect(command, &args), 0);
	ASSERT_ARGUMENTS(&args, "modprobe", "-D", "a b");
	modprobe_env_args_done(&args);

	args = (struct modprobe_env_args){ 0 };
	ck_assert_int_eq(setenv("MODPROBE_OPTIONS", "-q -C 'x y'", 1), 0);
	ck_assert_int_eq(modprobe_env_collect(command, &args), 0);
	ASSERT_ARGUMENTS(&args, "modprobe", "-q", "-C", "x y", "-D", "a b");
	/* the variable itself is left as it is */
	ck_assert_str_eq(getenv("MODPROBE_OPTIONS"), "-q -C 'x y'");
	modprobe_env_args_done(&args);
}
END_TEST

START_TEST(collecting_without_memory)
{
	bool failed = true;

	ck_assert_int_eq(setenv("MODPROBE_OPTIONS", "a b c d e f g h i j k l m n", 1), 0);
	for (unsigned int n = 0; failed; n++) {
		struct modprobe_env_args args = { 0 };
		int r;

		ck_assert_uint_lt(n, 100);
		unit_fail_allocation(n);
		r = modprobe_env_collect(command, &args);
		failed = unit_allocation_failed();
		ck_assert_int_eq(r, failed ? -ENOMEM : 0);
		modprobe_env_args_done(&args);
	}
}
END_TEST

START_TEST(passing_on)
{
	struct cli cli = { .prog = "test" };
	struct strbuf passed = { 0 };

	ck_assert_int_eq(unsetenv("MODPROBE_OPTIONS"), 0);
	ck_assert_int_eq(modprobe_env_pass_on(&cli, &passed), 0);
	ck_assert_ptr_null(getenv("MODPROBE_OPTIONS"));
	modprobe_env_add(&passed, "-v", NULL);
	ck_assert_int_eq(modprobe_env_pass_on(&cli, &passed), 0);
	ck_assert_str_eq(getenv("MODPROBE_OPTIONS"), "-v");
	modprobe_env_add(&passed, "-C", "a b");
	ck_assert_int_eq(modprobe_env_pass_on(&cli, &passed), 0);
	ck_assert_str_eq(getenv("MODPROBE_OPTIONS"), "-v -v -C a b");

	/* no empty word in front */
	ck_assert_int_eq(setenv("MODPROBE_OPTIONS", "", 1), 0);
	ck_assert_int_eq(modprobe_env_pass_on(&cli, &passed), 0);
	ck_assert_str_eq(getenv("MODPROBE_OPTIONS"), "-v -C a b");
	strbuf_done(&passed);
}
END_TEST

START_TEST(passing_on_without_memory)
{
	struct cli cli = { .prog = "test" };
	bool failed = true;

	for (unsigned int n = 0; failed; n++) {
		struct strbuf passed = { 0 };
		int r;

		ck_assert_uint_lt(n, 100);
		ck_assert_int_eq(setenv("MODPROBE_OPTIONS", "-q", 1), 0);
		unit_fail_allocation(n);
		modprobe_env_add(&passed, "-C", "a b");
		r = modprobe_env_pass_on(&cli, &passed);
		failed = unit_allocation_failed();
		ck_assert_int_eq(r, failed ? -ENOMEM : 0);
		ck_assert_str_eq(getenv("MODPROBE_OPTIONS"), failed ? "-q" : "-q -C a b");
		strbuf_done(&passed);
	}
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("modprobe-env");
	TCase *const tests = tcase_create("modprobe-env");

	tcase_add_test(tests, spaces);
	tcase_add_test(tests, quotes_around_words);
	tcase_add_test(tests, quotes_inside_words);
	tcase_add_test(tests, quotes_without_partner);
	tcase_add_test(tests, collecting);
	tcase_add_test(tests, collecting_without_memory);
	tcase_add_test(tests, passing_on);
	tcase_add_test(tests, passing_on_without_memory);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
