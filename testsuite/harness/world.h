/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake root a test runs in, and what the trap wrote down there.
 *
 * Paths are absolute ones below the fake root. The working directory is the fake root itself.
 */
#ifndef HARNESS_WORLD_H
#define HARNESS_WORLD_H

#include <stdbool.h>
#include <sys/types.h>

#include "bytes.h"

/* The directory of the modules for the kernel release that the trap tells of. */
#define RELEASE_DIR MODULE_DIRECTORY "/1.2.3-test"

/* To be called once, before the tests: removes what failed tests of earlier runs have left. */
void world_clean(void);

/* Makes an empty fake root and points the trap of this process at it. */
void world_begin(void);

/* Removes it. That of a test that failed stays, below testsuite/harness/work of the build. */
void world_end(void);

/* Where @path really is. */
const char *world_path(const char *path);

/* ---- What is in it; parent directories are made as needed ---- */

void put(const char *path, struct bytes content);
void put_dir(const char *path);
void put_fifo(const char *path);
void put_socket(const char *path);
/* A link to @target, which is below the fake root when it is absolute. */
void put_link(const char *path, const char *target);
/* A link to a place outside of the fake root. */
void put_link_outside(const char *path, const char *target);
/* A file of @size bytes that takes no room. */
void put_sparse(const char *path, off_t size);
/* Removes @path and all below it. */
void put_away(const char *path);

/* Copies the directory @from, which is outside, into the fake root. */
void put_tree(const char *from);

/* ---- What reached the kernel ---- */

/* How many calls were made. */
size_t calls_made(void);

/* The @n-th call as the trap wrote it, without newline; and the bytes of its module. */
const char *call_text(size_t n);
struct bytes call_blob(size_t n);

/* Fails the test unless the @n-th call was init_module or finit_module with just this. */
void expect_init(size_t n, struct bytes blob, const char *options);
void expect_finit(size_t n, const char *path, unsigned int flags, const char *options);

/* Fails the test unless @n calls were made in all. */
void expect_calls(size_t n);

/* Forgets all that the trap wrote: calls are numbered from 0 again. */
void forget_captured(void);

/* The file @name that the trap wrote; false when there is none. */
bool captured(const char *name, struct bytes *ret);

/* The messages to the system log, a line each; "" when there were none. */
const char *syslog_lines(void);

/* The openings of files that the trap noted, a line each; "" when there were none. */
const char *opens_noted(void);

#endif
