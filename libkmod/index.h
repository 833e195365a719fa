/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Questions to the indexes in a context's module directory.
 */
#ifndef KMOD_INDEX_H
#define KMOD_INDEX_H

#include <stdbool.h>

#include "libkmod/format/index-read.h"
#include "libkmod/libkmod.h"

#define INDEX_TYPES (KMOD_INDEX_MODULES_BUILTIN + 1)

/* The indexes that are kept open. A zeroed object keeps none. */
struct indexes {
	bool keep; /* each one from its first use on, not only what kmod_load_resources() loads */
	struct index *loaded[INDEX_TYPES]; /* NULL: opened when there is a question */
	bool told[INDEX_TYPES]; /* that it is damaged, until all are closed: many may ask */
};

/* Closes all of them. */
void indexes_done(struct indexes *indexes);

/*
 * From now on indexes stay open once they have been used. For programs that are over before an
 * index may change: a service that lives on has to see the new one.
 */
void index_keep_open(struct kmod_ctx *ctx);

/* What an index of patterns has for a name. */
struct index_result {
	struct index *owned; /* the values live in it, unless they live in a loaded one */
	struct index_matches matches;
};

/* Frees what @result holds. Accepts a zeroed object. */
void index_result_done(struct index_result *result);

/*
 * Logs when a part of the index that @result is from could not be followed. To be called when the
 * values are not needed any more: whoever takes the message may unload the index.
 */
void index_result_tell(const struct kmod_ctx *ctx, enum kmod_index type,
		       const struct index_result *result);

/*
 * The first value of exactly @name. Returns 1 with a copy, which the caller frees; 0 when there is
 * none, no index, or a damaged one, which is logged; -ENOMEM, or what else kept the index from being
 * read, logged.
 */
int index_find(struct kmod_ctx *ctx, enum kmod_index type, const char *name, char **ret_value);

/*
 * The values of all patterns that match @name, in the order of their priority. Returns 0, also
 * when there are none, or no index; -ENOMEM, or what else kept the index from being read, logged.
 */
int index_find_all(struct kmod_ctx *ctx, enum kmod_index type, const char *name,
		   struct index_result *ret);

/* Whether modules.builtin has @name: 1, 0, or what index_find() fails with. */
int index_has_builtin(struct kmod_ctx *ctx, const char *name);

/*
 * Tells @mod what modules.dep has of it. Returns 0, also when that is nothing, or there is no index;
 * -EBADMSG when that cannot be told as the index is damaged, logged; what index_find() fails with.
 */
int index_use_dep_line(struct kmod_module *mod);

/*
 * Gives what kmod_dump_index() writes to @put in pieces, with @out. Returns 0; -ENOSYS when there is
 * no index; logged: -ENOEXEC when what is there is none, -EBADMSG when not all of it could be shown as
 * it is damaged, -ENOMEM, or what else kept the index from being read.
 */
int index_show(struct kmod_ctx *ctx, enum kmod_index type, void (*put)(void *out, const char *text),
	       void *out);

#endif
