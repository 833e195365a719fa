/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of the hash in tools/depmod/order.c. What becomes of modules.order is tested with depmod.
 */
#include "tools/depmod/order.h"

#include <string.h>

#include "unit.h"

static const struct {
	const char *text;
	uint32_t hash;
} vectors[] = {
	/* from what is known of the table, of each length modulo 4 */
	{ "a", 0x115ea782 },
	{ "ab", 0x516b8b44 },
	{ "abc", 0xd2be198a },
	{ "ext4", 0xe679ab16 },
	{ "usb_storage", 0x9f9b2fab },
};

START_TEST(hash)
{
	char block[32];

	ck_assert_uint_eq(order_hash(vectors[_i].text, strlen(vectors[_i].text)), vectors[_i].hash);
	/* wherever it is, and whatever follows */
	memset(block, 'x', sizeof(block));
	memcpy(block + 3, vectors[_i].text, strlen(vectors[_i].text));
	ck_assert_uint_eq(order_hash(block + 3, strlen(vectors[_i].text)), vectors[_i].hash);
}
END_TEST

/* Characters have a sign there, where there is one behind the last four. */
START_TEST(hash_of_other_bytes)
{
	ck_assert_uint_eq(order_hash("", 0), 0);
	ck_assert_uint_ne(order_hash("\xff", 1), order_hash("\x7f", 1));
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-order");
	TCase *const tests = tcase_create("depmod-order");

	tcase_add_loop_test(tests, hash, 0, sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_test(tests, hash_of_other_bytes);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
