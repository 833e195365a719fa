/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/order.c.
 */
#include "tools/depmod/order.h"

#include <errno.h>
#include <string.h>

#include "depmod-tree.h"

static const struct {
	const char *text;
	uint32_t hash;
} vectors[] = {
	/* from what is known of the table, of each length modulo 4 */
	{ "a", 0x115ea782 },
	{ "ab", 0x516b8b44 },
	{ "abc", 0xd2be198a },
	{ "ext4", 0xe679ab16 },
	{ "usb_storage", 0x9f9b2fab },
};

START_TEST(hash)
{
	char block[32];

	ck_assert_uint_eq(order_hash(vectors[_i].text, strlen(vectors[_i].text)), vectors[_i].hash);
	/* wherever it is, and whatever follows */
	memset(block, 'x', sizeof(block));
	memcpy(block + 3, vectors[_i].text, strlen(vectors[_i].text));
	ck_assert_uint_eq(order_hash(block + 3, strlen(vectors[_i].text)), vectors[_i].hash);
}
END_TEST

/* Characters have a sign there, where there is one behind the last four. */
START_TEST(hash_of_other_bytes)
{
	ck_assert_uint_eq(order_hash("", 0), 0);
	ck_assert_uint_ne(order_hash("\xff", 1), order_hash("\x7f", 1));
}
END_TEST

/* ---- The order of modules ------------------------------------------------------------------ */

/* Of the files @paths, below the directory or absolute, up to a NULL. */
static int order_them(const char *const *paths, struct scan *scan, struct modules *ret)
{
	size_t count = 0;

	while (paths[count])
		count++;
	*scan = (struct scan){ .files = calloc(count + 1, sizeof(*scan->files)), .count = count };
	for (size_t i = 0; i < count; i++) {
		const char *const path = paths[i][0] == '/' ? paths[i] : tree_path(paths[i]);

		scan->files[i].path = arena_text(&scan->texts, path, strlen(path));
		scan->files[i].stamp.size = i;
	}
	return order_modules(&tree_cli, scan, tree_root, ret);
}

#define MISSING "depmod: WARNING: could not open modules.order at @: No such file or directory\n"

/* That the modules of @paths come as @wanted says, each with a blank behind it; @logged. */
static void assert_order(const char *const *paths, const char *wanted, const char *logged)
{
	const struct capture capture = capture_begin(STDERR_FILENO);
	struct modules modules = { 0 };
	struct scan scan;
	const int r = order_them(paths, &scan, &modules);
	char text[1024] = "";

	ck_assert_str_eq(capture_end(capture), logged);
	ck_assert_int_eq(r, 0);
	for (uint32_t i = 0; i < modules.count; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ",
			       modules.modules[i].relative);
	ck_assert_str_eq(text, wanted);
	modules_done(&modules);
	scan_done(&scan);
}

#define PATHS(...) (const char *const[]){ __VA_ARGS__, NULL }

/* By bucket, as the hashes above have them; without them by name. */
START_TEST(by_hash)
{
	ck_assert_uint_eq(0x115ea782 % ORDER_MODULES, 386);
	assert_order(PATHS("a.ko", "ab.ko", "abc.ko", "ext4.ko", "usb-storage.ko"),
		     "ext4.ko ab.ko a.ko abc.ko usb-storage.ko ", MISSING);
}
END_TEST

/* Of one bucket. */
START_TEST(by_name)
{
	ck_assert_uint_eq(order_hash("m14", 3) % ORDER_MODULES,
			  order_hash("m25", 3) % ORDER_MODULES);
	assert_order(PATHS("x/m25.ko", "y/m14.ko"), "y/m14.ko x/m25.ko ", MISSING);
	assert_order(PATHS("y/m14.ko", "x/m25.ko"), "y/m14.ko x/m25.ko ", MISSING);
}
END_TEST

START_TEST(by_lines)
{
	tree_write_text("modules.order", "k/abc.ko\nk/absent.ko\nk/a.ko\n");
	assert_order(PATHS("k/ext4.ko", "k/a.ko", "k/ab.ko", "k/abc.ko"),
		     "k/abc.ko k/a.ko k/ext4.ko k/ab.ko ", "");
}
END_TEST

/* A line has nothing to do with the one before. */
START_TEST(shorter_line)
{
	tree_write_text("modules.order", "long/path/x.ko\na.ko\n");
	assert_order(PATHS("ab.ko", "a.ko"), "a.ko ab.ko ", "");
}
END_TEST

START_TEST(first_line_counts)
{
	tree_write_text("modules.order", "a.ko\nab.ko\na.ko\n");
	assert_order(PATHS("ab.ko", "a.ko"), "a.ko ab.ko ", "");
}
END_TEST

/* Its own path is what a line has to be, without a suffix of compression. */
START_TEST(lines_for_others)
{
	tree_write_text("modules.order", "./a.ko\nother/a.ko\na.ko.xz\n a.ko\na.ko \na_.ko\n\n");
	assert_order(PATHS("a.ko", "ab.ko"), "ab.ko a.ko ", "");
	tree_write_text("modules.order", "k/a-b.ko\nk/a.ko\n");
	assert_order(PATHS("k/a_b.ko", "k/a.ko"), "k/a.ko k/a_b.ko ", "");
}
END_TEST

START_TEST(compressed)
{
	if (!ENABLE_ZSTD)
		return;
	tree_write_text("modules.order", "k/usb-storage.ko\nk/a.ko\nk/ab.ko.zst\n");
	assert_order(PATHS("k/ab.ko.zst", "k/a.ko.zst", "k/usb-storage.ko.zst"),
		     "k/usb-storage.ko.zst k/a.ko.zst k/ab.ko.zst ", "");
}
END_TEST

/* modules.order does not speak of what is elsewhere. */
START_TEST(elsewhere)
{
	tree_write_text("modules.order", "/ext/a.ko\next/a.ko\n");
	assert_order(PATHS("/ext/a.ko", "ab.ko"), "ab.ko /ext/a.ko ", "");
}
END_TEST

/* Nothing of a damaged file counts. */
START_TEST(damaged)
{
	tree_write_text("modules.order", "a.ko\nab.ko");
	assert_order(PATHS("a.ko", "ab.ko"), "ab.ko a.ko ",
		     "depmod: ERROR: @/modules.order:2 corrupted line misses '\\n'\n");
}
END_TEST

START_TEST(line_too_long)
{
	char text[5 + PATH_MAX + 8] = "a.ko\n";

	memset(text + 5, 'x', PATH_MAX - 2);
	strcpy(text + 5 + PATH_MAX - 2, "\n");
	tree_write_text("modules.order", text);
	assert_order(PATHS("ab.ko", "a.ko"), "a.ko ab.ko ", "");
	strcpy(text + 5 + PATH_MAX - 2, "x\n");
	tree_write_text("modules.order", text);
	assert_order(PATHS("ab.ko", "a.ko"), "ab.ko a.ko ",
		     "depmod: ERROR: @/modules.order:2 corrupted line misses '\\n'\n");
}
END_TEST

START_TEST(empty)
{
	tree_write_text("modules.order", "");
	assert_order(PATHS("a.ko"), "a.ko ", "");
	assert_order((const char *const[]){ NULL }, "", "");
}
END_TEST

START_TEST(not_a_file)
{
	tree_make_dir("modules.order");
	assert_order(PATHS("a.ko"), "a.ko ",
		     "depmod: WARNING: could not open modules.order at @: Is a directory\n");
}
END_TEST

/* What is known of a file goes with its module. */
START_TEST(members)
{
	const struct module *module;
	struct modules modules;
	struct scan scan;

	tree_write_text("modules.order", "k/a-b.ko\n");
	ck_assert_int_eq(order_them(PATHS("/e/ab.ko", "k/a-b.ko", "k/c.x.ko"), &scan, &modules), 0);
	module = &modules.modules[0];
	ck_assert_str_eq(module->name, "a_b");
	ck_assert_str_eq(module->path, tree_path("k/a-b.ko"));
	ck_assert_str_eq(module->relative, "k/a-b.ko");
	ck_assert_ptr_eq(module->relative, module->path + strlen(tree_root) + 1);
	ck_assert_uint_eq(module->stamp.size, 1);
	ck_assert_uint_eq(module->suffix_size, 0);
	ck_assert(!module->is_known);
	for (uint32_t i = 1; i < 3; i++) {
		module = &modules.modules[i];
		ck_assert_str_eq(module->name, module->stamp.size == 2 ? "c" : "ab");
		ck_assert_str_eq(module->relative,
				 module->stamp.size == 2 ? "k/c.x.ko" : "/e/ab.ko");
	}
	modules_done(&modules);
	scan_done(&scan);
}
END_TEST

START_TEST(out_of_memory)
{
	unsigned int failures = 0, harmless = 0;
	bool failed = true;

	tree_write_text("modules.order", "a.ko\n");
	for (unsigned int n = 2; failed; n++) { /* two are of the test itself */
		const struct capture capture = capture_begin(STDERR_FILENO);
		struct modules modules = { 0 };
		struct scan scan;
		int r;

		unit_fail_allocation(n);
		r = order_them(PATHS("a.ko"), &scan, &modules);
		failed = unit_allocation_failed();
		(void)capture_end(capture);
		ck_assert(r == 0 || (failed && r == -ENOMEM));
		ck_assert_uint_eq(modules.count, r < 0 ? 0 : 1);
		modules_done(&modules);
		scan_done(&scan);
		failures += r < 0;
		harmless += failed && r == 0;
	}
	ck_assert_uint_ge(failures, 4);
	/* that a block is not made smaller */
	ck_assert_uint_le(harmless, 1);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-order");
	TCase *const tests = tcase_create("depmod-order");

	tcase_add_loop_test(tests, hash, 0, sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_test(tests, hash_of_other_bytes);
	tcase_add_checked_fixture(tests, tree_setup, tree_teardown);
	tcase_add_test(tests, by_hash);
	tcase_add_test(tests, by_name);
	tcase_add_test(tests, by_lines);
	tcase_add_test(tests, shorter_line);
	tcase_add_test(tests, first_line_counts);
	tcase_add_test(tests, lines_for_others);
	tcase_add_test(tests, compressed);
	tcase_add_test(tests, elsewhere);
	tcase_add_test(tests, damaged);
	tcase_add_test(tests, line_too_long);
	tcase_add_test(tests, empty);
	tcase_add_test(tests, not_a_file);
	tcase_add_test(tests, members);
	tcase_add_test(tests, out_of_memory);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
