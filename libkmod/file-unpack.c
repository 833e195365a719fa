/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decompression inside one buffer.
 *
 *	+--------------------+-----------+------------------------+
 *	| payload so far  -> |   room    | compressed input, left |
 *	+--------------------+-----------+------------------------+
 *	0                    out         in                       capacity
 *
 * The compressed file is read with one call and stands at the end of the buffer that will hold
 * the payload. The payload grows towards it. Since a decoder needs at least about as many bytes
 * of input as it still has output to come, a little slack keeps the two apart, and when the last
 * input byte has been used, its place is free for the end of the payload and for the signature.
 * So a load takes no more memory than its result, and no more calls for a large module than for a
 * small one. Where the two would meet all the same, which only odd input brings about, the buffer
 * grows: the payload never runs over input.
 */
#include "libkmod/file-unpack.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/io.h"
#include "libkmod/base/overflow.h"
#include "libkmod/context.h"

/* Room between payload and input: more than a decoder's blocks cost when they do not compress. */
#define SLACK ((size_t)64 << 10)

/* What may never be exceeded: the largest payload, the tail, and the slack. */
static size_t capacity_max(const struct unpack *u)
{
	return kmod_file_payload_max(u->file) + u->tail + SLACK;
}

int unpack_out_of_memory(const struct unpack *u)
{
	log_err(kmod_file_ctx(u->file), "%s: not enough memory to unpack the %s data\n",
		kmod_file_path(u->file), u->format);
	return -ENOMEM;
}

int unpack_begin(const struct kmod_file *file, const char *format,
		 int (*open_library)(char **ret_why), size_t tail, struct blob *blob,
		 struct unpack *ret)
{
	struct kmod_ctx *const ctx = kmod_file_ctx(file);
	const size_t size = kmod_file_size(file);
	struct unpack u = {
		.file = file,
		.format = format,
		.tail = tail,
		.blob = blob,
		.capacity = size,
	};
	_cleanup_free_ char *why = NULL;
	int r = open_library(&why);

	if (r == -ELIBACC)
		log_err(ctx, "%s: the library that unpacks %s data is missing: %s\n",
			kmod_file_path(file), format, why);
	if (r < 0)
		return r;
	if (size > FILE_SIZE_MAX) {
		log_err(ctx, "%s: more than the %zu bytes of %s data a module can have\n",
			kmod_file_path(file), FILE_SIZE_MAX, format);
		return -EFBIG;
	}
	if (blob_reserve(blob, size + 1) < 0)
		return unpack_out_of_memory(&u);
	r = kmod_file_read_payload(file, blob->data);
	if (r < 0)
		return r;
	*ret = u;
	return 0;
}

struct span unpack_input(const struct unpack *u)
{
	return span_of(u->blob->data + u->in, u->capacity - u->in);
}

/* Makes the buffer @capacity bytes, and moves the input to its new end. Logs a failure. */
static int unpack_resize(struct unpack *u, size_t capacity)
{
	struct blob *const blob = u->blob;
	const size_t left = u->capacity - u->in;

	assert(capacity >= u->out + left);
	if (capacity > blob->room) {
		uint8_t *const data = realloc(blob->data, capacity);

		if (!data)
			return unpack_out_of_memory(u);
		blob->data = data;
		blob->room = capacity;
	}
	memmove(blob->data + (capacity - left), blob->data + u->in, left);
	u->capacity = capacity;
	u->in = capacity - left;
	return 0;
}

static int too_large(const struct unpack *u)
{
	if (kmod_file_payload_max(u->file) < FILE_SIZE_MAX)
		return -EOVERFLOW;
	log_err(kmod_file_ctx(u->file),
		"%s: the %s data unpack to more than the %zu bytes a module can have\n",
		kmod_file_path(u->file), u->format, FILE_SIZE_MAX);
	return -EFBIG;
}

/* Room for a payload of @expected bytes beside the input, of which nothing was used yet. */
static int unpack_reserve(struct unpack *u, uint64_t expected)
{
	const size_t input = u->capacity;
	size_t capacity;

	if (expected > kmod_file_payload_max(u->file))
		return too_large(u);
	capacity = (size_t)expected + u->tail;
	if (capacity < input)
		capacity = input;
	return unpack_resize(u, capacity + SLACK);
}

/* Payload and input have met. */
static int unpack_grow(struct unpack *u)
{
	const size_t max = capacity_max(u);
	size_t capacity;

	if (u->capacity >= max || !size_add(u->capacity, u->capacity / 2 + SLACK, &capacity))
		return too_large(u);
	return unpack_resize(u, capacity < max ? capacity : max);
}

/* One line on why the input cannot be unpacked; the public errno for it. */
static int bad_input(const struct unpack *u, int r, const char *what)
{
	struct kmod_ctx *const ctx = kmod_file_ctx(u->file);
	const char *const path = kmod_file_path(u->file);

	if (r == -ENOMEM)
		return unpack_out_of_memory(u);
	if (r == -ENOTSUP) {
		log_err(ctx, "%s: the %s data use a feature that this build cannot unpack: %s\n",
			path, u->format, what);
		return -EINVAL;
	}
	log_err(ctx, "%s: the %s data are damaged: %s\n", path, u->format, what);
	return -EINVAL;
}

/* One step of the decoder. Returns enum decode_result, or an errno after logging. */
static int unpack_step(struct unpack *u, decode_fn step, void *state)
{
	struct decode_io io = {
		.in = u->blob->data + u->in,
		.in_size = u->capacity - u->in,
		.out = u->blob->data + u->out,
		.out_size = u->in - u->out,
		.error = "not in the format's rules",
	};
	const size_t in_size = io.in_size;
	const size_t out_size = io.out_size;
	const int r = step(state, &io);

	u->in += in_size - io.in_size;
	u->out += out_size - io.out_size;
	if (r < 0)
		return bad_input(u, r, io.error);
	if (r == DECODE_END || io.in_size != in_size || io.out_size != out_size)
		return r;

	/* Nothing moved. */
	if (out_size == 0)
		return unpack_grow(u);
	return bad_input(u, -EBADMSG,
			 in_size == 0 ? "they end too early, or something else follows them" :
				       "they make no sense from here on");
}

int unpack_run(struct unpack *u, uint64_t expected, decode_fn step, void *state)
{
	int r = unpack_reserve(u, expected);

	while (r >= 0 && r != DECODE_END)
		r = unpack_step(u, step, state);
	if (r < 0)
		return r;

	if (u->out > kmod_file_payload_max(u->file))
		return too_large(u);
	if (u->out + u->tail > u->capacity) {
		r = unpack_resize(u, u->out + u->tail);
		if (r < 0)
			return r;
	}
	u->blob->size = u->out;
	u->blob->payload_size = u->out;
	return 0;
}
