/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for tools/depmod/cache-read.c. The checksums of the input are made right first: else
 * next to nothing would get past them.
 */
#include <errno.h>
#include <string.h>

#include "check-facts.h"
#include "fuzz.h"
#include "libkmod/format/span.h"
#include "scratch.h"
#include "tools/depmod/cache.h"
#include "tools/depmod/publish.h"

#define MODULES_MAX 16U

/* Where the body starts, by what the header says; more than @size when there is none. */
static size_t head_size(const struct cache_header *header, size_t size)
{
	const uint64_t head = sizeof(*header) +
			      (uint64_t)header->modules_count * sizeof(struct cache_module) +
			      header->paths_size;

	return head <= size ? (size_t)((head + 7) & ~UINT64_C(7)) : size + 1;
}

static void seal(uint8_t *data, size_t size)
{
	struct cache_header header;
	size_t head;

	if (size < sizeof(header))
		return;
	memcpy(&header, data, sizeof(header));
	header.magic = CACHE_MAGIC;
	header.program = cache_program();
	head = head_size(&header, size);
	if (head > size)
		return;
	header.body_size = size - head;
	header.body_checksum = cache_checksum(data + head, size - head);
	memcpy(data, &header, sizeof(header));
	header.head_checksum = cache_checksum(data + CACHE_CHECKED, head - CACHE_CHECKED);
	memcpy(data, &header, sizeof(header));
}

/* Modules that are those that the input tells of, as far as there are paths. Returns how many. */
static uint32_t make_modules(struct span file, struct module modules[MODULES_MAX])
{
	struct cache_header header;
	struct cache_module cached;
	struct span paths, rest = file;
	uint32_t count = 0;

	if (file.size < sizeof(header))
		return 0;
	memcpy(&header, span_take(&rest, sizeof(header)), sizeof(header));
	if (!span_slice(&file, sizeof(header) + (uint64_t)header.modules_count * sizeof(cached),
			header.paths_size, &paths))
		return 0;
	for (uint32_t i = 0; i < header.modules_count && count < MODULES_MAX; i++) {
		memcpy(&cached, span_take(&rest, sizeof(cached)), sizeof(cached));
		modules[count] = (struct module){
			.name = "x",
			.relative = span_string(&paths, cached.path),
			.stamp = cached.stamp,
		};
		count += modules[count].relative != NULL;
	}
	return count;
}

/* Asks whether anything has changed since, where nothing but the outputs has. */
static void check_current(const struct cache *cache, const struct modules *modules,
			  struct span file)
{
	struct cache_header header;
	struct cache_subject subject = { 0 };
	struct cache_output output;

	fuzz_assert(file.size >= sizeof(header));
	memcpy(&header, file.data, sizeof(header));
	subject.builtin = header.builtin;
	subject.builtin_modinfo = header.builtin_modinfo;
	subject.symbol_prefix = (char)header.symbol_prefix;
	fuzz_assert(!cache_is_current(cache, modules, &subject, scratch_dir(), false));
	fuzz_assert(!cache_is_current(cache, modules, &subject, scratch_dir(), true));
	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++)
		fuzz_assert(!cache_has_output(cache, scratch_dir(), i, header.outputs[i].hash,
					      header.outputs[i].size, &output));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const dir = scratch_dir();
	uint8_t *const copy = malloc(size + 1);
	struct module modules[MODULES_MAX];
	struct modules all = { .modules = modules };
	struct names names = { 0 };
	struct cache *cache = NULL;
	int r;

	fuzz_assert(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	seal(copy, size);
	scratch_put(CACHE_NAME, span_of(copy, size));
	all.count = make_modules(span_of(copy, size), modules);

	r = cache_open(dir, &cache);
	if (r == 0) {
		check_current(cache, &all, span_of(copy, size));
		r = cache_fill(cache, &all, &names);
	}
	fuzz_assert(r == 0 || r == -ENODATA);
	for (uint32_t i = 0; r == 0 && i < all.count; i++)
		check_facts(&modules[i].facts, &names);
	fuzz_assert(r == 0 || names.count == 0);

	names_done(&names);
	cache_free(cache);
	free(copy);
	return 0;
}
