/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Questions to the indexes in a context's module directory. To a lookup, a missing or damaged
 * index is one that knows nothing, and the next is asked; one that cannot be read, as memory or
 * descriptors ran out or the disk fails, might know something: that is an error.
 */
#include "libkmod/index.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/io.h"
#include "libkmod/config.h"
#include "libkmod/context.h"
#include "libkmod/format/index-format.h"
#include "libkmod/module.h"

static const struct {
	const char *name;
	const char *dump_prefix;
	bool optional;
	bool may_be_empty; /* as depmod leaves it without what it is made from */
} types[INDEX_TYPES] = {
	[KMOD_INDEX_MODULES_DEP] = { .name = "modules.dep", .dump_prefix = "" },
	[KMOD_INDEX_MODULES_ALIAS] = { .name = "modules.alias", .dump_prefix = "alias " },
	[KMOD_INDEX_MODULES_SYMBOL] = { .name = "modules.symbols", .dump_prefix = "alias " },
	[KMOD_INDEX_MODULES_BUILTIN_ALIAS] = { .name = "modules.builtin.alias",
					       .dump_prefix = "",
					       .optional = true,
					       .may_be_empty = true },
	[KMOD_INDEX_MODULES_BUILTIN] = { .name = "modules.builtin",
					 .dump_prefix = "",
					 .may_be_empty = true },
};

/* ---- Opening --------------------------------------------------------------------------- */

static int index_file_path(const struct kmod_ctx *ctx, enum kmod_index type,
			   char path[static PATH_MAX])
{
	const int n = snprintf(path, PATH_MAX, "%s/%s.bin", kmod_get_dirname(ctx),
			       types[type].name);

	return n >= 0 && n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Whether what an index could not be opened for means that there is none. */
static bool is_none(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ENAMETOOLONG || r == -ENODATA;
}

/* Whether it means that there is something, but no index. */
static bool is_no_index(int r)
{
	return r == -EISDIR || r == -EINVAL;
}

static void log_damaged(const struct kmod_ctx *ctx, enum kmod_index type)
{
	struct indexes *const indexes = context_indexes(ctx);

	if (indexes->told[type])
		return;
	indexes->told[type] = true;
	log_err(ctx, "the index '%s/%s.bin' is damaged: run depmod\n", kmod_get_dirname(ctx),
		types[type].name);
}

static void log_unusable(const struct kmod_ctx *ctx, enum kmod_index type, const char *path, int fd,
			 int r)
{
	struct index_header header;

	if (r == -EBADMSG)
		log_damaged(ctx, type);
	else if (r == -ENOEXEC && index_read_header(fd, &header) == 0)
		log_err(ctx, "magic check fail: %x instead of %x\n", header.magic, INDEX_MAGIC);
	else
		log_err(ctx, "could not use the index '%s': %s\n", path, strerror(-r));
}

static bool is_empty(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size == 0;
}

/*
 * Opens the file of an index. Returns 0; -EINVAL when it is none; -ENODATA when it is empty, as it
 * may be; -ENOMEM; any other errno.
 */
static int index_file_open(const struct kmod_ctx *ctx, enum kmod_index type, struct index **ret)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	int r = index_file_path(ctx, type, path);

	if (r < 0)
		return r;
	/* Something that is not a file is not to be waited for. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		if (!is_none(r))
			log_unusable(ctx, type, path, fd, r);
		return r;
	}
	r = index_open(fd, ret);
	if (r == -EBADMSG && types[type].may_be_empty && is_empty(fd))
		return -ENODATA;
	if (r < 0) {
		log_unusable(ctx, type, path, fd, r);
		return r == -ENOEXEC || r == -ENOTSUP || r == -EBADMSG ? -EINVAL : r;
	}
	(void)move_fd(&fd);
	return 0;
}

void index_keep_open(struct kmod_ctx *ctx)
{
	context_indexes(ctx)->keep = true;
}

/*
 * The index to ask: the loaded one, or one opened for this question, which then also is
 * *@ret_owned. Returns 1; 0 when there is none; a negative errno, logged: -EBADMSG when it is no
 * index, another one when it cannot be read.
 */
static int index_get(struct kmod_ctx *ctx, enum kmod_index type, struct index **ret,
		     struct index **ret_owned)
{
	struct indexes *const indexes = context_indexes(ctx);
	int r = 0;

	*ret = indexes->loaded[type];
	if (*ret)
		return 1;
	if (indexes->keep)
		r = index_file_open(ctx, type, &indexes->loaded[type]);
	else
		r = index_file_open(ctx, type, ret_owned);
	if (r < 0)
		return is_none(r) ? 0 : is_no_index(r) ? -EBADMSG : r;
	*ret = indexes->keep ? indexes->loaded[type] : *ret_owned;
	return 1;
}

/* ---- Lookups --------------------------------------------------------------------------- */

/* Logs why a question got no answer, and returns that. */
static int no_answer(const struct kmod_ctx *ctx, enum kmod_index type, int r)
{
	if (r == -EBADMSG)
		log_damaged(ctx, type);
	else if (r == -ETIME)
		log_err(ctx, "the index '%s/%s.bin' has patterns that take too long to compare\n",
			kmod_get_dirname(ctx), types[type].name);
	else
		log_err(ctx, "could not read the index '%s/%s.bin': %s\n", kmod_get_dirname(ctx),
			types[type].name, strerror(-r));
	return r;
}

/*
 * Whether a question got no answer because @index, which is loaded, has been replaced, and cannot be
 * read any more: see kept-file.h. It is not loaded then, and the question is for what is there now.
 */
static bool is_replaced(struct kmod_ctx *ctx, enum kmod_index type, struct index *index, int r)
{
	struct indexes *const indexes = context_indexes(ctx);

	if (r != -ESTALE || index != indexes->loaded[type])
		return false;
	indexes->loaded[type] = NULL;
	index_free(index);
	return true;
}

/* index_find(), but of a damaged index it says so: -EBADMSG. */
static int find(struct kmod_ctx *ctx, enum kmod_index type, const char *name, char **ret_value)
{
	_cleanup_(index_freep) struct index *owned = NULL;
	struct index *index = NULL;
	const char *value = NULL;
	char *copy;
	int r;

	do {
		r = index_get(ctx, type, &index, &owned);
		if (r <= 0)
			return r;
		r = index_search(index, name, &value);
	} while (is_replaced(ctx, type, index, r));
	if (r < 0)
		return no_answer(ctx, type, r);
	if (r == 0)
		return 0;
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	*ret_value = copy;
	return 1;
}

int index_find(struct kmod_ctx *ctx, enum kmod_index type, const char *name, char **ret_value)
{
	const int r = find(ctx, type, name, ret_value);

	return r == -EBADMSG ? 0 : r;
}

void index_result_done(struct index_result *result)
{
	index_matches_done(&result->matches);
	index_free(result->owned);
	*result = (struct index_result){ 0 };
}

void index_result_tell(const struct kmod_ctx *ctx, enum kmod_index type,
		       const struct index_result *result)
{
	if (result->matches.damaged)
		log_damaged(ctx, type);
}

int index_find_all(struct kmod_ctx *ctx, enum kmod_index type, const char *name,
		   struct index_result *ret)
{
	_cleanup_(index_result_done) struct index_result result = { 0 };
	struct index *index = NULL;
	int r;

	do {
		r = index_get(ctx, type, &index, &result.owned);
		if (r <= 0)
			return r == -EBADMSG ? 0 : r;
		r = index_search_wild(index, name, &result.matches);
	} while (is_replaced(ctx, type, index, r));
	if (r < 0)
		return no_answer(ctx, type, r);
	*ret = result;
	result = (struct index_result){ 0 };
	return 0;
}

int index_has_builtin(struct kmod_ctx *ctx, const char *name)
{
	_cleanup_free_ char *value = NULL;

	return index_find(ctx, KMOD_INDEX_MODULES_BUILTIN, name, &value);
}

int index_use_dep_line(struct kmod_module *mod)
{
	_cleanup_free_ char *line = NULL;
	const int r = find(module_ctx(mod), KMOD_INDEX_MODULES_DEP, kmod_module_get_name(mod),
			   &line);

	return r <= 0 ? r : module_use_dep_line(mod, line);
}

/* ---- Resources ------------------------------------------------------------------------- */

void indexes_done(struct indexes *indexes)
{
	for (size_t i = 0; i < INDEX_TYPES; i++)
		index_free(indexes->loaded[i]);
	*indexes = (struct indexes){ 0 };
}

static int load(struct kmod_ctx *ctx, enum kmod_index type)
{
	struct indexes *const indexes = context_indexes(ctx);
	_cleanup_(index_freep) struct index *index = NULL;
	char path[PATH_MAX];
	int r;

	if (indexes->loaded[type]) {
		log_info(ctx, "Index %s already loaded\n", types[type].name);
		return 0;
	}
	r = index_file_open(ctx, type, &index);
	if (r >= 0)
		r = index_file_path(ctx, type, path);
	if (r >= 0)
		r = index_keep(index, path);
	if (r < 0 && types[type].optional && r != -ENOMEM)
		return 0;
	if (r < 0)
		return r == -ENODATA || r == -EBADMSG ? -EINVAL : r;
	indexes->loaded[type] = move_ptr(index);
	return 0;
}

int kmod_load_resources(struct kmod_ctx *ctx)
{
	if (!ctx)
		return -ENOENT;
	for (int type = 0; type < INDEX_TYPES; type++) {
		const int r = load(ctx, (enum kmod_index)type);

		if (r < 0) {
			kmod_unload_resources(ctx);
			return r;
		}
	}
	return 0;
}

void kmod_unload_resources(struct kmod_ctx *ctx)
{
	if (ctx)
		indexes_done(context_indexes(ctx));
}

/* Times are compared by microseconds, as they always were. */
static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec / 1000 == b->tv_nsec / 1000;
}

static bool index_changed(const struct kmod_ctx *ctx, enum kmod_index type,
			  const struct timespec *mtime)
{
	char path[PATH_MAX];
	struct stat st;

	return index_file_path(ctx, type, path) < 0 || stat(path, &st) < 0 ||
	       !same_time(&st.st_mtim, mtime);
}

int kmod_validate_resources(struct kmod_ctx *ctx)
{
	struct indexes *indexes;

	if (!ctx || !config_is_current(context_config(ctx)))
		return KMOD_RESOURCES_MUST_RECREATE;
	indexes = context_indexes(ctx);
	for (int type = 0; type < INDEX_TYPES; type++)
		if (indexes->loaded[type] &&
		    index_changed(ctx, (enum kmod_index)type, index_mtime(indexes->loaded[type])))
			return KMOD_RESOURCES_MUST_RELOAD;
	return KMOD_RESOURCES_OK;
}

/* ---- Dump ------------------------------------------------------------------------------ */

struct dump {
	void (*put)(void *out, const char *text);
	void *out;
	const char *prefix;
};

static int dump_entry(const char *key, const char *value, void *data)
{
	const struct dump *const dump = data;

	dump->put(dump->out, dump->prefix);
	dump->put(dump->out, key);
	dump->put(dump->out, " ");
	dump->put(dump->out, value);
	dump->put(dump->out, "\n");
	return 0;
}

int index_show(struct kmod_ctx *ctx, enum kmod_index type, void (*put)(void *out, const char *text),
	       void *out)
{
	_cleanup_(index_freep) struct index *owned = NULL;
	struct index *index = NULL;
	int r = index_get(ctx, type, &index, &owned);

	if (r <= 0)
		return r == 0 ? -ENOSYS : r == -EBADMSG ? -ENOEXEC : r;
	r = index_dump(index, dump_entry,
		       &(struct dump){ .put = put, .out = out, .prefix = types[type].dump_prefix });
	return r < 0 ? no_answer(ctx, type, r) : 0;
}

static void put_to_descriptor(void *out, const char *text)
{
	output_text(out, text);
}

int kmod_dump_index(struct kmod_ctx *ctx, enum kmod_index type, int fd)
{
	struct output out = { .fd = fd };
	int r;

	if (!ctx)
		return -ENOSYS;
	if ((unsigned int)type >= INDEX_TYPES)
		return -ENOENT;
	r = index_show(ctx, type, put_to_descriptor, &out);
	/* what can be shown of a damaged one is no failure here, nor is there one for what is none */
	r = r == -EBADMSG ? 0 : r == -ENOEXEC ? -ENOSYS : r;
	if (output_flush(&out) < 0)
		log_err(ctx, "could not write all of '%s.bin': %s\n", types[type].name,
			strerror(-out.error));
	return r;
}
