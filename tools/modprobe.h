/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of modprobe share.
 */
#ifndef TOOLS_MODPROBE_H
#define TOOLS_MODPROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "libkmod/base/strbuf.h"
#include "libkmod/libkmod.h"
#include "tools/cli.h"

/* Strings are borrowed from the arguments. */
struct modprobe_options {
	/* what to do; of several, the first one in this order; of none, insert a module */
	bool show_config;
	bool show_modversions;
	bool show_exports;
	bool remove;
	bool all; /* to all operands */

	/* how to do it */
	bool show_alias;      /* only show what would be inserted */
	bool dry_run;	      /* only show what would be done */
	bool ignore_loaded;   /* whatever is loaded now */
	bool first_time;      /* to do nothing is to fail */
	bool ignore_commands; /* and the softdeps of what was asked for */
	bool use_blacklist;   /* for names of modules, too */
	bool remove_holders;
	bool force_remove;
	unsigned int force_insert; /* bits of enum kmod_insert */
	unsigned long wait_msec;   /* 0: do not wait */

	const char *root;	   /* NULL: the system's */
	const char *release;	   /* NULL: the running kernel's */
	struct cli_paths configs; /* none: the system's */
	struct strbuf passed_on;  /* options for the modprobes that commands run */

	char **operands; /* NULL-terminated */
};

struct modprobe {
	struct cli *cli;
	struct kmod_ctx *ctx;
	struct modprobe_options opts;
};

/* Whether what is done, or would be, is to be shown. */
bool modprobe_shows_actions(const struct modprobe *m);

/*
 * Says why an operand fails. Where it is the only one this ends the process, unless messages are
 * off: the caller has to fail then.
 */
__attribute__((format(printf, 2, 3))) void
modprobe_fail(const struct modprobe *m, const char *format, ...);

/* What to do with a module that an operand stands for. Returns 0 or a negative errno. */
typedef int modprobe_fn(struct modprobe *m, struct kmod_module *mod, const void *data);

/* Whether the result @r of a lookup is a failure of it, not that there is no such module. */
bool modprobe_lookup_failed(int r);

/*
 * Calls @fn on the modules that @operand stands for: a file, if it begins with '/' or "./",
 * otherwise a name or an alias. With @is_read, of who reads the file himself, a path may lead to
 * anything, and a file of any other path is one, too, if it is no name.
 * Returns what the last call returned; a negative errno, and has logged it, when there is no such
 * module.
 */
int modprobe_each_module(struct modprobe *m, const char *operand, bool is_read, modprobe_fn *fn,
			 const void *data);

/* The modes. They return 0, or a negative errno when any part of it failed, which is logged. */
int modprobe_insert(struct modprobe *m);
int modprobe_remove(struct modprobe *m);
int modprobe_show_config(struct modprobe *m);
int modprobe_show_modversions(struct modprobe *m);
int modprobe_show_exports(struct modprobe *m);

#endif
