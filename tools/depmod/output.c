/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that depmod makes, as bytes in memory.
 *
 * They are made independently of each other, so by any number of threads, and what there is to say
 * about one waits until it is its turn.
 */
#include "tools/depmod/output.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli.h"
#include "tools/depmod/output-make.h"
#include "tools/depmod/pool.h"

const char *const output_names[OUTPUTS_COUNT] = {
	"modules.dep",
	"modules.dep.bin",
	"modules.alias",
	"modules.alias.bin",
	"modules.softdep",
	"modules.weakdep",
	"modules.symbols",
	"modules.symbols.bin",
	"modules.builtin.bin",
	"modules.builtin.alias.bin",
	"modules.devname",
};

static const struct maker {
	output_make_fn make;
	bool is_text;
} makers[OUTPUTS_COUNT] = {
	{ output_make_dep, true },
	{ output_make_dep_bin, false },
	{ output_make_alias, true },
	{ output_make_alias_bin, false },
	{ output_make_softdep, true },
	{ output_make_weakdep, true },
	{ output_make_symbols, true },
	{ output_make_symbols_bin, false },
	{ output_make_builtin_bin, false },
	{ output_make_builtin_alias_bin, false },
	{ output_make_devname, true },
};

/* Which file is to be made when: those that take longest come first. */
static const uint8_t turns[OUTPUTS_COUNT] = { 3, 7, 6, 2, 1, 9, 8, 0, 10, 4, 5 };

struct making {
	const struct output_sources *sources;
	const struct dep_lines *lines;
	bool text_only;
	struct output_file *outputs;
	atomic_uint next;
};

static void make_on(void *data, unsigned int worker)
{
	struct making *const making = data;
	unsigned int turn;

	(void)worker;
	while ((turn = atomic_fetch_add(&making->next, 1)) < OUTPUTS_COUNT) {
		const unsigned int i = turns[turn];
		struct output_file *const output = &making->outputs[i];

		if (makers[i].is_text || !making->text_only)
			output->error = makers[i].make(making->sources, making->lines, output);
	}
}

void outputs_make(const struct output_sources *sources, bool text_only, unsigned int jobs,
		 struct output_file outputs[OUTPUTS_COUNT])
{
	_cleanup_(dep_lines_done) struct dep_lines lines = { 0 };
	struct making making = {
		.sources = sources,
		.lines = &lines,
		.text_only = text_only,
		.outputs = outputs,
	};
	const int r = dep_lines_make(sources, &lines);

	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++)
		outputs[i] = (struct output_file){
			.name = output_names[i],
			.is_text = makers[i].is_text,
			.error = r,
		};
	if (r >= 0)
		pool_run(jobs < OUTPUTS_COUNT ? jobs : OUTPUTS_COUNT, make_on, &making);
}

int outputs_log(struct cli *cli, struct output_file outputs[OUTPUTS_COUNT], size_t *ret_count)
{
	size_t count = 0;

	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++) {
		struct output_file *const output = &outputs[i];

		count += messages_log(cli, &output->messages);
		/* of characters that no index can hold everything has been said */
		if (output->error < 0 && output->error != -EILSEQ) {
			cli_log(cli, LOG_ERR, "Could not write index '%s': %s", output->name,
				strerror(-output->error));
		}
		if (output->error < 0)
			return output->error;
	}
	*ret_count = count;
	return 0;
}

void outputs_done(struct output_file outputs[OUTPUTS_COUNT])
{
	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++) {
		free(outputs[i].data);
		messages_done(&outputs[i].messages);
		outputs[i] = (struct output_file){ 0 };
	}
}
