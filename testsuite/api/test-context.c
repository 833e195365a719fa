/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contexts: directory, references, user data, messages.
 */
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/session.h"
#include "harness/suite.h"
#include "harness/world.h"

static const char *const no_config[] = { NULL };

/* ---- The directory ---- */

static const struct {
	const char *given;
	const char *found;
} directories[] = {
	{ NULL, MODULE_DIRECTORY "/1.2.3-test" },
	{ "/a", "/a" },
	{ "/", "/" },
	{ "//a//b/../c/./", "//a//b/../c/./" },
	{ "a", "@ROOT@/a" },
	{ "a/../b/", "@ROOT@/a/../b/" },
	{ ".", "@ROOT@/." },
	{ "", "@ROOT@/" },
};

/* Kept as it is when absolute, below the working directory when relative; it need not exist. */
START_TEST(directory)
{
	const char *want = directories[_i].found;
	struct kmod_ctx *const ctx = kmod_new(directories[_i].given, no_config);

	ck_assert_ptr_nonnull(ctx);
	if (strncmp(want, "@ROOT@/", 7) == 0)
		want = world_path(want + 7);
	ck_assert_str_eq(kmod_get_dirname(ctx), want);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(directory_is_copied)
{
	char dir[] = "/some/where";
	struct kmod_ctx *const ctx = kmod_new(dir, no_config);

	memset(dir, 'x', strlen(dir));
	ck_assert_str_eq(kmod_get_dirname(ctx), "/some/where");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(directory_needs_the_release)
{
	struct kmod_ctx *ctx;

	(void)setenv("TRAP_UNAME", "!EFAULT", 1);
	ck_assert_ptr_null(kmod_new(NULL, no_config));
	/* Not when it is given. */
	ctx = kmod_new("/a", no_config);
	ck_assert_ptr_nonnull(ctx);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(directory_needs_the_working_directory)
{
	put_dir("/gone");
	ck_assert_int_eq(chdir(world_path("/gone")), 0);
	put_away("/gone");
	ck_assert_ptr_null(kmod_new("a", no_config));
}
END_TEST

/* ---- References ---- */

START_TEST(references_are_counted)
{
	struct kmod_ctx *const ctx = kmod_new("/a", no_config);

	ck_assert_ptr_eq(kmod_ref(ctx), ctx);
	ck_assert_ptr_eq(kmod_ref(ctx), ctx);
	ck_assert_ptr_eq(kmod_unref(ctx), ctx);
	ck_assert_ptr_eq(kmod_unref(ctx), ctx);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* A module keeps its context, whichever is dropped first. */
START_TEST(references_of_modules)
{
	struct kmod_ctx *const ctx = kmod_new("/a", no_config);
	struct kmod_module *one, *two;

	ck_assert_int_eq(kmod_module_new_from_name(ctx, "one", &one), 0);
	ck_assert_int_eq(kmod_module_new_from_name(ctx, "two", &two), 0);
	ck_assert_ptr_eq(kmod_unref(ctx), ctx);
	ck_assert_str_eq(kmod_get_dirname(ctx), "/a");
	ck_assert_ptr_null(kmod_module_unref(one));
	ck_assert_str_eq(kmod_module_get_name(two), "two");
	ck_assert_int_eq(kmod_module_get_initstate(two), -ENOENT);
	ck_assert_ptr_null(kmod_module_unref(two));
}
END_TEST

/* A second context is another one in everything. */
START_TEST(references_of_two_contexts)
{
	struct kmod_ctx *const a = kmod_new("/a", no_config), *const b = kmod_new("/b", no_config);
	struct kmod_module *in_a, *in_b;

	ck_assert_int_eq(kmod_module_new_from_name(a, "m", &in_a), 0);
	ck_assert_int_eq(kmod_module_new_from_name(b, "m", &in_b), 0);
	ck_assert_ptr_ne(in_a, in_b);
	kmod_set_log_priority(a, 1);
	ck_assert_int_eq(kmod_get_log_priority(b), LOG_ERR);
	ck_assert_ptr_null(kmod_module_unref(in_b));
	ck_assert_ptr_null(kmod_unref(b));
	ck_assert_ptr_null(kmod_module_unref(in_a));
	ck_assert_ptr_null(kmod_unref(a));
}
END_TEST

START_TEST(user_data)
{
	struct kmod_ctx *const ctx = kmod_new("/a", no_config);
	int data;

	ck_assert_ptr_null(kmod_get_userdata(ctx));
	kmod_set_userdata(ctx, &data);
	ck_assert_ptr_eq(kmod_get_userdata(ctx), &data);
	kmod_set_userdata(ctx, NULL);
	ck_assert_ptr_null(kmod_get_userdata(ctx));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(null_context)
{
	struct kmod_module *mod = NULL;
	struct kmod_list *list = NULL;

	ck_assert_ptr_null(kmod_ref(NULL));
	ck_assert_ptr_null(kmod_unref(NULL));
	ck_assert_ptr_null(kmod_get_dirname(NULL));
	ck_assert_ptr_null(kmod_get_userdata(NULL));
	kmod_set_userdata(NULL, &mod);
	ck_assert_int_eq(kmod_get_log_priority(NULL), -1);
	kmod_set_log_priority(NULL, 3);
	kmod_set_log_fn(NULL, NULL, NULL);
	ck_assert_int_eq(kmod_module_new_from_name(NULL, "a", &mod), -ENOENT);
	ck_assert_int_eq(kmod_module_new_from_path(NULL, "/a", &mod), -ENOENT);
	ck_assert_int_eq(kmod_module_new_from_loaded(NULL, &list), -ENOENT);
}
END_TEST

/* ---- Messages ---- */

static const struct {
	const char *text;
	int priority;
} variables[] = {
	{ NULL, LOG_ERR },
	{ "0", 0 },
	{ "7", 7 },
	{ "", 0 },
	{ " 5", 5 },
	{ "5 x", 5 },
	{ "5\tx", 5 },
	{ "+4", 4 },
	{ "-3", -3 },
	{ "2147483647", 2147483647 },
	{ "2147483648", 0 },
	{ "-2147483649", 0 },
	{ "99999999999999999999", 0 },
	{ "5x", 0 },
	{ "0x5", 0 },
	{ "err", LOG_ERR },
	{ "error", LOG_ERR },
	{ "info", LOG_INFO },
	{ "informative", LOG_INFO },
	{ "debug", LOG_DEBUG },
	{ "debugging", LOG_DEBUG },
	{ "ERR", 0 },
	{ "Info", 0 },
	{ "warning", 0 },
	{ "notice", 0 },
	{ "er", 0 },
	{ " err", 0 },
};

START_TEST(priority_of_the_environment)
{
	struct kmod_ctx *ctx;

	if (variables[_i].text)
		(void)setenv("KMOD_LOG", variables[_i].text, 1);
	else
		(void)unsetenv("KMOD_LOG");
	ctx = kmod_new("/a", no_config);
	ck_assert_int_eq(kmod_get_log_priority(ctx), variables[_i].priority);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(priority_is_kept)
{
	static const int priorities[] = { 0, 3, 7, 8, -1, 100, INT_MAX, INT_MIN };
	struct kmod_ctx *const ctx = kmod_new("/a", no_config);

	for (int i = 0; i < ROWS(priorities); i++) {
		kmod_set_log_priority(ctx, priorities[i]);
		ck_assert_int_eq(kmod_get_log_priority(ctx), priorities[i]);
	}
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* Makes an error: there is no such file. */
static void make_error(struct kmod_ctx *ctx)
{
	struct kmod_list *list;

	ck_assert_int_eq(kmod_module_new_from_loaded(ctx, &list), -ENOENT);
}

/* What make_error() and @ctx write to standard error. */
static char *on_stderr(struct kmod_ctx *ctx)
{
	const char *const path = world_path("/../stderr");
	struct bytes text;

	ck_assert_ptr_nonnull(freopen(path, "we", stderr));
	make_error(ctx);
	(void)fflush(stderr);
	text = bytes_of_file(path);
	return format_text("%.*s", (int)text.size, (const char *)text.data);
}

/* A build for debugging adds the place in the source. */
START_TEST(first_sink_is_stderr)
{
	struct kmod_ctx *const ctx = kmod_new("/a", no_config);
	const char *const text = on_stderr(ctx);
	const char *const tail =
		"[a-z_]*: could not open /proc/modules: No such file or directory\n";

	ck_assert_msg(fnmatch(format_text("libkmod: ERROR: %s", tail), text, 0) == 0 ||
			      fnmatch(format_text("libkmod: ERROR *:[0-9]* %s", tail), text, 0) ==
				      0,
		      "%s", text);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(first_sink_heeds_priority)
{
	struct kmod_ctx *const ctx = kmod_new("/a", no_config);

	kmod_set_log_priority(ctx, LOG_CRIT);
	ck_assert_str_eq(on_stderr(ctx), "");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(no_sink_is_silence)
{
	struct kmod_ctx *const ctx = kmod_new("/a", no_config);

	kmod_set_log_fn(ctx, NULL, NULL);
	ck_assert_str_eq(on_stderr(ctx), "");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

static struct {
	unsigned int calls;
	const void *data;
	int priority;
	char text[256];
} seen;

__attribute__((format(printf, 6, 0))) static void see(void *data, int priority, const char *file,
						      int line, const char *fn, const char *format,
						      va_list args)
{
	seen.calls++;
	seen.data = data;
	seen.priority = priority;
	(void)vsnprintf(seen.text, sizeof(seen.text), format, args);
	ck_assert_ptr_nonnull(file);
	ck_assert_int_gt(line, 0);
	ck_assert(fn != NULL && *fn != '\0');
	ck_assert_int_eq(format[strlen(format) - 1], '\n');
}

START_TEST(own_sink_gets_everything)
{
	struct kmod_ctx *const ctx = kmod_new("/a", no_config);
	int data;

	kmod_set_log_fn(ctx, see, &data);
	ck_assert_uint_eq(seen.calls, 0);
	make_error(ctx);
	ck_assert_uint_eq(seen.calls, 1);
	ck_assert_ptr_eq(seen.data, &data);
	ck_assert_int_eq(seen.priority, LOG_ERR);
	ck_assert_str_eq(seen.text, "could not open /proc/modules: No such file or directory\n");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(own_sink_heeds_priority)
{
	struct kmod_ctx *const ctx = kmod_new("/a", no_config);

	kmod_set_log_fn(ctx, see, NULL);
	kmod_set_log_priority(ctx, LOG_CRIT);
	make_error(ctx);
	ck_assert_uint_eq(seen.calls, 0);
	kmod_set_log_priority(ctx, LOG_ERR);
	make_error(ctx);
	ck_assert_uint_eq(seen.calls, 1);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

__attribute__((format(printf, 6, 0))) static void make_module(void *data, int priority,
							      const char *file, int line,
							      const char *fn, const char *format,
							      va_list args)
{
	struct kmod_module *mod;

	see(NULL, priority, file, line, fn, format, args);
	ck_assert_int_eq(kmod_module_new_from_name(data, "foo", &mod), 0);
	ck_assert_ptr_null(kmod_module_unref(mod));
}

/* It is still a context while it says that it goes. */
START_TEST(own_sink_makes_a_module_at_the_end)
{
	struct kmod_ctx *const ctx = kmod_new("/a", no_config);

	kmod_set_log_priority(ctx, LOG_INFO);
	kmod_set_log_fn(ctx, make_module, ctx);
	ck_assert_ptr_null(kmod_unref(ctx));
	ck_assert_uint_eq(seen.calls, 2);
}
END_TEST

START_TEST(own_sink_is_told_that_it_is)
{
	struct kmod_ctx *const ctx = kmod_new("/a", no_config);

	kmod_set_log_priority(ctx, LOG_INFO);
	kmod_set_log_fn(ctx, see, NULL);
	ck_assert_uint_eq(seen.calls, 1);
	ck_assert_int_eq(seen.priority, LOG_INFO);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("context");
	TCase *tcase;

	for (int i = 0; i < ROWS(directories); i++)
		add_row(suite,
			format_text("'%s'", directories[i].given ? directories[i].given : "(null)"),
			directory, i);
	for (int i = 0; i < ROWS(variables); i++)
		add_row(suite,
			format_text("KMOD_LOG=%s",
				    variables[i].text ? variables[i].text : "(unset)"),
			priority_of_the_environment, i);

	tcase = add_case(suite, "context");
	tcase_add_test(tcase, directory_is_copied);
	tcase_add_test(tcase, directory_needs_the_release);
	tcase_add_test(tcase, directory_needs_the_working_directory);
	tcase_add_test(tcase, references_are_counted);
	tcase_add_test(tcase, references_of_modules);
	tcase_add_test(tcase, references_of_two_contexts);
	tcase_add_test(tcase, user_data);
	tcase_add_test(tcase, null_context);
	tcase_add_test(tcase, priority_is_kept);
	tcase_add_test(tcase, first_sink_is_stderr);
	tcase_add_test(tcase, first_sink_heeds_priority);
	tcase_add_test(tcase, no_sink_is_silence);
	tcase_add_test(tcase, own_sink_gets_everything);
	tcase_add_test(tcase, own_sink_heeds_priority);
	tcase_add_test(tcase, own_sink_makes_a_module_at_the_end);
	tcase_add_test(tcase, own_sink_is_told_that_it_is);
	return suite_run(argv, suite);
}
