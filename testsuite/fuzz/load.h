/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fuzz target for one of the compressed formats has of its own; all else is in load.c.
 */
#ifndef FUZZ_LOAD_H
#define FUZZ_LOAD_H

#include "libkmod/format/span.h"

/* A file in the making, that grows. */
struct made {
	uint8_t *bytes;
	size_t size, room;
};

/* Gives @made room for @size bytes more, and returns where they go. Their size is still to be set. */
uint8_t *made_reserve(struct made *made, size_t size);

void made_append(struct made *made, const void *bytes, size_t size);

/* What an unpacked module is compared with has no more bytes. */
#define REFERENCE_MAX ((size_t)4 << 20)

struct load_format {
	const char *name; /* as kmod_file_compression() has it */
	const char *suffix;

	/* Appends to @file a stream with @payload in it, in the way that @options says. */
	void (*pack)(struct made *file, struct span payload, uint8_t options);

	/* Makes checksums right that most changes would break. NULL: there are none. */
	void (*mend)(uint8_t *file, size_t size);

	/*
	 * Unpacks @file in the simplest way. Returns 0; -EBADMSG; -E2BIG when that takes more than
	 * @room bytes or too much memory.
	 */
	int (*unpack)(struct span file, uint8_t *bytes, size_t room, size_t *ret_size);
};

/* That of the target. */
extern const struct load_format load_format;

#endif
