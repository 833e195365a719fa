/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/kernel-symbols.c.
 */
#include "tools/depmod/kernel-symbols.h"

#include <errno.h>

#include "depmod-tree.h"

typedef int (*read_fn)(struct cli *cli, const char *path, char prefix, struct kernel_symbols *ret);

/* That the file says @wanted, "NAME=CRC " for each symbol, and that @said is logged. */
static void assert_symbols(read_fn read, char prefix, const char *wanted, const char *said)
{
	const struct capture capture = capture_begin(STDERR_FILENO);
	struct kernel_symbols symbols = { 0 };
	const int r = read(&tree_cli, tree_path("f"), prefix, &symbols);
	char text[1024] = "";

	ck_assert_str_eq(capture_end(capture), said);
	ck_assert_int_eq(r, 0);
	for (size_t i = 0; i < symbols.count; i++) {
		ck_assert_uint_eq(symbols.symbols[i].length, strlen(symbols.symbols[i].name));
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s=%llx ",
			       symbols.symbols[i].name,
			       (unsigned long long)symbols.symbols[i].crc);
	}
	ck_assert_str_eq(text, wanted);
	kernel_symbols_done(&symbols);
}

/* ---- Module.symvers -------------------------------------------------------------------------- */

START_TEST(symvers)
{
	tree_write_text("f", "0x1234abcd\tone\tvmlinux\tEXPORT_SYMBOL\n"
			     "ffffffff  two \t vmlinux \n"
			     "0x1\tother\tdrivers/other\tEXPORT_SYMBOL\n"
			     "0x1\tother\tvmlinux2\tEXPORT_SYMBOL\n"
			     "0x1\tother\n\n \n"
			     "0x2\tone\tvmlinux\tEXPORT_SYMBOL_GPL\tNAMESPACE\n");
	assert_symbols(kernel_symbols_from_symvers, '\0', "one=1234abcd two=ffffffff one=2 ", "");
}
END_TEST

/* Where the owner ends its line, the newline belongs to it; where the file ends, there is none. */
START_TEST(symvers_three_columns)
{
	tree_write_text("f", "0x1\tone\tvmlinux\n0x2\ttwo\tvmlinux");
	assert_symbols(kernel_symbols_from_symvers, '\0', "two=2 ", "");
}
END_TEST

START_TEST(symvers_bad_crc)
{
	tree_write_text("f", "0xg\ta\tvmlinux\tx\n-1\tb\tvmlinux\tx\n0x\tc\tvmlinux\tx\n"
			     "11112222333344445\td\tvmlinux\tx\n1122334455667788\te\tvmlinux\tx\n");
	assert_symbols(kernel_symbols_from_symvers, '\0', "e=1122334455667788 ",
		       "depmod: ERROR: @/f:1 Invalid symbol version 0xg: Invalid argument\n"
		       "depmod: ERROR: @/f:2 Invalid symbol version -1: Invalid argument\n"
		       "depmod: ERROR: @/f:3 Invalid symbol version 0x: Invalid argument\n"
		       "depmod: ERROR: @/f:4 Invalid symbol version 11112222333344445: "
		       "Numerical result out of range\n");
}
END_TEST

START_TEST(symvers_prefix)
{
	tree_write_text("f", "1 _a vmlinux x\n2 __b vmlinux x\n3 c vmlinux x\n");
	assert_symbols(kernel_symbols_from_symvers, '_', "a=1 _b=2 c=3 ", "");
	assert_symbols(kernel_symbols_from_symvers, '\0', "_a=1 __b=2 c=3 ", "");
}
END_TEST

/* ---- System.map ------------------------------------------------------------------------------ */

START_TEST(map)
{
	tree_write_text("f", "ffffffff81000000 T _text\n"
			     "ffffffff82000000 r __ksymtab_one\n"
			     "ffffffff82000000 r __ksymtab_two with blank\n"
			     "ffffffff82000000 r ___ksymtab_no\n"
			     "ffffffff82000000 r x__ksymtab_no\n"
			     "0 r __ksymtab_last");
	assert_symbols(kernel_symbols_from_map, '\0', "one=0 two with blank=0 last=0 ", "");
}
END_TEST

START_TEST(map_prefix)
{
	tree_write_text("f", "0 r ___ksymtab_a\n0 r __ksymtab_b\n0 r ____ksymtab_no\n");
	assert_symbols(kernel_symbols_from_map, '_', "a=0 ", "");
}
END_TEST

/* A newline of the line is printed with it. */
START_TEST(map_bad_lines)
{
	tree_write_text("f", "0 r\n\n0 r __ksymtab_a\nlast");
	assert_symbols(kernel_symbols_from_map, '\0', "a=0 ",
		       "depmod: ERROR: @/f:1: invalid line: 0 r\n\n"
		       "depmod: ERROR: @/f:2: invalid line: \n\n"
		       "depmod: ERROR: @/f:4: invalid line: last\n");
}
END_TEST

/* ---- Both ---------------------------------------------------------------------------------- */

static const read_fn readers[] = { kernel_symbols_from_symvers, kernel_symbols_from_map };

START_TEST(no_file)
{
	struct kernel_symbols symbols = { 0 };

	ck_assert_int_eq(readers[_i](&tree_cli, tree_path("f"), '\0', &symbols), -ENOENT);
	ck_assert_int_eq(readers[_i](&tree_cli, tree_root, '\0', &symbols), -EISDIR);
	ck_assert_ptr_null(symbols.symbols);
	ck_assert_ptr_null(symbols.text);
}
END_TEST

START_TEST(empty)
{
	tree_write_text("f", "");
	assert_symbols(readers[_i], '\0', "", "");
}
END_TEST

START_TEST(out_of_memory)
{
	unsigned int failures = 0;
	bool failed = true;

	tree_write_text("f", _i == 0 ? "1 a vmlinux x\n" : "0 r __ksymtab_a\n");
	for (unsigned int n = 0; failed; n++) {
		const char *const path = tree_path("f");
		struct kernel_symbols symbols = { 0 };
		int r;

		unit_fail_allocation(n);
		r = readers[_i](&tree_cli, path, '\0', &symbols);
		failed = unit_allocation_failed();
		ck_assert(r == 0 || (failed && r == -ENOMEM));
		ck_assert_uint_eq(symbols.count, r < 0 ? 0 : 1);
		kernel_symbols_done(&symbols);
		failures += r < 0;
	}
	ck_assert_uint_ge(failures, 2);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-kernel-symbols");
	TCase *const tests = tcase_create("depmod-kernel-symbols");

	tcase_add_checked_fixture(tests, tree_setup, tree_teardown);
	tcase_add_test(tests, symvers);
	tcase_add_test(tests, symvers_three_columns);
	tcase_add_test(tests, symvers_bad_crc);
	tcase_add_test(tests, symvers_prefix);
	tcase_add_test(tests, map);
	tcase_add_test(tests, map_prefix);
	tcase_add_test(tests, map_bad_lines);
	tcase_add_loop_test(tests, no_file, 0, 2);
	tcase_add_loop_test(tests, empty, 0, 2);
	tcase_add_loop_test(tests, out_of_memory, 0, 2);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
