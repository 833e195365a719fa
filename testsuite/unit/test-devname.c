/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/devname.c.
 */
#include "tools/devname.h"

#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "unit.h"

static void assert_node(const char *text, const struct devname_node *expected)
{
	_cleanup_free_ char *line = strdup(text);
	struct devname_node node;

	ck_assert_ptr_nonnull(line);
	ck_assert_msg(devname_parse(line, &node), "[%s]", text);
	ck_assert_str_eq(node.module, expected->module);
	ck_assert_str_eq(node.device, expected->device);
	ck_assert_int_eq(node.type, expected->type);
	ck_assert_uint_eq(node.major, expected->major);
	ck_assert_uint_eq(node.minor, expected->minor);
}

START_TEST(nodes)
{
	assert_node("fuse fuse c10:229", &(struct devname_node){ "fuse", "fuse", 'c', 10, 229 });
	assert_node("tun net/tun c10:200",
		    &(struct devname_node){ "tun", "net/tun", 'c', 10, 200 });
	assert_node("nbd nbd0 b43:0", &(struct devname_node){ "nbd", "nbd0", 'b', 43, 0 });
	assert_node("m d c4294967295:0004294967295",
		    &(struct devname_node){ "m", "d", 'c', 4294967295U, 4294967295U });
}
END_TEST

START_TEST(white_space)
{
	assert_node(" \tm\v\fd\r \tb1:2 \t", &(struct devname_node){ "m", "d", 'b', 1, 2 });
	assert_node("m d b1:2 and more", &(struct devname_node){ "m", "d", 'b', 1, 2 });
	assert_node("m d b1:2more", &(struct devname_node){ "m", "d", 'b', 1, 2 });
}
END_TEST

START_TEST(bad_lines)
{
	static const char *const lines[] = {
		"",
		" ",
		"m",
		"m d",
		"m d ",
		"m d d1:2",
		"m d c",
		"m d c1",
		"m d c1:",
		"m d c:2",
		"m d c 1:2",
		"m d c1 :2",
		"m d c1: 2",
		"m d c-1:2",
		"m d c+1:2",
		"m d c1:-2",
		"m d c4294967296:2",
		"m d c1:4294967296",
		"m d c99999999999999999999:2",
		"m d c0x1:2",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_free_ char *line = strdup(lines[i]);
		struct devname_node node = { .type = 'x' };

		ck_assert_ptr_nonnull(line);
		ck_assert_msg(!devname_parse(line, &node), "[%s]", lines[i]);
		ck_assert_int_eq(node.type, 'x');
	}
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("devname");
	TCase *const tcase = tcase_create("devname");

	tcase_add_test(tcase, nodes);
	tcase_add_test(tcase, white_space);
	tcase_add_test(tcase, bad_lines);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
