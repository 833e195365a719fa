/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which kernel releases a line of depmod.d is for.
 *
 * The C library makes what a count in braces repeats as often as it says, and what a plus repeats
 * twice, repetitions inside repetitions multiplied, goes down into parentheses by recursion, and
 * tries all ways where there is a back-reference. A damaged line must not end depmod, nor keep it:
 * what could is not even tried. The longest name of a release has 64 characters, so that no pattern
 * of use comes near the limits.
 */
#include "tools/depmod/release-pattern.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Characters in a pattern. */
#define LENGTH_MAX 255U

/* Characters in a pattern with all repetitions written out. */
#define WRITTEN_OUT_MAX 4096UL

/* How often the C library writes out what "{M,N}" or "{M,}" repeats; @p is behind the brace. */
static unsigned long repetitions(const char *p)
{
	unsigned long most = 1;
	bool is_open = false;

	while (isdigit((unsigned char)*p) || *p == ',') {
		char *end;
		const unsigned long count = strtoul(p, &end, 10);

		if (end != p && count > most)
			most = count;
		is_open = end == p;
		p = end != p ? end : p + 1;
	}
	/* once more, for any number beyond */
	return is_open && most < WRITTEN_OUT_MAX ? most + 1 : most;
}

/* The same of the operator at @p, if it is one, in @pattern; 1 where there is none. */
static unsigned long times_written_out(const char *pattern, const char *p)
{
	if (*p == '{')
		return repetitions(p + 1);
	/* What one character, or a set of them, becomes twice is no more than the pattern itself. */
	return *p == '+' && p > pattern && strchr(")+*?}", p[-1]) ? 2 : 1;
}

static bool has_back_reference(const char *pattern)
{
	for (const char *p = strchr(pattern, '\\'); p; p = strchr(p + 2, '\\')) {
		if (p[1] >= '1' && p[1] <= '9')
			return true;
		if (p[1] == '\0')
			return false;
	}
	return false;
}

static bool is_costly(const char *pattern)
{
	unsigned long size = strnlen(pattern, LENGTH_MAX + 1);

	if (size > LENGTH_MAX || has_back_reference(pattern))
		return true;
	for (const char *p = pattern; *p != '\0'; p++) {
		const unsigned long times = times_written_out(pattern, p);

		if (times > WRITTEN_OUT_MAX / size)
			return true;
		size *= times;
	}
	return false;
}

int release_pattern_matches(const char *pattern, const char *release)
{
	regex_t regex;
	int matches;

	if (strcmp(pattern, "*") == 0)
		return 1;
	if (is_costly(pattern))
		return -E2BIG;
	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return 0;
	matches = regexec(&regex, release, 0, NULL, 0) == 0;
	regfree(&regex);
	return matches;
}
