/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/cmdline.c.
 */
#include "libkmod/cmdline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Command lines, and their entries: name{options}, !name of a blacklist, name? for a bad name. */
static const struct {
	const char *text;
	const char *entries;
} cases[] = {
	{ "", "" },
	{ " \n", "" },
	{ "a.b", "a{b} " },
	{ "a.b=1", "a{b=1} " },
	{ "a.b=", "a{b=} " },
	{ "a.b=1 c.d e.f=2\n", "a{b=1} c{d} e{f=2} " },
	{ "a.b\tc.d\ne.f\vg.h\fi.j\rk.l", "a{b} c{d} e{f} g{h} i{j} k{l} " },
	/* what is not for modules */
	{ "quiet root=/dev/x a=b.c -- a b.c", "b{c} " },
	{ "a.b.c a.b.c=1 ..=1", "" },
	{ "a.b=c.d=e a..=", "a{b=c.d=e} " },
	/* parts may be empty */
	{ ".x=1 y.=2 z. . .=", "{x=1} y{=2} z{} {} {=} " },
	/* names, and only names, are normalized */
	{ "a-b.c-d=e-f a[-]-.x", "a_b{c-d=e-f} a[-]_{x} " },
	{ "[a.x=1 b.y a-b]c-d.x=1 c.z", "[a? b{y} a_b]c-d? c{z} " },
	{ "rd.a=1 module.sig=2", "rd{a=1} module{sig=2} " },

	/* quotes in the value */
	{ "a.b=\"c d\" e.f", "a{b=\"c d\"} e{f} " },
	{ "a.b=x\"y z\"w e.f", "a{b=x\"y z\"w} e{f} " },
	{ "a.b=\"\" e.f", "a{b=\"\"} e{f} " },
	{ "a.b=\"c \t d\v\"", "a{b=\"c   d\v\"} " },
	{ "a.b=\"c\"\"d e\"", "a{b=\"c\"\"d e\"} " },
	{ "a.b=\"c d", "" },
	{ "a.b=c\" e.f=1", "" },
	{ "a.b=c\" e.f=1\" g.h", "a{b=c\" e.f=1\"} g{h} " },
	/* in other places */
	{ "a\"b\".c=1 d.e", "d{e} " },
	{ "a.b\"=1 c.d=2\" e.f", "e{f} " },
	{ "a\"b c.d=1 e\" f.g=2", "f{g=2} " },
	{ "a\" b.c=1 \"d.e=2 3\" f.g", "" },
	{ "a\" \"b.c=1 d.e=2", "d{e=2} " },
	{ "a\" \"b.c=1\" d.e=2", "" },
	/* in front */
	{ "\"a.b=c d\" e.f", "a{b=\"c d\"} e{f} " },
	{ "\"a-b.c=d e\"", "a_b{c=\"d e\"} " },
	{ "\"a.b=c\"", "a{b=\"c\"} " },
	{ "\"a.b=\"", "a{b=\"\"} " },
	{ "\".b=c\"", "{b=\"c\"} " },
	{ "\"a.=c\"", "a{=\"c\"} " },
	{ "\"a.b=c\"d e.f", "a{b=\"c\"d} e{f} " },
	{ "\"a.b=c d\"e\"f g\" h.i", "a{b=\"c d\"e\"f g\"} h{i} " },
	{ "\"a.b=1\" \"c.d=2 3\"", "a{b=\"1\"} c{d=\"2 3\"} " },
	{ "\"a.b\" c.d", "c{d} " },
	{ "\"a.b c.d=1\" e.f", "e{f} " },
	{ "\"a.b=c d", "" },
	{ "\"a=b.c\" d.e", "d{e} " },
	{ "\"a.b.c=1 2\" d.e", "d{e} " },
	{ "\"\"a.b=1 c.d", "c{d} " },
	{ "\" a.b=1\" c.d", "c{d} " },
	{ "\"\" a.b", "a{b} " },
	{ "\"", "" },

	/* the blacklist, whose names stay as they are */
	{ "modprobe.blacklist=a,b-c,[ d.e", "!a !b-c ![ d{e} " },
	{ "modprobe.blacklist=", "! " },
	{ "modprobe.blacklist=,a,,b,", "! !a ! !b ! " },
	{ "modprobe.blacklist=a=b.c", "!a=b.c " },
	{ "modprobe.blacklist=\"a,b c\" d.e", "!\"a !b c\" d{e} " },
	{ "\"modprobe.blacklist=a,b c\" d.e", "!\"a !b c\" d{e} " },
	{ "modprobe.blacklist modprobe.a=1", "modprobe{blacklist} modprobe{a=1} " },
	{ "modprobe.blacklists=1 modprobe.Blacklist=2",
	  "modprobe{blacklists=1} modprobe{Blacklist=2} " },
	{ "mod-probe.blacklist=a blacklist=b", "mod_probe{blacklist=a} " },
};

/* Writes the entries of the @size bytes at @bytes to @out. */
static void print_entries(FILE *out, const char *bytes, size_t size)
{
	/* a block with just the one byte more that is asked for */
	_cleanup_free_ char *text = malloc(size + 1);
	struct config_entry entry = { 0 };
	struct cmdline cmdline;
	int r;

	ck_assert_ptr_nonnull(text);
	memcpy(text, bytes, size);
	text[size] = '#'; /* must not be taken for text */
	cmdline = cmdline_of(text, size);
	while ((r = cmdline_next(&cmdline, &entry)) != 0) {
		if (r < 0) {
			ck_assert_int_eq(r, -EBADMSG);
			fprintf(out, "%s? ", entry.name);
		} else if (entry.kind == CONFIG_BLACKLIST) {
			ck_assert_ptr_null(entry.value);
			fprintf(out, "!%s ", entry.name);
		} else {
			ck_assert_int_eq(entry.kind, CONFIG_OPTIONS);
			ck_assert_uint_eq(strlen(entry.value), entry.value_size);
			fprintf(out, "%s{%s} ", entry.name, entry.value);
		}
	}
	ck_assert_int_eq(cmdline_next(&cmdline, &entry), 0);
	fflush(out);
}

START_TEST(entries)
{
	char found[200] = "";
	_cleanup_fclose_ FILE *out = fmemopen(found, sizeof(found), "w");

	ck_assert_ptr_nonnull(out);
	print_entries(out, cases[_i].text, strlen(cases[_i].text));
	ck_assert_str_eq(found, cases[_i].entries);
}
END_TEST

/* The text ends where the caller says, or at a NUL. */
START_TEST(ends)
{
	static const char text[] = "a.b=c d.e=f";
	char found[50] = "";
	_cleanup_fclose_ FILE *out = fmemopen(found, sizeof(found), "w");

	ck_assert_ptr_nonnull(out);
	print_entries(out, text, strlen("a.b=c d.e"));
	ck_assert_str_eq(found, "a{b=c} d{e} ");

	rewind(out);
	memset(found, 0, sizeof(found));
	print_entries(out, "a.b=\0 c.d", sizeof("a.b=\0 c.d") - 1);
	ck_assert_str_eq(found, "a{b=} ");
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("cmdline");
	TCase *const tests = tcase_create("cmdline");

	tcase_add_loop_test(tests, entries, 0, (int)COUNT(cases));
	tcase_add_test(tests, ends);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
