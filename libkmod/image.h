/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A module file as it is looked at, not loaded: of its bytes only those are read that are wanted.
 */
#ifndef KMOD_IMAGE_H
#define KMOD_IMAGE_H

#include "libkmod/base/cleanup.h"
#include "libkmod/format/elf.h"
#include "libkmod/format/sigblock.h"

struct image;
struct kmod_ctx;
struct kmod_file;

/*
 * Opens the module at @path, and the detached signature beside it. The results are those of
 * kmod_file_open_to_show(), kmod_file_load() and elf_parse(). The caller frees *@ret with image_free().
 */
int image_open(struct kmod_ctx *ctx, const char *path, struct image **ret);

/*
 * The same for many modules one after the other, whose memory is used again: an image of none, and
 * to make it one of @file, which it takes also where it fails. What was got out of it before is
 * gone then. image_new() returns 0 or -ENOMEM; image_set() as image_open().
 */
int image_new(struct image **ret);
int image_set(struct image *image, struct kmod_file *file);

/* Closes the file; what was got out of it is gone. Memory beyond what most modules take is freed. */
void image_clear(struct image *image);

/* One more reference to @image, which it returns: to be given back with image_free(). */
struct image *image_ref(struct image *image);

/*
 * Gives a reference back. With the last one, what the functions below have returned is gone. Accepts
 * NULL.
 */
void image_free(struct image *image);

/* The module, borrowed. What is got out of it may be incomplete if image_error() says so. */
const struct elf *image_elf(const struct image *image);

/* 0, or the negative errno for which there is a file with a signature but could not be opened. */
int image_signature_error(const struct image *image);

/*
 * Takes apart the signature in use. Returns as sigblock_read(); an errno of reading;
 * image_signature_error().
 */
int image_signature(struct image *image, struct sigblock *ret);

/* 0, or the negative errno of the first read that failed: -EINVAL when the file has changed. */
int image_error(const struct image *image);

DEFINE_CLEANUP(struct image *, image_free)

#endif
