/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Small questions about strings.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

/* The text of @path after its last '/': all of it where there is none. */
const char *path_basename(const char *path);

/*
 * @path if it is absolute, else the working directory, '/' and @path; nothing is cleaned up.
 * Returns 0 and a string that the caller frees; a negative errno of getcwd(3), -ENOMEM.
 */
int path_make_absolute(const char *path, char **ret);

/* Whether @s ends with @suffix and has something before it. */
bool str_has_suffix(const char *s, const char *suffix);

#endif
