/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/run.c, and of all that it calls, when memory runs out: at each allocation
 * there is, one after the other.
 */
#include "tools/depmod/run.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf-image.h"
#include "libkmod/base/cleanup.h"
#include "libkmod/base/path.h"
#include "tools/cli.h"
#include "tools/depmod/output.h"
#include "tools/depmod/publish.h"

#define VERSION "1.2-test"

static char base[96];

static const char *path_of(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", base, name);
	return path;
}

static const char *path_of_output(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/lib/modules/" VERSION "/%s", base, name);
	return path;
}

static void write_file(const char *path, const void *data, size_t size)
{
	FILE *const file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
}

/* A module that exports one symbol and needs another. */
static void write_module(const char *name, const char *exported, const char *needed,
			 const char *modinfo, size_t modinfo_size)
{
	const struct image_symbol symbols[] = {
		{ .name = exported, .section = 0xfff1, .value = 1, .info = 0x10 },
		{ .name = needed, .section = 0, .info = 0x10 },
	};
	struct image_part symtab = { .size = 0 }, strtab = { .size = 0 };
	struct image_section sections[3];
	struct image image;

	for (size_t i = 0; i < 2; i++)
		image_append_symbol(IMAGE_64BIT, &symtab, &strtab, &symbols[i]);
	sections[0] = (struct image_section){ ".symtab", symtab.bytes, symtab.size };
	sections[1] = (struct image_section){ ".strtab", strtab.bytes, strtab.size };
	sections[2] = (struct image_section){ ".modinfo", modinfo, modinfo_size };
	image = image_build(IMAGE_64BIT, sections, 3);
	write_file(path_of_output(name), image.bytes, image.size);
	image_done(&image);
}

#define TEXT(path, text) write_file((path), (text), sizeof(text) - 1)

#define MODULE(name, exported, needed, modinfo) \
	write_module((name), (exported), (needed), (modinfo), sizeof(modinfo))

static void setup(void)
{
	unit_make_directory("test-depmod-run", sizeof(base), base);
	ck_assert_int_eq(path_make_directories(path_of_output("kernel")), 0);
	ck_assert_int_eq(path_make_directories(path_of_output("updates")), 0);
	MODULE("kernel/a.ko", "__crc_one", "two", "alias=of:N*T-x\0alias=devname:a");
	MODULE("kernel/b.ko", "__crc_two", "three", "alias=char-major-1-2\0softdep=pre: a");
	MODULE("updates/b.ko", "__crc_two", "four", "alias=[\0alias=devname:b");
	TEXT(path_of("depmod.conf"), "search updates built-in\nbad\noverride a * kernel\n");
	TEXT(path_of("System.map"), "0 T __ksymtab_four\nbad\n");
	TEXT(path_of_output("modules.order"), "kernel/b.ko\nkernel/a.ko\n");
	TEXT(path_of_output("modules.builtin"), "kernel/c.ko\n1\n");
	TEXT(path_of_output("modules.builtin.modinfo"), "c.alias=x-y\0");
}

static void teardown(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -r %s", base);
	ck_assert_int_eq(system(command), 0);
}

static int run(bool incremental)
{
	const char *configs[] = { NULL, NULL };
	char config[128], map[128];
	/* Nobody wants to read all these messages. */
	struct cli cli = { .prog = "depmod", .threshold = -1 };
	const struct depmod_options opts = {
		.jobs = 1,
		.base = base,
		.release = VERSION,
		.configs.paths = configs,
		.filesyms = map,
		.report_symbols = true,
		.report_repeats = true,
		.incremental = incremental,
		.no_sync = true,
	};

	(void)snprintf(config, sizeof(config), "%s/depmod.conf", base);
	(void)snprintf(map, sizeof(map), "%s/System.map", base);
	configs[0] = config;
	return depmod_run(&cli, &opts);
}

/* What is in an output, and a NUL behind it; the caller frees. */
static char *read_output(const char *name, size_t *ret_size)
{
	FILE *const file = fopen(path_of_output(name), "re");
	char *const data = calloc(1, 65536);

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(data);
	*ret_size = fread(data, 1, 65535, file);
	ck_assert_int_eq(fclose(file), 0);
	return data;
}

/* How many entries the directory of modules has. */
static unsigned int count_entries(void)
{
	DIR *const opened = opendir(path_of_output(""));
	unsigned int count = 0;

	ck_assert_ptr_nonnull(opened);
	while (readdir(opened))
		count++;
	ck_assert_int_eq(closedir(opened), 0);
	return count;
}

struct contents {
	char *data[OUTPUTS_COUNT];
	size_t size[OUTPUTS_COUNT];
};

static void assert_contents(const struct contents *wanted, const char *instead)
{
	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++) {
		size_t size;
		_cleanup_free_ char *data = read_output(output_names[i], &size);

		if (instead && strcmp(data, instead) == 0)
			continue;
		ck_assert_uint_eq(size, wanted->size[i]);
		ck_assert_mem_eq(data, wanted->data[i], size);
	}
}

static void make_old(void)
{
	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++)
		write_file(path_of_output(output_names[i]), "old", 3);
}

static bool all_old(void)
{
	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++) {
		size_t size;
		_cleanup_free_ char *data = read_output(output_names[i], &size);

		if (strcmp(data, "old") != 0)
			return false;
	}
	return true;
}

/*
 * With -I or without: when it fails all files are what they were; when it does not, they are what
 * they should be, unless a module could not be read, which costs what was in it and is told.
 */
START_TEST(out_of_memory)
{
	struct contents wanted;
	unsigned int entries, complete = 0, failures = 0;
	bool failed = true;

	ck_assert_int_eq(run(_i), 0);
	entries = count_entries();
	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++)
		wanted.data[i] = read_output(output_names[i], &wanted.size[i]);
	ck_assert_str_eq(wanted.data[0], "kernel/a.ko: updates/b.ko\nupdates/b.ko:\n");

	for (unsigned int n = 0; failed; n++) {
		size_t size;
		int r;

		make_old();
		(void)unlink(path_of_output(CACHE_NAME));
		unit_fail_allocation(n);
		r = run(_i);
		failed = unit_allocation_failed();
		if (r < 0) {
			ck_assert(failed);
			ck_assert(all_old());
			failures++;
		} else {
			_cleanup_free_ char *dep = read_output("modules.dep", &size);

			ck_assert(strstr(dep, "updates/b.ko:"));
			ck_assert(strstr(dep, "kernel/a.ko:"));
			if (strcmp(dep, wanted.data[0]) == 0)
				complete++;
		}
		if (!failed)
			assert_contents(&wanted, NULL);
		ck_assert_uint_le(count_entries(), entries);
	}
	ck_assert_uint_gt(failures, 50);
	ck_assert_uint_ge(complete, 1);
	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++)
		free(wanted.data[i]);
}
END_TEST

/* With a cache that has one of the modules. */
START_TEST(out_of_memory_with_a_cache)
{
	struct contents wanted;
	bool failed = true;

	ck_assert_int_eq(run(false), 0);
	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++)
		wanted.data[i] = read_output(output_names[i], &wanted.size[i]);
	for (unsigned int n = 0; failed; n++) {
		int r;

		(void)unlink(path_of_output(CACHE_NAME));
		ck_assert_int_eq(run(true), 0);
		MODULE("kernel/a.ko", "__crc_one", "two", "alias=of:N*T-x\0alias=devname:a");
		unit_fail_allocation(n);
		r = run(true);
		failed = unit_allocation_failed();
		ck_assert(failed || r == 0);
		if (r < 0 || !failed)
			assert_contents(&wanted, NULL);
		/* whatever is in the cache now, it does not make the next run wrong */
		ck_assert_int_eq(run(true), 0);
		assert_contents(&wanted, NULL);
	}
	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++)
		free(wanted.data[i]);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-run");
	TCase *const tests = tcase_create("depmod-run");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, out_of_memory, 0, 2);
	tcase_add_test(tests, out_of_memory_with_a_cache);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
