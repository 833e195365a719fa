/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By what it is told that a file is still the same.
 */
#ifndef TOOLS_DEPMOD_STAMP_H
#define TOOLS_DEPMOD_STAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

/* Kept in the cache file as it is: no padding, and nothing that depends on the word size. */
struct stamp {
	uint64_t ino;
	uint64_t size;
	int64_t mtime; /* in nanoseconds, as the others */
	int64_t ctime;
};

static inline int64_t stamp_time(struct timespec t)
{
	return (int64_t)((uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec);
}

static inline struct stamp stamp_of(const struct stat *st)
{
	return (struct stamp){
		.ino = st->st_ino,
		.size = (uint64_t)st->st_size,
		.mtime = stamp_time(st->st_mtim),
		.ctime = stamp_time(st->st_ctim),
	};
}

/* That of no file; it is not even equal to itself. */
#define STAMP_NONE ((struct stamp){ 0 })

static inline bool stamp_is_none(const struct stamp *stamp)
{
	return stamp->ctime == 0 && stamp->mtime == 0 && stamp->ino == 0;
}

static inline bool stamp_equal(const struct stamp *a, const struct stamp *b)
{
	return !stamp_is_none(a) && memcmp(a, b, sizeof(*a)) == 0;
}

#endif
