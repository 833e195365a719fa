/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * depmod: works out what modules depend on, and makes the indexes that modprobe looks things up in.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli.h"
#include "tools/cmd.h"
#include "tools/depmod/heap.h"
#include "tools/depmod/pool.h"
#include "tools/depmod/run.h"

/* ---- Options ------------------------------------------------------------------------------- */

static void print_help(void)
{
	printf("Usage:\n"
	       "\t%s [options] [kernel-release [module-file ...]]\n"
	       "\n"
	       "Writes the indexes of the modules of a kernel, the running one unless another is\n"
	       "given: of all modules, or of the files given.\n"
	       "\n"
	       "Options:\n"
	       "\t-a, --all              look at all modules, as without files\n"
	       "\t-A, --quick            the same, but only if one is newer than modules.dep\n"
	       "\t-I, --incremental      keep what was learned of each module, and read only those\n"
	       "\t                       that have changed since\n"
	       "\t-e, --errsyms          tell of symbols that are needed and that nothing has; with\n"
	       "\t                       -E, or, less one check, with -F\n"
	       "\t-n, --show, --dry-run  write what is text to standard output, and no file\n"
	       "\t-w, --warn             tell of aliases that a module has twice\n"
	       "\t-P, --symbol-prefix=CHAR\n"
	       "\t                       a character that symbols have in front on this machine\n"
	       "\t-b, --basedir=DIR      the root directory, instead of /\n"
	       "\t-m, --moduledir=DIR    where modules are below it, instead of %s\n"
	       "\t-o, --outdir=DIR       the root directory to write below, if that is another one\n"
	       "\t-C, --config=PATH      a file or directory to read instead of depmod.d; may be\n"
	       "\t                       given several times\n"
	       "\t-E, --symvers=FILE     the symbols of the kernel and their versions:\n"
	       "\t                       Module.symvers\n"
	       "\t-F, --filesyms=FILE    the symbols of the kernel: System.map\n"
	       "\t-j, --jobs=N           use up to N threads, not as many as there are CPUs\n"
	       "\t    --no-sync          do not wait until the files are on the disk\n"
	       "\t-v, --verbose          show more messages, and what makes a module depend on\n"
	       "\t                       another; may be given several times\n"
	       "\t-V, --version          show the version and exit\n"
	       "\t-h, --help             show this help and exit\n",
	       program_invocation_short_name, MODULE_DIRECTORY);
}

static int parse_prefix(struct cli *cli, const char *text, char *ret)
{
	if (strlen(text) != 1) {
		cli_log(cli, LOG_CRIT, "-P only takes a single char");
		return -EINVAL;
	}
	*ret = text[0];
	return 0;
}

static int parse_jobs(struct cli *cli, const char *text, unsigned int *ret)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number == 0) {
		cli_log(cli, LOG_CRIT, "-j takes a number of threads, not '%s'", text);
		return -EINVAL;
	}
	*ret = number < POOL_JOBS_MAX ? (unsigned int)number : POOL_JOBS_MAX;
	return 0;
}

enum { OPTION_NO_SYNC = 0x100 };

/* Returns 1 to go on, 0 when done, a negative errno when used wrongly. */
static int parse_option(struct cli *cli, struct depmod_options *opts, int c)
{
	int r = 0;

	switch (c) {
	case 'a':
		opts->all = true;
		break;
	case 'A':
		opts->quick = true;
		break;
	case 'b':
		opts->base = optarg;
		break;
	case 'C':
		r = cli_paths_add(cli, &opts->configs, optarg);
		break;
	case 'e':
		opts->report_symbols = true;
		break;
	case 'E':
		opts->symvers = optarg;
		break;
	case 'F':
		opts->filesyms = optarg;
		break;
	case 'I':
		opts->incremental = true;
		break;
	case 'j':
		r = parse_jobs(cli, optarg, &opts->jobs);
		break;
	case 'm':
		opts->moduledir = optarg;
		break;
	case 'n':
		opts->show = true;
		break;
	case 'o':
		opts->outdir = optarg;
		break;
	case 'P':
		r = parse_prefix(cli, optarg, &opts->symbol_prefix);
		break;
	case 'w':
		opts->report_repeats = true;
		break;
	case OPTION_NO_SYNC:
		opts->no_sync = true;
		break;
	default:
		return cli_option(cli, c, print_help);
	}
	return r < 0 ? r : 1;
}

/* Takes what is not an option. */
static int parse_operands(struct cli *cli, struct depmod_options *opts, int argc, char *argv[])
{
	unsigned int major, minor;

	if (argc == 0)
		return 1;
	if (sscanf(argv[0], "%u.%u", &major, &minor) != 2) {
		cli_log(cli, LOG_ERR, "Bad version passed %s", argv[0]);
		return -EINVAL;
	}
	opts->release = argv[0];
	opts->files = argv + 1;
	opts->files_count = (size_t)argc - 1;
	return 1;
}

static int parse_argv(struct cli *cli, struct depmod_options *opts, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "quick", no_argument, NULL, 'A' },
		{ "basedir", required_argument, NULL, 'b' },
		{ "config", required_argument, NULL, 'C' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "errsyms", no_argument, NULL, 'e' },
		{ "filesyms", required_argument, NULL, 'F' },
		{ "help", no_argument, NULL, 'h' },
		{ "incremental", no_argument, NULL, 'I' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "moduledir", required_argument, NULL, 'm' },
		{ "no-sync", no_argument, NULL, OPTION_NO_SYNC },
		{ "outdir", required_argument, NULL, 'o' },
		{ "show", no_argument, NULL, 'n' },
		{ "symbol-prefix", required_argument, NULL, 'P' },
		{ "symvers", required_argument, NULL, 'E' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "warn", no_argument, NULL, 'w' },
		{ 0 },
	};
	int c, r;

	cli_options_begin(cli, argv);
	while ((c = getopt_long(argc, argv, "aAb:C:eE:F:hIj:m:no:P:vVw", options, NULL)) >= 0) {
		r = parse_option(cli, opts, c);
		if (r <= 0)
			return r;
	}
	cli->threshold = LOG_WARNING + cli->verbose;
	return parse_operands(cli, opts, argc - optind, argv + optind);
}

/* ---- The command --------------------------------------------------------------------------- */

static int run(struct cli *cli, int argc, char *argv[])
{
	struct depmod_options opts = { .jobs = pool_cpus() };
	int r = parse_argv(cli, &opts, argc, argv);

	if (r > 0) {
		heap_prepare();
		r = depmod_run(cli, &opts);
	}
	free(opts.configs.paths);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct cmd cmd_depmod = {
	.program = "depmod",
	.help = "make the indexes of modules",
	.run = run,
};
