/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which kernel releases a line of depmod.d is for.
 *
 * The C library makes what a count in braces repeats as often as it says, counts inside counts
 * multiplied, goes down into parentheses by recursion, and tries all ways where there is a
 * back-reference. A damaged line must not end depmod, nor keep it: what could is not even tried. The
 * longest name of a release has 64 characters, so that no pattern of use comes near the limits.
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

/* The larger of the numbers in "{M,N}", of which @p is behind the brace; 1 when there is none. */
static unsigned long repetitions(const char *p)
{
	unsigned long most = 1;

	while (isdigit((unsigned char)*p) || *p == ',') {
		char *end;
		const unsigned long count = strtoul(p, &end, 10);

		if (end != p && count > most)
			most = count;
		p = end != p ? end : p + 1;
	}
	return most;
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
	for (const char *p = strchr(pattern, '{'); p; p = strchr(p + 1, '{')) {
		const unsigned long count = repetitions(p + 1);

		if (count > WRITTEN_OUT_MAX / size)
			return true;
		size *= count;
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
