/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts the files that depmod makes in place.
 */
#ifndef TOOLS_DEPMOD_PUBLISH_H
#define TOOLS_DEPMOD_PUBLISH_H

#include <stdbool.h>

#include "libkmod/base/atomic-file.h"
#include "tools/depmod/output.h"

struct cli;

/* The file that --incremental keeps: behind the outputs in a set of files. */
#define CACHE_NAME "modules.depmod.cache"
#define CACHE_NUMBER OUTPUTS_COUNT

/*
 * Opens the directory @dir for the outputs, making it if need be, and keeps other depmods out of
 * it. Returns 0; a negative errno, which it has logged.
 */
int publish_open(struct cli *cli, const char *dir, struct file_set **ret);

/* Writes the @i-th file aside. Returns 0; a negative errno, which it has logged. */
int publish_write(struct cli *cli, struct file_set *set, const char *dir, size_t i,
		  const void *data, size_t size);

/* Puts what has been written in place. Returns 0; a negative errno, which it has logged. */
int publish_all(struct cli *cli, struct file_set *set, const char *dir, bool flush);

#endif
