/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules in each compression format, well made and not so well.
 */
#ifndef HARNESS_COMPRESS_H
#define HARNESS_COMPRESS_H

#include <stdbool.h>

#include "bytes.h"

enum format {
	PLAIN,
	XZ,
	GZIP,
	ZSTD,
	FORMATS
};

struct format_row {
	const char *name;    /* in the names of tests, and in libkmod's messages */
	const char *suffix;  /* of file names */
	const char *kernel;  /* in /sys/module/compression */
	const char *lacking; /* why it cannot be tested; NULL when it can */
};
extern const struct format_row formats[FORMATS];

/* The format called @name; aborts the test when there is none. */
enum format format_named(const char *name);

/* @b as one stream, frame or member. */
struct bytes compressed(enum format format, struct bytes b);

/* The same, cut in three streams, frames or members. */
struct bytes compressed_in_parts(enum format format, struct bytes b);

/* As one xz stream of two blocks, with the check @check of lzma/check.h. */
struct bytes xz_in_blocks(struct bytes b, int check);

/* As one zstd frame that does not tell its size. */
struct bytes zstd_without_size(struct bytes b);

/* The xz stream @stream with an index that claims @size bytes, all its checksums right. */
struct bytes xz_claiming(struct bytes stream, uint64_t size);

/* A zstd frame of one byte that claims @size, in a window of 1 KiB or as a single segment. */
struct bytes zstd_claiming(uint64_t size, bool single_segment);

#endif
