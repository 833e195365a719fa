/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * depmod.d: which modules count where there are several of a name, where else there are modules,
 * and what is passed over.
 *
 * Files, lines and words are as in modprobe.d: see config-files.h and config-parse.h.
 */
#include "tools/depmod/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/array.h"
#include "libkmod/base/io.h"
#include "libkmod/base/names.h"
#include "libkmod/config-files.h"
#include "libkmod/config-parse.h"
#include "tools/cli.h"
#include "tools/depmod/release-pattern.h"

/* A line that is being dealt with. */
struct line {
	struct cli *cli;
	const char *path;
	unsigned int number;
	const char *release;
	struct depmod_config *config;
};

static void texts_done(struct texts *texts, bool owned)
{
	for (size_t i = 0; owned && i < texts->count; i++)
		free(texts->texts[i]);
	free(texts->texts);
	*texts = (struct texts){ 0 };
}

void depmod_config_done(struct depmod_config *config)
{
	texts_done(&config->search, false);
	texts_done(&config->overrides, true);
	texts_done(&config->externals, false);
	texts_done(&config->excluded, false);
	texts_done(&config->contents, true);
}

static int texts_add(struct texts *texts, char *text)
{
	char **const grown =
		array_reserve(texts->texts, &texts->room, texts->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	texts->texts = grown;
	texts->texts[texts->count++] = text;
	return 0;
}

/* ---- Commands ---------------------------------------------------------------------------- */

/* These deal with what follows the command. Return 0; -EBADMSG when words are missing; -ENOMEM. */

static int add_words(struct texts *texts, char *rest)
{
	int r = 0;

	for (char *word; r >= 0 && (word = config_word_next(&rest));)
		r = texts_add(texts, word);
	return r;
}

static int parse_search(const struct line *line, char *rest)
{
	return add_words(&line->config->search, rest);
}

static int parse_exclude(const struct line *line, char *rest)
{
	return add_words(&line->config->excluded, rest);
}

/* Whether @pattern is for the kernel release. One that cannot be tried, which is said, is not. */
static bool matches_release(const struct line *line, const char *pattern)
{
	const int r = release_pattern_matches(pattern, line->release);

	if (r == -E2BIG)
		cli_log(line->cli, LOG_ERR, "%s:%u: too complex a pattern for kernel releases: %s",
			line->path, line->number, pattern);
	return r > 0;
}

static int parse_override(const struct line *line, char *rest)
{
	const char *const module = config_word_next(&rest);
	const char *const kernel = module ? config_word_next(&rest) : NULL;
	const char *const subdir = kernel ? config_word_next(&rest) : NULL;
	char *override;
	int r;

	if (!subdir)
		return -EBADMSG;
	if (!matches_release(line, kernel)) {
		cli_log(line->cli, LOG_INFO, "%s:%u: override kernel did not match %s", line->path,
			line->number, kernel);
		return 0;
	}
	if (asprintf(&override, "%s/%s", subdir, module) < 0)
		return -ENOMEM;
	r = texts_add(&line->config->overrides, override);
	if (r < 0)
		free(override);
	return r;
}

static int parse_external(const struct line *line, char *rest)
{
	const char *const kernel = config_word_next(&rest);
	char *const dir = kernel ? config_word_next(&rest) : NULL;

	if (!dir)
		return -EBADMSG;
	if (!matches_release(line, kernel)) {
		cli_log(line->cli, LOG_INFO, "%s:%u: external directory did not match %s",
			line->path, line->number, kernel);
		return 0;
	}
	return texts_add(&line->config->externals, dir);
}

static const struct command {
	const char *word;
	int (*parse)(const struct line *line, char *rest); /* NULL: taken, and to no effect */
} commands[] = {
	{ "exclude", parse_exclude },
	{ "external", parse_external },
	{ .word = "include" },
	{ .word = "make_map_files" },
	{ "override", parse_override },
	{ "search", parse_search },
};

static const struct command *command_find(const char *word)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].word, word) == 0)
			return &commands[i];
	return NULL;
}

static int parse_line(const struct line *line, char *text)
{
	const char *const word = text[0] == '#' ? NULL : config_word_next(&text);
	const struct command *const command = word ? command_find(word) : NULL;
	int r;

	if (!word)
		return 0;
	if (command && !command->parse) {
		cli_log(line->cli, LOG_INFO, "%s:%u: command %s not implemented yet", line->path,
			line->number, word);
		return 0;
	}
	r = command ? command->parse(line, text) : -EBADMSG;
	if (r != -EBADMSG)
		return r;
	cli_log(line->cli, LOG_ERR, "%s:%u: ignoring bad line starting with '%s'", line->path,
		line->number, word);
	return 0;
}

/* ---- Files ------------------------------------------------------------------------------- */

/*
 * What is not there, or not for this user, is passed over. A configuration that the system fails to
 * give would leave out directories, or choose other modules.
 */
struct problems {
	struct cli *cli;
	int error; /* 0; the first negative errno that is the system's failure */
};

static void log_problem(void *data, enum config_files_problem problem, const char *path, int error)
{
	struct problems *const problems = data;
	struct cli *const cli = problems->cli;

	if (error != 0 && !is_trouble_of_path(-error) && problems->error == 0)
		problems->error = -error;
	switch (problem) {
	case CONFIG_FILES_UNREADABLE_DIR:
		cli_log(cli, LOG_ERR, "files list %s: %s", path, strerror(error));
		break;
	case CONFIG_FILES_UNREADABLE:
		cli_log(cli, LOG_ERR, "file parse %s: %s", path, strerror(error));
		break;
	case CONFIG_FILES_NO_STAT:
		cli_log(cli, LOG_ERR, "Cannot stat directory entry: %s", path);
		break;
	case CONFIG_FILES_SUBDIR:
		cli_log(cli, LOG_ERR, "Directories inside directories are not supported: %s", path);
		break;
	case CONFIG_FILES_OTHER_NAME:
		cli_log(cli, LOG_INFO, "All cfg files need .conf: %s", path);
		break;
	}
}

/* Adds what is in @file. Fails only where the system does. */
static int read_file(struct cli *cli, const char *release, const struct config_file *file,
		     struct depmod_config *config)
{
	_cleanup_close_ int fd = config_file_open(file);
	struct line line = {
		.cli = cli,
		.path = file->path,
		.release = release,
		.config = config,
	};
	struct config_lines lines;
	char *content = NULL, *text;
	size_t size;
	int r = fd < 0 ? fd : config_file_read(fd, &content, &size);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		cli_log(cli, LOG_ERR, "file parse %s: %s", file->path, strerror(-r));
		return is_trouble_of_path(r) ? 0 : r;
	}
	r = texts_add(&config->contents, content);
	if (r < 0) {
		free(content);
		return r;
	}
	lines = config_lines_of(content, size);
	while (r >= 0 && config_lines_next(&lines, &text)) {
		line.number = lines.number;
		r = parse_line(&line, text);
	}
	return r;
}

/*
 * Leaves of each word of "search" the first, which is the one that counts. Each is tried for each file
 * of which there are several, "external" for each such directory.
 */
static int drop_repeated_words(struct texts *search)
{
	_cleanup_(names_done) struct names names = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < search->count; i++) {
		const uint32_t known = names.count;
		char *const word = search->texts[i];
		uint32_t number;
		const int r = names_add_borrowed(&names, word, strlen(word), &number);

		if (r < 0)
			return r;
		if (number == known)
			search->texts[kept++] = word;
	}
	search->count = kept;
	return 0;
}

int depmod_config_read(struct cli *cli, const char *release, const char *const *paths,
		       struct depmod_config *ret)
{
	static const char *const system_paths[] = { CONFIG_DIRECTORIES("depmod.d"), NULL };
	static char updates[] = "updates";
	struct problems problems = { .cli = cli };
	_cleanup_(config_files_done) struct config_files files = {
		.report = log_problem,
		.report_data = &problems,
	};
	_cleanup_(depmod_config_done) struct depmod_config config = { 0 };
	struct stat st;
	int r = 0;

	for (paths = paths ? paths : system_paths; r >= 0 && *paths; paths++)
		r = config_files_add_path(&files, *paths, &st);
	if (r >= 0)
		r = problems.error;
	config_files_sort(&files);
	for (size_t i = 0; r >= 0 && i < files.count; i++)
		r = read_file(cli, release, &files.files[i], &config);
	if (r >= 0 && config.search.count == 0)
		r = texts_add(&config.search, updates);
	if (r >= 0)
		r = drop_repeated_words(&config.search);
	if (r < 0)
		return r;
	*ret = config;
	config = (struct depmod_config){ 0 };
	return 0;
}
