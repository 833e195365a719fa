/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A context for fuzz targets, whose messages go nowhere. They are made, though: what they are made
 * of has to be there.
 */
#include "context.h"

#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "libkmod/context.h"
#include "scratch.h"

static unsigned int messages;

__attribute__((format(printf, 6, 0))) static void take_message(void *data, int priority,
							       const char *file, int line,
							       const char *fn, const char *format,
							       va_list args)
{
	char *text = NULL;

	fuzz_assert(vasprintf(&text, format, args) > 0);
	fuzz_assert(text[strlen(text) - 1] == '\n');
	free(text);
	messages++;
}

struct kmod_ctx *fuzz_context_with(const char *config_path)
{
	const char *const paths[] = { config_path, NULL };
	struct kmod_ctx *const ctx = kmod_new(scratch_dir(), paths);

	fuzz_assert(ctx != NULL);
	kmod_set_log_fn(ctx, take_message, NULL);
	kmod_set_log_priority(ctx, LOG_INFO);
	return ctx;
}

struct kmod_ctx *fuzz_context(void)
{
	return fuzz_context_with(NULL);
}

unsigned int fuzz_messages(void)
{
	return messages;
}
