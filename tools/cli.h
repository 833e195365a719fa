/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all commands share: the options -s -v -V -h, messages, and the end of standard output.
 *
 * A message is "<program>: <PRIORITY>: <text>", on standard error or in the system log. Until the
 * library's context exists everything up to a warning is shown; from then on what the command and
 * its -v options ask for. Messages of the library take the same way.
 */
#ifndef TOOLS_CLI_H
#define TOOLS_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/libkmod.h"

struct cli {
	const char *prog;   /* the name messages start with */
	int threshold;	    /* messages of a higher number are dropped */
	int verbosity;	    /* the threshold once the context exists; each -v adds one */
	int verbose;	    /* how many -v there were */
	bool syslog_wanted; /* -s was given */
	bool syslog_open;
	bool stderr_missing; /* it was not open when the command was started */
	char *const *argv;   /* what options are taken from, by cli_options_begin() */
	int output_error;    /* an errno: why something written to standard output got lost */
	bool is_done;	     /* what was wanted has been done, whatever becomes of the output */
};

/* Fills @cli, and makes sure that no file opened later becomes standard input, output or error. */
void cli_init(struct cli *cli);

/*
 * Ends what cli_init() began, and standard output with it. Returns the exit status: @status, or
 * failure when something written to standard output got lost, which is logged.
 */
int cli_finish(struct cli *cli, int status);

/*
 * To be called when what was wanted has been done, in the kernel: that the report of it got lost does not
 * make it a failure.
 */
void cli_end_report(struct cli *cli);

/*
 * What is shown of many modules goes to a file or a pipe in larger pieces than usual. To be called
 * before anything is written.
 */
void cli_expect_much(void);

/* Flushes standard output; what fails is kept for cli_finish() to tell. */
void cli_flush(struct cli *cli);

/* The shared options, for getopt_long(). */
#define CLI_SHORT_OPTIONS "svVh"
/* clang-format off */
#define CLI_LONG_OPTIONS                       \
	{ "syslog", no_argument, NULL, 's' },  \
	{ "verbose", no_argument, NULL, 'v' }, \
	{ "version", no_argument, NULL, 'V' }, \
	{ "help", no_argument, NULL, 'h' }
/* clang-format on */

/* Prints their lines of a help text. */
void cli_print_options(void);

/*
 * To be called before getopt_long(), which shows arguments as they are: where there are control
 * characters in @argv it is made silent, and cli_option() says what is wrong.
 */
void cli_options_begin(struct cli *cli, char *const argv[]);

/*
 * Acts on @c, an answer of getopt_long() that is none of the command's own options; @help prints
 * the help text. Returns 1 to go on; 0 when the command is done; -EINVAL when it was used wrongly,
 * which the user has been told.
 */
int cli_option(struct cli *cli, int c, void (*help)(void));

/* Paths, as -C is given them, in order. All zero: none. */
struct cli_paths {
	const char **paths; /* borrowed texts, and NULL at the end; NULL: none were given */
	size_t count, room;
};

/* Adds @path. Returns 0 or -ENOMEM, which it has logged. The caller frees @paths->paths. */
int cli_paths_add(struct cli *cli, struct cli_paths *paths, const char *path);

/* To be called when all options are parsed: from here on -s is in force. */
void cli_options_done(struct cli *cli);

/*
 * Makes a context that sends its messages to @cli; the arguments are those of kmod_new(). Returns
 * NULL, and has logged it, when that failed.
 */
struct kmod_ctx *cli_new_context(struct cli *cli, const char *dirname,
				 const char *const *config_paths);

/* Whether a message of @priority is shown. */
bool cli_shows(const struct cli *cli, int priority);

/* With the priority of a message: it is a further line of the one before, without a prefix. */
#define CLI_CONTINUED 0x100

/* Logs a message without newline, made printable as a whole. Leaves errno alone. */
__attribute__((format(printf, 3, 4))) void
cli_log(struct cli *cli, int priority, const char *format, ...);

/* The same, whatever the threshold. */
__attribute__((format(printf, 3, 4))) void
cli_log_always(const struct cli *cli, int priority, const char *format, ...);

/* Logs at the highest priority and ends the process with failure, unless it is not shown. */
__attribute__((format(printf, 2, 3))) void
cli_fatal(struct cli *cli, const char *format, ...);

static inline void kmod_module_list_unref(struct kmod_list *list)
{
	(void)kmod_module_unref_list(list);
}

DEFINE_CLEANUP(struct kmod_ctx *, kmod_unref)
DEFINE_CLEANUP(struct kmod_module *, kmod_module_unref)
DEFINE_CLEANUP(struct kmod_list *, kmod_module_list_unref)

#endif
