/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A hash of bytes, for tables in memory.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Spreads what differs in any bit of @h over all of its bits. */
static inline uint64_t hash_mix(uint64_t h)
{
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 32;
}

/*
 * The hash of the @size bytes at @data. With a @seed that nobody outside of the process knows,
 * nobody can choose data that all get the same one. The same data have another hash on a host of
 * the other byte order.
 */
static inline uint64_t hash_bytes(uint64_t seed, const void *data, size_t size)
{
	const unsigned char *p = data;
	uint64_t h = seed ^ size * UINT64_C(0x9e3779b97f4a7c15);
	uint64_t word;

	for (; size >= sizeof(word); p += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 29;
	}
	word = 0;
	memcpy(&word, p, size);
	return hash_mix(h ^ word);
}

#endif
