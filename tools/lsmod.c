/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lsmod: show the modules the kernel has loaded, their size and their users.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli.h"
#include "tools/cmd.h"

static void print_help(void)
{
	printf("Usage:\n"
	       "\t%s [options]\n"
	       "Options:\n",
	       program_invocation_short_name);
	cli_print_options();
}

/* Returns 1 to go on, 0 when done, a negative errno when used wrongly. */
static int parse_argv(struct cli *cli, int argc, char *argv[])
{
	static const struct option options[] = {
		CLI_LONG_OPTIONS,
		{ 0 },
	};
	int c;

	cli_options_begin(cli, argv);
	while ((c = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) >= 0) {
		const int r = cli_option(cli, c, print_help);

		if (r <= 0)
			return r;
	}
	cli_options_done(cli);
	if (optind < argc) {
		cli_log(cli, LOG_ERR, "too many arguments provided.");
		return -EINVAL;
	}
	return 1;
}

/* A size or count that cannot be read is shown as its negative errno. */
static void print_module(const struct kmod_module *mod)
{
	_cleanup_(kmod_module_list_unrefp) struct kmod_list *holders = kmod_module_get_holders(mod);
	const char *separator = " ";
	struct kmod_list *entry;

	printf("%-19s %8ld  %d", kmod_module_get_name(mod), kmod_module_get_size(mod),
	       kmod_module_get_refcnt(mod));
	kmod_list_foreach(entry, holders) {
		_cleanup_(kmod_module_unrefp) struct kmod_module *holder =
			kmod_module_get_module(entry);

		printf("%s%s", separator, kmod_module_get_name(holder));
		separator = ",";
	}
	putchar('\n');
}

static int run(struct cli *cli, int argc, char *argv[])
{
	static const char *const no_config[] = { NULL };
	_cleanup_(kmod_unrefp) struct kmod_ctx *ctx = NULL;
	_cleanup_(kmod_module_list_unrefp) struct kmod_list *modules = NULL;
	struct kmod_list *entry;
	int r;

	r = parse_argv(cli, argc, argv);
	if (r <= 0)
		return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;

	ctx = cli_new_context(cli, NULL, no_config);
	if (!ctx)
		return EXIT_FAILURE;
	r = kmod_module_new_from_loaded(ctx, &modules);
	if (r < 0) {
		cli_log(cli, LOG_ERR, "could not get list of modules: %s", strerror(-r));
		return EXIT_FAILURE;
	}

	puts("Module                  Size  Used by");
	kmod_list_foreach(entry, modules) {
		_cleanup_(kmod_module_unrefp) struct kmod_module *mod =
			kmod_module_get_module(entry);

		print_module(mod);
	}
	return EXIT_SUCCESS;
}

const struct cmd cmd_lsmod = {
	.program = "lsmod",
	.subcommand = "list",
	.help = "show the modules that are loaded",
	.run = run,
};
