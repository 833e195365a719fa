/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for tools/depmod/kernel-symbols.c. An input is a byte, the prefix of symbols or 0,
 * and a file, which is read as Module.symvers and as System.map.
 */
#include "tools/depmod/kernel-symbols.h"

#include <string.h>
#include <syslog.h>

#include "fuzz.h"
#include "input.h"
#include "scratch.h"
#include "tools/cli.h"

typedef int (*read_fn)(struct cli *cli, const char *path, char prefix, struct kernel_symbols *ret);

/* That the symbols, no more than there are lines, are texts in the file, one behind the other. */
static void check_symbols(const struct kernel_symbols *symbols, struct span file)
{
	const char *next = symbols->text;
	size_t lines = 1;

	for (size_t i = 0; i < file.size; i++)
		lines += file.data[i] == '\n';
	fuzz_assert(symbols->count <= lines);
	for (size_t i = 0; i < symbols->count; i++) {
		const struct kernel_symbol *const symbol = &symbols->symbols[i];

		fuzz_assert(symbol->name >= next && strlen(symbol->name) == symbol->length);
		next = symbol->name + symbol->length;
	}
	fuzz_assert(symbols->count == 0 || next <= symbols->text + file.size);
}

static void check_file(read_fn read, char prefix, struct span file)
{
	struct cli cli = { .prog = "depmod", .threshold = LOG_INFO };
	char *const path = scratch_path("symbols");
	struct kernel_symbols symbols = { 0 };

	fuzz_assert(read(&cli, path, prefix, &symbols) == 0);
	check_symbols(&symbols, file);
	kernel_symbols_done(&symbols);
	free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = span_of(data, size);
	const char prefix = (char)input_byte(&file);

	scratch_put("symbols", file);
	check_file(kernel_symbols_from_symvers, prefix, file);
	check_file(kernel_symbols_from_map, prefix, file);
	return 0;
}
