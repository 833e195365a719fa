/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Module parameters given as arguments.
 */
#ifndef TOOLS_PARAMS_H
#define TOOLS_PARAMS_H

/*
 * The NULL-terminated @args as one string for the kernel, caller frees: with a space between them,
 * and values that hold a space in quotes. NULL when memory ran out.
 */
char *params_join(char *const args[]);

#endif
