/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the loaders of the compressed formats share: one buffer, one loop.
 */
#ifndef KMOD_FILE_UNPACK_H
#define KMOD_FILE_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "libkmod/file.h"
#include "libkmod/format/span.h"

/* What a decoder is given at each step. It moves all four past what it read and wrote. */
struct decode_io {
	const uint8_t *in;
	size_t in_size;
	uint8_t *out;
	size_t out_size;
	const char *error; /* set with -EBADMSG: what is wrong with the input */
};

enum decode_result {
	DECODE_MORE, /* call again; a step that moves nothing wants more input or more room */
	DECODE_END,  /* all streams are complete and no input is left */
};

/*
 * A decoder reads all of the input there is: where a stream ends, the next one follows.
 * Returns enum decode_result; -EBADMSG, -ENOMEM, -ENOTSUP.
 */
typedef int (*decode_fn)(void *state, struct decode_io *io);

/* The buffer of a load on its way from compressed to complete. */
struct unpack {
	const struct kmod_file *file;
	const char *format;	/* for messages */
	size_t tail;		/* bytes to keep free behind the payload */
	struct blob *blob;	/* whose buffer it is: the first @capacity bytes of it */
	size_t capacity;
	size_t out;		/* end of the payload so far */
	size_t in;		/* start of the input that is left; it ends at @capacity */
};

/*
 * Makes sure, with @open_library, that the format's library is there, and reads the compressed
 * file into @blob, which stays the caller's. The payload will be followed by @tail free bytes.
 * Returns 0; -ELIBACC without the library, -EINVAL when the file changed, -EFBIG, -ENOMEM, an
 * errno of read(2); logged.
 */
int unpack_begin(const struct kmod_file *file, const char *format,
		 int (*open_library)(char **ret_why), size_t tail, struct blob *blob,
		 struct unpack *ret);

/* Logs that there was not enough memory. Returns -ENOMEM. */
int unpack_out_of_memory(const struct unpack *u);

/* The compressed bytes. Valid until unpack_run(). */
struct span unpack_input(const struct unpack *u);

/*
 * Decodes the input to its end. @expected is the size of the payload as the format declares it,
 * or a guess; the buffer grows where it is too small. On success the blob holds the payload.
 * Returns 0; -EINVAL when the input is damaged, -EFBIG, -ENOMEM, -ENOSYS; logged. -EOVERFLOW: see
 * kmod_file_set_payload_max().
 */
int unpack_run(struct unpack *u, uint64_t expected, decode_fn step, void *state);

/*
 * The loaders, one a format. Each produces the payload of @file with @tail free bytes behind it,
 * for the signature; @ret as in kmod_file_load(), and so are the results.
 */
int load_xz(const struct kmod_file *file, size_t tail, struct blob *ret);
int load_zlib(const struct kmod_file *file, size_t tail, struct blob *ret);
int load_zstd(const struct kmod_file *file, size_t tail, struct blob *ret);

#endif
