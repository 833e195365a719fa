/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which configuration files there are, in which order they are read, and what is in them.
 *
 * Directories and files are added with the highest priority first. Of several files with the same
 * basename only the first one added counts, whatever directory it is in; so a file that
 * is empty, or a link to /dev/null, hides others. Files are read in the order of their
 * basenames, by bytes.
 */
#ifndef KMOD_CONFIG_FILES_H
#define KMOD_CONFIG_FILES_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* The directories for configuration, highest priority first, with @name in each: a list. */
#define CONFIG_DIRECTORIES(name)                                                         \
	SYSCONFDIR "/" name, "/run/" name, "/usr/local/lib/" name, DISTCONFDIR "/" name, \
		"/lib/" name

/* What is wrong with a directory or with an entry of one, which is then skipped. */
enum config_files_problem {
	CONFIG_FILES_UNREADABLE_DIR,
	CONFIG_FILES_UNREADABLE, /* a path that was given, whatever there is */
	CONFIG_FILES_NO_STAT, /* stat(2) fails: a link that leads nowhere */
	CONFIG_FILES_SUBDIR,
	CONFIG_FILES_OTHER_NAME, /* neither hidden nor ending in .conf */
};

/* Is told of a problem with @path, and the errno. */
typedef void (*config_files_report_fn)(void *data, enum config_files_problem problem,
				       const char *path, int error);

struct config_file {
	char *path;	  /* as the directory was given, '/' and the name */
	const char *name; /* in path: the basename */
	int dirfd;	  /* the directory, borrowed from the collection, or AT_FDCWD */
	bool given;	  /* added by its own path */
	size_t rank;	  /* how many were added before */
};

/* A collection. All zero: an empty one, which has to be given a way to report. */
struct config_files {
	config_files_report_fn report;
	void *report_data;
	struct config_file *files;
	size_t count, files_room;
	DIR **dirs; /* stay open, for the files to be opened relative to them */
	size_t dirs_count, dirs_room;
};

/* Frees what is in the collection. */
void config_files_done(struct config_files *files);

/* Adds the file @name in the directory @dir, whether it exists or not. Returns 0 or -ENOMEM. */
int config_files_add_file(struct config_files *files, const char *dir, const char *name);

/*
 * Adds @path: the file that it is, whatever it is called, or the files in the directory that it
 * is. Of these, the ones that are not hidden, end in .conf and are no directories.
 *
 * Returns 1 with what stat(2) says of @path in *@ret_st; 0 when it fails, which is no problem when
 * nothing is there, and otherwise reported; -ENOMEM.
 */
int config_files_add_path(struct config_files *files, const char *path, struct stat *ret_st);

/* Puts the files in order and takes out those that are hidden by others. */
void config_files_sort(struct config_files *files);

/*
 * Opens @file for reading.
 *
 * A file that was added by its own path may be a pipe, which is waited for, as in "-C <(cmd)". A
 * file in a directory is not waited for, as a pipe left there would stop everything, from boot on:
 * with nobody at its other end it reads like an empty file.
 *
 * Returns a descriptor; -ENAMETOOLONG when the path is as long as PATH_MAX; another negative errno.
 */
int config_file_open(const struct config_file *file);

/*
 * Whether a file that cannot be opened or found, with the negative errno @error, is simply not there
 * for this user: missing, a link that leads nowhere, a socket, for others to read. Otherwise it is the
 * system that fails.
 */
bool config_file_is_absent(int error);

/*
 * Reads all of @fd into *@ret_text, which the caller frees. The *@ret_size bytes are followed by
 * one more that may be written to. Returns 0; -EFBIG beyond 256 MiB; -ENOMEM; another negative
 * errno of read(2).
 */
int config_file_read(int fd, char **ret_text, size_t *ret_size);

#endif
