/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration of a context: read once, then only asked.
 *
 * Entries are kept in one list per kind, in the order of the files (see config-files.h), the lines
 * in them, and the kernel command line at the end. No entry replaces another one: where only one
 * can count it is the first.
 */
#ifndef KMOD_CONFIG_H
#define KMOD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/config-parse.h"

struct config;
struct kmod_ctx;

/*
 * Reads the configuration: the files and directories @paths, highest priority first and NULL at
 * the end, or the system's if @paths is NULL; then, whatever @paths is, modules.softdep and
 * modules.weakdep in the module directory of @ctx, in their places among the files, and
 * the kernel command line. What is wrong in them is logged and skipped.
 * Returns 0, or -ENOMEM.
 */
int config_load(struct kmod_ctx *ctx, const char *const *paths, struct config **ret_config);

void config_free(struct config *config);

DEFINE_CLEANUP(struct config *, config_free)

/*
 * Whether the paths that were there to be read have neither gone nor been modified since. That a
 * directory has not been modified says nothing of the files in it.
 */
bool config_is_current(const struct config *config);

/* The entries of @kind in order, and how many; borrowed, valid while @config lives. */
const struct config_entry *config_entries(const struct config *config, enum config_kind kind,
					  size_t *ret_count);

/*
 * The first entry of @kind after @previous (NULL: the first of all) whose name, as a pattern,
 * matches @name; NULL when there is none. All aliases that match count; of commands, softdeps
 * and weakdeps only the first one.
 */
const struct config_entry *config_next_match(const struct config *config, enum config_kind kind,
					     const struct config_entry *previous, const char *name);

/* The first entry of @kind that is for exactly @name; NULL when there is none. */
const struct config_entry *config_find(const struct config *config, enum config_kind kind,
				       const char *name);

/*
 * Gives the options for exactly @name or exactly @alias, which may be NULL, in order, with a blank
 * between them. *@ret_options is NULL when there are none; the caller frees it.
 * Returns 0 or -ENOMEM.
 */
int config_options(const struct config *config, const char *name, const char *alias,
		   char **ret_options);

#endif
