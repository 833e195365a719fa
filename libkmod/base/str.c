/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Small questions about strings.
 */
#include "libkmod/base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libkmod/base/cleanup.h"

const char *path_basename(const char *path)
{
	const char *const slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int path_make_absolute(const char *path, char **ret)
{
	_cleanup_free_ char *cwd = NULL;
	char *absolute = NULL;

	if (path[0] == '/') {
		absolute = strdup(path);
	} else {
		cwd = getcwd(NULL, 0);
		if (!cwd)
			return -errno;
		if (asprintf(&absolute, "%s/%s", cwd, path) < 0)
			return -ENOMEM;
	}
	if (!absolute)
		return -ENOMEM;
	*ret = absolute;
	return 0;
}

bool str_has_suffix(const char *s, const char *suffix)
{
	const size_t length = strlen(s);
	const size_t n = strlen(suffix);

	return length > n && strcmp(s + (length - n), suffix) == 0;
}
