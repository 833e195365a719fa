/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Running the install and remove commands of the configuration.
 */
#ifndef LIBKMOD_COMMAND_H
#define LIBKMOD_COMMAND_H

/*
 * Has the shell run @command, which is that of @module, and sets *@ret_status as waitpid(2) does. In its
 * environment, not in ours, are MODPROBE_MODULE, the name, and MODPROBE_NESTING, the modules whose commands
 * it is run within, itself the last. SIGINT and SIGQUIT are ignored meanwhile, and
 * the thread is not cancelled.
 *
 * Returns 0; -ELOOP, and nothing is run, when @module is among these COMMAND_NESTING_MAX times
 * already; -ENOMEM; a negative errno of posix_spawn(3), or of waitpid(2).
 */
int command_run(const char *command, const char *module, int *ret_status);

/* A command may come back to itself for a reason, but not often. */
#define COMMAND_NESTING_MAX 4

#endif
