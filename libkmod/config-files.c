/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which configuration files there are, in which order they are read, and what is in them.
 */
#include "libkmod/config-files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/array.h"
#include "libkmod/base/cleanup.h"
#include "libkmod/base/io.h"
#include "libkmod/base/str.h"

/* No file may be larger. */
#define READ_MAX ((size_t)256 << 20)

void config_files_done(struct config_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->files[i].path);
	for (size_t i = 0; i < files->dirs_count; i++)
		(void)closedir(files->dirs[i]);
	free(files->files);
	free(files->dirs);
	*files = (struct config_files){ 0 };
}

/* ---- Collecting -------------------------------------------------------------------------- */

static char *path_join(const char *dir, const char *name)
{
	const size_t dir_size = strlen(dir);
	const size_t name_size = strlen(name);
	char *const path = malloc(dir_size + 1 + name_size + 1);

	if (path) {
		memcpy(path, dir, dir_size);
		path[dir_size] = '/';
		memcpy(path + dir_size + 1, name, name_size + 1);
	}
	return path;
}

/* Adds the file @path, which it takes; NULL: there was no memory for it. @dir may be AT_FDCWD. */
static int add_file(struct config_files *files, char *path, int dir, bool given)
{
	struct config_file *grown;

	if (!path)
		return -ENOMEM;
	grown = array_reserve(files->files, &files->files_room, files->count + 1, sizeof(*grown));
	if (!grown) {
		free(path);
		return -ENOMEM;
	}
	files->files = grown;
	files->files[files->count] = (struct config_file){
		.path = path,
		.name = path_basename(path),
		.dirfd = dir,
		.given = given,
		.rank = files->count,
	};
	files->count++;
	return 0;
}

int config_files_add_file(struct config_files *files, const char *dir, const char *name)
{
	return add_file(files, path_join(dir, name), AT_FDCWD, false);
}

/* Whether @entry of @dir is a directory, or leads to one; a negative errno of stat(2). */
static int entry_is_dir(DIR *dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	if (fstatat(dirfd(dir), entry->d_name, &st, 0) < 0)
		return -errno;
	return S_ISDIR(st.st_mode);
}

/* Adds the entry of @dir, which is called @dir_path, if it is a configuration file. */
static int add_entry(struct config_files *files, const char *dir_path, DIR *dir,
		     const struct dirent *entry)
{
	_cleanup_free_ char *path = NULL;
	int is_dir;

	if (entry->d_name[0] == '.')
		return 0;
	path = path_join(dir_path, entry->d_name);
	if (!path)
		return -ENOMEM;

	if (!str_has_suffix(entry->d_name, ".conf")) {
		files->report(files->report_data, CONFIG_FILES_OTHER_NAME, path, 0);
		return 0;
	}
	is_dir = entry_is_dir(dir, entry);
	if (is_dir < 0) {
		files->report(files->report_data, CONFIG_FILES_NO_STAT, path, -is_dir);
		return 0;
	}
	if (is_dir) {
		files->report(files->report_data, CONFIG_FILES_SUBDIR, path, EISDIR);
		return 0;
	}
	return add_file(files, move_ptr(path), dirfd(dir), false);
}

/* Adds @dir to those that stay open. */
static int keep_dir(struct config_files *files, DIR *dir)
{
	DIR **const grown = array_reserve(files->dirs, &files->dirs_room, files->dirs_count + 1,
					  sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	files->dirs = grown;
	files->dirs[files->dirs_count++] = dir;
	return 0;
}

static int add_dir(struct config_files *files, const char *path)
{
	_cleanup_closedir_ DIR *opened = opendir(path);
	DIR *const dir = opened;
	const struct dirent *entry;
	int r;

	if (!dir) {
		files->report(files->report_data, CONFIG_FILES_UNREADABLE_DIR, path, errno);
		return 0;
	}
	r = keep_dir(files, dir);
	if (r < 0)
		return r;
	(void)move_ptr(opened);

	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		r = add_entry(files, path, dir, entry);
		if (r < 0)
			return r;
	}
	if (errno != 0)
		files->report(files->report_data, CONFIG_FILES_UNREADABLE_DIR, path, errno);
	return 0;
}

int config_files_add_path(struct config_files *files, const char *path, struct stat *ret_st)
{
	struct stat st;
	int r;

	if (stat(path, &st) < 0) {
		if (errno == ENOMEM)
			return -ENOMEM;
		if (!config_file_is_absent(-errno) && errno != ENAMETOOLONG)
			files->report(files->report_data, CONFIG_FILES_UNREADABLE, path, errno);
		return 0;
	}
	r = S_ISDIR(st.st_mode) ? add_dir(files, path) :
				  add_file(files, strdup(path), AT_FDCWD, true);
	if (r < 0)
		return r;
	*ret_st = st;
	return 1;
}

static int compare_files(const void *a, const void *b)
{
	const struct config_file *const first = a, *const second = b;
	const int order = strcmp(first->name, second->name);

	if (order != 0)
		return order;
	return first->rank < second->rank ? -1 : first->rank > second->rank;
}

void config_files_sort(struct config_files *files)
{
	size_t kept = 0;

	if (files->count == 0)
		return;
	qsort(files->files, files->count, sizeof(*files->files), compare_files);
	for (size_t i = 1; i < files->count; i++) {
		if (strcmp(files->files[i].name, files->files[kept].name) == 0)
			free(files->files[i].path);
		else
			files->files[++kept] = files->files[i];
	}
	files->count = kept + 1;
}

/* ---- Reading ----------------------------------------------------------------------------- */

int config_file_open(const struct config_file *file)
{
	const char *const path = file->dirfd == AT_FDCWD ? file->path : file->name;
	const int wait = file->given ? 0 : O_NONBLOCK;
	int fd;

	/* Relative to its directory, a file can be reached although its path is too long. */
	if (strlen(file->path) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = openat(file->dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | wait);
	return fd < 0 ? -errno : fd;
}

bool config_file_is_absent(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -EACCES ||
	       error == -EPERM || error == -ENXIO;
}

int config_file_read(int fd, char **ret_text, size_t *ret_size)
{
	return read_all(fd, READ_MAX, ret_text, ret_size);
}
