/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A module file, and the detached signature beside it.
 */
#ifndef KMOD_FILE_H
#define KMOD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/kept-file.h"

struct kmod_ctx;
struct kmod_file;

/*
 * No module file and no module is larger: kernel_read_file(), behind finit_module(2), stops here.
 */
#define FILE_SIZE_MAX ((size_t)INT32_MAX)

/* No module file is smaller: so many bytes tell the formats apart. */
#define FILE_SIZE_MIN ((size_t)6)

/* No signature file is larger. A PKCS#7 message with its certificates takes a few KiB. */
#define SIGNATURE_SIZE_MAX ((size_t)1 << 20)

/*
 * The bytes of a module as the kernel gets them: the module after decompression, then its
 * detached signature.
 */
struct blob {
	uint8_t *data;
	size_t size;
	size_t payload_size; /* without the detached signature */
	size_t room;	     /* that @data has */
};

/* Frees what @blob holds. Accepts a zeroed object. */
void blob_done(struct blob *blob);

/* Gives @blob room for @size bytes. What was in it is lost. Returns 0, or -ENOMEM and frees it. */
int blob_reserve(struct blob *blob, size_t size);

/*
 * Opens the module at @path, and the detached signature if one stands beside it. Reads nothing yet.
 * Where there is a signature that cannot be opened, the call fails with that. Failures are logged.
 *
 * Returns 0; -EISDIR; -EINVAL when the module is shorter than any module or either of the two is
 * not a regular file; -EFBIG when the signature is larger than SIGNATURE_SIZE_MAX; -ENOMEM; any
 * errno of stat(2), open(2), read(2) or realpath(3).
 */
int kmod_file_open(struct kmod_ctx *ctx, const char *path, struct kmod_file **ret);

/*
 * The same for whom wants to look at the module: where there is a signature that cannot be opened,
 * the module is opened without one, and kmod_file_signature_error() has the reason.
 */
int kmod_file_open_to_show(struct kmod_ctx *ctx, const char *path, struct kmod_file **ret);

/*
 * Opens the module @name, relative to the directory @dirfd, that is called @path in messages, and
 * looks for no signature: for whom goes through all there are and loads none. Results as
 * kmod_file_open().
 */
int kmod_file_open_alone(struct kmod_ctx *ctx, int dirfd, const char *name, const char *path,
			 struct kmod_file **ret);

/*
 * Closes the signature, and with @module the module too: all of it has been loaded, and nothing will be
 * read any more.
 */
void kmod_file_let_go(struct kmod_file *file, bool module);

/* The program gets @file to keep: it may close its descriptors from now on. */
void kmod_file_keep(struct kmod_file *file);

/* Closes and frees @file. Accepts NULL. */
void kmod_file_close(struct kmod_file *file);

DEFINE_CLEANUP(struct kmod_file *, kmod_file_close)

/*
 * Reads, decompresses and joins. @with_signature false leaves a detached signature out.
 * Can be called again. @ret is the caller's, to be emptied with blob_done() whatever the result
 * is. It starts out zeroed; or it is one of an earlier load, whose memory is used again.
 *
 * Failures are logged, with the file and its format. Returns 0; -EINVAL when a file is damaged,
 * ends early, is followed by foreign bytes, or changed since it was opened; -EFBIG when the module
 * is larger than FILE_SIZE_MAX; -ENOSYS when the format was left out of this build; -ELIBACC when
 * the library for it cannot be opened; -ENOMEM; any errno of read(2).
 */
int kmod_file_load(struct kmod_file *file, bool with_signature, struct blob *ret);

/*
 * Has kmod_file_load() of a compressed module fail with -EOVERFLOW, which is not logged, when that
 * unpacks to more than @size bytes, less than FILE_SIZE_MAX: for whom can try again with more.
 */
void kmod_file_set_payload_max(struct kmod_file *file, size_t size);
size_t kmod_file_payload_max(const struct kmod_file *file);

/*
 * Finds out, by its first bytes, how the module is compressed, unless that is known. Returns 0;
 * -EINVAL when the file changed since it was opened; any errno of read(2); logged.
 */
int kmod_file_detect_format(struct kmod_file *file);

/* The same for whom has read the @start of the file, of at least FILE_SIZE_MIN bytes. */
void kmod_file_set_format(struct kmod_file *file, const uint8_t *start);

/*
 * As kmod_file_load() for a module that is not compressed, but the module itself is not read:
 * *@ret has room for it, uninitialised, in front of the signature. Results as kmod_file_load().
 */
int kmod_file_prepare(struct kmod_file *file, struct blob *ret);

/*
 * Reads the module file as it is on disk, kmod_file_size() bytes of it, into @buf, which has room
 * for one more.
 * Returns 0; -EINVAL when its size is no longer that; any errno of read(2); logged.
 */
int kmod_file_read_payload(const struct kmod_file *file, uint8_t *buf);

/* The module's file as it was opened, borrowed. */
struct kept_file *kmod_file_module(struct kmod_file *file);

/* The size of the module file. */
size_t kmod_file_size(const struct kmod_file *file);

/* The path that was opened, borrowed. */
const char *kmod_file_path(const struct kmod_file *file);

/* The context, borrowed. */
struct kmod_ctx *kmod_file_ctx(const struct kmod_file *file);

/* Whether the name of the file is that of a compressed module. Its contents have the last word. */
bool kmod_file_may_be_compressed(const struct kmod_file *file);

/*
 * The name of the compression in /sys/module/compression, which is also what messages call it;
 * NULL when the module is not compressed. To be called after kmod_file_detect_format().
 */
const char *kmod_file_compression(const struct kmod_file *file);

/* The path and size of the detached signature; NULL, 0 when there is none. Borrowed. */
const char *kmod_file_signature_path(const struct kmod_file *file);
size_t kmod_file_signature_size(const struct kmod_file *file);

/* 0, or the negative errno for which there is a signature but could not be opened. */
int kmod_file_signature_error(const struct kmod_file *file);

/* The paths where a signature was looked for, in order; NULL-terminated. Borrowed. */
char *const *kmod_file_signature_probed(const struct kmod_file *file);

#endif
