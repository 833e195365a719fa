/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The modules made by the build, and what a forced load makes of them.
 */
#ifndef HARNESS_MODULES_H
#define HARNESS_MODULES_H

#include "bytes.h"

/* The module called @name in modules/meson.build. */
struct bytes module_built(const char *name);

/* @module, of the native word size, with the first vermagic= in its .modinfo zeroed. */
struct bytes module_without_vermagic(struct bytes module);

/* @module, of the native word size, with its first __versions section no longer to be loaded. */
struct bytes module_without_versions(struct bytes module);

/* A modules.builtin.bin that knows the module @name. */
struct bytes builtin_index(const char *name);

#endif
