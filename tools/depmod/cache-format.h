/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file that keeps what was learned of modules, for the same program on the same machine.
 *
 *	head	struct cache_header
 *		struct cache_module		modules_count times, in the order of the modules
 *		paths				each ended by a NUL
 *		0 to 7 bytes, all zero
 *	body	uint32_t needs[needs_count]	as in struct facts
 *		uint32_t provides[provides_count]
 *		uint32_t lengths[symbols_count]	of the names of symbols, without their NULs
 *		names				each ended by a NUL
 *		texts				as in struct facts
 *
 * Versions of symbols are left out: they would be a third of the file, and few runs look at them.
 *
 * Numbers are as the machine has them; one of the other byte order does not know the magic. The
 * head is enough to tell that nothing has changed.
 */
#ifndef TOOLS_DEPMOD_CACHE_FORMAT_H
#define TOOLS_DEPMOD_CACHE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "libkmod/base/hash.h"
#include "tools/depmod/output.h"
#include "tools/depmod/stamp.h"

#define CACHE_MAGIC UINT64_C(0x6b6d6f642d444550)

/* To be raised when the layout changes, or what depmod makes of a module. */
#define CACHE_VERSION 1U

/* No larger file is read or made. */
#define CACHE_SIZE_MAX ((size_t)1 << 30)

/* The run that made the file had nothing to say that another one would have to say again. */
#define CACHE_QUIET 1U
/* The outputs were known to be on the disk. */
#define CACHE_SYNCED 2U

/* An output as it was put in place. The time of the last change of status is that of the renaming. */
struct cache_output {
	uint64_t ino;
	uint64_t size;
	int64_t mtime;
	uint64_t hash; /* of what is in it */
};

struct cache_header {
	uint64_t magic;
	uint64_t program;	/* cache_program() */
	uint64_t head_checksum; /* of what follows this number, up to the end of the head */
	uint64_t body_checksum;
	uint64_t body_size;
	uint32_t modules_count;
	uint32_t needs_count;
	uint32_t provides_count;
	uint32_t symbols_count;
	uint32_t paths_size;
	uint32_t names_size;
	uint32_t texts_size;
	uint32_t flags;
	uint64_t symbol_prefix;
	struct stamp builtin;	      /* of modules.builtin, or STAMP_NONE */
	struct stamp builtin_modinfo; /* of modules.builtin.modinfo, or STAMP_NONE */
	struct cache_output outputs[OUTPUTS_COUNT];
};

struct cache_module {
	struct stamp stamp; /* STAMP_NONE: there is nothing about it here */
	uint32_t path;	    /* where in the paths: relative, or absolute when elsewhere */
	uint32_t needs, needs_count;
	uint32_t provides, provides_count;
	uint32_t texts, texts_size;
	uint32_t unused;
};

/* Where checksums of the head start. */
#define CACHE_CHECKED offsetof(struct cache_header, body_checksum)

static inline uint64_t cache_checksum(const void *data, size_t size)
{
	return hash_bytes(CACHE_MAGIC, data, size);
}

/* A number that another version of this program, or of this file, does not have. */
static inline uint64_t cache_program(void)
{
	static const char version[] = PACKAGE_VERSION;

	return hash_bytes(CACHE_VERSION, version, sizeof(version));
}

#endif
