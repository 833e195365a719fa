/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is kept from one run to the next, so that only modules that have changed are read.
 *
 * A module is the same when its path, inode number, size and both times are. That is only safe if
 * no change can have left the times as they were: so nothing is kept of a file that was changed so
 * shortly before it was read that the clock of file times may have stood still meanwhile.
 */
#ifndef TOOLS_DEPMOD_CACHE_H
#define TOOLS_DEPMOD_CACHE_H

#include <stdbool.h>

#include "libkmod/base/atomic-file.h"
#include "libkmod/base/names.h"
#include "tools/depmod/cache-format.h"
#include "tools/depmod/module.h"
#include "tools/depmod/output.h"

struct cache;

/* What a cache is made for, besides the modules. */
struct cache_subject {
	struct stamp builtin;	      /* of modules.builtin; STAMP_NONE: there is none */
	struct stamp builtin_modinfo; /* of modules.builtin.modinfo, the same way */
	char symbol_prefix;
	int64_t read_time; /* when the first file was read, by the clock of file times */
};

/* The present, by the clock that file systems go by. */
int64_t cache_now(void);

/*
 * Waits, for some milliseconds at most, until that clock is past the last change of any module
 * that is still to be read.
 */
void cache_settle(const struct modules *modules);

/* ---- Reading ------------------------------------------------------------------------------- */

/*
 * Reads the head of the cache file in the directory @dir. Returns 0; -ENODATA when there is none
 * that this program can use; -ENOMEM; another negative errno, when it cannot be read.
 */
int cache_open(const char *dir, struct cache **ret);

/*
 * Whether all is as it was when the cache was made: the modules and their order, @subject, the
 * outputs in @dir, and that nothing was said.
 */
bool cache_is_current(const struct cache *cache, const struct modules *modules,
		      const struct cache_subject *subject, const char *dir, bool synced);

/*
 * Gives those @modules that are unchanged their facts, which borrow from @cache, but for versions of
 * symbols. Adds the names of symbols to @symbols, which must be empty. Returns 0; with nothing
 * changed, -ENODATA when the body is damaged, -ENOMEM, or another negative errno of reading it.
 */
int cache_fill(struct cache *cache, struct modules *modules, struct names *symbols);

/*
 * Whether the @i-th output in @dir is what was put there when the cache was made, and is the same
 * as one with @hash and @size. Then *@ret is what the cache has of it.
 */
bool cache_has_output(const struct cache *cache, const char *dir, unsigned int i, uint64_t hash,
		      size_t size, struct cache_output *ret);

/* Whether the outputs were put on the disk. */
bool cache_is_synced(const struct cache *cache);

void cache_free(struct cache *cache);
DEFINE_CLEANUP(struct cache *, cache_free)

/* ---- Writing ------------------------------------------------------------------------------- */

/*
 * Makes the contents of a cache file. @outputs: as they will be in place. @flags: CACHE_*.
 * Returns 0, with what the caller frees; -EFBIG; -ENOMEM.
 */
int cache_make(const struct modules *modules, const struct names *symbols,
	       const struct cache_subject *subject,
	       const struct cache_output outputs[OUTPUTS_COUNT], uint32_t flags, char **ret_data,
	       size_t *ret_size);

#endif
