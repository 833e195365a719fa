/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks things up in a binary index file (modules.*.bin).
 *
 * The file need not be what it says it is, and may shrink or change while it is in use: then
 * something is not found, or an error returned, and nothing worse. Time and memory are bounded by
 * the sizes of the file and of what is looked for.
 */
#ifndef FORMAT_INDEX_READ_H
#define FORMAT_INDEX_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "libkmod/base/cleanup.h"

struct index;

/* The first fields of a file, as they are: nothing is checked. */
struct index_header {
	uint32_t magic;
	uint32_t version;
	uint32_t root;
};

struct index_match {
	const char *value;	/* borrowed, valid while the index lives */
	uint32_t priority;
	size_t order;		/* how many had been found before it */
};

/* To be emptied with index_matches_done(). */
struct index_matches {
	struct index_match *matches;
	size_t count;
	size_t room;
	bool damaged;		/* part of the index could not be followed: there may be more */
};

/*
 * Returns 0; -EBADMSG when @fd has fewer bytes than a header; -errno when it cannot be read.
 * For messages that show what was found.
 */
int index_read_header(int fd, struct index_header *ret_header);

/*
 * Opens the index in @fd, which it takes on success and leaves to the caller otherwise.
 * The caller frees *@ret_index with index_free().
 *
 * Returns 0; -ENOEXEC when this is no index; -ENOTSUP when it is one of another major version;
 * -EBADMSG when it is too short to be one; -EINVAL for a FIFO; -ENOMEM; -errno when it cannot be
 * read.
 */
int index_open(int fd, struct index **ret_index);

/* The time stamp that the file had then. */
const struct timespec *index_mtime(const struct index *index);

/*
 * Says that the index, whose file is @path, will live on while the program does other things. The
 * whole file is in memory soon, by few system calls, and its descriptor is closed then. Until then
 * the program may close it, which does no harm as long as the file is not replaced: lookups return
 * -ESTALE afterwards.
 * Returns 0; -ENOMEM; -EBADMSG when the file has become shorter; -errno when it cannot be read.
 */
int index_keep(struct index *index, const char *path);

/* Accepts NULL. What lookups have returned is gone after this. */
void index_free(struct index *index);

/*
 * The first value of @key, which has to be spelled exactly like this in the index.
 * Returns 1 with *@ret_value, borrowed, valid while @index lives (may be ""); 0 when there is no
 * such key; -EBADMSG when it cannot be told because the index is damaged there; -errno.
 */
int index_search(struct index *index, const char *key, const char **ret_value);

/*
 * All values of all keys that match @name. The keys are the patterns: up to its first '*', '?' or
 * '[' a key must be the same as @name, from there fnmatch(3) decides.
 *
 * The result is sorted by ascending priority; among equals, what was found last comes first. A
 * value that is found twice is there twice.
 *
 * Returns 0, also when nothing matches; -ETIME when it takes too long to compare them; -ENOMEM, or
 * -errno when the file cannot be read. In parts that are damaged nothing is found, and @damaged is
 * set in *@ret_matches.
 */
int index_search_wild(struct index *index, const char *name, struct index_matches *ret_matches);

/* Frees what @m holds. Accepts a zeroed object. */
void index_matches_done(struct index_matches *m);

/* Gets an entry; a result other than 0 ends the walk. */
typedef int (*index_entry_fn)(const char *key, const char *value, void *data);

/*
 * Calls @fn for every value: keys in byte order, the values of one key as stored.
 * Returns 0; what @fn returned if that was not 0; -EBADMSG after all that could be reached when
 * the index is damaged; -ENOMEM, or -errno when the file cannot be read.
 */
int index_dump(struct index *index, index_entry_fn fn, void *data);

DEFINE_CLEANUP(struct index *, index_free)

#endif
