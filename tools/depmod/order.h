/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of modules and of symbols.
 *
 * Modules come in the order of modules.order, which the kernel build makes: it decides which of
 * several modules with one alias is tried first. The others follow, and symbols are listed, in the
 * order of a hash table that another depmod has had: no reason but that files stay the same.
 */
#ifndef TOOLS_DEPMOD_ORDER_H
#define TOOLS_DEPMOD_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "tools/depmod/module.h"
#include "tools/depmod/scan.h"

/* Buckets of the hash tables of modules and of symbols. */
#define ORDER_MODULES 512U
#define ORDER_SYMBOLS 2048U

struct cli;

/* The hash of that table: SuperFastHash, by Paul Hsieh, of bytes as a little-endian host has it. */
uint32_t order_hash(const char *text, size_t length);

/*
 * Makes the modules of the files in @scan, of which each has another name. @root is the directory
 * of modules. What is wrong with modules.order there is logged.
 * Returns 0 or -ENOMEM. *@ret borrows the paths from @scan; the caller frees it with modules_done().
 */
int order_modules(struct cli *cli, const struct scan *scan, const char *root,
		  struct modules *ret);

/* Frees what @modules holds. */
void modules_done(struct modules *modules);

#endif
