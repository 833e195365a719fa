/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of depmod: a directory of files that lives as long as a test, and what was logged.
 */
#ifndef DEPMOD_TREE_H
#define DEPMOD_TREE_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/path.h"
#include "tools/cli.h"
#include "unit.h"

/* The directory, without a '/' at its end. */
static char tree_root[96];

static struct cli tree_cli = { .prog = "depmod", .threshold = LOG_WARNING };

static inline void tree_setup(void)
{
	unit_make_directory("test-depmod", sizeof(tree_root), tree_root);
}

static inline void tree_teardown(void)
{
	char command[512];

	(void)snprintf(command, sizeof(command), "rm -r %s", tree_root);
	ck_assert_int_eq(system(command), 0);
}

/* The path of @name in the directory; good for four calls. */
static inline const char *tree_path(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned int next;
	char *const path = paths[next++ % 4];

	(void)snprintf(path, PATH_MAX, "%s/%s", tree_root, name);
	return path;
}

static inline void tree_make_dir(const char *name)
{
	ck_assert_int_eq(path_make_directories(tree_path(name)), 0);
}

/* Makes the file @name, and the directories that it is in. */
static inline void tree_write(const char *name, const void *data, size_t size)
{
	_cleanup_free_ char *dir = strdup(name);
	char *const slash = strrchr(dir, '/');
	FILE *file;

	if (slash) {
		*slash = '\0';
		tree_make_dir(dir);
	}
	file = fopen(tree_path(name), "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
}

static inline void tree_write_text(const char *name, const char *text)
{
	tree_write(name, text, strlen(text));
}

/* ---- What comes to standard error, or to another stream ------------------------------------- */

struct capture {
	int stream, saved, fd;
};

static inline struct capture capture_begin(int stream)
{
	const struct capture capture = {
		.stream = stream,
		.saved = dup(stream),
		.fd = memfd_create("captured", MFD_CLOEXEC),
	};

	(void)fflush(NULL);
	ck_assert_int_ge(dup2(capture.fd, stream), 0);
	return capture;
}

/* What came; with a '@' for each path of the directory, as that has another name each time. */
static inline const char *capture_end(struct capture capture)
{
	static char text[16384];
	char raw[16384] = "";
	const size_t root_size = strlen(tree_root);
	char *to = text;

	(void)fflush(NULL);
	ck_assert_int_ge(dup2(capture.saved, capture.stream), 0);
	(void)close(capture.saved);
	ck_assert_int_ge(pread(capture.fd, raw, sizeof(raw) - 1, 0), 0);
	(void)close(capture.fd);
	for (const char *p = raw; *p != '\0';) {
		const bool is_root = root_size > 0 && strncmp(p, tree_root, root_size) == 0;

		*to++ = is_root ? '@' : *p;
		p += is_root ? root_size : 1;
	}
	*to = '\0';
	return text;
}

#endif
