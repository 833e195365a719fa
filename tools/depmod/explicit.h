/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules that are named one by one.
 */
#ifndef TOOLS_DEPMOD_EXPLICIT_H
#define TOOLS_DEPMOD_EXPLICIT_H

#include "tools/depmod/scan.h"

struct cli;

/*
 * Adds the @count files @paths to @scan as if they had been found, whatever their suffixes. Returns
 * 0; a negative errno, which it has logged: a path is not absolute or leads to no file, or a module
 * is named twice.
 */
int explicit_add(struct cli *cli, char *const *paths, size_t count, struct scan *scan);

#endif
