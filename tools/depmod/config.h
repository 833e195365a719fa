/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * depmod.d: which modules count where there are several of a name, where else there are modules,
 * and what is passed over.
 */
#ifndef TOOLS_DEPMOD_CONFIG_H
#define TOOLS_DEPMOD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct cli;

/* A list of texts, in the order they were declared in. */
struct texts {
	char **texts;
	size_t count, room;
};

/* All that was declared for the kernel release asked for. All zero: nothing. */
struct depmod_config {
	struct texts search;	/* "built-in", "external" or a directory below that of the modules */
	struct texts overrides;	/* what takes precedence: SUBDIRECTORY/MODULE */
	struct texts externals;	/* absolute directories */
	struct texts excluded;	/* names of files and directories */
	struct texts contents;	/* of the files, which the others point into */
};

/* Frees what @config holds. */
void depmod_config_done(struct depmod_config *config);

/*
 * Reads the configuration for the kernel @release: the files and directories @paths, highest
 * priority first and NULL at the end, or the system's if @paths is NULL. What is wrong in them is
 * logged and passed over. Without any "search" it is as if there were "search updates".
 * Returns 0; -ENOMEM; another negative errno, logged, where the system fails to give it.
 */
int depmod_config_read(struct cli *cli, const char *release, const char *const *paths,
		       struct depmod_config *ret);

#endif
