/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file whose bytes are read when they are wanted, each into its place in a buffer.
 *
 * Memory of the buffer that is never touched is never had. A byte is read once, so what was
 * checked is what is used, whatever happens to the file meanwhile.
 */
#ifndef BASE_LAZY_FILE_H
#define BASE_LAZY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libkmod/base/kept-file.h"

/* All zero: ready for lazy_file_begin(), and so it is again for the next file. */
struct lazy_file {
	struct kept_file *file; /* borrowed */
	uint8_t *data;	/* borrowed, of @size bytes */
	size_t size;
	int error;	/* 0, or the first failure: all further reads fail with it */
	bool *present;	/* for each chunk, whether it was read */
	size_t room;	/* chunks that @present has room for */
};

/* Frees what @lazy holds. */
void lazy_file_done(struct lazy_file *lazy);

/* Begins with @file, of which @size bytes are to go to @data. Returns 0 or -ENOMEM. */
int lazy_file_begin(struct lazy_file *lazy, struct kept_file *file, uint8_t *data, size_t size);

/*
 * Sees to it that the @size bytes at @offset, which are inside the file, are there; what is read
 * of it is read in one go. Returns 0; -ESTALE when the file ends before them; what
 * kept_file_need() returns; -errno.
 */
int lazy_file_need(struct lazy_file *lazy, size_t offset, size_t size);

/* Whether the byte at @offset, inside the file, has been read. */
bool lazy_file_has(const struct lazy_file *lazy, size_t offset);

#endif
