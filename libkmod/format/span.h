/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bounded cursor over bytes that nobody vouches for: the only way files are taken apart here.
 *
 * A span never reaches outside the bytes it was made from. Each function checks both ends, and
 * says in its result when there was not enough; none of them fails otherwise.
 */
#ifndef FORMAT_SPAN_H
#define FORMAT_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *data;
	size_t size;
};

static inline struct span span_of(const void *data, size_t size)
{
	return (struct span){ .data = data, .size = size };
}

/* The next @n bytes, or NULL when fewer remain; @s moves past them. */
static inline const uint8_t *span_take(struct span *s, size_t n)
{
	const uint8_t *p = s->data;

	if (n > s->size)
		return NULL;
	if (n > 0)
		s->data += n;
	s->size -= n;
	return p;
}

/* The last @n bytes, or NULL when fewer remain; @s ends before them. */
static inline const uint8_t *span_take_back(struct span *s, size_t n)
{
	if (n > s->size)
		return NULL;
	s->size -= n;
	return s->size > 0 || n > 0 ? s->data + s->size : s->data;
}

/* The part of @s from @offset on, @n bytes of it, in *@ret; false when that is not inside @s. */
static inline bool span_slice(const struct span *s, uint64_t offset, uint64_t n, struct span *ret)
{
	if (offset > s->size || n > s->size - offset)
		return false;
	*ret = span_of(offset > 0 ? s->data + offset : s->data, (size_t)n);
	return true;
}

/* The string that starts at @offset, or NULL when no NUL follows inside @s. */
static inline const char *span_string(const struct span *s, uint64_t offset)
{
	if (offset >= s->size || !memchr(s->data + offset, '\0', s->size - (size_t)offset))
		return NULL;
	return (const char *)s->data + offset;
}

/*
 * Ends @s after its last NUL. Then a string starts at every offset inside it, and to find so takes
 * no search: span_nul_string() is for tables of names that many entries point into.
 */
static inline void span_trim_to_nul(struct span *s)
{
	while (s->size > 0 && s->data[s->size - 1] != '\0')
		s->size--;
}

/* The string that starts at @offset of a trimmed span, or NULL when that is outside it. */
static inline const char *span_nul_string(const struct span *s, uint64_t offset)
{
	return offset < s->size ? (const char *)s->data + offset : NULL;
}

/* What comes before the next NUL or the end; @s moves past it and past that NUL. */
static inline struct span span_take_text(struct span *s)
{
	const size_t length = s->size > 0 ? strnlen((const char *)s->data, s->size) : 0;
	const struct span text = span_of(s->data, length);

	(void)span_take(s, length < s->size ? length + 1 : length);
	return text;
}

/* The string that @s starts with, or NULL when no NUL follows; @s moves past that. */
static inline const char *span_take_string(struct span *s)
{
	const char *const string = span_string(s, 0);

	if (string)
		(void)span_take_text(s);
	return string;
}

static inline bool span_ends_with(const struct span *s, const void *bytes, size_t n)
{
	return n > 0 && n <= s->size && memcmp(s->data + (s->size - n), bytes, n) == 0;
}

/* The @n bytes at @offset of a buffer that may be written to; NULL when not inside it. */
static inline uint8_t *writable_at(uint8_t *data, size_t size, uint64_t offset, uint64_t n)
{
	if (offset > size || n > size - offset)
		return NULL;
	return offset > 0 ? data + offset : data;
}

/* Numbers as files hold them; @p must have as many bytes as the number. */
static inline uint16_t load_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t load_be64(const uint8_t *p)
{
	return (uint64_t)load_be32(p) << 32 | load_be32(p + 4);
}

static inline uint16_t load_le16(const uint8_t *p)
{
	return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t load_le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline uint64_t load_le64(const uint8_t *p)
{
	return (uint64_t)load_le32(p + 4) << 32 | load_le32(p);
}

static inline void store_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

#endif
