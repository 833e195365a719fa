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

/* What an error of the library is for a target. */
static int result_of(size_t error)
{
	switch (ZSTD_getErrorCode(error)) {
	case ZSTD_error_dstSize_tooSmall:
	case ZSTD_error_memory_allocation:
		return -E2BIG;
	default:
		return -EBADMSG;
	}
}

/* Not with ZSTD_decompress(), which takes blocks that are larger than the format has them. */
static int unpack(struct span file, uint8_t *bytes, size_t room, size_t *ret_size)
{
	ZSTD_DCtx *const dctx = ZSTD_createDCtx();
	ZSTD_inBuffer in = { .src = file.data, .size = file.size };
	ZSTD_outBuffer out = { .dst = bytes, .size = room };
	size_t in_pos, out_pos, r;

	fuzz_assert(dctx != NULL);
	(void)ZSTD_DCtx_setParameter(dctx, ZSTD_d_windowLogMax,
				     ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound);
	do {
		in_pos = in.pos;
		out_pos = out.pos;
		r = ZSTD_decompressStream(dctx, &out, &in);
	} while (!ZSTD_isError(r) && (in.pos > in_pos || out.pos > out_pos) &&
		 (r > 0 || in.pos < in.size));
	(void)ZSTD_freeDCtx(dctx);

	*ret_size = out.pos;
	if (ZSTD_isError(r))
		return result_of(r);
	if (r == 0 && in.pos == in.size)
		return 0;
	return out.pos == out.size ? -E2BIG : -EBADMSG;
}

const struct load_format load_format = {
	.name = "zstd",
	.suffix = ".zst",
	.pack = pack,
	.unpack = unpack,
};
