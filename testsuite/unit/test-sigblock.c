/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/format/sigblock.c.
 */
#include "libkmod/format/sigblock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Taking apart --------------------------------------------------------------------------- */

/* What stands in the record, in its order. */
struct record {
	uint8_t algo, hash, id_type, signer_size, key_id_size, pad[3];
	uint32_t signature_size;
};

/* @payload bytes of any kind, @record, magic: in a block that ends where these do. */
static uint8_t *make_file(size_t payload_size, const struct record *record, size_t *ret_size)
{
	const uint8_t fixed[] = {
		record->algo,
		record->hash,
		record->id_type,
		record->signer_size,
		record->key_id_size,
		record->pad[0],
		record->pad[1],
		record->pad[2],
		(uint8_t)(record->signature_size >> 24),
		(uint8_t)(record->signature_size >> 16),
		(uint8_t)(record->signature_size >> 8),
		(uint8_t)record->signature_size,
	};
	const size_t size = payload_size + 12 + 28;
	uint8_t *const file = malloc(size);

	ck_assert_ptr_nonnull(file);
	for (size_t i = 0; i < payload_size; i++)
		file[i] = (uint8_t)i;
	memcpy(file + payload_size, fixed, 12);
	memcpy(file + payload_size + 12, "~Module signature appended~\n", 28);
	*ret_size = size;
	return file;
}

static int read_record(size_t payload_size, const struct record *record)
{
	struct sigblock block;
	size_t size;
	_cleanup_free_ uint8_t *file = make_file(payload_size, record, &size);

	return sigblock_read(span_of(file, size), &block);
}

static void assert_span(struct span span, const uint8_t *data, size_t size)
{
	ck_assert_ptr_eq(span.data, data);
	ck_assert_uint_eq(span.size, size);
}

START_TEST(fields)
{
	static const struct record record = {
		.algo = 1,
		.hash = 4,
		.id_type = SIGBLOCK_X509,
		.signer_size = 5,
		.key_id_size = 7,
		.signature_size = 300,
	};
	struct sigblock block;
	size_t size;
	_cleanup_free_ uint8_t *file = make_file(1000, &record, &size);

	ck_assert_int_eq(sigblock_read(span_of(file, size), &block), 0);
	ck_assert_uint_eq(block.algo, 1);
	ck_assert_uint_eq(block.hash, 4);
	ck_assert_uint_eq(block.id_type, 1);
	assert_span(block.payload, file, 1000 - 312);
	assert_span(block.signer, file + 1000 - 312, 5);
	assert_span(block.key_id, file + 1000 - 307, 7);
	assert_span(block.signature, file + 1000 - 300, 300);
}
END_TEST

START_TEST(lengths)
{
	static const struct {
		size_t payload_size;
		struct record record;
		int result;
	} cases[] = {
		/* exactly what there is, and one more, by each of the three */
		{ 10, { .signature_size = 10 }, 0 },
		{ 10, { .signature_size = 11 }, -EBADMSG },
		{ 10, { .key_id_size = 9, .signature_size = 1 }, 0 },
		{ 10, { .key_id_size = 10, .signature_size = 1 }, -EBADMSG },
		{ 10, { .signer_size = 9, .signature_size = 1 }, 0 },
		{ 10, { .signer_size = 10, .signature_size = 1 }, -EBADMSG },
		{ 10, { .signer_size = 3, .key_id_size = 3, .signature_size = 4 }, 0 },
		{ 10, { .signer_size = 3, .key_id_size = 3, .signature_size = 5 }, -EBADMSG },
		{ 10, { .signer_size = 3, .key_id_size = 4, .signature_size = 4 }, -EBADMSG },
		{ 10, { .signer_size = 4, .key_id_size = 3, .signature_size = 4 }, -EBADMSG },
		{ 511, { .signer_size = 255, .key_id_size = 255, .signature_size = 1 }, 0 },
		{ 510, { .signer_size = 255, .key_id_size = 255, .signature_size = 1 }, -EBADMSG },
		/* sums that wrap around at 32 bits, to something that would fit */
		{ 600, { .signature_size = UINT32_MAX }, -EBADMSG },
		{ 600, { .key_id_size = 1, .signature_size = UINT32_MAX }, -EBADMSG },
		{ 600, { .signer_size = 1, .signature_size = UINT32_MAX }, -EBADMSG },
		{ 600,
		  { .signer_size = 255, .key_id_size = 255, .signature_size = UINT32_MAX },
		  -EBADMSG },
		{ 600, { .signature_size = UINT32_MAX - 12 - 28 + 2 }, -EBADMSG },
		{ 600, { .signature_size = INT32_MAX }, -EBADMSG },
		{ 600, { .signature_size = UINT32_C(1) << 31 }, -EBADMSG },
		/* there has to be signature data */
		{ 0, { .signature_size = 0 }, -EBADMSG },
		{ 600, { .signature_size = 0 }, -EBADMSG },
		{ 600, { .signer_size = 1, .key_id_size = 1, .signature_size = 0 }, -EBADMSG },
		/* the padding says nothing */
		{ 600, { .pad = { 1, 2, 255 }, .signature_size = 1 }, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_msg(read_record(cases[i].payload_size, &cases[i].record) ==
				      cases[i].result,
			      "case %zu", i);
}
END_TEST

/* All values of the three fields that have a range, each with the others 0. */
START_TEST(ranges)
{
	for (unsigned int v = 0; v < 256; v++) {
		const uint8_t value = (uint8_t)v;

		for (uint8_t type = 0; type < 3; type++) {
			ck_assert_int_eq(read_record(9, &(struct record){ .algo = value,
									  .id_type = type,
									  .signature_size = 9 }),
					 v < 2 ? 0 : -EBADMSG);
			ck_assert_int_eq(read_record(9, &(struct record){ .hash = value,
									  .id_type = type,
									  .signature_size = 9 }),
					 v < 9 ? 0 : -EBADMSG);
		}
		/* An id type that is not known gives the others no range. */
		ck_assert_int_eq(read_record(9, &(struct record){ .algo = value,
								  .hash = value,
								  .id_type = 3,
								  .signature_size = 9 }),
				 0);
		ck_assert_int_eq(read_record(9, &(struct record){ .id_type = value,
								  .signature_size = 9 }),
				 0);
	}
}
END_TEST

START_TEST(unsigned_files)
{
	static const char magic[] = "~Module signature appended~\n";
	char with_more[64];
	struct sigblock block;

	ck_assert_int_eq(sigblock_read(span_of(NULL, 0), &block), -ENODATA);
	ck_assert_int_eq(sigblock_read(span_of("", 1), &block), -ENODATA);
	ck_assert_int_eq(sigblock_read(span_of("\177ELF", 4), &block), -ENODATA);

	/* The magic counts at the very end only, and only all of it. */
	for (size_t n = 0; n < 28; n++) {
		ck_assert_int_eq(sigblock_read(span_of(magic, n), &block), -ENODATA);
		ck_assert_int_eq(sigblock_read(span_of(magic + 28 - n, n), &block), -ENODATA);
	}
	memset(with_more, 0, sizeof(with_more));
	memcpy(with_more + 20, magic, 28);
	ck_assert_int_eq(sigblock_read(span_of(with_more, 49), &block), -ENODATA);
	ck_assert_int_eq(sigblock_read(span_of(with_more, 47), &block), -ENODATA);
	ck_assert_int_eq(sigblock_read(span_of(with_more, 48), &block), -EBADMSG);
}
END_TEST

/* Nothing is written unless the result is 0. */
START_TEST(untouched_on_failure)
{
	static const struct record bad = { .signature_size = 100 };
	struct sigblock block, before;
	size_t size;
	_cleanup_free_ uint8_t *file = make_file(50, &bad, &size);

	memset(&before, 0x5a, sizeof(before));
	memcpy(&block, &before, sizeof(block));
	ck_assert_int_eq(sigblock_read(span_of(file, size), &block), -EBADMSG);
	ck_assert_mem_eq(&block, &before, sizeof(block));
	ck_assert_int_eq(sigblock_read(span_of(file, size - 1), &block), -ENODATA);
	ck_assert_mem_eq(&block, &before, sizeof(block));
}
END_TEST

/* A signed module that lost bytes at its end is unsigned; at its start, damaged in the end. */
START_TEST(cut_everywhere)
{
	static const struct record record = {
		.signer_size = 3,
		.key_id_size = 4,
		.signature_size = 20,
	};
	size_t size;
	_cleanup_free_ uint8_t *file = make_file(50, &record, &size);

	for (size_t n = 1; n <= size; n++) {
		const size_t left = size - n;
		_cleanup_free_ uint8_t *part = malloc(left > 0 ? left : 1);
		struct sigblock block;
		int expected = 0;

		ck_assert_ptr_nonnull(part);
		memcpy(part, file, left);
		ck_assert_int_eq(sigblock_read(span_of(part, left), &block), -ENODATA);

		if (left < 28)
			expected = -ENODATA;
		else if (left < 27 + 12 + 28)
			expected = -EBADMSG;
		memcpy(part, file + n, left);
		ck_assert_int_eq(sigblock_read(span_of(part, left), &block), expected);
		if (expected == 0)
			ck_assert_uint_eq(block.payload.size, left - 27 - 12 - 28);
	}
}
END_TEST

/* What one flipped bit of a PKCS#7 record does: @byte counts from the start of the record. */
static int result_of_flip(size_t byte, unsigned int bit, size_t room, uint32_t signature_size)
{
	const uint32_t value = UINT32_C(1) << bit;

	switch (byte) {
	case 0: /* algo: was 0 */
		return value < 2 ? 0 : -EBADMSG;
	case 1: /* hash: was 0 */
		return value < 9 ? 0 : -EBADMSG;
	case 2: /* id type: every value is possible */
		return 0;
	case 3: /* signer length, key id length: were 0 */
	case 4:
		return value + signature_size <= room ? 0 : -EBADMSG;
	case 5: /* padding */
	case 6:
	case 7:
		return 0;
	case 8: /* signature length */
	case 9:
	case 10:
	case 11:
		signature_size ^= value << (8 * (11 - byte));
		return signature_size > 0 && signature_size <= room ? 0 : -EBADMSG;
	default: /* magic */
		return -ENODATA;
	}
}

START_TEST(flip_every_bit)
{
	static const struct record record = { .id_type = SIGBLOCK_PKCS7, .signature_size = 64 };
	const size_t room = 100;
	size_t size;
	_cleanup_free_ uint8_t *file = make_file(room, &record, &size);

	for (size_t byte = 0; byte < 40; byte++)
		for (unsigned int bit = 0; bit < 8; bit++) {
			struct sigblock block;

			file[room + byte] ^= (uint8_t)(1U << bit);
			ck_assert_msg(sigblock_read(span_of(file, size), &block) ==
					      result_of_flip(byte, bit, room, 64),
				      "byte %zu, bit %u", byte, bit);
			file[room + byte] ^= (uint8_t)(1U << bit);
		}
}
END_TEST

static void assert_text(struct span span, const char *text)
{
	ck_assert_uint_eq(span.size, strlen(text));
	ck_assert_int_eq(memcmp(span.data, text, span.size), 0);
}

START_TEST(data_files)
{
	static const struct {
		const char *name;
		int result;
		uint8_t algo, hash, id_type;
		const char *payload, *signer, *key_id, *signature; /* NULL: not compared */
	} cases[] = {
		{ "good-sigblock-pkcs7.bin", 0, 0, 0, 2, "payload\n", "", "", NULL },
		{ "good-sigblock-alone.bin", 0, 0, 0, 2, "", "", "", NULL },
		{ "good-sigblock-twice.bin", 0, 0, 0, 2, NULL, "", "", NULL },
		{ "good-sigblock-pgp.bin", 0, 0, 2, 0, "payload\n", "Signer", "KeyId",
		  "Signature" },
		{ "good-sigblock-x509.bin", 0, 1, 8, 1, "payload\n", "Signer", "KeyId",
		  "Signature" },
		{ "unsupported-sigblock-id-type-3.bin", 0, 0, 0, 3, "payload\n", "", "", "Proof" },
		{ "unsupported-sigblock-id-type-255.bin", 0, 255, 254, 255, "payload\n", "Signer",
		  "KeyId", "Signature" },
		{ .name = "bad-sigblock-no-record.bin", .result = -EBADMSG },
		{ .name = "bad-sigblock-cut-record.bin", .result = -EBADMSG },
		{ .name = "bad-sigblock-no-signature.bin", .result = -EBADMSG },
		{ .name = "bad-sigblock-signature-too-long.bin", .result = -EBADMSG },
		{ .name = "bad-sigblock-key-id-too-long.bin", .result = -EBADMSG },
		{ .name = "bad-sigblock-signer-too-long.bin", .result = -EBADMSG },
		{ .name = "bad-sigblock-length-max.bin", .result = -EBADMSG },
		{ .name = "bad-sigblock-algo.bin", .result = -EBADMSG },
		{ .name = "bad-sigblock-hash.bin", .result = -EBADMSG },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t size;
		_cleanup_free_ uint8_t *file = unit_read(cases[i].name, &size);
		struct sigblock block;

		ck_assert_msg(sigblock_read(span_of(file, size), &block) == cases[i].result, "%s",
			      cases[i].name);
		if (cases[i].result < 0)
			continue;
		ck_assert_uint_eq(block.algo, cases[i].algo);
		ck_assert_uint_eq(block.hash, cases[i].hash);
		ck_assert_uint_eq(block.id_type, cases[i].id_type);
		assert_text(block.signer, cases[i].signer);
		assert_text(block.key_id, cases[i].key_id);
		if (cases[i].payload)
			assert_text(block.payload, cases[i].payload);
		if (cases[i].signature)
			assert_text(block.signature, cases[i].signature);
	}
}
END_TEST

/* The last of two signatures is found; what it covers ends with the first one. */
START_TEST(signed_twice)
{
	size_t size;
	_cleanup_free_ uint8_t *file = unit_read("good-sigblock-twice.bin", &size);
	struct sigblock last, first;

	ck_assert_int_eq(sigblock_read(span_of(file, size), &last), 0);
	ck_assert_int_eq(sigblock_read(last.payload, &first), 0);
	assert_text(first.payload, "payload\n");
	ck_assert_ptr_eq(last.signature.data, first.signature.data + first.signature.size + 40);
}
END_TEST

/* ---- Building ------------------------------------------------------------------------------- */

START_TEST(trailer)
{
	static const uint8_t expected[] = "\0\0\2\0\0\0\0\0\x12\x34\x56\x78"
					  "~Module signature appended~\n";
	uint8_t built[41];

	memset(built, 0xff, sizeof(built));
	sigblock_build_trailer(built, 0x12345678);
	ck_assert_mem_eq(built, expected, 40);
	ck_assert_uint_eq(built[40], 0xff);
}
END_TEST

START_TEST(trailer_read_back)
{
	size_t size;
	_cleanup_free_ uint8_t *message = unit_read("good-pkcs7-openssl.sig", &size);
	_cleanup_free_ uint8_t *file = malloc(size + SIGBLOCK_TRAILER_SIZE);
	struct sigblock block;

	ck_assert_ptr_nonnull(file);
	memcpy(file, message, size);
	sigblock_build_trailer(file + size, (uint32_t)size);
	ck_assert_int_eq(sigblock_read(span_of(file, size + 40), &block), 0);
	ck_assert_uint_eq(block.id_type, SIGBLOCK_PKCS7);
	assert_span(block.signature, file, size);
	assert_span(block.payload, file, 0);
	ck_assert_int_eq(sigfile_classify(span_of(file, size + 40)), SIGFILE_TRAILER);
}
END_TEST

/* ---- Kinds of signature file ---------------------------------------------------------------- */

START_TEST(kinds)
{
	static const struct {
		const char *name;
		enum sigfile_kind kind;
	} cases[] = {
		{ "good-pkcs7-openssl.sig", SIGFILE_PKCS7 },
		{ "good-pkcs7-openssl-certs.sig", SIGFILE_PKCS7 },
		{ "good-pkcs7-openssl-keyid.sig", SIGFILE_PKCS7 },
		{ "good-pkcs7-openssl-attrs.sig", SIGFILE_PKCS7 },
		{ "good-pkcs7-plain.sig", SIGFILE_PKCS7 },
		{ "good-pkcs7-two-signers.sig", SIGFILE_PKCS7 },
		{ "good-pkcs7-certificates.sig", SIGFILE_PKCS7 },
		{ "good-pkcs7-revocations.sig", SIGFILE_PKCS7 },
		{ "good-pkcs7-key-id.sig", SIGFILE_PKCS7 },
		/* What the elements contain is the kernel's business. */
		{ "good-pkcs7-content.sig", SIGFILE_PKCS7 },
		{ "bad-pkcs7-no-signer.sig", SIGFILE_PKCS7 },
		{ "bad-pkcs7-serial-padded.sig", SIGFILE_PKCS7 },
		{ "bad-pkcs7-name-not-utf8.sig", SIGFILE_PKCS7 },
		/* BER but not DER */
		{ "unsupported-pkcs7-indefinite.sig", SIGFILE_OTHER },
		{ "unsupported-pkcs7-long-length.sig", SIGFILE_OTHER },
		{ "unsupported-pkcs7-zero-in-length.sig", SIGFILE_OTHER },
		/* another type */
		{ "bad-pkcs7-enveloped.sig", SIGFILE_OTHER },
		{ "bad-pkcs7-data.sig", SIGFILE_OTHER },
		/* too much or too little, at each level */
		{ "bad-pkcs7-no-content.sig", SIGFILE_OTHER },
		{ "bad-pkcs7-behind-signers.sig", SIGFILE_OTHER },
		{ "bad-pkcs7-behind-content.sig", SIGFILE_OTHER },
		{ "bad-pkcs7-behind-file.sig", SIGFILE_OTHER },
		{ "bad-pkcs7-truncated.sig", SIGFILE_OTHER },
		/* with a trailer, whatever is before it */
		{ "good-sigblock-alone.bin", SIGFILE_TRAILER },
		{ "good-sigblock-twice.bin", SIGFILE_TRAILER },
		{ "bad-sigblock-no-record.bin", SIGFILE_TRAILER },
		{ "bad-sigblock-length-max.bin", SIGFILE_TRAILER },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t size;
		_cleanup_free_ uint8_t *file = unit_read(cases[i].name, &size);

		ck_assert_msg(sigfile_classify(span_of(file, size)) == cases[i].kind, "%s",
			      cases[i].name);
	}
}
END_TEST

START_TEST(kinds_of_little)
{
	ck_assert_int_eq(sigfile_classify(span_of(NULL, 0)), SIGFILE_EMPTY);
	ck_assert_int_eq(sigfile_classify(span_of("", 0)), SIGFILE_EMPTY);
	ck_assert_int_eq(sigfile_classify(span_of("", 1)), SIGFILE_OTHER);
	ck_assert_int_eq(sigfile_classify(span_of("\n", 1)), SIGFILE_OTHER);
	ck_assert_int_eq(sigfile_classify(span_of("-----BEGIN PKCS7-----\n", 22)), SIGFILE_OTHER);
	ck_assert_int_eq(sigfile_classify(span_of("\x30\x00", 2)), SIGFILE_OTHER);
	ck_assert_int_eq(sigfile_classify(span_of("\x30\x80\x00\x00", 4)), SIGFILE_OTHER);
	ck_assert_int_eq(sigfile_classify(span_of("\x30\xff", 2)), SIGFILE_OTHER);
}
END_TEST

/* A message is one only from its first byte to its last. */
START_TEST(cut_message_everywhere)
{
	static const char *const names[] = { "good-pkcs7-plain.sig", "good-pkcs7-two-signers.sig",
					     "good-pkcs7-openssl-certs.sig" };

	for (size_t i = 0; i < COUNT(names); i++) {
		size_t size;
		_cleanup_free_ uint8_t *file = unit_read(names[i], &size);
		_cleanup_free_ uint8_t *longer = malloc(size + 2);

		for (size_t n = 1; n < size; n++) {
			_cleanup_free_ uint8_t *part = malloc(size - n);

			ck_assert_ptr_nonnull(part);
			memcpy(part, file, size - n);
			ck_assert_int_eq(sigfile_classify(span_of(part, size - n)), SIGFILE_OTHER);
			memcpy(part, file + n, size - n);
			ck_assert_int_eq(sigfile_classify(span_of(part, size - n)), SIGFILE_OTHER);
		}

		ck_assert_ptr_nonnull(longer);
		for (unsigned int byte = 0; byte < 256; byte++) {
			memcpy(longer + 1, file, size);
			longer[0] = longer[size + 1] = (uint8_t)byte;
			ck_assert_int_eq(sigfile_classify(span_of(longer, size + 1)),
					 SIGFILE_OTHER);
			ck_assert_int_eq(sigfile_classify(span_of(longer + 1, size + 1)),
					 SIGFILE_OTHER);
		}
	}
}
END_TEST

/* One byte away from a message: tags, lengths and the type each count. */
START_TEST(structure_of_message)
{
	/* good-pkcs7-plain.sig: where tags, lengths and the bytes of the type are */
	static const uint8_t structure[] = {
		0, 1, /* ContentInfo */
		2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, /* type */
		13, 14, /* [0] */
		15, 16, /* SignedData */
		17, 18, /* version */
		20, 21, /* digest algorithms */
		35, 36, /* content */
		48, 49, /* signers */
	};
	size_t size;
	_cleanup_free_ uint8_t *file = unit_read("good-pkcs7-plain.sig", &size);

	ck_assert_int_eq(sigfile_classify(span_of(file, size)), SIGFILE_PKCS7);
	for (size_t i = 0; i < COUNT(structure); i++) {
		const uint8_t was = file[structure[i]];

		for (unsigned int value = 0; value < 256; value++) {
			if (value == was)
				continue;
			file[structure[i]] = (uint8_t)value;
			ck_assert_msg(sigfile_classify(span_of(file, size)) == SIGFILE_OTHER,
				      "byte %u is %u", structure[i], value);
		}
		file[structure[i]] = was;
	}
}
END_TEST

/* The type counts as a whole: neither what begins like it nor what it begins with is the same. */
START_TEST(type_of_message)
{
	static const uint8_t tail[] = {
		0xa0, 0x0b, 0x30, 0x09, 0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x00, 0x31, 0x00,
	};
	static const uint8_t oid[] = {
		0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0x02,
	};

	for (size_t n = 0; n <= sizeof(oid); n++) {
		const size_t size = 4 + n + sizeof(tail);
		_cleanup_free_ uint8_t *file = malloc(size);

		ck_assert_ptr_nonnull(file);
		file[0] = 0x30;
		file[1] = (uint8_t)(size - 2);
		file[2] = 0x06;
		file[3] = (uint8_t)n;
		memcpy(file + 4, oid, n);
		memcpy(file + 4 + n, tail, sizeof(tail));
		ck_assert_int_eq(sigfile_classify(span_of(file, size)),
				 n == 9 ? SIGFILE_PKCS7 : SIGFILE_OTHER);
	}
}
END_TEST

/* A length of 40 bits, of which the lower 32 would fit. */
START_TEST(length_wraps)
{
	static const uint8_t header[] = { 0x30, 0x85, 0x01, 0x00, 0x00, 0x00, 0xc7 };
	size_t size;
	_cleanup_free_ uint8_t *file = unit_read("good-pkcs7-two-signers.sig", &size);
	_cleanup_free_ uint8_t *wrapped = malloc(size + 4);

	ck_assert_ptr_nonnull(wrapped);
	ck_assert_uint_eq(file[2], 0xc7);
	memcpy(wrapped, header, sizeof(header));
	memcpy(wrapped + sizeof(header), file + 3, size - 3);
	ck_assert_int_eq(sigfile_classify(span_of(wrapped, size + 4)), SIGFILE_OTHER);
}
END_TEST

/* Puts a tag and the length @size before @p, with @excess bytes of length that are not needed. */
static uint8_t *put_header(uint8_t *p, uint8_t tag, size_t size, unsigned int excess)
{
	unsigned int n = excess;
	size_t rest = size;

	if (size >= 0x80)
		for (size_t left = size; left > 0; left >>= 8)
			n++;
	for (unsigned int i = 0; i < n; i++, rest >>= 8)
		*--p = (uint8_t)rest;
	*--p = n > 0 ? (uint8_t)(0x80 | n) : (uint8_t)size;
	*--p = tag;
	return p;
}

/* The kind of a message with @size bytes in its last element and such excess in two lengths. */
static enum sigfile_kind kind_of_message(size_t size, unsigned int excess_inside,
					 unsigned int excess_outside)
{
	static const uint8_t before_signers[] = {
		0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x00,
	};
	static const uint8_t type[] = {
		0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02,
	};
	const size_t room = size + 100;
	_cleanup_free_ uint8_t *bytes = calloc(1, room);
	uint8_t *const end = bytes + room;
	uint8_t *p = end - size;

	ck_assert_ptr_nonnull(bytes);
	p = put_header(p, 0x31, size, excess_inside);
	p -= sizeof(before_signers);
	memcpy(p, before_signers, sizeof(before_signers));
	p = put_header(p, 0x30, (size_t)(end - p), 0);
	p = put_header(p, 0xa0, (size_t)(end - p), 0);
	p -= sizeof(type);
	memcpy(p, type, sizeof(type));
	p = put_header(p, 0x30, (size_t)(end - p), excess_outside);
	return sigfile_classify(span_of(p, (size_t)(end - p)));
}

/* Lengths that take 1 to 4 bytes: only the shortest form counts. */
START_TEST(length_forms)
{
	static const size_t sizes[] = {
		0, 1, 90, 127, 128, 129, 255, 256, 65000, 65535, 65536, 1 << 20, 1 << 24,
	};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		ck_assert_int_eq(kind_of_message(sizes[i], 0, 0), SIGFILE_PKCS7);
		for (unsigned int excess = 1; excess < 6; excess++) {
			ck_assert_int_eq(kind_of_message(sizes[i], excess, 0), SIGFILE_OTHER);
			ck_assert_int_eq(kind_of_message(sizes[i], 0, excess), SIGFILE_OTHER);
		}
	}
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("sigblock");
	TCase *const tests = tcase_create("sigblock");

	tcase_add_test(tests, fields);
	tcase_add_test(tests, lengths);
	tcase_add_test(tests, ranges);
	tcase_add_test(tests, unsigned_files);
	tcase_add_test(tests, untouched_on_failure);
	tcase_add_test(tests, cut_everywhere);
	tcase_add_test(tests, flip_every_bit);
	tcase_add_test(tests, data_files);
	tcase_add_test(tests, signed_twice);
	tcase_add_test(tests, trailer);
	tcase_add_test(tests, trailer_read_back);
	tcase_add_test(tests, kinds);
	tcase_add_test(tests, kinds_of_little);
	tcase_add_test(tests, cut_message_everywhere);
	tcase_add_test(tests, structure_of_message);
	tcase_add_test(tests, type_of_message);
	tcase_add_test(tests, length_wraps);
	tcase_add_test(tests, length_forms);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
