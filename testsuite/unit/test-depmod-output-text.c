/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/output-text.c.
 */
#include "tools/depmod/output-make.h"

#include <errno.h>

#include "depmod-sources.h"

static void assert_text(output_make_fn make, const char *wanted, const char *said)
{
	struct output_file output;

	ck_assert_int_eq(sources_output(make, &output), 0);
	ck_assert_ptr_nonnull(output.data);
	ck_assert_uint_eq(output.size, strlen(wanted));
	ck_assert_mem_eq(output.data, wanted, output.size);
	ck_assert_str_eq(output_said(&output), said);
	output_done(&output);
}

/* All that is needed, by whom before what; whether directly or not. */
START_TEST(dep)
{
	SOURCES({ .relative = "k/a.ko.xz", .depends = "1" },
		{ .relative = "k/b.ko", .depends = "23" },
		{ .relative = "/e/c.ko", .depends = "3" },
		{ .relative = "d.ko" });
	assert_text(output_make_dep,
		    "k/a.ko.xz: k/b.ko /e/c.ko d.ko\n"
		    "k/b.ko: /e/c.ko d.ko\n"
		    "/e/c.ko: d.ko\n"
		    "d.ko:\n",
		    "");
}
END_TEST

/* The same lines, each with an end of its own. */
START_TEST(dep_lines)
{
	struct dep_lines lines;

	SOURCES({ .relative = "a.ko", .depends = "1" }, { .relative = "b.ko" });
	ck_assert_int_eq(dep_lines_make(&made.output, &lines), 0);
	ck_assert_str_eq(lines.text.data + lines.starts[0], "a.ko: b.ko");
	ck_assert_str_eq(lines.text.data + lines.starts[1], "b.ko:");
	dep_lines_done(&lines);
}
END_TEST

/* Files without header are empty, which is not the same as not made. */
START_TEST(no_modules)
{
	sources_make(NULL, 0);
	assert_text(output_make_dep, "", "");
	assert_text(output_make_alias, "# Aliases extracted from modules themselves.\n", "");
	assert_text(output_make_softdep, "# Soft dependencies extracted from modules themselves.\n",
		    "");
	assert_text(output_make_weakdep, "# Weak dependencies extracted from modules themselves.\n",
		    "");
	assert_text(output_make_symbols, "# Aliases for symbols, used by symbol_request().\n", "");
	assert_text(output_make_devname, "", "");
}
END_TEST

/* Each kind in its file, unchanged and in the order of the module's file. */
START_TEST(texts)
{
	SOURCES({ .name = "m", .relative = "m.ko", TEXTS("az-1\0spre: x\0aa[-\0wy\0a") },
		{ .name = "n", .relative = "n.ko" },
		{ .name = "o", .relative = "o.ko", TEXTS("wz\0saa  post: b\0az-1\0s") });
	assert_text(output_make_alias,
		    "# Aliases extracted from modules themselves.\n"
		    "alias z-1 m\nalias a[- m\nalias  m\nalias z-1 o\n",
		    "");
	assert_text(output_make_softdep,
		    "# Soft dependencies extracted from modules themselves.\n"
		    "softdep m pre: x\nsoftdep o aa  post: b\nsoftdep o \n",
		    "");
	assert_text(output_make_weakdep,
		    "# Weak dependencies extracted from modules themselves.\n"
		    "weakdep m y\nweakdep o z\n",
		    "");
}
END_TEST

/* By bucket, then by name: abc 394, ext4 790, ab 836, s64 and s98 both 984, a 1922. */
START_TEST(symbols)
{
	SOURCES({ .name = "m", .relative = "m.ko", .symbols = "a s98 abc" },
		{ .name = "n", .relative = "n.ko", .symbols = "s64 ext4 ab" });
	sources_add_symbols("of_nobody", OWNER_NONE);
	sources_add_symbols("of_the_kernel", OWNER_NONE - 1);
	assert_text(output_make_symbols,
		    "# Aliases for symbols, used by symbol_request().\n"
		    "alias symbol:abc m\nalias symbol:ext4 n\nalias symbol:ab n\n"
		    "alias symbol:s64 n\nalias symbol:s98 m\nalias symbol:a m\n",
		    "");
}
END_TEST

/* ---- modules.devname ----------------------------------------------------------------------- */

#define DEVICES "# Device nodes to trigger on-demand module loading.\n"

START_TEST(devname)
{
	SOURCES({ .name = "m", TEXTS("adevname:net/tun\0achar-major-10-200") },
		{ .name = "n", TEXTS("ablock-major-7-0\0adevname:loop-control") },
		{ .name = "none", TEXTS("achar-major-1-2\0ablock-major-3-4") },
		{ .name = "other", TEXTS("sdevname:x\0wdevname:y\0achar-major-1-1") });
	assert_text(output_make_devname, DEVICES "m net/tun c10:200\nn loop-control b7:0\n", "");
}
END_TEST

/* Until both are known later ones count; what comes after that does not. */
START_TEST(devname_repeated)
{
	SOURCES({ .name = "m",
		  TEXTS("adevname:a\0adevname:b\0achar-major-1-2\0adevname:c\0achar-major-3-4") },
		{ .name = "n",
		  TEXTS("achar-major-1-2\0ablock-major-3-4\0aother\0adevname:a\0"
			"achar-major-5-6") });
	assert_text(output_make_devname, DEVICES "m b c1:2\nn a b3:4\n", "");
}
END_TEST

/* What has no numbers has none; what follows them does not matter. */
START_TEST(devname_numbers)
{
	SOURCES({ .name = "m",
		  TEXTS("achar-major-10-*\0achar-major--\0achar-major-1-2xyz\0adevname:a") },
		{ .name = "n", TEXTS("adevname:b\0achar-major-10-*") },
		{ .name = "o", TEXTS("adevname:c\0achar-major-4294967295-0") });
	assert_text(output_make_devname, DEVICES "m a c1:2\no c c4294967295:0\n",
		    "depmod: ERROR: Module 'n' has devname (b) but lacks major and minor "
		    "information. Ignoring.\n");
}
END_TEST

/* ---- Memory -------------------------------------------------------------------------------- */

static const output_make_fn makers[] = {
	output_make_dep,     output_make_alias,	  output_make_softdep,
	output_make_weakdep, output_make_symbols, output_make_devname,
};

#define MAKERS_COUNT ((int)(sizeof(makers) / sizeof(makers[0])))

START_TEST(out_of_memory)
{
	unsigned int failures = 0;
	bool failed = true;

	SOURCES({ .name = "m", .relative = "m.ko", .symbols = "s", .depends = "1",
		  TEXTS("adevname:a\0achar-major-1-2\0sx\0wx") },
		{ .name = "n", .relative = "n.ko" });
	while (failed) {
		struct output_file output;
		int r;

		unit_fail_allocation(failures);
		r = sources_output(makers[_i], &output);
		failed = unit_allocation_failed();
		ck_assert_int_eq(r, failed ? -ENOMEM : 0);
		ck_assert_int_eq(output.data == NULL, failed);
		output_done(&output);
		failures += failed;
	}
	ck_assert_uint_ge(failures, 4);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-output-text");
	TCase *const tests = tcase_create("depmod-output-text");

	tcase_add_checked_fixture(tests, NULL, sources_done);
	tcase_add_test(tests, dep);
	tcase_add_test(tests, dep_lines);
	tcase_add_test(tests, no_modules);
	tcase_add_test(tests, texts);
	tcase_add_test(tests, symbols);
	tcase_add_test(tests, devname);
	tcase_add_test(tests, devname_repeated);
	tcase_add_test(tests, devname_numbers);
	tcase_add_loop_test(tests, out_of_memory, 0, MAKERS_COUNT);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
