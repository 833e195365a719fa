/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running a tool in the fake root, for no longer than a few seconds.
 */
#ifndef HARNESS_RUN_H
#define HARNESS_RUN_H

#include <stdbool.h>

#include "bytes.h"

/* The longest a tool may take, in seconds, before it is killed: far more than any needs. */
enum {
	TOOL_TIMEOUT = 30
};

struct outcome {
	int status; /* exit status; 128 plus the signal; -1 when it had to be killed */
	struct bytes out;
	struct bytes err;
};

/*
 * Runs kmod as @argv[0] with @env, a NULL-terminated list of NAME=VALUE, added to a short
 * environment. Standard input is /dev/null. Of the standard descriptors those in @closed, a set of
 * bits 1 << descriptor, are closed.
 */
struct outcome run_tool(char *const argv[], char *const env[], unsigned int closed);

/* Whether all is tried of what there is very much of: KMOD_TEST_FULL=1. */
bool run_is_full(void);

#endif
