/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making the directories that a path needs.
 */
#include "libkmod/base/path.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "libkmod/base/cleanup.h"

/* Makes the directory @path, unless there is one. */
static int make_directory(const char *path)
{
	struct stat st;

	if (mkdir(path, 0755) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	/* A link that leads nowhere is not a directory, either. */
	if (stat(path, &st) < 0)
		return errno == ENOENT ? -ENOTDIR : -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int path_make_parents(const char *path)
{
	_cleanup_free_ char *parent = strdup(path);
	int r = parent ? 0 : -ENOMEM;

	for (char *p = parent; r >= 0 && *p && (p = strchr(p + 1, '/'));) {
		*p = '\0';
		r = make_directory(parent);
		*p = '/';
	}
	return r;
}

int path_make_directories(const char *path)
{
	const int r = path_make_parents(path);

	return r < 0 ? r : make_directory(path);
}
