/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The symbols that the kernel itself has, out of the files its build leaves.
 */
#ifndef TOOLS_DEPMOD_KERNEL_SYMBOLS_H
#define TOOLS_DEPMOD_KERNEL_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct cli;

struct kernel_symbol {
	const char *name;
	size_t length;
	uint64_t crc; /* of its version; 0: not known */
};

/* All zero: none. */
struct kernel_symbols {
	struct kernel_symbol *symbols; /* in the order of the file */
	size_t count, room;
	char *text; /* of the file, which the names are in */
};

/* Frees what @symbols holds. */
void kernel_symbols_done(struct kernel_symbols *symbols);

/*
 * Both read @path, log lines they can do nothing with and go on behind these. One leading @prefix
 * of a name is dropped, unless @prefix is NUL.
 * Return 0; a negative errno, when the file cannot be read; -ENOMEM.
 */

/* Module.symvers: lines "CRC SYMBOL vmlinux ...". Other symbols are those of modules. */
int kernel_symbols_from_symvers(struct cli *cli, const char *path, char prefix,
				struct kernel_symbols *ret);

/* System.map: lines "ADDRESS TYPE __ksymtab_SYMBOL". Other names are not exported. */
int kernel_symbols_from_map(struct cli *cli, const char *path, char prefix,
			    struct kernel_symbols *ret);

#endif
