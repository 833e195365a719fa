/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules for names of modules and aliases.
 *
 * The name of a module ends before the first '.', and every '-' in it becomes '_'.
 *
 * An alias may be a pattern, so it is not treated like the name of a module: every '-' becomes
 * '_', except inside [...], where a '-' makes a range. A bracket ends at the next ']', whatever
 * stands between. Nothing else changes: an alias keeps its case, its dots and its colons.
 */
#ifndef KMOD_NAME_H
#define KMOD_NAME_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The name of a module that @text, which may be a file's, stands for, cut to what @name holds.
 * Returns its length, which may be 0.
 */
size_t module_name_normalize(const char *text, char name[static PATH_MAX]);

/*
 * Makes @alias follow the rule. Returns 0; -EINVAL, with @alias changed up to the fault, when a
 * '[' is not closed or a ']' closes none.
 */
int alias_normalize(char *alias);

/*
 * The same for a copy of @text in @alias, cut to what that holds. Returns 0; -EINVAL as above,
 * also when the text was cut inside a bracket.
 */
int alias_normalize_copy(const char *text, char alias[static PATH_MAX]);

/*
 * Whether @name matches the shell pattern @pattern, in which '*' and '?' also stand for '/' and
 * for a leading '.'.
 */
bool name_matches(const char *pattern, const char *name);

#endif
