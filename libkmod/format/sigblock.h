/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The signature at the end of a module, and what a detached signature file holds.
 *
 *	payload | signer name | key id | signature data | record (12 bytes) | magic (28 bytes)
 *
 * The record is
 *
 *	u8 algo, u8 hash, u8 id_type, u8 signer length, u8 key id length, u8 pad[3],
 *	u32 length of the signature data, big endian
 *
 * and record and magic together are the trailer. Everything is found from the end backwards.
 * Nothing here is verified: the kernel is the only judge of a signature.
 */
#ifndef FORMAT_SIGBLOCK_H
#define FORMAT_SIGBLOCK_H

#include <stdint.h>

#include "libkmod/format/span.h"

#define SIGBLOCK_MAGIC "~Module signature appended~\n"
#define SIGBLOCK_MAGIC_SIZE (sizeof(SIGBLOCK_MAGIC) - 1)
#define SIGBLOCK_RECORD_SIZE 12
#define SIGBLOCK_TRAILER_SIZE (SIGBLOCK_RECORD_SIZE + SIGBLOCK_MAGIC_SIZE)

/* id_type: how the signature data is laid out. */
enum {
	SIGBLOCK_PGP,
	SIGBLOCK_X509,
	SIGBLOCK_PKCS7,	/* the signature data says it all: every other field is 0 */
	SIGBLOCK_ID_TYPES,
};

/* Of the three id types above, algo and hash are below these. */
#define SIGBLOCK_ALGOS 2
#define SIGBLOCK_HASHES 9

/* A signature taken apart. The spans are borrowed from the bytes that it was read from. */
struct sigblock {
	struct span payload;	/* all that precedes it; empty where it stands alone */
	struct span signer;
	struct span key_id;
	struct span signature;	/* never empty */
	uint8_t algo;
	uint8_t hash;
	uint8_t id_type;	/* any value: see SIGBLOCK_ID_TYPES */
};

/*
 * Takes apart the signature that @file, a decompressed module or a signature file, ends with.
 * Where there are several, one behind the other, that is the last one: the one the kernel uses.
 *
 * Returns 0; -ENODATA when @file does not end with the magic, thus is not signed; -EBADMSG when
 * it does, but the lengths do not fit into @file, or there is no signature data, or algo or hash
 * is out of range for a known id type. Such a module counts as signed, and damaged. The padding
 * is not looked at. An id type that is not known is no error.
 */
int sigblock_read(struct span file, struct sigblock *ret_block);

/* The trailer to put behind @signature_size bytes of PKCS#7. */
void sigblock_build_trailer(uint8_t ret_trailer[SIGBLOCK_TRAILER_SIZE], uint32_t signature_size);

/* What is in a detached signature file, and so, what has to follow it in memory. */
enum sigfile_kind {
	SIGFILE_EMPTY,		/* no byte at all */
	SIGFILE_TRAILER,	/* ends with the magic: complete */
	SIGFILE_PKCS7,		/* exactly one PKCS#7 SignedData: lacks its trailer */
	SIGFILE_OTHER,		/* anything else */
};

/*
 * What @file holds. SIGFILE_PKCS7 takes a DER ContentInfo of type SignedData that begins and ends
 * where the file does, down to the last element of the SignedData. Lengths that DER does not
 * allow (indefinite, or not in their shortest form) make it SIGFILE_OTHER. What the elements of
 * the SignedData contain has no say in where they end, and is left to the kernel.
 */
enum sigfile_kind sigfile_classify(struct span file);

#endif
