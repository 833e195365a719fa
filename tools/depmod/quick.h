/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the indexes are older than a module.
 */
#ifndef TOOLS_DEPMOD_QUICK_H
#define TOOLS_DEPMOD_QUICK_H

#include <stdbool.h>

struct cli;

/*
 * Whether a module in the directory @root, or in one below it, was changed after modules.dep there.
 * Of one that is gone, or has been there before under another name, nothing shows. True, which it
 * has logged, when the two cannot be compared. @jobs is how many threads may look.
 */
bool quick_is_outdated(struct cli *cli, const char *root, unsigned int jobs);

#endif
