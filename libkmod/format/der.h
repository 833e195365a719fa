/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DER (ITU-T X.690), as far as PKCS#7 messages are looked into without OpenSSL: every element is a
 * tag, a length and as many bytes of contents.
 */
#ifndef FORMAT_DER_H
#define FORMAT_DER_H

#include "libkmod/format/span.h"

enum {
	DER_INTEGER = 0x02,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_IA5_STRING = 0x16,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT_0 = 0xa0,	/* [0] and [1], holding other elements */
	DER_CONTEXT_1 = 0xa1,
};

/* Takes the length of an element; false where it ends early or is not in its shortest form. */
static inline bool der_take_length(struct span *s, size_t *ret)
{
	const uint8_t *const first = span_take(s, 1);
	const uint8_t *bytes;
	uint32_t length = 0;
	size_t n;

	if (!first)
		return false;

	/* Below 128 this one byte is the length. */
	if (*first < 0x80) {
		*ret = *first;
		return true;
	}

	/* Else it says how many bytes follow; none would be the indefinite form of BER. */
	n = *first & 0x7f;
	if (n == 0 || n > sizeof(length))
		return false;
	bytes = span_take(s, n);
	if (!bytes || bytes[0] == 0)
		return false;

	for (size_t i = 0; i < n; i++)
		length = length << 8 | bytes[i];
	if (length < 0x80)
		return false;

	*ret = length;
	return true;
}

/*
 * Takes the element that @s starts with, if its tag is @tag; the contents go to *@ret_contents.
 * False, and @s as it was, where there is another element or a malformed one.
 */
static inline bool der_take(struct span *s, uint8_t tag, struct span *ret_contents)
{
	struct span rest = *s;
	const uint8_t *const found = span_take(&rest, 1);
	const uint8_t *contents;
	size_t length;

	if (!found || *found != tag || !der_take_length(&rest, &length))
		return false;
	contents = span_take(&rest, length);
	if (!contents)
		return false;

	*s = rest;
	*ret_contents = span_of(contents, length);
	return true;
}

/* The same, of an element that takes up the whole of @s. */
static inline bool der_take_all(struct span s, uint8_t tag, struct span *ret_contents)
{
	return der_take(&s, tag, ret_contents) && s.size == 0;
}

/* The contents of object identifiers, for der_is_oid(). */
#define OID_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"	   /* 1.2.840.113549.1.7.1 */
#define OID_SIGNED_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" /* 1.2.840.113549.1.7.2 */
#define OID_COMMON_NAME "\x55\x04\x03"			   /* 2.5.4.3 */

/* Whether @oid, the contents of an object identifier, is the one in @contents, a string. */
static inline bool der_is_oid(struct span oid, const char *contents)
{
	return oid.size == strlen(contents) && memcmp(oid.data, contents, oid.size) == 0;
}

#endif
