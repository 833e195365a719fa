/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Running the install and remove commands of the configuration.
 */
#ifndef LIBKMOD_COMMAND_H
#define LIBKMOD_COMMAND_H

/*
 * Has the shell run @command, which is that of @module, and sets *@ret_status to what system(3)
 * says. In its environment are MODPROBE_MODULE, the name, which is not in ours afterwards, and
 * MODPROBE_NESTING, the modules whose commands it is run within, itself the last. Of several threads
 * one runs its command after the other.
 *
 * Returns 0; -ELOOP, and nothing is run, when @module is among these COMMAND_NESTING_MAX times
 * already; a negative errno of setenv(3), or of system(3) when no shell could be started.
 */
int command_run(const char *command, const char *module, int *ret_status);

/* A command may come back to itself for a reason, but not often. */
#define COMMAND_NESTING_MAX 4

#endif
