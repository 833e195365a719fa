/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the library itself asks of a module object.
 */
#ifndef KMOD_MODULE_H
#define KMOD_MODULE_H

#include <stdbool.h>

#include "libkmod/libkmod.h"

struct image;

/* The key under which @mod stands in its context's pool. Takes void for search functions. */
const char *module_key(const void *mod);

/* The context of @mod, borrowed. */
struct kmod_ctx *module_ctx(const struct kmod_module *mod);

/* The module in a node of a module list, borrowed. */
struct kmod_module *module_of(const struct kmod_list *node);

/* Gives back the reference in *@mod, which may be NULL. For _cleanup_. */
void module_unrefp(struct kmod_module **mod);

/* Frees a list of modules and the references it holds. For _cleanup_. */
void module_list_freep(struct kmod_list **list);

/* Appends @mod to *@list, which takes a reference. Returns 0 or -ENOMEM. */
int module_list_append(struct kmod_list **list, struct kmod_module *mod);

/*
 * Appends the module named @name to *@list, which then holds a reference to it.
 * Returns 0; a negative errno, with the list as it was.
 */
int module_list_append_name(struct kmod_ctx *ctx, const char *name, struct kmod_list **list);

/* As kmod_module_new_from_path(), for whom knows that there is a file at @path. */
int module_new_from_file(struct kmod_ctx *ctx, const char *path, struct kmod_module **ret);

/*
 * The module named @name (as it is, nothing is normalised), reached through @alias: an object of
 * its own, apart from the plain one of that name.
 * Returns 0 with a reference for the caller; -ENAMETOOLONG; -ENOMEM.
 */
int module_get_alias(struct kmod_ctx *ctx, const char *name, const char *alias,
		     struct kmod_module **ret);

/* The same without an alias, also for a name that is not normalised. */
int module_get_plain(struct kmod_ctx *ctx, const char *name, struct kmod_module **ret);

/* Whether @mod was reached through an alias. */
bool module_is_alias(const struct kmod_module *mod);

/*
 * Whether the module is part of the kernel image, by the index of its context: 1 or 0; a negative
 * errno when that index cannot be read.
 */
int module_is_builtin(const struct kmod_module *mod);

/*
 * What kmod_module_get_path() gives, *@ret borrowed. Returns 0; -ENOENT when nothing is known of a path;
 * another negative errno, logged, when modules.dep cannot be read.
 */
int module_get_path(const struct kmod_module *mod, const char **ret);

/*
 * What kmod_module_get_dependencies() gives, in an empty list. Returns 0, also when it gives none;
 * a negative errno, logged, when they cannot be told: -ENOENT, -ENOTDIR when the file of one is not
 * there, -EEXIST when it is not the one that its module has.
 */
int module_get_dependencies(const struct kmod_module *mod, struct kmod_list **ret);

/* What kmod_module_get_options() gives, *@ret borrowed. Returns 0; -ENOMEM, logged. */
int module_get_options(const struct kmod_module *mod, const char **ret);

/* Says that it is, or is not, without asking the index. */
void module_set_builtin(struct kmod_module *mod, bool builtin);

/* Whether the configuration has a blacklist entry for the module's name. */
bool module_is_blacklisted(const struct kmod_module *mod);

/*
 * Takes path and dependencies from @line, a line of modules.dep, unless the module has them.
 * Returns 0 or -ENOMEM; a line that makes no sense gives neither.
 */
int module_use_dep_line(struct kmod_module *mod, const char *line);

/*
 * Says which command is the module's, instead of the first one whose pattern matches its name.
 * @command is borrowed from the configuration.
 */
void module_set_install_command(struct kmod_module *mod, const char *command);
void module_set_remove_command(struct kmod_module *mod, const char *command);

/*
 * The module's file, opened on first use and kept: *@ret is borrowed.
 * Returns 0; -ENOENT when the module has no path; what image_open() returns.
 */
int module_get_image(const struct kmod_module *mod, struct image **ret);

/*
 * As kmod_module_get_info(), but returns 0 and not a count; and what is known is in *@list, which has
 * to be NULL before, also when the call fails: everything but the signature when that is the reason.
 * The caller frees it in any case.
 */
int module_get_info(const struct kmod_module *mod, struct kmod_list **list);

/* Whether there is a /sys/module, which states of modules are read from. */
bool sysfs_is_there(void);

#endif
