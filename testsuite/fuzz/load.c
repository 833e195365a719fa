/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/file.c, file-unpack.c and the file of one compressed format.
 *
 * An input is a byte of options, the detached signature, and the module. This is the file as it is,
 * or with OPTION_PACK how it is made: a number of streams, and damage done to it. What a load gives
 * is compared with the file unpacked in another way.
 */
#include "load.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "fuzz.h"
#include "input.h"
#include "libkmod/file.h"
#include "libkmod/format/sigblock.h"
#include "libkmod/libkmod.h"
#include "scratch.h"

enum {
	OPTION_PACK = 1,
	OPTION_SIGNATURE = 2,
	OPTION_STEM = 4, /* the signature is called after the module without its suffix */
	OPTION_MEND = 8,
};

/* ---- Files in the making --------------------------------------------------------------- */

uint8_t *made_reserve(struct made *made, size_t size)
{
	if (size > made->room - made->size) {
		made->room = (made->size + size) * 2;
		made->bytes = realloc(made->bytes, made->room);
		fuzz_assert(made->bytes != NULL);
	}
	return made->bytes + made->size;
}

void made_append(struct made *made, const void *bytes, size_t size)
{
	if (size > 0)
		memcpy(made_reserve(made, size), bytes, size);
	made->size += size;
}

/* A stream: its options, how often its payload comes, the payload. */
static void pack_stream(struct made *file, struct span *input)
{
	const uint8_t options = input_byte(input);
	const uint8_t times = input_byte(input);
	const struct span piece = input_piece(input);
	struct made payload = { 0 };

	for (unsigned int i = 0; i <= times; i++)
		made_append(&payload, piece.data, piece.size);
	load_format.pack(file, span_of(payload.bytes, payload.size), options);
	free(payload.bytes);
}

static struct made make_file(struct span *input, uint8_t options)
{
	struct made file = { 0 };

	if (options & OPTION_PACK) {
		for (unsigned int count = input_byte(input) % 4; count > 0; count--)
			pack_stream(&file, input);
		input_damage(input, file.bytes, file.size);
	}
	made_append(&file, input->data, input->size);
	if (options & OPTION_MEND && load_format.mend)
		load_format.mend(file.bytes, file.size);
	return file;
}

/* ---- What is expected ------------------------------------------------------------------ */

/* That @blob has @signature, and a trailer where that lacks it, behind its payload. */
static void check_signature(const struct blob *blob, struct span signature)
{
	struct span tail =
		span_of(blob->data + blob->payload_size, blob->size - blob->payload_size);
	const uint8_t *const bytes = span_take(&tail, signature.size);
	uint8_t trailer[SIGBLOCK_TRAILER_SIZE];

	fuzz_assert(bytes != NULL);
	fuzz_assert(signature.size == 0 || memcmp(bytes, signature.data, signature.size) == 0);
	if (sigfile_classify(signature) != SIGFILE_PKCS7) {
		fuzz_assert(tail.size == 0);
		return;
	}
	sigblock_build_trailer(trailer, (uint32_t)signature.size);
	fuzz_assert(tail.size == sizeof(trailer));
	fuzz_assert(memcmp(tail.data, trailer, sizeof(trailer)) == 0);
}

/* That a load of @file with the result @r is what its format says. */
static void check_payload(const struct made *file, int r, const struct blob *blob)
{
	static uint8_t expected[REFERENCE_MAX];
	size_t size = 0;
	const int wanted = load_format.unpack(span_of(file->bytes, file->size), expected,
					      sizeof(expected), &size);

	if (wanted == -E2BIG || r == -ENOMEM)
		return;
	fuzz_assert((r == 0) == (wanted == 0));
	if (r < 0)
		return;
	fuzz_assert(blob->payload_size == size);
	fuzz_assert(size == 0 || memcmp(blob->data, expected, size) == 0);
}

/* Whether @file is of the target's format: it is the first bytes that tell, not the suffix. */
static bool is_of_format(const struct kmod_file *file)
{
	const char *const name = kmod_file_compression(file);

	return name && strcmp(name, load_format.name) == 0;
}

/* Loads twice, the second time into the same memory and without the signature. */
static void check_loads(struct kmod_file *file, const struct made *made, struct span signature)
{
	struct blob blob = { 0 };
	int r = kmod_file_load(file, true, &blob);

	fuzz_assert(r == 0 || r == -EINVAL || r == -EFBIG || r == -ENOMEM);
	if (r == 0)
		check_signature(&blob, signature);
	if (is_of_format(file))
		check_payload(made, r, &blob);
	r = kmod_file_load(file, false, &blob);
	if (r == 0)
		fuzz_assert(blob.size == blob.payload_size);
	if (is_of_format(file))
		check_payload(made, r, &blob);
	blob_done(&blob);
}

/* ---- The target ------------------------------------------------------------------------ */

static void put_and_load(const struct made *made, struct span signature, uint8_t options)
{
	struct kmod_ctx *const ctx = fuzz_context();
	struct kmod_file *file = NULL;
	char name[32], signature_name[32];
	char *path;
	int r;

	(void)snprintf(name, sizeof(name), "m.ko%s", load_format.suffix);
	(void)snprintf(signature_name, sizeof(signature_name), "m.ko%s.sig",
		       options & OPTION_STEM ? "" : load_format.suffix);
	scratch_put(name, span_of(made->bytes, made->size));
	if (options & OPTION_SIGNATURE)
		scratch_put(signature_name, signature);
	path = scratch_path(name);

	r = kmod_file_open(ctx, path, &file);
	fuzz_assert((r == 0) == (made->size >= FILE_SIZE_MIN) && (r == 0 || r == -EINVAL));
	if (r == 0)
		check_loads(file, made, options & OPTION_SIGNATURE ? signature : span_of(NULL, 0));

	kmod_file_close(file);
	if (options & OPTION_SIGNATURE)
		scratch_remove(signature_name);
	free(path);
	(void)kmod_unref(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	const uint8_t options = input_byte(&input);
	const struct span signature = input_piece(&input);
	struct made file = make_file(&input, options);

	put_and_load(&file, signature, options);
	free(file.bytes);
	return 0;
}
