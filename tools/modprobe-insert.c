/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modprobe without -r: load modules, or show what that would do.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libkmod/module.h"
#include "tools/cli.h"
#include "tools/explain.h"
#include "tools/kmsg.h"
#include "tools/modprobe.h"
#include "tools/params.h"

/*
 * One insertion, with what the library is doing for it: it says so before each action, with its
 * context to remember it by.
 */
struct insertion {
	const struct modprobe *m;
	const struct kmod_module *wanted;
	struct kmod_module *mod; /* of the last action, holds a reference; NULL: there was none */
	bool is_command;	 /* that was an install command, instead of loading it */
	struct kmsg_mark start;
};

static void insertion_done(struct insertion *ins)
{
	(void)kmod_module_unref(ins->mod);
}

static void show_action(const struct kmod_module *mod, bool is_command, const char *options)
{
	const char *const path = kmod_module_get_path(mod);

	if (is_command)
		printf("install %s %s\n", kmod_module_get_install_commands(mod), options);
	else if (path)
		printf("insmod %s %s\n", path, options);
	else if (kmod_module_get_initstate(mod) == KMOD_MODULE_BUILTIN)
		printf("builtin %s\n", kmod_module_get_name(mod));
}

/*
 * To be called when the library has gone on after the last action. The action has succeeded then,
 * unless it was for a softdep, whose failure it passes over: those have to be seen in the kernel.
 */
static void explain_last_action(const struct insertion *ins)
{
	const struct modprobe *const m = ins->m;

	if (!ins->mod || ins->is_command || m->opts.dry_run || m->cli->verbose == 0)
		return;
	if (ins->mod == ins->wanted || kmod_module_get_initstate(ins->mod) == KMOD_MODULE_LIVE)
		explain_insert(m->cli, m->ctx, ins->mod, m->opts.force_insert);
}

static void note_action(struct kmod_module *mod, bool install, const char *options)
{
	struct insertion *const ins = kmod_get_userdata(module_ctx(mod));

	explain_last_action(ins);
	if (modprobe_shows_actions(ins->m))
		show_action(mod, install, options);
	(void)kmod_module_unref(ins->mod);
	ins->mod = kmod_module_ref(mod);
	ins->is_command = install;
	ins->start = kmsg_mark();
}

static unsigned int probe_flags(const struct modprobe_options *opts)
{
	unsigned int flags = KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY;

	if (opts->use_blacklist)
		flags |= KMOD_PROBE_APPLY_BLACKLIST;
	if (opts->dry_run)
		flags |= KMOD_PROBE_DRY_RUN;
	if (opts->ignore_loaded)
		flags |= KMOD_PROBE_IGNORE_LOADED;
	if (opts->ignore_commands)
		flags |= KMOD_PROBE_IGNORE_COMMAND;
	if (opts->first_time)
		flags |= KMOD_PROBE_FAIL_ON_LOADED;
	if (opts->force_insert & KMOD_INSERT_FORCE_VERMAGIC)
		flags |= KMOD_PROBE_FORCE_VERMAGIC;
	if (opts->force_insert & KMOD_INSERT_FORCE_MODVERSION)
		flags |= KMOD_PROBE_FORCE_MODVERSION;
	return flags;
}

static const char *reason(const struct modprobe_options *opts, const struct kmod_module *mod,
			  int error)
{
	switch (error) {
	case EEXIST:
		/* or the kernel has something else by that name */
		return kmod_module_get_initstate(mod) >= 0 ? "Module already in kernel" :
							     strerror(error);
	case ENOENT:
		if (opts->dry_run)
			return strerror(error); /* the kernel has not been asked */
		return "Unknown symbol in module, or unknown parameter (see dmesg)";
	default:
		return strerror(error);
	}
}

/* Says that what was wanted was not inserted. It is the last action that failed. */
static void log_failure(const struct insertion *ins, int error)
{
	const struct failed_insert failed = {
		.ctx = ins->m->ctx,
		.mod = ins->mod,
		.flags = ins->m->opts.force_insert,
		.error = error,
		.start = ins->start,
	};

	const struct kmod_module *const mod = ins->mod ? ins->mod : ins->wanted;

	cli_log(ins->m->cli, LOG_ERR, "could not insert '%s': %s",
		kmod_module_get_name(ins->wanted), reason(&ins->m->opts, mod, -error));
	if (ins->mod && !ins->is_command)
		explain_failed_insert(ins->m->cli, &failed);
}

/* Loads @mod with the parameters @data, which may be NULL. */
static int insert_module(struct modprobe *m, struct kmod_module *mod, const void *data)
{
	_cleanup_(insertion_done) struct insertion ins = { .m = m, .wanted = mod };
	int r;

	kmod_set_userdata(m->ctx, &ins);
	r = kmod_module_probe_insert_module(mod, probe_flags(&m->opts), data, NULL, NULL,
					    note_action);
	kmod_set_userdata(m->ctx, NULL);
	if (r < 0) {
		log_failure(&ins, r);
		return r;
	}
	explain_last_action(&ins);
	return 0; /* what is blacklisted is none of the user's concern */
}

static int show_name(struct modprobe *m, struct kmod_module *mod, const void *data)
{
	(void)m;
	(void)data;
	puts(kmod_module_get_name(mod));
	return 0;
}

static int insert_operand(struct modprobe *m, const char *operand, const char *params)
{
	return modprobe_each_module(m, operand, false,
				    m->opts.show_alias ? show_name : insert_module, params);
}

int modprobe_insert(struct modprobe *m)
{
	char **operand = m->opts.operands;
	_cleanup_free_ char *params = NULL;
	int status = 0;

	if (!m->opts.all) {
		params = params_join(operand + 1);
		if (params)
			return insert_operand(m, *operand, params);
		cli_log(m->cli, LOG_ERR, "out-of-memory");
		return -ENOMEM;
	}
	for (; *operand; operand++) {
		const int r = insert_operand(m, *operand, NULL);

		if (r < 0)
			status = r;
	}
	return status;
}
