/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a name or an alias to modules.
 *
 * The places where a name may be known are tried in the order of a table; the first that knows it
 * is the only one that answers.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/printable.h"
#include "libkmod/config.h"
#include "libkmod/context.h"
#include "libkmod/index.h"
#include "libkmod/module.h"
#include "libkmod/name.h"

/* Appends what the source knows by @name to *@list. Returns 0, or a negative errno. */
typedef int (*source_fn)(struct kmod_ctx *ctx, const char *name, struct kmod_list **list);

/* ---- Sources --------------------------------------------------------------------------- */

static int from_config_aliases(struct kmod_ctx *ctx, const char *name, struct kmod_list **list)
{
	const struct config *const config = context_config(ctx);
	const struct config_entry *alias = NULL;

	while ((alias = config_next_match(config, CONFIG_ALIAS, alias, name))) {
		_cleanup_(module_unrefp) struct kmod_module *mod = NULL;
		int r = module_get_alias(ctx, alias->value, alias->name, &mod);

		if (r >= 0)
			r = module_list_append(list, mod);
		if (r < 0)
			return r;
	}
	return 0;
}

static int from_dep(struct kmod_ctx *ctx, const char *name, struct kmod_list **list)
{
	_cleanup_(module_unrefp) struct kmod_module *mod = NULL;
	_cleanup_free_ char *line = NULL;
	int r;

	if (strchr(name, ':'))
		return 0;
	r = index_find(ctx, KMOD_INDEX_MODULES_DEP, name, &line);
	if (r <= 0)
		return r;
	r = module_get_plain(ctx, name, &mod);
	if (r >= 0)
		r = module_use_dep_line(mod, line);
	return r < 0 ? r : module_list_append(list, mod);
}

/* Every module that an index of patterns has for @name. */
static int from_patterns(struct kmod_ctx *ctx, enum kmod_index type, const char *name,
			 struct kmod_list **list)
{
	_cleanup_(index_result_done) struct index_result found = { 0 };
	int r = index_find_all(ctx, type, name, &found);

	for (size_t i = 0; r >= 0 && i < found.matches.count; i++) {
		_cleanup_(module_unrefp) struct kmod_module *mod = NULL;

		r = module_get_alias(ctx, found.matches.matches[i].value, name, &mod);
		if (r >= 0 && type == KMOD_INDEX_MODULES_BUILTIN_ALIAS)
			module_set_builtin(mod, true);
		if (r >= 0)
			r = module_list_append(list, mod);
	}
	index_result_tell(ctx, type, &found);
	return r;
}

static int from_symbols(struct kmod_ctx *ctx, const char *name, struct kmod_list **list)
{
	static const char prefix[] = "symbol:";

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	return from_patterns(ctx, KMOD_INDEX_MODULES_SYMBOL, name, list);
}

static int from_aliases(struct kmod_ctx *ctx, const char *name, struct kmod_list **list)
{
	return from_patterns(ctx, KMOD_INDEX_MODULES_ALIAS, name, list);
}

static int from_builtin_aliases(struct kmod_ctx *ctx, const char *name, struct kmod_list **list)
{
	return from_patterns(ctx, KMOD_INDEX_MODULES_BUILTIN_ALIAS, name, list);
}

/* A name that only a command knows. */
static int from_commands(struct kmod_ctx *ctx, const char *name, struct kmod_list **list)
{
	const struct config *const config = context_config(ctx);
	const struct config_entry *const install = config_find(config, CONFIG_INSTALL, name);
	const struct config_entry *const remove =
		install ? NULL : config_find(config, CONFIG_REMOVE, name);
	_cleanup_(module_unrefp) struct kmod_module *mod = NULL;
	char module_name[PATH_MAX];
	int r;

	if (!install && !remove)
		return 0;
	(void)module_name_normalize(name, module_name);
	r = module_get_plain(ctx, module_name, &mod);
	if (r < 0)
		return r;
	if (install)
		module_set_install_command(mod, install->value);
	else
		module_set_remove_command(mod, remove->value);
	return module_list_append(list, mod);
}

static int from_builtin(struct kmod_ctx *ctx, const char *name, struct kmod_list **list)
{
	_cleanup_(module_unrefp) struct kmod_module *mod = NULL;
	_cleanup_free_ char *value = NULL;
	int r = index_find(ctx, KMOD_INDEX_MODULES_BUILTIN, name, &value);

	if (r <= 0)
		return r;
	r = module_get_plain(ctx, name, &mod);
	if (r < 0)
		return r;
	module_set_builtin(mod, true);
	return module_list_append(list, mod);
}

/* For names as a user gives them. */
static const source_fn sources[] = {
	from_config_aliases, from_dep,	   from_symbols,	 from_commands,
	from_aliases,	     from_builtin, from_builtin_aliases,
};

/* For names of modules, whatever the configuration says. */
static const source_fn name_sources[] = {
	from_dep,
	from_builtin,
	from_builtin_aliases,
};

/* ---- Public ---------------------------------------------------------------------------- */

static int lookup(struct kmod_ctx *ctx, const char *name, const source_fn *from, size_t count,
		  struct kmod_list **ret)
{
	_cleanup_(module_list_freep) struct kmod_list *list = NULL;

	for (size_t i = 0; i < count && !list; i++) {
		const int r = from[i](ctx, name, &list);

		if (r < 0)
			return r;
	}
	*ret = move_ptr(list);
	return 0;
}

int kmod_module_new_from_lookup(struct kmod_ctx *ctx, const char *given_alias,
				struct kmod_list **list)
{
	char name[PATH_MAX];
	int r;

	if (!ctx || !given_alias)
		return -ENOENT;
	if (!list || *list) {
		log_err(ctx, "An empty list is needed to create lookup\n");
		return -ENOSYS;
	}
	r = alias_normalize_copy(given_alias, name);
	if (r < 0)
		return r;
	return lookup(ctx, name, sources, sizeof(sources) / sizeof(sources[0]), list);
}

int kmod_module_new_from_name_lookup(struct kmod_ctx *ctx, const char *modname,
				     struct kmod_module **mod)
{
	_cleanup_(module_list_freep) struct kmod_list *list = NULL;
	char name[PATH_MAX];
	int r;

	if (!ctx || !modname || !mod)
		return -ENOENT;
	(void)module_name_normalize(modname, name);
	r = lookup(ctx, name, name_sources, sizeof(name_sources) / sizeof(name_sources[0]), &list);
	if (r >= 0 && list)
		*mod = kmod_module_get_module(list);
	return r;
}

static int log_no_dep(const struct kmod_ctx *ctx, const char *name)
{
	_cleanup_free_ char *shown = NULL;
	const int r = printable_text(name, strlen(name), &shown);

	if (r >= 0)
		log_err(ctx, "failed to lookup dependency '%s', continuing anyway.\n", shown);
	return r;
}

/* The modules that @list of the softdep or weakdep @entry names; the unknown are left out. */
static int lookup_deps(struct kmod_ctx *ctx, const struct config_entry *entry,
		       enum config_dep_list list, struct kmod_list **ret)
{
	_cleanup_(module_list_freep) struct kmod_list *all = NULL;
	struct config_dep dep = { 0 };

	while (config_dep_next(entry, &dep)) {
		_cleanup_(module_list_freep) struct kmod_list *found = NULL;
		const struct kmod_list *node;
		int r;

		if (dep.list != list)
			continue;
		r = kmod_module_new_from_lookup(ctx, dep.name, &found);
		/* A name that is none; all else might be known another time. */
		if (r == -EINVAL || r == -ENAMETOOLONG) {
			r = log_no_dep(ctx, dep.name);
			if (r < 0)
				return r;
			continue;
		}
		if (r < 0)
			return r;
		kmod_list_foreach (node, found) {
			r = module_list_append(&all, module_of(node));
			if (r < 0)
				return r;
		}
	}
	*ret = move_ptr(all);
	return 0;
}

int kmod_module_get_softdeps(const struct kmod_module *mod, struct kmod_list **pre,
			     struct kmod_list **post)
{
	_cleanup_(module_list_freep) struct kmod_list *before = NULL;
	_cleanup_(module_list_freep) struct kmod_list *after = NULL;
	const struct config_entry *softdep;
	int r;

	if (!mod || !pre || !post)
		return -ENOENT;
	if (*pre || *post)
		return -EINVAL;
	softdep = config_next_match(context_config(module_ctx(mod)), CONFIG_SOFTDEP, NULL,
				    kmod_module_get_name(mod));
	if (!softdep)
		return 0;
	r = lookup_deps(module_ctx(mod), softdep, CONFIG_DEP_PRE, &before);
	if (r >= 0)
		r = lookup_deps(module_ctx(mod), softdep, CONFIG_DEP_POST, &after);
	if (r < 0)
		return r;
	*pre = move_ptr(before);
	*post = move_ptr(after);
	return 0;
}

int kmod_module_get_weakdeps(const struct kmod_module *mod, struct kmod_list **weak)
{
	const struct config_entry *weakdep;

	if (!mod || !weak)
		return -ENOENT;
	if (*weak)
		return -EINVAL;
	weakdep = config_next_match(context_config(module_ctx(mod)), CONFIG_WEAKDEP, NULL,
				    kmod_module_get_name(mod));
	return weakdep ? lookup_deps(module_ctx(mod), weakdep, CONFIG_DEP_WEAK, weak) : 0;
}

/* ---- Filters --------------------------------------------------------------------------- */

/* 1, 0, or a negative errno when it cannot be told. */
static int filtered_out(const struct kmod_module *mod, enum kmod_filter filter_type)
{
	if (filter_type & KMOD_FILTER_BLACKLIST && module_is_blacklisted(mod))
		return 1;
	return filter_type & KMOD_FILTER_BUILTIN ? module_is_builtin(mod) : 0;
}

int kmod_module_apply_filter(const struct kmod_ctx *ctx, enum kmod_filter filter_type,
			     const struct kmod_list *input, struct kmod_list **output)
{
	_cleanup_(module_list_freep) struct kmod_list *left = NULL;
	const struct kmod_list *node;

	if (!ctx || !output)
		return -ENOENT;
	*output = NULL;
	kmod_list_foreach (node, input) {
		int r = filtered_out(module_of(node), filter_type);

		if (r == 0)
			r = module_list_append(&left, module_of(node));
		if (r < 0)
			return r;
	}
	*output = move_ptr(left);
	return 0;
}

int kmod_module_get_filtered_blacklist(const struct kmod_ctx *ctx, const struct kmod_list *input,
				       struct kmod_list **output)
{
	return kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, input, output);
}
