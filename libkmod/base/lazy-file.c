/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file whose bytes are read when they are wanted, each into its place in a buffer.
 */
#include "libkmod/base/lazy-file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "libkmod/base/array.h"
#include "libkmod/base/io.h"

#define CHUNK_SIZE ((size_t)4096)

void lazy_file_done(struct lazy_file *lazy)
{
	free(lazy->present);
	*lazy = (struct lazy_file){ 0 };
}

int lazy_file_begin(struct lazy_file *lazy, struct kept_file *file, uint8_t *data, size_t size)
{
	const size_t chunks = size / CHUNK_SIZE + 1;
	bool *const present =
		array_reserve(lazy->present, &lazy->room, chunks, sizeof(*lazy->present));

	if (!present)
		return -ENOMEM;
	memset(present, false, chunks);
	lazy->present = present;
	lazy->file = file;
	lazy->data = data;
	lazy->size = size;
	lazy->error = 0;
	return 0;
}

/* Reads the chunks from @first to before @last, which are missing. */
static int read_chunks(struct lazy_file *lazy, size_t first, size_t last)
{
	const size_t offset = first * CHUNK_SIZE;
	const size_t end = last * CHUNK_SIZE < lazy->size ? last * CHUNK_SIZE : lazy->size;
	ssize_t n = kept_file_need(lazy->file);

	if (n >= 0)
		n = pread_full(lazy->file->fd, lazy->data + offset, end - offset, (off_t)offset);
	if (n < 0)
		return (int)n;
	if ((size_t)n < end - offset)
		return -ESTALE;
	memset(lazy->present + first, true, last - first);
	return 0;
}

int lazy_file_need(struct lazy_file *lazy, size_t offset, size_t size)
{
	const size_t last = (offset + size + CHUNK_SIZE - 1) / CHUNK_SIZE;
	size_t chunk = offset / CHUNK_SIZE;

	if (size == 0)
		return lazy->error;
	while (chunk < last && lazy->error >= 0) {
		size_t stop = chunk;

		while (stop < last && !lazy->present[stop])
			stop++;
		if (stop > chunk)
			lazy->error = read_chunks(lazy, chunk, stop);
		chunk = stop + 1;
	}
	return lazy->error;
}

bool lazy_file_has(const struct lazy_file *lazy, size_t offset)
{
	return lazy->present[offset / CHUNK_SIZE];
}
