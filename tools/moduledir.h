/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of modules that the options of a command ask for.
 */
#ifndef TOOLS_MODULEDIR_H
#define TOOLS_MODULEDIR_H

struct cli;

/*
 * The directory of the modules of the kernel @release (NULL: the running one) below the directory
 * @root (NULL: the system's): the texts one after the other, with nothing cleaned up.
 *
 * Returns 0 with a string that the caller frees, or with NULL when neither is given, as is for
 * kmod_new() to decide then; a negative errno, which it has logged.
 */
int moduledir_path(struct cli *cli, const char *root, const char *release, char **ret_path);

#endif
