/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/config.c.
 */
#include "tools/depmod/config.h"

#include <errno.h>

#include "depmod-tree.h"

#define RELEASE "6.1.0-5-test"

static int read_config(const char *const *paths, struct depmod_config *ret)
{
	*ret = (struct depmod_config){ 0 };
	return depmod_config_read(&tree_cli, RELEASE, paths, ret);
}

static void print(char *text, size_t room, const char *word, const struct texts *texts)
{
	if (texts->count == 0)
		return;
	(void)snprintf(text + strlen(text), room - strlen(text), "%s:", word);
	for (size_t i = 0; i < texts->count; i++)
		(void)snprintf(text + strlen(text), room - strlen(text), " %s", texts->texts[i]);
	(void)snprintf(text + strlen(text), room - strlen(text), "; ");
}

/* That @paths, up to a NULL, say @wanted, and that @said is logged; with -vv. */
static void assert_config(const char *const *paths, const char *wanted, const char *said)
{
	struct depmod_config config;
	const struct capture capture = capture_begin(STDERR_FILENO);
	int r;
	char text[1024] = "";

	tree_cli.threshold = LOG_INFO;
	r = read_config(paths, &config);
	tree_cli.threshold = LOG_WARNING;
	ck_assert_str_eq(capture_end(capture), said);
	ck_assert_int_eq(r, 0);
	print(text, sizeof(text), "search", &config.search);
	print(text, sizeof(text), "override", &config.overrides);
	print(text, sizeof(text), "external", &config.externals);
	print(text, sizeof(text), "exclude", &config.excluded);
	ck_assert_str_eq(text, wanted);
	depmod_config_done(&config);
}

static void assert_parsed(const char *content, const char *wanted, const char *said)
{
	tree_write_text("c.conf", content);
	assert_config((const char *const[]){ tree_path("c.conf"), NULL }, wanted, said);
}

START_TEST(defaults)
{
	assert_config((const char *const[]){ NULL }, "search: updates; ", "");
	assert_parsed("", "search: updates; ", "");
	assert_parsed("search built-in\n", "search: built-in; ", "");
}
END_TEST

START_TEST(lines)
{
	assert_parsed("search a b\nexclude x\tz\n\nsearch  external built-in \n# search c\n"
		      "override m * extra\nexternal * /e\nexternal * /f more\nexclude y",
		      "search: a b external built-in; override: extra/m; external: /e /f; "
		      "exclude: x z y; ",
		      "");
	assert_parsed("search a \\\n b\nsearch c\\ d\n", "search: a b c d; ", "");
}
END_TEST

/* "*", or an expression that some part of the release matches. */
START_TEST(releases)
{
	assert_parsed("override a 6\\\\.1 x\noverride b ^6.*test$ x\noverride c 7 x\n"
		      "override d ^1 x\noverride e ( x\noverride f (5|7)-t x\n"
		      "external 6 /e\nexternal 7 /f\n",
		      "search: updates; override: x/a x/b x/f; external: /e; ",
		      "depmod: INFO: @/c.conf:3: override kernel did not match 7\n"
		      "depmod: INFO: @/c.conf:4: override kernel did not match ^1\n"
		      "depmod: INFO: @/c.conf:5: override kernel did not match (\n"
		      "depmod: INFO: @/c.conf:8: external directory did not match 7\n");
}
END_TEST

/* That a line with @pattern is passed over, and that this is said. */
static void assert_too_complex(const char *pattern)
{
	char content[1024], said[2048];

	(void)snprintf(content, sizeof(content), "external %s /e\n", pattern);
	(void)snprintf(said, sizeof(said),
		       "depmod: ERROR: @/c.conf:1: too complex a pattern for kernel releases: %s\n"
		       "depmod: INFO: @/c.conf:1: external directory did not match %s\n",
		       pattern, pattern);
	assert_parsed(content, "search: updates; ", said);
}

/* Expressions that regcomp(3) would not come back from, or not soon. */
START_TEST(costly_releases)
{
	char parentheses[257] = { 0 }, closing[128] = { 0 }, content[512];

	assert_too_complex("(((.{1,9}){9}){9,}){,9}");
	assert_too_complex(".{99999999999999999999}");
	assert_too_complex("6++++++++++++++++++++++++++++++++++++++++++++++++");
	assert_too_complex("6+*+*+*+*+*+*+*+*+*+*+*+*+*+*+*+*+*+*+*+*+*+*+*+");
	assert_too_complex("6{1,}{1,}{1,}{1,}{1,}{1,}{1,}{1,}{1,}{1,}{1,}{1,}");
	assert_too_complex("(((((((((((((6+)+)+)+)+)+)+)+)+)+)+)+)+");
	memset(parentheses, '(', sizeof(parentheses) - 1);
	memset(closing, ')', sizeof(closing) - 1);
	assert_too_complex(parentheses);

	/* The longest that is tried. */
	(void)snprintf(content, sizeof(content), "external %.127s6%s /e", parentheses, closing);
	assert_parsed(content, "search: updates; external: /e; ", "");
	assert_parsed("external (.)(.)\\\\1 /e\nexternal \\\\\\\\1 /f\n", "search: updates; ",
		      "depmod: ERROR: @/c.conf:1: too complex a pattern for kernel releases: "
		      "(.)(.)\\1\n"
		      "depmod: INFO: @/c.conf:1: external directory did not match (.)(.)\\1\n"
		      "depmod: INFO: @/c.conf:2: external directory did not match \\\\1\n");
	assert_parsed("external ^[0-9]+\\\\.[0-9]+\\\\.[0-9]+-[0-9]+-[a-z]+$ /e\n"
		      "external ^([0-9]+[.-])+(test)+$ /f\n",
		      "search: updates; external: /e /f; ", "");
	assert_parsed("external 6\\\\.[0-9]{1,3}\\\\.[0-9]{1,3}-[0-9]{1,2} /e\n",
		      "search: updates; external: /e; ", "");
}
END_TEST

#define BAD(number, word) \
	"depmod: ERROR: @/c.conf:" number ": ignoring bad line starting with '" word "'\n"

/* With the numbers of lines as an editor has them. */
START_TEST(bad_lines)
{
	assert_parsed("nonsense a\n #indented\nsearch \\\n a\noverride m *\noverride\nexternal *\n"
		      "Search b\nexclude ok\n",
		      "search: a; exclude: ok; ",
		      BAD("1", "nonsense") BAD("2", "#indented") BAD("5", "override")
			      BAD("6", "override") BAD("7", "external") BAD("8", "Search"));
}
END_TEST

START_TEST(without_effect)
{
	assert_parsed("include x\nmake_map_files no\n", "search: updates; ",
		      "depmod: INFO: @/c.conf:1: command include not implemented yet\n"
		      "depmod: INFO: @/c.conf:2: command make_map_files not implemented yet\n");
}
END_TEST

/* Of files with one name that in the first directory; all in the order of their names. */
START_TEST(directories)
{
	tree_write_text("one/b.conf", "search one_b\n");
	tree_write_text("one/c.conf", "");
	tree_write_text("two/a.conf", "search two_a\n");
	tree_write_text("two/b.conf", "search two_b\n");
	tree_write_text("two/c.conf", "search two_c\n");
	tree_write_text("two/d.con", "search two_d\n");
	tree_make_dir("three/e.conf");
	assert_config((const char *const[]){ tree_path("one"), tree_path("absent"),
					     tree_path("two"), tree_path("three"), NULL },
		      "search: two_a one_b; ",
		      "depmod: INFO: All cfg files need .conf: @/two/d.con\n"
		      "depmod: ERROR: Directories inside directories are not supported: "
		      "@/three/e.conf\n");
}
END_TEST

/* The suffix does not matter for a file that is named. */
START_TEST(named_files)
{
	tree_write_text("z", "search z\n");
	tree_write_text("y", "search y\n");
	assert_config((const char *const[]){ tree_path("z"), tree_path("y"), NULL },
		      "search: y z; ", "");
}
END_TEST

/* Memory that is not there cannot be read, whoever asks. */
START_TEST(unreadable)
{
	const char *const paths[] = { "/proc/self/mem", NULL };
	struct depmod_config config;
	struct capture capture;
	int r;

	tree_write_text("z", "search z\n");
	assert_config((const char *const[]){ "/proc/self/exe/x", tree_path("z"), NULL },
		      "search: z; ", "");
	/* What the system cannot read might have said something. */
	capture = capture_begin(STDERR_FILENO);
	r = read_config(paths, &config);
	ck_assert_str_eq(capture_end(capture),
			 "depmod: ERROR: file parse /proc/self/mem: Input/output error\n");
	ck_assert_int_eq(r, -EIO);
}
END_TEST

START_TEST(out_of_memory)
{
	const char *paths[] = { NULL, NULL };
	char path[128];
	unsigned int failures = 0;
	bool failed = true;

	tree_write_text("c.conf", "override m * x\nexternal * /e\nexclude x\nsearch a\n");
	(void)snprintf(path, sizeof(path), "%s", tree_path("c.conf"));
	paths[0] = path;
	for (unsigned int n = 0; failed; n++) {
		struct depmod_config config;
		int r;

		unit_fail_allocation(n);
		r = read_config(paths, &config);
		failed = unit_allocation_failed();
		ck_assert(r == 0 || (failed && r == -ENOMEM));
		ck_assert_uint_eq(config.search.count, r < 0 ? 0 : 1);
		ck_assert_uint_eq(config.overrides.count, r < 0 ? 0 : 1);
		depmod_config_done(&config);
		failures += r < 0;
	}
	ck_assert_uint_ge(failures, 5);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-config");
	TCase *const tests = tcase_create("depmod-config");

	tcase_add_checked_fixture(tests, tree_setup, tree_teardown);
	tcase_add_test(tests, defaults);
	tcase_add_test(tests, lines);
	tcase_add_test(tests, releases);
	tcase_add_test(tests, costly_releases);
	tcase_add_test(tests, bad_lines);
	tcase_add_test(tests, without_effect);
	tcase_add_test(tests, directories);
	tcase_add_test(tests, named_files);
	tcase_add_test(tests, unreadable);
	tcase_add_test(tests, out_of_memory);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
