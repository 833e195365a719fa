/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The signature at the end of a module, and what a detached signature file holds.
 */
#include "libkmod/format/sigblock.h"

#include <errno.h>
#include <string.h>

#include "libkmod/format/der.h"

/* The last @n bytes of @s go to *@ret; false when fewer remain. */
static bool take_back(struct span *s, size_t n, struct span *ret)
{
	const uint8_t *const p = span_take_back(s, n);

	if (!p)
		return false;
	*ret = span_of(p, n);
	return true;
}

int sigblock_read(struct span file, struct sigblock *ret_block)
{
	struct span rest = file;
	struct sigblock block;
	const uint8_t *record;

	/* Magic: without it there is no signature. */
	if (!span_ends_with(&rest, SIGBLOCK_MAGIC, SIGBLOCK_MAGIC_SIZE))
		return -ENODATA;
	(void)span_take_back(&rest, SIGBLOCK_MAGIC_SIZE);

	/* Record: may be cut off. */
	record = span_take_back(&rest, SIGBLOCK_RECORD_SIZE);
	if (!record)
		return -EBADMSG;

	/* algo, hash, id_type: only id types that are known say what values the others have. */
	block.algo = record[0];
	block.hash = record[1];
	block.id_type = record[2];
	if (block.id_type < SIGBLOCK_ID_TYPES &&
	    (block.algo >= SIGBLOCK_ALGOS || block.hash >= SIGBLOCK_HASHES))
		return -EBADMSG;

	/* The three lengths, the last one first: each has to fit into what the others leave. */
	if (!take_back(&rest, load_be32(record + 8), &block.signature) ||
	    !take_back(&rest, record[4], &block.key_id) ||
	    !take_back(&rest, record[3], &block.signer))
		return -EBADMSG;
	if (block.signature.size == 0)
		return -EBADMSG;

	block.payload = rest;
	*ret_block = block;
	return 0;
}

void sigblock_build_trailer(uint8_t ret_trailer[SIGBLOCK_TRAILER_SIZE], uint32_t signature_size)
{
	memset(ret_trailer, 0, SIGBLOCK_RECORD_SIZE);
	ret_trailer[2] = SIGBLOCK_PKCS7;
	store_be32(ret_trailer + 8, signature_size);
	memcpy(ret_trailer + SIGBLOCK_RECORD_SIZE, SIGBLOCK_MAGIC, SIGBLOCK_MAGIC_SIZE);
}

/* ---- Detached signatures ------------------------------------------------------------------ */

/* Whether @file is a ContentInfo (RFC 2315) of type SignedData and nothing else. */
static bool is_signed_data(struct span file)
{
	struct span info, oid, content, data, skipped;

	/* ContentInfo: a type, and [0] with the content, which for this type is a SEQUENCE. */
	if (!der_take_all(file, DER_SEQUENCE, &info))
		return false;
	if (!der_take(&info, DER_OID, &oid) || !der_is_oid(oid, OID_SIGNED_DATA))
		return false;
	if (!der_take_all(info, DER_CONTEXT_0, &content) ||
	    !der_take_all(content, DER_SEQUENCE, &data))
		return false;

	/* SignedData: version, digest algorithms, (encapsulated) content. */
	if (!der_take(&data, DER_INTEGER, &skipped) || !der_take(&data, DER_SET, &skipped) ||
	    !der_take(&data, DER_SEQUENCE, &skipped))
		return false;

	/* Certificates and revocation lists: optional, in this order. */
	(void)der_take(&data, DER_CONTEXT_0, &skipped);
	(void)der_take(&data, DER_CONTEXT_1, &skipped);

	/* Signers: the last element. */
	return der_take_all(data, DER_SET, &skipped);
}

enum sigfile_kind sigfile_classify(struct span file)
{
	if (file.size == 0)
		return SIGFILE_EMPTY;
	if (span_ends_with(&file, SIGBLOCK_MAGIC, SIGBLOCK_MAGIC_SIZE))
		return SIGFILE_TRAILER;
	if (is_signed_data(file))
		return SIGFILE_PKCS7;
	return SIGFILE_OTHER;
}
