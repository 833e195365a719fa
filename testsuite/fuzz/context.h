/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A context for fuzz targets, whose messages go nowhere.
 */
#ifndef FUZZ_CONTEXT_H
#define FUZZ_CONTEXT_H

struct kmod_ctx;

/* With the directory of scratch.h as that of modules, and no configuration. To be given back. */
struct kmod_ctx *fuzz_context(void);

/* The same, with the configuration in the file or directory @config_path. */
struct kmod_ctx *fuzz_context_with(const char *config_path);

/* How many messages there were, of all contexts. */
unsigned int fuzz_messages(void);

#endif
