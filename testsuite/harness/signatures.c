/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes PKCS#7 in DER, trailers, and much that looks like them.
 */
#include "signatures.h"

#include <check.h>
#include <string.h>

#if HAVE_OPENSSL_COMMAND
#define LACKING_OPENSSL NULL
#else
#define LACKING_OPENSSL "no openssl command was found"
#endif

/* ---- DER ---- */

enum {
	INTEGER = 0x02,
	OCTETS = 0x04,
	NUL = 0x05,
	OID = 0x06,
	UTF8 = 0x0c
};
enum {
	SEQUENCE = 0x30,
	SET = 0x31,
	EXPLICIT_0 = 0xa0
};

static struct bytes byte(uint8_t value)
{
	return bytes_from(&value, 1);
}

/* @tag, the shortest length, @content. */
static struct bytes tlv(uint8_t tag, struct bytes content)
{
	const size_t n = content.size;
	uint8_t head[4] = { tag };
	size_t len = 1;

	if (n < 0x80) {
		head[len++] = (uint8_t)n;
	} else if (n < 0x100) {
		head[len++] = 0x81;
		head[len++] = (uint8_t)n;
	} else {
		head[len++] = 0x82;
		head[len++] = (uint8_t)(n >> 8);
		head[len++] = (uint8_t)n;
	}
	return bytes_join(bytes_from(head, len), content);
}

#define OID_OF(...)                                       \
	({                                                \
		const uint8_t oid_[] = { __VA_ARGS__ };   \
		tlv(OID, bytes_from(oid_, sizeof(oid_))); \
	})

/* 1.2.840.113549.1.7.@kind: 1 is data, 2 is signed data, 3 is enveloped data. */
static struct bytes pkcs7_type(uint8_t kind)
{
	return OID_OF(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, kind);
}

static struct bytes algorithm(struct bytes oid)
{
	return tlv(SEQUENCE, bytes_join(oid, tlv(NUL, NO_BYTES)));
}

static struct bytes signed_data(void)
{
	const struct bytes sha256 =
		algorithm(OID_OF(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01));
	const struct bytes rsa =
		algorithm(OID_OF(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01));
	/* RDNSequence: { { commonName, "kmod testsuite key" } } */
	const struct bytes issuer = tlv(
		SEQUENCE,
		tlv(SET, tlv(SEQUENCE, bytes_join(OID_OF(0x55, 0x04, 0x03),
						  tlv(UTF8, bytes_text("kmod testsuite key"))))));
	const struct bytes serial = tlv(INTEGER, bytes_text("\x11\x22\x33\x44\x55\x66\x77\x88"));
	struct bytes signer = tlv(INTEGER, byte(1));
	struct bytes data = tlv(INTEGER, byte(1));

	signer = bytes_join(signer, tlv(SEQUENCE, bytes_join(issuer, serial)));
	signer = bytes_join(signer, bytes_join(sha256, rsa));
	signer = bytes_join(signer, tlv(OCTETS, bytes_noise(256)));

	data = bytes_join(data, tlv(SET, sha256));
	data = bytes_join(data, tlv(SEQUENCE, pkcs7_type(1)));
	data = bytes_join(data, tlv(SET, tlv(SEQUENCE, signer)));
	return tlv(SEQUENCE, data);
}

static struct bytes content_info(struct bytes type, struct bytes content)
{
	return tlv(SEQUENCE, bytes_join(type, tlv(EXPLICIT_0, content)));
}

struct bytes signature_der(void)
{
	return content_info(pkcs7_type(2), signed_data());
}

/* ---- Messages that are not quite what they seem ---- */

static struct bytes der_data(void)
{
	return content_info(pkcs7_type(1), tlv(OCTETS, bytes_noise(300)));
}

static struct bytes der_enveloped(void)
{
	return content_info(pkcs7_type(3), signed_data());
}

/* The right bytes for a message, under an identifier that is nobody's. */
static struct bytes der_foreign_oid(void)
{
	return content_info(OID_OF(0x2a, 0x03, 0x04), signed_data());
}

static struct bytes der_and_a_byte(void)
{
	return bytes_join(signature_der(), byte(0));
}

static struct bytes der_and_a_newline(void)
{
	return bytes_join(signature_der(), byte('\n'));
}

static struct bytes der_twice(void)
{
	return bytes_join(signature_der(), signature_der());
}

static struct bytes der_cut(void)
{
	const struct bytes der = signature_der();

	return bytes_cut(der, 0, der.size - 1);
}

static struct bytes der_head_only(void)
{
	return bytes_cut(signature_der(), 0, 4);
}

/* 30 82 xx xx: the length again, as an indefinite one with its two zeroes at the end. */
static struct bytes ber_indefinite(void)
{
	const struct bytes der = signature_der();

	return bytes_join(bytes_join(bytes_from("\x30\x80", 2), bytes_cut(der, 4, der.size)),
			  bytes_from("\0\0", 2));
}

/* 30 82 xx xx: the length again, in three bytes where two are enough. */
static struct bytes ber_long_length(void)
{
	const struct bytes der = signature_der();

	return bytes_join(bytes_from("\x30\x83\0", 3), bytes_cut(der, 2, der.size));
}

/* The head of a message whose length is more than any file's. */
static struct bytes der_endless(void)
{
	const struct bytes der = signature_der();

	return bytes_join(bytes_from("\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff", 10),
			  bytes_cut(der, 4, der.size));
}

static struct bytes pem(void)
{
	return bytes_text("-----BEGIN PKCS7-----\nMAsGCSqGSIb3DQEHAg==\n-----END PKCS7-----\n");
}

/* ---- Trailers ---- */

static const char magic[] = "~Module signature appended~\n";

struct bytes signature_trailer(size_t size)
{
	uint8_t record[12] = { [2] = 2 };

	record[8] = (uint8_t)(size >> 24);
	record[9] = (uint8_t)(size >> 16);
	record[10] = (uint8_t)(size >> 8);
	record[11] = (uint8_t)size;
	return bytes_join(bytes_from(record, sizeof(record)), bytes_text(magic));
}

struct bytes signature_full(void)
{
	const struct bytes der = signature_der();

	return bytes_join(der, signature_trailer(der.size));
}

static struct bytes magic_only(void)
{
	return bytes_text(magic);
}

/* A trailer that says nothing true: the magic is all that libkmod looks at. */
static struct bytes false_trailer(void)
{
	return bytes_join(bytes_noise(100), signature_trailer(1u << 31));
}

static struct bytes two_trailers(void)
{
	return bytes_join(signature_full(), signature_full());
}

static struct bytes trailer_without_newline(void)
{
	const struct bytes full = signature_full();

	return bytes_cut(full, 0, full.size - 1);
}

static struct bytes trailer_and_a_byte(void)
{
	return bytes_join(signature_full(), byte('\n'));
}

/* ---- Neither ---- */

static struct bytes other(void)
{
	return bytes_text("what is this?");
}

static struct bytes one_byte(void)
{
	return byte(0);
}

static struct bytes empty(void)
{
	return NO_BYTES;
}

static struct bytes made_by_openssl(void)
{
	return bytes_of_file(TEST_MODULES "/basic.p7s");
}

const struct signature_row signatures[] = {
	[SIGNATURE_TRAILER] = { "full-trailer", signature_full, VERBATIM, NULL },
	[SIGNATURE_DER] = { "bare-DER", signature_der, TRAILER_ADDED, NULL },
	[SIGNATURE_OTHER] = { "other-bytes", other, VERBATIM_WITH_DOUBT, NULL },
	[SIGNATURE_EMPTY] = { "empty", empty, NOTHING_WITH_DOUBT, NULL },
	{ "one byte", one_byte, VERBATIM_WITH_DOUBT, NULL },
	{ "the-magic-alone", magic_only, VERBATIM, NULL },
	{ "a trailer that tells lies", false_trailer, VERBATIM, NULL },
	{ "two trailers", two_trailers, VERBATIM, NULL },
	{ "trailer without its newline", trailer_without_newline, VERBATIM_WITH_DOUBT, NULL },
	{ "trailer and a byte", trailer_and_a_byte, VERBATIM_WITH_DOUBT, NULL },
	{ "DER and a byte", der_and_a_byte, VERBATIM_WITH_DOUBT, NULL },
	{ "DER and a newline", der_and_a_newline, VERBATIM_WITH_DOUBT, NULL },
	{ "DER twice", der_twice, VERBATIM_WITH_DOUBT, NULL },
	{ "DER cut short", der_cut, VERBATIM_WITH_DOUBT, NULL },
	{ "four bytes of DER", der_head_only, VERBATIM_WITH_DOUBT, NULL },
	{ "DER of endless length", der_endless, VERBATIM_WITH_DOUBT, NULL },
	{ "PKCS#7 data", der_data, VERBATIM_WITH_DOUBT, NULL },
	{ "PKCS#7 enveloped data", der_enveloped, VERBATIM_WITH_DOUBT, NULL },
	{ "DER of a foreign type", der_foreign_oid, VERBATIM_WITH_DOUBT, NULL },
	{ "BER of indefinite length", ber_indefinite, VERBATIM_WITH_DOUBT, NULL },
	{ "BER with a long length", ber_long_length, VERBATIM_WITH_DOUBT, NULL },
	{ "PEM", pem, VERBATIM_WITH_DOUBT, NULL },
	{ "made-by-openssl", made_by_openssl, TRAILER_ADDED, LACKING_OPENSSL },
};
const size_t signatures_count = sizeof(signatures) / sizeof(signatures[0]);

const struct signature_row *signature_named(const char *name)
{
	for (size_t i = 0; i < signatures_count; i++) {
		if (strcmp(signatures[i].name, name) == 0)
			return &signatures[i];
	}
	ck_abort_msg("no signature is called '%s'", name);
}

struct bytes signature_appended(const struct signature_row *row)
{
	const struct bytes sig = row->make();

	return row->treatment == TRAILER_ADDED ? bytes_join(sig, signature_trailer(sig.size)) : sig;
}
