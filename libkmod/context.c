/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kmod_ctx: its lifetime, its log sink and its pool of modules.
 */
#include "libkmod/context.h"

#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/str.h"
#include "libkmod/config.h"
#include "libkmod/index.h"
#include "libkmod/module.h"

struct kmod_ctx {
	int refcount;
	int log_priority;
	log_fn_t log_fn; /* NULL: messages are dropped */
	void *log_data;
	void *userdata;
	char *dirname;
	struct config *config;
	struct indexes indexes;
	void *modules; /* the pool: a tsearch(3) tree of struct kmod_module, by key */
};

/* ---- Log ------------------------------------------------------------------------------- */

__attribute__((format(printf, 6, 0))) static void
log_to_stderr(void *data, int priority, const char *file, int line, const char *fn,
	      const char *format, va_list args)
{
	static const char *const names[] = { "EMERGENCY", "ALERT",  "CRITICAL", "ERROR",
					     "WARNING",	  "NOTICE", "INFO",	"DEBUG" };

	(void)data;
	(void)file;
	(void)line;
	flockfile(stderr);
	if (priority >= LOG_EMERG && priority <= LOG_DEBUG)
		(void)fprintf(stderr, "libkmod: %s: %s: ", names[priority], fn);
	else
		(void)fprintf(stderr, "libkmod: L:%d: %s: ", priority, fn);
	(void)vfprintf(stderr, format, args);
	funlockfile(stderr);
}

void context_log(const struct kmod_ctx *ctx, int priority, const char *file, int line,
		 const char *fn, const char *format, ...)
{
	const int saved = errno;
	va_list args;

	if (!ctx->log_fn || priority > ctx->log_priority)
		return;

	va_start(args, format);
	ctx->log_fn(ctx->log_data, priority, file, line, fn, format, args);
	va_end(args);
	errno = saved;
}

/* The priority that the text of KMOD_LOG asks for. */
static int log_priority_parse(const char *text)
{
	char *end = NULL;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (*end == '\0' || strchr(" \t\n\v\f\r", *end)) {
		const bool fits = errno == 0 && number >= INT_MIN && number <= INT_MAX;

		return fits ? (int)number : 0;
	}
	if (strncmp(text, "err", 3) == 0)
		return LOG_ERR;
	if (strncmp(text, "info", 4) == 0)
		return LOG_INFO;
	if (strncmp(text, "debug", 5) == 0)
		return LOG_DEBUG;
	return 0;
}

void kmod_set_log_fn(struct kmod_ctx *ctx, log_fn_t log_fn, const void *data)
{
	if (!ctx)
		return;
	ctx->log_fn = log_fn;
	ctx->log_data = (void *)data;
	log_info(ctx, "custom logging function %p registered\n", *(void **)&log_fn);
}

int kmod_get_log_priority(const struct kmod_ctx *ctx)
{
	return ctx ? ctx->log_priority : -1;
}

void kmod_set_log_priority(struct kmod_ctx *ctx, int priority)
{
	if (ctx)
		ctx->log_priority = priority;
}

/* ---- Lifetime -------------------------------------------------------------------------- */

/* The absolute directory that @dirname names, or the running kernel's. */
static int dirname_resolve(const char *dirname, char **ret)
{
	struct utsname kernel;
	char *path = NULL;

	if (dirname)
		return path_make_absolute(dirname, ret);
	if (uname(&kernel) < 0)
		return -errno;
	if (asprintf(&path, "%s/%s", MODULE_DIRECTORY, kernel.release) < 0)
		return -ENOMEM;
	*ret = path;
	return 0;
}

struct kmod_ctx *kmod_new(const char *dirname, const char *const *config_paths)
{
	const char *const wanted_priority = secure_getenv("KMOD_LOG");
	struct kmod_ctx *ctx = calloc(1, sizeof(*ctx));
	int r;

	if (!ctx)
		return NULL;
	ctx->refcount = 1;
	ctx->log_fn = log_to_stderr;
	ctx->log_priority = wanted_priority ? log_priority_parse(wanted_priority) : LOG_ERR;
	r = dirname_resolve(dirname, &ctx->dirname);
	if (r >= 0)
		r = config_load(ctx, config_paths, &ctx->config);
	if (r < 0) {
		(void)kmod_unref(ctx);
		errno = -r;
		return NULL;
	}
	log_info(ctx, "ctx %p created\n", (void *)ctx);
	return ctx;
}

struct kmod_ctx *context_for_messages(log_fn_t log_fn, void *data)
{
	struct kmod_ctx *const ctx = calloc(1, sizeof(*ctx));

	if (!ctx)
		return NULL;
	ctx->refcount = 1;
	ctx->log_fn = log_fn;
	ctx->log_data = data;
	ctx->log_priority = LOG_NOTICE;
	return ctx;
}

struct kmod_ctx *kmod_ref(struct kmod_ctx *ctx)
{
	if (ctx)
		ctx->refcount++;
	return ctx;
}

struct kmod_ctx *kmod_unref(struct kmod_ctx *ctx)
{
	if (!ctx)
		return NULL;
	/* Whoever takes the message may make a module, and give it back, or keep the context. */
	if (ctx->refcount == 1)
		log_info(ctx, "context %p released\n", (void *)ctx);
	if (--ctx->refcount > 0)
		return ctx;
	/* Every module held a reference, so the pool is empty. */
	indexes_done(&ctx->indexes);
	config_free(ctx->config);
	free(ctx->dirname);
	free(ctx);
	return NULL;
}

const char *kmod_get_dirname(const struct kmod_ctx *ctx)
{
	return ctx ? ctx->dirname : NULL;
}

void *kmod_get_userdata(const struct kmod_ctx *ctx)
{
	return ctx ? ctx->userdata : NULL;
}

void kmod_set_userdata(struct kmod_ctx *ctx, const void *userdata)
{
	if (ctx)
		ctx->userdata = (void *)userdata;
}

const struct config *context_config(const struct kmod_ctx *ctx)
{
	return ctx->config;
}

struct indexes *context_indexes(const struct kmod_ctx *ctx)
{
	return (struct indexes *)&ctx->indexes;
}

/* ---- Pool ------------------------------------------------------------------------------ */

static int compare_modules(const void *a, const void *b)
{
	return strcmp(module_key(a), module_key(b));
}

static int compare_key_with_module(const void *key, const void *mod)
{
	return strcmp(key, module_key(mod));
}

struct kmod_module *context_find_module(const struct kmod_ctx *ctx, const char *key)
{
	/* tfind() hands its first argument to the comparison as it is: here, a bare key. */
	void *const *const node = tfind(key, &ctx->modules, compare_key_with_module);

	return node ? *node : NULL;
}

int context_add_module(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	return tsearch(mod, &ctx->modules, compare_modules) ? 0 : -ENOMEM;
}

void context_remove_module(struct kmod_ctx *ctx, const struct kmod_module *mod)
{
	(void)tdelete(mod, &ctx->modules, compare_modules);
}
