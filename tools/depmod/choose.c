/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of several modules of one name counts.
 */
#include "tools/depmod/choose.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/names.h"
#include "libkmod/base/str.h"
#include "libkmod/name.h"
#include "tools/cli.h"

const char *path_below(const char *root, const char *path)
{
	const size_t size = strlen(root);

	return strncmp(path, root, size) == 0 && path[size] == '/' ? path + size + 1 : path;
}

/* What decides between files of one name: the larger counts, in this order. */
struct rank {
	size_t override; /* 1 + the number of the last override for it; 0: none */
	int search;	 /* -1: nothing is for it */
	unsigned int root;
	const char *path;
};

/* Whether @path is below the directory @dir. */
static bool is_below(const char *path, const char *dir)
{
	const size_t size = strlen(dir);

	return strncmp(path, dir, size) == 0 && path[size] == '/';
}

static size_t override_of(const char *relative, const struct texts *overrides)
{
	const char *const name = path_basename(relative);
	const size_t size = (size_t)(name - relative) + strcspn(name, ".");

	for (size_t i = overrides->count; i > 0; i--) {
		const char *const override = overrides->texts[i - 1];

		if (strlen(override) == size && memcmp(override, relative, size) == 0)
			return i;
	}
	return 0;
}

/*
 * The words of "search" are counted from the last one on, "external" once for each such directory,
 * and the highest number of a word that is for the file is its rank. "built-in" is for files that
 * no other word is for.
 */
static int search_rank(const char *path, const char *relative, const struct depmod_config *config)
{
	int rank = -1, otherwise = -1, number = 0;

	for (size_t i = config->search.count; i > 0; i--) {
		const char *const word = config->search.texts[i - 1];

		if (strcmp(word, "built-in") == 0) {
			otherwise = number++;
			continue;
		}
		if (strcmp(word, "external") == 0) {
			for (size_t j = config->externals.count; j > 0; j--, number++)
				if (is_below(path, config->externals.texts[j - 1]))
					rank = number;
			continue;
		}
		if (is_below(relative, word))
			rank = number;
		number++;
	}
	return rank >= 0 ? rank : otherwise;
}

static struct rank rank_of(const struct found *file, const char *root,
			   const struct depmod_config *config)
{
	const char *const relative = path_below(root, file->path);

	return (struct rank){
		.override = override_of(relative, &config->overrides),
		.search = search_rank(file->path, relative, config),
		.root = file->root,
		.path = file->path,
	};
}

/* Whether the two differ in more than their paths. */
static bool is_tie(const struct rank *a, const struct rank *b)
{
	return a->override == b->override && a->search == b->search && a->root == b->root;
}

static bool is_better(const struct rank *a, const struct rank *b)
{
	if (a->override != b->override)
		return a->override > b->override;
	if (a->search != b->search)
		return a->search > b->search;
	if (a->root != b->root)
		return a->root < b->root;
	return strcmp(a->path, b->path) < 0;
}

/* The number of the module name that the file has. */
static int name_of(struct names *names, const struct found *file, uint32_t *ret)
{
	char name[PATH_MAX];
	const size_t length = module_name_normalize(path_basename(file->path), name);

	return names_add(names, name, length, ret);
}

static void tell(struct messages *messages, const struct rank *winner, const struct found *other)
{
	messages_add(messages, 0, other->path, LOG_WARNING,
		     "two files are the same module, and neither has priority: taking %s, not %s",
		     winner->path, other->path);
}

/* Of the files of each name @best is the number of the one that counts, in @scan. */
static int find_best(struct scan *scan, const char *root, const struct depmod_config *config,
		     struct names *names, uint32_t *name, size_t *best)
{
	for (size_t i = 0; i < scan->count; i++) {
		const uint32_t known = names->count;
		struct rank rank, incumbent;
		int r = name_of(names, &scan->files[i], &name[i]);

		if (r < 0)
			return r;
		if (name[i] == known) {
			best[known] = i;
			continue;
		}
		rank = rank_of(&scan->files[i], root, config);
		incumbent = rank_of(&scan->files[best[name[i]]], root, config);
		if (is_better(&rank, &incumbent))
			best[name[i]] = i;
	}
	return 0;
}

int choose(struct cli *cli, struct scan *scan, const char *root,
	   const struct depmod_config *config)
{
	_cleanup_(names_done) struct names names = { 0 };
	_cleanup_(messages_done) struct messages messages = { 0 };
	_cleanup_free_ uint32_t *name = calloc(scan->count + 1, sizeof(*name));
	_cleanup_free_ size_t *best = calloc(scan->count + 1, sizeof(*best));
	size_t kept = 0;

	if (!name || !best || names_expect(&names, scan->count) < 0 ||
	    find_best(scan, root, config, &names, name, best) < 0)
		return -ENOMEM;

	for (size_t i = 0; names.count < scan->count && i < scan->count; i++) {
		struct rank winner, rank;

		if (best[name[i]] == i)
			continue;
		winner = rank_of(&scan->files[best[name[i]]], root, config);
		rank = rank_of(&scan->files[i], root, config);
		if (is_tie(&winner, &rank))
			tell(&messages, &winner, &scan->files[i]);
	}
	for (size_t i = 0; i < scan->count; i++)
		if (best[name[i]] == i)
			scan->files[kept++] = scan->files[i];
	scan->count = kept;
	(void)messages_log(cli, &messages);
	return 0;
}
