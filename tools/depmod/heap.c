/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory in large pages.
 */
#include "tools/depmod/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef M_ARENA_MAX

/* What is reserved: what is not used costs nothing, and what is used beyond it is small pages. */
#define RESERVED (64 << 20)

/* Larger pieces are taken from the system one by one, and given back. */
#define LARGE_PIECE (16 << 20)

#define PAGE_SIZE_MAX ((uintptr_t)64 << 10)

void heap_prepare(void)
{
	const uintptr_t before = (uintptr_t)sbrk(0);
	void *volatile piece; /* or the compiler knows that it is not needed */
	uintptr_t start, end;

	/* Threads have one heap together; they hardly ever meet there. */
	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_TOP_PAD, RESERVED);
	(void)mallopt(M_TRIM_THRESHOLD, RESERVED);
	(void)mallopt(M_MMAP_THRESHOLD, LARGE_PIECE);
	/* The heap may have some room already: more than that. */
	piece = malloc((size_t)1 << 20);
	free(piece);

	end = (uintptr_t)sbrk(0);
	start = (before + PAGE_SIZE_MAX - 1) & ~(PAGE_SIZE_MAX - 1);
	if (start < end)
		(void)madvise((void *)start, end - start, MADV_HUGEPAGE);
}

#else

void heap_prepare(void)
{
}

#endif
