/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration: iterators over it, and what a module is told of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/session.h"
#include "harness/suite.h"
#include "harness/world.h"

typedef struct kmod_config_iter *(*get_fn)(const struct kmod_ctx *ctx);

/* All entries of @iter, which is freed, as lines of key and value in brackets. */
static const char *walked(struct kmod_config_iter *iter)
{
	const char *all = "";

	ck_assert_ptr_nonnull(iter);
	while (kmod_config_iter_next(iter)) {
		const char *const value = kmod_config_iter_get_value(iter);

		all = format_text("%s%s [%s]\n", all, kmod_config_iter_get_key(iter),
				  value ? value : "(null)");
	}
	kmod_config_iter_free_iter(iter);
	return all;
}

/* ---- Iterators ---- */

static const struct {
	const char *what;
	get_fn get;
	const char *config;
	const char *entries;
} kinds[] = {
	{ "nothing", kmod_config_get_blacklists, "alias a b\n", "" },
	{ "blacklist", kmod_config_get_blacklists, "blacklist b-c\nblacklist a more\nblacklist a\n",
	  "b_c [(null)]\na [(null)]\na [(null)]\n" },
	{ "install", kmod_config_get_install_commands,
	  "install a-b\t/bin/a-b  \t x \ninstall z*  true\ninstall a-b again\n",
	  "a_b [/bin/a-b  \t x ]\nz* [ true]\na_b [again]\n" },
	{ "remove", kmod_config_get_remove_commands, "remove a-b rm -r\ninstall c d\n",
	  "a_b [rm -r]\n" },
	{ "alias", kmod_config_get_aliases,
	  "alias net-[a-b]-* e-1 more\nalias x y\nalias net-[a-b]-* e-1\n",
	  "net_[a-b]_* [e_1]\nx [y]\nnet_[a-b]_* [e_1]\n" },
	{ "options", kmod_config_get_options,
	  "options a-b x-y=1 \toptions m   x=1\t y=\t2\n"
	  "options m   x=1\toptions\n",
	  "a_b [x-y=1  options m   x=1  y= 2]\nm [  x=1 options]\n" },
	{ "softdep", kmod_config_get_softdeps, "softdep a-b pre: c-d  e post:\t f\n",
	  "a_b [pre: c-d epost: f]\n" },
	{ "softdep, the other way", kmod_config_get_softdeps, "softdep m post: f pre: e\n",
	  "m [pre: epost: f]\n" },
	{ "softdep, one half", kmod_config_get_softdeps, "softdep m pre: a\nsoftdep n post: b c\n",
	  "m [pre: a]\nn [post: b c]\n" },
	{ "softdep, without a word", kmod_config_get_softdeps,
	  "softdep m none\nsoftdep n pre: post:\nsoftdep o a pre: b\n",
	  "m []\nn []\no [pre: b]\n" },
	{ "softdep, a list in two", kmod_config_get_softdeps,
	  "softdep m pre: a pre: b post: c post: d\n", "m [pre: a bpost: c d]\n" },
	{ "weakdep", kmod_config_get_weakdeps, "weakdep a-b c-d \t e\nweakdep m pre: a\n",
	  "a_b [c-d e]\nm [pre: a]\n" },
	{ "joined lines", kmod_config_get_aliases, "alias a\\\n b\nalias \\c d\n",
	  "a [b]\nc [d]\n" },
};

/* In the order of the lines, and nothing but these. */
START_TEST(entries)
{
	struct kmod_ctx *const ctx = session_configured(kinds[_i].config);

	ck_assert_str_eq(walked(kinds[_i].get(ctx)), kinds[_i].entries);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* Before the first entry there is nothing, after the last one neither; then it begins again. */
START_TEST(iterator_goes_round)
{
	struct kmod_ctx *const ctx = session_configured("alias a b\nalias c d\n");
	struct kmod_config_iter *const iter = kmod_config_get_aliases(ctx);

	for (int round = 0; round < 3; round++) {
		ck_assert_ptr_null(kmod_config_iter_get_key(iter));
		ck_assert_ptr_null(kmod_config_iter_get_value(iter));
		ck_assert(kmod_config_iter_next(iter));
		ck_assert_str_eq(kmod_config_iter_get_key(iter), "a");
		ck_assert_str_eq(kmod_config_iter_get_value(iter), "b");
		ck_assert(kmod_config_iter_next(iter));
		ck_assert_str_eq(kmod_config_iter_get_key(iter), "c");
		ck_assert_str_eq(kmod_config_iter_get_value(iter), "d");
		ck_assert(!kmod_config_iter_next(iter));
	}
	kmod_config_iter_free_iter(iter);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(iterator_over_nothing)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_config_iter *const iter = kmod_config_get_softdeps(ctx);

	for (int round = 0; round < 3; round++) {
		ck_assert(!kmod_config_iter_next(iter));
		ck_assert_ptr_null(kmod_config_iter_get_key(iter));
		ck_assert_ptr_null(kmod_config_iter_get_value(iter));
	}
	kmod_config_iter_free_iter(iter);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* Iterators do not know of each other; what they give lives as long as the context. */
START_TEST(iterators_side_by_side)
{
	struct kmod_ctx *const ctx = session_configured("alias a b\nalias c d\n");
	struct kmod_config_iter *const one = kmod_config_get_aliases(ctx);
	struct kmod_config_iter *const two = kmod_config_get_aliases(ctx);
	const char *key, *value;

	ck_assert(kmod_config_iter_next(one));
	ck_assert(kmod_config_iter_next(two));
	ck_assert(kmod_config_iter_next(two));
	key = kmod_config_iter_get_key(one);
	value = kmod_config_iter_get_value(one);
	ck_assert_str_eq(kmod_config_iter_get_key(two), "c");
	kmod_config_iter_free_iter(one);
	kmod_config_iter_free_iter(two);
	ck_assert_str_eq(key, "a");
	ck_assert_str_eq(value, "b");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* The text of a softdep is asked for again and again without leaving anything behind. */
START_TEST(iterator_makes_text)
{
	struct kmod_ctx *const ctx = session_configured("softdep m pre: a\nsoftdep n pre: b\n");
	struct kmod_config_iter *const iter = kmod_config_get_softdeps(ctx);

	for (int i = 0; i < 100; i++) {
		ck_assert(kmod_config_iter_next(iter));
		ck_assert_str_eq(kmod_config_iter_get_value(iter), "pre: a");
		ck_assert_str_eq(kmod_config_iter_get_value(iter), "pre: a");
		ck_assert(kmod_config_iter_next(iter));
		ck_assert_str_eq(kmod_config_iter_get_value(iter), "pre: b");
		ck_assert(!kmod_config_iter_next(iter));
	}
	kmod_config_iter_free_iter(iter);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(iterator_null)
{
	static const get_fn gets[] = {
		kmod_config_get_blacklists,	 kmod_config_get_install_commands,
		kmod_config_get_remove_commands, kmod_config_get_aliases,
		kmod_config_get_options,	 kmod_config_get_softdeps,
		kmod_config_get_weakdeps,
	};

	for (int i = 0; i < ROWS(gets); i++)
		ck_assert_ptr_null(gets[i](NULL));
	ck_assert(!kmod_config_iter_next(NULL));
	ck_assert_ptr_null(kmod_config_iter_get_key(NULL));
	ck_assert_ptr_null(kmod_config_iter_get_value(NULL));
	kmod_config_iter_free_iter(NULL);
}
END_TEST

/* ---- Where it comes from ---- */

/* By base name, whatever the directory; the command line at last. */
START_TEST(order_of_files)
{
	struct kmod_ctx *ctx;

	put("/etc/modprobe.d/m.conf", bytes_text("alias a etc-m\n"));
	put("/etc/modprobe.d/z.conf", bytes_text("options z etc-z\n"));
	put("/run/modprobe.d/m.conf", bytes_text("alias a run-m\n"));
	put("/run/modprobe.d/b.conf", bytes_text("options b run-b\n"));
	put("/usr/local/lib/modprobe.d/n.conf", bytes_text("options n local-n\n"));
	put("/lib/modprobe.d/a.conf", bytes_text("options a lib-a\nsoftdep a pre: x\n"));
	put("/lib/modprobe.d/.hidden.conf", bytes_text("options hidden x\n"));
	put("/lib/modprobe.d/.conf", bytes_text("options hidden x\n"));
	put("/lib/modprobe.d/other", bytes_text("options other x\n"));
	put("/lib/modprobe.d/other.alias", bytes_text("options other x\n"));
	put(RELEASE_DIR "/modules.softdep", bytes_text("softdep m pre: a\noptions m dir-m\n"));
	put(RELEASE_DIR "/modules.weakdep", bytes_text("weakdep m a\noptions m dir-w\n"));
	put("/proc/cmdline", bytes_text("quiet c.line=1\n"));
	ctx = session_configured("options t etc-t\nsoftdep t pre: y\n");
	ck_assert_str_eq(walked(kmod_config_get_aliases(ctx)), "a [etc_m]\n");
	ck_assert_str_eq(walked(kmod_config_get_options(ctx)),
			 "a [lib-a]\nb [run-b]\nm [dir-m]\nm [dir-w]\nn [local-n]\nt [etc-t]\n"
			 "z [etc-z]\nc [line=1]\n");
	ck_assert_str_eq(walked(kmod_config_get_softdeps(ctx)),
			 "a [pre: x]\nm [pre: a]\nt [pre: y]\n");
	ck_assert_str_eq(walked(kmod_config_get_weakdeps(ctx)), "m [a]\n");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* Directories and files of the caller's choice; without any, what is not of a directory stays. */
START_TEST(order_of_own_paths)
{
	static const char *const paths[] = { "/c/plain", "/c/gone", "/c/dir", NULL };
	struct kmod_ctx *ctx;

	put("/c/plain", bytes_text("options plain x\n"));
	put("/c/dir/a.conf", bytes_text("options a x\n"));
	put("/c/dir/plain", bytes_text("options hidden x\n"));
	put("/etc/modprobe.d/etc.conf", bytes_text("options etc x\n"));
	put(RELEASE_DIR "/modules.softdep", bytes_text("softdep m pre: a\n"));
	put(RELEASE_DIR "/modules.weakdep", bytes_text("weakdep m a\n"));
	put("/proc/cmdline", bytes_text("c.line\n"));
	ctx = kmod_new(NULL, paths);
	ck_assert_str_eq(walked(kmod_config_get_options(ctx)), "a [x]\nplain [x]\nc [line]\n");
	ck_assert_ptr_null(kmod_unref(ctx));

	ctx = kmod_new(NULL, paths + 3);
	ck_assert_str_eq(walked(kmod_config_get_options(ctx)), "c [line]\n");
	ck_assert_str_eq(walked(kmod_config_get_softdeps(ctx)), "m [pre: a]\n");
	ck_assert_str_eq(walked(kmod_config_get_weakdeps(ctx)), "m [a]\n");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

static const struct {
	const char *text;
	const char *options;
	const char *blacklist;
} cmdlines[] = {
	{ "", "", "" },
	{ "a-b.x-y=1 quiet root=/dev/x.y\n", "a_b [x-y=1]\n", "" },
	{ "m.p m.q= m.r=a=b.c\n", "m [p]\nm [q=]\nm [r=a=b.c]\n", "" },
	{ "\"m.p=a b\" m.q=\"c d\"\n", "m [p=\"a b\"]\nm [q=\"c d\"]\n", "" },
	{ "modprobe.blacklist=a,b-c,d\n", "", "a [(null)]\nb-c [(null)]\nd [(null)]\n" },
	{ "modprobe.blacklist=a modprobe.blacklist=b modprobe.x=1\n", "modprobe [x=1]\n",
	  "a [(null)]\nb [(null)]\n" },
	{ "a.b.c=1\n", "", "" },
};

START_TEST(command_line)
{
	struct kmod_ctx *ctx;

	put("/proc/cmdline", bytes_text(cmdlines[_i].text));
	ctx = session_context();
	ck_assert_str_eq(walked(kmod_config_get_options(ctx)), cmdlines[_i].options);
	ck_assert_str_eq(walked(kmod_config_get_blacklists(ctx)), cmdlines[_i].blacklist);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* A dash in a name on the command line stays, and is in no module's name. */
START_TEST(command_line_with_dashes)
{
	struct kmod_list *list, *output;
	struct kmod_ctx *ctx;

	put("/proc/cmdline", bytes_text("modprobe.blacklist=a-b,c_d\n"));
	put("/proc/modules", bytes_text("a_b 1\nc_d 1\n"));
	ctx = session_context();
	ck_assert_int_eq(kmod_module_new_from_loaded(ctx, &list), 0);
	ck_assert_int_eq(kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, list, &output), 0);
	ck_assert_str_eq(names_once(output), "a_b ");
	(void)kmod_module_unref_list(list);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* ---- Of a module ---- */

static const struct {
	const char *config;
	const char *options, *install, *remove;
} modules[] = {
	{ "", NULL, NULL, NULL },
	{ "options foo-bar a=1\n", "a=1", NULL, NULL },
	{ "options foo_bar a=1 \noptions x b=2\noptions foo-bar  c=3\n", "a=1   c=3", NULL, NULL },
	{ "options foo_* a=1\n", NULL, NULL, NULL },
	{ "options foo-bar a=1\nalias foo_bar b\noptions b c=2\n", "a=1", NULL, NULL },
	{ "install foo-bar one\ninstall foo-bar two\n", NULL, "one", NULL },
	{ "install foo* one\ninstall foo-bar two\n", NULL, "one", NULL },
	{ "install fo install\nremove *bar $X  \n", NULL, NULL, "$X  " },
	{ "remove foo_bar a\nremove foo_bar b\n", NULL, NULL, "a" },
	{ "install foo-bar $CMDLINE_OPTS x\n", NULL, "$CMDLINE_OPTS x", NULL },
};

START_TEST(of_a_module)
{
	struct kmod_ctx *const ctx = session_configured(modules[_i].config);
	struct kmod_module *mod;

	ck_assert_int_eq(kmod_module_new_from_name(ctx, "foo-bar", &mod), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_pstr_eq(kmod_module_get_options(mod), modules[_i].options);
		ck_assert_pstr_eq(kmod_module_get_install_commands(mod), modules[_i].install);
		ck_assert_pstr_eq(kmod_module_get_remove_commands(mod), modules[_i].remove);
	}
	ck_assert_ptr_eq(kmod_module_get_options(mod), kmod_module_get_options(mod));
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* Options are those of the alias, too; a command is the module's own. */
START_TEST(of_an_alias)
{
	struct kmod_ctx *const ctx = session_configured("alias net-* foo\noptions net-* a=1\n"
							"options foo b=2\noptions net-* c=3\n"
							"install net-* no\nremove net-1 no\n");
	struct kmod_list *list = NULL;
	struct kmod_module *mod;

	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, "net-1", &list), 0);
	mod = kmod_module_get_module(list);
	(void)kmod_module_unref_list(list);
	ck_assert_str_eq(kmod_module_get_options(mod), "a=1 b=2 c=3");
	ck_assert_ptr_null(kmod_module_get_install_commands(mod));
	ck_assert_ptr_null(kmod_module_get_remove_commands(mod));
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(of_null)
{
	ck_assert_ptr_null(kmod_module_get_options(NULL));
	ck_assert_ptr_null(kmod_module_get_install_commands(NULL));
	ck_assert_ptr_null(kmod_module_get_remove_commands(NULL));
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("config");
	TCase *tcase;

	for (int i = 0; i < ROWS(kinds); i++)
		add_row(suite, kinds[i].what, entries, i);
	for (int i = 0; i < ROWS(cmdlines); i++)
		add_row(suite, format_text("command line %d", i), command_line, i);
	for (int i = 0; i < ROWS(modules); i++)
		add_row(suite, format_text("module %d", i), of_a_module, i);

	tcase = add_case(suite, "iterator");
	tcase_add_test(tcase, iterator_goes_round);
	tcase_add_test(tcase, iterator_over_nothing);
	tcase_add_test(tcase, iterators_side_by_side);
	tcase_add_test(tcase, iterator_makes_text);
	tcase_add_test(tcase, iterator_null);
	tcase = add_case(suite, "origin");
	tcase_add_test(tcase, order_of_files);
	tcase_add_test(tcase, order_of_own_paths);
	tcase_add_test(tcase, command_line_with_dashes);
	tcase = add_case(suite, "module");
	tcase_add_test(tcase, of_an_alias);
	tcase_add_test(tcase, of_null);
	return suite_run(argv, suite);
}
