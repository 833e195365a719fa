/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files of a directory tree are modules.
 *
 * Directories wait on a stack; each thread takes one, reads it and puts those in it on the stack.
 * So the order of what is found is anything, and nothing that comes after may depend on it.
 */
#include "tools/depmod/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libkmod/base/array.h"
#include "libkmod/base/cleanup.h"
#include "libkmod/base/io.h"
#include "libkmod/base/str.h"
#include "tools/depmod/pool.h"

/*
 * A link to a directory that it is in is not followed. Links can still multiply: n directories
 * with links to each other have more than n! paths. With so many links, or modules found by way of
 * links, no directory is searched.
 */
#define LINKS_MAX 65536U

/*
 * What cannot be opened is left out, and that is told. But where it is the system that fails, as
 * memory or descriptors run out or the disk does, that would be a tree without a part of its modules.
 */

/* A directory to be read. */
struct dir {
	const struct dir *parent; /* NULL: the root */
	const char *path;	  /* from the root's path on, which it starts with */
	bool linked;		  /* a link is on the way */
	dev_t dev;		  /* what tells it from others, once it is read */
	ino_t ino;
};

struct walk {
	const struct scan_options *options;
	const char *root;
	size_t root_size;
	unsigned int root_number;
	int root_fd;
	struct scan *results; /* one a worker */

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	struct dir **dirs;
	size_t count, room;
	unsigned int busy; /* workers that may still add directories */
	unsigned int links, linked_files;
	int error;
};

/* As much as one call gives of a directory, which is all of most. */
#define ENTRIES_SIZE ((size_t)32 << 10)

/* One of the threads. */
struct walker {
	struct walk *walk;
	struct scan *result;
	int fd;		/* of the directory at hand */
	char *entries;	/* of it; ENTRIES_SIZE bytes */
};

void scan_done(struct scan *scan)
{
	free(scan->files);
	messages_done(&scan->messages);
	arena_done(&scan->texts);
	*scan = (struct scan){ 0 };
}

/* ---- Names ------------------------------------------------------------------------------- */

bool scan_is_module(const char *name, size_t *ret_suffix)
{
	static const char *const suffixes[] = {
		"",
#if ENABLE_XZ
		".xz",
#endif
#if ENABLE_ZSTD
		".zst",
#endif
#if ENABLE_ZLIB
		".gz",
#endif
	};
	const size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		const size_t suffix = strlen(suffixes[i]);

		if (length > suffix + 3 && memcmp(name + length - suffix - 3, ".ko", 3) == 0 &&
		    memcmp(name + length - suffix, suffixes[i], suffix) == 0) {
			if (ret_suffix)
				*ret_suffix = suffix;
			return true;
		}
	}
	return false;
}

static bool is_passed_over(const struct scan_options *options, const char *name)
{
	static const char *const always[] = { ".", "..", "build", "source" };

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (strcmp(name, always[i]) == 0)
			return true;
	for (size_t i = 0; i < options->excluded_count; i++)
		if (strcmp(name, options->excluded[i]) == 0)
			return true;
	return false;
}

static char *path_join(struct arena *arena, const char *dir, const char *name)
{
	const size_t dir_size = strlen(dir), name_size = strlen(name);
	char *const path = arena_text_room(arena, dir_size + 1 + name_size);

	if (path) {
		memcpy(path, dir, dir_size);
		path[dir_size] = '/';
		memcpy(path + dir_size + 1, name, name_size);
	}
	return path;
}

/* ---- The stack of directories -------------------------------------------------------------- */

static void fail(struct walk *walk, int error)
{
	(void)pthread_mutex_lock(&walk->lock);
	if (walk->error == 0)
		walk->error = error;
	(void)pthread_cond_broadcast(&walk->changed);
	(void)pthread_mutex_unlock(&walk->lock);
}

static int push(struct walk *walk, struct dir *dir)
{
	struct dir **grown;

	(void)pthread_mutex_lock(&walk->lock);
	grown = array_reserve(walk->dirs, &walk->room, walk->count + 1, sizeof(struct dir *));
	if (grown) {
		walk->dirs = grown;
		walk->dirs[walk->count++] = dir;
		/* A mere signal to one of several may get lost before glibc 2.41: its bug 25847. */
		(void)pthread_cond_broadcast(&walk->changed);
	}
	(void)pthread_mutex_unlock(&walk->lock);
	return grown ? 0 : -ENOMEM;
}

/* Waits for a directory to read, and takes it. NULL when there will be none. */
static struct dir *pop(struct walk *walk)
{
	struct dir *dir = NULL;

	(void)pthread_mutex_lock(&walk->lock);
	while (walk->count == 0 && walk->busy > 0 && walk->error == 0)
		(void)pthread_cond_wait(&walk->changed, &walk->lock);
	if (walk->count > 0 && walk->error == 0) {
		dir = walk->dirs[--walk->count];
		walk->busy++;
	}
	(void)pthread_mutex_unlock(&walk->lock);
	return dir;
}

static void finished_one(struct walk *walk)
{
	(void)pthread_mutex_lock(&walk->lock);
	if (--walk->busy == 0)
		(void)pthread_cond_broadcast(&walk->changed);
	(void)pthread_mutex_unlock(&walk->lock);
}

/* ---- Entries of a directory ------------------------------------------------------------- */

#define complain(walker, path, ...) \
	messages_add(&(walker)->result->messages, (walker)->walk->root_number, path, LOG_ERR, \
		     __VA_ARGS__)

/* The part of a path below the root, for the *at() calls; "." for the root itself. */
static const char *below_root(const struct walk *walk, const char *path)
{
	return path[walk->root_size] == '\0' ? "." : path + walk->root_size + 1;
}

/* Whether the directory of @st is @dir or one that @dir is in. */
static bool is_ancestor(const struct dir *dir, const struct stat *st)
{
	for (; dir; dir = dir->parent)
		if (dir->dev == st->st_dev && dir->ino == st->st_ino)
			return true;
	return false;
}

/* Adds 1 to @count, and tells whether it still may be as large. */
static bool may_be_one_more(struct walk *walk, unsigned int *count)
{
	bool may;

	(void)pthread_mutex_lock(&walk->lock);
	may = ++*count <= LINKS_MAX;
	(void)pthread_mutex_unlock(&walk->lock);
	return may;
}

static int add_dir(struct walker *walker, const struct dir *parent, const char *path, bool linked)
{
	struct dir *const dir = arena_take(&walker->result->texts, sizeof(*dir));

	if (!dir)
		return -ENOMEM;
	*dir = (struct dir){ .parent = parent, .path = path, .linked = linked };
	return push(walker->walk, dir);
}

/* Adds the directory @path, of @st, that a link in @parent leads to. */
static int add_linked_dir(struct walker *walker, const struct dir *parent, const char *path,
			  const struct stat *st)
{
	if (is_ancestor(parent, st))
		return 0;
	if (!may_be_one_more(walker->walk, &walker->walk->links)) {
		complain(walker, path, "more than %u links to directories: %s", LINKS_MAX, path);
		return -ELOOP;
	}
	return add_dir(walker, parent, path, true);
}

/* Adds the module @name of @dir, which is @path. @st: its status if that is known. */
static int add_file(struct walker *walker, const struct dir *dir, const char *name,
		    const char *path, size_t suffix, const struct stat *st)
{
	const struct scan_options *const options = walker->walk->options;
	const bool wanted = options->stamps || (options->compressed_stamps && suffix > 0);
	struct scan *const result = walker->result;
	struct stat own;
	struct found *grown;
	int r;

	if (dir->linked && !may_be_one_more(walker->walk, &walker->walk->linked_files)) {
		complain(walker, path, "more than %u modules by links to directories: %s",
			 LINKS_MAX, path);
		return -ELOOP;
	}
	if (wanted && !st) {
		if (fstatat(walker->fd, name, &own, 0) < 0) {
			r = -errno;
			complain(walker, path, "could not examine '%s': %s", path, strerror(-r));
			return is_trouble_of_path(r) ? 0 : r;
		}
		st = &own;
	}
	grown = array_reserve(result->files, &result->room, result->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	result->files = grown;
	result->files[result->count++] = (struct found){
		.path = path,
		.root_size = walker->walk->root_size,
		.root = walker->walk->root_number,
		.stamp = wanted ? stamp_of(st) : (struct stamp){ 0 },
	};
	return 0;
}

/* Adds the entry @name of @dir, of which more has to be found out than its name. */
static int add_examined(struct walker *walker, const struct dir *dir, const char *name,
			const char *path)
{
	struct stat st;
	size_t suffix;
	int r;

	if (fstatat(walker->fd, name, &st, 0) < 0) {
		r = -errno;
		complain(walker, path, "fstatat(%s, %s): %s", dir->path, name, strerror(-r));
		return is_trouble_of_path(r) ? 0 : r;
	}
	if (S_ISDIR(st.st_mode))
		return add_linked_dir(walker, dir, path, &st);
	if (S_ISREG(st.st_mode))
		return scan_is_module(name, &suffix) ?
			       add_file(walker, dir, name, path, suffix, &st) :
			       0;
	complain(walker, path, "unsupported file type %s: %o", path,
		 (unsigned int)(st.st_mode & S_IFMT));
	return 0;
}

static int add_entry(struct walker *walker, const struct dir *dir, const struct dirent64 *entry)
{
	const char *const name = entry->d_name;
	size_t suffix = 0;
	const char *path;

	if (is_passed_over(walker->walk->options, name) ||
	    (entry->d_type == DT_REG && !scan_is_module(name, &suffix)))
		return 0;
	path = path_join(&walker->result->texts, dir->path, name);
	if (!path)
		return -ENOMEM;
	if (entry->d_type == DT_REG)
		return add_file(walker, dir, name, path, suffix, NULL);
	if (entry->d_type == DT_DIR)
		return add_dir(walker, dir, path, dir->linked);
	return add_examined(walker, dir, name, path);
}

/* Adds the entries of @dir that are in the first @size bytes of those at hand. */
static int add_entries(struct walker *walker, const struct dir *dir, size_t size)
{
	int r = 0;

	for (size_t at = 0; r >= 0 && at < size;) {
		/* the kernel aligns them */
		const struct dirent64 *const entry = (const void *)(walker->entries + at);

		r = add_entry(walker, dir, entry);
		at += entry->d_reclen;
	}
	return r;
}

static int complain_of_dir(struct walker *walker, const struct dir *dir, int error)
{
	const char *const name = path_basename(dir->path);

	complain(walker, dir->path, "openat(%.*s, %s, O_RDONLY): %s", (int)(name - dir->path - 1),
		 dir->path, name, strerror(-error));
	return is_trouble_of_path(error) ? 0 : error;
}

/* Reads @dir, the only one to know it. */
static int read_dir(struct walker *walker, struct dir *dir)
{
	struct walk *const walk = walker->walk;
	_cleanup_close_ int fd = openat(walk->root_fd, below_root(walk, dir->path),
					O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	ssize_t n;
	int r = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return complain_of_dir(walker, dir, -errno);
	dir->dev = st.st_dev;
	dir->ino = st.st_ino;
	walker->fd = fd;
	while (r >= 0 && (n = getdents64(fd, walker->entries, ENTRIES_SIZE)) > 0)
		r = add_entries(walker, dir, (size_t)n);
	if (r >= 0 && n < 0) {
		r = -errno;
		complain(walker, dir->path, "could not read directory %s: %s", dir->path,
			 strerror(-r));
		return is_trouble_of_path(r) ? 0 : r;
	}
	return r;
}

static void walk_on(void *data, unsigned int number)
{
	struct walk *const walk = data;
	_cleanup_free_ char *entries = malloc(ENTRIES_SIZE);
	struct walker walker = {
		.walk = walk,
		.result = &walk->results[number],
		.entries = entries,
	};
	struct dir *dir;

	if (!entries) {
		fail(walk, -ENOMEM);
		return;
	}
	while ((dir = pop(walk))) {
		const int r = read_dir(&walker, dir);

		if (r < 0)
			fail(walk, r);
		finished_one(walk);
	}
}

/* ---- The whole -------------------------------------------------------------------------- */

/* Moves what a worker has found to the result of all. */
static int adopt(struct scan *scan, struct scan *part)
{
	struct found *const grown =
		array_reserve(scan->files, &scan->room, scan->count + part->count, sizeof(*grown));

	if (!grown) {
		scan_done(part);
		return -ENOMEM;
	}
	scan->files = grown;
	if (part->count > 0)
		memcpy(scan->files + scan->count, part->files, part->count * sizeof(*grown));
	scan->count += part->count;
	arena_adopt(&scan->texts, &part->texts);
	scan_done(part);
	return 0;
}

static int walk_all(struct scan *scan, struct walk *walk)
{
	struct scan parts[POOL_JOBS_MAX] = { 0 };
	struct walker first = { .walk = walk, .result = &parts[0] };
	int r = add_dir(&first, NULL, walk->root, false);

	walk->results = parts;
	if (r >= 0) {
		pool_run(walk->options->jobs, walk_on, walk);
		r = walk->error;
	}
	walk->results = NULL;
	for (size_t i = 0; i < POOL_JOBS_MAX; i++) {
		messages_adopt(&scan->messages, &parts[i].messages);
		if (r >= 0)
			r = adopt(scan, &parts[i]);
		else
			scan_done(&parts[i]);
	}
	return r;
}

int scan_add(struct scan *scan, const char *root, const struct scan_options *options)
{
	_cleanup_close_ int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct walk walk = {
		.options = options,
		.root_size = strlen(root),
		.root_number = scan->roots,
		.root_fd = fd,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
	};
	int r;

	if (fd < 0) {
		r = -errno;
		messages_add(&scan->messages, scan->roots, "", LOG_ERR,
			     "could not open directory %s: %s", root, strerror(-r));
		return r;
	}
	walk.root = arena_text(&scan->texts, root, strlen(root));
	if (!walk.root)
		return -ENOMEM;
	r = walk_all(scan, &walk);
	free(walk.dirs);
	if (r >= 0)
		scan->roots++;
	return r;
}
