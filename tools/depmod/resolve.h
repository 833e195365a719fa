/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which module has the symbols that another needs.
 *
 * A symbol that several have is that of the last of them, by module number, and of a module rather
 * than of the kernel.
 */
#ifndef TOOLS_DEPMOD_RESOLVE_H
#define TOOLS_DEPMOD_RESOLVE_H

#include <stdbool.h>

#include "libkmod/base/names.h"
#include "tools/depmod/graph.h"
#include "tools/depmod/kernel-symbols.h"
#include "tools/depmod/module.h"

struct cli;

/* No module has the symbol. */
#define OWNER_NONE UINT32_MAX

struct resolve_options {
	const struct kernel_symbols *kernel; /* NULL: they are not known */
	char prefix;			     /* of symbols, which some machines have; or NUL */
	bool report_unknown;		     /* symbols that neither a module nor the kernel has, */
	bool report_versions; /* and those of another version than is needed: all must be known */
	bool show; /* on standard output, what makes a module depend on another */
};

struct dependencies {
	struct graph graph; /* of modules and what they depend on directly, in the order of need */
	uint32_t *owners;   /* by number of a symbol's name: the module that has it, or OWNER_NONE */
};

/* Frees what @dependencies holds. */
void dependencies_done(struct dependencies *dependencies);

/*
 * Resolves the needs of all modules. @symbols are the names that their facts refer to; some more are
 * added. Returns 0 or -ENOMEM.
 */
int resolve(struct cli *cli, const struct modules *modules, struct names *symbols,
	    const struct resolve_options *options, struct dependencies *ret);

#endif
