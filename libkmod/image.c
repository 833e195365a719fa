/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A module file as it is looked at, not loaded.
 *
 * A compressed module has to be unpacked as a whole. Of a plain one, most of the bytes are code
 * and relocations that nobody asks for: they are only read when something in them is wanted. Small
 * modules are read at once. In either case the detached signature, where there is one, follows the
 * module, as in a load, so that whoever looks at the end sees what the kernel would.
 */
#include "libkmod/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/lazy-file.h"
#include "libkmod/context.h"
#include "libkmod/file.h"

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

/* A buffer that is larger is not kept for the next module. */
#define KEEP_MAX ((size_t)256 << 10)

struct image {
	unsigned int references;
	struct kmod_file *file;
	struct blob blob;
	struct lazy_file lazy; /* of a plain module's payload, while is_lazy */
	bool is_lazy;
	int error;
	struct elf elf;
};

/* One line on why the payload cannot be read; the errno for it. */
static int log_unreadable(const struct image *image, int error)
{
	struct kmod_ctx *const ctx = kmod_file_ctx(image->file);
	const char *const path = kmod_file_path(image->file);

	if (error == -ESTALE) {
		log_err(ctx, "%s: the module changed while it was read\n", path);
		return -EINVAL;
	}
	log_err(ctx, "could not read '%s': %s\n", path, strerror(-error));
	return error;
}

/* Sees to it that the @size bytes at @offset, which are inside the blob, have been read. */
static int image_need(void *data, uint64_t offset, uint64_t size)
{
	struct image *const image = data;
	const size_t payload = image->blob.payload_size;
	size_t start = (size_t)offset;
	size_t end = (size_t)(offset + size);
	int r;

	if (image->error < 0 || !image->is_lazy || size == 0 || start >= payload)
		return image->error;
	if (end > payload)
		end = payload;
	if (start + END_SIZE >= payload && !lazy_file_has(&image->lazy, start)) {
		start = start > END_AHEAD ? start - END_AHEAD : 0;
		end = payload;
	}
	r = lazy_file_need(&image->lazy, start, end - start);
	if (r < 0)
		image->error = log_unreadable(image, r);
	return image->error;
}

/*
 * Reads the start of the module, or all of a small one, as if it were not compressed, and looks
 * what it is. Returns 1 when it is not; 0 when it is, and what was read is of no use.
 */
static int load_plain(struct image *image)
{
	const size_t size = kmod_file_size(image->file);
	int r = kmod_file_prepare(image->file, &image->blob);

	if (r < 0)
		return r;
	r = lazy_file_begin(&image->lazy, kmod_file_module(image->file), image->blob.data,
			    size);
	if (r < 0)
		return r;
	image->is_lazy = true;
	r = image_need(image, 0, size <= SMALL_SIZE ? size : FILE_SIZE_MIN);
	if (r < 0)
		return r;
	kmod_file_set_format(image->file, image->blob.data);
	if (!kmod_file_compression(image->file))
		return 1;
	image->is_lazy = false;
	return 0;
}

/* Programs keep many modules, with few descriptors. */
static int image_load(struct image *image)
{
	int r = kmod_file_may_be_compressed(image->file) ? 0 : load_plain(image);

	if (r == 0)
		r = kmod_file_load(image->file, true, &image->blob);
	if (r < 0)
		return r;
	if (image->blob.payload_size <= SMALL_SIZE)
		image->is_lazy = false; /* all of it has been read */
	kmod_file_let_go(image->file, !image->is_lazy);
	return 0;
}

int image_new(struct image **ret)
{
	struct image *const image = calloc(1, sizeof(*image));

	if (!image)
		return -ENOMEM;
	image->references = 1;
	*ret = image;
	return 0;
}

struct image *image_ref(struct image *image)
{
	image->references++;
	return image;
}

void image_clear(struct image *image)
{
	kmod_file_close(image->file);
	image->file = NULL;
	image->is_lazy = false;
	image->error = 0;
	if (image->blob.room > KEEP_MAX)
		blob_done(&image->blob);
}

int image_set(struct image *image, struct kmod_file *file)
{
	struct elf_source source = { .need = image_need, .data = image };
	int r;

	image_clear(image);
	image->file = file;
	r = image_load(image);
	if (r < 0)
		return r;
	r = elf_parse(span_of(image->blob.data, image->blob.payload_size), &source, &image->elf);
	return image->error < 0 ? image->error : r;
}

int image_open(struct kmod_ctx *ctx, const char *path, struct image **ret)
{
	_cleanup_(image_freep) struct image *image = NULL;
	struct kmod_file *file;
	int r = image_new(&image);

	if (r >= 0)
		r = kmod_file_open_to_show(ctx, path, &file);
	if (r >= 0)
		r = image_set(image, file);
	if (r < 0)
		return r;
	kmod_file_keep(file);
	*ret = move_ptr(image);
	return 0;
}

void image_free(struct image *image)
{
	if (!image || --image->references > 0)
		return;
	kmod_file_close(image->file);
	blob_done(&image->blob);
	lazy_file_done(&image->lazy);
	free(image);
}

const struct elf *image_elf(const struct image *image)
{
	return &image->elf;
}

int image_signature_error(const struct image *image)
{
	return kmod_file_signature_error(image->file);
}

int image_signature(struct image *image, struct sigblock *ret)
{
	const struct span whole = span_of(image->blob.data, image->blob.size);
	const size_t end = whole.size < SIGNATURE_END ? whole.size : SIGNATURE_END;
	int r = image_signature_error(image);

	if (r >= 0)
		r = image_need(image, whole.size - end, end);
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
