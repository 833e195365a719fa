/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/file-xz.c: see load.c.
 */
#include <errno.h>
#include <lzma.h>
#include <stdlib.h>

#include "fuzz.h"
#include "input.h"
#include "load.h"

static const lzma_check checks[] = { LZMA_CHECK_CRC32, LZMA_CHECK_CRC64, LZMA_CHECK_NONE,
				     LZMA_CHECK_SHA256 };

/* Codes @bytes and does @action at their end. */
static void code(lzma_stream *stream, struct made *file, struct span bytes, lzma_action action)
{
	lzma_ret r = LZMA_OK;

	stream->next_in = bytes.data;
	stream->avail_in = bytes.size;
	while (r == LZMA_OK) {
		stream->next_out = made_reserve(file, 4096);
		stream->avail_out = 4096;
		r = lzma_code(stream, action);
		file->size += 4096 - stream->avail_out;
	}
	fuzz_assert(r == LZMA_STREAM_END);
}

/* Bits: two for the check; a BCJ filter in front; two blocks; a large dictionary; padding. */
static void pack(struct made *file, struct span payload, uint8_t options)
{
	static const uint8_t padding[8];
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_options_lzma lzma;
	lzma_filter filters[] = {
		{ .id = LZMA_FILTER_X86 },
		{ .id = LZMA_FILTER_LZMA2, .options = &lzma },
		{ .id = LZMA_VLI_UNKNOWN },
	};

	fuzz_assert(!lzma_lzma_preset(&lzma, 0));
	lzma.dict_size = options & 16 ? 1U << 20 : LZMA_DICT_SIZE_MIN;
	fuzz_assert(lzma_stream_encoder(&stream, options & 4 ? filters : filters + 1,
					checks[options & 3]) == LZMA_OK);
	if (options & 8) {
		const size_t half = payload.size / 2;

		code(&stream, file, span_of(span_take(&payload, half), half), LZMA_FULL_FLUSH);
	}
	code(&stream, file, payload, LZMA_FINISH);
	lzma_end(&stream);
	made_append(file, padding, options >> 5 & 1 ? 4 : options >> 6 & 1 ? 8 : 0);
}

/* Sets the checksum of the @size bytes at @offset, which is at @where. */
static void seal(uint8_t *file, size_t size, size_t offset, size_t count, size_t where)
{
	if (offset <= size && count <= size - offset && where <= size && 4 <= size - where)
		put_number(file + where, 4, false, lzma_crc32(file + offset, count, 0));
}

/* Those of the first stream's header and first block's, of the last stream's footer and index. */
static void mend(uint8_t *file, size_t size)
{
	const size_t header = LZMA_STREAM_HEADER_SIZE;
	size_t block, index;

	if (size < 2 * header + 4)
		return;
	seal(file, size, 6, 2, 8);
	block = ((size_t)file[header] + 1) * 4;
	seal(file, size, header, block - 4, header + block - 4);
	seal(file, size, size - 8, 6, size - header);
	index = ((size_t)load_le32(file + size - 8) + 1) * 4;
	if (index <= size - header)
		seal(file, size, size - header - index, index - 4, size - header - 4);
}

static int unpack(struct span file, uint8_t *bytes, size_t room, size_t *ret_size)
{
	uint64_t memory = (uint64_t)32 << 20;
	size_t in = 0, out = 0;
	const lzma_ret r = lzma_stream_buffer_decode(&memory, LZMA_CONCATENATED, NULL, file.data,
						     &in, file.size, bytes, &out, room);

	if (r == LZMA_MEMLIMIT_ERROR || r == LZMA_MEM_ERROR || (r == LZMA_BUF_ERROR && out == room))
		return -E2BIG;
	if (r != LZMA_OK || in != file.size)
		return -EBADMSG;
	*ret_size = out;
	return 0;
}

const struct load_format load_format = {
	.name = "xz",
	.suffix = ".xz",
	.pack = pack,
	.mend = mend,
	.unpack = unpack,
};
