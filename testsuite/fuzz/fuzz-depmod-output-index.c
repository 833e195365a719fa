/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for what tools/depmod/output-index.c reads: an input is modules.builtin, and
 * modules.builtin.modinfo. What comes out has to be an index, unless it cannot be one.
 */
#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "fuzz.h"
#include "index-lookups.h"
#include "scratch.h"
#include "tools/cli.h"
#include "tools/depmod/output-make.h"

static int count_entry(const char *key, const char *value, void *data)
{
	++*(size_t *)data;
	return 0;
}

/* How many entries the index in @output has. */
static size_t count_entries(const struct output_file *output)
{
	struct index *const index = index_of_bytes(span_of(output->data, output->size));
	size_t count = 0;

	fuzz_assert(index != NULL);
	fuzz_assert(index_dump(index, count_entry, &count) == 0);
	index_free(index);
	return count;
}

static void check_output(output_make_fn make, struct span file)
{
	struct cli cli = { .prog = "depmod", .threshold = LOG_INFO };
	const struct output_sources sources = { .root = scratch_dir() };
	struct output_file output = { 0 };
	const int r = make(&sources, NULL, &output);

	/* -EILSEQ is for characters that no key can have: it is told which. */
	fuzz_assert(r == 0 || r == -EILSEQ);
	if (r == 0)
		fuzz_assert(count_entries(&output) <= file.size);
	else
		fuzz_assert(!output.data && output.messages.count > 0);
	(void)messages_log(&cli, &output.messages);
	messages_done(&output.messages);
	free(output.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span file = span_of(data, size);

	scratch_put("modules.builtin", file);
	scratch_put("modules.builtin.modinfo", file);
	check_output(output_make_builtin_bin, file);
	check_output(output_make_builtin_alias_bin, file);
	return 0;
}
