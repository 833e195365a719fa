/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * load_xz: modules compressed with xz.
 *
 * Format: The .xz File Format, version 1.1.0. A file is one or more streams; behind each there may
 * be padding of NULs, a multiple of four. Every stream ends with an index, which has the sizes.
 */
#include "libkmod/file-unpack.h"

#include <errno.h>
#include <lzma.h>

#include "libkmod/base/dlopen.h"

#define XZ_FUNCTIONS(fn)           \
	fn(lzma_code)              \
	fn(lzma_end)               \
	fn(lzma_index_buffer_decode) \
	fn(lzma_index_end)         \
	fn(lzma_index_stream_size) \
	fn(lzma_index_uncompressed_size) \
	fn(lzma_stream_decoder)    \
	fn(lzma_stream_footer_decode)

LIBRARY(xz, DLOPEN_XZ, XZ_FUNCTIONS, "liblzma.so.5", "xz", "Modules compressed with xz",
	"recommended")

/* The decoder's memory: the largest dictionary that xz(1) makes is 1.5 GiB. */
#define MEMORY_MAX (UINT64_C(2) << 30)

/* The memory of one stream's index: enough for a module in a quarter of a million blocks. */
#define INDEX_MEMORY_MAX (UINT64_C(16) << 20)

/* The size of the last stream of @s unpacked, and *@s without that stream; false when damaged. */
static bool last_stream_size(struct span *s, uint64_t *ret)
{
	struct span rest = *s;
	const uint8_t *footer = span_take_back(&rest, LZMA_STREAM_HEADER_SIZE);
	uint64_t memory = INDEX_MEMORY_MAX;
	lzma_index *index = NULL;
	lzma_stream_flags flags;
	const uint8_t *bytes;
	size_t position = 0;
	uint64_t stream_size;

	if (!footer || xz.lzma_stream_footer_decode(&flags, footer) != LZMA_OK ||
	    flags.backward_size > rest.size)
		return false;
	bytes = span_take_back(&rest, (size_t)flags.backward_size);
	if (xz.lzma_index_buffer_decode(&index, &memory, NULL, bytes, &position,
					(size_t)flags.backward_size) != LZMA_OK)
		return false;
	*ret = xz.lzma_index_uncompressed_size(index);
	stream_size = xz.lzma_index_stream_size(index);
	xz.lzma_index_end(index, NULL);

	return stream_size <= s->size && span_take_back(s, (size_t)stream_size);
}

/* The size of all streams of @s unpacked, by their indexes; 0 when these are damaged. */
static uint64_t unpacked_size(struct span s)
{
	static const uint8_t padding[4];
	uint64_t total = 0;

	while (s.size > 0) {
		uint64_t size = 0;

		if (span_ends_with(&s, padding, sizeof(padding))) {
			(void)span_take_back(&s, sizeof(padding));
			continue;
		}
		if (!last_stream_size(&s, &size) ||
		    __builtin_add_overflow(total, size, &total))
			return 0;
	}
	return total;
}

static int step(void *state, struct decode_io *io)
{
	lzma_stream *const stream = state;
	lzma_ret r;

	stream->next_in = io->in;
	stream->avail_in = io->in_size;
	stream->next_out = io->out;
	stream->avail_out = io->out_size;
	r = xz.lzma_code(stream, LZMA_FINISH);
	io->in = stream->next_in;
	io->in_size = stream->avail_in;
	io->out = stream->next_out;
	io->out_size = stream->avail_out;

	switch (r) {
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		return DECODE_MORE;
	case LZMA_STREAM_END:
		return DECODE_END;
	case LZMA_MEM_ERROR:
		return -ENOMEM;
	case LZMA_MEMLIMIT_ERROR:
		io->error = "its dictionary is larger than 2 GiB";
		return -ENOTSUP;
	case LZMA_OPTIONS_ERROR:
		io->error = "unknown options in a header";
		return -ENOTSUP;
	case LZMA_FORMAT_ERROR:
		io->error = "what follows is not an xz stream";
		return -EBADMSG;
	default:
		io->error = "a checksum or a field is wrong, or something else follows";
		return -EBADMSG;
	}
}

static int run(struct unpack *u)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	int r;

	if (xz.lzma_stream_decoder(&stream, MEMORY_MAX, LZMA_CONCATENATED) != LZMA_OK)
		return unpack_out_of_memory(u);
	r = unpack_run(u, unpacked_size(unpack_input(u)), step, &stream);
	xz.lzma_end(&stream);
	return r;
}

int load_xz(const struct kmod_file *file, size_t tail, struct blob *ret)
{
	struct unpack u;
	int r = unpack_begin(file, "xz", xz_open, tail, ret, &u);

	return r < 0 ? r : run(&u);
}
