/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tells of modules in /sys and /proc, and removing them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/modules.h"
#include "harness/session.h"
#include "harness/suite.h"
#include "harness/world.h"

static struct kmod_ctx *ctx;

/* The module foo; the test gives it back with its context by done(). */
static struct kmod_module *foo(void)
{
	struct kmod_module *mod;

	ctx = session_context();
	ck_assert_int_eq(kmod_module_new_from_name(ctx, "foo", &mod), 0);
	return mod;
}

static void done(struct kmod_module *mod)
{
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}

/* Writes @text to @file of /sys/module/foo; NULL: the file is not there, but the directory is. */
static void put_sys(const char *file, const char *text)
{
	if (text)
		put(format_text("/sys/module/foo/%s", file), bytes_text(text));
	else
		put_dir("/sys/module/foo");
}

/* ---- State ---- */

static const struct {
	const char *text;
	int state;
} states[] = {
	{ "live\n", KMOD_MODULE_LIVE },
	{ "coming\n", KMOD_MODULE_COMING },
	{ "going\n", KMOD_MODULE_GOING },
	{ NULL, KMOD_MODULE_COMING },
	{ "live", -EINVAL },
	{ "Live\n", -EINVAL },
	{ "live\n\n", -EINVAL },
	{ "alive\n", -EINVAL },
	{ "", -EINVAL },
	{ "a state of some length that nobody knows\n", -EINVAL },
};

START_TEST(state)
{
	struct kmod_module *const mod = foo();

	put_sys("initstate", states[_i].text);
	ck_assert_int_eq(kmod_module_get_initstate(mod), states[_i].state);
	if (states[_i].state == -EINVAL)
		expect_logged(LOG_ERR, "");
	else
		expect_not_logged(LOG_ERR, "");
	done(mod);
}
END_TEST

START_TEST(state_of_what_is_not_loaded)
{
	struct kmod_module *const mod = foo();

	ck_assert_int_eq(kmod_module_get_initstate(mod), -ENOENT);
	expect_not_logged(LOG_ERR, "");
	done(mod);
}
END_TEST

/* It is read each time. */
START_TEST(state_changes)
{
	struct kmod_module *const mod = foo();

	ck_assert_int_eq(kmod_module_get_initstate(mod), -ENOENT);
	put_sys("initstate", "coming\n");
	ck_assert_int_eq(kmod_module_get_initstate(mod), KMOD_MODULE_COMING);
	put_sys("initstate", "live\n");
	ck_assert_int_eq(kmod_module_get_initstate(mod), KMOD_MODULE_LIVE);
	put_away("/sys/module/foo");
	ck_assert_int_eq(kmod_module_get_initstate(mod), -ENOENT);
	done(mod);
}
END_TEST

/* Being built in comes first; but not for a module that is a file. */
START_TEST(state_of_builtin)
{
	struct kmod_module *mod = foo();

	put("/lib/modules/1.2.3-test/modules.builtin.bin", builtin_index("foo"));
	put_sys("initstate", "live\n");
	ck_assert_int_eq(kmod_module_get_initstate(mod), KMOD_MODULE_BUILTIN);
	ck_assert_ptr_null(kmod_module_get_path(mod));
	done(mod);

	put("/x/foo.ko", NO_BYTES);
	ctx = session_context();
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/x/foo.ko", &mod), 0);
	ck_assert_int_eq(kmod_module_get_initstate(mod), KMOD_MODULE_LIVE);
	done(mod);
}
END_TEST

START_TEST(state_of_other_builtin)
{
	struct kmod_module *const mod = foo();

	put("/lib/modules/1.2.3-test/modules.builtin.bin", builtin_index("fool"));
	ck_assert_int_eq(kmod_module_get_initstate(mod), -ENOENT);
	done(mod);
}
END_TEST

/* An index that is damaged knows nothing; the path may still be told. */
START_TEST(state_with_damaged_index)
{
	const struct bytes index = builtin_index("foo");
	struct kmod_module *mod;

	put_sys("initstate", "live\n");
	for (size_t size = 0; size < index.size; size++) {
		int r;

		put("/lib/modules/1.2.3-test/modules.builtin.bin", bytes_cut(index, 0, size));
		mod = foo();
		r = kmod_module_get_initstate(mod);
		ck_assert_msg(r == KMOD_MODULE_LIVE || r == KMOD_MODULE_BUILTIN, "%zu: %d", size,
			      r);
		done(mod);
		log_clear();
	}
}
END_TEST

/* What is no file is not waited for. */
START_TEST(state_from_a_pipe)
{
	struct kmod_module *const mod = foo();

	put_fifo("/sys/module/foo/initstate");
	ck_assert_int_eq(kmod_module_get_initstate(mod), -EINVAL);
	expect_logged(LOG_ERR, "unknown state");
	done(mod);
}
END_TEST

START_TEST(state_of_a_name_too_long)
{
	struct kmod_module *mod;
	char name[4096];

	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	ctx = session_context();
	ck_assert_int_eq(kmod_module_new_from_name(ctx, name, &mod), 0);
	ck_assert_int_eq(kmod_module_get_initstate(mod), -ENAMETOOLONG);
	done(mod);
}
END_TEST

START_TEST(state_names)
{
	static const struct {
		unsigned int state;
		const char *name;
	} rows[] = {
		{ KMOD_MODULE_BUILTIN, "builtin" },
		{ KMOD_MODULE_LIVE, "live" },
		{ KMOD_MODULE_COMING, "coming" },
		{ KMOD_MODULE_GOING, "going" },
		{ 4, NULL },
		{ 1u << 31, NULL },
		{ (unsigned int)-ENOENT, NULL },
	};

	for (int i = 0; i < ROWS(rows); i++) {
		const char *const name =
			kmod_module_initstate_str((enum kmod_module_initstate)rows[i].state);

		if (rows[i].name)
			ck_assert_str_eq(name, rows[i].name);
		else
			ck_assert_ptr_null(name);
	}
}
END_TEST

/* ---- Size ---- */

static const struct {
	const char *what;
	const char *coresize; /* in sysfs; NULL: no such file */
	const char *modules;  /* /proc/modules; NULL: no such file */
	long size;
	bool error; /* is logged */
} sizes[] = {
	{ "coresize", "86016\n", NULL, 86016, false },
	{ "coresize before the list", "86016\n", "foo 5 0 -\n", 86016, false },
	{ "coresize of nothing", "0\n", NULL, 0, false },
	{ "coresize is negative", "-2\n", "foo 5 0 -\n", -EINVAL, false },
	{ "coresize is no number", "many\n", "foo 5 0 -\n", 0, true },
	{ "coresize without newline", "86016", NULL, 0, true },
	{ "coresize is empty", "", NULL, 0, true },
	{ "the list", NULL, "bar 7 0 -\nfoo 20480 1 bar, Live 0x0\n", 20480, false },
	{ "a name's beginning is not the name", NULL, "foobar 7 0 -\nfo 8 0 -\nfoo 9 0 -\n", 9,
	  false },
	{ "not in the list", NULL, "bar 7 0 -\n", -ENOENT, false },
	{ "no size in the list", NULL, "foo\n", -ENOENT, false },
	{ "no number in the list", NULL, "foo many 0 -\n", -ENOENT, false },
	{ "no list", NULL, NULL, -ENOENT, false },
};

START_TEST(size)
{
	struct kmod_module *const mod = foo();

	put_sys("coresize", sizes[_i].coresize);
	if (sizes[_i].modules)
		put("/proc/modules", bytes_text(sizes[_i].modules));
	ck_assert_int_eq(kmod_module_get_size(mod), sizes[_i].size);
	if (sizes[_i].error)
		expect_logged(LOG_ERR, "");
	done(mod);
}
END_TEST

START_TEST(size_of_what_is_not_loaded)
{
	struct kmod_module *const mod = foo();

	put("/proc/modules", bytes_text("foo 20480 0 -\n"));
	ck_assert_int_eq(kmod_module_get_size(mod), -ENOENT);
	done(mod);
}
END_TEST

/* ---- Use count ---- */

static const struct {
	const char *text;
	int count;
} counts[] = {
	{ "0\n", 0 },	    { "17\n", 17 },	 { "-1\n", -1 },       { "5 x\n", 5 },
	{ NULL, -ENOENT },  { "5", -EINVAL },	 { "", -EINVAL },      { "\n", -EINVAL },
	{ "x\n", -EINVAL }, { "5x\n", -EINVAL }, { "0x5\n", -EINVAL },
};

START_TEST(count)
{
	struct kmod_module *const mod = foo();

	put_sys("refcnt", counts[_i].text);
	ck_assert_int_eq(kmod_module_get_refcnt(mod), counts[_i].count);
	done(mod);
}
END_TEST

/* More than a count can be is an error, not the most that it can be. */
START_TEST(count_too_large)
{
	struct kmod_module *const mod = foo();

	put_sys("refcnt", "4294967297\n");
	ck_assert_int_lt(kmod_module_get_refcnt(mod), -1);
	put_sys("refcnt", "99999999999999999999\n");
	ck_assert_int_lt(kmod_module_get_refcnt(mod), -1);
	done(mod);
}
END_TEST

START_TEST(count_of_builtin)
{
	struct kmod_module *const mod = foo();

	put("/lib/modules/1.2.3-test/modules.builtin.bin", builtin_index("foo"));
	put_dir("/sys/module/foo/parameters");
	ck_assert_int_eq(kmod_module_get_refcnt(mod), -ENOENT);
	done(mod);
}
END_TEST

/* ---- Holders ---- */

START_TEST(holders)
{
	struct kmod_module *const mod = foo();
	struct kmod_list *list, *node;
	unsigned int seen = 0;

	put("/sys/module/foo/holders/a-b", NO_BYTES);
	put_link("/sys/module/foo/holders/c", "../../c");
	put_dir("/sys/module/foo/holders/d");
	list = kmod_module_get_holders(mod);
	kmod_list_foreach(node, list) {
		struct kmod_module *const holder = kmod_module_get_module(node);
		const char *const name = kmod_module_get_name(holder);

		seen |= strcmp(name, "a_b") == 0 ? 1 :
			strcmp(name, "c") == 0	 ? 2 :
			strcmp(name, "d") == 0	 ? 4 :
						   8;
		(void)kmod_module_unref(holder);
	}
	ck_assert_uint_eq(seen, 7);
	(void)kmod_module_unref_list(list);
	done(mod);
}
END_TEST

START_TEST(holders_none)
{
	struct kmod_module *const mod = foo();

	put_dir("/sys/module/foo/holders");
	ck_assert_ptr_null(kmod_module_get_holders(mod));
	expect_not_logged(LOG_ERR, "");
	done(mod);
}
END_TEST

START_TEST(holders_cannot_be_read)
{
	struct kmod_module *const mod = foo();

	put_sys("initstate", "live\n");
	ck_assert_ptr_null(kmod_module_get_holders(mod));
	expect_logged(LOG_ERR,
		      "could not open '/sys/module/foo/holders': No such file or directory\n");
	done(mod);
}
END_TEST

/* Nothing stays open, whatever could be read. */
START_TEST(no_descriptor_is_kept)
{
	struct kmod_module *const mod = foo();
	const size_t before = descriptors_open();

	for (int i = 0; i < 2; i++) {
		if (i == 1) {
			put_sys("initstate", "nonsense\n");
			put_sys("coresize", "nonsense\n");
			put_sys("refcnt", "nonsense\n");
			put("/sys/module/foo/holders/bar", NO_BYTES);
		}
		(void)kmod_module_get_initstate(mod);
		(void)kmod_module_get_size(mod);
		(void)kmod_module_get_refcnt(mod);
		(void)kmod_module_unref_list(kmod_module_get_holders(mod));
		ck_assert_uint_eq(descriptors_open(), before);
	}
	done(mod);
}
END_TEST

/* ---- Removing ---- */

static const struct {
	unsigned int flags;
	const char *call;
} removals[] = {
	{ 0, "delete_module foo NONBLOCK" },
	{ KMOD_REMOVE_NOWAIT, "delete_module foo NONBLOCK" },
	{ KMOD_REMOVE_FORCE, "delete_module foo NONBLOCK TRUNC" },
	{ KMOD_REMOVE_FORCE | KMOD_REMOVE_NOWAIT, "delete_module foo NONBLOCK TRUNC" },
	{ KMOD_REMOVE_NOLOG, "delete_module foo NONBLOCK" },
	{ ~(unsigned int)O_TRUNC, "delete_module foo NONBLOCK" },
};

/* It never waits, and nothing but the two flags reaches the kernel. */
START_TEST(removal)
{
	struct kmod_module *const mod = foo();

	ck_assert_int_eq(kmod_module_remove_module(mod, removals[_i].flags), 0);
	expect_calls(1);
	ck_assert_str_eq(call_text(0), removals[_i].call);
	expect_not_logged(LOG_ERR, "");
	done(mod);
}
END_TEST

START_TEST(removal_fails)
{
	struct kmod_module *const mod = foo();

	(void)setenv("TRAP_KERNEL", "delete_module=EAGAIN", 1);
	ck_assert_int_eq(kmod_module_remove_module(mod, 0), -EAGAIN);
	expect_logged(LOG_ERR, "could not remove 'foo': Resource temporarily unavailable\n");
	log_clear();
	ck_assert_int_eq(kmod_module_remove_module(mod, KMOD_REMOVE_NOLOG), -EAGAIN);
	expect_not_logged(-1, "could not remove");
	done(mod);
}
END_TEST

/* The kernel is asked whatever sysfs says, and by the module's name. */
START_TEST(removal_is_the_kernels_to_judge)
{
	struct kmod_module *mod;

	put("/lib/foo-bar.ko.xz", NO_BYTES);
	ctx = session_context();
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/lib/foo-bar.ko.xz", &mod), 0);
	ck_assert_int_eq(kmod_module_remove_module(mod, 0), 0);
	expect_calls(1);
	ck_assert_str_eq(call_text(0), "delete_module foo_bar NONBLOCK");
	done(mod);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("state");
	TCase *tcase;

	for (int i = 0; i < ROWS(states); i++)
		add_row(suite, format_text("state %d", i), state, i);
	for (int i = 0; i < ROWS(sizes); i++)
		add_row(suite, sizes[i].what, size, i);
	for (int i = 0; i < ROWS(counts); i++)
		add_row(suite, format_text("count %d", i), count, i);
	for (int i = 0; i < ROWS(removals); i++)
		add_row(suite, format_text("flags %#x", removals[i].flags), removal, i);

	tcase = add_case(suite, "state");
	tcase_add_test(tcase, state_of_what_is_not_loaded);
	tcase_add_test(tcase, state_changes);
	tcase_add_test(tcase, state_of_builtin);
	tcase_add_test(tcase, state_of_other_builtin);
	tcase_add_test(tcase, state_with_damaged_index);
	tcase_add_test(tcase, state_from_a_pipe);
	tcase_add_test(tcase, state_of_a_name_too_long);
	tcase_add_test(tcase, state_names);
	tcase_add_test(tcase, size_of_what_is_not_loaded);
	tcase_add_test(tcase, count_too_large);
	tcase_add_test(tcase, count_of_builtin);
	tcase = add_case(suite, "holders");
	tcase_add_test(tcase, holders);
	tcase_add_test(tcase, holders_none);
	tcase_add_test(tcase, holders_cannot_be_read);
	tcase_add_test(tcase, no_descriptor_is_kept);
	tcase = add_case(suite, "removal");
	tcase_add_test(tcase, removal_fails);
	tcase_add_test(tcase, removal_is_the_kernels_to_judge);
	return suite_run(argv, suite);
}
