/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration of a context: reading it, and finding what it says of a name.
 *
 * The entries point into the text that they were parsed from, which is kept as it was read but for
 * what the parsers change in it.
 */
#include "libkmod/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libkmod/base/array.h"
#include "libkmod/base/cleanup.h"
#include "libkmod/base/io.h"
#include "libkmod/base/overflow.h"
#include "libkmod/base/printable.h"
#include "libkmod/cmdline.h"
#include "libkmod/config-files.h"
#include "libkmod/context.h"
#include "libkmod/name.h"

#define CMDLINE "/proc/cmdline"

/* How much of the kernel command line counts. */
#define CMDLINE_MAX 4095

/* How much is shown of a text: what is not configuration at all may have very long words. */
#define SHOWN_MAX ((size_t)2 * PATH_MAX)

/* The entries of one kind. */
struct entries {
	struct config_entry *entries;
	size_t count, room;
};

/* A path that there was, to be looked at again. */
struct stamp {
	char *path;
	int64_t mtime; /* in microseconds */
};

struct config {
	struct entries kinds[CONFIG_KINDS];
	char **texts;
	size_t texts_count, texts_room;
	struct stamp *stamps;
	size_t stamps_count, stamps_room;
};

void config_free(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < CONFIG_KINDS; i++)
		free(config->kinds[i].entries);
	for (size_t i = 0; i < config->texts_count; i++)
		free(config->texts[i]);
	for (size_t i = 0; i < config->stamps_count; i++)
		free(config->stamps[i].path);
	free(config->texts);
	free(config->stamps);
	free(config);
}

/* ---- Changes since ------------------------------------------------------------------------ */

static int64_t mtime_of(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
}

static int add_stamp(struct config *config, const char *path, const struct stat *st)
{
	struct stamp *const grown = array_reserve(config->stamps, &config->stamps_room,
						  config->stamps_count + 1, sizeof(*grown));
	char *copy;

	if (!grown)
		return -ENOMEM;
	config->stamps = grown;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	config->stamps[config->stamps_count++] = (struct stamp){ copy, mtime_of(st) };
	return 0;
}

bool config_is_current(const struct config *config)
{
	struct stat st;

	for (size_t i = 0; i < config->stamps_count; i++) {
		const struct stamp *const stamp = &config->stamps[i];

		if (stat(stamp->path, &st) < 0 || mtime_of(&st) != stamp->mtime)
			return false;
	}
	return true;
}

/* ---- Reading ----------------------------------------------------------------------------- */

/* @text for a message; the caller frees it. NULL when memory ran out. */
static char *shown(const char *text)
{
	char *printable = NULL;

	(void)printable_text(text, strnlen(text, SHOWN_MAX), &printable);
	return printable;
}

static void log_bad_line(const struct kmod_ctx *ctx, const char *path, unsigned int number,
			 const char *word, int error)
{
	_cleanup_free_ char *file = shown(path);
	_cleanup_free_ char *start = shown(word);

	if (!file || !start)
		return;
	if (error == -ENOTSUP)
		log_err(ctx, "%s: command %s is deprecated and not parsed anymore\n", file, start);
	else
		log_err(ctx, "%s line %u: ignoring bad line starting with '%s'\n", file, number,
			start);
}

static void log_bad_option(const struct kmod_ctx *ctx, const char *module)
{
	_cleanup_free_ char *name = shown(module);

	if (name)
		log_err(ctx,
			"Ignoring bad option on kernel command line while parsing module name: '%s'\n",
			name);
}

static void log_unreadable(const struct kmod_ctx *ctx, const char *path, int error)
{
	_cleanup_free_ char *file = shown(path);

	if (!file)
		return;
	if (error == -ENAMETOOLONG)
		log_err(ctx, "Error parsing %s: path too long\n", file);
	else
		log_err(ctx, "could not read '%s': %s\n", file, strerror(-error));
}

/*
 * Whether @error is that there was too little of something, as there may not be the next time. Without
 * a part of the configuration modules would be loaded that are blacklisted. Files that the disk fails to
 * give are another matter: a system with one of them has to start.
 */
static bool is_shortage(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE;
}

struct problems {
	struct kmod_ctx *ctx;
	int error; /* 0; the first negative errno that is a shortage */
};

/* Logs a problem that was met while files were collected. */
static void log_problem(void *data, enum config_files_problem problem, const char *path, int error)
{
	struct problems *const problems = data;
	struct kmod_ctx *const ctx = problems->ctx;
	_cleanup_free_ char *file = shown(path);

	if (is_shortage(-error) && problems->error == 0)
		problems->error = -error;
	if (!file)
		return;
	switch (problem) {
	case CONFIG_FILES_UNREADABLE_DIR:
		log_err(ctx, "opendir(%s): %s\n", file, strerror(error));
		break;
	case CONFIG_FILES_UNREADABLE:
		log_unreadable(ctx, path, -error);
		break;
	case CONFIG_FILES_NO_STAT:
		log_err(ctx, "Cannot stat directory entry: %s\n", file);
		break;
	case CONFIG_FILES_SUBDIR:
		log_err(ctx, "Directories inside directories are not supported: %s\n", file);
		break;
	case CONFIG_FILES_OTHER_NAME:
		break; /* README, backups of editors and package managers */
	}
}

static int add_entry(struct config *config, const struct config_entry *entry)
{
	struct entries *const kind = &config->kinds[entry->kind];
	struct config_entry *const grown =
		array_reserve(kind->entries, &kind->room, kind->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	kind->entries = grown;
	kind->entries[kind->count++] = *entry;
	return 0;
}

/* Takes @text, which entries will point into. */
static int keep_text(struct config *config, char *text)
{
	char **const grown = array_reserve(config->texts, &config->texts_room,
					   config->texts_count + 1, sizeof(*grown));

	if (!grown) {
		free(text);
		return -ENOMEM;
	}
	config->texts = grown;
	config->texts[config->texts_count++] = text;
	return 0;
}

/* Adds what is in the @size bytes at @text, which come from the file @path. */
static int parse_text(struct kmod_ctx *ctx, struct config *config, const char *path, char *text,
		      size_t size)
{
	struct config_lines lines = config_lines_of(text, size);
	char *line = NULL;

	while (config_lines_next(&lines, &line)) {
		struct config_entry entry = { 0 };
		const char *word = NULL;
		int r = config_parse_line(line, &entry, &word);

		if (r > 0)
			r = add_entry(config, &entry);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			log_bad_line(ctx, path, lines.number, word, r);
	}
	return 0;
}

/*
 * Logs that the file @path was not read because of @error. One that is not there, or for others to
 * read, is nothing to complain about. Returns @error if it is a shortage; 0 otherwise: the others
 * still count.
 */
static int pass_over(const struct kmod_ctx *ctx, const char *path, int error)
{
	if (error == -ENOMEM)
		return error;
	if (!config_file_is_absent(error))
		log_unreadable(ctx, path, error);
	return is_shortage(error) ? error : 0;
}

/* Adds what is in @file. Fails only for a shortage. */
static int load_file(struct kmod_ctx *ctx, struct config *config, const struct config_file *file)
{
	_cleanup_close_ int fd = config_file_open(file);
	char *text = NULL;
	size_t size = 0;
	int r;

	if (fd < 0)
		return pass_over(ctx, file->path, fd);
	r = config_file_read(fd, &text, &size);
	if (r < 0)
		return pass_over(ctx, file->path, r);
	r = keep_text(config, text);
	if (r < 0)
		return r;
	return parse_text(ctx, config, file->path, text, size);
}

/* Adds the @size bytes of kernel command line at @text. */
static int parse_cmdline(struct kmod_ctx *ctx, struct config *config, char *text, size_t size)
{
	struct cmdline cmdline = cmdline_of(text, size);
	struct config_entry entry = { 0 };
	int r;

	while ((r = cmdline_next(&cmdline, &entry)) != 0) {
		if (r < 0) {
			log_bad_option(ctx, entry.name);
			continue;
		}
		r = add_entry(config, &entry);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Adds what is in the kernel command line. Fails only for a shortage. */
static int load_cmdline(struct kmod_ctx *ctx, struct config *config)
{
	_cleanup_close_ int fd = open(CMDLINE, O_RDONLY | O_CLOEXEC);
	char *text;
	ssize_t n;
	int r;

	if (fd < 0)
		return pass_over(ctx, CMDLINE, -errno);
	text = malloc(CMDLINE_MAX + 1);
	if (!text)
		return -ENOMEM;
	r = keep_text(config, text);
	if (r < 0)
		return r;

	n = read_full(fd, text, CMDLINE_MAX);
	if (n < 0) {
		log_err(ctx, "could not read from '" CMDLINE "': %s\n", strerror((int)-n));
		return 0;
	}
	return parse_cmdline(ctx, config, text, (size_t)n);
}

/* Collects the files to be read, in order, and stamps the paths among @paths that there are. */
static int collect(struct kmod_ctx *ctx, const char *const *paths, struct config *config,
		   struct config_files *files)
{
	const char *const dirname = kmod_get_dirname(ctx);
	int r;

	r = config_files_add_file(files, dirname, "modules.softdep");
	if (r == 0)
		r = config_files_add_file(files, dirname, "modules.weakdep");
	for (; r >= 0 && *paths; paths++) {
		struct stat st;

		r = config_files_add_path(files, *paths, &st);
		if (r > 0)
			r = add_stamp(config, *paths, &st);
	}
	config_files_sort(files);
	return r;
}

int config_load(struct kmod_ctx *ctx, const char *const *paths, struct config **ret_config)
{
	static const char *const system_paths[] = { CONFIG_DIRECTORIES("modprobe.d"), NULL };
	struct problems problems = { .ctx = ctx };
	_cleanup_(config_files_done) struct config_files files = {
		.report = log_problem,
		.report_data = &problems,
	};
	_cleanup_(config_freep) struct config *config = calloc(1, sizeof(*config));
	int r;

	if (!config)
		return -ENOMEM;
	r = collect(ctx, paths ? paths : system_paths, config, &files);
	if (r >= 0)
		r = problems.error;
	for (size_t i = 0; r >= 0 && i < files.count; i++)
		r = load_file(ctx, config, &files.files[i]);
	if (r >= 0)
		r = load_cmdline(ctx, config);
	if (r < 0)
		return r;

	*ret_config = move_ptr(config);
	return 0;
}

/* ---- Asking ------------------------------------------------------------------------------ */

const struct config_entry *config_entries(const struct config *config, enum config_kind kind,
					  size_t *ret_count)
{
	*ret_count = config->kinds[kind].count;
	return config->kinds[kind].entries;
}

const struct config_entry *config_next_match(const struct config *config, enum config_kind kind,
					     const struct config_entry *previous, const char *name)
{
	const struct entries *const list = &config->kinds[kind];

	for (size_t i = previous ? (size_t)(previous - list->entries) + 1 : 0; i < list->count; i++)
		if (name_matches(list->entries[i].name, name))
			return &list->entries[i];
	return NULL;
}

const struct config_entry *config_find(const struct config *config, enum config_kind kind,
				       const char *name)
{
	const struct entries *const list = &config->kinds[kind];

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->entries[i].name, name) == 0)
			return &list->entries[i];
	return NULL;
}

/* The first options after @previous that are for @name or @alias. */
static const struct config_entry *next_options(const struct config *config,
					       const struct config_entry *previous,
					       const char *name, const char *alias)
{
	const struct entries *const list = &config->kinds[CONFIG_OPTIONS];

	for (size_t i = previous ? (size_t)(previous - list->entries) + 1 : 0; i < list->count; i++)
		if (strcmp(list->entries[i].name, name) == 0 ||
		    (alias && strcmp(list->entries[i].name, alias) == 0))
			return &list->entries[i];
	return NULL;
}

int config_options(const struct config *config, const char *name, const char *alias,
		   char **ret_options)
{
	const struct config_entry *const first = next_options(config, NULL, name, alias);
	char *options, *end;
	size_t size = 0;

	for (const struct config_entry *e = first; e; e = next_options(config, e, name, alias))
		if (!size_add(size, e->value_size + 1, &size))
			return -ENOMEM;
	if (!first) {
		*ret_options = NULL;
		return 0;
	}

	options = malloc(size);
	if (!options)
		return -ENOMEM;
	end = mempcpy(options, first->value, first->value_size);
	for (const struct config_entry *e = next_options(config, first, name, alias); e;
	     e = next_options(config, e, name, alias)) {
		*end++ = ' ';
		end = mempcpy(end, e->value, e->value_size);
	}
	*end = '\0';
	*ret_options = options;
	return 0;
}
