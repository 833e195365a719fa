/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command record: what kmod.c knows of a command. A command is a file that ends in its record,
 * and a row in the table of kmod.c.
 */
#ifndef TOOLS_CMD_H
#define TOOLS_CMD_H

struct cli;

struct cmd {
	const char *program;	/* the name of a link to kmod that means it; NULL: there is none */
	const char *subcommand; /* the word after "kmod" that means it; NULL: there is none */
	const char *help;	/* what it does, in half a line */

	/* @argv[0] is the program as invoked, or the subcommand. Returns the exit status. */
	int (*run)(struct cli *cli, int argc, char *argv[]);
};

extern const struct cmd cmd_depmod;
extern const struct cmd cmd_insmod;
extern const struct cmd cmd_lsmod;
extern const struct cmd cmd_modinfo;
extern const struct cmd cmd_modprobe;
extern const struct cmd cmd_rmmod;
extern const struct cmd cmd_static_nodes;

#endif
