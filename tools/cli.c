/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options, the messages and the standard descriptors of all commands.
 */
#include "tools/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libkmod/base/array.h"
#include "libkmod/base/printable.h"

/*
 * The kernel starts modprobe with no descriptor open at all. A closed one is filled with something
 * that refuses what it is for, so that output to it is still found to be lost.
 */
static void fill_standard_descriptors(struct cli *cli)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (fd == STDERR_FILENO)
			cli->stderr_missing = true;
		/* gets the lowest free number, @fd; stays open in children, hence no O_CLOEXEC */
		if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			(void)open("/", O_RDONLY | O_DIRECTORY);
	}
}

void cli_init(struct cli *cli)
{
	*cli = (struct cli){
		.prog = program_invocation_short_name,
		.threshold = LOG_WARNING,
		.verbosity = LOG_ERR,
	};
	fill_standard_descriptors(cli);
}

void cli_expect_much(void)
{
	static char buffer[1 << 16];

	if (!isatty(STDOUT_FILENO))
		(void)setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
}

void cli_flush(struct cli *cli)
{
	if (fflush(stdout) != 0 && cli->output_error == 0)
		cli->output_error = errno;
}

void cli_end_report(struct cli *cli)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		__fpurge(stdout);
		clearerr(stdout);
	}
	cli->output_error = 0;
	cli->is_done = true;
}

int cli_finish(struct cli *cli, int status)
{
	const bool failed_before = ferror(stdout);

	cli_flush(cli);
	/* a network file system may keep the bad news until the descriptor is closed */
	if (!cli->is_done && close(STDOUT_FILENO) < 0 && errno != EBADF && cli->output_error == 0)
		cli->output_error = errno;
	/* of what the stream itself has written in between nobody has kept the reason */
	if (cli->output_error != 0)
		cli_log(cli, LOG_ERR, "could not write to standard output: %s",
			strerror(cli->output_error));
	else if (failed_before)
		cli_log(cli, LOG_ERR, "could not write to standard output");
	if (failed_before || cli->output_error != 0)
		status = EXIT_FAILURE;
	if (cli->syslog_open)
		closelog();
	return status;
}

static void print_version(void)
{
	static const struct {
		const char *name;
		bool enabled;
	} features[] = {
		/* clang-format off */
		{ "ZSTD", ENABLE_ZSTD },
		{ "XZ", ENABLE_XZ },
		{ "ZLIB", ENABLE_ZLIB },
		{ "OPENSSL", ENABLE_OPENSSL },
		{ "MBEDTLS", false },
		/* clang-format on */
	};

	printf("kmod version %s\n", PACKAGE_VERSION);
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		printf("%s%c%s", i > 0 ? " " : "", features[i].enabled ? '+' : '-',
		       features[i].name);
	putchar('\n');
}

void cli_print_options(void)
{
	printf("\t-s, --syslog      send messages to the system log, not to stderr\n"
	       "\t-v, --verbose     show more messages; may be given several times\n"
	       "\t-V, --version     show the version and exit\n"
	       "\t-h, --help        show this help and exit\n");
}

static bool is_printable(const char *text)
{
	_cleanup_free_ char *printable = NULL;

	return printable_text(text, strlen(text), &printable) >= 0 && strcmp(text, printable) == 0;
}

void cli_options_begin(struct cli *cli, char *const argv[])
{
	cli->argv = argv;
	opterr = 1;
	for (; *argv; argv++)
		if (!is_printable(*argv))
			opterr = 0;
}

/* What getopt_long() has kept to itself. A long option that it does not know has no letter. */
static void tell_of_bad_option(const struct cli *cli)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	const char *const text = optopt > 0 && optopt <= UCHAR_MAX ? letter : cli->argv[optind - 1];
	_cleanup_free_ char *printable = NULL;

	(void)printable_text(text, strlen(text), &printable);
	(void)fprintf(stderr, "%s: an option is unknown or used wrongly: '%s'\n", cli->prog,
		      printable ? printable : "");
}

int cli_option(struct cli *cli, int c, void (*help)(void))
{
	switch (c) {
	case 's':
		cli->syslog_wanted = true;
		return 1;
	case 'v':
		cli->verbosity++;
		cli->verbose++;
		return 1;
	case 'V':
		print_version();
		return 0;
	case 'h':
		help();
		return 0;
	default:
		if (!opterr)
			tell_of_bad_option(cli);
		return -EINVAL;
	}
}

int cli_paths_add(struct cli *cli, struct cli_paths *paths, const char *path)
{
	const char **const grown =
		array_reserve(paths->paths, &paths->room, paths->count + 2, sizeof(*grown));

	if (!grown) {
		cli_log(cli, LOG_ERR, "out-of-memory");
		return -ENOMEM;
	}
	paths->paths = grown;
	paths->paths[paths->count++] = path;
	paths->paths[paths->count] = NULL;
	return 0;
}

void cli_options_done(struct cli *cli)
{
	if (!cli->syslog_wanted)
		return;
	openlog(cli->prog, LOG_CONS, LOG_DAEMON);
	cli->syslog_open = true;
}

static void write_message(const struct cli *cli, int priority, const char *text)
{
	static const char *const names[] = {
		/* clang-format off */
		[LOG_CRIT] = "FATAL",
		[LOG_ERR] = "ERROR",
		[LOG_WARNING] = "WARNING",
		[LOG_NOTICE] = "NOTICE",
		[LOG_INFO] = "INFO",
		[LOG_DEBUG] = "DEBUG",
		/* clang-format on */
	};
	char number[32];
	const char *name = number;

	if (priority & CLI_CONTINUED) {
		if (cli->syslog_open)
			syslog(priority & ~CLI_CONTINUED, "%s", text);
		else
			(void)fprintf(stderr, "%s\n", text);
		return;
	}
	if (priority >= LOG_CRIT && priority <= LOG_DEBUG)
		name = names[priority];
	else
		(void)snprintf(number, sizeof(number), "LOG-%03d", priority);

	if (cli->syslog_open)
		syslog(priority, "%s: %s", name, text);
	else
		(void)fprintf(stderr, "%s: %s: %s\n", cli->prog, name, text);
}

/* The first thing to look at errno must be vasprintf(): @format may hold %m. */
__attribute__((format(printf, 3, 0))) static void
log_message(const struct cli *cli, int priority, const char *format, va_list args)
{
	const int saved_errno = errno;
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *printable = NULL;
	int length;

	length = vasprintf(&text, format, args);
	if (length < 0)
		text = NULL;
	else if (length > 0 && text[length - 1] == '\n')
		length--;
	if (!text || printable_text(text, (size_t)length, &printable) < 0)
		write_message(cli, priority, "a message is lost: out of memory");
	else
		write_message(cli, priority, printable);
	errno = saved_errno;
}

bool cli_shows(const struct cli *cli, int priority)
{
	return (priority & ~CLI_CONTINUED) <= cli->threshold;
}

void cli_log(struct cli *cli, int priority, const char *format, ...)
{
	va_list args;

	if (!cli_shows(cli, priority))
		return;
	va_start(args, format);
	log_message(cli, priority, format, args);
	va_end(args);
}

void cli_log_always(const struct cli *cli, int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_message(cli, priority, format, args);
	va_end(args);
}

void cli_fatal(struct cli *cli, const char *format, ...)
{
	va_list args;

	if (!cli_shows(cli, LOG_CRIT))
		return;
	va_start(args, format);
	log_message(cli, LOG_CRIT, format, args);
	va_end(args);
	exit(EXIT_FAILURE);
}

/* What the library calls; where in its source a message comes from is not for users. */
__attribute__((format(printf, 6, 0))) static void
log_library(void *data, int priority, const char *file, int line, const char *fn,
	    const char *format, va_list args)
{
	(void)file;
	(void)line;
	(void)fn;
	if (cli_shows(data, priority))
		log_message(data, priority, format, args);
}

struct kmod_ctx *cli_new_context(struct cli *cli, const char *dirname,
				 const char *const *config_paths)
{
	struct kmod_ctx *ctx = kmod_new(dirname, config_paths);

	if (!ctx) {
		cli_log(cli, LOG_ERR, "kmod_new() failed!");
		return NULL;
	}
	cli->threshold = cli->verbosity;
	kmod_set_log_priority(ctx, cli->verbosity);
	kmod_set_log_fn(ctx, log_library, cli);
	return ctx;
}
