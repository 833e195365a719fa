/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modprobe: load modules with all they need, remove them with what they no longer need, or show
 * what would be done. Its options, and the choice of what is to be done.
 */
#include "tools/modprobe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/index.h"
#include "tools/cli.h"
#include "tools/cmd.h"
#include "tools/modprobe-env.h"
#include "tools/moduledir.h"

/* ---- Help ------------------------------------------------------------------------------ */

static void print_help(void)
{
	const char *const prog = program_invocation_short_name;

	printf("Usage:\n"
	       "\t%s [options] [-i] [-b] modulename|filename [parameter ...]\n"
	       "\t%s [options] -a [-i] [-b] modulename|filename ...\n"
	       "\t%s [options] -r [-i] modulename ...\n"
	       "\t%s [options] -r -a [-i] modulename ...\n"
	       "\t%s [options] -c\n"
	       "\t%s [options] --show-modversions modulename|filename\n",
	       prog, prog, prog, prog, prog, prog);
	printf("Management Options:\n"
	       "\t-a, --all                  every argument is a module; go on after a failure\n"
	       "\t-r, --remove               remove modules, and what only they needed\n"
	       "\t    --remove-holders       with -r, which it implies: first remove the modules\n"
	       "\t                           that use a module\n"
	       "\t-w, --wait=MSEC            with -r: try for MSEC milliseconds to remove a\n"
	       "\t                           module that is in use\n"
	       "\t    --first-time           fail if there is nothing to do\n"
	       "\t-i, --ignore-install       ignore the install and remove commands, and the\n"
	       "\t-i, --ignore-remove        softdeps, of the modules given as arguments\n"
	       "\t-b, --use-blacklist        apply the blacklist to names of modules, too\n"
	       "\t-f, --force                load even if magic or symbol versions differ;\n"
	       "\t                           with -r: remove even if the kernel objects.\n"
	       "\t                           May crash the machine; a signature is of no use then\n"
	       "\t    --force-modversion     load even if symbol versions differ\n"
	       "\t    --force-vermagic       load even if version magic differs\n"
	       "\n");
	printf("Query Options:\n"
	       "\t-D, --show-depends         show what would be done if nothing were loaded yet\n"
	       "\t-R, --show-alias           show the modules that an alias stands for\n"
	       "\t-c, --show-config          show the configuration and the aliases\n"
	       "\t    --show-modversions     show the versions of the symbols a module needs\n"
	       "\t    --show-exports         show the symbols a module exports\n"
	       "\n"
	       "General Options:\n"
	       "\t-n, --dry-run              show what would be done, and do nothing\n"
	       "\t-C, --config=PATH          read this file or directory instead of the system's\n"
	       "\t                           configuration; may be given several times\n"
	       "\t-d, --dirname=DIR          look below DIR for the directory of modules\n"
	       "\t-S, --set-version=VERSION  take the modules of the kernel VERSION\n"
	       "\t-s, --syslog               send messages to the system log, not to stderr\n"
	       "\t-q, --quiet                show no messages\n"
	       "\t-v, --verbose              show what is done; given again, show more messages\n"
	       "\t-V, --version              show the version and exit\n"
	       "\t-h, --help                 show this help and exit\n");
}

/* ---- Options --------------------------------------------------------------------------- */

enum {
	OPT_REMOVE_HOLDERS = 0x100,
	OPT_FIRST_TIME,
	OPT_FORCE_MODVERSION,
	OPT_FORCE_VERMAGIC,
	OPT_SHOW_MODVERSIONS,
	OPT_SHOW_EXPORTS,
};

static const struct option long_options[] = {
	{ "all", no_argument, NULL, 'a' },
	{ "remove", no_argument, NULL, 'r' },
	{ "remove-dependencies", no_argument, NULL, OPT_REMOVE_HOLDERS },
	{ "remove-holders", no_argument, NULL, OPT_REMOVE_HOLDERS },
	{ "wait", required_argument, NULL, 'w' },
	{ "first-time", no_argument, NULL, OPT_FIRST_TIME },
	{ "ignore-install", no_argument, NULL, 'i' },
	{ "ignore-remove", no_argument, NULL, 'i' },
	{ "use-blacklist", no_argument, NULL, 'b' },
	{ "force", no_argument, NULL, 'f' },
	{ "force-modversion", no_argument, NULL, OPT_FORCE_MODVERSION },
	{ "force-vermagic", no_argument, NULL, OPT_FORCE_VERMAGIC },

	{ "show-depends", no_argument, NULL, 'D' },
	{ "show-alias", no_argument, NULL, 'R' },
	{ "resolve-alias", no_argument, NULL, 'R' },
	{ "showconfig", no_argument, NULL, 'c' },
	{ "show-config", no_argument, NULL, 'c' },
	{ "show-modversions", no_argument, NULL, OPT_SHOW_MODVERSIONS },
	{ "dump-modversions", no_argument, NULL, OPT_SHOW_MODVERSIONS },
	{ "show-exports", no_argument, NULL, OPT_SHOW_EXPORTS },

	{ "dry-run", no_argument, NULL, 'n' },
	{ "show", no_argument, NULL, 'n' },
	{ "config", required_argument, NULL, 'C' },
	{ "dirname", required_argument, NULL, 'd' },
	{ "set-version", required_argument, NULL, 'S' },
	{ "quiet", no_argument, NULL, 'q' },
	CLI_LONG_OPTIONS,
	{ 0 },
};

/* Older names of options. Scripts use them, so they stay; who uses them is told of the new ones. */
static void warn_if_old(struct cli *cli, const char *name)
{
	static const struct {
		const char *old, *new;
	} renamed[] = {
		{ "remove-dependencies", "remove-holders" },
		{ "resolve-alias", "show-alias" },
		{ "showconfig", "show-config" },
		{ "dump-modversions", "show-modversions" },
		{ "show", "dry-run" },
	};

	for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++)
		if (strcmp(renamed[i].old, name) == 0)
			cli_log(cli, LOG_WARNING,
				"--%s is deprecated and scheduled for removal; use --%s", name,
				renamed[i].new);
}

static int parse_wait(struct cli *cli, const char *text, unsigned long *ret)
{
	char *end = NULL;
	unsigned long msec;

	errno = 0;
	msec = strtoul(text, &end, 0);
	if (errno != 0 || end == text || *end != '\0') {
		cli_log(cli, LOG_ERR, "unexpected wait value '%s'.", text);
		return -EINVAL;
	}
	*ret = msec;
	return 1;
}

/* For this modprobe, and for those that it runs. */
static int add_config_path(struct cli *cli, struct modprobe_options *opts, const char *path)
{
	if (cli_paths_add(cli, &opts->configs, path) < 0)
		return -ENOMEM;
	modprobe_env_add(&opts->passed_on, "-C", path);
	return 1;
}

/* Acts on @c, an answer of getopt_long(). Returns as cli_option(). */
static int parse_option(struct cli *cli, struct modprobe_options *opts, int c)
{
	switch (c) {
	case 'a':
		opts->all = true;
		return 1;
	case 'r':
		opts->remove = true;
		return 1;
	case OPT_REMOVE_HOLDERS:
		opts->remove = true;
		opts->remove_holders = true;
		return 1;
	case 'w':
		return parse_wait(cli, optarg, &opts->wait_msec);
	case OPT_FIRST_TIME:
		opts->first_time = true;
		return 1;
	case 'i':
		opts->ignore_commands = true;
		return 1;
	case 'b':
		opts->use_blacklist = true;
		return 1;
	case 'f':
		opts->force_remove = true;
		opts->force_insert |= KMOD_INSERT_FORCE_VERMAGIC | KMOD_INSERT_FORCE_MODVERSION;
		return 1;
	case OPT_FORCE_MODVERSION:
		opts->force_insert |= KMOD_INSERT_FORCE_MODVERSION;
		return 1;
	case OPT_FORCE_VERMAGIC:
		opts->force_insert |= KMOD_INSERT_FORCE_VERMAGIC;
		return 1;

	case 'D':
		opts->ignore_loaded = true;
		opts->dry_run = true;
		return 1;
	case 'R':
		opts->show_alias = true;
		return 1;
	case 'c':
		opts->show_config = true;
		return 1;
	case OPT_SHOW_MODVERSIONS:
		opts->show_modversions = true;
		return 1;
	case OPT_SHOW_EXPORTS:
		opts->show_exports = true;
		return 1;

	case 'n':
		opts->dry_run = true;
		return 1;
	case 'C':
		return add_config_path(cli, opts, optarg);
	case 'd':
		opts->root = optarg;
		return 1;
	case 'S':
		opts->release = optarg;
		return 1;
	case 'q':
		cli->verbosity = LOG_EMERG;
		modprobe_env_add(&opts->passed_on, "-q", NULL);
		return 1;
	case 'v':
		modprobe_env_add(&opts->passed_on, "-v", NULL);
		break;
	case 's':
		modprobe_env_add(&opts->passed_on, "-s", NULL);
		break;
	}
	return cli_option(cli, c, print_help);
}

/* Returns 1 to go on, 0 when done, a negative errno when used wrongly. */
static int parse_argv(struct cli *cli, struct modprobe_options *opts, int argc, char *argv[])
{
	int index = -1;
	int c;

	cli_options_begin(cli, argv);
	while ((c = getopt_long(argc, argv, "arw:ibfDRcnC:d:S:q" CLI_SHORT_OPTIONS, long_options,
				&index)) >= 0) {
		int r;

		if (index >= 0)
			warn_if_old(cli, long_options[index].name);
		index = -1;
		r = parse_option(cli, opts, c);
		if (r <= 0)
			return r;
	}
	/* The kernel runs modprobe without standard error: the system log may still be there. */
	cli->syslog_wanted |= cli->stderr_missing;
	cli_options_done(cli);
	if (optind >= argc && !opts->show_config) {
		cli_log(cli, LOG_ERR, "missing parameters. See -h.");
		return -EINVAL;
	}
	opts->operands = argv + optind;
	return modprobe_env_pass_on(cli, &opts->passed_on) < 0 ? -ENOMEM : 1;
}

/* ---- Running --------------------------------------------------------------------------- */

bool modprobe_shows_actions(const struct modprobe *m)
{
	return m->opts.dry_run || cli_shows(m->cli, LOG_NOTICE);
}

void modprobe_fail(const struct modprobe *m, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (m->opts.all)
		cli_log(m->cli, LOG_WARNING, "%s", text ? text : "out-of-memory");
	else
		cli_fatal(m->cli, "%s", text ? text : "out-of-memory");
}

static int act(struct modprobe *m)
{
	int r;

	if (m->opts.show_config)
		return modprobe_show_config(m);
	if (m->opts.show_modversions)
		return modprobe_show_modversions(m);
	if (m->opts.show_exports)
		return modprobe_show_exports(m);
	r = m->opts.remove ? modprobe_remove(m) : modprobe_insert(m);
	if (!m->opts.dry_run && !m->opts.show_alias)
		cli_end_report(m->cli);
	return r;
}

static int run_with(struct cli *cli, int argc, char *argv[])
{
	_cleanup_(kmod_unrefp) struct kmod_ctx *ctx = NULL;
	_cleanup_free_ const char **config_paths = NULL;
	_cleanup_free_ char *dirname = NULL;
	struct modprobe m = { .cli = cli };
	int r;

	r = parse_argv(cli, &m.opts, argc, argv);
	strbuf_done(&m.opts.passed_on);
	config_paths = m.opts.configs.paths;
	if (r > 0 && moduledir_path(cli, m.opts.root, m.opts.release, &dirname) < 0)
		r = -EINVAL;
	if (r <= 0)
		return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;

	ctx = m.ctx = cli_new_context(cli, dirname, config_paths);
	if (!ctx)
		return EXIT_FAILURE;
	index_keep_open(ctx);
	return act(&m) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run(struct cli *cli, int argc, char *argv[])
{
	_cleanup_(modprobe_env_args_done) struct modprobe_env_args args = { 0 };
	const int r = modprobe_env_collect(argv, &args);

	(void)argc;
	cli->verbosity = LOG_WARNING;
	if (r < 0) {
		cli_log(cli, LOG_ERR, "Could not prepend options from environment: %s",
			strerror(-r));
		return EXIT_FAILURE;
	}
	return run_with(cli, (int)args.count, args.argv);
}

const struct cmd cmd_modprobe = {
	.program = "modprobe",
	.help = "load or remove modules with what they need",
	.run = run,
};
