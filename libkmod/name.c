/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules for names of modules and aliases.
 */
#include "libkmod/name.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

size_t module_name_normalize(const char *text, char name[static PATH_MAX])
{
	size_t n;

	for (n = 0; n < PATH_MAX - 1 && text[n] != '\0' && text[n] != '.'; n++)
		name[n] = text[n] == '-' ? '_' : text[n];
	name[n] = '\0';
	return n;
}

int alias_normalize(char *alias)
{
	for (char *p = alias; *p != '\0'; p++) {
		if (*p == '-') {
			*p = '_';
		} else if (*p == '[') {
			p = strchr(p, ']');
			if (!p)
				return -EINVAL;
		} else if (*p == ']') {
			return -EINVAL;
		}
	}
	return 0;
}

int alias_normalize_copy(const char *text, char alias[static PATH_MAX])
{
	const size_t n = strnlen(text, PATH_MAX - 1);

	memcpy(alias, text, n);
	alias[n] = '\0';
	return alias_normalize(alias);
}

bool name_matches(const char *pattern, const char *name)
{
	const size_t plain = strcspn(pattern, "*?[\\");

	/* Most patterns do not match, and already differ in what comes before any wildcard. */
	if (strncmp(pattern, name, plain) != 0)
		return false;
	if (pattern[plain] == '\0')
		return name[plain] == '\0';
	return fnmatch(pattern, name, 0) == 0;
}
