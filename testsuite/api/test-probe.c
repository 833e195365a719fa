/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading a module with all it needs: what is done, in which order, and what comes back.
 *
 * There is foo, which needs a and b in this order; d, which needs c; and e.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/index.h"
#include "harness/session.h"
#include "harness/suite.h"
#include "harness/world.h"

static struct kmod_ctx *ctx;

static void put_modules(void)
{
	static const char names[] = "abcde";

	for (const char *name = names; *name; name++)
		put(format_text(RELEASE_DIR "/%c.ko", *name),
		    bytes_text(format_text("module %c", *name)));
	put(RELEASE_DIR "/foo.ko", bytes_text("module foo"));
	put(RELEASE_DIR "/modules.dep.bin",
	    INDEX({ "foo", "foo.ko: b.ko a.ko", 0 }, { "a", "a.ko:", 1 }, { "b", "b.ko:", 2 },
		  { "c", "c.ko:", 3 }, { "d", "d.ko: c.ko", 4 }, { "e", "e.ko:", 5 }));
}

/* The module that @name finds, with the configuration @config. The test ends with done(). */
static struct kmod_module *module_of(const char *config, const char *name)
{
	struct kmod_list *list = NULL;
	struct kmod_module *mod;

	put_modules();
	ctx = session_configured(config);
	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, name, &list), 0);
	mod = kmod_module_get_module(list);
	ck_assert_ptr_nonnull(mod);
	(void)kmod_module_unref_list(list);
	return mod;
}

static void done(struct kmod_module *mod)
{
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}

static void put_state(const char *name, const char *state)
{
	put(format_text("/sys/module/%s/initstate", name), bytes_text(state));
}

/* What was said to be done: "name(options) ", or "name!(options) " for a command. */
static const char *actions = "";

/* The module that somebody else loads just when it is its turn here; NULL: nobody does. */
static const char *raced;

static void note_action(struct kmod_module *mod, bool install, const char *options)
{
	ck_assert_ptr_nonnull(options);
	actions = format_text("%s%s%s(%s) ", actions, kmod_module_get_name(mod), install ? "!" : "",
			      options);
	if (raced && strcmp(raced, kmod_module_get_name(mod)) == 0)
		put_state(raced, "live\n");
}

/* What was asked to be run, "name: command\n", and what that answers. */
static const char *runs = "";
static int run_result;

static int note_run(struct kmod_module *mod, const char *command, void *data)
{
	ck_assert_ptr_eq(data, &run_result);
	runs = format_text("%s%s: %s\n", runs, kmod_module_get_name(mod), command);
	return run_result;
}

/* A probe with all callbacks. */
static int probe(struct kmod_module *mod, unsigned int flags, const char *options)
{
	actions = "";
	runs = "";
	return kmod_module_probe_insert_module(mod, flags, options, note_run, &run_result,
					       note_action);
}

/* A probe that leaves commands to the shell. No positive result is possible but these. */
static int plain_probe(struct kmod_module *mod, unsigned int flags)
{
	const int r = kmod_module_probe_insert_module(mod, flags, NULL, NULL, NULL, note_action);

	ck_assert_msg(r <= 0 || r == 0x10000 || r == 0x20000 || r == 0x40000, "%d", r);
	return r;
}

/* ---- What is done, and in which order ---- */

static const struct {
	const char *config;
	unsigned int flags;
	const char *options;
	const char *actions;
} plans[] = {
	{ "", 0, NULL, "a() b() foo() " },
	/* softdeps stand around their module, and bring what they need */
	{ "softdep foo pre: d post: e\n", 0, NULL, "a() b() c() d() foo() e() " },
	{ "softdep a pre: c post: e\n", 0, NULL, "c() a() e() b() foo() " },
	{ "softdep foo pre: e\nsoftdep e pre: d\n", 0, NULL, "a() b() c() d() e() foo() " },
	{ "softdep foo pre: x\nalias x d\nalias x e\n", 0, NULL, "a() b() c() d() e() foo() " },
	{ "softdep foo pre: gone post: gone\n", 0, NULL, "a() b() foo() " },
	{ "weakdep foo c d e\n", 0, NULL, "a() b() foo() " },
	/* gone into only once, but a dependency may be there several times */
	{ "softdep a pre: e\nsoftdep b pre: e\n", 0, NULL, "e() a() b() foo() " },
	{ "softdep foo pre: e e\n", 0, NULL, "a() b() e() foo() " },
	{ "softdep foo pre: a\n", 0, NULL, "a() b() a() foo() " },
	{ "softdep a post: b\n", 0, NULL, "a() b() b() foo() " },
	/* loops end */
	{ "softdep foo pre: foo\n", 0, NULL, "a() b() foo() " },
	{ "softdep foo pre: e\nsoftdep e pre: foo\n", 0, NULL, "a() b() e() foo() " },
	{ "softdep foo post: e\nsoftdep e pre: c\nsoftdep c post: e foo\n", 0, NULL,
	  "a() b() foo() c() e() " },
	{ "softdep a pre: foo\n", 0, NULL, "a() b() foo() " },
	/* options: a blank is between them, even before none; those given are of foo only */
	{ "options foo x=1\noptions a y=2\n", 0, NULL, "a(y=2 ) b() foo(x=1 ) " },
	{ "options foo x=1\noptions a y=2\n", 0, "z=3", "a(y=2 ) b() foo(x=1 z=3) " },
	{ "options foo x=1\noptions a y=2\n", 0, "", "a(y=2 ) b() foo(x=1 ) " },
	{ "", 0, "z=3 w", "a() b() foo(z=3 w) " },
	{ "softdep foo post: e\noptions e y\n", 0, "z", "a() b() foo(z) e(y ) " },
	/* install commands; softdeps that lead to something are stronger */
	{ "install foo x\ninstall b y\noptions b o\n", 0, "z", "a() b!(o ) foo!(z) " },
	{ "install f* x\n", 0, NULL, "a() b() foo!() " },
	{ "install foo x\nsoftdep foo pre: e\n", 0, NULL, "a() b() e() foo() " },
	{ "install foo x\nsoftdep foo post: e\n", 0, NULL, "a() b() foo() e() " },
	{ "install foo x\nsoftdep foo pre: gone post:\n", 0, NULL, "a() b() foo!() " },
	{ "install foo x\nsoftdep foo pre: foo\n", 0, NULL, "a() b() foo() " },
	{ "install e x\nsoftdep foo pre: e\n", 0, NULL, "a() b() e!() foo() " },
	/* the flag is about foo only */
	{ "install foo x\ninstall b y\nsoftdep foo pre: e\nsoftdep a pre: c\n",
	  KMOD_PROBE_IGNORE_COMMAND, NULL, "c() a() b!() foo() " },
	/* blacklists */
	{ "blacklist b\nblacklist e\nsoftdep foo pre: e\n", 0, NULL, "a() b() e() foo() " },
	{ "blacklist b\nblacklist e\nsoftdep foo pre: e\n", KMOD_PROBE_APPLY_BLACKLIST, NULL,
	  "a() b() e() foo() " },
	{ "blacklist b\nblacklist e\nsoftdep foo pre: e\n", KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY,
	  NULL, "a() b() e() foo() " },
	{ "blacklist b\nblacklist e\nsoftdep foo pre: e\n", KMOD_PROBE_APPLY_BLACKLIST_ALL, NULL,
	  "a() foo() " },
	{ "blacklist b\nblacklist foo\n", 0, NULL, "a() b() foo() " },
};

/* A dry run tells all that is done, and does nothing of it. */
START_TEST(plan)
{
	struct kmod_module *const mod = module_of(plans[_i].config, "foo");

	ck_assert_int_eq(probe(mod, plans[_i].flags | KMOD_PROBE_DRY_RUN, plans[_i].options), 0);
	ck_assert_str_eq(actions, plans[_i].actions);
	ck_assert_str_eq(runs, "");
	expect_calls(0);
	/* Again, as nothing is remembered of it. */
	ck_assert_int_eq(probe(mod, plans[_i].flags | KMOD_PROBE_DRY_RUN, plans[_i].options), 0);
	ck_assert_str_eq(actions, plans[_i].actions);
	expect_not_logged(LOG_ERR, "");
	done(mod);
}
END_TEST

START_TEST(loads_what_it_says)
{
	struct kmod_module *const mod = module_of("options a x=1\nsoftdep foo post: e\n", "foo");

	ck_assert_int_eq(probe(mod, 0, "y=2"), 0);
	ck_assert_str_eq(actions, "a(x=1 ) b() foo(y=2) e() ");
	expect_calls(4);
	expect_finit(0, RELEASE_DIR "/a.ko", 0, "x=1 ");
	expect_finit(1, RELEASE_DIR "/b.ko", 0, "");
	expect_finit(2, RELEASE_DIR "/foo.ko", 0, "y=2");
	expect_finit(3, RELEASE_DIR "/e.ko", 0, "");
	done(mod);
}
END_TEST

static const struct {
	unsigned int probe;
	unsigned int kernel;
} forces[] = {
	{ KMOD_PROBE_FORCE_VERMAGIC, 2 },
	{ KMOD_PROBE_FORCE_MODVERSION, 1 },
	{ KMOD_PROBE_FORCE_VERMAGIC | KMOD_PROBE_FORCE_MODVERSION, 3 },
	{ KMOD_PROBE_IGNORE_COMMAND | KMOD_PROBE_IGNORE_LOADED | KMOD_PROBE_FAIL_ON_LOADED |
		  KMOD_PROBE_APPLY_BLACKLIST_ALL | KMOD_PROBE_APPLY_BLACKLIST |
		  KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY,
	  0 },
};

/* Force is for the dependencies, too; the other flags are none of the kernel's business. */
START_TEST(force)
{
	struct kmod_module *const mod = module_of("", "foo");

	ck_assert_int_eq(plain_probe(mod, forces[_i].probe), 0);
	expect_calls(3);
	expect_finit(0, RELEASE_DIR "/a.ko", forces[_i].kernel, "");
	expect_finit(2, RELEASE_DIR "/foo.ko", forces[_i].kernel, "");
	done(mod);
}
END_TEST

/* What is given for an alias is for its object, not for the module's others. */
START_TEST(by_alias)
{
	struct kmod_module *const mod = module_of("alias other foo\noptions other x=1\n"
						  "softdep a pre: foo\n",
						  "other");

	ck_assert_int_eq(probe(mod, KMOD_PROBE_DRY_RUN, "y=2"), 0);
	/* The softdep leads to foo itself, with its own dependencies and without the options. */
	ck_assert_str_eq(actions, "a() b() foo() a() b() foo(x=1 y=2) ");
	done(mod);
}
END_TEST

/* Further than anyone goes; far too many is an error, not a crash. */
START_TEST(long_way)
{
	static const struct {
		int length;
		int result;
	} ways[] = { { 900, 0 }, { 5000, -ELOOP } };
	const int length = ways[_i].length;
	char *const config = keep((size_t)length * 64 + 64);
	char *at = config;
	size_t n = 0;
	struct kmod_module *mod;

	for (int i = 0; i < length; i++)
		at += sprintf(at, "softdep m%d pre: m%d\ninstall m%d x\n", i, i + 1, i);
	(void)sprintf(at, "install m%d x\n", length);
	mod = module_of(config, "m0");
	ck_assert_int_eq(probe(mod, KMOD_PROBE_DRY_RUN, NULL), ways[_i].result);
	for (const char *c = actions; *c; c++)
		n += *c == ' ';
	ck_assert_uint_eq(n, ways[_i].result == 0 ? (size_t)length + 1 : 0);
	done(mod);
}
END_TEST

/* ---- What is loaded already ---- */

static const struct {
	const char *loaded;
	const char *state;
	unsigned int flags;
	int result;
	const char *actions;
} loaded[] = {
	{ "foo", "live\n", 0, 0, "" },
	{ "foo", "live\n", KMOD_PROBE_FAIL_ON_LOADED, -EEXIST, "" },
	{ "foo", "live\n", KMOD_PROBE_IGNORE_LOADED, 0, "a() b() foo() " },
	{ "foo", "live\n", KMOD_PROBE_IGNORE_LOADED | KMOD_PROBE_FAIL_ON_LOADED, 0,
	  "a() b() foo() " },
	{ "foo", "live\n", KMOD_PROBE_DRY_RUN | KMOD_PROBE_FAIL_ON_LOADED, -EEXIST, "" },
	{ "foo", "coming\n", KMOD_PROBE_FAIL_ON_LOADED, 0, "a() b() foo() " },
	{ "foo", "going\n", KMOD_PROBE_FAIL_ON_LOADED, 0, "a() b() foo() " },
	{ "a", "live\n", 0, 0, "b() foo() " },
	{ "b", "live\n", KMOD_PROBE_FAIL_ON_LOADED, 0, "a() foo() " },
	{ "b", "live\n", KMOD_PROBE_IGNORE_LOADED, 0, "a() b() foo() " },
	{ "b", "coming\n", 0, 0, "a() b() foo() " },
};

START_TEST(is_loaded)
{
	struct kmod_module *const mod = module_of("", "foo");

	put_state(loaded[_i].loaded, loaded[_i].state);
	ck_assert_int_eq(probe(mod, loaded[_i].flags, NULL), loaded[_i].result);
	ck_assert_str_eq(actions, loaded[_i].actions);
	done(mod);
}
END_TEST

/* One in the kernel image is loaded, before a blacklist is asked. */
START_TEST(is_builtin)
{
	struct kmod_module *const mod = module_of("blacklist bar\ninstall bar x\n", "bar");

	put(RELEASE_DIR "/modules.builtin.bin", INDEX({ "bar", "", 0 }));
	ck_assert_int_eq(probe(mod, KMOD_PROBE_APPLY_BLACKLIST, NULL), 0);
	ck_assert_int_eq(probe(mod, KMOD_PROBE_FAIL_ON_LOADED, NULL), -EEXIST);
	ck_assert_str_eq(actions, "");
	done(mod);
}
END_TEST

/* ---- Blacklists ---- */

enum {
	BLACKLIST_ALL = KMOD_PROBE_APPLY_BLACKLIST_ALL,
	BLACKLIST = KMOD_PROBE_APPLY_BLACKLIST,
	BLACKLIST_ALIAS = KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY,
};

static const struct {
	const char *name;
	unsigned int flags;
	int result;
} blacklists[] = {
	{ "foo", 0, 0 },
	{ "foo", BLACKLIST, 0x20000 },
	{ "foo", BLACKLIST_ALL, 0x10000 },
	{ "foo", BLACKLIST_ALIAS, 0 },
	{ "foo", BLACKLIST | BLACKLIST_ALL, 0x10000 },
	{ "foo", BLACKLIST | BLACKLIST_ALIAS, 0x20000 },
	{ "foo", BLACKLIST | BLACKLIST_ALL | BLACKLIST_ALIAS, 0x10000 },
	{ "foo", BLACKLIST | KMOD_PROBE_DRY_RUN, 0x20000 },
	{ "foo", BLACKLIST | KMOD_PROBE_IGNORE_LOADED, 0x20000 },
	{ "other", 0, 0 },
	{ "other", BLACKLIST, 0x20000 },
	{ "other", BLACKLIST_ALL, 0x10000 },
	{ "other", BLACKLIST_ALIAS, 0x40000 },
	{ "other", BLACKLIST | BLACKLIST_ALIAS, 0x40000 },
	{ "other", BLACKLIST | BLACKLIST_ALL | BLACKLIST_ALIAS, 0x40000 },
	/* the word of a blacklist is a module's name, not an alias or a pattern */
	{ "e", BLACKLIST | BLACKLIST_ALL, 0 },
	{ "alias_of_e", BLACKLIST | BLACKLIST_ALL | BLACKLIST_ALIAS, 0 },
};

START_TEST(blacklisted)
{
	struct kmod_module *const mod = module_of("alias other foo\nalias alias-of-e e\n"
						  "blacklist foo\nblacklist other\n"
						  "blacklist alias-of-e\nblacklist e*\n",
						  blacklists[_i].name);

	ck_assert_int_eq(plain_probe(mod, blacklists[_i].flags), blacklists[_i].result);
	if (blacklists[_i].result > 0)
		expect_calls(0);
	else
		ck_assert_uint_gt(calls_made(), 0);
	done(mod);
}
END_TEST

/* What is loaded is not blacklisted any more. */
START_TEST(blacklisted_and_loaded)
{
	struct kmod_module *const mod = module_of("blacklist foo\n", "foo");

	put_state("foo", "live\n");
	ck_assert_int_eq(plain_probe(mod, BLACKLIST | BLACKLIST_ALL), 0);
	ck_assert_int_eq(plain_probe(mod, BLACKLIST | KMOD_PROBE_FAIL_ON_LOADED), -EEXIST);
	done(mod);
}
END_TEST

/* ---- What the kernel answers ---- */

static const struct {
	const char *config;
	const char *answers;
	unsigned int flags;
	int result;
	size_t calls;
	const char *raced;
} answers[] = {
	{ "", "ENOEXEC", 0, -ENOEXEC, 1, NULL },
	{ "", "0,EPERM", 0, -EPERM, 2, NULL },
	{ "", "0,0,ENODEV", 0, -ENODEV, 3, NULL },
	{ "", "0,0,EKEYREJECTED", 0, -EKEYREJECTED, 3, NULL },
	{ "", "0,0,ENOENT", BLACKLIST, -ENOENT, 3, NULL },
	/* somebody else was faster */
	{ "", "EEXIST,0,0", 0, 0, 3, "a" },
	{ "", "0,EEXIST,0", KMOD_PROBE_FAIL_ON_LOADED, 0, 3, "b" },
	{ "", "0,0,EEXIST", 0, 0, 3, "foo" },
	{ "", "0,0,EEXIST", KMOD_PROBE_FAIL_ON_LOADED, -EEXIST, 3, "foo" },
	/* softdeps may fail, and what only they need */
	{ "softdep foo pre: e\n", "0,0,EPERM,0", 0, 0, 4, NULL },
	{ "softdep foo post: e\n", "0,0,0,EPERM", 0, 0, 4, NULL },
	{ "softdep foo pre: d\n", "0,0,EPERM,EPERM,0", 0, 0, 5, NULL },
	{ "softdep a pre: e\n", "EPERM,0,0,0", 0, 0, 4, NULL },
	{ "softdep a pre: e\n", "0,EPERM", 0, -EPERM, 2, NULL },
	/* a dependency is required, also where a softdep names it */
	{ "softdep foo pre: a\n", "0,0,EPERM", 0, -EPERM, 3, NULL },
};

/* The words of @list, with a comma between them, one for each load. */
static void kernel_answers(const char *list)
{
	char *const words = format_text("%s", list);
	const char *script = "";

	for (char *save, *word = strtok_r(words, ",", &save); word;
	     word = strtok_r(NULL, ",", &save))
		script = format_text("%s%sfinit_module=%s", script, *script ? "," : "", word);
	(void)setenv("TRAP_KERNEL", script, 1);
}

START_TEST(answer)
{
	struct kmod_module *const mod = module_of(answers[_i].config, "foo");

	kernel_answers(answers[_i].answers);
	raced = answers[_i].raced;
	ck_assert_int_eq(plain_probe(mod, answers[_i].flags), answers[_i].result);
	expect_calls(answers[_i].calls);
	done(mod);
}
END_TEST

static const struct {
	const char *module;
	const char *faults;
	unsigned int flags;
	int result;
} unreadable[] = {
	{ "foo", "read /sys/module/foo/initstate 1+ fail EIO", 0, 0 },
	{ "foo", "read /sys/module/foo/initstate 1+ fail EIO", KMOD_PROBE_FAIL_ON_LOADED, -EEXIST },
	{ "a", "read /sys/module/a/initstate 1+ fail EIO", KMOD_PROBE_FAIL_ON_LOADED, 0 },
	{ "foo", "open /sys/module/foo EACCES;open /sys/module/foo/initstate EACCES", 0, 0 },
	{ "foo", "open /sys/module/foo/initstate ELOOP", 0, 0 },
	{ "foo", "open " RELEASE_DIR "/modules.builtin.bin EIO", 0, 0 },
	/* what can be read */
	{ "foo", "open /sys/module/foo ENOENT;open /sys/module/foo/initstate ENOENT", 0, -EEXIST },
	{ "a", "open /sys/module/a ENOENT;open /sys/module/a/initstate ENOENT", 0, -EEXIST },
};

/* The kernel says that it is there already; whether that is true cannot be read. */
START_TEST(unreadable_state)
{
	struct kmod_module *const mod = module_of("", "foo");

	put_state(unreadable[_i].module, "live\n");
	(void)setenv("TRAP_FAULTS", unreadable[_i].faults, 1);
	kernel_answers(strcmp(unreadable[_i].module, "a") == 0 ? "EEXIST,0,0" : "0,0,EEXIST");
	ck_assert_int_eq(plain_probe(mod, unreadable[_i].flags), unreadable[_i].result);
	done(mod);
}
END_TEST

/* A module that is only a name cannot be loaded; what it needs is. */
START_TEST(without_a_file)
{
	struct kmod_module *const mod = module_of("alias x gone\n", "x");

	ck_assert_int_eq(plain_probe(mod, 0), -ENOENT);
	expect_logged(LOG_ERR, "could not find module by name='gone'\n");
	expect_calls(0);
	ck_assert_int_eq(plain_probe(NULL, 0), -ENOENT);
	done(mod);
}
END_TEST

/* ---- Install commands ---- */

static const struct {
	const char *command;
	const char *config;
	const char *options;
	const char *run;
} commands[] = {
	{ "cmd", "", NULL, "cmd" },
	{ "cmd", "", "x=1", "cmd" },
	{ "cmd $CMDLINE_OPTS", "", NULL, "cmd " },
	{ "cmd $CMDLINE_OPTS!", "", "x=1 y", "cmd x=1 y!" },
	{ "cmd $CMDLINE_OPTS!", "options foo z\n", NULL, "cmd z !" },
	{ "cmd $CMDLINE_OPTS!", "options foo z\n", "x=1", "cmd z x=1!" },
	{ "$CMDLINE_OPTS$CMDLINE_OPTS a $CMDLINE_OPTS", "", "x", "xx a x" },
	{ "$CMDLINE_OPT $$CMDLINE_OPTSS CMDLINE_OPTS", "", "x", "$CMDLINE_OPT $xS CMDLINE_OPTS" },
	/* what was put in is not looked at again */
	{ "cmd $CMDLINE_OPTS, $CMDLINE_OPTS", "", "a=$CMDLINE_OPTS",
	  "cmd a=$CMDLINE_OPTS, a=$CMDLINE_OPTS" },
	{ "cmd $CMDLINE_OPTS", "options foo $CMDLINE_OPTS\n", "$CMDLINE_OPTS",
	  "cmd $CMDLINE_OPTS $CMDLINE_OPTS" },
	{ "$CMDLINE_$CMDLINE_OPTSOPTS", "", "x", "$CMDLINE_xOPTS" },
};

START_TEST(command)
{
	struct kmod_module *const mod = module_of(
		format_text("install foo %s\n%s", commands[_i].command, commands[_i].config),
		"foo");

	(void)setenv("MODPROBE_MODULE", "as it was", 1);
	ck_assert_int_eq(probe(mod, 0, commands[_i].options), 0);
	ck_assert_str_eq(runs, format_text("foo: %s\n", commands[_i].run));
	ck_assert_str_eq(getenv("MODPROBE_MODULE"), "as it was");
	/* In place of the module, not of what it needs. */
	expect_calls(2);
	done(mod);
}
END_TEST

/* The shell's library would tell of the shell's leaks. */
static void let_shells_leak(void)
{
	(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
}

static const struct {
	const char *command;
	unsigned int variables; /* in it */
	bool too_long;
	bool shell;
} long_commands[] = {
	{ ": $CMDLINE_OPTS", 1, false, false },
	{ ": $CMDLINE_OPTS", 1, false, true },
	{ ": $CMDLINE_OPTS", 1, true, false },
	{ ": $CMDLINE_OPTS", 1, true, true },
	{ ": $CMDLINE_OPTS x $CMDLINE_OPTS y", 2, false, false },
	{ ": $CMDLINE_OPTS x $CMDLINE_OPTS y", 2, true, false },
	{ ": $CMDLINE_OPTS x $CMDLINE_OPTS y", 2, true, true },
};

/* A command that is as long as an argument may be, or longer by as little as can be. */
START_TEST(long_command)
{
	const char *const line = long_commands[_i].command;
	const unsigned int variables = long_commands[_i].variables;
	const size_t rest = strlen(line) - variables * strlen("$CMDLINE_OPTS") + 1;
	const size_t length = (32 * (size_t)sysconf(_SC_PAGESIZE) - rest) / variables +
			      long_commands[_i].too_long;
	/* Only the shell has such a limit. */
	const int result = long_commands[_i].too_long && long_commands[_i].shell ? -E2BIG : 0;
	char *const options = keep(length + 1);
	struct kmod_module *const mod = module_of(format_text("install foo %s\n", line), "foo");

	memset(options, 'x', length);
	options[length] = '\0';
	if (long_commands[_i].shell) {
		let_shells_leak();
		ck_assert_int_eq(kmod_module_probe_insert_module(mod, 0, options, NULL, NULL, NULL),
				 result);
	} else {
		ck_assert_int_eq(probe(mod, 0, options), result);
		ck_assert_int_eq(*runs == '\0', result < 0);
	}
	if (result < 0)
		expect_logged(LOG_ERR, "The install command of module foo is too long, its options "
				       "filled in\n");
	else
		expect_not_logged(LOG_ERR, "");
	expect_calls(2);
	done(mod);
}
END_TEST

/* A small file that asks for 8 GB. */
START_TEST(very_long_command)
{
	const size_t count = 64 << 10, length = 128 << 10;
	char *const config = keep(count * strlen("$CMDLINE_OPTS") + length + 64);
	char *at = stpcpy(config, "install foo ");
	struct kmod_module *mod;

	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, "$CMDLINE_OPTS");
	at = stpcpy(at, "\noptions foo ");
	memset(at, 'x', length);
	(void)strcpy(at + length, "\n");
	mod = module_of(config, "foo");
	ck_assert_int_eq(probe(mod, 0, NULL), -E2BIG);
	ck_assert_str_eq(runs, "");
	done(mod);
}
END_TEST

static const struct {
	const char *config;
	int run;
	int result;
	size_t calls;
	const char *raced;
} results[] = {
	{ "install foo x\n", 0, 0, 2, NULL },
	{ "install foo x\n", -77, -77, 2, NULL },
	{ "install foo x\n", -EEXIST, 0, 2, "foo" },
	{ "install a x\n", -77, -77, 0, NULL },
	{ "install a x\n", -EEXIST, 0, 2, "a" },
	/* a positive result counts where it is the last */
	{ "install foo x\n", 5, 5, 2, NULL },
	{ "install a x\n", 5, 0, 2, NULL },
	/* unless the module was not required */
	{ "install e x\nsoftdep foo post: e\n", 5, 0, 3, NULL },
	{ "install e x\nsoftdep foo post: e\n", -77, 0, 3, NULL },
	{ "install e x\nsoftdep foo pre: e\n", -77, 0, 3, NULL },
};

START_TEST(command_result)
{
	struct kmod_module *const mod = module_of(results[_i].config, "foo");

	run_result = results[_i].run;
	raced = results[_i].raced;
	ck_assert_int_eq(probe(mod, 0, NULL), results[_i].result);
	expect_calls(results[_i].calls);
	done(mod);
}
END_TEST

static const struct {
	const char *command;
	int result;
	const char *error;
} shells[] = {
	{ "true", 0, NULL },
	{ "exit 3", -EINVAL, "Error running install command 'exit 3' for module foo: retcode 3\n" },
	{ "false", -EINVAL, "Error running install command 'false' for module foo: retcode 1\n" },
	{ "/no/such/command 2>/dev/null", -EINVAL, "retcode 127\n" },
	{ "exit $CMDLINE_OPTS", -EINVAL,
	  "Error running install command 'exit 7' for module foo: retcode 7\n" },
	/* that counts as done */
	{ "kill -KILL $$", 0, NULL },
	{ "test \"$MODPROBE_MODULE\" = foo", 0, NULL },
	{ "test \"$MODPROBE_NESTING\" = 'foo x foo foo foo'", 0, NULL },
	{ "echo $MODPROBE_MODULE $CMDLINE_OPTS > ran; echo b >> ran", 0, NULL },
};

START_TEST(shell)
{
	struct kmod_module *const mod =
		module_of(format_text("install foo %s\n", shells[_i].command), "foo");

	let_shells_leak();
	(void)setenv("MODPROBE_MODULE", "as it was", 1);
	(void)setenv("MODPROBE_NESTING", "foo x foo foo", 1);
	ck_assert_int_eq(kmod_module_probe_insert_module(mod, 0, "7", NULL, NULL, NULL),
			 shells[_i].result);
	if (shells[_i].error)
		expect_logged(LOG_ERR, shells[_i].error);
	else
		expect_not_logged(LOG_ERR, "");
	if (strstr(shells[_i].command, "ran"))
		ck_assert(bytes_equal(bytes_of_file(world_path("/ran")), bytes_text("foo 7\nb\n")));
	ck_assert_str_eq(getenv("MODPROBE_MODULE"), "as it was");
	ck_assert_str_eq(getenv("MODPROBE_NESTING"), "foo x foo foo");
	expect_calls(2);
	done(mod);
}
END_TEST

/* A command that has run itself too often already, and one of another module. */
START_TEST(shell_within_itself)
{
	struct kmod_module *const mod =
		module_of("install foo echo > ran\ninstall fo true\n", "foo");
	struct kmod_module *other = NULL;

	ck_assert_int_eq(kmod_module_new_from_name(ctx, "fo", &other), 0);
	let_shells_leak();
	(void)setenv("MODPROBE_NESTING", "foo foo x foo  foo", 1);
	ck_assert_int_eq(kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL), -ELOOP);
	expect_logged(LOG_ERR, "The install command of module foo runs itself again and again; in "
			       "it, 'modprobe --ignore-install' loads the module\n");
	ck_assert_int_eq(access(world_path("/ran"), F_OK), -1);
	ck_assert_int_eq(kmod_module_probe_insert_module(other, 0, NULL, NULL, NULL, NULL), 0);
	(void)unsetenv("MODPROBE_NESTING");
	ck_assert_int_eq(kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL), 0);
	ck_assert_ptr_null(getenv("MODPROBE_NESTING"));
	(void)kmod_module_unref(other);
	done(mod);
}
END_TEST

/* A failing command of a dependency stops all; of a softdep, nothing. */
START_TEST(shell_of_others)
{
	struct kmod_module *mod = module_of("install a false\n", "foo");

	let_shells_leak();
	ck_assert_int_eq(plain_probe(mod, 0), -EINVAL);
	expect_calls(0);
	done(mod);
	mod = module_of("install e false\nsoftdep foo pre: e\n", "foo");
	ck_assert_int_eq(plain_probe(mod, 0), 0);
	expect_calls(3);
	done(mod);
}
END_TEST

/* ---- A probe within a probe ---- */

enum by {
	BY_NONE,
	BY_MESSAGE,
	BY_ACTION,
	BY_COMMAND,
};

/* What foo is loaded with, and by which callback a probe of which module is started meanwhile. */
static const struct {
	enum by by;
	const char *inner;
	const char *config;
	const char *answers;
	int result;
	const char *actions;
} nested[] = {
	/* it is said that bad[ leads nowhere, as softdeps are looked for */
	{ BY_MESSAGE, "foo", "softdep foo pre: bad[\n", "0,0,ENODEV", -ENODEV, "a() b() foo() " },
	{ BY_MESSAGE, "foo", "softdep a pre: bad[\n", "ENODEV", -ENODEV, "a() " },
	{ BY_MESSAGE, "foo", "softdep foo pre: e\nsoftdep e pre: foo bad[\n", "0", 0,
	  "a() b() e() foo() " },
	{ BY_MESSAGE, "e", "softdep foo pre: bad[ e\n", "0,0,ENODEV,0", 0, "a() b() e() foo() " },
	{ BY_ACTION, "foo", "", "0,0,ENODEV", -ENODEV, "a() b() foo() " },
	{ BY_ACTION, "e", "softdep foo pre: e\n", "0,0,ENODEV,0", 0, "a() b() e() foo() " },
	{ BY_ACTION, "e", "softdep e post: foo\n", "0,ENODEV", -ENODEV, "a() b() " },
	{ BY_COMMAND, "foo", "install a x\n", "0,ENODEV", -ENODEV, "a!() b() foo() " },
	{ BY_COMMAND, "e", "install a x\nsoftdep e pre: foo\n", "0,ENODEV", -ENODEV,
	  "a!() b() foo() " },
};

static struct kmod_module *inner;
static enum by inner_by;
static unsigned int inner_probes;

static void probe_within(enum by by)
{
	if (by != inner_by)
		return;
	/* not within itself */
	inner_by = BY_NONE;
	inner_probes++;
	ck_assert_int_eq(kmod_module_probe_insert_module(inner, KMOD_PROBE_DRY_RUN, NULL, NULL,
							 NULL, NULL),
			 0);
	inner_by = by;
}

__attribute__((format(printf, 6, 0))) static void take_message(void *data, int priority,
							       const char *file, int line,
							       const char *fn, const char *format,
							       va_list args)
{
	probe_within(BY_MESSAGE);
}

static void take_action(struct kmod_module *mod, bool install, const char *options)
{
	note_action(mod, install, options);
	probe_within(BY_ACTION);
}

static int take_command(struct kmod_module *mod, const char *cmdline, void *data)
{
	probe_within(BY_COMMAND);
	return 0;
}

START_TEST(probe_in_callback)
{
	struct kmod_module *const mod = module_of(nested[_i].config, "foo");

	kernel_answers(nested[_i].answers);
	ck_assert_int_eq(kmod_module_new_from_name(ctx, nested[_i].inner, &inner), 0);
	kmod_set_log_fn(ctx, take_message, NULL);
	inner_by = nested[_i].by;
	ck_assert_int_eq(kmod_module_probe_insert_module(mod, 0, NULL, take_command, NULL,
							 take_action),
			 nested[_i].result);
	inner_by = BY_NONE;
	ck_assert_uint_gt(inner_probes, 0);
	ck_assert_str_eq(actions, nested[_i].actions);
	(void)kmod_module_unref(inner);
	done(mod);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("probe");
	TCase *tcase;

	for (int i = 0; i < ROWS(plans); i++)
		add_row(suite, format_text("plan %d", i), plan, i);
	for (int i = 0; i < ROWS(forces); i++)
		add_row(suite, format_text("flags %#x", forces[i].probe), force, i);
	for (int i = 0; i < 2; i++)
		add_row(suite, format_text("long way %d", i), long_way, i);
	for (int i = 0; i < ROWS(loaded); i++)
		add_row(suite, format_text("loaded %d", i), is_loaded, i);
	for (int i = 0; i < ROWS(blacklists); i++)
		add_row(suite,
			format_text("%s, flags %#x", blacklists[i].name, blacklists[i].flags),
			blacklisted, i);
	for (int i = 0; i < ROWS(answers); i++)
		add_row(suite, format_text("answer %d", i), answer, i);
	for (int i = 0; i < ROWS(unreadable); i++)
		add_row(suite, format_text("unreadable %d", i), unreadable_state, i);
	for (int i = 0; i < ROWS(commands); i++)
		add_row(suite, format_text("command %d", i), command, i);
	for (int i = 0; i < ROWS(long_commands); i++)
		add_row(suite, format_text("long command %d", i), long_command, i);
	for (int i = 0; i < ROWS(results); i++)
		add_row(suite, format_text("command result %d", i), command_result, i);
	for (int i = 0; i < ROWS(shells); i++)
		add_row(suite, format_text("shell %d", i), shell, i);
	for (int i = 0; i < ROWS(nested); i++)
		add_row(suite, format_text("nested %d", i), probe_in_callback, i);

	tcase = add_case(suite, "probe");
	tcase_add_test(tcase, loads_what_it_says);
	tcase_add_test(tcase, by_alias);
	tcase_add_test(tcase, is_builtin);
	tcase_add_test(tcase, blacklisted_and_loaded);
	tcase_add_test(tcase, without_a_file);
	tcase_add_test(tcase, very_long_command);
	tcase_add_test(tcase, shell_within_itself);
	tcase_add_test(tcase, shell_of_others);
	return suite_run(argv, suite);
}
