/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads what was kept from an earlier run. What is there may be damaged, or made up: whatever it
 * says, no memory but its own is touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/io.h"
#include "tools/depmod/cache.h"
#include "tools/depmod/publish.h"

struct cache {
	int fd;
	int64_t ctime; /* of the file, which was put in place behind all outputs */
	char *head, *body; /* NULL: not read */
	size_t head_size;
	/* in the head */
	const struct cache_header *header;
	const struct cache_module *modules;
	const char *paths;
	/* in the body */
	const uint32_t *needs, *provides, *lengths;
	const char *names, *texts;
};

void cache_free(struct cache *cache)
{
	if (!cache)
		return;
	close_fd(cache->fd);
	free(cache->head);
	free(cache->body);
	free(cache);
}

bool cache_is_synced(const struct cache *cache)
{
	return cache->header->flags & CACHE_SYNCED;
}

/* ---- The head ------------------------------------------------------------------------------ */

/* The sizes of head and body that the counts make; they cannot overflow 64 bits. */
static uint64_t head_size(const struct cache_header *header)
{
	const uint64_t size = sizeof(*header) +
			      (uint64_t)header->modules_count * sizeof(struct cache_module) +
			      header->paths_size;

	return (size + 7) & ~UINT64_C(7);
}

static uint64_t body_size(const struct cache_header *header)
{
	return ((uint64_t)header->needs_count + header->provides_count + header->symbols_count) *
		       sizeof(uint32_t) +
	       header->names_size + header->texts_size;
}

static bool is_range(uint32_t first, uint32_t count, uint32_t total)
{
	return first <= total && count <= total - first;
}

/* Whether all that the head says can be true. */
static bool check_head(const struct cache *cache)
{
	const struct cache_header *const header = cache->header;

	if (header->head_checksum != cache_checksum(cache->head + CACHE_CHECKED,
						    cache->head_size - CACHE_CHECKED))
		return false;
	if (header->paths_size == 0 ? header->modules_count > 0 :
				      cache->paths[header->paths_size - 1] != '\0')
		return false;
	for (uint32_t i = 0; i < header->modules_count; i++) {
		const struct cache_module *const module = &cache->modules[i];

		if (module->path >= header->paths_size ||
		    !is_range(module->needs, module->needs_count, header->needs_count) ||
		    !is_range(module->provides, module->provides_count, header->provides_count) ||
		    !is_range(module->texts, module->texts_size, header->texts_size))
			return false;
	}
	return true;
}

/* Whether @header is one that this program has made, of a file of @size bytes. */
static bool is_ours(const struct cache_header *header, uint64_t size)
{
	return header->magic == CACHE_MAGIC && header->program == cache_program() &&
	       body_size(header) == header->body_size &&
	       head_size(header) + header->body_size == size && size <= CACHE_SIZE_MAX;
}

static int read_head(struct cache *cache, const struct cache_header *header)
{
	ssize_t n;

	cache->head_size = (size_t)head_size(header);
	cache->head = malloc(cache->head_size);
	if (!cache->head)
		return -ENOMEM;
	n = pread_full(cache->fd, cache->head, cache->head_size, 0);
	if (n < 0)
		return (int)n;
	/* The same again: the file is not trusted to stay what it was. */
	if ((size_t)n != cache->head_size || memcmp(cache->head, header, sizeof(*header)) != 0)
		return -ENODATA;
	/* All parts are aligned: see the format. */
	cache->header = (const void *)cache->head;
	cache->modules = (const void *)(cache->head + sizeof(*header));
	cache->paths = (const char *)(cache->modules + header->modules_count);
	return check_head(cache) ? 0 : -ENODATA;
}

int cache_open(const char *dir, struct cache **ret)
{
	_cleanup_(cache_freep) struct cache *cache = calloc(1, sizeof(*cache));
	_cleanup_close_ int dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct cache_header header;
	struct stat st;
	ssize_t n;
	int r;

	if (!cache)
		return -ENOMEM;
	/* Something that is not a file is not to be waited for. */
	cache->fd = openat(dirfd, CACHE_NAME, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (cache->fd < 0 || fstat(cache->fd, &st) < 0)
		return errno == ENOENT || errno == EBADF ? -ENODATA : -errno;
	if (!S_ISREG(st.st_mode))
		return -ENODATA;
	cache->ctime = stamp_time(st.st_ctim);
	n = pread_full(cache->fd, &header, sizeof(header), 0);
	if (n < 0)
		return (int)n;
	if ((size_t)n != sizeof(header) || !is_ours(&header, (uint64_t)st.st_size))
		return -ENODATA;
	r = read_head(cache, &header);
	if (r < 0)
		return r;
	*ret = move_ptr(cache);
	return 0;
}

/* ---- Whether nothing has changed ------------------------------------------------------------- */

static bool is_same_module(const struct cache *cache, uint32_t number, const struct module *module)
{
	const struct cache_module *const cached = &cache->modules[number];

	return stamp_equal(&cached->stamp, &module->stamp) &&
	       strcmp(cache->paths + cached->path, module->relative) == 0;
}

/* Whether the output @i in the directory is what was put there, and was not written to since. */
static bool is_same_output(const struct cache *cache, int dirfd, unsigned int i)
{
	const struct cache_output *const cached = &cache->header->outputs[i];
	struct stat st;

	return fstatat(dirfd, output_names[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && st.st_ino == cached->ino &&
	       (uint64_t)st.st_size == cached->size && stamp_time(st.st_mtim) == cached->mtime &&
	       stamp_time(st.st_ctim) <= cache->ctime;
}

/* A file that was not there, or had just been changed, is STAMP_NONE, which is like nothing. */
static bool is_same_subject(const struct cache_header *header, const struct cache_subject *subject)
{
	return header->symbol_prefix == (unsigned char)subject->symbol_prefix &&
	       stamp_equal(&header->builtin, &subject->builtin) &&
	       stamp_equal(&header->builtin_modinfo, &subject->builtin_modinfo);
}

bool cache_is_current(const struct cache *cache, const struct modules *modules,
		      const struct cache_subject *subject, const char *dir, bool synced)
{
	const struct cache_header *const header = cache->header;
	_cleanup_close_ int dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (!(header->flags & CACHE_QUIET) || (synced && !cache_is_synced(cache)) ||
	    header->modules_count != modules->count || !is_same_subject(header, subject))
		return false;
	for (uint32_t i = 0; i < modules->count; i++)
		if (!is_same_module(cache, i, &modules->modules[i]))
			return false;
	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++)
		if (!is_same_output(cache, dirfd, i))
			return false;
	return true;
}

bool cache_has_output(const struct cache *cache, const char *dir, unsigned int i, uint64_t hash,
		      size_t size, struct cache_output *ret)
{
	_cleanup_close_ int dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct cache_output *const cached = &cache->header->outputs[i];

	if (cached->hash != hash || cached->size != size || !is_same_output(cache, dirfd, i))
		return false;
	*ret = *cached;
	return true;
}

/* ---- The body ------------------------------------------------------------------------------ */

/* Whether all numbers of symbols are those of names, and all texts end where they should. */
static bool check_body(const struct cache *cache)
{
	const struct cache_header *const header = cache->header;
	uint64_t names_size = 0;
	uint32_t above = 0;

	for (uint32_t i = 0; i < header->needs_count; i++)
		above |= (cache->needs[i] & ~FACTS_WEAK) >= header->symbols_count;
	for (uint32_t i = 0; i < header->provides_count; i++)
		above |= cache->provides[i] >= header->symbols_count;
	for (uint32_t i = 0; i < header->symbols_count; i++) {
		names_size += (uint64_t)cache->lengths[i] + 1;
		if (names_size > header->names_size || cache->names[names_size - 1] != '\0')
			return false;
	}
	for (uint32_t i = 0; i < header->modules_count; i++) {
		const struct cache_module *const module = &cache->modules[i];

		if (module->texts_size > 0 &&
		    cache->texts[module->texts + module->texts_size - 1] != '\0')
			return false;
	}
	return !above && names_size == header->names_size;
}

static int read_body(struct cache *cache)
{
	const struct cache_header *const header = cache->header;
	const size_t size = (size_t)header->body_size;
	ssize_t n;

	cache->body = malloc(size + 1);
	if (!cache->body)
		return -ENOMEM;
	n = pread_full(cache->fd, cache->body, size, (off_t)cache->head_size);
	if (n < 0)
		return (int)n;
	if ((size_t)n != size || header->body_checksum != cache_checksum(cache->body, size))
		return -ENODATA;
	cache->needs = (const void *)cache->body;
	cache->provides = cache->needs + header->needs_count;
	cache->lengths = cache->provides + header->provides_count;
	cache->names = (const char *)(cache->lengths + header->symbols_count);
	cache->texts = cache->names + header->names_size;
	return check_body(cache) ? 0 : -ENODATA;
}

/* Adds the names so that each has the number that it has in the cache. */
static int add_names(const struct cache *cache, struct names *symbols)
{
	const char *name = cache->names;

	if (names_expect(symbols, cache->header->symbols_count) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < cache->header->symbols_count; i++) {
		uint32_t number;

		if (names_add_borrowed(symbols, name, cache->lengths[i], &number) < 0)
			return -ENOMEM;
		if (number != i)
			return -ENODATA;
		name += cache->lengths[i] + 1;
	}
	return 0;
}

static void fill_module(const struct cache *cache, uint32_t number, struct module *module)
{
	const struct cache_module *const cached = &cache->modules[number];

	module->facts = (struct facts){
		.needs = cache->needs + cached->needs,
		.needs_count = cached->needs_count,
		.provides = cache->provides + cached->provides,
		.provides_count = cached->provides_count,
		.texts = cache->texts + cached->texts,
		.texts_size = cached->texts_size,
	};
	module->is_known = true;
	module->is_quiet = true;
}

/* The numbers in the cache of all paths; where one is twice there are fewer. */
static int number_paths(const struct cache *cache, struct names *paths)
{
	const uint32_t count = cache->header->modules_count;
	int r = names_expect(paths, count);

	for (uint32_t i = 0; r >= 0 && i < count; i++) {
		const char *const path = cache->paths + cache->modules[i].path;
		uint32_t number;

		r = names_add_borrowed(paths, path, strlen(path), &number);
	}
	return r;
}

int cache_fill(struct cache *cache, struct modules *modules, struct names *symbols)
{
	_cleanup_(names_done) struct names paths = { 0 };
	int r = read_body(cache);

	if (r >= 0)
		r = number_paths(cache, &paths);
	if (r >= 0 && paths.count != cache->header->modules_count)
		r = -ENODATA;
	if (r >= 0)
		r = add_names(cache, symbols);
	if (r < 0) {
		names_done(symbols);
		return r;
	}
	for (uint32_t i = 0; i < modules->count; i++) {
		struct module *const module = &modules->modules[i];
		const uint32_t number =
			names_find(&paths, module->relative, strlen(module->relative));

		if (number != NAMES_NONE && is_same_module(cache, number, module))
			fill_module(cache, number, module);
	}
	return 0;
}
