/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the cases of one tool, the directory named by the argument. README.md tells what a case is.
 */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/compress.h"
#include "harness/index.h"
#include "harness/modules.h"
#include "harness/run.h"
#include "harness/signatures.h"
#include "harness/suite.h"
#include "harness/world.h"

enum {
	LINES_MAX = 256
};

/* The directories of all cases; _i of a test is an index. */
static struct dirent **cases;
static const char *cases_dir;

/* The path of @name in the @i-th case; NULL when it is not there. */
static const char *case_file(int i, const char *name)
{
	const char *const path = format_text("%s/%s/%s", cases_dir, cases[i]->d_name, name);

	return access(path, F_OK) == 0 ? path : NULL;
}

static char *text_of(struct bytes b)
{
	return format_text("%.*s", (int)b.size, (const char *)b.data);
}

/* The text of @name in the @i-th case; "" when it is not there. */
static char *case_text(int i, const char *name)
{
	const char *const path = case_file(i, name);

	return path == NULL ? format_text("%s", "") : text_of(bytes_of_file(path));
}

/* @text cut in lines, in place; NULL-terminated. */
static char **lines_of(char *text)
{
	char **const lines = keep((LINES_MAX + 1) * sizeof(*lines));
	size_t n = 0;

	while (*text != '\0') {
		const size_t len = strcspn(text, "\n");

		ck_assert_uint_lt(n, LINES_MAX);
		lines[n++] = text;
		text += len;
		if (*text == '\n')
			*text++ = '\0';
	}
	return lines;
}

/* ---- Before ---- */

/* Why the @i-th case cannot be run; NULL when it can. */
static const char *lacking(int i)
{
	static const struct {
		const char *name;
		int is_there;
	} features[] = {
		{ "xz", ENABLE_XZ },
		{ "zlib", ENABLE_ZLIB },
		{ "zstd", ENABLE_ZSTD },
		{ "openssl", ENABLE_OPENSSL && HAVE_OPENSSL_COMMAND },
	};

	for (char **line = lines_of(case_text(i, "needs")); *line != NULL; line++) {
		bool known = false;

		for (int j = 0; j < ROWS(features); j++) {
			if (strcmp(*line, features[j].name) != 0)
				continue;
			known = true;
			if (!features[j].is_there)
				return format_text("built without %s", *line);
		}
		ck_assert_msg(known, "needs: what is '%s'?", *line);
	}
	return NULL;
}

/*
 * Adds to modules.@name.bin what @entry says, a key and its value, and writes that index. Of two
 * values of a key the first one comes first.
 */
static void put_index(const char *name, const char *entry)
{
	static struct {
		char *name;
		struct index_entry entry;
	} all[LINES_MAX];
	static uint32_t count;
	struct index_entry *const chosen = keep(LINES_MAX * sizeof(*chosen));
	const size_t key_length = strcspn(entry, " ");
	size_t n = 0;

	if (key_length > 0) {
		ck_assert_uint_lt(count, LINES_MAX);
		all[count].name = format_text("%s", name);
		all[count].entry.key = format_text("%.*s", (int)key_length, entry);
		all[count].entry.value = entry + key_length + (entry[key_length] == ' ');
		all[count].entry.priority = count;
		count++;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(all[i].name, name) == 0)
			chosen[n++] = all[i].entry;
	}
	put(format_text("/lib/modules/1.2.3-test/modules.%s.bin", name), index_made(chosen, n));
}

/* The words of @text, each ended by a NUL. */
static struct bytes strings_of(const char *text)
{
	char *const strings = format_text("%s", text);

	for (char *blank = strings; (blank = strchr(blank, ' ')) != NULL;)
		*blank++ = '\0';
	return bytes_from(strings, strlen(text) + 1);
}

static void set_up(char *line)
{
	char what[32], a[512], b[512], c[512];
	const int n = sscanf(line, "%31s %511s %511s %511s", what, a, b, c);
	int rest = 0;

	if (n >= 2 && strcmp(what, "index") == 0) {
		(void)sscanf(line, "%*s %*s%n", &rest);
		put_index(a, line + rest + strspn(line + rest, " "));
	} else if (n >= 3 && strcmp(what, "strings") == 0) {
		(void)sscanf(line, "%*s %*s %n", &rest);
		put(a, strings_of(line + rest));
	} else if (n == 3 && strcmp(what, "cut") == 0)
		put(a, bytes_cut(bytes_of_file(world_path(a)), 0, strtoul(b, NULL, 10)));
	else if (n == 3 && strcmp(what, "module") == 0)
		put(b, module_built(a));
	else if (n == 4 && strcmp(what, "module") == 0)
		put(b, compressed(format_named(c), module_built(a)));
	else if (n == 3 && strcmp(what, "signature") == 0)
		put(b, signature_named(a)->make());
	else if (n == 4 && strcmp(what, "signed") == 0)
		put(c, bytes_join(module_built(a), signature_appended(signature_named(b))));
	else if (n == 2 && strcmp(what, "builtin") == 0)
		put("/lib/modules/1.2.3-test/modules.builtin.bin", builtin_index(a));
	else if (n == 2 && strcmp(what, "dir") == 0)
		put_dir(a);
	else if (n == 2 && strcmp(what, "fifo") == 0)
		put_fifo(a);
	else if (n == 3 && strcmp(what, "link") == 0)
		put_link(a, b);
	else if (n == 3 && strcmp(what, "sparse") == 0)
		put_sparse(a, strtoll(b, NULL, 10));
	else if (n == 3 && strcmp(what, "name") == 0)
		ck_assert_int_eq(link(world_path(b), world_path(a)), 0);
	else if (n == 3 && strcmp(what, "mode") == 0)
		ck_assert_int_eq(chmod(world_path(b), (mode_t)strtoul(a, NULL, 8)), 0);
	else
		ck_abort_msg("setup: what is '%s'?", line);
}

/* The standard descriptors that the @i-th case wants closed, as a set of bits. */
static unsigned int closed_descriptors(int i)
{
	unsigned int set = 0;

	for (char **line = lines_of(case_text(i, "closed")); *line != NULL; line++)
		set |= 1U << atoi(*line);
	return set;
}

/* ---- After ---- */

/* @text with the place of the fake root written as @ROOT@. */
static const char *without_root(const char *text)
{
	const char *root = world_path("");
	const char *found;
	char *result = format_text("%s", "");

	root = format_text("%.*s", (int)strlen(root) - 1, root);
	while ((found = strstr(text, root)) != NULL) {
		result = format_text("%s%.*s@ROOT@", result, (int)(found - text), text);
		text = found + strlen(root);
	}
	return format_text("%s%s", result, text);
}

/* Whether the lines @got are as the patterns @want say. */
static bool lines_match(char **got, char **want)
{
	if (*want == NULL)
		return *got == NULL;
	if (strcmp(*want, "...") == 0)
		return lines_match(got, want + 1) || (*got != NULL && lines_match(got + 1, want));
	return *got != NULL && fnmatch(*want, *got, 0) == 0 && lines_match(got + 1, want + 1);
}

/* @output with the NULs in it written as "\\0". */
static struct bytes without_nuls(struct bytes output)
{
	struct bytes result = NO_BYTES;
	size_t from = 0;

	for (size_t at = 0; at < output.size; at++) {
		if (output.data[at] != '\0')
			continue;
		result = bytes_join(bytes_join(result, bytes_cut(output, from, at)),
				    bytes_text("\\0"));
		from = at + 1;
	}
	return bytes_join(result, bytes_cut(output, from, output.size));
}

static void expect_output(int i, const char *name, struct bytes output)
{
	const char *const got = without_root(text_of(output));
	const char *const patterns = format_text("%s.match", name);
	const char *want;

	for (size_t at = 0; at < output.size; at++)
		ck_assert_msg(output.data[at] == '\n' || output.data[at] == '\t' ||
				      (output.data[at] >= ' ' && output.data[at] != 0x7f),
			      "%s holds the control character %#x:\n%s", name, output.data[at],
			      got);
	if (case_file(i, patterns) == NULL) {
		want = case_text(i, name);
		ck_assert_msg(strcmp(got, want) == 0, "%s is\n%s\nand should be\n%s", name, got,
			      want);
		return;
	}
	want = case_text(i, patterns);
	ck_assert_msg(lines_match(lines_of(format_text("%s", got)),
				  lines_of(format_text("%s", want))),
		      "%s is\n%s\nand does not match\n%s", name, got, want);
}

/* The bytes that @items, names joined by '+', stand for. */
static struct bytes blob_of(char *items)
{
	struct bytes blob = NO_BYTES;
	char *save = NULL;

	for (char *item = strtok_r(items, "+", &save); item != NULL;
	     item = strtok_r(NULL, "+", &save)) {
		const char *const ko = format_text("%s/%s.ko", TEST_MODULES, item);

		blob = bytes_join(blob, access(ko, F_OK) == 0 ?
						module_built(item) :
						signature_appended(signature_named(item)));
	}
	return blob;
}

static void expect_call(size_t n, const char *line)
{
	char blob[512], path[512];
	const char *difference;
	int at;

	if (sscanf(line, "init_module %511s %n", blob, &at) == 1) {
		ck_assert_str_eq(call_text(n), format_text("init_module %s", line + at));
		difference = bytes_difference(call_blob(n), blob_of(blob));
		ck_assert_msg(difference == NULL, "%s: %s", line, difference);
		return;
	}
	ck_assert_str_eq(call_text(n), line);
	if (sscanf(line, "finit_module %511s", path) == 1) {
		difference = bytes_difference(call_blob(n), bytes_of_file(world_path(path)));
		ck_assert_msg(difference == NULL, "%s: %s", line, difference);
	}
}

static void expect_files(const char *after, const char *below)
{
	DIR *const dir = opendir(format_text("%s/%s", after, below));
	const struct dirent *entry;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		const char *const path = format_text("%s/%s", below, entry->d_name);
		const char *difference;

		if (entry->d_name[0] == '.')
			continue;
		if (entry->d_type == DT_DIR) {
			expect_files(after, path);
			continue;
		}
		ck_assert_msg(access(world_path(path), F_OK) == 0, "%s is not there", path);
		difference = bytes_difference(bytes_of_file(world_path(path)),
					      bytes_of_file(format_text("%s%s", after, path)));
		ck_assert_msg(difference == NULL, "%s: %s", path, difference);
	}
	(void)closedir(dir);
}

/* Fails the test when the trap saw @path being opened. */
static void expect_not_opened(const char *path)
{
	for (char **line = lines_of(format_text("%s", opens_noted())); *line != NULL; line++)
		ck_assert_msg(strncmp(*line, path, strlen(path)) != 0 ||
				      (*line)[strlen(path)] != ' ',
			      "%s was opened", path);
}

static void expect_mode(const char *line)
{
	unsigned int mode;
	char path[512];
	struct stat st;

	ck_assert_int_eq(sscanf(line, "%o %511s", &mode, path), 2);
	ck_assert_msg(stat(world_path(path), &st) == 0, "%s: %s", path, strerror(errno));
	ck_assert_msg((st.st_mode & 07777) == mode, "the mode of %s is %o", path,
		      (unsigned int)st.st_mode & 07777);
}

START_TEST(as_written)
{
	char **const args = lines_of(case_text(_i, "args"));
	char **const calls = lines_of(case_text(_i, "calls"));
	const char *const missing = lacking(_i);
	const char *const status = case_text(_i, "exit");
	struct outcome outcome;
	size_t n = 0;

	ck_assert_msg(args[0] != NULL, "args is missing or empty");
	if (missing)
		SKIP("%s", missing);
	(void)umask(022);
	if (case_file(_i, "root"))
		put_tree(case_file(_i, "root"));
	for (char **line = lines_of(case_text(_i, "setup")); *line != NULL; line++)
		set_up(*line);

	if (case_file(_i, "umask"))
		(void)umask((mode_t)strtoul(case_text(_i, "umask"), NULL, 8));
	if (case_file(_i, "not-opened"))
		(void)setenv("TRAP_OPENS", "1", 1);
	outcome = run_tool(args, lines_of(case_text(_i, "env")), closed_descriptors(_i));
	expect_output(_i, "stderr", outcome.err);
	expect_output(_i, "stdout", without_nuls(outcome.out));
	ck_assert_msg(outcome.status == (*status ? atoi(status) : 0),
		      "the exit status is %d (-1: it did not end)", outcome.status);
	for (; calls[n] != NULL && n < calls_made(); n++)
		expect_call(n, calls[n]);
	ck_assert_msg(calls[n] == NULL, "this call was not made: %s", calls[n]);
	expect_calls(n);
	ck_assert_str_eq(format_text("%s%s", syslog_lines(), *syslog_lines() ? "\n" : ""),
			 case_text(_i, "syslog"));
	if (case_file(_i, "after"))
		expect_files(case_file(_i, "after"), "");
	for (char **line = lines_of(case_text(_i, "modes")); *line != NULL; line++)
		expect_mode(*line);
	for (char **line = lines_of(case_text(_i, "not-opened")); *line != NULL; line++)
		expect_not_opened(*line);
}
END_TEST

static int is_case(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("tools");
	int n;

	if (argc != 2) {
		(void)fprintf(stderr, "Usage: %s DIRECTORY\n", argv[0]);
		return 1;
	}
	cases_dir = realpath(argv[1], NULL);
	n = cases_dir == NULL ? -1 : scandir(cases_dir, &cases, is_case, alphasort);
	if (n <= 0) {
		perror(argv[1]);
		return 1;
	}
	for (int i = 0; i < n; i++)
		add_row(suite, cases[i]->d_name, as_written, i);
	return suite_run(argv, suite);
}
