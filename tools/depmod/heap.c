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

/* As large as large pages are on most machines. */
#define LARGE_PAGE ((uintptr_t)2 << 20)

/* More than the heap can have room for at first. */
#define FIRST_PIECE ((size_t)256 << 10)

/* What is in the way of large pages: volatile, or the compiler knows that nobody needs it. */
static void *volatile filler;

void heap_prepare(void)
{
	const uintptr_t old_end = (uintptr_t)sbrk(0);
	uintptr_t at, start, end;

	/* Threads have one heap together; they hardly ever meet there. */
	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_TOP_PAD, RESERVED);
	(void)mallopt(M_TRIM_THRESHOLD, RESERVED);
	(void)mallopt(M_MMAP_THRESHOLD, LARGE_PIECE);
	filler = malloc(FIRST_PIECE);
	at = (uintptr_t)filler;
	free(filler);

	/* Behind what malloc() has written to, which stays in small pages. */
	start = (at + 2 * FIRST_PIECE + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
	end = (uintptr_t)sbrk(0);
	if (at == 0 || at > end || end <= old_end || end <= start)
		return;
	(void)madvise((void *)start, end - start, MADV_HUGEPAGE);
	filler = malloc(start - at);
}

#else

void heap_prepare(void)
{
}

#endif
