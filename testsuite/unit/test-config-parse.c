/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/config-parse.c, and of the rules in libkmod/name.c that it applies.
 */
#include "libkmod/config-parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/name.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The bytes of a string literal, without the NUL at its end, and how many they are. */
#define BYTES(literal) (literal), sizeof(literal) - 1

/* A block with the @size bytes at @bytes and just the one behind them that a parser may use. */
static char *text_of(const char *bytes, size_t size)
{
	char *const text = malloc(size + 1);

	ck_assert_ptr_nonnull(text);
	memcpy(text, bytes, size);
	text[size] = '#'; /* must not be taken for text */
	return text;
}

/* ---- Lines ---- */

/* Texts, and their lines with the numbers they have. */
static const struct {
	const char *text;
	size_t size;
	const char *lines;
} line_cases[] = {
	{ BYTES(""), "" },
	{ BYTES("a"), "1[a]" },
	{ BYTES("a\n"), "1[a]" },
	{ BYTES("\n"), "1[]" },
	{ BYTES("\n\na\n\n"), "1[]2[]3[a]4[]" },
	{ BYTES("a \t\n b\r\nc"), "1[a \t]2[ b\r]3[c]" },
	/* joined lines have the number of the last */
	{ BYTES("a\\\nb\nc"), "2[ab]3[c]" },
	{ BYTES("a\\\n  b\\\n\\\nc\nd"), "4[a  bc]5[d]" },
	{ BYTES("#a\\\nb\nc"), "2[#ab]3[c]" },
	{ BYTES("a\\\n"), "2[a]" },
	{ BYTES("\\\n"), "2[]" },
	{ BYTES("a\\\n\nb"), "2[a]3[b]" },
	/* other characters are kept */
	{ BYTES("\\x\\\\\\\"\\ \\#\\"), "1[x\\\" #]" },
	{ BYTES("\\"), "1[]" },
	{ BYTES("a\\\\\nb"), "1[a\\]2[b]" },
	{ BYTES("a\\\\\\\nb"), "2[a\\b]" },
	{ BYTES("\\n\\\r\n"), "1[n\r]" },
	/* a NUL ends a line, and the newline is still needed for the next one */
	{ BYTES("a\0b\nc"), "1[a]2[c]" },
	{ BYTES("\0\n\0"), "1[]2[]" },
	{ BYTES("a\0\\\nb\nc"), "2[a]3[c]" },
	{ BYTES("a\\\0b\nc"), "1[a]2[c]" },
	{ BYTES("\xff\xfe\x80\n"), "1[\xff\xfe\x80]" },
};

START_TEST(logical_lines)
{
	_cleanup_free_ char *text = text_of(line_cases[_i].text, line_cases[_i].size);
	struct config_lines lines = config_lines_of(text, line_cases[_i].size);
	char found[100] = "", *line = NULL;

	while (config_lines_next(&lines, &line)) {
		const size_t n = strlen(found);

		snprintf(found + n, sizeof(found) - n, "%u[%s]", lines.number, line);
	}
	ck_assert_str_eq(found, line_cases[_i].lines);
	ck_assert(!config_lines_next(&lines, &line));
}
END_TEST

/* Lines may be of any length. */
START_TEST(long_lines)
{
	const size_t half = 1 << 20;
	_cleanup_free_ char *plain = malloc(half + 1);
	_cleanup_free_ char *joined = malloc(2 * half + 1);
	struct config_lines lines;
	char *line = NULL;

	ck_assert_ptr_nonnull(plain);
	memset(plain, 'a', half);
	lines = config_lines_of(plain, half);
	ck_assert(config_lines_next(&lines, &line));
	ck_assert_uint_eq(strlen(line), half);
	ck_assert_uint_eq(strspn(line, "a"), half);
	ck_assert(!config_lines_next(&lines, &line));

	ck_assert_ptr_nonnull(joined);
	for (size_t i = 0; i < half; i += 2)
		memcpy(joined + 2 * i, "ab\\\n", 4);
	lines = config_lines_of(joined, 2 * half);
	ck_assert(config_lines_next(&lines, &line));
	ck_assert_uint_eq(strlen(line), half);
	ck_assert_uint_eq(strspn(line, "ab"), half);
	ck_assert_uint_eq(lines.number, half / 2 + 1);
	ck_assert(!config_lines_next(&lines, &line));
}
END_TEST

START_TEST(words)
{
	char text[] = " \tone \ttwo\v,\rthree\t  four ", *rest = text;

	ck_assert_str_eq(config_word_next(&rest), "one");
	ck_assert_str_eq(rest, "\ttwo\v,\rthree\t  four ");
	ck_assert_str_eq(config_word_next(&rest), "two\v,\rthree");
	ck_assert_str_eq(rest, "  four ");
	ck_assert_str_eq(config_word_next(&rest), "four");
	ck_assert_str_eq(rest, "");
	ck_assert_ptr_null(config_word_next(&rest));
	ck_assert_ptr_null(config_word_next(&rest));

	rest = strcpy(text, " \t ");
	ck_assert_ptr_null(config_word_next(&rest));
}
END_TEST

/* ---- Entries ---- */

/* Writes @entry to @out as a line of configuration; the words of dependencies with '|' between. */
static void print_entry(FILE *out, const struct config_entry *entry)
{
	static const char *const kinds[] = {
		[CONFIG_ALIAS] = "alias",     [CONFIG_BLACKLIST] = "blacklist",
		[CONFIG_INSTALL] = "install", [CONFIG_OPTIONS] = "options",
		[CONFIG_REMOVE] = "remove",   [CONFIG_SOFTDEP] = "softdep",
		[CONFIG_WEAKDEP] = "weakdep",
	};
	const bool is_list = entry->kind == CONFIG_SOFTDEP || entry->kind == CONFIG_WEAKDEP;

	fprintf(out, "%s %s", kinds[entry->kind], entry->name);
	if (!entry->value)
		return;
	ck_assert_int_eq(entry->value[entry->value_size], '\0');
	if (!is_list)
		ck_assert_uint_eq(strlen(entry->value), entry->value_size);
	fputc(' ', out);
	for (size_t i = 0; i < entry->value_size; i++)
		fputc(entry->value[i] != '\0' ? entry->value[i] : '|', out);
}

/* Lines, and what they say; or "bad", "unsupported" and the command; or nothing. */
static const struct {
	const char *line;
	const char *result;
} entry_cases[] = {
	{ "", "" },
	{ " \t ", "" },
	{ "#", "" },
	{ "#alias a b", "" },
	{ " # alias a b", "bad #" },
	{ "\t#a", "bad #a" },
	{ "\r", "bad \r" },

	{ "alias a b", "alias a b" },
	{ " alias\t a \t b\t", "alias a b" },
	{ "alias a b c # d", "alias a b" },
	{ "alias a-b c-d", "alias a_b c_d" },
	{ "alias pci:v0000-1d[0-9-]sv* c-d[-]", "alias pci:v0000_1d[0-9-]sv* c_d[-]" },
	{ "alias A.b/C:d \"x y\"", "alias A.b/C:d \"x" },
	{ "alias [[]- b", "alias [[]_ b" },
	{ "alias a b\r", "alias a b\r" },
	{ "alias", "bad alias" },
	{ "alias a", "bad alias" },
	{ "alias a ", "bad alias" },
	{ "alias a] b", "bad alias" },
	{ "alias [a b", "bad alias" },
	{ "alias []] b", "bad alias" },
	{ "alias a b]", "bad alias" },
	{ "alias a [b", "bad alias" },
	{ "Alias a b", "bad Alias" },
	{ "aliases a b", "bad aliases" },
	{ "alia a b", "bad alia" },

	{ "blacklist a-b", "blacklist a_b" },
	{ "blacklist a.ko b c", "blacklist a.ko" },
	{ "blacklist", "bad blacklist" },
	{ "blacklist  ", "bad blacklist" },
	{ "blacklist a[", "bad blacklist" },

	{ "options a b=1", "options a b=1" },
	{ "options a-b c-d=e-f", "options a_b c-d=e-f" },
	{ "options a \t b=1\tc=2 \t", "options a   b=1 c=2  " },
	{ "options a  ", "options a  " },
	{ "options a b=\"c  d\"", "options a b=\"c  d\"" },
	{ "options", "bad options" },
	{ "options a", "bad options" },
	{ "options a ", "bad options" },
	{ "options a\t", "bad options" },
	{ "options ] a=1", "bad options" },

	{ "install a-* b\t-c; d  ", "install a_* b\t-c; d  " },
	{ "install a  b", "install a  b" },
	{ "install", "bad install" },
	{ "install a", "bad install" },
	{ "install a ", "bad install" },
	{ "install [ b", "bad install" },
	{ "remove a-* b\t-c; d  ", "remove a_* b\t-c; d  " },
	{ "remove a ", "bad remove" },
	{ "remove ]a b", "bad remove" },

	{ "softdep a pre: b", "softdep a pre:|b" },
	{ "softdep a-b pre: c-d [", "softdep a_b pre:|c-d|[" },
	{ "softdep a pre:\t b \v\f\r c\t", "softdep a pre:|b|c" },
	{ "softdep a  pre: b", "softdep a pre:|b" },
	{ "softdep a \t\r pre: b", "softdep a pre:|b" },
	{ "softdep a  ", "softdep a " },
	{ "softdep a none", "softdep a none" },
	{ "softdep", "bad softdep" },
	{ "softdep a", "bad softdep" },
	{ "softdep a ", "bad softdep" },
	{ "softdep ] pre: b", "bad softdep" },
	{ "weakdep a-b c-d  e", "weakdep a_b c-d|e" },
	{ "weakdep a  b pre: c", "weakdep a b|pre:|c" },
	{ "weakdep a  ", "weakdep a " },
	{ "weakdep a ", "bad weakdep" },

	{ "include", "unsupported include" },
	{ "include /etc/modprobe.d", "unsupported include" },
	{ "config binary_indexes yes", "unsupported config" },
	{ "include[", "bad include[" },
};

START_TEST(entries)
{
	const char *const line = entry_cases[_i].line;
	_cleanup_free_ char *text = text_of(line, strlen(line) + 1);
	struct config_entry entry = { .kind = 100 };
	const char *word = NULL;
	char found[100] = "";
	_cleanup_fclose_ FILE *out = fmemopen(found, sizeof(found), "w");
	const int r = config_parse_line(text, &entry, &word);

	ck_assert_ptr_nonnull(out);
	if (r > 0)
		print_entry(out, &entry);
	else if (r == -EBADMSG)
		fprintf(out, "bad %s", word);
	else if (r == -ENOTSUP)
		fprintf(out, "unsupported %s", word);
	else
		ck_assert_int_eq(r, 0);
	fflush(out);
	ck_assert_str_eq(found, entry_cases[_i].result);
	if (r <= 0)
		ck_assert_int_eq(entry.kind, 100);
}
END_TEST

/* ---- Dependencies ---- */

static const struct {
	const char *line;
	const char *items;
} dep_cases[] = {
	{ "softdep m pre: a b post: c", "<a <b >c " },
	{ "softdep m post: c pre: a b", ">c <a <b " },
	{ "softdep m pre: a post: d pre: e post: f", "<a >d <e >f " },
	{ "softdep m a pre: b", "<b " },
	{ "softdep m a b", "" },
	{ "softdep m none", "" },
	{ "softdep m  ", "" },
	{ "softdep m pre:", "" },
	{ "softdep m post: pre: post: a", ">a " },
	{ "softdep m pre:a post: pre:b post:c PRE: pre", ">pre:b >post:c >PRE: >pre " },
	{ "softdep m  pre: a", "<a " },
	{ "softdep m pre: a-b c.d [ e\tf", "<a-b <c.d <[ <e <f " },
	{ "weakdep m a pre: b", "~a ~pre: ~b " },
	{ "weakdep m  ", "" },
};

START_TEST(dependencies)
{
	static const char marks[] = {
		[CONFIG_DEP_PRE] = '<',
		[CONFIG_DEP_POST] = '>',
		[CONFIG_DEP_WEAK] = '~',
	};
	_cleanup_free_ char *line = strdup(dep_cases[_i].line);
	struct config_entry entry = { 0 };
	struct config_dep dep = { 0 };
	const char *word = NULL;
	char found[100] = "";

	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(config_parse_line(line, &entry, &word), 1);
	while (config_dep_next(&entry, &dep)) {
		const size_t n = strlen(found);

		ck_assert_uint_lt(dep.list, COUNT(marks));
		snprintf(found + n, sizeof(found) - n, "%c%s ", marks[dep.list], dep.name);
	}
	ck_assert_str_eq(found, dep_cases[_i].items);
	ck_assert(!config_dep_next(&entry, &dep));
}
END_TEST

/* ---- Names ---- */

START_TEST(alias_copy)
{
	char alias[PATH_MAX];
	char text[PATH_MAX + 10];

	ck_assert_int_eq(alias_normalize_copy("a-b.c[-]D", alias), 0);
	ck_assert_str_eq(alias, "a_b.c[-]D");
	ck_assert_int_eq(alias_normalize_copy("", alias), 0);
	ck_assert_str_eq(alias, "");
	ck_assert_int_eq(alias_normalize_copy("a]", alias), -EINVAL);
	ck_assert_int_eq(alias_normalize_copy("[a", alias), -EINVAL);

	/* what does not fit is cut off, but not inside of a bracket */
	memset(text, '-', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(alias_normalize_copy(text, alias), 0);
	ck_assert_uint_eq(strlen(alias), PATH_MAX - 1);
	ck_assert_uint_eq(strspn(alias, "_"), PATH_MAX - 1);
	text[PATH_MAX - 1] = ']';
	ck_assert_int_eq(alias_normalize_copy(text, alias), 0);
	text[PATH_MAX - 3] = '[';
	ck_assert_int_eq(alias_normalize_copy(text, alias), -EINVAL);
	text[PATH_MAX - 2] = ']';
	text[PATH_MAX - 1] = '-';
	ck_assert_int_eq(alias_normalize_copy(text, alias), 0);
}
END_TEST

static const struct {
	const char *pattern;
	const char *name;
	bool matches;
} match_cases[] = {
	{ "", "", true },
	{ "", "a", false },
	{ "a", "", false },
	{ "abc", "abc", true },
	{ "abc", "abcd", false },
	{ "abcd", "abc", false },
	{ "abc", "abd", false },
	{ "*", "", true },
	{ "*", ".a/b", true },
	{ "a*", "a.b/c", true },
	{ "?", "/", true },
	{ "?a", ".a", true },
	{ "ab*", "a", false },
	{ "ab*", "b", false },
	{ "a*c", "abc", true },
	{ "a*c", "abd", false },
	{ "a[b-d]e", "ace", true },
	{ "a[b-d]e", "afe", false },
	{ "a[!b]", "ac", true },
	{ "a[!b]", "ab", false },
	{ "a\\*", "a*", true },
	{ "a\\*", "ab", false },
	{ "a\\b", "ab", true },
	{ "A*", "ab", false },
};

START_TEST(matches)
{
	ck_assert(name_matches(match_cases[_i].pattern, match_cases[_i].name) ==
		  match_cases[_i].matches);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("config-parse");
	TCase *const tests = tcase_create("config-parse");

	tcase_add_loop_test(tests, logical_lines, 0, (int)COUNT(line_cases));
	tcase_add_test(tests, long_lines);
	tcase_add_test(tests, words);
	tcase_add_loop_test(tests, entries, 0, (int)COUNT(entry_cases));
	tcase_add_loop_test(tests, dependencies, 0, (int)COUNT(dep_cases));
	tcase_add_test(tests, alias_copy);
	tcase_add_loop_test(tests, matches, 0, (int)COUNT(match_cases));
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
