/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/scan.c.
 */
#include "tools/depmod/scan.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "depmod-tree.h"

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct found *)a)->path, ((const struct found *)b)->path);
}

static void link_to(const char *target, const char *name)
{
	ck_assert_int_eq(symlink(target, tree_path(name)), 0);
}

/* What was found, sorted, each with a blank behind it, with '@' for the directory of the test. */
static const char *found(struct scan *scan)
{
	static char text[16384];
	size_t size = 0;

	text[0] = '\0';
	qsort(scan->files, scan->count, sizeof(*scan->files), compare);
	for (size_t i = 0; i < scan->count; i++) {
		const char *const path = scan->files[i].path;

		ck_assert_int_eq(strncmp(path, tree_root, strlen(tree_root)), 0);
		size += (size_t)snprintf(text + size, sizeof(text) - size, "@%s ",
					 path + strlen(tree_root));
		ck_assert_uint_lt(size, sizeof(text));
	}
	return text;
}

static const char *said(struct scan *scan)
{
	const struct capture capture = capture_begin(STDERR_FILENO);

	(void)messages_log(&tree_cli, &scan->messages);
	return capture_end(capture);
}

/* That below the directory of the test there is @wanted; with one thread or many. */
static void assert_found(const struct scan_options *options, const char *wanted,
			 const char *wanted_messages)
{
	static const unsigned int jobs[] = { 1, 2, 8 };

	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		struct scan_options own = *options;
		struct scan scan = { 0 };

		own.jobs = jobs[i];
		ck_assert_int_eq(scan_add(&scan, tree_root, &own), 0);
		ck_assert_str_eq(found(&scan), wanted);
		ck_assert_str_eq(said(&scan), wanted_messages);
		ck_assert_uint_eq(scan.roots, 1);
		scan_done(&scan);
	}
}

static const struct scan_options plain = { 0 };

/* ---- Names ------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool is_module;
	size_t suffix;
} names[] = {
	{ "a.ko", true, 0 },
	{ ".x.ko", true, 0 },
	{ "a.ko.ko", true, 0 },
	{ "a.ko.xz", ENABLE_XZ, 3 },
	{ "a.ko.zst", ENABLE_ZSTD, 4 },
	{ "a.ko.gz", ENABLE_ZLIB, 3 },
	{ ".ko", false, 0 },
	{ ".ko.xz", false, 0 },
	{ "ko", false, 0 },
	{ "", false, 0 },
	{ "a.KO", false, 0 },
	{ "a.ko.XZ", false, 0 },
	{ "a.ko.", false, 0 },
	{ "a.ko.bz2", false, 0 },
	{ "a.kox", false, 0 },
	{ "a.xz", false, 0 },
	{ "a.ko.xz.gz", false, 0 },
};

START_TEST(module_names)
{
	size_t suffix = 77;

	ck_assert_int_eq(scan_is_module(names[_i].name, &suffix), names[_i].is_module);
	ck_assert_uint_eq(suffix, names[_i].is_module ? names[_i].suffix : 77);
	ck_assert_int_eq(scan_is_module(names[_i].name, NULL), names[_i].is_module);
}
END_TEST

START_TEST(tree)
{
	tree_write_text("kernel/fs/a.ko", "");
	tree_write_text("kernel/fs/deep/er/b.ko", "");
	tree_write_text("kernel/readme", "");
	tree_write_text(".hidden/.c.ko", "");
	tree_write_text("d.ko/e.ko", "");
	tree_write_text("f.ko", "");
	assert_found(&plain,
		     "@/.hidden/.c.ko @/d.ko/e.ko @/f.ko @/kernel/fs/a.ko "
		     "@/kernel/fs/deep/er/b.ko ",
		     "");
}
END_TEST

/* By their whole names, at any depth, and whatever they are. */
START_TEST(passed_over)
{
	char *excluded[] = { (char[]){ "no" }, (char[]){ "b.ko" } };
	const struct scan_options options = { .excluded = excluded, .excluded_count = 2 };

	tree_write_text("build/a.ko", "");
	tree_write_text("k/source/a.ko", "");
	tree_write_text("k/no/a.ko", "");
	tree_write_text("k/b.ko", "");
	tree_write_text("builds/a.ko", "");
	tree_write_text("no2/a.ko", "");
	tree_write_text("k/build.ko", "");
	link_to("nowhere", "source");
	assert_found(&options, "@/builds/a.ko @/k/build.ko @/no2/a.ko ", "");
}
END_TEST

/* ---- Other kinds of files -------------------------------------------------------------------- */

START_TEST(links)
{
	tree_write_text("outside.ko", "");
	tree_write_text("dir/a.ko", "");
	link_to("outside.ko", "link.ko");
	link_to("dir", "linked");
	link_to("outside.ko", "text");
	assert_found(&plain, "@/dir/a.ko @/link.ko @/linked/a.ko @/outside.ko ", "");
}
END_TEST

/* A link with no end, whatever its name, and what is no file. */
START_TEST(unusable)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	tree_write_text("k/a.ko", "");
	link_to("nowhere", "k/text");
	link_to("self.ko", "self.ko");
	ck_assert_int_eq(mkfifo(tree_path("k/fifo.ko"), 0600), 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", tree_root);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_found(&plain, "@/k/a.ko ",
		     "depmod: ERROR: unsupported file type @/k/fifo.ko: 10000\n"
		     "depmod: ERROR: fstatat(@/k, text): No such file or directory\n"
		     "depmod: ERROR: fstatat(@, self.ko): Too many levels of symbolic links\n"
		     "depmod: ERROR: unsupported file type @/socket: 140000\n");
}
END_TEST

START_TEST(unreadable)
{
	const bool is_root = geteuid() == 0;

	tree_write_text("a.ko", "");
	tree_write_text("k/b.ko", "");
	ck_assert_int_eq(chmod(tree_root, 0755), 0);
	ck_assert_int_eq(chmod(tree_path("k"), 0), 0);
	if (is_root)
		ck_assert_int_eq(seteuid(65534), 0);

	struct scan scan = { 0 };
	const int r = scan_add(&scan, tree_root, &(const struct scan_options){ .jobs = 1 });

	if (is_root)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chmod(tree_path("k"), 0755), 0);
	ck_assert_int_eq(r, 0);
	ck_assert_str_eq(found(&scan), "@/a.ko ");
	ck_assert_str_eq(said(&scan), "depmod: ERROR: openat(@, k, O_RDONLY): Permission denied\n");
	scan_done(&scan);
}
END_TEST

/* ---- Loops --------------------------------------------------------------------------------- */

START_TEST(loops)
{
	tree_write_text("k/sub/a.ko", "");
	link_to(".", "self");
	link_to("..", "k/parent");
	link_to("..", "k/sub/up");
	link_to("../..", "k/sub/top");
	assert_found(&plain, "@/k/sub/a.ko ", "");
}
END_TEST

/* Two that are next to each other are entered both ways. */
START_TEST(crossed)
{
	tree_write_text("x/a.ko", "");
	tree_write_text("y/b.ko", "");
	link_to("../y", "x/to_y");
	link_to("../x", "y/to_x");
	assert_found(&plain, "@/x/a.ko @/x/to_y/b.ko @/y/b.ko @/y/to_x/a.ko ", "");
}
END_TEST

/* More links to directories than there can be for any good. */
START_TEST(too_many_links)
{
	const struct scan_options options = { .jobs = 1 };
	struct scan scan = { 0 };

	tree_make_dir("dir");
	for (unsigned int i = 0; i <= 65536; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "%u", i);
		link_to("dir", name);
	}
	ck_assert_int_eq(scan_add(&scan, tree_root, &options), -ELOOP);
	ck_assert_uint_eq(scan.count, 0);
	ck_assert_uint_eq(scan.roots, 0);
	scan_done(&scan);
}
END_TEST

/* ---- Threads and roots --------------------------------------------------------------------- */

/* Of many directories, one with more entries than are read at once: each file is found once. */
START_TEST(many)
{
	for (unsigned int i = 0; i < 40; i++)
		for (unsigned int j = 0; j < (i == 7 ? 1500U : 5U); j++) {
			char name[64];

			(void)snprintf(name, sizeof(name), "d%u/sub/module-%u.ko", i, j);
			tree_write_text(name, "");
		}
	for (unsigned int jobs = 1; jobs < 9; jobs++) {
		const struct scan_options options = { .jobs = jobs };
		struct scan scan = { 0 };

		ck_assert_int_eq(scan_add(&scan, tree_root, &options), 0);
		ck_assert_uint_eq(scan.count, 39 * 5 + 1500);
		qsort(scan.files, scan.count, sizeof(*scan.files), compare);
		for (size_t i = 1; i < scan.count; i++)
			ck_assert_str_ne(scan.files[i - 1].path, scan.files[i].path);
		scan_done(&scan);
	}
}
END_TEST

START_TEST(several_roots)
{
	const struct scan_options options = { .jobs = 2 };
	struct scan scan = { 0 };

	tree_write_text("one/k/a.ko", "");
	tree_write_text("two/b.ko", "");
	link_to("nowhere", "one/z");
	link_to("nowhere", "two/a");
	ck_assert_int_eq(scan_add(&scan, tree_path("one"), &options), 0);
	ck_assert_int_eq(scan_add(&scan, tree_path("absent"), &options), -ENOENT);
	ck_assert_int_eq(scan_add(&scan, tree_path("one/k/a.ko"), &options), -ENOTDIR);
	ck_assert_int_eq(scan_add(&scan, tree_path("two"), &options), 0);
	ck_assert_str_eq(found(&scan), "@/one/k/a.ko @/two/b.ko ");
	ck_assert_uint_eq(scan.roots, 2);
	for (unsigned int i = 0; i < 2; i++) {
		ck_assert_uint_eq(scan.files[i].root, i);
		ck_assert_uint_eq(scan.files[i].root_size, strlen(tree_path("one")));
	}
	/* by root, then by path */
	ck_assert_str_eq(said(&scan),
			 "depmod: ERROR: fstatat(@/one, z): No such file or directory\n"
			 "depmod: ERROR: could not open directory @/absent: "
			 "No such file or directory\n"
			 "depmod: ERROR: could not open directory @/one/k/a.ko: Not a directory\n"
			 "depmod: ERROR: fstatat(@/two, a): No such file or directory\n");
	scan_done(&scan);
}
END_TEST

/* ---- Stamps ---------------------------------------------------------------------------------- */

/* Of all files, of those that are compressed, of none; of a link that of what it leads to. */
START_TEST(stamps)
{
	const struct scan_options options = {
		.jobs = 1,
		.stamps = _i == 1,
		.compressed_stamps = _i == 2,
	};
	const bool wanted[] = { _i == 1, _i == 1 || (_i == 2 && ENABLE_ZSTD), _i == 1 };
	static const char *const paths[] = { "a.ko", "b.ko.zst", "c.ko" };
	struct scan scan = { 0 };

	if (!ENABLE_ZSTD)
		return;
	tree_write_text("a.ko", "1");
	tree_write_text("b.ko.zst", "12");
	link_to("a.ko", "c.ko");
	ck_assert_int_eq(scan_add(&scan, tree_root, &options), 0);
	ck_assert_str_eq(found(&scan), "@/a.ko @/b.ko.zst @/c.ko ");
	for (size_t i = 0; i < 3; i++) {
		struct stamp stamp = STAMP_NONE;
		struct stat st;

		ck_assert_int_eq(stat(tree_path(paths[i]), &st), 0);
		if (wanted[i])
			stamp = stamp_of(&st);
		ck_assert_mem_eq(&scan.files[i].stamp, &stamp, sizeof(stamp));
	}
	scan_done(&scan);
}
END_TEST

START_TEST(stamp_numbers)
{
	struct stat st = {
		.st_ino = 3,
		.st_size = 5,
		.st_mtim = { .tv_sec = 7, .tv_nsec = 9 },
		.st_ctim = { .tv_sec = -1, .tv_nsec = 999999999 },
	};
	struct stamp stamp = stamp_of(&st), other = stamp;

	ck_assert_int_eq(stamp.mtime, 7000000009);
	ck_assert_int_eq(stamp.ctime, -1);
	ck_assert(stamp_equal(&stamp, &other));
	other.ctime++;
	ck_assert(!stamp_equal(&stamp, &other));
	ck_assert(!stamp_equal(&STAMP_NONE, &STAMP_NONE));
}
END_TEST

/* ---- Memory -------------------------------------------------------------------------------- */

START_TEST(out_of_memory)
{
	const struct scan_options options = { .jobs = 1, .stamps = true };
	unsigned int failures = 0;
	bool failed = true;

	tree_write_text("k/a.ko", "");
	tree_write_text("b.ko", "");
	link_to("k", "l");
	for (unsigned int n = 0; failed; n++) {
		struct scan scan = { 0 };
		int r;

		unit_fail_allocation(n);
		r = scan_add(&scan, tree_root, &options);
		failed = unit_allocation_failed();
		ck_assert(r == 0 || (failed && r == -ENOMEM));
		if (r == 0)
			ck_assert_str_eq(found(&scan), "@/b.ko @/k/a.ko @/l/a.ko ");
		scan_done(&scan);
		failures += r < 0;
	}
	ck_assert_uint_ge(failures, 5);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-scan");
	TCase *const tests = tcase_create("depmod-scan");

	tcase_add_checked_fixture(tests, tree_setup, tree_teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, module_names, 0, sizeof(names) / sizeof(names[0]));
	tcase_add_test(tests, tree);
	tcase_add_test(tests, passed_over);
	tcase_add_test(tests, links);
	tcase_add_test(tests, unusable);
	tcase_add_test(tests, unreadable);
	tcase_add_test(tests, loops);
	tcase_add_test(tests, crossed);
	tcase_add_test(tests, too_many_links);
	tcase_add_test(tests, many);
	tcase_add_test(tests, several_roots);
	tcase_add_loop_test(tests, stamps, 0, 3);
	tcase_add_test(tests, stamp_numbers);
	tcase_add_test(tests, out_of_memory);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
