/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory of files for a fuzz target.
 */
#include "scratch.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "libkmod/base/io.h"

static char *dir;
static pid_t owner;

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)remove(path);
	return 0;
}

static void remove_dir(void)
{
	if (getpid() == owner)
		(void)nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(dir);
	dir = NULL;
}

const char *scratch_dir(void)
{
	const char *const parent = getenv("TMPDIR");

	if (dir)
		return dir;
	fuzz_assert(asprintf(&dir, "%s/fuzz.XXXXXX", parent ? parent : "/tmp") > 0);
	fuzz_assert(mkdtemp(dir) && atexit(remove_dir) == 0);
	owner = getpid();
	return dir;
}

char *scratch_path(const char *name)
{
	char *path = NULL;

	fuzz_assert(asprintf(&path, "%s/%s", scratch_dir(), name) > 0);
	return path;
}

void scratch_put(const char *name, struct span content)
{
	char *const path = scratch_path(name);
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fuzz_assert(fd >= 0 && write_full(fd, content.data, content.size) == 0);
	fuzz_assert(close(fd) == 0);
	free(path);
}

void scratch_mkdir(const char *name)
{
	char *const path = scratch_path(name);

	fuzz_assert(mkdir(path, 0700) == 0);
	free(path);
}

void scratch_remove(const char *name)
{
	char *const path = scratch_path(name);

	fuzz_assert(remove(path) == 0);
	free(path);
}
