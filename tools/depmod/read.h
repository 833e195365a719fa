/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds out what modules say, from their files.
 */
#ifndef TOOLS_DEPMOD_READ_H
#define TOOLS_DEPMOD_READ_H

#include "libkmod/base/names.h"
#include "tools/depmod/messages.h"
#include "tools/depmod/module.h"

/*
 * Reads all modules whose facts are not known, with up to @jobs threads. @dirfd is the directory
 * @root, which the relative paths are below.
 *
 * The names of symbols are added to @symbols. What the facts refer to lives in @store. A module
 * that cannot be read has no facts; that, and whatever else there is to say, is in @messages.
 * Returns 0 or -ENOMEM.
 */
int read_modules(struct modules *modules, int dirfd, unsigned int jobs, struct names *symbols,
		 struct arena *store, struct messages *messages);

#endif
