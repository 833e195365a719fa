/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The context behind the public functions: its log, and the pool of its modules.
 */
#ifndef KMOD_CONTEXT_H
#define KMOD_CONTEXT_H

#include <stdarg.h>
#include <syslog.h>

#include "libkmod/libkmod.h"

/*
 * Hands a message to the log sink if its priority passes. The format ends in a newline and may
 * hold %m. Leaves errno alone.
 */
__attribute__((format(printf, 6, 7))) void context_log(const struct kmod_ctx *ctx, int priority,
						       const char *file, int line, const char *fn,
						       const char *format, ...);

#define log_at(ctx, priority, ...) \
	context_log(ctx, priority, __FILE__, __LINE__, __func__, __VA_ARGS__)
#define log_err(ctx, ...) log_at(ctx, LOG_ERR, __VA_ARGS__)
#define log_warning(ctx, ...) log_at(ctx, LOG_WARNING, __VA_ARGS__)
#define log_notice(ctx, ...) log_at(ctx, LOG_NOTICE, __VA_ARGS__)
#define log_info(ctx, ...) log_at(ctx, LOG_INFO, __VA_ARGS__)

struct config;
struct indexes;

/* What kmod_set_log_fn() takes. */
typedef void (*log_fn_t)(void *data, int priority, const char *file, int line, const char *fn,
			 const char *format, va_list args);

/*
 * A context with neither a configuration nor a directory, for what needs one only to say what is
 * wrong with a file: messages up to LOG_NOTICE go to @log_fn. The caller gives it back with
 * kmod_unref(). NULL when memory ran out.
 */
struct kmod_ctx *context_for_messages(log_fn_t log_fn, void *data);

/* The configuration, read when the context was made. Borrowed. */
const struct config *context_config(const struct kmod_ctx *ctx);

/* The indexes that are loaded. Borrowed. */
struct indexes *context_indexes(const struct kmod_ctx *ctx);

/*
 * The pool: one module object per key. It borrows the modules; each of them holds a reference to
 * the context and leaves the pool before it goes.
 */

/* The module with this key, borrowed; NULL when there is none. */
struct kmod_module *context_find_module(const struct kmod_ctx *ctx, const char *key);

/* Adds @mod, whose key is new to the pool. Returns 0 or -ENOMEM. */
int context_add_module(struct kmod_ctx *ctx, struct kmod_module *mod);

/* Takes @mod out. */
void context_remove_module(struct kmod_ctx *ctx, const struct kmod_module *mod);

#endif
