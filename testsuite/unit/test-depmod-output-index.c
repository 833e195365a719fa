/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/output-index.c.
 */
#include "tools/depmod/output-make.h"

#include <errno.h>

#include "depmod-sources.h"
#include "libkmod/format/index-read.h"

static int print_entry(const char *key, const char *value, void *data)
{
	(void)fprintf(data, "%s=%s\n", key, value);
	return 0;
}

/* Prints all that is in the index @output; the priorities have put values in order. */
static char *dump(const struct output_file *output)
{
	const int fd = memfd_create("index", MFD_CLOEXEC);
	struct index *index;
	char *text = NULL;
	size_t size;
	FILE *const file = open_memstream(&text, &size);

	ck_assert_int_eq(write(fd, output->data, output->size), output->size);
	ck_assert_int_eq(index_open(fd, &index), 0);
	ck_assert_int_eq(index_dump(index, print_entry, file), 0);
	index_free(index);
	ck_assert_int_eq(fclose(file), 0);
	return text;
}

static void assert_index(output_make_fn make, const char *wanted, const char *said)
{
	struct output_file output;
	_cleanup_free_ char *text = NULL;

	ck_assert_int_eq(sources_output(make, &output), 0);
	text = dump(&output);
	ck_assert_str_eq(text, wanted);
	ck_assert_str_eq(output_said(&output), said);
	output_done(&output);
}

/* Nothing is made, which has the error @error. */
static void assert_fails(output_make_fn make, int error, const char *said)
{
	struct output_file output;

	ck_assert_int_eq(sources_output(make, &output), error);
	ck_assert_ptr_null(output.data);
	ck_assert_str_eq(output_said(&output), said);
	output_done(&output);
}

START_TEST(nothing)
{
	sources_make(NULL, 0);
	assert_index(output_make_dep_bin, "", "");
	assert_index(output_make_alias_bin, "", "");
	assert_index(output_make_symbols_bin, "", "");
}
END_TEST

START_TEST(dep)
{
	SOURCES({ .name = "b", .relative = "k/b.ko", .depends = "1" },
		{ .name = "a", .relative = "k/a.ko.xz" });
	assert_index(output_make_dep_bin, "a=k/a.ko.xz:\nb=k/b.ko: k/a.ko.xz\n", "");
}
END_TEST

START_TEST(symbols)
{
	SOURCES({ .name = "m", .symbols = "x a-b" }, { .name = "n", .symbols = "c" });
	sources_add_symbols("of_nobody", OWNER_NONE);
	sources_add_symbols("of_the_kernel", OWNER_NONE - 1);
	assert_index(output_make_symbols_bin, "symbol:a-b=m\nsymbol:c=n\nsymbol:x=m\n", "");
}
END_TEST

/* ---- Aliases ------------------------------------------------------------------------------- */

/* In the order of modules, whatever their names; the last of equal ones first. */
START_TEST(aliases)
{
	SOURCES({ .name = "z", TEXTS("ax\0sno\0wno\0ay") }, { .name = "m", TEXTS("ax") },
		{ .name = "a", TEXTS("ax") });
	assert_index(output_make_alias_bin, "x=z\nx=m\nx=a\ny=z\n", "");
}
END_TEST

START_TEST(normalized)
{
	SOURCES({ .name = "m", TEXTS("aa-b-c\0aof:[a-z]-[-]*") });
	assert_index(output_make_alias_bin, "a_b_c=m\nof:[a-z]_[-]*=m\n", "");
}
END_TEST

START_TEST(unmatched_brackets)
{
	SOURCES({ .name = "m", TEXTS("aa[b\0aok") }, { .name = "n", TEXTS("aa]b\0ac[]]\0aok") });
	assert_index(output_make_alias_bin, "ok=m\nok=n\n",
		     "depmod: WARNING: Unmatched bracket in a[b\n"
		     "depmod: WARNING: Unmatched bracket in a]b\n"
		     "depmod: WARNING: Unmatched bracket in c[]]\n");
}
END_TEST

/* Cut to the length of what can be looked up, with something to normalise in it or not. */
START_TEST(long_alias)
{
	static char texts[PATH_MAX + 16], wanted[PATH_MAX + 8];

	memset(texts, 'x', sizeof(texts) - 1);
	texts[0] = 'a';
	memset(wanted, 'x', PATH_MAX - 1);
	strcpy(wanted + PATH_MAX - 1, "=m\n");
	SOURCES({ .name = "m", .texts = texts, .texts_size = sizeof(texts) });
	assert_index(output_make_alias_bin, wanted, "");
	texts[1] = '-';
	wanted[0] = '_';
	assert_index(output_make_alias_bin, wanted, "");
}
END_TEST

/* The same twice, as looked up, for one module. */
START_TEST(repeats)
{
	static const struct made_module modules[] = {
		{ .name = "m", TEXTS("aa-b\0ac\0aa_b\0aa_b") },
		{ .name = "n", TEXTS("ac\0aa-b") },
	};

	sources_make(modules, 2);
	made.output.report_repeats = true;
	assert_index(output_make_alias_bin, "a_b=m\na_b=m\na_b=m\na_b=n\nc=m\nc=n\n",
		     "depmod: WARNING: duplicate module alias:\na_b m\n"
		     "depmod: WARNING: duplicate module alias:\na_b m\n");
	sources_make(modules, 2);
	assert_index(output_make_alias_bin, "a_b=m\na_b=m\na_b=m\na_b=n\nc=m\nc=n\n", "");
}
END_TEST

/* ---- Bytes that an index cannot have --------------------------------------------------------- */

#define BAD                                                                                      \
	"depmod: FATAL: Module index: bad character '\\xc3'=0xc3 - only 7-bit ASCII is supported:\n"

START_TEST(bad_bytes)
{
	SOURCES({ .name = "m", .symbols = "s\xc3\xbc",
		  TEXTS("aok\0a\xc3\xbc") });
	assert_fails(output_make_alias_bin, -EILSEQ, BAD "\xc3\xbc\n");
	assert_fails(output_make_symbols_bin, -EILSEQ, BAD "symbol:s\xc3\xbc\n");
	assert_index(output_make_dep_bin, "m=m:\n", "");
	SOURCES({ .name = "m", .relative = "k/\xc3\xbc/m.ko" });
	assert_fails(output_make_dep_bin, -EILSEQ, BAD "k/\xc3\xbc/m.ko:\n");
	/* the last good one and the first bad one */
	SOURCES({ .name = "m", TEXTS("a\x7f") });
	assert_index(output_make_alias_bin, "\x7f=m\n", "");
	SOURCES({ .name = "m", TEXTS("a\x7f\x80") });
	assert_fails(output_make_alias_bin, -EILSEQ,
		     "depmod: FATAL: Module index: bad character '\\x80'=0x80 - only 7-bit ASCII is "
		     "supported:\n\\x7f\\x80\n");
}
END_TEST

/* ---- What is built in ---------------------------------------------------------------------- */

static void assert_empty_file(output_make_fn make, const char *said)
{
	struct output_file output;

	ck_assert_int_eq(sources_output(make, &output), 0);
	ck_assert_ptr_nonnull(output.data);
	ck_assert_uint_eq(output.size, 0);
	ck_assert_str_eq(output_said(&output), said);
	output_done(&output);
}

START_TEST(builtin_missing)
{
	sources_make(NULL, 0);
	assert_empty_file(output_make_builtin_bin,
			  "depmod: WARNING: could not open modules.builtin at @: "
			  "No such file or directory\n");
	assert_empty_file(output_make_builtin_alias_bin,
			  "depmod: WARNING: could not open modules.builtin.modinfo at @: "
			  "No such file or directory\n");
}
END_TEST

START_TEST(builtin_a_directory)
{
	sources_make(NULL, 0);
	tree_make_dir("modules.builtin");
	tree_make_dir("modules.builtin.modinfo");
	assert_fails(output_make_builtin_bin, -EISDIR,
		     "depmod: ERROR: could not read @/modules.builtin: Is a directory\n");
	assert_fails(output_make_builtin_alias_bin, -EISDIR,
		     "depmod: ERROR: could not read @/modules.builtin.modinfo: Is a directory\n");
}
END_TEST

START_TEST(builtin_empty)
{
	sources_make(NULL, 0);
	tree_write_text("modules.builtin", "");
	tree_write_text("modules.builtin.modinfo", "");
	assert_index(output_make_builtin_bin, "", "");
	assert_index(output_make_builtin_alias_bin, "", "");
}
END_TEST

/* The last line needs no end. A newline in what is said of a line is that of the line. */
START_TEST(builtin)
{
	sources_make(NULL, 0);
	tree_write_text("modules.builtin",
			"kernel/b-c.ko\n1.ko\nkernel/sub/a.x.ko\n\n/k/d.ko\nlast.ko");
	assert_index(output_make_builtin_bin, "a=\nb_c=\nlast=\n",
		     "depmod: ERROR: Invalid modules.builtin line: 1.ko\n\n"
		     "depmod: ERROR: Invalid modules.builtin line: \n\n"
		     "depmod: ERROR: Invalid modules.builtin line: /k/d.ko\n\n");
	tree_write_text("modules.builtin", "a.ko\n ");
	assert_index(output_make_builtin_bin, "a=\n",
		     "depmod: ERROR: Invalid modules.builtin line:  \n");
}
END_TEST

/* Records without end, without name or value, or of anything else. */
START_TEST(builtin_aliases)
{
	static const char records[] = "b.alias=x-y\0b.license=GPL\0a.alias=x-y\0c.alias=\0"
				      "alias=n\0\0d.aliases=n\0d.e.alias=n\0f.alias=g.alias=h\0"
				      ".alias=i\0j.alias=[\0k.alias";

	sources_make(NULL, 0);
	tree_write("modules.builtin.modinfo", records, sizeof(records));
	assert_index(output_make_builtin_alias_bin, "g.alias=h=f\ni=\nx_y=a\nx_y=b\n",
		     "depmod: WARNING: Unmatched bracket in [\n");
	tree_write("modules.builtin.modinfo", "a.alias=x\0a.alias=y", 19);
	assert_index(output_make_builtin_alias_bin, "x=a\n", "");
}
END_TEST

/* ---- Memory -------------------------------------------------------------------------------- */

static const output_make_fn makers[] = {
	output_make_dep_bin,	 output_make_alias_bin,		output_make_symbols_bin,
	output_make_builtin_bin, output_make_builtin_alias_bin,
};

#define MAKERS_COUNT ((int)(sizeof(makers) / sizeof(makers[0])))

START_TEST(out_of_memory)
{
	unsigned int failures = 0;
	bool failed = true;

	SOURCES({ .name = "m", .symbols = "s", TEXTS("ax-y") }, { .name = "n", TEXTS("ax") });
	made.output.report_repeats = true;
	tree_write_text("modules.builtin", "k/a.ko\n");
	tree_write("modules.builtin.modinfo", "a.alias=x-y", 12);
	for (unsigned int n = 0; failed; n++) {
		struct output_file output;
		int r;

		unit_fail_allocation(n);
		r = sources_output(makers[_i], &output);
		failed = unit_allocation_failed();
		ck_assert(r == 0 || (failed && r == -ENOMEM));
		ck_assert_int_eq(output.data == NULL, r < 0);
		output_done(&output);
		failures += r < 0;
	}
	ck_assert_uint_ge(failures, 4);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-output-index");
	TCase *const modules = tcase_create("modules");
	TCase *const builtin_modules = tcase_create("builtin");

	tcase_add_checked_fixture(modules, NULL, sources_done);
	tcase_add_test(modules, nothing);
	tcase_add_test(modules, dep);
	tcase_add_test(modules, symbols);
	tcase_add_test(modules, aliases);
	tcase_add_test(modules, normalized);
	tcase_add_test(modules, unmatched_brackets);
	tcase_add_test(modules, long_alias);
	tcase_add_test(modules, repeats);
	tcase_add_test(modules, bad_bytes);
	suite_add_tcase(suite, modules);

	tcase_add_checked_fixture(builtin_modules, tree_setup, tree_teardown);
	tcase_add_checked_fixture(builtin_modules, NULL, sources_done);
	tcase_add_test(builtin_modules, builtin_missing);
	tcase_add_test(builtin_modules, builtin_a_directory);
	tcase_add_test(builtin_modules, builtin_empty);
	tcase_add_test(builtin_modules, builtin);
	tcase_add_test(builtin_modules, builtin_aliases);
	tcase_add_loop_test(builtin_modules, out_of_memory, 0, MAKERS_COUNT);
	suite_add_tcase(suite, builtin_modules);
	return unit_run(suite);
}
