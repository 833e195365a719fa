/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that depmod makes, as bytes in memory.
 */
#ifndef TOOLS_DEPMOD_OUTPUT_H
#define TOOLS_DEPMOD_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libkmod/base/names.h"
#include "tools/depmod/messages.h"
#include "tools/depmod/module.h"
#include "tools/depmod/resolve.h"

struct cli;

/* What the files are made of. Everything is borrowed. */
struct output_sources {
	const struct modules *modules;
	const struct names *symbols;		 /* that the modules' facts refer to */
	const struct dependencies *dependencies; /* without cycles */
	const uint32_t *rank;			 /* of the modules, from graph_rank() */
	const char *root;			 /* the directory of modules */
	bool report_repeats; /* aliases that a module has twice */
};

struct output_file {
	const char *name;
	bool is_text;
	char *data; /* NULL: not made */
	size_t size;
	struct messages messages; /* what there is to say about it */
	int error; /* 0; the negative errno of what kept it from being made */
};

/* How many files there are. */
#define OUTPUTS_COUNT 11U

/* The names of the files, in the order in which they come everywhere. */
extern const char *const output_names[OUTPUTS_COUNT];

/* Makes all files, or those that are text, with up to @jobs threads. */
void outputs_make(const struct output_sources *sources, bool text_only, unsigned int jobs,
		 struct output_file outputs[OUTPUTS_COUNT]);

/*
 * Logs what there is to say about the files, up to the first that could not be made. Returns 0,
 * with how many messages there were; the error of the file that could not be made.
 */
int outputs_log(struct cli *cli, struct output_file outputs[OUTPUTS_COUNT], size_t *ret_count);

void outputs_done(struct output_file outputs[OUTPUTS_COUNT]);

#endif
