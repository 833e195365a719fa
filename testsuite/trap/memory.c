/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocations: each is a point of failure, and those that are not freed are counted.
 *
 * What libc allocates for a program, as in fopen() and asprintf(), comes by here as well.
 */
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "points.h"
#include "trap.h"

static long live;

TRAP_EXPORT long trap_memory_live(void)
{
	return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

static bool fails(const void *caller)
{
	return trap_point_due(POINT_MEMORY, "", NULL, caller);
}

/* Counts @block, if it is one. */
static void *counted(void *block)
{
	if (block != NULL)
		(void)__atomic_add_fetch(&live, 1, __ATOMIC_RELAXED);
	return block;
}

static void *trap_malloc(size_t size)
{
	TRAP_NEXT(void *, malloc, (size_t));
	return fails(__builtin_return_address(0)) ? NULL : counted(next_malloc(size));
}
TRAP_EXPORT void *malloc(size_t size) __attribute__((alias("trap_malloc")));

/*
 * Memory for a copy that @caller wants. Where a sanitizer comes before the trap it is the
 * sanitizer's: that is where it will be freed.
 */
static void *memory_for_copy(size_t size, const void *caller)
{
	static void *(*first)(size_t);

	TRAP_NEXT(void *, malloc, (size_t));
	if (first == NULL)
		*(void **)&first = dlsym(RTLD_DEFAULT, "malloc");
	if (first != trap_malloc)
		return first(size);
	return fails(caller) ? NULL : counted(next_malloc(size));
}

TRAP_EXPORT void *calloc(size_t count, size_t size)
{
	TRAP_NEXT(void *, calloc, (size_t, size_t));
	return fails(__builtin_return_address(0)) ? NULL : counted(next_calloc(count, size));
}

TRAP_EXPORT void *realloc(void *old, size_t size)
{
	void *block;

	TRAP_NEXT(void *, realloc, (void *, size_t));
	if (fails(__builtin_return_address(0)))
		return NULL;
	block = next_realloc(old, size);
	if (old == NULL)
		return counted(block);
	if (block == NULL && size == 0)
		(void)__atomic_sub_fetch(&live, 1, __ATOMIC_RELAXED);
	return block;
}

TRAP_EXPORT int posix_memalign(void **ret, size_t alignment, size_t size)
{
	int r;

	TRAP_NEXT(int, posix_memalign, (void **, size_t, size_t));
	if (fails(__builtin_return_address(0)))
		return ENOMEM;
	r = next_posix_memalign(ret, alignment, size);
	if (r == 0)
		(void)counted(*ret);
	return r;
}

TRAP_EXPORT void *memalign(size_t alignment, size_t size)
{
	TRAP_NEXT(void *, memalign, (size_t, size_t));
	return fails(__builtin_return_address(0)) ? NULL : counted(next_memalign(alignment, size));
}

TRAP_EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	TRAP_NEXT(void *, aligned_alloc, (size_t, size_t));
	return fails(__builtin_return_address(0)) ? NULL :
						    counted(next_aligned_alloc(alignment, size));
}

/* Not libc's: that of a sanitizer would pass malloc() above by. */
TRAP_EXPORT char *strndup(const char *s, size_t max)
{
	const size_t length = strnlen(s, max);
	char *const copy = memory_for_copy(length + 1, __builtin_return_address(0));

	if (copy == NULL)
		return NULL;
	memcpy(copy, s, length);
	copy[length] = '\0';
	return copy;
}

TRAP_EXPORT char *strdup(const char *s)
{
	const size_t size = strlen(s) + 1;
	char *const copy = memory_for_copy(size, __builtin_return_address(0));

	return copy == NULL ? NULL : memcpy(copy, s, size);
}

TRAP_EXPORT void free(void *block)
{
	static void (*next_free)(void *);
	static bool looks_up;

	/* dlsym() frees what it had to say the last time: that is left, this once. */
	if (next_free == NULL && looks_up)
		return;
	looks_up = true;
	if (next_free == NULL)
		*(void **)&next_free = trap_next("free");
	if (block != NULL)
		(void)__atomic_sub_fetch(&live, 1, __ATOMIC_RELAXED);
	next_free(block);
}
