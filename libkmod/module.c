/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kmod_module: identity, references and what is known without asking the kernel.
 */
#include "libkmod/module.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/str.h"
#include "libkmod/config.h"
#include "libkmod/context.h"
#include "libkmod/image.h"
#include "libkmod/index.h"
#include "libkmod/list.h"
#include "libkmod/name.h"

/* Whether a module is part of the kernel image is found out once. */
enum builtin_state {
	BUILTIN_UNKNOWN,
	BUILTIN_NO,
	BUILTIN_YES,
};

struct kmod_module {
	struct kmod_ctx *ctx; /* holds a reference */
	int refcount;
	enum builtin_state builtin;

	char *path;	   /* absolute; NULL until it is known */
	char *deps;	   /* its dependencies as modules.dep has them; NULL until they are known */
	bool deps_checked; /* the files of all of them were there */

	struct image *image; /* NULL until something in the file is asked for */

	char *options; /* NULL: none, or not asked for yet */
	bool options_known;
	const char *install; /* borrowed from the configuration, as @remove */
	bool install_known;
	const char *remove;
	bool remove_known;

	const char *alias; /* inside @key; NULL for a plain module */
	const char *name;  /* behind @key */
	char key[];	   /* the name, or name, backslash, alias; then the name once more */
};

const char *module_key(const void *mod)
{
	return ((const struct kmod_module *)mod)->key;
}

struct kmod_ctx *module_ctx(const struct kmod_module *mod)
{
	return mod->ctx;
}

/* ---- Pool ------------------------------------------------------------------------------ */

/* A new object for @key, whose first @name_length bytes are the name. */
static struct kmod_module *module_new(const char *key, size_t name_length)
{
	const size_t key_size = strlen(key) + 1;
	struct kmod_module *const mod = calloc(1, sizeof(*mod) + key_size + name_length + 1);

	if (!mod)
		return NULL;
	mod->refcount = 1;
	memcpy(mod->key, key, key_size);
	mod->name = memcpy(mod->key + key_size, key, name_length);
	if (key[name_length] != '\0')
		mod->alias = mod->key + name_length + 1;
	return mod;
}

/* The object for @key, from the pool or new: a reference for the caller. */
static int module_get(struct kmod_ctx *ctx, const char *key, size_t name_length,
		      struct kmod_module **ret)
{
	struct kmod_module *mod = context_find_module(ctx, key);
	int r;

	if (mod) {
		*ret = kmod_module_ref(mod);
		return 0;
	}
	mod = module_new(key, name_length);
	if (!mod)
		return -ENOMEM;
	r = context_add_module(ctx, mod);
	if (r < 0) {
		free(mod);
		return r;
	}
	mod->ctx = kmod_ref(ctx);
	*ret = mod;
	return 0;
}

int module_get_plain(struct kmod_ctx *ctx, const char *name, struct kmod_module **ret)
{
	return module_get(ctx, name, strlen(name), ret);
}

int module_get_alias(struct kmod_ctx *ctx, const char *name, const char *alias,
		     struct kmod_module **ret)
{
	char key[PATH_MAX];
	const int n = snprintf(key, sizeof(key), "%s\\%s", name, alias);

	if (n < 0 || (size_t)n >= sizeof(key))
		return -ENAMETOOLONG;
	return module_get(ctx, key, strlen(name), ret);
}

bool module_is_alias(const struct kmod_module *mod)
{
	return mod->alias != NULL;
}

struct kmod_module *kmod_module_ref(struct kmod_module *mod)
{
	if (mod)
		mod->refcount++;
	return mod;
}

struct kmod_module *kmod_module_unref(struct kmod_module *mod)
{
	struct kmod_ctx *ctx;

	if (!mod)
		return NULL;
	if (--mod->refcount > 0)
		return mod;

	ctx = mod->ctx;
	context_remove_module(ctx, mod);
	free(mod->path);
	free(mod->deps);
	free(mod->options);
	image_free(mod->image);
	free(mod);
	(void)kmod_unref(ctx);
	return NULL;
}

/* ---- Creation -------------------------------------------------------------------------- */

int kmod_module_new_from_name(struct kmod_ctx *ctx, const char *name, struct kmod_module **mod)
{
	char normalized[PATH_MAX];

	if (!ctx || !name || !mod)
		return -ENOENT;
	(void)module_name_normalize(name, normalized);
	return module_get_plain(ctx, normalized, mod);
}

/* Gives the module the file @path, its @absolute path. -EEXIST when it has another one. */
static int module_use_path(struct kmod_module *mod, char **absolute)
{
	if (mod->path && strcmp(mod->path, *absolute) != 0) {
		log_err(mod->ctx,
			"kmod_module '%s' already exists with different path: new-path='%s' old-path='%s'\n",
			mod->name, *absolute, mod->path);
		return -EEXIST;
	}
	if (!mod->path)
		mod->path = move_ptr(*absolute);
	mod->builtin = BUILTIN_NO;
	return 0;
}

/* As kmod_module_new_from_path(), for an absolute path that need not exist. */
static int module_of_path(struct kmod_ctx *ctx, char **absolute, struct kmod_module **ret)
{
	struct kmod_module *mod = NULL;
	char name[PATH_MAX];
	int r;

	if (path_basename(*absolute)[0] == '\0')
		return -ENOENT;
	(void)module_name_normalize(path_basename(*absolute), name);
	r = module_get_plain(ctx, name, &mod);
	if (r < 0)
		return r;
	r = module_use_path(mod, absolute);
	if (r < 0) {
		(void)kmod_module_unref(mod);
		return r;
	}
	*ret = mod;
	return 0;
}

int module_new_from_file(struct kmod_ctx *ctx, const char *path, struct kmod_module **ret)
{
	_cleanup_free_ char *absolute = NULL;
	int r = path_make_absolute(path, &absolute);

	return r < 0 ? r : module_of_path(ctx, &absolute, ret);
}

int kmod_module_new_from_path(struct kmod_ctx *ctx, const char *path, struct kmod_module **mod)
{
	struct stat st;

	if (!ctx || !path || !mod)
		return -ENOENT;
	if (stat(path, &st) < 0)
		return -errno;
	return module_new_from_file(ctx, path, mod);
}

/* ---- Lists ----------------------------------------------------------------------------- */

struct kmod_module *module_of(const struct kmod_list *node)
{
	return list_data(node);
}

static void unref_data(void *mod)
{
	(void)kmod_module_unref(mod);
}

int kmod_module_unref_list(struct kmod_list *list)
{
	list_free(list, unref_data);
	return 0;
}

void module_unrefp(struct kmod_module **mod)
{
	(void)kmod_module_unref(*mod);
}

void module_list_freep(struct kmod_list **list)
{
	(void)kmod_module_unref_list(*list);
}

struct kmod_module *kmod_module_get_module(const struct kmod_list *entry)
{
	return entry ? kmod_module_ref(module_of(entry)) : NULL;
}

int module_list_append(struct kmod_list **list, struct kmod_module *mod)
{
	const int r = list_append(list, mod);

	if (r >= 0)
		(void)kmod_module_ref(mod);
	return r;
}

int module_list_append_name(struct kmod_ctx *ctx, const char *name, struct kmod_list **list)
{
	_cleanup_(module_unrefp) struct kmod_module *mod = NULL;
	const int r = kmod_module_new_from_name(ctx, name, &mod);

	return r < 0 ? r : module_list_append(list, mod);
}

/* ---- What is known of it --------------------------------------------------------------- */

const char *kmod_module_get_name(const struct kmod_module *mod)
{
	return mod ? mod->name : NULL;
}

/* @path as modules.dep has it, below the directory of modules unless it is absolute. */
static char *dep_path(const struct kmod_ctx *ctx, const char *path, size_t length)
{
	char *absolute = NULL;

	if (length > 0 && path[0] == '/')
		return strndup(path, length);
	if (asprintf(&absolute, "%s/%.*s", kmod_get_dirname(ctx), (int)length, path) < 0)
		return NULL;
	return absolute;
}

int module_use_dep_line(struct kmod_module *mod, const char *line)
{
	const char *const colon = strchr(line, ':');

	if (!colon || mod->deps)
		return 0;
	if (!mod->path)
		mod->path = dep_path(mod->ctx, line, (size_t)(colon - line));
	if (!mod->path)
		return -ENOMEM;
	mod->deps = strdup(colon + 1);
	return mod->deps ? 0 : -ENOMEM;
}

/*
 * The module as callers who only read it may change it: the getters below keep what they were asked
 * for. The public interface calls them read-only, and to its user they are.
 */
static struct kmod_module *cache_of(const struct kmod_module *mod)
{
	return (struct kmod_module *)mod;
}

/*
 * Looks the module up in modules.dep, unless that has been done with success. Logs a failure. What
 * is built into the kernel is not in there, damaged or not.
 */
static int module_find_deps(const struct kmod_module *mod)
{
	const int r = mod->deps ? 0 : index_use_dep_line(cache_of(mod));

	if (r == -EBADMSG)
		return module_is_builtin(mod) > 0 ? 0 : r;
	if (r < 0)
		log_err(mod->ctx, "could not look for '%s' in modules.dep: %s\n", mod->name,
			strerror(-r));
	return r;
}

int module_get_path(const struct kmod_module *mod, const char **ret)
{
	const int r = mod->path ? 0 : module_find_deps(mod);

	if (!mod->path)
		return r < 0 ? r : -ENOENT;
	*ret = mod->path;
	return 0;
}

const char *kmod_module_get_path(const struct kmod_module *mod)
{
	const char *path = NULL;

	return mod && module_get_path(mod, &path) >= 0 ? path : NULL;
}

/*
 * The words of mod->deps from the last to the first, which is the order to load them in. One that
 * cannot be had spoils them all: half of the dependencies are worth nothing.
 */
static int module_list_deps(const struct kmod_module *mod, struct kmod_list **ret)
{
	_cleanup_(module_list_freep) struct kmod_list *list = NULL;
	const char *end = mod->deps + strlen(mod->deps);

	for (;;) {
		_cleanup_(module_unrefp) struct kmod_module *dep = NULL;
		_cleanup_free_ char *path = NULL;
		const char *start;
		struct stat st;
		int r = 0;

		while (end > mod->deps && strchr(" \t", end[-1]))
			end--;
		if (end == mod->deps)
			break;
		for (start = end; start > mod->deps && !strchr(" \t", start[-1]);)
			start--;
		path = dep_path(mod->ctx, start, (size_t)(end - start));
		if (!path)
			r = -ENOMEM;
		if (r >= 0 && !mod->deps_checked && stat(path, &st) < 0)
			r = -errno;
		if (r >= 0)
			r = module_of_path(mod->ctx, &path, &dep);
		if (r >= 0)
			r = module_list_append(&list, dep);
		if (r < 0) {
			log_err(mod->ctx, "ctx %p path=%s error=%s\n", (void *)mod->ctx,
				path ? path : mod->path, strerror(-r));
			return r;
		}
		end = start;
	}
	cache_of(mod)->deps_checked = true;
	*ret = move_ptr(list);
	return 0;
}

int module_get_dependencies(const struct kmod_module *mod, struct kmod_list **ret)
{
	int r = module_find_deps(mod);

	if (r >= 0 && mod->deps)
		r = module_list_deps(mod, ret);
	return r;
}

struct kmod_list *kmod_module_get_dependencies(const struct kmod_module *mod)
{
	struct kmod_list *list = NULL;

	if (mod)
		(void)module_get_dependencies(mod, &list);
	return list;
}

/* Whether an image is as good as one that is opened now. */
static bool is_sound(const struct image *image)
{
	return image_signature_error(image) >= 0 && image_error(image) >= 0;
}

int module_get_image(const struct kmod_module *mod, struct image **ret)
{
	_cleanup_(image_freep) struct image *image = NULL;
	const char *path = NULL;
	int r = module_get_path(mod, &path);

	/* What kept it or its signature from being read may be over by now. */
	if (mod->image && !is_sound(mod->image)) {
		image_free(mod->image);
		cache_of(mod)->image = NULL;
	}
	if (r >= 0 && !mod->image)
		r = image_open(mod->ctx, path, &image);
	if (r < 0)
		return r;
	/* Whoever took the messages of that may have asked for it, too. */
	if (!mod->image)
		cache_of(mod)->image = move_ptr(image);
	*ret = image_ref(mod->image);
	return 0;
}

int module_is_builtin(const struct kmod_module *mod)
{
	if (mod->builtin == BUILTIN_UNKNOWN) {
		const int r = index_has_builtin(mod->ctx, mod->name);

		if (r < 0)
			return r;
		module_set_builtin(cache_of(mod), r > 0);
	}
	return mod->builtin == BUILTIN_YES;
}

void module_set_builtin(struct kmod_module *mod, bool builtin)
{
	mod->builtin = builtin ? BUILTIN_YES : BUILTIN_NO;
}

/* ---- What the configuration says of it ------------------------------------------------- */

bool module_is_blacklisted(const struct kmod_module *mod)
{
	return config_find(context_config(mod->ctx), CONFIG_BLACKLIST, mod->name) != NULL;
}

int module_get_options(const struct kmod_module *mod, const char **ret)
{
	struct kmod_module *const cache = cache_of(mod);
	int r = 0;

	if (!mod->options_known)
		r = config_options(context_config(mod->ctx), mod->name, mod->alias,
				   &cache->options);
	if (r < 0) {
		log_err(mod->ctx, "could not get the options of '%s': %s\n", mod->name,
			strerror(-r));
		return r;
	}
	cache->options_known = true;
	*ret = mod->options;
	return 0;
}

const char *kmod_module_get_options(const struct kmod_module *mod)
{
	const char *options = NULL;

	return mod && module_get_options(mod, &options) >= 0 ? options : NULL;
}

void module_set_install_command(struct kmod_module *mod, const char *command)
{
	mod->install = command;
	mod->install_known = true;
}

void module_set_remove_command(struct kmod_module *mod, const char *command)
{
	mod->remove = command;
	mod->remove_known = true;
}

/* The first command of @kind that matches the module's name, whatever alias it was reached by. */
static const char *find_command(const struct kmod_module *mod, enum config_kind kind)
{
	const struct config_entry *const entry =
		config_next_match(context_config(mod->ctx), kind, NULL, mod->name);

	return entry ? entry->value : NULL;
}

const char *kmod_module_get_install_commands(const struct kmod_module *mod)
{
	if (!mod)
		return NULL;
	if (!mod->install_known)
		module_set_install_command(cache_of(mod), find_command(mod, CONFIG_INSTALL));
	return mod->install;
}

const char *kmod_module_get_remove_commands(const struct kmod_module *mod)
{
	if (!mod)
		return NULL;
	if (!mod->remove_known)
		module_set_remove_command(cache_of(mod), find_command(mod, CONFIG_REMOVE));
	return mod->remove;
}
