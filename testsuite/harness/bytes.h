/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Byte strings that a test puts together, and compares with what it got.
 *
 * What these functions return is never changed and lives until the process ends, so that a test
 * is a sequence of expressions. A test is a process of its own.
 */
#ifndef HARNESS_BYTES_H
#define HARNESS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *data;
	size_t size;
};

#define NO_BYTES ((struct bytes){ (const uint8_t *)"", 0 })

/* Zeroed memory that stays until the process ends. It is not of the heap. */
void *keep(size_t size);

/* printf into such memory. */
__attribute__((format(printf, 1, 2))) char *format_text(const char *format, ...);

struct bytes bytes_from(const void *data, size_t size);
struct bytes bytes_text(const char *text);
struct bytes bytes_join(struct bytes a, struct bytes b);
struct bytes bytes_cut(struct bytes b, size_t from, size_t to);

/* @b with the byte at @offset inverted. */
struct bytes bytes_flip(struct bytes b, size_t offset);

/* @size bytes that no compressor makes smaller, the same each time. */
struct bytes bytes_noise(size_t size);

bool bytes_equal(struct bytes a, struct bytes b);

/* Where and how @got differs from @want, in words; NULL when it does not. */
const char *bytes_difference(struct bytes got, struct bytes want);

/* The file at @path; aborts the test when it cannot be read. */
struct bytes bytes_of_file(const char *path);

#endif
