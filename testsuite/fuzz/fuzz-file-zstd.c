/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/file-zstd.c: see load.c.
 */
#include <errno.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "fuzz.h"
#include "load.h"

/* Bits: a checksum; no size in the header; a skippable frame behind it; the level. */
static void pack(struct made *file, struct span payload, uint8_t options)
{
	static const uint8_t skippable[] = { 0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c' };
	ZSTD_CCtx *const cctx = ZSTD_createCCtx();
	const size_t bound = ZSTD_compressBound(payload.size);
	size_t size;

	fuzz_assert(cctx != NULL);
	(void)ZSTD_CCtx_setParameter(cctx, ZSTD_c_checksumFlag, options & 1);
	(void)ZSTD_CCtx_setParameter(cctx, ZSTD_c_contentSizeFlag, !(options & 2));
	(void)ZSTD_CCtx_setParameter(cctx, ZSTD_c_compressionLevel, options >> 4 & 3);
	size = ZSTD_compress2(cctx, made_reserve(file, bound), bound, payload.data, payload.size);
	fuzz_assert(!ZSTD_isError(size));
	file->size += size;
	(void)ZSTD_freeCCtx(cctx);
	if (options & 4)
		made_append(file, skippable, sizeof(skippable));
}

static int unpack(struct span file, uint8_t *bytes, size_t room, size_t *ret_size)
{
	const size_t r = ZSTD_decompress(bytes, room, file.data, file.size);

	if (!ZSTD_isError(r)) {
		*ret_size = r;
		return 0;
	}
	switch (ZSTD_getErrorCode(r)) {
	case ZSTD_error_dstSize_tooSmall:
	case ZSTD_error_memory_allocation:
		return -E2BIG;
	default:
		return -EBADMSG;
	}
}

const struct load_format load_format = {
	.name = "zstd",
	.suffix = ".zst",
	.pack = pack,
	.unpack = unpack,
};
