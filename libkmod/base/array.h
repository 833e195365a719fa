/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Room in an array that grows as items are added.
 */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>
#include <stdlib.h>

#include "libkmod/base/overflow.h"

/*
 * Gives @array, which has room for *@room items of @size bytes, room for @count. It at least
 * doubles when it grows, so that adding n items one by one takes time in the order of n.
 *
 * Returns where the array is now; NULL when memory ran out, with @array and *@room as they were.
 */
static inline void *array_reserve(void *array, size_t *room, size_t count, size_t size)
{
	const size_t larger = *room * 2 + 8;
	const size_t wanted = count > larger ? count : larger;
	size_t bytes;
	void *grown;

	if (array && count <= *room)
		return array;
	if (!size_mul(wanted, size, &bytes))
		return NULL;
	grown = realloc(array, bytes);
	if (grown)
		*room = wanted;
	return grown;
}

#endif
