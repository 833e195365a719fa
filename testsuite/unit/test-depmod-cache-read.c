/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/cache-read.c: each thing that may have changed, each lie that a file whose
 * checksums are right may tell, and reads that go wrong.
 */
#include "tools/depmod/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache-dir.h"
#include "reads.h"
#include "unit.h"

/* ---- A cache ------------------------------------------------------------------------------- */

#define COUNT 3U

static const uint32_t needs[] = { 0, 1, 2 | FACTS_WEAK, 3, 2 };
static const uint32_t provides[] = { 4, 0, 1 };

/* In the file, symbols have the same numbers. */
static const char *const symbols[] = { "zero", "one", "two", "three", "four" };

static const struct module sample[COUNT] = {
	{
		.relative = "kernel/a.ko",
		.stamp = { 11, 12, 13, 14 },
		.is_known = true,
		.is_quiet = true,
		.facts = {
			.needs = needs,
			.needs_count = 4,
			.provides = provides,
			.provides_count = 2,
			.texts = "ax*\0sy z",
			.texts_size = 9,
		},
	},
	{
		.relative = "/b.ko",
		.stamp = { 21, 22, 23, 24 },
		.is_known = true,
		.is_quiet = true,
		.facts = {
			.needs = needs + 4,
			.needs_count = 1,
			.provides = provides + 2,
			.provides_count = 1,
			.texts = "ab",
			.texts_size = 3,
		},
	},
	{
		.relative = "c.ko",
		.stamp = { 31, 32, 33, 34 },
		.is_known = true,
		.is_quiet = true,
	},
};

static struct cache_subject make_subject(void)
{
	return (struct cache_subject){
		.builtin = { 41, 42, 43, 44 },
		.builtin_modinfo = { 51, 52, 53, 54 },
		.symbol_prefix = '_',
		.read_time = 1000,
	};
}

static void make_file(const struct cache_subject *subject,
		      const struct cache_output outputs[OUTPUTS_COUNT], char **ret_data,
		      size_t *ret_size)
{
	const struct modules all = { .modules = (struct module *)sample, .count = COUNT };
	_cleanup_(names_done) struct names names = { 0 };
	uint32_t number;

	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		ck_assert_int_eq(names_add(&names, symbols[i], strlen(symbols[i]), &number), 0);
	ck_assert_int_eq(cache_make(&all, &names, subject, outputs, CACHE_QUIET, ret_data,
				    ret_size),
			 0);
	cache_dir_write(CACHE_NAME, *ret_data, *ret_size);
}

/* Its contents, which are also in the directory, with the outputs. */
static char *make_sample(size_t *ret_size)
{
	const struct cache_subject subject = make_subject();
	struct cache_output outputs[OUTPUTS_COUNT];
	char *data = NULL;

	cache_dir_outputs(outputs);
	make_file(&subject, outputs, &data, ret_size);
	return data;
}

static void forget(struct module modules[COUNT])
{
	memcpy(modules, sample, sizeof(sample));
	for (unsigned int i = 0; i < COUNT; i++) {
		modules[i].facts = (struct facts){ 0 };
		modules[i].is_known = modules[i].is_quiet = false;
	}
}

static bool is_current(const struct module *modules, uint32_t count,
		       const struct cache_subject *subject)
{
	const struct modules all = { .modules = (struct module *)modules, .count = count };
	_cleanup_(cache_freep) struct cache *cache = NULL;

	ck_assert_int_eq(cache_open(cache_dir, &cache), 0);
	return cache_is_current(cache, &all, subject, cache_dir, false);
}

/* Opens it and asks for the facts. What could not be had must not have left anything behind. */
static int read_facts(struct module modules[COUNT])
{
	struct modules all = { .modules = modules, .count = COUNT };
	_cleanup_(names_done) struct names names = { 0 };
	_cleanup_(cache_freep) struct cache *cache = NULL;
	int r = cache_open(cache_dir, &cache);

	forget(modules);
	if (r < 0)
		ck_assert_ptr_null(cache);
	else
		r = cache_fill(cache, &all, &names);
	for (unsigned int i = 0; r < 0 && i < COUNT; i++)
		ck_assert(!modules[i].is_known && !modules[i].facts.needs);
	ck_assert(r == 0 || names.count == 0);
	if (r == 0) {
		ck_assert_uint_eq(names.count, 5);
		for (unsigned int i = 0; i < 4; i++)
			ck_assert_uint_eq(modules[0].facts.needs[i], needs[i]);
		ck_assert_mem_eq(modules[0].facts.texts, sample[0].facts.texts, 9);
	}
	return r;
}

/* ---- What may have changed ------------------------------------------------------------------- */

/* Each member of each stamp, by one more or one less. */
START_TEST(stamps)
{
	_cleanup_free_ char *data = NULL;
	size_t size;

	data = make_sample(&size);
	for (unsigned int i = 0; i < (COUNT + 2) * 4 * 2; i++) {
		const unsigned int which = i / 8;
		struct cache_subject subject = make_subject();
		struct module modules[COUNT];
		struct stamp *stamp;
		uint64_t members[4];

		forget(modules);
		ck_assert(is_current(modules, COUNT, &subject));
		stamp = which < COUNT  ? &modules[which].stamp :
			which == COUNT ? &subject.builtin :
					 &subject.builtin_modinfo;
		memcpy(members, stamp, sizeof(*stamp));
		members[i / 2 % 4] += i % 2 == 0 ? 1 : UINT64_MAX;
		memcpy(stamp, members, sizeof(*stamp));
		ck_assert(!is_current(modules, COUNT, &subject));
		*stamp = STAMP_NONE;
		ck_assert(!is_current(modules, COUNT, &subject));
	}
}
END_TEST

START_TEST(modules_come_and_go)
{
	const struct cache_subject subject = make_subject();
	_cleanup_free_ char *data = NULL;
	struct module modules[COUNT + 1];
	size_t size;

	data = make_sample(&size);
	for (unsigned int i = 0; i < COUNT; i++) {
		const unsigned int other = (i + 1) % COUNT;

		forget(modules);
		modules[i] = sample[other];
		modules[other] = sample[i];
		ck_assert(!is_current(modules, COUNT, &subject));
		forget(modules);
		modules[i].relative = "kernel/a.k";
		ck_assert(!is_current(modules, COUNT, &subject));
		ck_assert(!is_current(modules, i, &subject));
	}
	forget(modules);
	modules[COUNT] = sample[0];
	ck_assert(!is_current(modules, COUNT + 1, &subject));
	ck_assert(is_current(modules, COUNT, &subject));
}
END_TEST

START_TEST(symbol_prefixes)
{
	static const char prefixes[] = { '\0', '_', '.', '\xff' };

	for (size_t i = 0; i < sizeof(prefixes) * sizeof(prefixes); i++) {
		struct cache_subject subject = make_subject();
		struct cache_output outputs[OUTPUTS_COUNT];
		_cleanup_free_ char *data = NULL;
		struct module modules[COUNT];
		size_t size;

		forget(modules);
		cache_dir_outputs(outputs);
		subject.symbol_prefix = prefixes[i % sizeof(prefixes)];
		make_file(&subject, outputs, &data, &size);
		subject.symbol_prefix = prefixes[i / sizeof(prefixes)];
		ck_assert_int_eq(is_current(modules, COUNT, &subject),
				 i % sizeof(prefixes) == i / sizeof(prefixes));
	}
}
END_TEST

/* Each member of each output. The hash is for those who have made another. */
START_TEST(outputs)
{
	const unsigned int i = (unsigned int)_i / 4, member = (unsigned int)_i % 4;
	const struct cache_subject subject = make_subject();
	struct cache_output cached[OUTPUTS_COUNT], real[OUTPUTS_COUNT], found = { 0 };
	_cleanup_(cache_freep) struct cache *cache = NULL;
	_cleanup_free_ char *data = NULL;
	struct module modules[COUNT];
	uint64_t members[4];
	size_t size;

	forget(modules);
	cache_dir_outputs(real);
	memcpy(cached, real, sizeof(real));
	memcpy(members, &cached[i], sizeof(members));
	members[member]++;
	memcpy(&cached[i], members, sizeof(members));
	make_file(&subject, cached, &data, &size);
	ck_assert_int_eq(is_current(modules, COUNT, &subject), member == 3);

	ck_assert_int_eq(cache_open(cache_dir, &cache), 0);
	for (unsigned int j = 0; j < OUTPUTS_COUNT; j++)
		ck_assert_int_eq(cache_has_output(cache, cache_dir, j, real[j].hash,
						  (size_t)real[j].size, &found),
				 j != i);
	/* asked for as the cache has it, it is still not what is there */
	ck_assert_int_eq(cache_has_output(cache, cache_dir, i, cached[i].hash,
					  (size_t)cached[i].size, &found),
			 member == 3);
	if (member == 3)
		ck_assert_mem_eq(&found, &cached[i], sizeof(found));
	ck_assert(!cache_has_output(cache, cache_dir, i, cached[i].hash,
				    (size_t)cached[i].size + 1, &found));
	ck_assert(!cache_has_output(cache, "/nonexistent", i, cached[i].hash,
				    (size_t)cached[i].size, &found));
}
END_TEST

START_TEST(no_directory)
{
	const struct cache_subject subject = make_subject();
	struct module modules[COUNT];
	const struct modules all = { .modules = modules, .count = COUNT };
	_cleanup_(cache_freep) struct cache *cache = NULL;
	_cleanup_free_ char *data = NULL;
	size_t size;

	data = make_sample(&size);
	forget(modules);
	ck_assert_int_eq(cache_open(cache_dir, &cache), 0);
	ck_assert(cache_is_current(cache, &all, &subject, cache_dir, false));
	ck_assert(!cache_is_current(cache, &all, &subject, "/nonexistent", false));
}
END_TEST

/* ---- Lies ---------------------------------------------------------------------------------- */

enum part {
	HEADER, /* an offset there */
	MODULE, /* an offset in the first record; of the others, behind it */
	NEEDS,	/* a number in these arrays */
	PROVIDES,
	LENGTHS,
	NAMES, /* a byte */
	PATHS,
	TEXTS,
};

/* Adds @by to the number (or the byte) at @at. */
struct change {
	enum part part;
	size_t at;
	int64_t by;
};

#define IN_HEADER(member, by) { HEADER, offsetof(struct cache_header, member), by }
#define IN_MODULE(i, member, by)                                                                  \
	{ MODULE, (i) * sizeof(struct cache_module) + offsetof(struct cache_module, member), by }

/* Checksums fit, and sizes too but for the last few: what is wrong is only what is named. */
static const struct {
	const char *what;
	struct change changes[8];
} lies[] = {
	{ "a path behind all", { IN_MODULE(2, path, 1000) } },
	{ "a path just behind all", { IN_MODULE(2, path, 5) } },
	{ "a path twice", { IN_MODULE(2, path, -18) } },
	{ "no paths", { IN_HEADER(paths_size, -23), IN_HEADER(texts_size, 24) } },
	{ "paths without an end", { IN_HEADER(paths_size, -1) } },
	{ "paths without an end, again", { { PATHS, 22, 1 } } },

	{ "needs behind all", { IN_MODULE(1, needs, 1) } },
	{ "needs far behind all", { IN_MODULE(1, needs, 0x7fffffff) } },
	{ "no needs, behind all", { IN_MODULE(1, needs, 2), IN_MODULE(1, needs_count, -1) } },
	{ "a need too many", { IN_MODULE(1, needs_count, 1) } },
	{ "needs that wrap", { IN_MODULE(1, needs, -5) } },
	{ "all needs there are", { IN_MODULE(0, needs_count, -5), IN_MODULE(0, needs, 5) } },
	{ "provides behind all", { IN_MODULE(1, provides, 1) } },
	{ "a symbol too many", { IN_MODULE(1, provides_count, 1) } },
	{ "provides that wrap", { IN_MODULE(1, provides, -3) } },
	{ "texts behind all", { IN_MODULE(1, texts, 1) } },
	{ "a text too many", { IN_MODULE(1, texts_size, 1) } },
	{ "texts that wrap", { IN_MODULE(1, texts, -10) } },

	{ "a need without a name", { { NEEDS, 0, 5 } } },
	{ "a weak need without a name", { { NEEDS, 2, 3 } } },
	{ "the last need without a name", { { NEEDS, 4, 3 } } },
	{ "a need far behind all", { { NEEDS, 0, 0x7fffffff } } },
	{ "a symbol without a name", { { PROVIDES, 0, 1 } } },
	{ "the last symbol without a name", { { PROVIDES, 2, 4 } } },
	{ "a weak symbol", { { PROVIDES, 2, FACTS_WEAK } } },

	{ "a name too long", { { LENGTHS, 4, 1 } } },
	{ "a name too short", { { LENGTHS, 4, -1 } } },
	{ "a name into the next one", { { LENGTHS, 0, 1 }, { LENGTHS, 1, -1 } } },
	{ "a huge name", { { LENGTHS, 0, 0x7fffffff } } },
	{ "a name of -1 bytes",
	  { { LENGTHS, 0, -5 },
	    { LENGTHS, 1, 1 },
	    { LENGTHS, 3, -2 },
	    { LENGTHS, 4, 1 },
	    IN_HEADER(names_size, -5),
	    IN_HEADER(texts_size, 5),
	    IN_MODULE(1, texts, 5) } },
	{ "a name twice",
	  { { NAMES, 5, 't' - 'o' }, { NAMES, 6, 'w' - 'n' }, { NAMES, 7, 'o' - 'e' } } },
	{ "names without an end", { { NAMES, 23, 1 } } },
	{ "bytes behind the names",
	  { IN_HEADER(names_size, 4),
	    IN_HEADER(texts_size, -4),
	    IN_MODULE(0, texts_size, -9),
	    IN_MODULE(1, texts, -4),
	    IN_MODULE(2, texts, -4) } },

	{ "texts without an end", { IN_MODULE(0, texts_size, -1) } },
	{ "the last texts without an end", { { TEXTS, 11, 1 } } },

	{ "another size of the body", { IN_HEADER(body_size, 4) } },
	{ "more needs than there are", { IN_HEADER(needs_count, 1) } },
	{ "2^30 more needs", { IN_HEADER(needs_count, 1 << 30) } },
	{ "more modules than there are", { IN_HEADER(modules_count, 1) } },
	{ "far more modules", { IN_HEADER(modules_count, 0x7fffffff) } },
	{ "2^26 more modules", { IN_HEADER(modules_count, 1 << 26) } },
	{ "more of the names", { IN_HEADER(names_size, 1) } },
	{ "all of it", { IN_HEADER(texts_size, -13) } },
};

/* Where the part starts in the sample. */
static size_t start_of(enum part part, const struct cache_header *header)
{
	const size_t body = (size_t)cache_head_size(header);
	const size_t paths = sizeof(*header) + header->modules_count * sizeof(struct cache_module);
	const size_t starts[] = {
		[HEADER] = 0,
		[MODULE] = sizeof(*header),
		[NEEDS] = body,
		[PROVIDES] = body + header->needs_count * 4,
		[LENGTHS] = body + (header->needs_count + header->provides_count) * 4,
		[NAMES] = body + (header->needs_count + header->provides_count +
				  header->symbols_count) * 4,
		[PATHS] = paths,
		[TEXTS] = body + (size_t)header->body_size - header->texts_size,
	};

	return starts[part];
}

static void make_change(char *data, const struct cache_header *header, const struct change *change)
{
	const size_t start = start_of(change->part, header);
	const bool is_array = change->part == NEEDS || change->part == PROVIDES ||
			      change->part == LENGTHS;
	char *const place = data + start + change->at * (is_array ? sizeof(uint32_t) : 1);
	uint32_t number;

	if (change->part >= NAMES) {
		*place = (char)(*place + change->by);
		return;
	}
	memcpy(&number, place, sizeof(number));
	number += (uint32_t)change->by;
	memcpy(place, &number, sizeof(number));
}

/* That the changes above are made to what they mean. */
static void check_sample(const struct cache_header *header)
{
	ck_assert_uint_eq(header->paths_size, 23);
	ck_assert_uint_eq(header->needs_count, 5);
	ck_assert_uint_eq(header->provides_count, 3);
	ck_assert_uint_eq(header->symbols_count, 5);
	ck_assert_uint_eq(header->names_size, 24);
	ck_assert_uint_eq(header->texts_size, 12);
}

START_TEST(lie)
{
	_cleanup_free_ char *data = NULL;
	struct module modules[COUNT];
	struct cache_header header;
	size_t size;

	data = make_sample(&size);
	memcpy(&header, data, sizeof(header));
	check_sample(&header);
	for (size_t i = 0; i < sizeof(lies[_i].changes) / sizeof(lies[_i].changes[0]); i++)
		if (lies[_i].changes[i].by != 0)
			make_change(data, &header, &lies[_i].changes[i]);
	cache_seal(data, size);
	cache_dir_write(CACHE_NAME, data, size);
	ck_assert_msg(read_facts(modules) == -ENODATA, "%s", lies[_i].what);
}
END_TEST

/* What is changed to no harm, to see that the others are not refused for the changing. */
START_TEST(sealed)
{
	_cleanup_free_ char *data = NULL;
	struct module modules[COUNT];
	struct cache_header header;
	size_t size;

	data = make_sample(&size);
	memcpy(&header, data, sizeof(header));
	make_change(data, &header, &(struct change){ NAMES, 22, 1 });
	make_change(data, &header, &(struct change)IN_HEADER(flags, 4));
	cache_dir_write(CACHE_NAME, data, size);
	ck_assert_int_eq(read_facts(modules), -ENODATA);
	cache_seal(data, size);
	cache_dir_write(CACHE_NAME, data, size);
	ck_assert_int_eq(read_facts(modules), 0);
}
END_TEST

/* A file with holes can be of any size: one that is too large is not read. */
START_TEST(too_large)
{
	_cleanup_free_ char *data = NULL;
	struct cache_header header;
	size_t size;

	data = make_sample(&size);
	memcpy(&header, data, sizeof(header));
	for (size_t more = 0; more <= 1; more++) {
		const size_t total = CACHE_SIZE_MAX + more;
		_cleanup_(cache_freep) struct cache *cache = NULL;
		struct cache_header large = header;
		const size_t head = (size_t)cache_head_size(&header);

		large.texts_size += (uint32_t)(total - size);
		large.body_size += total - size;
		memcpy(data, &large, sizeof(large));
		large.head_checksum = cache_checksum(data + CACHE_CHECKED, head - CACHE_CHECKED);
		memcpy(data, &large, sizeof(large));
		cache_dir_write(CACHE_NAME, data, size);
		ck_assert_int_eq(truncate(cache_dir_path(CACHE_NAME), (off_t)total), 0);
		ck_assert_int_eq(cache_open(cache_dir, &cache), more == 0 ? 0 : -ENODATA);
	}
}
END_TEST

/* ---- Reads that go wrong --------------------------------------------------------------------- */

START_TEST(short_reads)
{
	_cleanup_free_ char *data = NULL;
	struct module modules[COUNT];
	size_t size;

	data = make_sample(&size);
	for (size_t at_most = 1; at_most < size; at_most = at_most * 3 + 1) {
		reads = (struct reads){ .at_most = at_most, .interrupted = true };
		ck_assert_int_eq(read_facts(modules), 0);
	}
	reads = (struct reads){ 0 };
}
END_TEST

START_TEST(read_errors)
{
	_cleanup_free_ char *data = NULL;
	struct module modules[COUNT];
	unsigned int count;
	size_t size;

	data = make_sample(&size);
	reads = (struct reads){ .at_most = 100 };
	ck_assert_int_eq(read_facts(modules), 0);
	count = reads.count;
	ck_assert_uint_gt(count, 6);
	for (unsigned int until = 1; until < count; until++) {
		reads = (struct reads){ .at_most = 100, .until = until, .error = EIO };
		ck_assert_int_eq(read_facts(modules), -EIO);
	}
	reads = (struct reads){ 0 };
}
END_TEST

static void cut(void)
{
	ck_assert_int_eq(truncate(cache_dir_path(CACHE_NAME), 0), 0);
}

/* Another number of modules, with all checksums right: it must not be read by the old header. */
static void replace(void)
{
	FILE *const file = fopen(cache_dir_path(CACHE_NAME), "r+e");
	struct cache_header header;
	char data[4096];
	size_t size;

	ck_assert_ptr_nonnull(file);
	size = fread(data, 1, sizeof(data), file);
	memcpy(&header, data, sizeof(header));
	header.modules_count = 100;
	memcpy(data, &header, sizeof(header));
	header.head_checksum = cache_checksum(data + CACHE_CHECKED,
					      size - (size_t)header.body_size - CACHE_CHECKED);
	memcpy(data, &header, sizeof(header));
	rewind(file);
	ck_assert_uint_eq(fwrite(data, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
}

/* The file is cut, or another one, between any two reads. */
START_TEST(changed_meanwhile)
{
	_cleanup_free_ char *data = NULL;
	struct module modules[COUNT];
	size_t size;

	data = make_sample(&size);
	for (unsigned int until = 1; until < 3; until++) {
		reads = (struct reads){ .until = until, .change = cut };
		ck_assert_int_eq(read_facts(modules), -ENODATA);
		ck_assert_uint_eq(reads.count, until + 1);
		reads = (struct reads){ 0 };
		cache_dir_write(CACHE_NAME, data, size);
	}
	reads = (struct reads){ .until = 1, .change = replace };
	ck_assert_int_eq(read_facts(modules), -ENODATA);
	reads = (struct reads){ 0 };
}
END_TEST

/* ---- Files that are none --------------------------------------------------------------------- */

START_TEST(links)
{
	_cleanup_free_ char *data = NULL;
	struct module modules[COUNT];
	size_t size;

	data = make_sample(&size);
	cache_dir_write("other", data, size);
	ck_assert_int_eq(unlink(cache_dir_path(CACHE_NAME)), 0);
	ck_assert_int_eq(symlink("other", cache_dir_path(CACHE_NAME)), 0);
	ck_assert_int_eq(read_facts(modules), 0);
	ck_assert_int_eq(unlink(cache_dir_path("other")), 0);
	ck_assert_int_eq(read_facts(modules), -ENODATA);
	ck_assert_int_eq(unlink(cache_dir_path(CACHE_NAME)), 0);
	ck_assert_int_eq(symlink("/dev/zero", cache_dir_path(CACHE_NAME)), 0);
	ck_assert_int_eq(read_facts(modules), -ENODATA);
}
END_TEST

static unsigned int count_descriptors(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < 4096; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Whether it could be used or not, no descriptor is left. */
START_TEST(descriptors)
{
	const unsigned int before = count_descriptors();
	_cleanup_free_ char *data = NULL;
	struct module modules[COUNT];
	size_t size;

	data = make_sample(&size);
	ck_assert_int_eq(read_facts(modules), 0);
	ck_assert_uint_eq(count_descriptors(), before);
	ck_assert_int_eq(truncate(cache_dir_path(CACHE_NAME), (off_t)size - 1), 0);
	ck_assert_int_eq(read_facts(modules), -ENODATA);
	ck_assert_int_eq(unlink(cache_dir_path(CACHE_NAME)), 0);
	ck_assert_int_eq(read_facts(modules), -ENODATA);
	ck_assert_uint_eq(count_descriptors(), before);
}
END_TEST

/* A file where the directory should be is none. */
START_TEST(not_a_directory)
{
	_cleanup_(cache_freep) struct cache *cache = NULL;

	ck_assert_int_eq(cache_open("/dev/null", &cache), -ENODATA);
	ck_assert_ptr_null(cache);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-cache-read");
	TCase *const tests = tcase_create("depmod-cache-read");

	tcase_add_checked_fixture(tests, cache_dir_setup, cache_dir_teardown);
	tcase_add_test(tests, stamps);
	tcase_add_test(tests, modules_come_and_go);
	tcase_add_test(tests, symbol_prefixes);
	tcase_add_loop_test(tests, outputs, 0, (int)OUTPUTS_COUNT * 4);
	tcase_add_test(tests, no_directory);
	tcase_add_loop_test(tests, lie, 0, (int)(sizeof(lies) / sizeof(lies[0])));
	tcase_add_test(tests, sealed);
	tcase_add_test(tests, too_large);
	tcase_add_test(tests, short_reads);
	tcase_add_test(tests, read_errors);
	tcase_add_test(tests, changed_meanwhile);
	tcase_add_test(tests, links);
	tcase_add_test(tests, descriptors);
	tcase_add_test(tests, not_a_directory);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
