/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tools are run for while something fails.
 */
#ifndef FAILING_SCENARIOS_H
#define FAILING_SCENARIOS_H

#include <stddef.h>

enum {
	ARGS_MAX = 8
};

enum scenario_flags {
	WRITES = 1,  /* what it writes may be old or new, but no mixture; it is run again after */
	THREADS = 2, /* which point is the n-th is up to them */
	MAY_DO_WITHOUT = 4, /* softdeps: that one of them fails does not count */
	GOES_ON = 8,	    /* to the next argument */
};

struct scenario {
	const char *name;
	const char *args[ARGS_MAX]; /* from argv[0] on */
	void (*prepare)(void);	    /* before the first run */
	void (*restore)(void);	    /* before each run */
	const char *written;	    /* the directory of what it writes */
	unsigned int flags;	    /* of enum scenario_flags */
};

extern const struct scenario scenarios[];
extern const size_t scenarios_count;

#endif
