/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modprobe -r: remove modules, with what was loaded along with them and is no longer needed.
 *
 * One procedure, remove_module(), does it for what was asked for, and with less to say for softdeps
 * and holders. Dependencies have a simpler way: they go if nobody uses them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "libkmod/command.h"
#include "tools/cli.h"
#include "tools/modprobe.h"

/* Softdeps that lead to softdeps that lead to softdeps: nobody means more than this. */
#define MODULES_MAX 1000

#define PARAMETERS_VARIABLE "$CMDLINE_OPTS"

/* The actions are seen as they happen, also by somebody at the other end of a pipe. */
__attribute__((format(printf, 2, 3))) static void
show_action(const struct modprobe *m, const char *format, ...)
{
	va_list args;

	if (!modprobe_shows_actions(m))
		return;
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	cli_flush(m->cli);
}

/* ---- By a command ---------------------------------------------------------------------- */

/* @command without the places for parameters, of which a removal has none. NULL: no memory. */
static char *without_parameters(const char *command)
{
	char *const text = strdup(command);
	char *to = text;
	const char *next;

	if (!text)
		return NULL;
	while ((next = strstr(command, PARAMETERS_VARIABLE))) {
		to = mempcpy(to, command, (size_t)(next - command));
		command = next + strlen(PARAMETERS_VARIABLE);
	}
	strcpy(to, command);
	return text;
}

static int remove_by_command(const struct modprobe *m, const struct kmod_module *mod,
			     const char *configured)
{
	_cleanup_free_ char *command = without_parameters(configured);
	const char *const name = kmod_module_get_name(mod);
	int status = 0;
	int r;

	if (!command) {
		cli_log(m->cli, LOG_ERR, "out-of-memory");
		return -ENOMEM;
	}
	show_action(m, "remove %s\n", command);
	if (m->opts.dry_run)
		return 0;
	r = command_run(command, name, &status);
	/* One that dies of a signal counts as done, as ever. */
	if (r >= 0 && !(WIFEXITED(status) && WEXITSTATUS(status) != 0))
		return 0;
	if (r == -ELOOP)
		modprobe_fail(m,
			      "The remove command of %s runs itself again and again; in it, "
			      "'modprobe --ignore-remove -r' removes the module",
			      name);
	else
		modprobe_fail(m, "Error running remove command for %s", name);
	return r < 0 ? r : -EINVAL;
}

/* ---- By the kernel --------------------------------------------------------------------- */

static void add_msec(struct timespec *time, unsigned long msec)
{
	time->tv_sec += (time_t)(msec / 1000);
	time->tv_nsec += (long)(msec % 1000) * 1000000;
	if (time->tv_nsec >= 1000000000) {
		time->tv_sec++;
		time->tv_nsec -= 1000000000;
	}
}

/* Sleeps until @until on the monotonic clock. Returns 0; a negative errno, which it has logged. */
static int sleep_until(const struct modprobe *m, const struct timespec *until)
{
	int error;

	do {
		error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, until, NULL);
	} while (error == EINTR);
	if (error != 0)
		cli_log(m->cli, LOG_ERR, "Failed to sleep: %s", strerror(error));
	return -error;
}

/* Tries again and again, at growing distances, until the time is over. */
static int delete_with_patience(const struct modprobe *m, struct kmod_module *mod,
				unsigned int flags)
{
	unsigned long left = m->opts.wait_msec;
	unsigned long pause = 2;
	struct timespec next;
	int r;

	(void)clock_gettime(CLOCK_MONOTONIC, &next);
	while ((r = kmod_module_remove_module(mod, flags | KMOD_REMOVE_NOLOG)) == -EAGAIN &&
	       left > 0) {
		if (pause > left)
			pause = left;
		left -= pause;
		add_msec(&next, pause);
		pause *= 2;
		r = sleep_until(m, &next);
		if (r < 0)
			return r;
	}
	if (r < 0)
		cli_log(m->cli, LOG_ERR, "could not remove '%s': %s", kmod_module_get_name(mod),
			strerror(-r));
	return r;
}

/* Has the kernel remove @mod, or only shows that. */
static int remove_by_kernel(const struct modprobe *m, struct kmod_module *mod)
{
	const char *const name = kmod_module_get_name(mod);
	const unsigned int flags = m->opts.force_remove ? KMOD_REMOVE_FORCE : 0;
	int r;

	show_action(m, "rmmod %s\n", name);
	if (m->opts.dry_run)
		return 0;
	r = m->opts.wait_msec > 0 ? delete_with_patience(m, mod, flags) :
				    kmod_module_remove_module(mod, flags);
	if (r != -EEXIST)
		return r;
	/* Somebody else was faster. */
	if (!m->opts.first_time)
		return 0;
	modprobe_fail(m, "Module %s is not in kernel.", name);
	return r;
}

/* ---- One module ------------------------------------------------------------------------ */

/* Why a module is removed, which makes some difference. */
enum occasion {
	ASKED_FOR,
	SOFTDEP_OR_HOLDER,
};

/* A removal that has begun: what belongs to its module comes before and after it. */
struct ongoing {
	const struct kmod_module *mod;
	const struct ongoing *outer; /* what it belongs to; NULL: it was asked for */
};

/* What was asked for, with all that goes along with it. */
struct removal {
	const struct modprobe *m;
	const struct kmod_module *asked_for;
	const struct ongoing *innermost;
	unsigned int modules; /* gone into so far */
};

static int remove_module(struct removal *removal, struct kmod_module *mod, enum occasion occasion);

static bool is_ongoing(const struct removal *removal, const struct kmod_module *mod)
{
	for (const struct ongoing *one = removal->innermost; one; one = one->outer)
		if (one->mod == mod)
			return true;
	return false;
}

/* Whether there is nothing to remove. Returns 0 when there is, 1, or a negative errno. */
static int nothing_to_do(const struct modprobe *m, const struct kmod_module *mod,
			 enum occasion occasion)
{
	const char *const name = kmod_module_get_name(mod);
	const int state = kmod_module_get_initstate(mod);

	if (state < 0 && state != -ENOENT) {
		modprobe_fail(m, "Could not tell whether module %s is in kernel: %s", name,
			      strerror(-state));
		return state;
	}
	if (state < 0) {
		if (!m->opts.first_time)
			return 1;
		modprobe_fail(m, "Module %s is not in kernel.", name);
		return -ENOENT;
	}
	if (state == KMOD_MODULE_BUILTIN) {
		if (occasion == SOFTDEP_OR_HOLDER)
			return 1;
		modprobe_fail(m, "Module %s is builtin.", name);
		return -ENOENT;
	}
	return 0;
}

/* Removes the modules in @softdeps, the last one first. It does not matter if that fails. */
static void remove_softdeps(struct removal *removal, struct kmod_list *softdeps)
{
	const struct kmod_list *entry;

	kmod_list_foreach_reverse(entry, softdeps) {
		_cleanup_(kmod_module_unrefp) struct kmod_module *mod =
			kmod_module_get_module(entry);

		(void)remove_module(removal, mod, SOFTDEP_OR_HOLDER);
	}
}

/* Removes the modules that use @mod, the last one first; not those that use them. */
static int remove_holders(struct removal *removal, const struct kmod_module *mod)
{
	_cleanup_(kmod_module_list_unrefp) struct kmod_list *holders = kmod_module_get_holders(mod);
	const struct kmod_list *entry;

	kmod_list_foreach_reverse(entry, holders) {
		_cleanup_(kmod_module_unrefp) struct kmod_module *holder =
			kmod_module_get_module(entry);
		const int r = remove_module(removal, holder, SOFTDEP_OR_HOLDER);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Removes those dependencies of @mod that nobody uses, with nothing else that belongs to them. */
static void remove_dependencies(const struct modprobe *m, const struct kmod_module *mod)
{
	_cleanup_(kmod_module_list_unrefp) struct kmod_list *deps =
		kmod_module_get_dependencies(mod);
	const struct kmod_list *entry;

	kmod_list_foreach(entry, deps) {
		_cleanup_(kmod_module_unrefp) struct kmod_module *dep =
			kmod_module_get_module(entry);

		const int users = kmod_module_get_refcnt(dep);

		if (users == 0)
			(void)remove_by_kernel(m, dep);
		else if (users < 0 && users != -ENOENT)
			cli_log(m->cli, LOG_WARNING, "could not tell whether %s is in use: %s",
				kmod_module_get_name(dep), strerror(-users));
	}
}

/* @mod alone, by the kernel, unless it is in use. */
static int remove_unless_used(const struct modprobe *m, struct kmod_module *mod)
{
	if (!m->opts.ignore_loaded) {
		const int users = kmod_module_get_refcnt(mod);

		if (users > 0 && m->opts.wait_msec == 0) {
			modprobe_fail(m, "Module %s is in use.", kmod_module_get_name(mod));
			return -EBUSY;
		}
		if (users == -ENOENT)
			return 0; /* gone meanwhile, or of a kernel that keeps all its modules */
	}
	return remove_by_kernel(m, mod);
}

/* Removes all of @post, then @mod, by @command if it has one, then all of @pre. */
static int remove_in_order(struct removal *removal, struct kmod_module *mod, enum occasion occasion,
			   struct kmod_list *pre, const char *command, struct kmod_list *post)
{
	const struct modprobe *const m = removal->m;
	int r;

	remove_softdeps(removal, post);
	if (m->opts.remove_holders && occasion == ASKED_FOR) {
		r = remove_holders(removal, mod);
		if (r < 0)
			return r;
	}
	r = command ? remove_by_command(m, mod, command) : remove_unless_used(m, mod);
	if (r < 0)
		return r;
	if (!command)
		remove_dependencies(m, mod);
	remove_softdeps(removal, pre);
	return 0;
}

/*
 * Softdeps may lead back to a module that is being removed, which is not begun with once more; and
 * to the same one on more ways than anybody could wait for.
 */
static int remove_module(struct removal *removal, struct kmod_module *mod, enum occasion occasion)
{
	const struct modprobe *const m = removal->m;
	struct ongoing one = { .mod = mod, .outer = removal->innermost };
	_cleanup_(kmod_module_list_unrefp) struct kmod_list *pre = NULL;
	_cleanup_(kmod_module_list_unrefp) struct kmod_list *post = NULL;
	const char *command = NULL;
	int r;

	if (removal->modules > MODULES_MAX || is_ongoing(removal, mod))
		return 0;
	if (!m->opts.ignore_commands) {
		r = kmod_module_get_softdeps(mod, &pre, &post);
		if (r < 0)
			cli_log(m->cli, LOG_WARNING, "could not get softdeps of '%s': %s",
				kmod_module_get_name(mod), strerror(-r));
		command = kmod_module_get_remove_commands(mod);
	}
	if (!command && !m->opts.ignore_loaded) {
		r = nothing_to_do(m, mod, occasion);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	if (++removal->modules > MODULES_MAX) {
		modprobe_fail(m, "Softdeps of %s lead through more than %d modules",
			      kmod_module_get_name(removal->asked_for), MODULES_MAX);
		return -ELOOP;
	}

	removal->innermost = &one;
	r = remove_in_order(removal, mod, occasion, pre, command, post);
	removal->innermost = one.outer;
	return r;
}

/* ---- All of them ----------------------------------------------------------------------- */

static int remove_asked_for(const struct modprobe *m, struct kmod_module *mod)
{
	struct removal removal = { .m = m, .asked_for = mod };
	const int r = remove_module(&removal, mod, ASKED_FOR);

	return removal.modules > MODULES_MAX ? -ELOOP : r;
}

static int remove_operand(const struct modprobe *m, const char *operand)
{
	_cleanup_(kmod_module_list_unrefp) struct kmod_list *found = NULL;
	const struct kmod_list *entry;
	int r = kmod_module_new_from_lookup(m->ctx, operand, &found);

	if (modprobe_lookup_failed(r))
		modprobe_fail(m, "Could not look up module %s: %s", operand, strerror(-r));
	if (r < 0)
		return r;
	if (!found) {
		modprobe_fail(m, "Module %s not found.", operand);
		return -ENOENT;
	}
	kmod_list_foreach(entry, found) {
		_cleanup_(kmod_module_unrefp) struct kmod_module *mod =
			kmod_module_get_module(entry);

		r = remove_asked_for(m, mod);
		if (r < 0)
			return r;
	}
	return 0;
}

int modprobe_remove(struct modprobe *m)
{
	int status = 0;

	for (char **operand = m->opts.operands; *operand; operand++) {
		const int r = remove_operand(m, *operand);

		if (r < 0)
			status = r;
	}
	return status;
}
