/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/cache-write.c: what it writes comes back, whatever there is to keep.
 */
#include "tools/depmod/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache-dir.h"
#include "unit.h"

#define SECOND INT64_C(1000000000)
#define READ_TIME (1000 * SECOND)

#define MODULES_MAX 60U
#define SYMBOLS_MAX 300U
#define FACTS_MAX 40U
#define TEXTS_MAX 600U

static unsigned int state;

/* A number below @limit. */
static unsigned int below(unsigned int limit)
{
	state = state * 1103515245U + 12345U;
	return state / 65536 % limit;
}

/* ---- Any modules --------------------------------------------------------------------------- */

/* Modules with all that is in them. */
struct world {
	struct module modules[MODULES_MAX];
	uint32_t count;
	struct names symbols;
	char paths[MODULES_MAX][40];
	uint32_t needs[MODULES_MAX][FACTS_MAX], provides[MODULES_MAX][FACTS_MAX];
	char texts[MODULES_MAX][TEXTS_MAX];
	struct cache_subject subject;
};

static void world_free(struct world *world)
{
	names_done(&world->symbols);
	free(world);
}
DEFINE_CLEANUP(struct world *, world_free)

static void make_symbols(struct world *world)
{
	const uint32_t wanted = below(SYMBOLS_MAX);

	while (world->symbols.count < wanted) {
		char name[80];
		const size_t length = below(sizeof(name));
		uint32_t number;

		for (size_t i = 0; i < length; i++)
			name[i] = (char)(1 + below(255));
		ck_assert_int_eq(names_add(&world->symbols, name, length, &number), 0);
	}
}

static uint32_t make_numbers(const struct world *world, uint32_t numbers[FACTS_MAX], uint32_t flag)
{
	const uint32_t count = world->symbols.count > 0 ? below(FACTS_MAX + 1) : 0;

	for (uint32_t i = 0; i < count; i++)
		numbers[i] = below(world->symbols.count) | (below(3) == 0 ? flag : 0);
	return count;
}

static uint32_t make_texts(char texts[TEXTS_MAX])
{
	static const char kinds[] = { FACTS_ALIAS, FACTS_SOFTDEP, FACTS_WEAKDEP };
	uint32_t size = 0;

	for (unsigned int left = below(20); left > 0; left--) {
		texts[size++] = kinds[below(sizeof(kinds))];
		for (unsigned int i = below(25); i > 0; i--)
			texts[size++] = (char)(1 + below(255));
		texts[size++] = '\0';
	}
	return size;
}

/* Some of the modules have no stamp, a fresh one, nothing known, or were told of. */
static void make_module(struct world *world, uint32_t i)
{
	struct module *const module = &world->modules[i];

	(void)snprintf(world->paths[i], sizeof(world->paths[i]), "%s%.*s/%u.ko%s",
		       below(5) == 0 ? "/" : "", (int)below(20), "a/directory/somewhere", i,
		       below(2) == 0 ? ".xz" : "");
	*module = (struct module){
		.name = "x",
		.relative = world->paths[i],
		.stamp = { 1 + below(1000), below(10000), below(10000), 1 + below(100000) },
		.is_known = below(8) > 0,
		.is_quiet = below(8) > 0,
		.facts = {
			.needs = world->needs[i],
			.needs_count = make_numbers(world, world->needs[i], FACTS_WEAK),
			.provides = world->provides[i],
			.provides_count = make_numbers(world, world->provides[i], 0),
			.texts = world->texts[i],
			.texts_size = make_texts(world->texts[i]),
		},
	};
	if (below(8) == 0)
		module->stamp = STAMP_NONE;
	if (below(8) == 0)
		module->stamp.ctime = READ_TIME + below(2);
}

static struct world *make_world(unsigned int seed)
{
	struct world *const world = calloc(1, sizeof(*world));

	ck_assert_ptr_nonnull(world);
	state = seed;
	(void)below(1);
	make_symbols(world);
	world->count = below(MODULES_MAX + 1);
	for (uint32_t i = 0; i < world->count; i++)
		make_module(world, i);
	world->subject = (struct cache_subject){
		.builtin = { 1, 2, 3, 4 },
		.builtin_modinfo = { 5, 6, 7, 8 },
		.read_time = READ_TIME,
	};
	return world;
}

/* Whether it is to be kept, by the definition. No time here is one of whole seconds. */
static bool is_kept(const struct module *module)
{
	return module->is_known && module->is_quiet && module->stamp.ino != 0 &&
	       module->stamp.ctime < READ_TIME;
}

static void make_cache(const struct module *modules, uint32_t count, const struct names *symbols,
		       const struct cache_subject *subject, char **ret_data, size_t *ret_size)
{
	const struct modules all = { .modules = (struct module *)modules, .count = count };
	struct cache_output outputs[OUTPUTS_COUNT] = { 0 };

	ck_assert_int_eq(cache_make(&all, symbols, subject, outputs, 0, ret_data, ret_size), 0);
	cache_dir_write(CACHE_NAME, *ret_data, *ret_size);
}

/* ---- And what comes back --------------------------------------------------------------------- */

static void assert_symbols(const uint32_t *found, const struct names *names, const uint32_t *wanted,
			   const struct names *wanted_names, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct name *const f = &names->names[found[i] & ~FACTS_WEAK];
		const struct name *const w = &wanted_names->names[wanted[i] & ~FACTS_WEAK];

		ck_assert_uint_lt(found[i] & ~FACTS_WEAK, names->count);
		ck_assert_uint_eq(found[i] & FACTS_WEAK, wanted[i] & FACTS_WEAK);
		ck_assert_uint_eq(f->length, w->length);
		ck_assert_mem_eq(f->text, w->text, w->length + 1);
	}
}

static void assert_same(const struct facts *found, const struct names *names,
			const struct facts *wanted, const struct names *wanted_names)
{
	ck_assert_uint_eq(found->needs_count, wanted->needs_count);
	ck_assert_uint_eq(found->provides_count, wanted->provides_count);
	ck_assert_uint_eq(found->texts_size, wanted->texts_size);
	ck_assert_ptr_null(found->need_crcs);
	ck_assert_ptr_null(found->provide_crcs);
	assert_symbols(found->needs, names, wanted->needs, wanted_names, wanted->needs_count);
	assert_symbols(found->provides, names, wanted->provides, wanted_names,
		       wanted->provides_count);
	if (wanted->texts_size > 0)
		ck_assert_mem_eq(found->texts, wanted->texts, wanted->texts_size);
}

/* Those modules some time later: in another order, some changed, renamed or new. */
static uint32_t make_later(const struct world *world, struct module later[MODULES_MAX + 1],
			   int origin[MODULES_MAX + 1])
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < world->count; i++) {
		const uint32_t at = below(count + 1);
		struct module module = { .relative = world->paths[i],
					 .stamp = world->modules[i].stamp };
		int from = (int)i;

		if (below(10) == 0)
			continue;
		if (below(10) == 0) {
			module.stamp.mtime++;
			from = -1;
		} else if (below(10) == 0) {
			module.relative = "renamed.ko";
			from = -1;
		}
		later[count] = later[at];
		origin[count++] = origin[at];
		later[at] = module;
		origin[at] = from;
	}
	later[count] = (struct module){ .relative = "new.ko", .stamp = { 1, 2, 3, 4 } };
	origin[count++] = -1;
	return count;
}

START_TEST(comes_back)
{
	_cleanup_(world_freep) struct world *world = make_world((unsigned int)_i);
	_cleanup_(names_done) struct names names = { 0 };
	_cleanup_(cache_freep) struct cache *cache = NULL;
	_cleanup_free_ char *data = NULL, *again = NULL;
	struct module later[MODULES_MAX + 1];
	struct modules all = { .modules = later };
	int origin[MODULES_MAX + 1];
	size_t size, again_size;

	make_cache(world->modules, world->count, &world->symbols, &world->subject, &data, &size);
	make_cache(world->modules, world->count, &world->symbols, &world->subject, &again,
		   &again_size);
	ck_assert_uint_eq(again_size, size);
	ck_assert_mem_eq(again, data, size);

	all.count = make_later(world, later, origin);
	ck_assert_int_eq(cache_open(cache_dir, &cache), 0);
	ck_assert_int_eq(cache_fill(cache, &all, &names), 0);
	for (uint32_t i = 0; i < all.count; i++) {
		const struct module *const from = origin[i] < 0 ? NULL : &world->modules[origin[i]];

		ck_assert_int_eq(later[i].is_known, from && is_kept(from));
		ck_assert_int_eq(later[i].is_quiet, from && is_kept(from));
		if (from && is_kept(from))
			assert_same(&later[i].facts, &names, &from->facts, &world->symbols);
		else
			ck_assert_uint_eq(later[i].facts.needs_count, 0);
	}
}
END_TEST

/* What came back can be kept again, and is the same then: nothing wears out from run to run. */
START_TEST(again_and_again)
{
	_cleanup_(world_freep) struct world *world = make_world((unsigned int)_i + 1000);
	_cleanup_free_ char *data = NULL;
	struct module modules[MODULES_MAX];
	struct modules all = { .modules = modules, .count = world->count };
	size_t size;

	make_cache(world->modules, world->count, &world->symbols, &world->subject, &data, &size);
	for (unsigned int run = 0; run < 3; run++) {
		_cleanup_(names_done) struct names names = { 0 };
		_cleanup_(cache_freep) struct cache *cache = NULL;
		_cleanup_free_ char *again = NULL;
		size_t again_size;

		for (uint32_t i = 0; i < world->count; i++)
			modules[i] = (struct module){ .relative = world->paths[i],
						      .stamp = world->modules[i].stamp };
		ck_assert_int_eq(cache_open(cache_dir, &cache), 0);
		ck_assert_int_eq(cache_fill(cache, &all, &names), 0);
		make_cache(modules, world->count, &names, &world->subject, &again, &again_size);
		ck_assert_uint_eq(again_size, size);
		ck_assert_mem_eq(again, data, size);
	}
}
END_TEST

START_TEST(nothing)
{
	const struct cache_subject subject = { .read_time = READ_TIME };
	const struct names none = { 0 };
	struct modules all = { 0 };
	_cleanup_(names_done) struct names names = { 0 };
	_cleanup_(cache_freep) struct cache *cache = NULL;
	_cleanup_free_ char *data = NULL;
	size_t size;

	make_cache(NULL, 0, &none, &subject, &data, &size);
	ck_assert_uint_eq(size, sizeof(struct cache_header));
	ck_assert_int_eq(cache_open(cache_dir, &cache), 0);
	ck_assert_int_eq(cache_fill(cache, &all, &names), 0);
	ck_assert_uint_eq(names.count, 0);
}
END_TEST

/* A path so long that the file has no room left behind it, not even for the zeroes there. */
START_TEST(out_of_memory)
{
	static char path[3001]; /* and so they are needed */
	struct module module = { .relative = path };
	const struct modules all = { .modules = &module, .count = 1 };
	const struct cache_subject subject = { .read_time = READ_TIME };
	const struct cache_output outputs[OUTPUTS_COUNT] = { 0 };
	const struct names none = { 0 };
	bool failed = true;

	memset(path, 'x', sizeof(path) - 1);
	for (unsigned int n = 0; failed; n++) {
		_cleanup_free_ char *data = NULL;
		size_t size;
		int r;

		unit_fail_allocation(n);
		r = cache_make(&all, &none, &subject, outputs, 0, &data, &size);
		failed = unit_allocation_failed();
		ck_assert_int_eq(r, failed ? -ENOMEM : 0);
	}
}
END_TEST

/* ---- What is settled ------------------------------------------------------------------------- */

/* Whether a module, and the lists of what is built in, of this time are kept. */
static unsigned int kept_of(int64_t ctime)
{
	const struct module module = {
		.relative = "a.ko",
		.stamp = { .ino = 1, .ctime = ctime },
		.is_known = true,
		.is_quiet = true,
	};
	const struct cache_subject subject = {
		.builtin = module.stamp,
		.builtin_modinfo = module.stamp,
		.read_time = READ_TIME + 7,
	};
	const struct names none = { 0 };
	_cleanup_free_ char *data = NULL;
	struct cache_header header;
	struct cache_module record;
	size_t size;

	make_cache(&module, 1, &none, &subject, &data, &size);
	memcpy(&header, data, sizeof(header));
	memcpy(&record, data + sizeof(header), sizeof(record));
	return (stamp_equal(&record.stamp, &module.stamp) ? 1U : 0U) |
	       (stamp_equal(&header.builtin, &module.stamp) ? 2U : 0U) |
	       (stamp_equal(&header.builtin_modinfo, &module.stamp) ? 4U : 0U);
}

START_TEST(settled)
{
	static const struct {
		int64_t ctime;
		bool kept;
	} cases[] = {
		{ READ_TIME + 6, true },  /* the last moment before */
		{ READ_TIME + 7, false }, /* the same */
		{ READ_TIME + 8, false }, /* after it: clocks are set */
		{ INT64_MAX, false },
		{ READ_TIME + 1, true },
		{ READ_TIME, false }, /* whole seconds: the clock may be that coarse, */
		{ READ_TIME - SECOND, false },
		{ READ_TIME - SECOND + 1, true },
		{ READ_TIME - 2 * SECOND, true }, /* and is past it by now */
		{ READ_TIME + 5 * SECOND, false },
		{ -SECOND, true },
		{ -1, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_uint_eq(kept_of(cases[i].ctime), cases[i].kept ? 7 : 0);
}
END_TEST

/* Two seconds are enough, and less than that is not. */
START_TEST(whole_seconds)
{
	static const int64_t ctime = 50 * SECOND;

	for (int64_t more = -1; more <= 1; more++) {
		const struct cache_subject subject = {
			.builtin = { .ino = 1, .ctime = ctime },
			.read_time = ctime + 2 * SECOND + more,
		};
		const struct names none = { 0 };
		_cleanup_free_ char *data = NULL;
		struct cache_header header;
		size_t size;

		make_cache(NULL, 0, &none, &subject, &data, &size);
		memcpy(&header, data, sizeof(header));
		ck_assert_int_eq(!stamp_is_none(&header.builtin), more > 0);
	}
}
END_TEST

/* ---- Stamps -------------------------------------------------------------------------------- */

START_TEST(stamps)
{
	const struct stat st = {
		.st_ino = 1,
		.st_size = 2,
		.st_mtim = { 3, 4 },
		.st_ctim = { 5, 6 },
	};
	const struct stamp stamp = stamp_of(&st), none = STAMP_NONE;

	ck_assert_uint_eq(stamp.ino, 1);
	ck_assert_uint_eq(stamp.size, 2);
	ck_assert_int_eq(stamp.mtime, 3 * SECOND + 4);
	ck_assert_int_eq(stamp.ctime, 5 * SECOND + 6);
	ck_assert(stamp_equal(&stamp, &stamp));
	ck_assert(!stamp_equal(&none, &none));
	ck_assert(!stamp_is_none(&(struct stamp){ .ino = 1 }));
	ck_assert(!stamp_is_none(&(struct stamp){ .mtime = 1 }));
	ck_assert(!stamp_is_none(&(struct stamp){ .ctime = 1 }));
	ck_assert_int_eq(stamp_time((struct timespec){ -1, 999999999 }), -1);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-cache-write");
	TCase *const tests = tcase_create("depmod-cache-write");

	tcase_add_checked_fixture(tests, cache_dir_setup, cache_dir_teardown);
	tcase_add_loop_test(tests, comes_back, 0, 200);
	tcase_add_loop_test(tests, again_and_again, 0, 50);
	tcase_add_test(tests, nothing);
	tcase_add_test(tests, out_of_memory);
	tcase_add_test(tests, settled);
	tcase_add_test(tests, whole_seconds);
	tcase_add_test(tests, stamps);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
