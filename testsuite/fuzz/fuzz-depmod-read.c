/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for tools/depmod/read.c. An input is a byte of options and a module.
 *
 * The module is there twice, as in fuzz-image.c, and the facts have to be the same.
 */
#include "tools/depmod/read.h"

#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "check-facts.h"
#include "fuzz.h"
#include "input.h"
#include "scratch.h"
#include "stretch.h"
#include "tools/cli.h"

enum {
	OPTION_LARGE = 1,
	OPTION_THREADS = 2,
};

static bool same_bytes(const void *a, const void *b, size_t size)
{
	return size == 0 || memcmp(a, b, size) == 0;
}

static void check_same(const struct facts *a, const struct facts *b)
{
	fuzz_assert(a->needs_count == b->needs_count && a->provides_count == b->provides_count);
	fuzz_assert(same_bytes(a->needs, b->needs, a->needs_count * sizeof(*a->needs)));
	fuzz_assert(same_bytes(a->need_crcs, b->need_crcs, a->needs_count * sizeof(*a->need_crcs)));
	fuzz_assert(same_bytes(a->provides, b->provides, a->provides_count * sizeof(*a->provides)));
	fuzz_assert(same_bytes(a->provide_crcs, b->provide_crcs,
			       a->provides_count * sizeof(*a->provide_crcs)));
	fuzz_assert(a->texts_size == b->texts_size);
	fuzz_assert(same_bytes(a->texts, b->texts, a->texts_size));
}

static void check_module(struct span file, unsigned int jobs)
{
	static struct cli cli = { .prog = "depmod", .threshold = LOG_INFO };
	struct module list[] = {
		{ .name = "m", .path = "/m.ko", .relative = "m.ko" },
		{ .name = "n", .path = "/m.ko.gz", .relative = "m.ko.gz", .suffix_size = 3 },
	};
	struct modules modules = { .modules = list, .count = 2 };
	struct names symbols = { 0 };
	struct arena store = { 0 };
	struct messages messages = { 0 };
	const int dirfd = open(scratch_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	scratch_put("m.ko", file);
	scratch_put("m.ko.gz", file);
	fuzz_assert(dirfd >= 0);
	fuzz_assert(read_modules(&modules, dirfd, jobs, &symbols, &store, &messages) == 0);
	check_facts(&list[0].facts, &symbols);
	check_facts(&list[1].facts, &symbols);
	check_same(&list[0].facts, &list[1].facts);
	fuzz_assert(list[0].is_known == list[1].is_known);
	(void)messages_log(&cli, &messages);
	messages_done(&messages);
	arena_done(&store);
	names_done(&symbols);
	(void)close(dirfd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	const uint8_t options = input_byte(&input);
	const unsigned int jobs = options & OPTION_THREADS ? 2 : 1;

	if (options & OPTION_LARGE) {
		size_t large_size;
		uint8_t *const large = stretch_elf(input, &large_size);

		check_module(span_of(large, large_size), jobs);
		free(large);
	} else {
		check_module(input, jobs);
	}
	return 0;
}
