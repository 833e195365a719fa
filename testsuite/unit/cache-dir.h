/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory with a cache file of depmod and the outputs that it tells of, for tests.
 */
#ifndef CACHE_DIR_H
#define CACHE_DIR_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testsuite/unit/unit.h"
#include "tools/depmod/cache.h"
#include "tools/depmod/publish.h"

/* The directory, between cache_dir_setup() and cache_dir_teardown(). */
static char cache_dir[256];

static inline void cache_dir_setup(void)
{
	unit_make_directory("test-depmod-cache", sizeof(cache_dir), cache_dir);
}

/* The path of a file there, until the next call. */
static inline const char *cache_dir_path(const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", cache_dir, name);
	return path;
}

static inline void cache_dir_teardown(void)
{
	(void)unlink(cache_dir_path(CACHE_NAME));
	(void)rmdir(cache_dir_path(CACHE_NAME));
	(void)unlink(cache_dir_path("other"));
	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++)
		(void)unlink(cache_dir_path(output_names[i]));
	ck_assert_int_eq(rmdir(cache_dir), 0);
}

/* Makes it anew: some file systems are slow where a file is written over. */
static inline void cache_dir_write(const char *name, const void *data, size_t size)
{
	const char *const path = cache_dir_path(name);
	FILE *file;

	ck_assert(unlink(path) == 0 || errno == ENOENT);
	file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
}

/* Puts the outputs there, each with its name for contents. */
static inline void cache_dir_outputs(struct cache_output outputs[OUTPUTS_COUNT])
{
	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++) {
		const size_t size = strlen(output_names[i]);
		struct stat st;

		cache_dir_write(output_names[i], output_names[i], size);
		ck_assert_int_eq(stat(cache_dir_path(output_names[i]), &st), 0);
		outputs[i] = (struct cache_output){
			.ino = st.st_ino,
			.size = size,
			.mtime = stamp_time(st.st_mtim),
			.hash = cache_checksum(output_names[i], size),
		};
	}
}

/* Where the body starts. */
static inline uint64_t cache_head_size(const struct cache_header *header)
{
	const uint64_t size = sizeof(*header) +
			      (uint64_t)header->modules_count * sizeof(struct cache_module) +
			      header->paths_size;

	return (size + 7) & ~UINT64_C(7);
}

/* Makes checksums right, as whoever wants to do harm would. */
static inline void cache_seal(char *data, size_t size)
{
	struct cache_header header;
	size_t head;

	memcpy(&header, data, sizeof(header));
	if (cache_head_size(&header) > size)
		return;
	head = (size_t)cache_head_size(&header);
	header.body_checksum = cache_checksum(data + head, size - head);
	memcpy(data, &header, sizeof(header));
	header.head_checksum = cache_checksum(data + CACHE_CHECKED, head - CACHE_CHECKED);
	memcpy(data, &header, sizeof(header));
}

#endif
