/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compresses with the formats' own libraries; files that tell lies are put together by hand.
 */
#include "compress.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#if ENABLE_XZ
#include <lzma.h>
#define LACKING_XZ NULL
#else
#define LACKING_XZ "built without xz"
#endif
#if ENABLE_ZLIB
#include <zlib.h>
#define LACKING_ZLIB NULL
#else
#define LACKING_ZLIB "built without zlib"
#endif
#if ENABLE_ZSTD
#include <zstd.h>
#define LACKING_ZSTD NULL
#else
#define LACKING_ZSTD "built without zstd"
#endif

const struct format_row formats[FORMATS] = {
	[PLAIN] = { "plain", "", NULL, NULL },
	[XZ] = { "xz", ".xz", "xz", LACKING_XZ },
	[GZIP] = { "gzip", ".gz", "gzip", LACKING_ZLIB },
	[ZSTD] = { "zstd", ".zst", "zstd", LACKING_ZSTD },
};

enum format format_named(const char *name)
{
	for (int i = 0; i < FORMATS; i++) {
		if (strcmp(formats[i].name, name) == 0)
			return (enum format)i;
	}
	ck_abort_msg("no format is called '%s'", name);
}

static void store_le(uint8_t *to, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

#if ENABLE_XZ
/* As the kernel's build does it: a small dictionary, CRC32. */
static struct bytes xz(struct bytes b)
{
	const size_t bound = lzma_stream_buffer_bound(b.size);
	uint8_t *const out = keep(bound);
	size_t n = 0;
	lzma_options_lzma options;
	lzma_filter filters[] = {
		{ .id = LZMA_FILTER_LZMA2, .options = &options },
		{ .id = LZMA_VLI_UNKNOWN },
	};

	(void)lzma_lzma_preset(&options, 0);
	ck_assert_int_eq(lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL, b.data, b.size,
						   out, &n, bound),
			 LZMA_OK);
	return (struct bytes){ out, n };
}

struct bytes xz_in_blocks(struct bytes b, int check)
{
	const size_t bound = lzma_stream_buffer_bound(b.size) + 4096;
	uint8_t *const out = keep(bound);
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret r;

	ck_assert_int_eq(lzma_easy_encoder(&stream, 0, (lzma_check)check), LZMA_OK);
	stream.next_out = out;
	stream.avail_out = bound;
	stream.next_in = b.data;
	stream.avail_in = b.size / 2;
	do {
		r = lzma_code(&stream, LZMA_FULL_FLUSH);
	} while (r == LZMA_OK);
	ck_assert_int_eq(r, LZMA_STREAM_END);
	stream.avail_in = b.size - b.size / 2;
	do {
		r = lzma_code(&stream, LZMA_FINISH);
	} while (r == LZMA_OK);
	ck_assert_int_eq(r, LZMA_STREAM_END);
	lzma_end(&stream);
	return (struct bytes){ out, bound - stream.avail_out };
}

/*
 * A stream ends with its index and a footer of 12 bytes: CRC32 of what follows it, size of the
 * index in words less one, flags, "YZ". An index of one block: 0, count 1, unpadded size,
 * uncompressed size, padding to words, CRC32; numbers in groups of seven bits.
 */
struct bytes xz_claiming(struct bytes stream, uint64_t size)
{
	const uint8_t *const footer = stream.data + stream.size - 12;
	const size_t old_size =
		4 * (1 + (footer[4] | (size_t)footer[5] << 8 | (size_t)footer[6] << 16));
	const size_t start = stream.size - 12 - old_size;
	uint8_t *const out = keep(start + 64);
	size_t at = start, from = start + 2;

	memcpy(out, stream.data, start);
	ck_assert_uint_eq(stream.data[start + 1], 1);
	out[at++] = 0;
	out[at++] = 1;
	do {
		out[at++] = stream.data[from];
	} while (stream.data[from++] & 0x80);
	ck_assert_int_eq(lzma_vli_encode(size, NULL, out, &at, start + 64), LZMA_OK);
	while ((at - start) % 4 != 0)
		out[at++] = 0;
	store_le(out + at, lzma_crc32(out + start, at - start, 0), 4);
	at += 4;

	store_le(out + at + 4, (at - start) / 4 - 1, 4);
	memcpy(out + at + 8, footer + 8, 4);
	store_le(out + at, lzma_crc32(out + at + 4, 6, 0), 4);
	return (struct bytes){ out, at + 12 };
}
#else
static struct bytes xz(struct bytes b)
{
	abort();
}

struct bytes xz_in_blocks(struct bytes b, int check)
{
	abort();
}

struct bytes xz_claiming(struct bytes stream, uint64_t size)
{
	abort();
}
#endif

#if ENABLE_ZLIB
static struct bytes gzip(struct bytes b)
{
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)b.data, .avail_in = (uInt)b.size };
	gz_header header = { .name = (Bytef *)(uintptr_t) "name.ko", .os = 3, .hcrc = 1 };
	uint8_t *out;
	size_t bound;

	ck_assert_int_eq(
		deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	ck_assert_int_eq(deflateSetHeader(&stream, &header), Z_OK);
	bound = deflateBound(&stream, b.size);
	out = keep(bound);
	stream.next_out = out;
	stream.avail_out = (uInt)bound;
	ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
	bound = stream.total_out;
	(void)deflateEnd(&stream);
	return (struct bytes){ out, bound };
}
#else
static struct bytes gzip(struct bytes b)
{
	abort();
}
#endif

#if ENABLE_ZSTD
static struct bytes zstd_frame(struct bytes b, int with_size)
{
	const size_t bound = ZSTD_compressBound(b.size);
	uint8_t *const out = keep(bound);
	ZSTD_CCtx *const context = ZSTD_createCCtx();
	ZSTD_inBuffer from = { b.data, b.size, 0 };
	ZSTD_outBuffer to = { out, bound, 0 };
	size_t r;

	(void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 3);
	(void)ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 17);
	(void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	(void)ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, with_size);
	if (with_size)
		(void)ZSTD_CCtx_setPledgedSrcSize(context, b.size);
	do {
		r = ZSTD_compressStream2(context, &to, &from, ZSTD_e_end);
		ck_assert_msg(!ZSTD_isError(r), "%s", ZSTD_getErrorName(r));
	} while (r != 0);
	(void)ZSTD_freeCCtx(context);
	return (struct bytes){ out, to.pos };
}

static struct bytes zstd(struct bytes b)
{
	return zstd_frame(b, 1);
}

struct bytes zstd_without_size(struct bytes b)
{
	return zstd_frame(b, 0);
}
#else
static struct bytes zstd(struct bytes b)
{
	abort();
}

struct bytes zstd_without_size(struct bytes b)
{
	abort();
}
#endif

/*
 * Magic; a descriptor: bits 7-6 are 3 for a content size of 8 bytes, bit 5 a single segment, which
 * has no window byte; the size; a last raw block of one byte.
 */
struct bytes zstd_claiming(uint64_t size, bool single_segment)
{
	static const uint8_t magic[] = { 0x28, 0xb5, 0x2f, 0xfd }, block[] = { 9, 0, 0, 'x' };
	uint8_t frame[32];
	size_t at = sizeof(magic);

	memcpy(frame, magic, sizeof(magic));
	frame[at++] = single_segment ? 0xe0 : 0xc0;
	if (!single_segment)
		frame[at++] = 0;
	store_le(frame + at, size, 8);
	memcpy(frame + at + 8, block, sizeof(block));
	return bytes_from(frame, at + 8 + sizeof(block));
}

struct bytes compressed(enum format format, struct bytes b)
{
	switch (format) {
	case XZ:
		return xz(b);
	case GZIP:
		return gzip(b);
	case ZSTD:
		return zstd(b);
	default:
		return b;
	}
}

struct bytes compressed_in_parts(enum format format, struct bytes b)
{
	const size_t cuts[] = { 0, b.size / 3, b.size / 2, b.size };
	struct bytes all = NO_BYTES;

	for (size_t i = 0; i + 1 < sizeof(cuts) / sizeof(cuts[0]); i++)
		all = bytes_join(all, compressed(format, bytes_cut(b, cuts[i], cuts[i + 1])));
	return all;
}
