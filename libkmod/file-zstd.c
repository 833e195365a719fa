/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * load_zstd: modules compressed with zstd.
 *
 * Format: RFC 8878. A file is one or more frames, skippable ones among them. A frame's header may
 * have the size of its content.
 */
#include "libkmod/file-unpack.h"

#include <errno.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "libkmod/base/dlopen.h"

#define ZSTD_FUNCTIONS(fn)           \
	fn(ZSTD_DCtx_setParameter)   \
	fn(ZSTD_createDCtx)          \
	fn(ZSTD_dParam_getBounds)    \
	fn(ZSTD_decompressStream)    \
	fn(ZSTD_findFrameCompressedSize) \
	fn(ZSTD_freeDCtx)            \
	fn(ZSTD_getErrorCode)        \
	fn(ZSTD_getFrameContentSize) \
	fn(ZSTD_isError)

LIBRARY(zstd, DLOPEN_ZSTD, ZSTD_FUNCTIONS, "libzstd.so.1", "zstd", "Modules compressed with zstd",
	"recommended")

struct zstd_state {
	ZSTD_DCtx *dctx;
	bool between_frames;
};

/*
 * The size of all frames of @s unpacked: as their headers have it; a guess for a frame whose header
 * does not; what has been found so far where the input is damaged.
 */
static uint64_t unpacked_size(struct span s)
{
	uint64_t total = 0;

	while (s.size > 0) {
		const size_t frame = zstd.ZSTD_findFrameCompressedSize(s.data, s.size);
		const unsigned long long content = zstd.ZSTD_getFrameContentSize(s.data, s.size);
		uint64_t size = content;

		if (content == ZSTD_CONTENTSIZE_ERROR)
			break;
		if (content == ZSTD_CONTENTSIZE_UNKNOWN)
			size = (zstd.ZSTD_isError(frame) ? s.size : frame) * UINT64_C(4);
		if (__builtin_add_overflow(total, size, &total))
			return UINT64_MAX;
		if (zstd.ZSTD_isError(frame) || !span_take(&s, frame))
			break;
	}
	return total;
}

static int step(void *data, struct decode_io *io)
{
	struct zstd_state *const state = data;
	ZSTD_inBuffer in = { .src = io->in, .size = io->in_size };
	ZSTD_outBuffer out = { .dst = io->out, .size = io->out_size };
	const size_t r = zstd.ZSTD_decompressStream(state->dctx, &out, &in);

	io->in += in.pos;
	io->in_size -= in.pos;
	io->out += out.pos;
	io->out_size -= out.pos;

	if (!zstd.ZSTD_isError(r)) {
		state->between_frames = r == 0;
		return r == 0 && io->in_size == 0 ? DECODE_END : DECODE_MORE;
	}
	switch (zstd.ZSTD_getErrorCode(r)) {
	case ZSTD_error_memory_allocation:
		return -ENOMEM;
	case ZSTD_error_frameParameter_windowTooLarge:
		io->error = "its window is too large";
		return -ENOTSUP;
	case ZSTD_error_frameParameter_unsupported:
	case ZSTD_error_version_unsupported:
		io->error = "unknown options in a frame header";
		return -ENOTSUP;
	case ZSTD_error_dictionary_wrong:
		io->error = "it was made with a dictionary";
		return -ENOTSUP;
	case ZSTD_error_prefix_unknown:
		io->error = state->between_frames ? "what follows is not a zstd frame" :
						    "a field is wrong";
		return -EBADMSG;
	default:
		io->error = "a checksum or a field is wrong";
		return -EBADMSG;
	}
}

static int run(struct unpack *u)
{
	const ZSTD_bounds window = zstd.ZSTD_dParam_getBounds(ZSTD_d_windowLogMax);
	struct zstd_state state = { .dctx = zstd.ZSTD_createDCtx() };
	int r;

	if (!state.dctx)
		return unpack_out_of_memory(u);
	/* Whatever zstd(1) can make, --ultra --long=31 included. */
	(void)zstd.ZSTD_DCtx_setParameter(state.dctx, ZSTD_d_windowLogMax, window.upperBound);
	r = unpack_run(u, unpacked_size(unpack_input(u)), step, &state);
	(void)zstd.ZSTD_freeDCtx(state.dctx);
	return r;
}

int load_zstd(const struct kmod_file *file, size_t tail, struct blob *ret)
{
	struct unpack u;
	int r = unpack_begin(file, "zstd", zstd_open, tail, ret, &u);

	return r < 0 ? r : run(&u);
}
