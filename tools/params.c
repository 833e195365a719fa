/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Joins module parameters given as arguments into the string the kernel takes.
 *
 * The shell has eaten the quotes of parameter="a b". The kernel splits its string at spaces outside
 * of double quotes, so they have to be put back.
 */
#include "tools/params.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/overflow.h"

/* The value of @arg where it needs quotes; NULL where not. */
static const char *value_to_quote(const char *arg)
{
	const char *value = strchr(arg, '=');

	if (!value)
		return NULL;
	value++;
	if (*value == '"' || *value == '\'' || !strchr(value, ' '))
		return NULL;
	return value;
}

static char *append(char *to, const char *arg)
{
	const char *value = value_to_quote(arg);

	if (!value)
		return stpcpy(to, arg);
	to = mempcpy(to, arg, (size_t)(value - arg));
	*to++ = '"';
	to = stpcpy(to, value);
	*to++ = '"';
	return to;
}

char *params_join(char *const args[])
{
	size_t size = 1;
	char *joined, *to;

	/* two quotes and the space at most */
	for (size_t i = 0; args[i]; i++)
		if (!size_add(size, strlen(args[i]), &size) || !size_add(size, 3, &size))
			return NULL;
	joined = to = malloc(size);
	if (!joined)
		return NULL;
	for (size_t i = 0; args[i]; i++) {
		if (i > 0)
			*to++ = ' ';
		to = append(to, args[i]);
	}
	*to = '\0';
	return joined;
}
