/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/messages.c.
 */
#include "tools/depmod/messages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libkmod/base/cleanup.h"
#include "tools/cli.h"
#include "unit.h"

/* Logs @messages and checks what came to standard error. */
static void assert_logged(struct messages *messages, size_t count, const char *wanted)
{
	struct cli cli = { .prog = "depmod", .threshold = LOG_WARNING };
	_cleanup_close_ int fd = memfd_create("stderr", MFD_CLOEXEC);
	const int saved = dup(STDERR_FILENO);
	char text[4096] = "";

	ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
	ck_assert_uint_eq(messages_log(&cli, messages), count);
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	close_fd(saved);
	ck_assert_int_ge(pread(fd, text, sizeof(text) - 1, 0), 0);
	ck_assert_str_eq(text, wanted);
	ck_assert_uint_eq(messages->count, 0);
}

/* By number, then by place, then as they came. */
START_TEST(sorted)
{
	struct messages messages = { 0 };

	messages_add(&messages, 2, "", LOG_ERR, "of %s", "two");
	messages_add(&messages, 1, "b", LOG_WARNING, "one, b");
	messages_add(&messages, 1, "a", LOG_WARNING, "one, a, first");
	messages_add(&messages, 1, "b", LOG_WARNING | CLI_CONTINUED, "more of it");
	messages_add(&messages, 1, "a", LOG_INFO, "not shown");
	messages_add(&messages, 0, "z", LOG_ERR, "zero");
	messages_add(&messages, 1, "a", LOG_WARNING, "one, a, last");
	assert_logged(&messages, 7,
		      "depmod: ERROR: zero\n"
		      "depmod: WARNING: one, a, first\n"
		      "depmod: WARNING: one, a, last\n"
		      "depmod: WARNING: one, b\n"
		      "more of it\n"
		      "depmod: ERROR: of two\n");
	assert_logged(&messages, 0, "");
}
END_TEST

START_TEST(adopted)
{
	struct messages messages = { 0 }, other = { 0 };

	messages_add(&other, 1, "", LOG_ERR, "c");
	messages_add(&other, 0, "", LOG_ERR, "a");
	messages_add(&messages, 1, "", LOG_ERR, "b");
	messages_adopt(&messages, &other);
	ck_assert_uint_eq(other.count, 0);
	messages_done(&other);
	messages_add(&messages, 1, "", LOG_ERR, "d");
	assert_logged(&messages, 4,
		      "depmod: ERROR: a\ndepmod: ERROR: b\ndepmod: ERROR: c\ndepmod: ERROR: d\n");
}
END_TEST

/* As they came, however many there are, and behind those that were there before. */
START_TEST(many)
{
	struct messages messages = { 0 }, other = { 0 }, last = { 0 };
	char wanted[4096];
	size_t size = 0;

	for (unsigned int i = 0; i < 40; i++) {
		messages_add(i < 20 ? &other : &last, 0, "", LOG_ERR, "%u", i);
		size += (size_t)snprintf(wanted + size, sizeof(wanted) - size,
					 "depmod: ERROR: %u\n", i);
	}
	messages_adopt(&messages, &other);
	ck_assert_uint_eq(messages.count, 20);
	messages_adopt(&messages, &last);
	assert_logged(&messages, 40, wanted);
}
END_TEST

/* That something could not be kept is told. */
START_TEST(lost)
{
	for (unsigned int n = 0; n < 2; n++) {
		struct messages messages = { 0 };

		unit_fail_allocation(n);
		messages_add(&messages, 0, "", LOG_ERR, "a message");
		ck_assert(unit_allocation_failed());
		assert_logged(&messages, 1, "depmod: ERROR: 1 messages are lost: out of memory\n");
	}
}
END_TEST

START_TEST(lost_by_others)
{
	struct messages messages = { 0 }, other = { 0 };

	unit_fail_allocation(0);
	messages_add(&other, 0, "", LOG_ERR, "lost");
	ck_assert(unit_allocation_failed());
	messages_add(&other, 0, "", LOG_ERR, "kept");
	messages_adopt(&messages, &other);

	messages_add(&other, 0, "", LOG_ERR, "lost too");
	messages_add(&other, 0, "", LOG_ERR, "and this");
	messages.room = messages.count; /* so that there has to be more */
	unit_fail_allocation(0);
	messages_adopt(&messages, &other);
	ck_assert(unit_allocation_failed());
	assert_logged(&messages, 4,
		      "depmod: ERROR: kept\n"
		      "depmod: ERROR: 3 messages are lost: out of memory\n");
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-messages");
	TCase *const tests = tcase_create("depmod-messages");

	tcase_add_test(tests, sorted);
	tcase_add_test(tests, adopted);
	tcase_add_test(tests, many);
	tcase_add_test(tests, lost);
	tcase_add_test(tests, lost_by_others);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
