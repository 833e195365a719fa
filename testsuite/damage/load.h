/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading a damaged module, and what reached the kernel.
 */
#ifndef LOAD_H
#define LOAD_H

#include "harness/bytes.h"

struct load {
	int result;
	struct bytes blob; /* what init_module() was given; of size 0: it was not called */
};

/* Loads the module at @path in a new context. */
struct load load_of(const char *path, unsigned int flags);

/*
 * What is wrong with @load unless it failed with @error, a negative errno, said why in the log, and
 * kept the module from the kernel.
 */
const char *load_not_refused(const struct load *load, int error);

/* What is wrong with @load unless it gave the kernel just @want. */
const char *load_not_of(const struct load *load, struct bytes want);

#endif
