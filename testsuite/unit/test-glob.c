/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matching with patterns that come in pieces, held against fnmatch(3).
 */
#include "libkmod/format/glob.h"

#include <fnmatch.h>
#include <string.h>

#include "testsuite/unit/unit.h"

/* Takes @pattern in pieces of @piece characters. Whether @rest, an end of @name, matches. */
static bool match(const char *name, const char *rest, const char *pattern, size_t piece)
{
	struct glob_state state;
	struct glob glob;
	size_t n;

	glob_init(&glob, name);
	state = glob_start(&glob, rest);
	for (const char *p = pattern; *p != '\0'; p += n) {
		n = strnlen(p, piece);
		if (!glob_advance(&glob, &state, span_of(p, n)))
			return false;
	}
	return glob_matches(&glob, &state, pattern, rest);
}

static void assert_as_fnmatch(const char *pattern, const char *name)
{
	const bool expected = fnmatch(pattern, name, 0) == 0;
	char longer[512] = "in front ";

	strcat(longer, name);
	for (size_t piece = 1; piece < 5; piece++) {
		ck_assert_msg(match(name, name, pattern, piece) == expected,
			      "'%s' with '%s' in pieces of %zu", name, pattern, piece);
		ck_assert_msg(match(longer, longer + strlen("in front "), pattern, piece) ==
				      expected,
			      "'%s' behind another text with '%s' in pieces of %zu", name, pattern,
			      piece);
	}
}

START_TEST(examples)
{
	static const char *const patterns[] = {
		"",	 "*",	"?",	 "a",	  "a*",	  "*a",	   "**",   "a?c",  "*b*",
		"?*",	 "*?",	"a*b*c", "[ab]c", "*[!a]", "\\*",  "a\\?", "*\\a", "[a",
		"v*d*sv*", "pci:v*d00001533sv*sd*bc02sc*i*", "/*", ".*", "a[",
		"*\343", "\341bc", "?\342*",
	};
	static const char *const names[] = {
		"", "a", "b", "ab", "abc", "aXbYc", "*", "a?", "/x", ".x", "[a", "a[", "\303\244",
		"v1d2sv3", "pci:v00008086d00001533sv00000000sd00000000bc02sc00i00",
	};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			assert_as_fnmatch(patterns[i], names[k]);
}
END_TEST

/* All short texts of a small alphabet, as patterns and as names. */
START_TEST(all_short_ones)
{
	static const char in_patterns[] = "ab*?";
	static const char in_names[] = "ab";

	for (unsigned int p = 0; p < 4 * 4 * 4 * 4; p++) {
		char pattern[5] = { 0 };

		for (size_t i = 0; i < 4; i++)
			pattern[i] = in_patterns[p >> 2 * i & 3];
		for (unsigned int n = 0; n < 1U << 6; n++) {
			char name[7] = { 0 };

			for (size_t i = 0; i < n % 7; i++)
				name[i] = in_names[n >> i & 1];
			assert_as_fnmatch(pattern, name);
		}
	}
}
END_TEST

/* Positions cross the words that they are kept in; the longest name, and longer ones. */
START_TEST(long_names)
{
	char name[400];

	for (size_t length = 60; length < sizeof(name) - 1; length++) {
		memset(name, 'a', length);
		name[length - 1] = 'b';
		name[length] = '\0';
		assert_as_fnmatch("*b", name);
		assert_as_fnmatch("*ab", name);
		assert_as_fnmatch("*bb", name);
		assert_as_fnmatch("a*a?", name);
		assert_as_fnmatch("*?", name);
		assert_as_fnmatch(name, name);
	}
}
END_TEST

/* That nothing can match any more is said at once. */
START_TEST(dead_ends)
{
	struct glob_state state;
	struct glob glob;

	glob_init(&glob, "abc");
	state = glob_start(&glob, "abc");
	ck_assert(glob_advance(&glob, &state, span_of("*c", 2)));
	ck_assert(!glob_advance(&glob, &state, span_of("?", 1)));
	state = glob_start(&glob, "abc");
	ck_assert(!glob_advance(&glob, &state, span_of("b", 1)));
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("glob");
	TCase *const tests = tcase_create("glob");

	tcase_add_test(tests, examples);
	tcase_add_test(tests, all_short_ones);
	tcase_add_test(tests, long_names);
	tcase_add_test(tests, dead_ends);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
