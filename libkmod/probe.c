/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loading a module with all it needs: order of dependencies and softdeps, blacklist, install
 * commands.
 *
 * The work list is made first and carried out then. Around every module stand the modules of its
 * softdeps, each with its own dependencies; a module whose softdeps and dependencies have been
 * gone into is not gone into again, which is all there is against loops.
 */
#include <errno.h>
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libkmod/base/array.h"
#include "libkmod/base/cleanup.h"
#include "libkmod/base/io.h"
#include "libkmod/command.h"
#include "libkmod/context.h"
#include "libkmod/module.h"

/* Softdeps that lead to softdeps that lead to softdeps: nobody means more than this. */
#define DEPTH_MAX 1000

#define OPTIONS_VARIABLE "$CMDLINE_OPTS"

typedef int (*run_install_t)(struct kmod_module *mod, const char *command, void *data);
typedef void (*print_action_t)(struct kmod_module *mod, bool install, const char *options);

/*
 * What a probe knows of a module. It is not kept in the module: a callback, also one that takes a
 * message, may start a probe of its own.
 */
struct mark {
	struct kmod_module *mod; /* holds a reference */
	bool visited;
	bool required;	   /* its failure is the failure of all */
	bool settled;	   /* all of its softdeps have been visited */
	bool has_softdeps; /* set where @settled is */
};

struct step {
	const struct mark *mark; /* of the module */
	bool ignore_command;
};

struct probe {
	struct kmod_module *mod; /* what was asked for */
	unsigned int flags;	 /* enum kmod_probe */
	const char *extra_options;
	run_install_t run_install;
	void *data;
	print_action_t print_action;
	int lacks;   /* 0; why a dry run shows less than is needed */
	void *marks; /* a tsearch(3) tree of struct mark, by module */
	struct step *steps;
	size_t steps_count, steps_room;
};

static void mark_free(void *data)
{
	struct mark *const mark = data;

	(void)kmod_module_unref(mark->mod);
	free(mark);
}

static void probe_done(struct probe *probe)
{
	tdestroy(probe->marks, mark_free);
	free(probe->steps);
}

static bool in_kernel(const struct kmod_module *mod)
{
	const int state = kmod_module_get_initstate(mod);

	return state == KMOD_MODULE_LIVE || state == KMOD_MODULE_BUILTIN;
}

/*
 * Whether it is true that a module is there already, as -EEXIST says. The kernel says so too when
 * its name is taken by something else, and of a module that somebody else was loading and that has
 * failed since. Where the state cannot be read, or there is no /sys to ask, the kernel is believed.
 */
static bool in_or_entering_kernel(const struct kmod_module *mod)
{
	const int state = kmod_module_get_initstate(mod);

	if (state == -ENOENT)
		return !sysfs_is_there();
	return state != KMOD_MODULE_GOING;
}

/* ---- The work list --------------------------------------------------------------------- */

static int compare_marks(const void *a, const void *b)
{
	const uintptr_t x = (uintptr_t)((const struct mark *)a)->mod;
	const uintptr_t y = (uintptr_t)((const struct mark *)b)->mod;

	return (x > y) - (x < y);
}

/* What @probe knows of @mod; NULL when memory runs out. It stays where it is. */
static struct mark *mark_of(struct probe *probe, struct kmod_module *mod)
{
	const struct mark wanted = { .mod = mod };
	void *const *const node = tfind(&wanted, &probe->marks, compare_marks);
	struct mark *mark;

	if (node)
		return *node;
	mark = calloc(1, sizeof(*mark));
	if (!mark)
		return NULL;
	mark->mod = kmod_module_ref(mod);
	if (!tsearch(mark, &probe->marks, compare_marks)) {
		mark_free(mark);
		return NULL;
	}
	return mark;
}

static int visit(struct probe *probe, struct kmod_module *mod, unsigned int depth);

static int append(struct probe *probe, const struct mark *mark, bool ignore_command)
{
	struct step *const grown = array_reserve(probe->steps, &probe->steps_room,
						 probe->steps_count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	probe->steps = grown;
	probe->steps[probe->steps_count++] = (struct step){
		.mark = mark,
		.ignore_command = ignore_command,
	};
	return 0;
}

static int visit_list(struct probe *probe, const struct kmod_list *list, unsigned int depth)
{
	const struct kmod_list *node;
	int r = 0;

	kmod_list_foreach (node, list) {
		r = visit(probe, module_of(node), depth + 1);
		if (r < 0)
			break;
	}
	return r;
}

/*
 * A module between its softdeps. Those that have all been visited are not asked for again: where
 * many modules need each other that would take the cube of their number.
 */
static int expand(struct probe *probe, struct mark *mark, unsigned int depth)
{
	_cleanup_(module_list_freep) struct kmod_list *pre = NULL;
	_cleanup_(module_list_freep) struct kmod_list *post = NULL;
	int r;

	if (mark->settled)
		return append(probe, mark, mark->has_softdeps);
	r = kmod_module_get_softdeps(mark->mod, &pre, &post);
	if (r >= 0)
		r = visit_list(probe, pre, depth);
	if (r >= 0)
		r = append(probe, mark, pre || post);
	if (r >= 0)
		r = visit_list(probe, post, depth);
	if (r >= 0) {
		mark->settled = true;
		mark->has_softdeps = pre || post;
	}
	return r;
}

/*
 * Whether to go on without dependencies, as there is @error. Where a file is not there, not the right one
 * or not for this user, it is the kernel that complains; where it is not asked, the result in the end
 * tells.
 */
static bool may_go_without(struct probe *probe, unsigned int depth, int error)
{
	if (error != -EEXIST && !is_trouble_of_path(error))
		return false;
	if (depth == 0 && probe->flags & KMOD_PROBE_DRY_RUN)
		probe->lacks = error;
	return true;
}

static int visit(struct probe *probe, struct kmod_module *mod, unsigned int depth)
{
	_cleanup_(module_list_freep) struct kmod_list *deps = NULL;
	const struct kmod_list *node;
	struct mark *const mark = mark_of(probe, mod);
	int r;

	if (!mark)
		return -ENOMEM;
	if (mark->visited)
		return 0;
	mark->visited = true;
	mark->required |= depth == 0;
	if (depth > DEPTH_MAX) {
		log_err(module_ctx(mod), "softdeps of '%s' lead through more than %d modules\n",
			kmod_module_get_name(probe->mod), DEPTH_MAX);
		return -ELOOP;
	}

	r = module_get_dependencies(mod, &deps);
	if (r < 0 && !may_go_without(probe, depth, r))
		return r;
	kmod_list_foreach (node, deps) {
		struct mark *const dep = mark_of(probe, module_of(node));

		if (!dep)
			return -ENOMEM;
		dep->required |= depth == 0;
		r = expand(probe, dep, depth);
		if (r < 0)
			return r;
	}
	if (depth == 0 && probe->flags & KMOD_PROBE_IGNORE_COMMAND)
		return append(probe, mark, true);
	return expand(probe, mark, depth);
}

/* Takes blacklisted modules out of the list. Returns how many are left. */
static size_t drop_blacklisted(struct probe *probe)
{
	struct step *const steps = probe->steps;
	size_t left = 0;

	for (size_t i = 0; i < probe->steps_count; i++)
		if (!module_is_blacklisted(steps[i].mark->mod))
			steps[left++] = steps[i];
	probe->steps_count = left;
	return left;
}

/* ---- Carrying it out ------------------------------------------------------------------- */

/* For programs that run commands themselves, and may have another way than an argument of the shell. */
#define COMMAND_MAX ((size_t)16 << 20)

/* What one argument of a program may be long, its NUL included: MAX_ARG_STRLEN of the kernel. */
static size_t argument_max(void)
{
	return 32 * (size_t)sysconf(_SC_PAGESIZE);
}

/* Takes @size bytes from *@room. False: there are not as many. */
static bool take(size_t *room, size_t size)
{
	if (size > *room)
		return false;
	*room -= size;
	return true;
}

/*
 * @command with every $CMDLINE_OPTS in it replaced, in one pass; the caller frees it.
 * Returns 0; -E2BIG when it takes more than @max bytes, its NUL included; -ENOMEM.
 */
static int substitute_options(const char *command, const char *options, size_t max, char **ret)
{
	const size_t variable = strlen(OPTIONS_VARIABLE);
	const size_t length = strlen(options);
	const char *from, *next;
	size_t room = max;
	char *text, *to;

	for (from = command; (next = strstr(from, OPTIONS_VARIABLE)); from = next + variable)
		if (!take(&room, (size_t)(next - from)) || !take(&room, length))
			return -E2BIG;
	if (!take(&room, strlen(from) + 1))
		return -E2BIG;
	text = malloc(max - room);
	if (!text)
		return -ENOMEM;
	to = text;
	for (from = command; (next = strstr(from, OPTIONS_VARIABLE)); from = next + variable) {
		to = mempcpy(to, from, (size_t)(next - from));
		to = mempcpy(to, options, length);
	}
	strcpy(to, from);
	*ret = text;
	return 0;
}

/* Runs @command with the shell. A command that dies of a signal counts as done, as ever. */
static int run_in_shell(struct kmod_module *mod, const char *command)
{
	struct kmod_ctx *const ctx = module_ctx(mod);
	const char *const name = kmod_module_get_name(mod);
	int status = 0;
	const int r = command_run(command, name, &status);

	if (r == -ELOOP) {
		log_err(ctx,
			"The install command of module %s runs itself again and again; in it, "
			"'modprobe --ignore-install' loads the module\n",
			name);
		return r;
	}
	if (r < 0) {
		log_err(ctx, "Could not run install command '%s' for module %s: %s\n", command,
			name, strerror(-r));
		return r == -ENOMEM ? r : -EINVAL;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
		log_err(ctx, "Error running install command '%s' for module %s: retcode %d\n",
			command, name, WEXITSTATUS(status));
		return -EINVAL;
	}
	return 0;
}

static int run_command(const struct probe *probe, struct kmod_module *mod, const char *command,
		       const char *options)
{
	const size_t max = probe->run_install ? COMMAND_MAX : argument_max();
	_cleanup_free_ char *text = NULL;
	const int r = substitute_options(command, options ? options : "", max, &text);

	if (r == -E2BIG)
		log_err(module_ctx(mod),
			"The install command of module %s is too long, its options filled in\n",
			kmod_module_get_name(mod));
	if (r < 0)
		return r;
	if (probe->run_install)
		return probe->run_install(mod, text, probe->data);
	return run_in_shell(mod, text);
}

/*
 * The parameters for @mod: those configured, then, for what was asked for, those of the call.
 * *@ret is NULL when there are none; the caller frees it.
 */
static int step_options(const struct probe *probe, const struct kmod_module *mod, char **ret)
{
	const char *const extra = mod == probe->mod ? probe->extra_options : NULL;
	const char *configured = NULL;
	char *options = NULL;
	int r = module_get_options(mod, &configured);

	if (r < 0)
		return r;
	if (configured) {
		if (asprintf(&options, "%s %s", configured, extra ? extra : "") < 0)
			return -ENOMEM;
	} else if (extra) {
		options = strdup(extra);
		if (!options)
			return -ENOMEM;
	}
	*ret = options;
	return 0;
}

static int act(const struct probe *probe, const struct step *step)
{
	const bool dry_run = probe->flags & KMOD_PROBE_DRY_RUN;
	struct kmod_module *const mod = step->mark->mod;
	_cleanup_free_ char *options = NULL;
	const char *command;
	int r;

	if (!(probe->flags & KMOD_PROBE_IGNORE_LOADED) && in_kernel(mod))
		return -EEXIST;
	r = step_options(probe, mod, &options);
	if (r < 0)
		return r;

	command = step->ignore_command ? NULL : kmod_module_get_install_commands(mod);
	if (probe->print_action)
		probe->print_action(mod, command != NULL, options ? options : "");
	if (dry_run)
		return 0;
	if (command)
		return run_command(probe, mod, command, options);
	return kmod_module_insert_module(mod, probe->flags, options);
}

static int carry_out(const struct probe *probe)
{
	int r = 0;

	for (size_t i = 0; i < probe->steps_count; i++) {
		const struct step *const step = &probe->steps[i];
		const struct mark *const mark = step->mark;

		r = act(probe, step);
		if (r == -EEXIST && mark->mod == probe->mod &&
		    probe->flags & KMOD_PROBE_FAIL_ON_LOADED)
			return r;
		if (r == -EEXIST && in_or_entering_kernel(mark->mod))
			r = 0;
		if (r < 0 && !mark->required)
			log_info(module_ctx(mark->mod), "going on without '%s': %s\n",
				 kmod_module_get_name(mark->mod), strerror(-r));
		if (!mark->required)
			r = 0;
		if (r < 0)
			return r;
	}
	return r;
}

/* ---- Public ---------------------------------------------------------------------------- */

/* Which of the flags forbids the blacklisted @mod; 0 when none does. */
static int forbidden_by(const struct kmod_module *mod, unsigned int flags)
{
	if (flags & KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY && module_is_alias(mod))
		return KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY;
	if (flags & KMOD_PROBE_APPLY_BLACKLIST_ALL)
		return KMOD_PROBE_APPLY_BLACKLIST_ALL;
	if (flags & KMOD_PROBE_APPLY_BLACKLIST)
		return KMOD_PROBE_APPLY_BLACKLIST;
	return 0;
}

int kmod_module_probe_insert_module(struct kmod_module *mod, unsigned int flags,
				    const char *extra_options,
				    int (*run_install)(struct kmod_module *m, const char *cmdline,
						       void *data),
				    const void *data,
				    void (*print_action)(struct kmod_module *m, bool install,
							 const char *options))
{
	_cleanup_(probe_done) struct probe probe = {
		.mod = mod,
		.flags = flags,
		.extra_options = extra_options,
		.run_install = run_install,
		.data = (void *)data,
		.print_action = print_action,
	};
	int r;

	if (!mod)
		return -ENOENT;
	if (!(flags & KMOD_PROBE_IGNORE_LOADED) && in_kernel(mod))
		return flags & KMOD_PROBE_FAIL_ON_LOADED ? -EEXIST : 0;
	r = module_is_blacklisted(mod) ? forbidden_by(mod, flags) : 0;
	if (r != 0)
		return r;

	r = visit(&probe, mod, 0);
	if (r < 0)
		return r;
	if (flags & KMOD_PROBE_APPLY_BLACKLIST_ALL && drop_blacklisted(&probe) == 0)
		return KMOD_PROBE_APPLY_BLACKLIST_ALL;
	r = carry_out(&probe);
	return r < 0 ? r : probe.lacks < 0 ? probe.lacks : r;
}
