/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged indexes: what is found in them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "damage.h"
#include "fields.h"
#include "harness/index.h"
#include "harness/preload.h"
#include "harness/session.h"
#include "harness/suite.h"
#include "harness/world.h"

/* With prefixes, values in nodes that have children and in others, several values, and patterns. */
static struct bytes make_aliases(void)
{
	return INDEX({ "pci:v*d1sv*", "pci_one", 0 }, { "pci:v*", "pci_any", 1 },
		     { "pci:v1d1sv2", "pci_exact", 2 }, { "usb:v[0-9]*", "usb_digit", 0 },
		     { "usb:v?x", "usb_letter", 3 }, { "usb:v1x", "usb_first", 7 },
		     { "usb:v1x", "usb_second", 8 }, { "usb:v1x", "usb_third", 9 },
		     { "net", "net_short", 0 }, { "net_pf_2", "net_two", 0 },
		     { "net_pf_2_proto_3", "net_long", 0 }, { "*z", "ends_in_z", 5 });
}

static struct bytes make_dep(void)
{
	return INDEX({ "net", "kernel/net.ko: kernel/net_pf_2.ko", 0 },
		     { "net_pf_2", "kernel/net_pf_2.ko:", 1 }, { "netz", "kernel/netz.ko:", 2 },
		     { "usb", "kernel/usb.ko.xz: kernel/net.ko kernel/net_pf_2.ko", 3 });
}

static const struct subject {
	const char *name;
	enum kmod_index type;
	const char *path;
	struct bytes (*make)(void);
	const char *something; /* that is found */
	const char *queries[8];
} subjects[] = {
	{ "patterns",
	  KMOD_INDEX_MODULES_ALIAS,
	  RELEASE_DIR "/modules.alias.bin",
	  make_aliases,
	  "\nusb_first \nusb_letter \nusb_second \nusb_third \n",
	  { "pci:v1d1sv2", "usb:v1x", "net_pf_2", "net", "net_pf_2_proto_3", "abcz", "usb:v",
	    NULL } },
	{ "exact keys",
	  KMOD_INDEX_MODULES_DEP,
	  RELEASE_DIR "/modules.dep.bin",
	  make_dep,
	  "\nnetz /lib",
	  { "net", "net_pf_2", "netz", "usb", "usb_x", "ne", NULL } },
};

/* What is said of an index. */
struct answers {
	char *found; /* modules a line each, sorted, those of each query after it; or the error */
	char *dump;
	int dump_result;
};

struct good {
	const struct subject *subject;
	struct bytes file;
	struct answers answers;
};

/* ---- Answers --------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *description(const struct kmod_module *mod)
{
	const char *const path = kmod_module_get_path(mod);
	char *text = NULL;

	ck_assert_int_gt(asprintf(&text, "%s %s", kmod_module_get_name(mod), path ? path : ""), 0);
	return text;
}

/* Prints what there is for @query in the index. No damage finds more than there can be. */
static void print_found(FILE *out, struct kmod_ctx *ctx, const char *query)
{
	char *lines[256];
	struct kmod_list *list = NULL, *item;
	const int r = kmod_module_new_from_lookup(ctx, query, &list);
	size_t count = 0;

	(void)fprintf(out, "? %s = %s\n", query, r < 0 ? strerrorname_np(-r) : "");
	kmod_list_foreach(item, list) {
		struct kmod_module *const mod = kmod_module_get_module(item);

		ck_assert_uint_lt(count, 256);
		lines[count++] = description(mod);
		(void)kmod_module_unref(mod);
	}
	(void)kmod_module_unref_list(list);
	qsort(lines, count, sizeof(lines[0]), compare);
	for (size_t i = 0; i < count; i++) {
		(void)fprintf(out, "%s\n", lines[i]);
		free(lines[i]);
	}
}

static void dump_to(struct answers *answers, struct kmod_ctx *ctx, enum kmod_index type)
{
	const int fd = memfd_create("dump", MFD_CLOEXEC);
	off_t size;

	ck_assert_int_ge(fd, 0);
	answers->dump_result = kmod_dump_index(ctx, type, fd);
	size = lseek(fd, 0, SEEK_END);
	answers->dump = calloc(1, (size_t)size + 1);
	ck_assert_ptr_nonnull(answers->dump);
	ck_assert_int_eq(pread(fd, answers->dump, (size_t)size, 0), size);
	(void)close(fd);
}

static struct answers answers_of(const struct subject *subject, bool loaded)
{
	struct kmod_ctx *const ctx = session_context();
	struct answers answers;
	size_t size;
	FILE *const out = open_memstream(&answers.found, &size);

	ck_assert_ptr_nonnull(out);
	if (loaded)
		(void)kmod_load_resources(ctx);
	for (int i = 0; subject->queries[i]; i++)
		print_found(out, ctx, subject->queries[i]);
	ck_assert_int_eq(fclose(out), 0);
	dump_to(&answers, ctx, subject->type);
	ck_assert_ptr_null(kmod_unref(ctx));
	return answers;
}

static void answers_done(struct answers *answers)
{
	free(answers->found);
	free(answers->dump);
}

/* ---- Are they true? -------------------------------------------------------------------- */

/* Walks over lines: the next one of *@text, without its newline; NULL: there is none. */
static const char *next_line(const char **text)
{
	const size_t size = strcspn(*text, "\n");
	const char *line;

	if ((*text)[size] == '\0')
		return NULL;
	line = format_text("%.*s", (int)size, *text);
	*text += size + 1;
	return line;
}

/* Whether @whole, which starts with a newline, has @line. */
static bool has_line(const char *whole, const char *line)
{
	return strstr(whole, format_text("\n%s\n", line)) != NULL;
}

/* The lines of @whole from the one for the query that @line is for, up to the next query's. */
static const char *answer_like(const char *whole, const char *line)
{
	const char *const title = format_text("%.*s =", (int)strcspn(line, "=") - 1, line);
	const char *const from = strstr(whole, title);
	const char *const to = from ? strstr(from + 1, "\n?") : NULL;

	ck_assert_msg(from != NULL, "'%s' is not asked", title);
	return format_text("%.*s\n", to ? (int)(to - from) : (int)strlen(from), from);
}

/*
 * Of a file that was cut, something of the truth; and where it is not all, the log says so. To be
 * empty is no damage.
 */
static const char *wrong_of_cut(const struct answers *answers, const struct good *good, size_t size)
{
	const char *text = answers->found, *line, *truth = "";

	while ((line = next_line(&text)) != NULL) {
		if (*line == '?')
			truth = answer_like(good->answers.found, line);
		else if (!has_line(truth, line))
			return format_text("this is found: %s", line);
	}
	text = answers->dump;
	truth = format_text("\n%s", good->answers.dump);
	while ((line = next_line(&text)) != NULL)
		if (!has_line(truth, line))
			return format_text("this is dumped: %s", line);
	if (size > 0 && strlen(answers->dump) < strlen(good->answers.dump) &&
	    logged(LOG_ERR, "") == 0)
		return "less is dumped, and nothing is logged";
	if (size > 0 && strlen(answers->found) < strlen(good->answers.found) &&
	    logged(LOG_ERR, "") == 0)
		return "less is found, and nothing is logged";
	return NULL;
}

/* Whether @name is in @file as a value, with any of the two characters that count as one. */
static bool has_value(struct bytes file, const char *name)
{
	const size_t size = strcspn(name, " ");

	if (size >= file.size)
		return false;
	for (size_t at = 0; at <= file.size - size; at++) {
		size_t i = 0;

		while (i < size && (name[i] == (char)file.data[at + i] ||
				    (name[i] == '_' && file.data[at + i] == '-')))
			i++;
		if (i == size)
			return true;
	}
	return false;
}

/* A name that is found is one in the file, or the one that was asked for. */
static const char *wrong_of_field(const struct answers *answers, struct bytes file)
{
	const char *text = answers->found, *line, *query = "";

	while ((line = next_line(&text)) != NULL) {
		if (strncmp(line, "? ", 2) == 0)
			query = format_text("%.*s ", (int)strcspn(line + 2, " "), line + 2);
		else if (strncmp(line, query, strlen(query)) != 0 && !has_value(file, line))
			return format_text("'%s' is found for %s, and not in the file", line,
					   query);
	}
	return NULL;
}

static const char *wrong_with(const struct answers *answers, const struct damage *damage,
			      const struct good *good)
{
	if (damage->field == NULL)
		return wrong_of_cut(answers, good, damage->file.size);
	if (damage->field->ignored && (strcmp(answers->found, good->answers.found) != 0 ||
				       strcmp(answers->dump, good->answers.dump) != 0))
		return format_text("this matters: %s%s", answers->found, answers->dump);
	return wrong_of_field(answers, damage->file);
}

static const char *use(const struct damage *damage, const void *data)
{
	const struct good *const good = data;
	struct answers answers, loaded;
	const char *wrong;

	put(good->subject->path, damage->file);
	answers = answers_of(good->subject, false);
	wrong = wrong_with(&answers, damage, good);
	loaded = answers_of(good->subject, true);
	if (wrong == NULL &&
	    (strcmp(answers.found, loaded.found) != 0 || strcmp(answers.dump, loaded.dump) != 0))
		wrong = format_text("once loaded, it says: %s%s", loaded.found, loaded.dump);
	answers_done(&answers);
	answers_done(&loaded);
	return wrong;
}

/* ---- Tests ----------------------------------------------------------------------------- */

static struct good good_of(const struct subject *subject)
{
	struct good good = { .subject = subject, .file = subject->make() };
	static const char *const needed[] = { "dep", "alias", "symbols", "builtin" };

	for (int i = 0; i < ROWS(needed); i++)
		put(format_text(RELEASE_DIR "/modules.%s.bin", needed[i]), index_empty());
	put(subject->path, good.file);
	good.answers = answers_of(subject, false);
	ck_assert_int_eq(good.answers.dump_result, 0);
	ck_assert_uint_gt(strlen(good.answers.dump), good.file.size / 8);
	ck_assert_ptr_nonnull(strstr(good.answers.found, subject->something));
	expect_not_logged(LOG_ERR, "");
	return good;
}

START_TEST(cut)
{
	struct good good = good_of(&subjects[_i]);

	damage_cut(good.file, 1, use, &good);
	answers_done(&good.answers);
}
END_TEST

START_TEST(fields)
{
	struct good good = good_of(&subjects[_i]);
	const struct fields all = fields_of_index(good.file);

	damage_fields(good.file, &all, NULL, use, &good);
	answers_done(&good.answers);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("damaged index");

	preload_trap_first();
	for (int i = 0; i < ROWS(subjects); i++) {
		add_row(suite, format_text("cut, %s", subjects[i].name), cut, i);
		add_row(suite, format_text("fields, %s", subjects[i].name), fields, i);
	}
	return suite_run(argv, suite);
}
