/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/file-zlib.c: see load.c.
 */
#include <errno.h>
#include <zlib.h>

#include "fuzz.h"
#include "load.h"

#define GZIP_WINDOW_BITS (16 + MAX_WBITS)

/* Bits: two for the level; a header with a name, a comment and extra bytes, and its checksum. */
static void pack(struct made *file, struct span payload, uint8_t options)
{
	static Bytef extra[] = "extra", name[] = "name", comment[] = "comment";
	gz_header header = {
		.extra = extra,
		.extra_len = sizeof(extra),
		.name = name,
		.comment = comment,
		.hcrc = 1,
	};
	z_stream stream = { 0 };
	uLong bound;

	fuzz_assert(deflateInit2(&stream, (options & 3) * 3, Z_DEFLATED, GZIP_WINDOW_BITS, 8,
				 Z_DEFAULT_STRATEGY) == Z_OK);
	if (options & 4)
		fuzz_assert(deflateSetHeader(&stream, &header) == Z_OK);
	bound = deflateBound(&stream, payload.size) + 64;
	stream.next_in = (z_const Bytef *)payload.data;
	stream.avail_in = (uInt)payload.size;
	stream.next_out = made_reserve(file, bound);
	stream.avail_out = (uInt)bound;
	fuzz_assert(deflate(&stream, Z_FINISH) == Z_STREAM_END);
	file->size += bound - stream.avail_out;
	(void)deflateEnd(&stream);
}

/* One member after the other. */
static int unpack(struct span file, uint8_t *bytes, size_t room, size_t *ret_size)
{
	z_stream stream = {
		.next_in = (z_const Bytef *)file.data,
		.avail_in = (uInt)file.size,
		.next_out = bytes,
		.avail_out = (uInt)room,
	};
	int r;

	fuzz_assert(inflateInit2(&stream, GZIP_WINDOW_BITS) == Z_OK);
	while ((r = inflate(&stream, Z_FINISH)) == Z_STREAM_END && stream.avail_in > 0)
		fuzz_assert(inflateReset(&stream) == Z_OK);
	*ret_size = room - stream.avail_out;
	(void)inflateEnd(&stream);
	if (r != Z_STREAM_END && stream.avail_out == 0)
		return -E2BIG;
	return r == Z_STREAM_END ? 0 : -EBADMSG;
}

const struct load_format load_format = {
	.name = "gzip",
	.suffix = ".gz",
	.pack = pack,
	.unpack = unpack,
};
