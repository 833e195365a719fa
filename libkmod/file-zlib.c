/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * load_zlib: modules compressed with gzip.
 *
 * Format: RFC 1952. A file is one or more members. Each ends with ISIZE, the size of its data
 * modulo 2^32, of which only the last member's can be found without unpacking: a hint.
 */
#include "libkmod/file-unpack.h"

#include <errno.h>
#include <limits.h>
#include <zlib.h>

#include "libkmod/base/dlopen.h"

#define ZLIB_FUNCTIONS(fn) \
	fn(inflate)        \
	fn(inflateEnd)     \
	fn(inflateInit2_)  \
	fn(inflateReset)

LIBRARY(zlib, DLOPEN_ZLIB, ZLIB_FUNCTIONS, "libz.so.1", "zlib", "Modules compressed with gzip",
	"recommended")

/* inflateInit2()'s argument for gzip members with the largest window. */
#define GZIP_WINDOW_BITS (16 + MAX_WBITS)

/* Deflate makes at most 1032 bytes out of one. */
#define RATIO_MAX 1032

struct zlib_state {
	z_stream stream;
	bool between_members;
};

/* What ISIZE says, where that is possible, else a guess. */
static uint64_t expected_size(struct span s)
{
	const uint64_t possible = (uint64_t)s.size * RATIO_MAX;
	const uint64_t guess = (uint64_t)s.size * 4;
	const uint8_t *const isize = span_take_back(&s, 4);
	const uint64_t hint = isize ? load_le32(isize) : 0;

	if (hint > 0 && hint <= possible && hint <= FILE_SIZE_MAX)
		return hint;
	return guess <= FILE_SIZE_MAX ? guess : FILE_SIZE_MAX;
}

/* The part of @size that fits in zlib's counters. */
static uInt chunk(size_t size)
{
	return size <= UINT_MAX ? (uInt)size : UINT_MAX;
}

static int step(void *data, struct decode_io *io)
{
	struct zlib_state *const state = data;
	z_stream *const stream = &state->stream;
	const uInt in_size = chunk(io->in_size);
	const uInt out_size = chunk(io->out_size);
	int r;

	stream->next_in = (z_const Bytef *)io->in;
	stream->avail_in = in_size;
	stream->next_out = io->out;
	stream->avail_out = out_size;
	r = zlib.inflate(stream, Z_NO_FLUSH);
	io->in += in_size - stream->avail_in;
	io->in_size -= in_size - stream->avail_in;
	io->out += out_size - stream->avail_out;
	io->out_size -= out_size - stream->avail_out;

	switch (r) {
	case Z_OK:
	case Z_BUF_ERROR:
		state->between_members = false;
		return DECODE_MORE;
	case Z_STREAM_END:
		if (io->in_size == 0)
			return DECODE_END;
		state->between_members = true;
		return zlib.inflateReset(stream) == Z_OK ? DECODE_MORE : -ENOMEM;
	case Z_MEM_ERROR:
		return -ENOMEM;
	default:
		io->error = state->between_members ? "what follows is not a gzip member" :
						     "a checksum or a field is wrong";
		return -EBADMSG;
	}
}

int load_zlib(const struct kmod_file *file, size_t tail, struct blob *ret)
{
	struct unpack u;
	struct zlib_state state = { 0 };
	int r = unpack_begin(file, "gzip", zlib_open, tail, ret, &u);

	if (r < 0)
		return r;
	if (zlib.inflateInit2_(&state.stream, GZIP_WINDOW_BITS, ZLIB_VERSION,
			       (int)sizeof(state.stream)) != Z_OK)
		return unpack_out_of_memory(&u);
	r = unpack_run(&u, expected_size(unpack_input(&u)), step, &state);
	(void)zlib.inflateEnd(&state.stream);
	return r;
}
