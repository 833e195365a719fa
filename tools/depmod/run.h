/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run of depmod, from what was asked for to the files in their place.
 */
#ifndef TOOLS_DEPMOD_RUN_H
#define TOOLS_DEPMOD_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/cli.h"

/* What was asked for. Everything is borrowed from argv but @configs. */
struct depmod_options {
	bool all;
	bool quick;
	bool show;
	bool report_symbols;
	bool report_repeats;
	bool incremental;
	bool no_sync;
	unsigned int jobs;
	char symbol_prefix; /* or NUL */
	const char *base;   /* NULL unless given, as the next ones */
	const char *outdir;
	const char *moduledir;
	const char *symvers;
	const char *filesyms;
	struct cli_paths configs; /* none: the system's */
	const char *release; /* NULL: that of the running kernel */
	char **files;
	size_t files_count;
};

/* Returns 0; a negative errno, when it has not done all that was asked for and has said why. */
int depmod_run(struct cli *cli, const struct depmod_options *opts);

#endif
