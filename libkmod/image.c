/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A module file as it is looked at, not loaded.
 *
 * A compressed module has to be unpacked as a whole. Of a plain one, most of the bytes are code
 * and relocations that nobody asks for: there is a buffer of the module's size, into which chunks
 * are read when something in them is wanted; memory that is never touched is never had. Small
 * modules are read at once. In either case the detached signature follows the module, as in
 * a load, so that whoever looks at the end sees what the kernel would.
 */
#include "libkmod/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/io.h"
#include "libkmod/context.h"
#include "libkmod/file.h"

#define CHUNK_SIZE ((size_t)4096)

/* Up to this size one read of everything costs less than a few of what is needed. */
#define SMALL_SIZE ((size_t)128 << 10)

/*
 * At the end of a module are its tables, of strings, symbols and sections, and the signature. What
 * looks at one of them will look at others: so close to the end all of it is read, and so much of
 * what is in front of it.
 */
#define END_SIZE ((size_t)32 << 10)
#define END_AHEAD ((size_t)8 << 10)

/* Where a signature is looked for: more than most take. */
#define SIGNATURE_END ((size_t)1 << 10)

struct image {
	struct kmod_file *file;
	struct blob blob;
	bool *present; /* which chunks of a plain module's payload have been read; NULL: all */
	int error;
	struct elf elf;
};

/* Reads the chunks from @first to before @last, which are missing. */
static int read_chunks(struct image *image, size_t first, size_t last)
{
	const size_t payload = image->blob.payload_size;
	const size_t offset = first * CHUNK_SIZE;
	const size_t end = last * CHUNK_SIZE < payload ? last * CHUNK_SIZE : payload;
	const ssize_t n = pread_full(kmod_file_fd(image->file), image->blob.data + offset,
				     end - offset, (off_t)offset);

	if (n < 0) {
		log_err(kmod_file_ctx(image->file), "could not read '%s': %s\n",
			kmod_file_path(image->file), strerror((int)-n));
		return (int)n;
	}
	if ((size_t)n < end - offset) {
		log_err(kmod_file_ctx(image->file), "%s: the module changed while it was read\n",
			kmod_file_path(image->file));
		return -EINVAL;
	}
	memset(image->present + first, true, last - first);
	return 0;
}

/* Sees to it that the @size bytes at @offset, which are inside the blob, have been read. */
static int image_need(void *data, uint64_t offset, uint64_t size)
{
	struct image *const image = data;
	const size_t payload = image->blob.payload_size;
	size_t start = (size_t)offset;
	size_t end = (size_t)(offset + size);
	size_t chunk, last;

	if (image->error < 0 || !image->present || size == 0)
		return image->error;
	if (end > payload)
		end = payload;
	if (start + END_SIZE >= payload && !image->present[start / CHUNK_SIZE]) {
		start = start > END_AHEAD ? start - END_AHEAD : 0;
		end = payload;
	}

	chunk = start / CHUNK_SIZE;
	last = (end + CHUNK_SIZE - 1) / CHUNK_SIZE;
	while (chunk < last && image->error >= 0) {
		size_t stop = chunk;

		while (stop < last && !image->present[stop])
			stop++;
		if (stop > chunk)
			image->error = read_chunks(image, chunk, stop);
		chunk = stop + 1;
	}
	return image->error;
}

/*
 * Reads the start of the module, or all of a small one, as if it were not compressed, and looks
 * what it is. Returns 1 when it is not; 0 when it is, and nothing has been kept.
 */
static int load_plain(struct image *image)
{
	const size_t size = kmod_file_size(image->file);
	int r = kmod_file_prepare(image->file, &image->blob);

	if (r < 0)
		return r;
	image->present = calloc(size / CHUNK_SIZE + 1, sizeof(*image->present));
	if (!image->present)
		return -ENOMEM;
	r = image_need(image, 0, size <= SMALL_SIZE ? size : FILE_SIZE_MIN);
	if (r < 0)
		return r;
	kmod_file_set_format(image->file, image->blob.data);
	if (!kmod_file_compression(image->file))
		return 1;
	blob_done(&image->blob);
	free(image->present);
	image->present = NULL;
	return 0;
}

static int image_load(struct image *image)
{
	const int r = kmod_file_may_be_compressed(image->file) ? 0 : load_plain(image);

	return r == 0 ? kmod_file_load(image->file, true, &image->blob) : r;
}

int image_open(struct kmod_ctx *ctx, const char *path, struct image **ret)
{
	_cleanup_(image_freep) struct image *image = calloc(1, sizeof(*image));
	struct elf_source source;
	int r;

	if (!image)
		return -ENOMEM;
	r = kmod_file_open(ctx, path, &image->file);
	if (r >= 0)
		r = image_load(image);
	if (r < 0)
		return r;

	source = (struct elf_source){ .need = image_need, .data = image };
	r = elf_parse(span_of(image->blob.data, image->blob.payload_size), &source, &image->elf);
	if (image->error < 0)
		return image->error;
	if (r < 0)
		return r;
	*ret = move_ptr(image);
	return 0;
}

void image_free(struct image *image)
{
	if (!image)
		return;
	kmod_file_close(image->file);
	blob_done(&image->blob);
	free(image->present);
	free(image);
}

const struct elf *image_elf(const struct image *image)
{
	return &image->elf;
}

int image_signature(struct image *image, struct sigblock *ret)
{
	const struct span whole = span_of(image->blob.data, image->blob.size);
	const size_t end = whole.size < SIGNATURE_END ? whole.size : SIGNATURE_END;
	int r = image_need(image, whole.size - end, end);

	if (r < 0)
		return r;
	r = sigblock_read(whole, ret);
	if (r < 0)
		return r;
	/* Only now is it known how far back it goes. */
	r = image_need(image, ret->payload.size, whole.size - ret->payload.size);
	return r < 0 ? r : 0;
}

int image_error(const struct image *image)
{
	return image->error;
}
