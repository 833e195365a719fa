/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rmmod: remove modules from the kernel, one by one, with nothing else touched.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/cli.h"
#include "tools/cmd.h"

struct rmmod_options {
	bool force;
	char **modules; /* borrowed from argv, NULL-terminated */
};

static void print_help(void)
{
	printf("Usage:\n"
	       "\t%s [options] modulename ...\n"
	       "Options:\n"
	       "\t-f, --force       remove a module even though it is in use or not made for\n"
	       "\t                  removal. May crash the machine; the kernel must allow it\n",
	       program_invocation_short_name);
	cli_print_options();
}

/* Returns 1 to go on, 0 when done, a negative errno when used wrongly. */
static int parse_argv(struct cli *cli, struct rmmod_options *opts, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "force", no_argument, NULL, 'f' },
		CLI_LONG_OPTIONS,
		{ 0 },
	};
	int c, r;

	cli_options_begin(cli, argv);
	while ((c = getopt_long(argc, argv, "f" CLI_SHORT_OPTIONS, options, NULL)) >= 0) {
		switch (c) {
		case 'f':
			opts->force = true;
			break;
		default:
			r = cli_option(cli, c, print_help);
			if (r <= 0)
				return r;
		}
	}
	cli_options_done(cli);
	if (optind >= argc) {
		cli_log(cli, LOG_ERR, "missing module name.");
		return -EINVAL;
	}
	opts->modules = argv + optind;
	return 1;
}

/* Logs that the modules in @holders use @mod. */
static void log_holders(struct cli *cli, const struct kmod_module *mod, struct kmod_list *holders)
{
	_cleanup_free_ char *names = NULL;
	_cleanup_fclose_ FILE *stream = NULL;
	struct kmod_list *entry;
	bool complete = true;
	size_t size;

	stream = open_memstream(&names, &size);
	if (!stream) {
		cli_log(cli, LOG_ERR, "Module %s is in use", kmod_module_get_name(mod));
		return;
	}
	kmod_list_foreach(entry, holders) {
		_cleanup_(kmod_module_unrefp) struct kmod_module *holder =
			kmod_module_get_module(entry);

		complete &= fprintf(stream, " %s", kmod_module_get_name(holder)) > 0;
	}
	complete &= fflush(stream) == 0;
	cli_log(cli, LOG_ERR, "Module %s is in use by:%s%s", kmod_module_get_name(mod),
		names ? names : "", complete ? "" : " ...");
}

/* Whether the kernel can be asked to remove @mod; says why when not. */
static bool is_removable(struct cli *cli, const struct kmod_module *mod)
{
	_cleanup_(kmod_module_list_unrefp) struct kmod_list *holders = NULL;
	const char *name = kmod_module_get_name(mod);
	const int state = kmod_module_get_initstate(mod);
	int refcnt;

	if (state == KMOD_MODULE_BUILTIN) {
		cli_log(cli, LOG_ERR, "Module %s is builtin.", name);
		return false;
	}
	if (state < 0) {
		if (state == -ENOENT || state == -EINVAL) /* a state that nobody knows */
			cli_log(cli, LOG_ERR, "Module %s is not currently loaded", name);
		else
			cli_log(cli, LOG_ERR, "could not tell whether module %s is loaded: %s",
				name, strerror(-state));
		return false;
	}
	holders = kmod_module_get_holders(mod);
	if (holders) {
		log_holders(cli, mod, holders);
		return false;
	}
	refcnt = kmod_module_get_refcnt(mod);
	if (refcnt > 0) {
		cli_log(cli, LOG_ERR, "Module %s is in use", name);
		return false;
	}
	if (refcnt == -ENOENT) {
		cli_log(cli, LOG_ERR, "Module unloading is not supported");
		return false;
	}
	return true;
}

/* The module that @arg, a name or the path of a file, means. */
static int find_module(struct kmod_ctx *ctx, const char *arg, struct kmod_module **ret_mod)
{
	struct stat st;

	if (stat(arg, &st) == 0)
		return kmod_module_new_from_path(ctx, arg, ret_mod);
	return kmod_module_new_from_name(ctx, arg, ret_mod);
}

static int remove_module(struct cli *cli, struct kmod_module *mod, const char *arg, bool force)
{
	int r;

	if (!force && !is_removable(cli, mod))
		return -EBUSY;
	r = kmod_module_remove_module(mod, KMOD_REMOVE_NOWAIT | (force ? KMOD_REMOVE_FORCE : 0));
	if (r < 0)
		cli_log(cli, LOG_ERR, "could not remove module %s: %s", arg, strerror(-r));
	return r;
}

static int run(struct cli *cli, int argc, char *argv[])
{
	static const char *const no_config[] = { NULL };
	_cleanup_(kmod_unrefp) struct kmod_ctx *ctx = NULL;
	struct rmmod_options opts = { 0 };
	int status = EXIT_SUCCESS;
	int r;

	r = parse_argv(cli, &opts, argc, argv);
	if (r <= 0)
		return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;

	ctx = cli_new_context(cli, NULL, no_config);
	if (!ctx)
		return EXIT_FAILURE;
	for (char **arg = opts.modules; *arg; arg++) {
		_cleanup_(kmod_module_unrefp) struct kmod_module *mod = NULL;

		r = find_module(ctx, *arg, &mod);
		if (r < 0) {
			cli_log(cli, LOG_ERR, "could not use module %s: %s", *arg, strerror(-r));
			return EXIT_FAILURE;
		}
		if (remove_module(cli, mod, *arg, opts.force) < 0)
			status = EXIT_FAILURE;
	}
	cli_end_report(cli);
	return status;
}

const struct cmd cmd_rmmod = {
	.program = "rmmod",
	.help = "remove modules",
	.run = run,
};
