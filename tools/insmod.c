/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * insmod: load one module from a file, with nothing looked up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli.h"
#include "tools/cmd.h"
#include "tools/explain.h"
#include "tools/kmsg.h"
#include "tools/params.h"

struct insmod_options {
	unsigned int flags; /* of kmod_module_insert_module() */
	const char *path;   /* borrowed from argv, as are the parameters */
	char **params;	    /* NULL-terminated */
};

static void print_help(void)
{
	printf("Usage:\n"
	       "\t%s [options] filename [parameter ...]\n"
	       "Options:\n"
	       "\t-f, --force       load even if version magic or symbol versions differ.\n"
	       "\t                  May crash the machine; a signature is of no use then\n"
	       "\t    --force-modversion\n"
	       "\t                  load even if symbol versions differ\n"
	       "\t    --force-vermagic\n"
	       "\t                  load even if version magic differs\n",
	       program_invocation_short_name);
	cli_print_options();
}

/* Returns 1 to go on, 0 when done, a negative errno when used wrongly. */
static int parse_argv(struct cli *cli, struct insmod_options *opts, int argc, char *argv[])
{
	enum {
		OPT_FORCE_MODVERSION = 0x100,
		OPT_FORCE_VERMAGIC,
	};
	static const struct option options[] = {
		{ "force", no_argument, NULL, 'f' },
		{ "force-modversion", no_argument, NULL, OPT_FORCE_MODVERSION },
		{ "force-vermagic", no_argument, NULL, OPT_FORCE_VERMAGIC },
		CLI_LONG_OPTIONS,
		{ 0 },
	};
	int c, r;

	cli_options_begin(cli, argv);
	while ((c = getopt_long(argc, argv, "fp" CLI_SHORT_OPTIONS, options, NULL)) >= 0) {
		switch (c) {
		case 'f':
			opts->flags |= KMOD_INSERT_FORCE_VERMAGIC | KMOD_INSERT_FORCE_MODVERSION;
			break;
		case OPT_FORCE_MODVERSION:
			opts->flags |= KMOD_INSERT_FORCE_MODVERSION;
			break;
		case OPT_FORCE_VERMAGIC:
			opts->flags |= KMOD_INSERT_FORCE_VERMAGIC;
			break;
		case 'p':
			/* old scripts give it; it has not meant anything for long */
			break;
		default:
			r = cli_option(cli, c, print_help);
			if (r <= 0)
				return r;
		}
	}
	cli_options_done(cli);
	if (optind >= argc) {
		cli_log(cli, LOG_ERR, "missing filename.");
		return -EINVAL;
	}
	opts->path = argv[optind];
	opts->params = argv + optind + 1;
	if (strcmp(opts->path, "-") == 0) {
		cli_log(cli, LOG_ERR, "this tool does not support loading from stdin!");
		return -EINVAL;
	}
	return 1;
}

static const char *reason(int error)
{
	switch (error) {
	case ENOEXEC:
		return "Invalid module format";
	case ENOENT:
		return "Unknown symbol in module";
	case ESRCH:
		return "Module has wrong symbol version";
	case EINVAL:
		return "Invalid parameters";
	default:
		return strerror(error);
	}
}

static int insert(struct cli *cli, const struct insmod_options *opts, struct kmod_ctx *ctx,
		  struct kmod_module *mod, const char *params)
{
	const struct kmsg_mark start = kmsg_mark();
	const int r = kmod_module_insert_module(mod, opts->flags, params);

	if (r < 0) {
		const struct failed_insert failed = {
			.ctx = ctx,
			.mod = mod,
			.flags = opts->flags,
			.error = r,
			.start = start,
		};

		cli_log(cli, LOG_ERR, "could not insert module %s: %s", opts->path, reason(-r));
		explain_failed_insert(cli, &failed);
		return r;
	}
	explain_insert(cli, ctx, mod, opts->flags);
	cli_end_report(cli);
	return 0;
}

static int run(struct cli *cli, int argc, char *argv[])
{
	static const char *const no_config[] = { NULL };
	_cleanup_(kmod_unrefp) struct kmod_ctx *ctx = NULL;
	_cleanup_(kmod_module_unrefp) struct kmod_module *mod = NULL;
	_cleanup_free_ char *params = NULL;
	struct insmod_options opts = { 0 };
	int r;

	r = parse_argv(cli, &opts, argc, argv);
	if (r <= 0)
		return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;

	params = params_join(opts.params);
	if (!params) {
		cli_log(cli, LOG_ERR, "could not gather module options: out-of-memory");
		return EXIT_FAILURE;
	}
	ctx = cli_new_context(cli, NULL, no_config);
	if (!ctx)
		return EXIT_FAILURE;
	r = kmod_module_new_from_path(ctx, opts.path, &mod);
	if (r < 0) {
		cli_log(cli, LOG_ERR, "could not load module %s: %s", opts.path, strerror(-r));
		return EXIT_FAILURE;
	}
	return insert(cli, &opts, ctx, mod, params) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct cmd cmd_insmod = {
	.program = "insmod",
	.help = "load a module from a file",
	.run = run,
};
