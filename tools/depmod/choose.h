/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of several modules of one name counts.
 *
 * The one that a later "override" is for; else the one that a better "search" word is for; else
 * the one from the directory that was looked through first; else, which is told of, the one whose
 * path comes first by bytes.
 */
#ifndef TOOLS_DEPMOD_CHOOSE_H
#define TOOLS_DEPMOD_CHOOSE_H

#include "tools/depmod/config.h"
#include "tools/depmod/scan.h"

/*
 * Leaves one file of each module name in @scan, in no order. @root is the directory of modules,
 * without a '/' at its end. Returns 0 or -ENOMEM.
 */
int choose(struct cli *cli, struct scan *scan, const char *root,
	   const struct depmod_config *config);

/* The path below @root of @path, which is all of it when it is not below. */
const char *path_below(const char *root, const char *path);

#endif
