/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hashes of bytes: for tables in memory, and for checksums.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <endian.h>
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
 * The hash of the @size bytes at @data, to notice changes that nobody has made on purpose. The same
 * data have another hash on a host of the other byte order.
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

/* What nobody outside of the process knows. */
struct hash_key {
	uint64_t k0, k1;
};

struct hash_state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t hash_rotate(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

static inline void hash_round(struct hash_state *s)
{
	s->v0 += s->v1;
	s->v1 = hash_rotate(s->v1, 13) ^ s->v0;
	s->v0 = hash_rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = hash_rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = hash_rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = hash_rotate(s->v1, 17) ^ s->v2;
	s->v2 = hash_rotate(s->v2, 32);
}

/*
 * The same with a @key, for names that come from anywhere: nobody can choose many that get the same
 * hash. SipHash-1-3: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", 2012.
 */
static inline uint64_t hash_keyed(const struct hash_key *key, const void *data, size_t size)
{
	struct hash_state s = {
		key->k0 ^ UINT64_C(0x736f6d6570736575),
		key->k1 ^ UINT64_C(0x646f72616e646f6d),
		key->k0 ^ UINT64_C(0x6c7967656e657261),
		key->k1 ^ UINT64_C(0x7465646279746573),
	};
	const uint64_t last = (uint64_t)size << 56;
	const unsigned char *p = data;
	uint64_t word;

	for (; size >= sizeof(word); p += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		word = le64toh(word);
		s.v3 ^= word;
		hash_round(&s);
		s.v0 ^= word;
	}
	word = 0;
	memcpy(&word, p, size);
	word = le64toh(word) | last;
	s.v3 ^= word;
	hash_round(&s);
	s.v0 ^= word;
	s.v2 ^= 0xff;
	for (int i = 0; i < 3; i++)
		hash_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

#endif
