/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Arithmetic on sizes that come from outside: each function says whether the result holds.
 */
#ifndef BASE_OVERFLOW_H
#define BASE_OVERFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *@ret = @a + @b; false, and *@ret unspecified, when that does not fit. */
static inline bool size_add(size_t a, size_t b, size_t *ret)
{
	return !__builtin_add_overflow(a, b, ret);
}

/* *@ret = @a * @b; false, and *@ret unspecified, when that does not fit. */
static inline bool size_mul(size_t a, size_t b, size_t *ret)
{
	return !__builtin_mul_overflow(a, b, ret);
}

#endif
