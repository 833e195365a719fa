/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parameters of a module: what the strings "parm" and "parmtype" say of them, put together.
 */
#ifndef TOOLS_MODINFO_PARAMS_H
#define TOOLS_MODINFO_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "libkmod/base/cleanup.h"

/* What is said of one parameter: the strings are those it was taken from, and not ended. */
struct param {
	const char *name; /* up to its ':' */
	size_t name_length;
	const char *text; /* what it does; NULL if nothing says so */
	const char *type; /* NULL likewise */
	size_t order;	  /* how many had been found before it */
};

/* To be emptied with params_done(). A zeroed object is empty. */
struct params {
	struct param *params;
	size_t count, room;
};

void params_done(struct params *params);

/*
 * Adds "<name>:<text>" or, with @is_type, "<name>:<type>", which is borrowed. Returns 0; -EINVAL
 * when there is no ':'; -ENOMEM.
 */
int params_add(struct params *params, const char *string, bool is_type);

/*
 * Makes one entry of all that is said of one parameter, the last text and the last type, and puts
 * the entries in the order in which they are shown: what was found first comes last.
 */
void params_merge(struct params *params);

#endif
