/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/choose.c.
 */
#include "tools/depmod/choose.h"

#include <errno.h>

#include "depmod-tree.h"

#define MD "/lib/modules/1"

/* A list that nobody changes. */
#define TEXTS(...)                                                                        \
	(struct texts)                                                                    \
	{                                                                                 \
		.texts = (char **)(const char *[]){ __VA_ARGS__ },                        \
		.count = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *)   \
	}

static const char *externals[] = { "/ext/a", "/ext/b" };

/* Of @count files @paths; the external directories were looked through from last to first. */
static int choose_from(const char *const *paths, size_t count, const struct depmod_config *config,
		       struct scan *scan)
{
	*scan = (struct scan){ .files = calloc(count + 1, sizeof(*scan->files)), .roots = 3 };
	for (size_t i = 0; i < count; i++) {
		scan->files[i].path = paths[i];
		for (unsigned int j = 0; j < 2; j++)
			if (strncmp(paths[i], externals[j], strlen(externals[j])) == 0)
				scan->files[i].root = 2 - j;
	}
	scan->count = count;
	return choose(&tree_cli, scan, MD, config);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct found *)a)->path, ((const struct found *)b)->path);
}

/* That those left of @paths are @wanted, each with a blank behind it, sorted by path; @logged. */
static void assert_chosen_from(const char *const *paths, size_t count,
			       const struct depmod_config *config, const char *wanted,
			       const char *logged)
{
	const struct capture capture = capture_begin(STDERR_FILENO);
	struct scan scan;
	const int r = choose_from(paths, count, config, &scan);
	char text[1024] = "";

	ck_assert_str_eq(capture_end(capture), logged);
	ck_assert_int_eq(r, 0);
	qsort(scan.files, scan.count, sizeof(*scan.files), compare);
	for (size_t i = 0; i < scan.count; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ",
			       scan.files[i].path);
	ck_assert_str_eq(text, wanted);
	scan_done(&scan);
}

/* In whatever order they were found. */
#define assert_chosen(config, wanted, logged, a, b)                                      \
	do {                                                                             \
		assert_chosen_from((const char *[]){ a, b }, 2, config, wanted, logged); \
		assert_chosen_from((const char *[]){ b, a }, 2, config, wanted, logged); \
	} while (0)

static const char *tie(const char *winner, const char *other)
{
	static char text[512];

	(void)snprintf(text, sizeof(text),
		       "depmod: WARNING: two files are the same module, and neither has priority: "
		       "taking %s, not %s\n",
		       winner, other);
	return text;
}

/* Not a name twice: all stay, whatever the configuration. */
START_TEST(all_different)
{
	const struct depmod_config config = {
		.search = TEXTS("updates"),
		.overrides = TEXTS("x/a"),
	};

	assert_chosen_from(NULL, 0, &config, "", "");
	assert_chosen_from((const char *[]){ MD "/x/a.ko", MD "/updates/b.ko", "/ext/a/c.ko" }, 3,
			   &config, "/ext/a/c.ko " MD "/updates/b.ko " MD "/x/a.ko ", "");
}
END_TEST

/* ---- Overrides ----------------------------------------------------------------------------- */

/* Before any search, and it is the name of the file that counts, up to its first dot. */
START_TEST(override)
{
	const struct depmod_config config = {
		.search = TEXTS("updates"),
		.overrides = TEXTS("kernel/a-b"),
	};

	assert_chosen(&config, MD "/kernel/a-b.ko ", "", MD "/kernel/a-b.ko", MD "/updates/a-b.ko");
	assert_chosen(&config, MD "/updates/a-b.ko ", "", MD "/kernel/a_b.ko",
		      MD "/updates/a-b.ko");
	assert_chosen(&config, MD "/kernel/a-b.x.ko ", "", MD "/kernel/a-b.x.ko",
		      MD "/updates/a-b.ko");
	assert_chosen(&config, MD "/updates/a-b.ko ", "", MD "/kernel/sub/a-b.ko",
		      MD "/updates/a-b.ko");
	assert_chosen(&config, MD "/updates/a.ko ", "", MD "/kernel/a.ko", MD "/updates/a.ko");
}
END_TEST

START_TEST(last_override)
{
	const struct depmod_config config = {
		.search = TEXTS("z"),
		.overrides = TEXTS("z/a", "y/a", "x/a", "w/b"),
	};

	assert_chosen(&config, MD "/x/a.ko ", "", MD "/x/a.ko", MD "/y/a.ko");
	assert_chosen(&config, MD "/y/a.ko ", "", MD "/y/a.ko", MD "/z/a.ko");
	assert_chosen(&config, MD "/x/a.ko ", "", MD "/x/a.ko", MD "/z/a.ko");
}
END_TEST

/* ---- Search ---------------------------------------------------------------------------------- */

START_TEST(search)
{
	const struct depmod_config config = {
		.search = TEXTS("first", "second", "built-in", "last"),
	};

	assert_chosen(&config, MD "/first/a.ko ", "", MD "/first/a.ko", MD "/second/a.ko");
	assert_chosen(&config, MD "/second/a.ko ", "", MD "/kernel/a.ko", MD "/second/a.ko");
	assert_chosen(&config, MD "/kernel/a.ko ", "", MD "/kernel/a.ko", MD "/last/a.ko");
	/* a part of a name is another one */
	assert_chosen(&config, MD "/second/a.ko ", "", MD "/first2/a.ko", MD "/second/a.ko");
	assert_chosen(&config, MD "/second/a.ko ", "", MD "/kernel/first/a.ko", MD "/second/a.ko");
	/* one module by any name */
	assert_chosen(&config, MD "/first/a-b.ko.xz ", "", MD "/first/a-b.ko.xz",
		      MD "/second/a_b.ko");
}
END_TEST

/* Without "built-in" what no word is for comes last. */
START_TEST(no_built_in)
{
	const struct depmod_config config = { .search = TEXTS("first", "last", "slash/") };

	assert_chosen(&config, MD "/last/a.ko ", "", MD "/kernel/a.ko", MD "/last/a.ko");
	assert_chosen(&config, MD "/kernel/a.ko ", tie(MD "/kernel/a.ko", MD "/slash/a.ko"),
		      MD "/kernel/a.ko", MD "/slash/a.ko");
}
END_TEST

/* The first of several words that are for a file. */
START_TEST(deeper_directories)
{
	const struct depmod_config config = { .search = TEXTS("a/b", "c", "a") };

	assert_chosen(&config, MD "/a/b/m.ko ", "", MD "/a/b/m.ko", MD "/c/m.ko");
	assert_chosen(&config, MD "/c/m.ko ", "", MD "/a/m.ko", MD "/c/m.ko");
	assert_chosen(&config, MD "/a/b/m.ko ", tie(MD "/a/b/m.ko", MD "/a/b/n/m.ko"),
		      MD "/a/b/n/m.ko", MD "/a/b/m.ko");
}
END_TEST

/* ---- External directories -------------------------------------------------------------------- */

START_TEST(external)
{
	struct depmod_config config = {
		.search = TEXTS("first", "external", "built-in"),
		.externals = { .texts = (char **)externals, .count = 2 },
	};

	assert_chosen(&config, "/ext/a/m.ko ", "", "/ext/a/m.ko", "/ext/b/m.ko");
	assert_chosen(&config, "/ext/b/m.ko ", "", "/ext/b/m.ko", MD "/kernel/m.ko");
	assert_chosen(&config, MD "/first/m.ko ", "", "/ext/a/m.ko", MD "/first/m.ko");
	/* the first of two of these words counts */
	config.search = TEXTS("external", "built-in", "external");
	assert_chosen(&config, "/ext/b/m.ko ", "", "/ext/b/m.ko", MD "/kernel/m.ko");
}
END_TEST

/* Without "external" the directory that was looked through first. */
START_TEST(no_external)
{
	const struct depmod_config config = {
		.search = TEXTS("first"),
		.externals = { .texts = (char **)externals, .count = 2 },
	};

	assert_chosen(&config, "/ext/b/m.ko ", "", "/ext/a/m.ko", "/ext/b/m.ko");
	assert_chosen(&config, MD "/kernel/m.ko ", "", "/ext/a/m.ko", MD "/kernel/m.ko");
}
END_TEST

/* ---- Ties ---------------------------------------------------------------------------------- */

START_TEST(ties)
{
	const struct depmod_config config = { .search = TEXTS("updates", "built-in") };
	char logged[1024];

	assert_chosen(&config, MD "/x/m.ko ", tie(MD "/x/m.ko", MD "/y/m.ko"), MD "/y/m.ko",
		      MD "/x/m.ko");
	assert_chosen(&config, MD "/x/m.ko ", tie(MD "/x/m.ko", MD "/x/m.ko.xz"), MD "/x/m.ko.xz",
		      MD "/x/m.ko");
	/* sorted by what is passed over; of those that lose anyway nothing is said */
	(void)snprintf(logged, sizeof(logged), "%s",
		       tie(MD "/updates/m.ko", MD "/updates/n/m.ko"));
	(void)snprintf(logged + strlen(logged), sizeof(logged) - strlen(logged), "%s",
		       tie(MD "/updates/m.ko", MD "/updates/o/m.ko"));
	assert_chosen_from((const char *[]){ MD "/x/m.ko", MD "/updates/o/m.ko", MD "/y/m.ko",
					     MD "/updates/m.ko", MD "/updates/n/m.ko", MD "/z.ko" },
			   6, &config, MD "/updates/m.ko " MD "/z.ko ", logged);
}
END_TEST

START_TEST(below)
{
	ck_assert_str_eq(path_below("/a/b", "/a/b/c/d"), "c/d");
	ck_assert_str_eq(path_below("/a/b", "/a/bc/d"), "/a/bc/d");
	ck_assert_str_eq(path_below("/a/b", "/a/b"), "/a/b");
	ck_assert_str_eq(path_below("/a/b", "/c"), "/c");
}
END_TEST

START_TEST(out_of_memory)
{
	const struct depmod_config config = { .search = TEXTS("updates") };
	const char *const paths[] = { MD "/x/m.ko", MD "/updates/m.ko", MD "/x/n.ko" };
	unsigned int failures = 0;
	bool failed = true;

	while (failed) {
		struct scan scan;
		int r;

		/* the test's own allocation comes first */
		unit_fail_allocation(failures + 1);
		r = choose_from(paths, 3, &config, &scan);
		failed = unit_allocation_failed();
		ck_assert_int_eq(r, failed ? -ENOMEM : 0);
		ck_assert_uint_eq(scan.count, failed ? 3 : 2);
		scan_done(&scan);
		failures += failed;
	}
	ck_assert_uint_ge(failures, 4);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-choose");
	TCase *const tests = tcase_create("depmod-choose");

	tcase_add_test(tests, all_different);
	tcase_add_test(tests, override);
	tcase_add_test(tests, last_override);
	tcase_add_test(tests, search);
	tcase_add_test(tests, no_built_in);
	tcase_add_test(tests, deeper_directories);
	tcase_add_test(tests, external);
	tcase_add_test(tests, no_external);
	tcase_add_test(tests, ties);
	tcase_add_test(tests, below);
	tcase_add_test(tests, out_of_memory);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
