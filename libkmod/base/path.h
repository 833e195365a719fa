/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making the directories that a path needs.
 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

/*
 * Makes the directory @path and those above it, as far as they are missing, with mode 0755 less the
 * umask. Returns 0; -ENOTDIR when something else has the name of one; any other negative errno.
 */
int path_make_directories(const char *path);

/* The same for the directories above @path, up to its last '/'. */
int path_make_parents(const char *path);

#endif
