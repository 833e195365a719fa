/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kmod static-nodes: the device nodes that load their module when they are opened, out of the
 * modules.devname of the running kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "libkmod/base/atomic-file.h"
#include "libkmod/base/cleanup.h"
#include "libkmod/base/io.h"
#include "libkmod/base/path.h"
#include "libkmod/base/printable.h"
#include "tools/cli.h"
#include "tools/cmd.h"
#include "tools/devname.h"

/* ---- Formats --------------------------------------------------------------------------- */

static int write_human(FILE *out, const struct devname_node *node)
{
	return fprintf(out,
		       "Module: %s\n"
		       "\tDevice node: /dev/%s\n"
		       "\t\tType: %s device\n"
		       "\t\tMajor: %u\n"
		       "\t\tMinor: %u\n",
		       node->module, node->device, node->type == 'c' ? "character" : "block",
		       node->major, node->minor);
}

/* The '!' has systemd-tmpfiles make the nodes at boot only. */
static int write_tmpfiles(FILE *out, const struct devname_node *node)
{
	const char *const slash = strrchr(node->device, '/');

	if (slash &&
	    fprintf(out, "d /dev/%.*s 0755 - - -\n", (int)(slash - node->device), node->device) < 0)
		return -1;
	return fprintf(out, "%c! /dev/%s 0600 - - - %u:%u\n", node->type, node->device, node->major,
		       node->minor);
}

static int write_devname(FILE *out, const struct devname_node *node)
{
	return fprintf(out, "%s %s %c%u:%u\n", node->module, node->device, node->type, node->major,
		       node->minor);
}

/* The first one is what is used unless another is asked for. */
static const struct format {
	const char *name;
	int (*write)(FILE *out, const struct devname_node *node); /* what fprintf() returns */
	const char *help;
} formats[] = {
	{ "human", write_human, "for reading, not for programs; the default" },
	{ "tmpfiles", write_tmpfiles, "a configuration of systemd-tmpfiles, see tmpfiles.d(5)" },
	{ "devname", write_devname, "as in modules.devname" },
};
static const size_t formats_count = sizeof(formats) / sizeof(formats[0]);

static const struct format *find_format(const char *name)
{
	for (size_t i = 0; i < formats_count; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

/* ---- Options --------------------------------------------------------------------------- */

struct static_nodes_options {
	const struct format *format;
	const char *output; /* borrowed from argv; NULL: standard output */
};

/* Messages of this command are read by people, not by scripts: they come without a prefix. */
__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
{
	_cleanup_free_ char *printable = NULL;
	_cleanup_free_ char *text = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		text = NULL;
	if (text && printable_text(text, (size_t)length, &printable) >= 0)
		(void)fprintf(stderr, "%s\n", printable);
}

static void print_help(void)
{
	printf("Usage:\n"
	       "\t%s static-nodes [options]\n"
	       "\n"
	       "Shows the device nodes that load a module of the running kernel when they are "
	       "opened.\n"
	       "\n"
	       "Options:\n"
	       "\t-f, --format=FORMAT  how to show them: one of the formats below\n"
	       "\t-o, --output=FILE    write to FILE, making its directories\n"
	       "\t-h, --help           show this help and exit\n"
	       "\n"
	       "Formats:\n",
	       program_invocation_short_name);
	for (size_t i = 0; i < formats_count; i++)
		printf("\t%-12s %s\n", formats[i].name, formats[i].help);
}

/* Returns 1 to go on, 0 when done, a negative errno when used wrongly. */
static int parse_argv(struct cli *cli, struct static_nodes_options *opts, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c, r;

	cli_options_begin(cli, argv);
	while ((c = getopt_long(argc, argv, "+f:o:h", options, NULL)) >= 0) {
		switch (c) {
		case 'f':
			opts->format = find_format(optarg);
			if (!opts->format) {
				complain("Unknown format: '%s'.", optarg);
				print_help();
				return -EINVAL;
			}
			break;
		case 'o':
			opts->output = optarg;
			break;
		default:
			r = cli_option(cli, c, print_help);
			if (r <= 0)
				return r;
		}
	}
	return 1;
}

/* ---- The list -------------------------------------------------------------------------- */

/* modules.devname of a kernel takes a few KiB. */
#define LIST_MAX ((size_t)16 << 20)

/* modules.devname as it was read. Zeroed: not yet. */
struct list {
	char *path;
	char *text; /* @size bytes and a NUL; cut into lines as it is converted */
	size_t size;
};

static void list_done(struct list *list)
{
	free(list->path);
	free(list->text);
}

/* Returns 1; 0 when there is none, which is fine; a negative errno. */
static int list_read(struct list *list)
{
	_cleanup_close_ int fd = -1;
	struct utsname kernel;
	int r;

	if (uname(&kernel) < 0) {
		r = -errno;
		complain("Error: uname failed!");
		return r;
	}
	if (asprintf(&list->path, MODULE_DIRECTORY "/%s/modules.devname", kernel.release) < 0) {
		list->path = NULL;
		complain("Error: out-of-memory");
		return -ENOMEM;
	}
	fd = open_file(AT_FDCWD, list->path);
	if (fd == -ENOENT) {
		complain("Warning: %s not found - ignoring", list->path);
		return 0;
	}
	if (fd < 0) {
		complain("Error: could not open %s - %s", list->path, strerror(-fd));
		return fd;
	}
	r = read_all(fd, LIST_MAX, &list->text, &list->size);
	if (r < 0) {
		complain("Error: could not read %s - %s", list->path, strerror(-r));
		return r;
	}
	list->text[list->size] = '\0';
	return 1;
}

/* Writes what @line says. Returns 0; -EBADMSG, and complains, when it says nothing of a node. */
static int convert_line(char *line, const struct format *format, FILE *out)
{
	_cleanup_free_ char *original = strdup(line);
	struct devname_node node;

	/* That a stream in memory cannot grow is told by nothing else, not even by ferror(). */
	if (devname_parse(line, &node))
		return format->write(out, &node) < 0 ? -errno : 0;
	complain("Error: invalid devname entry: %s", original ? original : "");
	return -EBADMSG;
}

/* Goes on to the end of @list, and returns the first thing that went wrong on the way. */
static int convert(const struct list *list, const struct format *format, FILE *out)
{
	char *const end = list->text + list->size;
	int status = 0;

	for (char *line = list->text, *next; line < end; line = next) {
		char *const newline = memchr(line, '\n', (size_t)(end - line));
		int r = 0;

		next = newline ? newline + 1 : end;
		if (newline)
			*newline = '\0';
		if (line[0] != '#')
			r = convert_line(line, format, out);
		if (status == 0 || r == -ENOMEM)
			status = r;
	}
	return status;
}

/* ---- The output file ------------------------------------------------------------------- */

/*
 * Whether a file that is put in the place of @path is like the one that results from writing to
 * @path: then nobody sees a part of it. Not so a device, a link, or what has its own mode or owner.
 */
static bool is_replaceable(const char *path)
{
	const mode_t mask = umask(0);
	struct stat st;

	(void)umask(mask);
	if (lstat(path, &st) < 0)
		return errno == ENOENT && (0666 & ~mask) == 0644;
	return S_ISREG(st.st_mode) && (st.st_mode & 07777) == 0644 && st.st_nlink == 1 &&
	       st.st_uid == geteuid() && st.st_gid == getegid();
}

/* Whether it may be the place of the file that another one cannot be put in. */
static bool is_trouble_of_place(const struct file_set_failure *failure, int error)
{
	if (failure->step != FILE_SET_CREATE && failure->step != FILE_SET_REPLACE)
		return false;
	return is_trouble_of_path(error) || error == -EROFS || error == -EBUSY || error == -EXDEV;
}

/* Returns 0; 1 when it cannot be done so, and nothing was; a negative errno. */
static int replace(const char *path, const char *text, size_t size)
{
	const char *const slash = strrchr(path, '/');
	const char *const name = slash ? slash + 1 : path;
	_cleanup_free_ char *dir = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
	_cleanup_(file_set_freep) struct file_set *set = NULL;
	struct file_set_failure failure;
	int r;

	if (!dir || file_set_open(dir, &name, 1, &set) < 0)
		return 1;
	(void)file_set_lock(set, 0);
	file_set_begin(set);
	r = file_set_write(set, 0, text, size, &failure);
	if (r >= 0)
		r = file_set_publish(set, true, &failure);
	return r < 0 && is_trouble_of_place(&failure, r) ? 1 : r;
}

/* Returns 0; 1 when @path cannot be opened, with the reason in errno; a negative errno. */
static int overwrite(const char *path, const char *text, size_t size)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int r;

	if (fd < 0)
		return 1;
	r = write_full(fd, text, size);
	if (r < 0)
		return r;
	return close(move_fd(&fd)) < 0 ? -errno : 0;
}

static int write_output(const char *path, const char *text, size_t size)
{
	int r = is_replaceable(path) ? replace(path, text, size) : 1;

	if (r > 0)
		r = overwrite(path, text, size);
	if (r > 0) {
		complain("Error: could not create %s - %m", path);
		return -EIO;
	}
	if (r < 0)
		complain("Error: could not write %s - %s", path, strerror(-r));
	return r;
}

/* ---- Running --------------------------------------------------------------------------- */

/* Converts @list into a text, which the caller frees. Returns what convert() does, or -ENOMEM. */
static int convert_to_text(const struct list *list, const struct format *format, char **ret_text,
			   size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *const out = open_memstream(&text, &size);
	int r;

	if (!out)
		return -ENOMEM;
	r = convert(list, format, out);
	/* To close it takes memory as well, and where there is none it still succeeds. */
	if (fclose(out) != 0 || !text)
		return -ENOMEM;
	*ret_text = move_ptr(text);
	*ret_size = size;
	return r;
}

/* Entries that cannot be understood are left out. */
static int convert_to_file(const struct list *list, const struct static_nodes_options *opts)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int status, r;

	r = path_make_parents(opts->output);
	if (r < 0) {
		complain("Error: could not create parent directory for %s - %s.", opts->output,
			 strerror(-r));
		return r;
	}
	status = convert_to_text(list, opts->format, &text, &size);
	if (status == -ENOMEM) {
		complain("Error: out-of-memory");
		return status;
	}
	r = write_output(opts->output, text, size);
	return r < 0 ? r : status;
}

static int run_with(const struct static_nodes_options *opts)
{
	_cleanup_(list_done) struct list list = { 0 };
	const int r = list_read(&list);

	if (r <= 0)
		return r;
	return opts->output ? convert_to_file(&list, opts) : convert(&list, opts->format, stdout);
}

static int run(struct cli *cli, int argc, char *argv[])
{
	struct static_nodes_options opts = { .format = &formats[0] };
	const int r = parse_argv(cli, &opts, argc, argv);

	if (r <= 0)
		return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	return run_with(&opts) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct cmd cmd_static_nodes = {
	.subcommand = "static-nodes",
	.help = "show the device nodes that load modules",
	.run = run,
};
