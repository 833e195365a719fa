/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The modules that depmod works on, in their order.
 */
#ifndef TOOLS_DEPMOD_MODULE_H
#define TOOLS_DEPMOD_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libkmod/base/arena.h"
#include "tools/depmod/facts.h"
#include "tools/depmod/stamp.h"

struct module {
	const char *name;	/* without suffix, with '_' for each '-' */
	const char *path;	/* absolute */
	const char *relative;	/* in @path: below the directory of modules; or all of it */
	size_t suffix_size;	/* of what the compression adds to the name */
	struct stamp stamp;	/* all zero when nobody has asked for it */
	bool is_known;		/* the facts have been found out, */
	bool is_quiet;		/* and there was nothing to say on the way */
	struct facts facts;
};

/* All zero: none. A module's place is its number in all that is written. */
struct modules {
	struct module *modules;
	uint32_t count;
	struct arena texts;
};

#endif
