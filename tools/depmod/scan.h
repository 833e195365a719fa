/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files of a directory tree are modules.
 */
#ifndef TOOLS_DEPMOD_SCAN_H
#define TOOLS_DEPMOD_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "libkmod/base/arena.h"
#include "tools/depmod/messages.h"
#include "tools/depmod/stamp.h"

/* A file that is a module by its name. */
struct found {
	const char *path;
	size_t root_size;   /* length of the root's path, which @path starts with before a '/' */
	unsigned int root;  /* which of the scanned directories it is below, from 0 */
	struct stamp stamp; /* all zero unless asked for */
};

struct scan_options {
	unsigned int jobs;
	char *const *excluded; /* names that are passed over, at any depth */
	size_t excluded_count;
	bool stamps;		/* of all files, */
	bool compressed_stamps; /* of those that are compressed: their sizes tell what they cost */
};

/* What was found in any number of directories. All zero: nothing. */
struct scan {
	struct found *files; /* in no order */
	size_t count, room;
	unsigned int roots;
	struct messages messages;
	struct arena texts;
};

/* Frees what @scan holds. */
void scan_done(struct scan *scan);

/*
 * Adds the modules below the directory @root. Links are followed, and what is found that way
 * has the path of the link. What cannot be looked at is told of in the messages and passed over,
 * unless it is the system that fails.
 *
 * Returns 0; with nothing added but messages that say why, -errno when @root cannot be opened or the
 * system fails, -ELOOP when there are far too many links to directories, -ENOMEM.
 */
int scan_add(struct scan *scan, const char *root, const struct scan_options *options);

/*
 * Whether @name is that of a module, compressed or not, that this build can read. Then
 * *@ret_suffix, unless that is NULL, is the length of the suffix that its compression has.
 */
bool scan_is_module(const char *name, size_t *ret_suffix);

#endif
