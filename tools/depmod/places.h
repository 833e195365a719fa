/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the modules are, and where the indexes are to go.
 */
#ifndef TOOLS_DEPMOD_PLACES_H
#define TOOLS_DEPMOD_PLACES_H

struct cli;
struct depmod_options;

struct places {
	char *root;   /* the directory of modules */
	char *output; /* that of the indexes */
	char *release;
};

/* Frees what @places holds, also after a failure to find them. */
void places_done(struct places *places);

/*
 * Finds out where what @opts ask for is. Nothing need be there. Returns 0; a negative errno, which
 * it has logged.
 */
int places_find(struct cli *cli, const struct depmod_options *opts, struct places *ret);

#endif
