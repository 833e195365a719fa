/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes from outside, as text that a terminal or a log can be trusted with.
 */
#include "libkmod/base/printable.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/overflow.h"

/* What a byte becomes that is not printed as it is: \xNN. */
#define ESCAPE_SIZE 4

/* UTF-8 characters of several bytes, by the range of their first and of their second byte. */
static const struct utf8_form {
	uint8_t first, first_last;
	uint8_t second, second_last;
	uint8_t size;
} utf8_forms[] = {
	{ 0xc2, 0xc2, 0xa0, 0xbf, 2 }, /* below 0xa0: control characters */
	{ 0xc3, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, /* below 0xa0: longer than needed */
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 }, /* above 0x9f: surrogates */
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, /* below 0x90: longer than needed */
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 }, /* above 0x8f: past U+10FFFF */
};

static bool has_form(const uint8_t *s, size_t size, const struct utf8_form *form)
{
	if (size < form->size)
		return false;
	if (s[0] < form->first || s[0] > form->first_last)
		return false;
	if (s[1] < form->second || s[1] > form->second_last)
		return false;
	for (size_t i = 2; i < form->size; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return false;
	return true;
}

/* Whether the character of three bytes at @s changes the direction of the text around it. */
static bool changes_direction(const uint8_t *s)
{
	/* U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069 */
	return s[0] == 0xe2 && ((s[1] == 0x80 && (s[2] == 0x8e || s[2] == 0x8f ||
						  (s[2] >= 0xaa && s[2] <= 0xae))) ||
				(s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9));
}

/* The bytes of the printable character that @s starts with; 0 where there is none. */
static size_t printable_size(const uint8_t *s, size_t size)
{
	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;

	for (size_t i = 0; i < sizeof(utf8_forms) / sizeof(utf8_forms[0]); i++)
		if (has_form(s, size, &utf8_forms[i]))
			return changes_direction(s) ? 0 : utf8_forms[i].size;
	return 0;
}

int printable_text(const void *bytes, size_t size, char **ret_text)
{
	const uint8_t *s = bytes;
	size_t room, n;
	char *text, *end;

	if (!size_mul(size, ESCAPE_SIZE, &room) || !size_add(room, 1, &room))
		return -ENOMEM;
	text = malloc(room);
	if (!text)
		return -ENOMEM;

	for (end = text; size > 0; s += n, size -= n) {
		n = printable_size(s, size);
		if (n > 0) {
			end = mempcpy(end, s, n);
		} else {
			end += snprintf(end, ESCAPE_SIZE + 1, "\\x%02x", s[0]);
			n = 1;
		}
	}
	*end = '\0';

	*ret_text = text;
	return 0;
}
