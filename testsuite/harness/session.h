/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Using libkmod within the test: contexts whose messages are kept, and loads after which nothing
 * may be left behind.
 */
#ifndef HARNESS_SESSION_H
#define HARNESS_SESSION_H

#include <stdbool.h>
#include <syslog.h>

#include "libkmod/libkmod.h"

/* A context without configuration that logs up to LOG_INFO, to where logged() finds it. */
struct kmod_ctx *session_context(void);

/* The same with the lines of @config, a NUL-terminated text, in /etc/modprobe.d/test.conf. */
struct kmod_ctx *session_configured(const char *config);

/* Has @ctx log as these do. */
void session_log(struct kmod_ctx *ctx);

/* The names of the modules in @list, each followed by a space, from its first node. */
const char *names_in(const struct kmod_list *list);

/* The same, and gives the list back. */
const char *names_once(struct kmod_list *list);

/*
 * Loads the module at @path, from new context to the end of it. Fails the test when a descriptor
 * stays open. The result is that of the load, or of what failed before it.
 */
int session_insert(const char *path, unsigned int flags, const char *options);

/* How many messages of @priority, or of any when it is -1, hold @text. */
size_t logged(int priority, const char *text);

/* All messages so far, a line each after its priority. */
const char *log_text(void);

/* Forgets them. */
void log_clear(void);

/* Fail the test, showing the log, unless such a message was logged, or unless none was. */
void expect_logged(int priority, const char *text);
void expect_not_logged(int priority, const char *text);

/* Open descriptors of this process. */
size_t descriptors_open(void);

/*
 * As if a program closed what it does not know of, and used the numbers: descriptors_take() makes
 * those that are there now, but were not when descriptors_find() told @open, descriptors of something
 * else, and returns how many. descriptors_give() closes these; false when they no longer are that.
 */
enum { DESCRIPTORS = 64 };
void descriptors_find(bool open[DESCRIPTORS]);
int descriptors_take(const bool before[DESCRIPTORS], bool taken[DESCRIPTORS]);
bool descriptors_give(const bool taken[DESCRIPTORS]);

#endif
