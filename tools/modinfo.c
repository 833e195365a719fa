/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modinfo: show what modules say of themselves, and who signed them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libkmod/base/str.h"
#include "libkmod/index.h"
#include "libkmod/module.h"
#include "tools/cli.h"
#include "tools/cmd.h"
#include "tools/modinfo-params.h"
#include "tools/moduledir.h"

/* Where values begin, as wide as most keys and their ':' are. */
#define VALUE_COLUMN 16

struct modinfo_options {
	const char *field;   /* to show only this; NULL: everything */
	bool null_separated; /* records end with NULs, not with newlines */
	bool names_only;     /* the arguments are names of modules, not files or aliases */
	const char *root;    /* NULL: the system's */
	const char *release; /* NULL: the running kernel's */
	char **modules;	     /* borrowed from argv as the strings above, NULL-terminated */
};

/* ---- Options --------------------------------------------------------------------------- */

static void print_help(void)
{
	printf("Usage:\n"
	       "\t%s [options] modulename|filename ...\n"
	       "Options:\n"
	       "\t-a, --author               show only 'author'\n"
	       "\t-d, --description          show only 'description'\n"
	       "\t-l, --license              show only 'license'\n"
	       "\t-p, --parameters           show only 'parm': the parameters\n"
	       "\t-n, --filename             show only 'filename'\n"
	       "\t-F, --field=FIELD          show only FIELD\n"
	       "\t-0, --null                 end records with NUL instead of newline\n"
	       "\t-m, --modname              take arguments for names of modules, never for\n"
	       "\t                           files or aliases\n"
	       "\t-k, --set-version=VERSION  take the modules of the kernel VERSION\n"
	       "\t-b, --basedir=DIR          look below DIR for the directory of modules\n"
	       "\t-V, --version              show the version and exit\n"
	       "\t-h, --help                 show this help and exit\n",
	       program_invocation_short_name);
}

/* Returns 1 to go on, 0 when done, a negative errno when used wrongly. */
static int parse_argv(struct cli *cli, struct modinfo_options *opts, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "author", no_argument, NULL, 'a' },
		{ "description", no_argument, NULL, 'd' },
		{ "license", no_argument, NULL, 'l' },
		{ "parameters", no_argument, NULL, 'p' },
		{ "filename", no_argument, NULL, 'n' },
		{ "field", required_argument, NULL, 'F' },
		{ "null", no_argument, NULL, '0' },
		{ "modname", no_argument, NULL, 'm' },
		{ "set-version", required_argument, NULL, 'k' },
		{ "basedir", required_argument, NULL, 'b' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c, r;

	cli_options_begin(cli, argv);
	while ((c = getopt_long(argc, argv, "adlpnF:0mk:b:Vh", options, NULL)) >= 0) {
		switch (c) {
		case 'a':
			opts->field = "author";
			break;
		case 'd':
			opts->field = "description";
			break;
		case 'l':
			opts->field = "license";
			break;
		case 'p':
			opts->field = "parm";
			break;
		case 'n':
			opts->field = "filename";
			break;
		case 'F':
			opts->field = optarg;
			break;
		case '0':
			opts->null_separated = true;
			break;
		case 'm':
			opts->names_only = true;
			break;
		case 'k':
			opts->release = optarg;
			break;
		case 'b':
			opts->root = optarg;
			break;
		default:
			r = cli_option(cli, c, print_help);
			if (r <= 0)
				return r;
		}
	}
	if (optind >= argc) {
		cli_log(cli, LOG_ERR, "missing module or filename.");
		return -EINVAL;
	}
	opts->modules = argv + optind;
	return 1;
}

/* ---- Records --------------------------------------------------------------------------- */

static void end_record(const struct modinfo_options *opts)
{
	putchar(opts->null_separated ? '\0' : '\n');
}

/* "key:", and the blanks before its value. */
static void put_key(const char *key)
{
	static const char blanks[VALUE_COLUMN] = "               ";

	(void)fputs(key, stdout);
	putchar(':');
	(void)fputs(blanks + strnlen(key, VALUE_COLUMN - 1), stdout);
}

/* What names the module, not what it says: programs that read NULs take these as they are, too. */
static void put_heading(const struct modinfo_options *opts, const char *key, const char *value)
{
	put_key(key);
	(void)fputs(value, stdout);
	end_record(opts);
}

static void put_info(const struct modinfo_options *opts, const char *key, const char *value)
{
	if (opts->null_separated)
		printf("%s=", key);
	else
		put_key(key);
	(void)fputs(value, stdout);
	end_record(opts);
}

static void put_value(const struct modinfo_options *opts, const char *value)
{
	(void)fputs(value, stdout);
	end_record(opts);
}

static void put_param(const struct modinfo_options *opts, const struct param *param)
{
	const int length = (int)param->name_length;

	if (!opts->field)
		put_key("parm");
	printf("%.*s:%s", length, param->name, param->text ? param->text : "");
	if (param->type && (param->text || opts->field))
		printf(" (%s)", param->type);
	else if (param->type)
		(void)fputs(param->type, stdout);
	end_record(opts);
}

/* ---- One module ------------------------------------------------------------------------ */

/* Prints what @info says of parameters, which is in pieces. Returns 0 or -ENOMEM. */
static int show_params(struct cli *cli, const struct modinfo_options *opts,
		       const struct kmod_list *info)
{
	_cleanup_(params_done) struct params params = { 0 };
	const struct kmod_list *entry;

	kmod_list_foreach(entry, info) {
		const char *const key = kmod_module_info_get_key(entry);
		const char *const value = kmod_module_info_get_value(entry);
		const bool is_type = strcmp(key, "parmtype") == 0;
		int r;

		if (!is_type && strcmp(key, "parm") != 0)
			continue;
		r = params_add(&params, value, is_type);
		if (r == -EINVAL)
			cli_log(cli, LOG_ERR, "Found invalid \"%s=%s\": missing ':'", key, value);
		else if (r < 0)
			return r;
	}
	params_merge(&params);
	for (size_t i = 0; i < params.count; i++)
		put_param(opts, &params.params[i]);
	return 0;
}

static void show_field(const struct modinfo_options *opts, const struct kmod_list *info)
{
	const struct kmod_list *entry;

	kmod_list_foreach(entry, info)
		if (strcmp(kmod_module_info_get_key(entry), opts->field) == 0)
			put_value(opts, kmod_module_info_get_value(entry));
}

static void show_all_but_params(const struct modinfo_options *opts, const struct kmod_list *info)
{
	const struct kmod_list *entry;

	kmod_list_foreach(entry, info) {
		const char *const key = kmod_module_info_get_key(entry);

		if (strcmp(key, "parm") != 0 && strcmp(key, "parmtype") != 0)
			put_info(opts, key, kmod_module_info_get_value(entry));
	}
}

static int show_info(struct cli *cli, const struct modinfo_options *opts,
		     const struct kmod_list *info)
{
	const bool is_parm = opts->field && strcmp(opts->field, "parm") == 0;

	if (!opts->field)
		show_all_but_params(opts, info);
	else if (!is_parm)
		show_field(opts, info);
	return !opts->field || is_parm ? show_params(cli, opts, info) : 0;
}

/*
 * Shows what is known without reading anything of the module at @path, or in the kernel image if
 * that is NULL. Returns whether there is more to be shown.
 */
static bool show_headings(const struct modinfo_options *opts, const char *name, const char *path)
{
	const char *const filename = path ? path : "(builtin)";

	if (!opts->field) {
		if (!path)
			put_heading(opts, "name", name);
		put_heading(opts, "filename", filename);
		return true;
	}
	if (strcmp(opts->field, "filename") == 0) {
		put_value(opts, filename);
		return false;
	}
	if (!path && strcmp(opts->field, "name") == 0) {
		put_value(opts, name);
		return false;
	}
	return true;
}

static int show_module(struct cli *cli, const struct modinfo_options *opts,
		       const struct kmod_module *mod)
{
	struct kmod_list *info = NULL;
	const char *path = NULL;
	int shown;
	int r = module_get_path(mod, &path);

	/* The path of one in the kernel image is not known; that it cannot be told was logged. */
	if (r < 0 && r != -ENOENT)
		return r;
	if (!show_headings(opts, kmod_module_get_name(mod), path))
		return 0;
	r = module_get_info(mod, &info);
	/* Kernels before 5.2 brought no information on their built-in modules. */
	if (r == -ENOENT && !path)
		return 0;
	/* Without a signature that cannot be read all else is shown. */
	shown = show_info(cli, opts, info);
	kmod_module_info_free_list(info);
	if (r >= 0)
		r = shown;
	if (r < 0)
		cli_log(cli, LOG_ERR, "could not get modinfo from '%s': %s",
			kmod_module_get_name(mod), strerror(-r));
	return r;
}

/* ---- What the arguments stand for ------------------------------------------------------ */

/*
 * Whether @arg is a file called like a module, which then need not be told apart by a "./". Returns 1
 * or 0, or the negative errno why that cannot be told.
 */
static int is_module_file(const char *arg)
{
	static const char *const suffixes[] = { ".ko", ".ko.gz", ".ko.xz", ".ko.zst" };
	bool is_called = false;
	struct stat st;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		is_called = is_called || str_has_suffix(arg, suffixes[i]);
	if (!is_called)
		return 0;
	if (stat(arg, &st) == 0)
		return S_ISREG(st.st_mode);
	return errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG ? 0 : -errno;
}

/* Says that there is no @what called @name, or, by @error, that it could not be looked for. */
static void log_not_found(struct cli *cli, const char *what, const char *name, int error)
{
	if (error == -ENOMEM || error == -EIO || error == -EMFILE || error == -ENFILE ||
	    error == -EACCES || error == -ELOOP)
		cli_log(cli, LOG_ERR, "%s %s could not be looked for: %s", what, name,
			strerror(-error));
	else
		cli_log(cli, LOG_ERR, "%s %s not found.", what, name);
}

static int show_file(struct cli *cli, const struct modinfo_options *opts, struct kmod_ctx *ctx,
		     const char *path)
{
	_cleanup_(kmod_module_unrefp) struct kmod_module *mod = NULL;
	const int r = module_new_from_file(ctx, path, &mod);

	if (r < 0) {
		log_not_found(cli, "Module file", path, r);
		return r;
	}
	return show_module(cli, opts, mod);
}

static int show_name(struct cli *cli, const struct modinfo_options *opts, struct kmod_ctx *ctx,
		     const char *name)
{
	_cleanup_(kmod_module_unrefp) struct kmod_module *mod = NULL;
	const int r = kmod_module_new_from_name_lookup(ctx, name, &mod);

	if (r < 0 || !mod) {
		log_not_found(cli, "Module name", name, r);
		return r < 0 ? r : -ENOENT;
	}
	return show_module(cli, opts, mod);
}

static int show_alias(struct cli *cli, const struct modinfo_options *opts, struct kmod_ctx *ctx,
		      const char *alias)
{
	_cleanup_(kmod_module_list_unrefp) struct kmod_list *found = NULL;
	const struct kmod_list *entry;
	int status = kmod_module_new_from_lookup(ctx, alias, &found);

	if (status < 0) {
		log_not_found(cli, "Module alias", alias, status);
		return status;
	}
	if (!found) {
		cli_log(cli, LOG_ERR, "Module %s not found.", alias);
		return -ENOENT;
	}
	kmod_list_foreach(entry, found) {
		_cleanup_(kmod_module_unrefp) struct kmod_module *mod =
			kmod_module_get_module(entry);
		const int r = show_module(cli, opts, mod);

		if (r < 0)
			status = r;
	}
	return status;
}

static int show_argument(struct cli *cli, const struct modinfo_options *opts, struct kmod_ctx *ctx,
			 const char *arg)
{
	int r;

	if (opts->names_only)
		return show_name(cli, opts, ctx, arg);
	r = is_module_file(arg);
	if (r < 0) {
		log_not_found(cli, "Module file", arg, r);
		return r;
	}
	return r > 0 ? show_file(cli, opts, ctx, arg) : show_alias(cli, opts, ctx, arg);
}

static int run(struct cli *cli, int argc, char *argv[])
{
	static const char *const no_config[] = { NULL };
	_cleanup_(kmod_unrefp) struct kmod_ctx *ctx = NULL;
	struct modinfo_options opts = { 0 };
	_cleanup_free_ char *dirname = NULL;
	int status = EXIT_SUCCESS;
	int r;

	r = parse_argv(cli, &opts, argc, argv);
	if (r <= 0)
		return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	r = moduledir_path(cli, opts.root, opts.release, &dirname);
	if (r < 0)
		return EXIT_FAILURE;

	/* Not cli_new_context(): there is no -v, and KMOD_LOG says what the library shows. */
	ctx = kmod_new(dirname, no_config);
	if (!ctx) {
		cli_log(cli, LOG_ERR, "kmod_new() failed!");
		return EXIT_FAILURE;
	}
	/* A file that is no signature, but is called like one, shows as nothing at all. */
	if (!secure_getenv("KMOD_LOG"))
		kmod_set_log_priority(ctx, LOG_WARNING);
	index_keep_open(ctx);
	cli_expect_much();
	for (char **arg = opts.modules; *arg; arg++)
		if (show_argument(cli, &opts, ctx, *arg) < 0)
			status = EXIT_FAILURE;
	return status;
}

const struct cmd cmd_modinfo = {
	.program = "modinfo",
	.help = "show what modules say of themselves",
	.run = run,
};
