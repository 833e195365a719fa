/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one program: runs the command that it is called by, or that follows "kmod".
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/printable.h"
#include "tools/cli.h"
#include "tools/cmd.h"
#include "tools/terminal.h"

static const struct cmd cmd_help;

/* In the order in which the help shows them. */
static const struct cmd *const commands[] = {
	&cmd_help,
	&cmd_lsmod,
	&cmd_static_nodes,
	&cmd_rmmod,
	&cmd_insmod,
	&cmd_modinfo,
	&cmd_modprobe,
	&cmd_depmod,
};
static const size_t commands_count = sizeof(commands) / sizeof(commands[0]);

static const struct cmd *find_program(const char *name)
{
	for (size_t i = 0; i < commands_count; i++)
		if (commands[i]->program && strcmp(commands[i]->program, name) == 0)
			return commands[i];
	return NULL;
}

static const struct cmd *find_subcommand(const char *name)
{
	for (size_t i = 0; i < commands_count; i++)
		if (commands[i]->subcommand && strcmp(commands[i]->subcommand, name) == 0)
			return commands[i];
	return NULL;
}

static void print_help(void)
{
	printf("kmod - load, remove and look at modules of the Linux kernel\n"
	       "Usage:\n"
	       "\t%s [options] command [command_options]\n"
	       "\n"
	       "Options:\n"
	       "\t-V, --version     show the version and exit\n"
	       "\t-h, --help        show this help and exit\n"
	       "\n"
	       "Commands:\n",
	       program_invocation_short_name);
	for (size_t i = 0; i < commands_count; i++)
		if (commands[i]->subcommand)
			printf("  %-12s %s\n", commands[i]->subcommand, commands[i]->help);
	printf("\nCalled through a symbolic link, kmod is the program of that name:\n");
	for (size_t i = 0; i < commands_count; i++)
		if (commands[i]->program)
			printf("  %-12s %s\n", commands[i]->program, commands[i]->help);
}

static int run_help(struct cli *cli, int argc, char *argv[])
{
	(void)cli;
	(void)argc;
	(void)argv;
	print_help();
	return EXIT_SUCCESS;
}

static const struct cmd cmd_help = {
	.subcommand = "help",
	.help = "show this help",
	.run = run_help,
};

/* Runs the options before the command. Returns 1 when a command should follow at optind. */
static int parse_argv(struct cli *cli, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	cli_options_begin(cli, argv);
	c = getopt_long(argc, argv, "+hV", options, NULL);
	return c < 0 ? 1 : cli_option(cli, c, print_help);
}

static int run_subcommand(struct cli *cli, int argc, char *argv[])
{
	const int r = parse_argv(cli, argc, argv);
	const struct cmd *cmd;

	if (r <= 0)
		return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	if (optind >= argc) {
		(void)fprintf(stderr, "missing command\n");
		print_help();
		return EXIT_FAILURE;
	}
	argc -= optind;
	argv += optind;
	cmd = find_subcommand(argv[0]);
	if (!cmd) {
		_cleanup_free_ char *name = NULL;

		(void)printable_text(argv[0], strlen(argv[0]), &name);
		(void)fprintf(stderr, "invalid command '%s'\n", name ? name : "");
		print_help();
		return EXIT_FAILURE;
	}
	optind = 0; /* getopt_long() starts afresh, on another array */
	return cmd->run(cli, argc, argv);
}

static int run_program(struct cli *cli, int argc, char *argv[])
{
	const struct cmd *cmd = find_program(program_invocation_short_name);

	return cmd ? cmd->run(cli, argc, argv) : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
	struct cli cli;
	int status;

	cli_init(&cli);
	/* Whoever started this may have no use for it, but the commands it runs are waited for. */
	(void)signal(SIGCHLD, SIG_DFL);
	if (terminal_guard() < 0) {
		cli_log(&cli, LOG_ERR, "out of memory");
		return EXIT_FAILURE;
	}
	if (strcmp(program_invocation_short_name, "kmod") == 0)
		status = run_subcommand(&cli, argc, argv);
	else
		status = run_program(&cli, argc, argv);
	return cli_finish(&cli, status);
}
