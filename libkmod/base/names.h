/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names, each kept once and known by a number: 0, 1, 2 and so on as they come.
 *
 * To compare two names, or to keep something for each of them, the number is enough.
 */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "libkmod/base/arena.h"
#include "libkmod/base/hash.h"

/* How many there may be: a number leaves the highest bit free. */
#define NAMES_MAX 0x80000000U

/* No name has this number. */
#define NAMES_NONE UINT32_MAX

struct name {
	const char *text;
	uint32_t length;
	uint32_t hash; /* part of it */
};

/* All zero: none. The members are for reading: names[number] up to @count. */
struct names {
	struct name *names;
	uint32_t count;
	size_t room;
	uint32_t *slots; /* a hash table of 1 + number, 0 where there is none */
	size_t slots_count; /* a power of two */
	struct hash_key key;
	struct arena texts;
};

/* Frees what @names holds. */
void names_done(struct names *names);

/* Makes room for @count names in all, so that they are added faster. Returns 0 or -ENOMEM. */
int names_expect(struct names *names, size_t count);

/*
 * The number of the name that is the @length bytes at @text, which is copied if it is new.
 * Returns 0; -ENOMEM, also when there are more names than numbers.
 */
int names_add(struct names *names, const char *text, size_t length, uint32_t *ret_number);

/* The same for a text that outlives @names, ends in a NUL and need not be copied. */
int names_add_borrowed(struct names *names, const char *text, size_t length, uint32_t *ret_number);

/* The number of the name @text; NAMES_NONE when it has not been added. */
uint32_t names_find(const struct names *names, const char *text, size_t length);

#endif
