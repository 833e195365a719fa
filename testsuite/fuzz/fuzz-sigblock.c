/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/format/sigblock.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "libkmod/format/sigblock.h"

/* That the parts of @block lie in @file one behind the other, up to the trailer. */
static void check_parts(struct span file, const struct sigblock *block)
{
	const uint8_t *p = file.data;

	fuzz_assert(block->payload.data == p);
	p += block->payload.size;
	fuzz_assert(block->signer.data == p);
	p += block->signer.size;
	fuzz_assert(block->key_id.data == p);
	p += block->key_id.size;
	fuzz_assert(block->signature.data == p && block->signature.size > 0);
	p += block->signature.size;
	fuzz_assert((size_t)(p - file.data) + SIGBLOCK_TRAILER_SIZE == file.size);
}

/* That @message, with a trailer made for it, is found again. */
static void check_trailer(struct span message)
{
	const size_t size = message.size + SIGBLOCK_TRAILER_SIZE;
	uint8_t *const file = malloc(size);
	struct sigblock block;

	fuzz_assert(file);
	memcpy(file, message.data, message.size);
	sigblock_build_trailer(file + message.size, (uint32_t)message.size);

	fuzz_assert(sigblock_read(span_of(file, size), &block) == 0);
	fuzz_assert(block.id_type == SIGBLOCK_PKCS7);
	fuzz_assert(block.payload.size == 0 && block.signature.size == message.size);
	free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span file = span_of(data, size);
	const enum sigfile_kind kind = sigfile_classify(file);
	struct sigblock block;
	const int r = sigblock_read(file, &block);

	if (r == 0)
		check_parts(file, &block);
	fuzz_assert(r == 0 || r == -ENODATA || r == -EBADMSG);
	fuzz_assert((kind == SIGFILE_EMPTY) == (size == 0));
	fuzz_assert((kind == SIGFILE_TRAILER) == (r != -ENODATA));
	if (kind == SIGFILE_PKCS7)
		check_trailer(file);
	return 0;
}
