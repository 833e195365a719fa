/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/cache-read.c and cache-write.c.
 */
#include "tools/depmod/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cache-dir.h"

#define SECOND INT64_C(1000000000)

/* All was changed before this. */
#define READ_TIME (1000 * SECOND)

/* ---- What is kept -------------------------------------------------------------------------- */

static struct stamp stamp(unsigned int n)
{
	return (struct stamp){
		.ino = n + 1,
		.size = 100 + n,
		.mtime = n,
		.ctime = 5 * SECOND + 1 + n,
	};
}

static const uint32_t needs[] = { 2, 0, 1 | FACTS_WEAK, 3 };
static const uint32_t provides[] = { 4, 2 };
static const uint64_t crcs[] = { 9, 8, 7, 6 };

/* Three modules: with all facts, with some, and with none. */
static struct module sample[] = {
	{
		.name = "a",
		.path = "/x/kernel/a.ko",
		.relative = "kernel/a.ko",
		.stamp = { 1, 100, 0, 5 * SECOND + 1 },
		.is_known = true,
		.is_quiet = true,
		.facts = {
			.needs = needs,
			.need_crcs = crcs,
			.needs_count = 4,
			.provides = provides,
			.provide_crcs = crcs,
			.provides_count = 2,
			.texts = "ax*\0sy z",
			.texts_size = 9,
		},
	},
	{
		.name = "b",
		.path = "/elsewhere/b.ko.xz",
		.relative = "/elsewhere/b.ko.xz",
		.stamp = { 2, 101, 1, 5 * SECOND + 2 },
		.is_known = true,
		.is_quiet = true,
		.facts = { .needs = needs + 2, .need_crcs = crcs, .needs_count = 1 },
	},
	{
		.name = "c",
		.path = "/x/c.ko",
		.relative = "c.ko",
		.stamp = { 3, 102, 2, 5 * SECOND + 3 },
		.is_known = true,
		.is_quiet = true,
	},
};
#define SAMPLE_COUNT 3U

static const char *const sample_names[] = { "zero", "one", "two", "three", "four", "unused" };

static struct names make_names(void)
{
	struct names names = { 0 };
	uint32_t number;

	for (size_t i = 0; i < sizeof(sample_names) / sizeof(sample_names[0]); i++)
		ck_assert_int_eq(names_add(&names, sample_names[i], strlen(sample_names[i]),
					   &number),
				 0);
	return names;
}

static struct cache_subject make_subject(void)
{
	return (struct cache_subject){
		.builtin = stamp(10),
		.builtin_modinfo = stamp(11),
		.symbol_prefix = '_',
		.read_time = READ_TIME,
	};
}

static void make_file(const struct module *modules, uint32_t count,
		      const struct cache_subject *subject, uint32_t flags, char **ret_data,
		      size_t *ret_size)
{
	const struct modules all = { .modules = (struct module *)modules, .count = count };
	_cleanup_(names_done) struct names names = make_names();
	struct cache_output outputs[OUTPUTS_COUNT];

	cache_dir_outputs(outputs);
	ck_assert_int_eq(cache_make(&all, &names, subject, outputs, flags, ret_data, ret_size), 0);
}

/* The cache of the sample, in the directory. */
static void make_sample(uint32_t flags)
{
	const struct cache_subject subject = make_subject();
	_cleanup_free_ char *data = NULL;
	size_t size;

	make_file(sample, SAMPLE_COUNT, &subject, flags, &data, &size);
	cache_dir_write(CACHE_NAME, data, size);
}

/* ---- What comes back ------------------------------------------------------------------------- */

/* The modules as they are before anything is known of them. */
static void forget(struct module modules[SAMPLE_COUNT])
{
	memcpy(modules, sample, sizeof(sample));
	for (unsigned int i = 0; i < SAMPLE_COUNT; i++) {
		modules[i].facts = (struct facts){ 0 };
		modules[i].is_known = modules[i].is_quiet = false;
	}
}

static void assert_symbols(const uint32_t *found, const struct names *names, const uint32_t *wanted,
			   uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		ck_assert_uint_eq(found[i] & FACTS_WEAK, wanted[i] & FACTS_WEAK);
		ck_assert_str_eq(names->names[found[i] & ~FACTS_WEAK].text,
				 sample_names[wanted[i] & ~FACTS_WEAK]);
	}
}

static void assert_same(const struct module *found, const struct names *names,
			const struct module *wanted)
{
	const struct facts *const f = &found->facts, *const w = &wanted->facts;

	ck_assert(found->is_known);
	ck_assert(found->is_quiet);
	ck_assert_uint_eq(f->needs_count, w->needs_count);
	ck_assert_uint_eq(f->provides_count, w->provides_count);
	ck_assert_uint_eq(f->texts_size, w->texts_size);
	assert_symbols(f->needs, names, w->needs, w->needs_count);
	assert_symbols(f->provides, names, w->provides, w->provides_count);
	if (w->texts_size > 0)
		ck_assert_mem_eq(f->texts, w->texts, w->texts_size);
}

START_TEST(comes_back)
{
	_cleanup_(names_done) struct names names = { 0 };
	_cleanup_(cache_freep) struct cache *cache = NULL;
	struct module modules[SAMPLE_COUNT];
	struct modules all = { .modules = modules, .count = SAMPLE_COUNT };

	make_sample(CACHE_QUIET);
	forget(modules);
	ck_assert_int_eq(cache_open(cache_dir, &cache), 0);
	ck_assert(!cache_is_synced(cache));
	ck_assert_int_eq(cache_fill(cache, &all, &names), 0);
	for (unsigned int i = 0; i < SAMPLE_COUNT; i++)
		assert_same(&modules[i], &names, &sample[i]);
	/* what nobody refers to is not kept */
	ck_assert_uint_eq(names.count, 5);
}
END_TEST

/* The facts that modules get, as letters. */
static const char *known(struct module *modules, uint32_t count)
{
	static char text[16];
	_cleanup_(names_done) struct names names = { 0 };
	_cleanup_(cache_freep) struct cache *cache = NULL;
	struct modules all = { .modules = modules, .count = count };
	char *p = text;

	ck_assert_int_eq(cache_open(cache_dir, &cache), 0);
	ck_assert_int_eq(cache_fill(cache, &all, &names), 0);
	for (uint32_t i = 0; i < count; i++)
		if (modules[i].is_known)
			*p++ = modules[i].name[0];
	*p = '\0';
	return text;
}

START_TEST(only_what_is_the_same)
{
	struct module modules[SAMPLE_COUNT];

	make_sample(CACHE_QUIET);
	forget(modules);
	modules[0].stamp.ino++;
	modules[1].stamp.mtime++;
	ck_assert_str_eq(known(modules, 3), "c");
	forget(modules);
	modules[0].stamp.size++;
	modules[2].stamp.ctime--;
	ck_assert_str_eq(known(modules, 3), "b");
	forget(modules);
	modules[0].relative = "kernel/a.ko.xz";
	modules[1].stamp = STAMP_NONE;
	ck_assert_str_eq(known(modules, 3), "c");
	forget(modules);
	ck_assert_str_eq(known(modules + 1, 2), "bc");

	/* in another order */
	forget(modules);
	modules[0] = modules[2];
	ck_assert_str_eq(known(modules, 2), "cb");
}
END_TEST

/* What was changed when it was read, or by a coarse clock may have been, and what was told of. */
START_TEST(only_what_is_safe)
{
	static const struct {
		int64_t ctime;
		const char *known;
	} cases[] = {
		{ READ_TIME - 1, "abc" },
		{ READ_TIME, "bc" },
		{ READ_TIME + 1, "bc" },
		{ READ_TIME - 2 * SECOND, "bc" },
		{ READ_TIME - 3 * SECOND, "abc" },
	};
	const struct cache_subject subject = make_subject();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]) + 2; i++) {
		struct module modules[SAMPLE_COUNT], later[SAMPLE_COUNT];
		_cleanup_free_ char *data = NULL;
		const char *wanted = "bc";
		size_t size;

		memcpy(modules, sample, sizeof(sample));
		forget(later);
		if (i < sizeof(cases) / sizeof(cases[0])) {
			modules[0].stamp.ctime = later[0].stamp.ctime = cases[i].ctime;
			wanted = cases[i].known;
		} else if (i % 2 == 0) {
			modules[0].is_known = false;
		} else {
			modules[0].is_quiet = false;
		}
		make_file(modules, SAMPLE_COUNT, &subject, 0, &data, &size);
		cache_dir_write(CACHE_NAME, data, size);
		ck_assert_str_eq(known(later, SAMPLE_COUNT), wanted);
	}
}
END_TEST

/* ---- Whether all is as it was ---------------------------------------------------------------- */

static bool is_current(const struct module *modules, uint32_t count,
		       const struct cache_subject *subject, bool synced)
{
	const struct modules all = { .modules = (struct module *)modules, .count = count };
	_cleanup_(cache_freep) struct cache *cache = NULL;

	ck_assert_int_eq(cache_open(cache_dir, &cache), 0);
	return cache_is_current(cache, &all, subject, cache_dir, synced);
}

START_TEST(current)
{
	const struct cache_subject subject = make_subject();
	struct cache_subject other;
	struct module modules[SAMPLE_COUNT];

	make_sample(CACHE_QUIET | CACHE_SYNCED);
	forget(modules);
	ck_assert(is_current(modules, 3, &subject, true));
	ck_assert(is_current(modules, 3, &subject, false));

	ck_assert(!is_current(modules, 2, &subject, false));
	for (unsigned int i = 0; i < SAMPLE_COUNT; i++) {
		forget(modules);
		modules[i].stamp.mtime++;
		ck_assert(!is_current(modules, 3, &subject, false));
	}
	forget(modules);
	modules[1].relative = "b.ko.xz";
	ck_assert(!is_current(modules, 3, &subject, false));
	forget(modules);
	modules[0] = sample[1];
	modules[1] = sample[0];
	ck_assert(!is_current(modules, 3, &subject, false));

	forget(modules);
	other = subject;
	other.symbol_prefix = '\0';
	ck_assert(!is_current(modules, 3, &other, false));
	other = subject;
	other.builtin.ctime++;
	ck_assert(!is_current(modules, 3, &other, false));
	other = subject;
	other.builtin_modinfo = STAMP_NONE;
	ck_assert(!is_current(modules, 3, &other, false));

	make_sample(CACHE_QUIET);
	ck_assert(!is_current(modules, 3, &subject, true));
	ck_assert(is_current(modules, 3, &subject, false));
	make_sample(CACHE_SYNCED);
	ck_assert(!is_current(modules, 3, &subject, false));
}
END_TEST

/* A file that was not there, or just changed, counts as changed. */
START_TEST(current_without_files)
{
	struct cache_subject subject = make_subject();
	struct module modules[SAMPLE_COUNT];

	forget(modules);
	for (unsigned int i = 0; i < 3; i++) {
		_cleanup_free_ char *data = NULL;
		size_t size;

		subject = make_subject();
		if (i == 1)
			subject.builtin = STAMP_NONE;
		if (i == 2)
			subject.builtin_modinfo.ctime = READ_TIME;
		make_file(sample, SAMPLE_COUNT, &subject, CACHE_QUIET, &data, &size);
		cache_dir_write(CACHE_NAME, data, size);
		ck_assert_int_eq(is_current(modules, 3, &subject, false), i == 0);
	}
}
END_TEST

/* Writes to a file so that no more than the time of the last change of status tells. */
static void write_unnoticed(const char *name)
{
	const struct timespec tick = { .tv_nsec = 30000000 };
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	_cleanup_close_ int fd = open(cache_dir_path(name), O_WRONLY | O_CLOEXEC);
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	times[1] = st.st_mtim;
	(void)nanosleep(&tick, NULL);
	ck_assert_int_eq(pwrite(fd, "#", 1, 0), 1);
	ck_assert_int_eq(futimens(fd, times), 0);
}

/* One after the other is gone, of another time, size or inode number, a link, or changed. */
START_TEST(outputs_in_place)
{
	const struct cache_subject subject = make_subject();
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1 } };
	const char *const name = output_names[_i];
	const uint64_t hash = cache_checksum(name, strlen(name));
	struct module modules[SAMPLE_COUNT];

	forget(modules);
	for (unsigned int i = 0; i < 6; i++) {
		_cleanup_(cache_freep) struct cache *cache = NULL;
		struct cache_output output;

		make_sample(CACHE_QUIET);
		if (i == 1)
			ck_assert_int_eq(unlink(cache_dir_path(name)), 0);
		if (i == 2)
			ck_assert_int_eq(utimensat(AT_FDCWD, cache_dir_path(name), times, 0), 0);
		if (i == 3)
			cache_dir_write(name, "x", 1);
		if (i == 4) {
			ck_assert_int_eq(unlink(cache_dir_path(name)), 0);
			ck_assert_int_eq(symlink("other", cache_dir_path(name)), 0);
			cache_dir_write("other", name, strlen(name));
		}
		if (i == 5)
			write_unnoticed(name);
		ck_assert_int_eq(is_current(modules, 3, &subject, false), i == 0);
		ck_assert_int_eq(cache_open(cache_dir, &cache), 0);
		ck_assert_int_eq(cache_has_output(cache, cache_dir, (unsigned int)_i, hash,
						  strlen(name), &output),
				 i == 0);
		ck_assert(!cache_has_output(cache, cache_dir, (unsigned int)_i, hash + 1,
					    strlen(name), &output));
		(void)unlink(cache_dir_path(name));
	}
}
END_TEST

/* ---- Damage -------------------------------------------------------------------------------- */

/* Whether the file gives facts. Then they are the right ones. */
static bool is_usable(const char *data, size_t size)
{
	_cleanup_(names_done) struct names names = { 0 };
	_cleanup_(cache_freep) struct cache *cache = NULL;
	struct module modules[SAMPLE_COUNT];
	struct modules all = { .modules = modules, .count = SAMPLE_COUNT };
	int r;

	cache_dir_write(CACHE_NAME, data, size);
	forget(modules);
	r = cache_open(cache_dir, &cache);
	if (r >= 0)
		r = cache_fill(cache, &all, &names);
	if (r < 0) {
		ck_assert_int_eq(r, -ENODATA);
		ck_assert_uint_eq(names.count, 0);
		ck_assert(!modules[0].is_known);
		return false;
	}
	for (unsigned int i = 0; i < SAMPLE_COUNT; i++)
		assert_same(&modules[i], &names, &sample[i]);
	return true;
}

START_TEST(damaged)
{
	const struct cache_subject subject = make_subject();
	_cleanup_free_ char *data = NULL;
	size_t size;

	make_file(sample, SAMPLE_COUNT, &subject, CACHE_QUIET, &data, &size);
	ck_assert(is_usable(data, size));
	for (size_t cut = 0; cut < size; cut++)
		ck_assert(!is_usable(data, cut));
	for (size_t i = 0; i < size; i++) {
		data[i] ^= 0x10;
		ck_assert(!is_usable(data, size));
		data[i] ^= 0x10;
	}
	data = realloc(data, size + 1);
	ck_assert_ptr_nonnull(data);
	data[size] = '\0';
	ck_assert(!is_usable(data, size + 1));
}
END_TEST

/* Any number in it may be any other: nothing but what is in the file may be touched. */
START_TEST(made_up)
{
	static const uint32_t values[] = { 0, 1, 2, 0x7fffffff, 0x80000000, UINT32_MAX };
	const struct cache_subject subject = make_subject();
	_cleanup_free_ char *data = NULL;
	unsigned int refused = 0;
	size_t size;

	make_file(sample, SAMPLE_COUNT, &subject, CACHE_QUIET, &data, &size);
	for (size_t i = 0; i + 4 <= size; i += 4) {
		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
			_cleanup_(names_done) struct names names = { 0 };
			_cleanup_(cache_freep) struct cache *cache = NULL;
			struct module modules[SAMPLE_COUNT];
			struct modules all = { .modules = modules, .count = SAMPLE_COUNT };
			_cleanup_free_ char *copy = malloc(size);
			int r;

			memcpy(copy, data, size);
			memcpy(copy + i, &values[j], 4);
			cache_seal(copy, size);
			cache_dir_write(CACHE_NAME, copy, size);
			forget(modules);
			r = cache_open(cache_dir, &cache);
			if (r >= 0) {
				(void)cache_is_current(cache, &all, &subject, cache_dir, false);
				r = cache_fill(cache, &all, &names);
			}
			ck_assert(r == 0 || r == -ENODATA);
			refused += r < 0;
			for (unsigned int m = 0; r == 0 && m < SAMPLE_COUNT; m++) {
				const struct facts *const facts = &modules[m].facts;
				const char *next = facts->texts;

				for (uint32_t n = 0; n < facts->needs_count; n++)
					ck_assert_uint_lt(facts->needs[n] & ~FACTS_WEAK,
							  names.count);
				for (uint32_t n = 0; n < facts->provides_count; n++)
					ck_assert_uint_lt(facts->provides[n], names.count);
				while (facts_next_text(facts, FACTS_ALIAS, &next))
					;
			}
		}
	}
	ck_assert_uint_gt(refused, 100);
}
END_TEST

/* Each of these would be harmless but for a name or a path that is there twice, or one too long. */
START_TEST(ambiguous)
{
	const struct cache_subject subject = make_subject();
	_cleanup_free_ char *data = NULL;
	char *place;
	size_t size;

	make_file(sample, SAMPLE_COUNT, &subject, CACHE_QUIET, &data, &size);
	place = memmem(data, size, "two\0", 4);
	ck_assert_ptr_nonnull(place);
	memcpy(place, "one", 3);
	cache_seal(data, size);
	ck_assert(!is_usable(data, size));
	memcpy(place, "two", 3);
	cache_seal(data, size);
	ck_assert(is_usable(data, size));

	place = memmem(data, size, "ax*\0", 4);
	ck_assert_ptr_nonnull(place);
	place[8] = 'z'; /* no NUL behind the last text */
	cache_seal(data, size);
	ck_assert(!is_usable(data, size));
}
END_TEST

START_TEST(same_path_twice)
{
	const struct cache_subject subject = make_subject();
	struct module modules[SAMPLE_COUNT];
	_cleanup_free_ char *data = NULL;
	size_t size;

	memcpy(modules, sample, sizeof(sample));
	modules[2].relative = modules[0].relative;
	make_file(modules, SAMPLE_COUNT, &subject, CACHE_QUIET, &data, &size);
	ck_assert(!is_usable(data, size));
}
END_TEST

/* ---- Files that are none --------------------------------------------------------------------- */

START_TEST(no_file)
{
	_cleanup_(cache_freep) struct cache *cache = NULL;

	ck_assert_int_eq(cache_open("/nonexistent", &cache), -ENODATA);
	ck_assert_int_eq(cache_open(cache_dir, &cache), -ENODATA);
	ck_assert_int_eq(mkdir(cache_dir_path(CACHE_NAME), 0755), 0);
	ck_assert_int_eq(cache_open(cache_dir, &cache), -ENODATA);
	ck_assert_int_eq(rmdir(cache_dir_path(CACHE_NAME)), 0);
	/* nobody will ever write to it */
	ck_assert_int_eq(mkfifo(cache_dir_path(CACHE_NAME), 0644), 0);
	ck_assert_int_eq(cache_open(cache_dir, &cache), -ENODATA);
	ck_assert_int_eq(unlink(cache_dir_path(CACHE_NAME)), 0);
	ck_assert_int_eq(symlink(CACHE_NAME, cache_dir_path(CACHE_NAME)), 0);
	ck_assert_int_eq(cache_open(cache_dir, &cache), -ELOOP);
	ck_assert_ptr_null(cache);
}
END_TEST

START_TEST(out_of_memory)
{
	const struct cache_subject subject = make_subject();
	const struct modules all = { .modules = sample, .count = SAMPLE_COUNT };
	_cleanup_(names_done) struct names symbols = make_names();
	struct cache_output outputs[OUTPUTS_COUNT];
	bool failed = true;

	cache_dir_outputs(outputs);
	for (unsigned int n = 0; failed; n++) {
		char *data = NULL;
		size_t size;
		int r;

		unit_fail_allocation(n);
		r = cache_make(&all, &symbols, &subject, outputs, 0, &data, &size);
		failed = unit_allocation_failed();
		ck_assert_int_eq(r, failed ? -ENOMEM : 0);
		free(data);
	}
	make_sample(0);
	failed = true;
	for (unsigned int n = 0; failed; n++) {
		_cleanup_(names_done) struct names names = { 0 };
		_cleanup_(cache_freep) struct cache *cache = NULL;
		struct module modules[SAMPLE_COUNT];
		struct modules some = { .modules = modules, .count = SAMPLE_COUNT };
		int r;

		forget(modules);
		unit_fail_allocation(n);
		r = cache_open(cache_dir, &cache);
		if (r >= 0)
			r = cache_fill(cache, &some, &names);
		failed = unit_allocation_failed();
		ck_assert_int_eq(r, failed ? -ENOMEM : 0);
		ck_assert_int_eq(modules[0].is_known, !failed);
	}
}
END_TEST

/* ---- The clock ----------------------------------------------------------------------------- */

START_TEST(settles)
{
	struct module module = { .relative = "a.ko", .stamp = stamp(0) };
	const struct modules all = { .modules = &module, .count = 1 };
	const int64_t began = cache_now();

	/* what is old, known already, or from the future is not waited for: no second passes */
	cache_settle(&all);
	module.stamp.ctime = INT64_MAX;
	cache_settle(&all);
	module.is_known = true;
	cache_settle(&all);
	ck_assert_int_lt(cache_now() - began, 5 * SECOND);

	module.is_known = false;
	module.stamp.ctime = cache_now();
	cache_settle(&all);
	ck_assert_int_gt(cache_now(), module.stamp.ctime);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-cache");
	TCase *const tests = tcase_create("depmod-cache");

	tcase_add_checked_fixture(tests, cache_dir_setup, cache_dir_teardown);
	tcase_add_test(tests, comes_back);
	tcase_add_test(tests, only_what_is_the_same);
	tcase_add_test(tests, only_what_is_safe);
	tcase_add_test(tests, current);
	tcase_add_test(tests, current_without_files);
	tcase_add_loop_test(tests, outputs_in_place, 0, (int)OUTPUTS_COUNT);
	tcase_add_test(tests, damaged);
	tcase_add_test(tests, made_up);
	tcase_add_test(tests, ambiguous);
	tcase_add_test(tests, same_path_twice);
	tcase_add_test(tests, no_file);
	tcase_add_test(tests, out_of_memory);
	tcase_add_test(tests, settles);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
