/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory of files for a fuzz target, for code that takes paths. It is made when it is first
 * asked for, below $TMPDIR or /tmp, and removed when the process ends.
 */
#ifndef FUZZ_SCRATCH_H
#define FUZZ_SCRATCH_H

#include "libkmod/format/span.h"

/* Its path. */
const char *scratch_dir(void);

/* The path of @name in it, in memory that the caller frees. */
char *scratch_path(const char *name);

/* Puts a file there, or other contents into it. Directories on the way to it have to exist. */
void scratch_put(const char *name, struct span content);

/* Makes a directory there. */
void scratch_mkdir(const char *name);

/* Removes a file, or a directory that is empty. */
void scratch_remove(const char *name);

#endif
