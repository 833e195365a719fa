/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/read.c.
 */
#include "tools/depmod/read.h"

#include <errno.h>
#include <fcntl.h>

#include "depmod-tree.h"
#include "elf-image.h"

enum {
	ABSOLUTE = 0xfff1,
	GLOBAL = 0x10,
	WEAK = 0x20,
};

/* Some modules and what was read of them. */
struct fixture {
	struct module list[64];
	char paths[64][PATH_MAX];
	struct modules modules;
	struct names symbols;
	struct arena store;
	struct messages messages;
	int dirfd;
};

static struct fixture f;

static void setup(void)
{
	tree_setup();
	f = (struct fixture){ .dirfd = open(tree_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	f.modules.modules = f.list;
	ck_assert_int_ge(f.dirfd, 0);
}

/* Forgets all that was read. */
static void forget(void)
{
	names_done(&f.symbols);
	arena_done(&f.store);
	messages_done(&f.messages);
	for (uint32_t i = 0; i < f.modules.count; i++) {
		f.list[i].facts = (struct facts){ 0 };
		f.list[i].is_known = f.list[i].is_quiet = false;
	}
}

static void teardown(void)
{
	forget();
	(void)close(f.dirfd);
	tree_teardown();
}

static struct module *add(const char *name)
{
	const uint32_t i = f.modules.count++;

	(void)snprintf(f.paths[i], PATH_MAX, "%s", tree_path(name));
	f.list[i] = (struct module){
		.name = "any",
		.path = f.paths[i],
		.relative = f.paths[i] + strlen(tree_root) + 1,
	};
	return &f.list[i];
}

static int read_all_of_them(unsigned int jobs)
{
	return read_modules(&f.modules, f.dirfd, jobs, &f.symbols, &f.store, &f.messages);
}

static const char *log_messages(void)
{
	const struct capture capture = capture_begin(STDERR_FILENO);

	(void)messages_log(&tree_cli, &f.messages);
	return capture_end(capture);
}

/* "NAME=CRC" for each symbol that @module provides; for what it needs, with a '?' if weak. */
static const char *provides_of(const struct module *module)
{
	static char text[1024];
	size_t size = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < module->facts.provides_count; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%s=%llx ",
					 f.symbols.names[module->facts.provides[i]].text,
					 (unsigned long long)module->facts.provide_crcs[i]);
	return text;
}

static const char *needs_of(const struct module *module)
{
	static char text[1024];
	size_t size = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < module->facts.needs_count; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%s=%llx ",
					 f.symbols.names[module->facts.needs[i] & ~FACTS_WEAK].text,
					 module->facts.needs[i] & FACTS_WEAK ? "?" : "",
					 (unsigned long long)module->facts.need_crcs[i]);
	return text;
}

/* ---- Module files -------------------------------------------------------------------------- */

static const char modinfo[] = "license=GPL\0alias=one\0softdep=pre: x\0aliased=no\0alias=two\0"
			      "weakdep=y\0alias=\0depends=z";

/* A module that provides NAME_a and NAME_b, and needs what @needed and what it has a version of. */
static struct image make_module(int kind, const char *name, const char *needed)
{
	char first[64], second[64];
	const struct image_symbol symbols[] = {
		{ .name = first, .section = ABSOLUTE, .value = 0x1a, .info = GLOBAL },
		{ .name = needed, .info = GLOBAL },
		{ .name = "maybe", .info = WEAK },
		{ .name = second, .section = ABSOLUTE, .value = 0x2b, .info = GLOBAL },
		{ .name = "without_version", .info = GLOBAL },
	};
	struct image_part symtab = { 0 }, strtab = { 0 }, versions = { 0 };

	(void)snprintf(first, sizeof(first), "__crc_%s_a", name);
	(void)snprintf(second, sizeof(second), "__crc_%s_b", name);
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		image_append_symbol(kind, &symtab, &strtab, &symbols[i]);
	image_append_version(kind, &versions, 0x3c, "module_layout");
	image_append_version(kind, &versions, 0x4d, needed);
	image_append_version(kind, &versions, 0x5e, "maybe");
	return image_build(kind,
			   (struct image_section[]){
				   { ".symtab", symtab.bytes, symtab.size },
				   { ".strtab", strtab.bytes, strtab.size },
				   { "__versions", versions.bytes, versions.size },
				   { ".modinfo", modinfo, sizeof(modinfo) },
			   },
			   4);
}

static void write_module(const char *file, const char *name, const char *needed)
{
	_cleanup_image_ struct image image = make_module(IMAGE_64BIT, name, needed);

	tree_write(file, image.bytes, image.size);
}

static void assert_facts(const struct module *module)
{
	static const char texts[] = "aone\0spre: x\0atwo\0wy\0a";

	ck_assert_str_eq(provides_of(module), "m_a=1a m_b=2b ");
	ck_assert_str_eq(needs_of(module),
			 "need=4d maybe?=5e without_version=0 module_layout=3c ");
	ck_assert_uint_eq(module->facts.texts_size, sizeof(texts));
	ck_assert_mem_eq(module->facts.texts, texts, sizeof(texts));
}

static void assert_no_facts(const struct module *module)
{
	static const struct facts none = { 0 };

	ck_assert_mem_eq(&module->facts, &none, sizeof(none));
	ck_assert(!module->is_known);
	ck_assert(!module->is_quiet);
}

START_TEST(facts)
{
	_cleanup_image_ struct image image = make_module(_i, "m", "need");
	struct module *const module = add("m.ko");

	tree_write("m.ko", image.bytes, image.size);
	ck_assert_int_eq(read_all_of_them(1), 0);
	ck_assert_str_eq(log_messages(), "");
	assert_facts(module);
	ck_assert(module->is_known);
	ck_assert(module->is_quiet);
}
END_TEST

/* A module of no sections that are of interest says nothing, which is no error. */
START_TEST(nothing_to_say)
{
	_cleanup_image_ struct image image = image_build(IMAGE_64BIT, NULL, 0);
	struct module *const module = add("m.ko");

	tree_write("m.ko", image.bytes, image.size);
	ck_assert_int_eq(read_all_of_them(1), 0);
	ck_assert_str_eq(log_messages(), "");
	ck_assert(module->is_known);
	ck_assert(module->is_quiet);
	ck_assert_uint_eq(module->facts.provides_count + module->facts.needs_count +
				  module->facts.texts_size,
			  0);
}
END_TEST

/* What is known already stays, whatever the file says. */
START_TEST(known_before)
{
	struct module *const known = add("absent.ko"), *const other = add("m.ko");

	known->is_known = true;
	write_module("m.ko", "m", "need");
	ck_assert_int_eq(read_all_of_them(4), 0);
	ck_assert_str_eq(log_messages(), "");
	ck_assert_uint_eq(known->facts.provides_count, 0);
	assert_facts(other);
}
END_TEST

/* ---- Compressed ones ------------------------------------------------------------------------- */

/* @image in a frame, as it is: the simplest that the format has. */
static void write_zstd(const char *name, const struct image *image)
{
	struct image_part part = { 0 };

	image_append(&part, "\x28\xb5\x2f\xfd\xa0", 5);
	image_append_number(0, &part, 4, image->size);
	image_append_number(0, &part, 3, image->size << 3 | 1);
	image_append(&part, image->bytes, image->size);
	tree_write(name, part.bytes, part.size);
}

static uint32_t crc32_of(const uint8_t *bytes, size_t size)
{
	uint32_t crc = ~0U;

	for (size_t i = 0; i < size * 8; i++) {
		if (i % 8 == 0)
			crc ^= bytes[i / 8];
		crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void write_gzip(const char *name, const struct image *image)
{
	struct image_part part = { 0 };

	image_append(&part, "\x1f\x8b\x08\0\0\0\0\0\0\xff\x01", 11);
	image_append_number(0, &part, 2, image->size);
	image_append_number(0, &part, 2, ~image->size);
	image_append(&part, image->bytes, image->size);
	image_append_number(0, &part, 4, crc32_of(image->bytes, image->size));
	image_append_number(0, &part, 4, image->size);
	tree_write(name, part.bytes, part.size);
}

static const struct packing {
	const char *name;
	size_t suffix_size;
	bool is_built_in;
	void (*write)(const char *name, const struct image *image);
} packings[] = {
	{ "m.ko.zst", 4, ENABLE_ZSTD, write_zstd },
	{ "m.ko.gz", 3, ENABLE_ZLIB, write_gzip },
};

#define PACKINGS_COUNT ((int)(sizeof(packings) / sizeof(packings[0])))

START_TEST(compressed)
{
	const struct packing *const packing = &packings[_i];
	_cleanup_image_ struct image image = make_module(IMAGE_64BIT, "m", "need");
	struct module *const module = add(packing->name);

	if (!packing->is_built_in)
		return;
	packing->write(packing->name, &image);
	module->suffix_size = packing->suffix_size;
	ck_assert_int_eq(read_all_of_them(1), 0);
	ck_assert_str_eq(log_messages(), "");
	assert_facts(module);
}
END_TEST

/* Cut off in the middle: what the decompressor says, and that there are no symbols. */
START_TEST(compressed_and_damaged)
{
	const struct packing *const packing = &packings[_i];
	_cleanup_image_ struct image image = make_module(IMAGE_64BIT, "m", "need");
	struct module *const module = add(packing->name);
	const char *said;
	char wanted[128];

	if (!packing->is_built_in)
		return;
	packing->write(packing->name, &image);
	ck_assert_int_eq(truncate(module->path, 500), 0);
	module->suffix_size = packing->suffix_size;
	ck_assert_int_eq(read_all_of_them(1), 0);
	(void)snprintf(wanted, sizeof(wanted),
		       "depmod: ERROR: failed to load symbols from @/%s: Invalid argument\n",
		       packing->name);
	said = log_messages();
	ck_assert_msg(strstr(said, wanted), "%s", said);
	assert_no_facts(module);
}
END_TEST

/* More than there is room for at once: they wait for each other, and all come through. */
START_TEST(large_ones_wait)
{
	_cleanup_image_ struct image image = make_module(IMAGE_64BIT, "m", "need");

	if (!ENABLE_ZSTD)
		return;
	write_zstd("m.ko.zst", &image);
	for (unsigned int i = 0; i < 40; i++) {
		struct module *const module = add("m.ko.zst");

		module->suffix_size = 4;
		/* from less than a small one to more than all the room */
		module->stamp.size = (uint64_t)1000 << i % 14;
	}
	ck_assert_int_eq(read_all_of_them(8), 0);
	ck_assert_str_eq(log_messages(), "");
	for (unsigned int i = 0; i < 40; i++)
		assert_facts(&f.list[i]);
}
END_TEST

/* ---- Those that cannot be read ------------------------------------------------------------- */

START_TEST(unreadable)
{
	struct module *const absent = add("absent.ko"), *const text = add("text.ko");
	struct module *const empty = add("empty.ko"), *const good = add("m.ko");
	struct module *const dir = add("dir.ko");

	write_module("m.ko", "m", "need");
	tree_write_text("text.ko", "This is not a module, although it is long enough for one.");
	tree_write_text("empty.ko", "");
	tree_make_dir("dir.ko");
	ck_assert_int_eq(read_all_of_them(1), 0);
	ck_assert_str_eq(
		log_messages(),
		"depmod: ERROR: failed to load symbols from @/absent.ko: "
		"No such file or directory\n"
		"depmod: ERROR: failed to load symbols from @/text.ko: Exec format error\n"
		"depmod: ERROR: @/empty.ko: too short for a module\n"
		"depmod: ERROR: failed to load symbols from @/empty.ko: Invalid argument\n"
		"depmod: ERROR: failed to load symbols from @/dir.ko: Is a directory\n");
	assert_no_facts(absent);
	assert_no_facts(text);
	assert_no_facts(empty);
	assert_no_facts(dir);
	assert_facts(good);
}
END_TEST

/* A file cut off anywhere: no facts, and a message. */
START_TEST(cut_off)
{
	_cleanup_image_ struct image image =
		make_module(IMAGE_64BIT | IMAGE_TABLE_LAST, "m", "need");
	struct module *const module = add("m.ko");

	for (size_t size = 0; size < image.size; size += 37) {
		tree_write("m.ko", image.bytes, size);
		ck_assert_int_eq(read_all_of_them(1), 0);
		assert_no_facts(module);
		ck_assert_ptr_nonnull(
			strstr(log_messages(), "failed to load symbols from @/m.ko: "));
		forget();
	}
}
END_TEST

/* A left-over version whose name has no end: nothing is needed, which is told; the rest stays. */
START_TEST(damaged_needs)
{
	static const char endless[] = "a name that is longer than the room that there "
				      "is for it, ..";
	const struct image_symbol provided = { "__crc_p", 0, 7, ABSOLUTE, GLOBAL };
	const struct image_symbol needed = { .name = "n", .info = GLOBAL };
	struct image_part symtab = { 0 }, strtab = { 0 }, versions = { 0 };
	struct module *const module = add("m.ko"), *const next = add("next.ko");

	image_append_symbol(IMAGE_64BIT, &symtab, &strtab, &provided);
	image_append_symbol(IMAGE_64BIT, &symtab, &strtab, &needed);
	image_append_version(IMAGE_64BIT, &versions, 1, endless);

	const struct image_section sections[] = {
		{ ".symtab", symtab.bytes, symtab.size },
		{ ".strtab", strtab.bytes, strtab.size },
		{ "__versions", versions.bytes, versions.size },
	};
	_cleanup_image_ struct image image = image_build(IMAGE_64BIT, sections, 3);

	tree_write("m.ko", image.bytes, image.size);
	write_module("next.ko", "m", "need");
	ck_assert_int_eq(read_all_of_them(1), 0);
	ck_assert_str_eq(log_messages(),
			 "depmod: WARNING: @/m.ko: damaged: what it needs is not known\n");
	ck_assert_str_eq(provides_of(module), "p=7 ");
	ck_assert_str_eq(needs_of(module), "");
	ck_assert(module->is_known);
	ck_assert(!module->is_quiet);
	assert_facts(next);
	ck_assert(next->is_quiet);
}
END_TEST

/* Names of exported symbols without an end: what else it says stays. */
START_TEST(damaged_provides)
{
	const struct image_section sections[] = {
		{ "__ksymtab_strings", "a\0b", 3 },
		{ ".modinfo", "alias=x", 8 },
	};
	_cleanup_image_ struct image image = image_build(IMAGE_64BIT, sections, 2);
	struct module *const module = add("m.ko");

	tree_write("m.ko", image.bytes, image.size);
	ck_assert_int_eq(read_all_of_them(1), 0);
	ck_assert_str_eq(log_messages(), "depmod: WARNING: @/m.ko: damaged: what it has for others "
					 "is not known\n");
	ck_assert_uint_eq(module->facts.provides_count, 0);
	ck_assert_uint_eq(module->facts.texts_size, 3);
	ck_assert(module->is_known);
	ck_assert(!module->is_quiet);
}
END_TEST

/* ---- Threads ------------------------------------------------------------------------------- */

#define CROWD 48U

/* Each needs what the next one provides; every fifth is not there. */
static void make_crowd(void)
{
	for (unsigned int i = 0; i < CROWD; i++) {
		char file[32], name[32], needed[32];

		(void)snprintf(file, sizeof(file), "m%u.ko", i);
		(void)snprintf(name, sizeof(name), "m%u", i);
		(void)snprintf(needed, sizeof(needed), "m%u_a", (i + 1) % CROWD);
		if (i % 5 != 0)
			write_module(file, name, needed);
		(void)add(file);
	}
}

/* The same symbol has the same number in all modules, and messages come in the same order. */
START_TEST(threads)
{
	char wanted[16384] = "";

	make_crowd();
	for (unsigned int i = 0; i < CROWD; i += 5)
		(void)snprintf(wanted + strlen(wanted), sizeof(wanted) - strlen(wanted),
			       "depmod: ERROR: failed to load symbols from @/m%u.ko: No such file "
			       "or directory\n",
			       i);
	ck_assert_int_eq(read_all_of_them((unsigned int)_i), 0);
	ck_assert_str_eq(log_messages(), wanted);
	for (unsigned int i = 0; i < CROWD; i++) {
		const struct facts *const own = &f.list[i].facts;
		const struct facts *const next = &f.list[(i + 1) % CROWD].facts;
		char provided[128], needed[128];

		if (i % 5 == 0) {
			assert_no_facts(&f.list[i]);
			continue;
		}
		(void)snprintf(provided, sizeof(provided), "m%u_a=1a m%u_b=2b ", i, i);
		(void)snprintf(needed, sizeof(needed),
			       "m%u_a=4d maybe?=5e without_version=0 module_layout=3c ",
			       (i + 1) % CROWD);
		ck_assert_str_eq(provides_of(&f.list[i]), provided);
		ck_assert_str_eq(needs_of(&f.list[i]), needed);
		if (next->provides_count > 0)
			ck_assert_uint_eq(own->needs[0], next->provides[0]);
		ck_assert_uint_eq(own->needs[1], f.list[1].facts.needs[1]);
	}
	/* no name is there twice */
	for (uint32_t i = 0; i < f.symbols.count; i++)
		ck_assert_uint_eq(names_find(&f.symbols, f.symbols.names[i].text,
					     f.symbols.names[i].length),
				  i);
}
END_TEST

/* ---- Memory -------------------------------------------------------------------------------- */

/* It is told that there was none, or the module that could not be opened for it is told of. */
START_TEST(out_of_memory)
{
	struct module *const module = add("m.ko");
	unsigned int failures = 0;
	bool failed = true;

	write_module("m.ko", "m", "need");
	for (unsigned int n = 0; failed; n++) {
		int r;

		unit_fail_allocation(n);
		r = read_all_of_them(1);
		failed = unit_allocation_failed();
		ck_assert(r == 0 || r == -ENOMEM);
		failures += r < 0;
		if (!failed)
			ck_assert_int_eq(r, 0);
		if (r == 0 && module->is_known)
			assert_facts(module);
		else if (r == 0)
			ck_assert_str_eq(log_messages(), "depmod: ERROR: failed to load symbols "
							 "from @/m.ko: Cannot allocate memory\n");
		if (failed)
			forget();
	}
	ck_assert_uint_gt(failures, 5);
	assert_facts(module);
}
END_TEST

#define MANY 200U

/* A module of more than arrays and blocks of memory have room for at first. */
static void write_large(const char *file)
{
	static char text[6 + 16384] = "alias=";
	struct image_part symtab = { 0 }, strtab = { 0 };

	memset(text + 6, 'x', sizeof(text) - 7);
	for (unsigned int i = 0; i < MANY; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "s%u", i);
		image_append_symbol(IMAGE_64BIT, &symtab, &strtab,
				    &(struct image_symbol){ .name = name, .info = GLOBAL });
	}

	const struct image_section sections[] = {
		{ ".symtab", symtab.bytes, symtab.size },
		{ ".strtab", strtab.bytes, strtab.size },
		{ ".modinfo", text, sizeof(text) },
	};
	_cleanup_image_ struct image image = image_build(IMAGE_64BIT, sections, 3);

	tree_write(file, image.bytes, image.size);
}

static void assert_large(const struct module *module)
{
	const struct facts *const own = &module->facts;

	ck_assert_uint_eq(own->needs_count, MANY);
	for (unsigned int i = 0; i < MANY; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "s%u", i);
		ck_assert_str_eq(f.symbols.names[own->needs[i]].text, name);
		ck_assert_uint_eq(own->need_crcs[i], 0);
	}
	ck_assert_uint_eq(own->texts_size, 1 + 16384);
	ck_assert_ptr_nonnull(own->texts);
	ck_assert_uint_eq(strspn(own->texts + 1, "x"), 16384 - 1);
}

/* The same where nearly all that is kept has to be asked for. */
START_TEST(out_of_memory_for_much)
{
	struct module *const module = add("m.ko");
	unsigned int told = 0;
	bool failed = true;

	write_large("m.ko");
	for (unsigned int n = 0; failed; n++) {
		int r;

		unit_fail_allocation(n);
		r = read_all_of_them(1);
		failed = unit_allocation_failed();
		ck_assert(r == 0 || (failed && r == -ENOMEM));
		if (r == 0 && module->is_known)
			assert_large(module);
		told += r == 0 && !module->is_known;
		if (failed)
			forget();
	}
	/* of what it took to open it; whatever comes after ends it all */
	ck_assert_uint_le(told, 8);
	assert_large(module);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-read");
	TCase *const tests = tcase_create("depmod-read");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, facts, 0, IMAGE_KINDS);
	tcase_add_test(tests, nothing_to_say);
	tcase_add_test(tests, known_before);
	tcase_add_loop_test(tests, compressed, 0, PACKINGS_COUNT);
	tcase_add_loop_test(tests, compressed_and_damaged, 0, PACKINGS_COUNT);
	tcase_add_test(tests, large_ones_wait);
	tcase_add_test(tests, unreadable);
	tcase_add_test(tests, cut_off);
	tcase_add_test(tests, damaged_needs);
	tcase_add_test(tests, damaged_provides);
	tcase_add_loop_test(tests, threads, 1, 9);
	tcase_add_test(tests, out_of_memory);
	tcase_add_test(tests, out_of_memory_for_much);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
