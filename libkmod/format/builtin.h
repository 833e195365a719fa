/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * modules.builtin.modinfo: what the modules in the kernel image say of themselves.
 *
 *	records "name.key=value", each ended by a NUL, those of one module next to each other
 */
#ifndef FORMAT_BUILTIN_H
#define FORMAT_BUILTIN_H

#include "libkmod/format/span.h"

/* Gets a record of the module, without "name."; a negative result ends the walk. */
typedef int (*builtin_record_fn)(struct span text, void *data);

/*
 * Calls @fn for the records of the module @name: the first run of them.
 * Returns 0, also when there are none; -EINVAL when a record without a name is met on the way, or one
 * that the file ends in;
 * what @fn returned if that was negative.
 */
int builtin_modinfo(struct span file, const char *name, builtin_record_fn fn, void *data);

#endif
