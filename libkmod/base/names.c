/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names, each kept once and known by a number.
 */
#include "libkmod/base/names.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "libkmod/base/array.h"
#include "libkmod/base/overflow.h"

#define SLOTS_MIN ((size_t)64)

void names_done(struct names *names)
{
	arena_done(&names->texts);
	free(names->names);
	free(names->slots);
	*names = (struct names){ 0 };
}

/* The numbers say nothing of the hashes, so these may be others in every process. */
static struct hash_key new_key(void)
{
	/* 16 bytes */
	const void *const random = (const void *)getauxval(AT_RANDOM);
	struct hash_key key = { 0, 0 };

	if (random)
		memcpy(&key, random, sizeof(key));
	return key;
}

static uint32_t hash_of(const struct names *names, const char *text, size_t length)
{
	return (uint32_t)hash_keyed(&names->key, text, length);
}

/* The slot of that name, or the free one where it belongs. There is a free one. */
static uint32_t *find_slot(const struct names *names, const char *text, size_t length,
			   uint32_t hash)
{
	const size_t mask = names->slots_count - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		uint32_t *const slot = &names->slots[i];
		const struct name *name;

		if (*slot == 0)
			return slot;
		name = &names->names[*slot - 1];
		if (name->hash == hash && name->length == length &&
		    memcmp(name->text, text, length) == 0)
			return slot;
	}
}

/* Makes a table of @count slots, a power of two. */
static int resize(struct names *names, size_t count)
{
	uint32_t *const slots = calloc(count, sizeof(*slots));
	const size_t mask = count - 1;

	if (!slots)
		return -ENOMEM;
	for (uint32_t number = 0; number < names->count; number++) {
		size_t i = names->names[number].hash & mask;

		while (slots[i] != 0)
			i = (i + 1) & mask;
		slots[i] = number + 1;
	}
	free(names->slots);
	names->slots = slots;
	names->slots_count = count;
	return 0;
}

int names_expect(struct names *names, size_t count)
{
	size_t wanted = names->slots_count > 0 ? names->slots_count : SLOTS_MIN;
	struct name *grown;

	if (names->slots_count == 0)
		names->key = new_key();
	/* At least half of the slots stay free. */
	while (wanted / 2 < count)
		if (!size_mul(wanted, 2, &wanted))
			return -ENOMEM;
	if (wanted != names->slots_count && resize(names, wanted) < 0)
		return -ENOMEM;
	grown = array_reserve(names->names, &names->room, count, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	names->names = grown;
	return 0;
}

static int add(struct names *names, const char *text, size_t length, bool borrowed,
	       uint32_t *ret_number)
{
	uint32_t *slot;
	uint32_t hash;

	/* Before the slot is looked for: a larger table has others. */
	if ((names->count >= names->room || names->count >= names->slots_count / 2) &&
	    names_expect(names, (size_t)names->count + 1) < 0)
		return -ENOMEM;

	hash = hash_of(names, text, length);
	slot = find_slot(names, text, length, hash);
	if (*slot == 0) {
		if (names->count >= NAMES_MAX || length > UINT32_MAX)
			return -ENOMEM;
		if (!borrowed)
			text = arena_text(&names->texts, text, length);
		if (!text)
			return -ENOMEM;
		names->names[names->count] = (struct name){ text, (uint32_t)length, hash };
		*slot = ++names->count;
	}
	*ret_number = *slot - 1;
	return 0;
}

int names_add(struct names *names, const char *text, size_t length, uint32_t *ret_number)
{
	return add(names, text, length, false, ret_number);
}

int names_add_borrowed(struct names *names, const char *text, size_t length, uint32_t *ret_number)
{
	return add(names, text, length, true, ret_number);
}

uint32_t names_find(const struct names *names, const char *text, size_t length)
{
	const uint32_t *slot;

	if (names->count == 0)
		return NAMES_NONE;
	slot = find_slot(names, text, length, hash_of(names, text, length));
	return *slot > 0 ? *slot - 1 : NAMES_NONE;
}
