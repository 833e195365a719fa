/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives every file of the directories that are its arguments to a fuzz target, as a normal test.
 *
 * Each has to come through: what goes wrong ends the program, with the help of the sanitizers
 * or of the target's own checks, and the last line tells which file it was.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "libkmod/base/cleanup.h"

/* 0, with a block of just the size of the file, which the caller frees; or a negative errno. */
static int read_file(const char *path, uint8_t **ret_bytes, size_t *ret_size)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	_cleanup_free_ uint8_t *bytes = NULL;
	struct stat st;

	if (!file || fstat(fileno(file), &st) < 0)
		return -errno;
	bytes = malloc((size_t)st.st_size);
	if (!bytes && st.st_size > 0)
		return -ENOMEM;
	if (fread(bytes, 1, (size_t)st.st_size, file) != (size_t)st.st_size)
		return -EIO;

	*ret_bytes = move_ptr(bytes);
	*ret_size = (size_t)st.st_size;
	return 0;
}

static int replay_file(const char *path)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t size = 0;
	int r;

	r = read_file(path, &bytes, &size);
	if (r < 0)
		return r;
	(void)LLVMFuzzerTestOneInput(bytes, size);
	return 0;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Numbers the results on from @count; the number of files goes on top of it. */
static int replay_directory(const char *directory, unsigned int *count, unsigned int *failed)
{
	struct dirent **entries;
	const int n = scandir(directory, &entries, is_visible, alphasort);

	if (n < 0)
		return -errno;

	for (int i = 0; i < n; i++) {
		_cleanup_free_ struct dirent *entry = entries[i];
		_cleanup_free_ char *path = NULL;
		int r;

		if (asprintf(&path, "%s/%s", directory, entry->d_name) < 0) {
			path = NULL;
			r = -ENOMEM;
		} else {
			printf("# %s\n", path);
			(void)fflush(stdout);
			r = replay_file(path);
		}
		printf("%s %u - %s%s%s\n", r < 0 ? "not ok" : "ok", ++*count, entry->d_name,
		       r < 0 ? ": " : "", r < 0 ? strerror(-r) : "");
		if (r < 0)
			++*failed;
	}
	free(entries);
	return 0;
}

int main(int argc, char *argv[])
{
	unsigned int count = 0, failed = 0;

	for (int i = 1; i < argc; i++) {
		const unsigned int before = count;
		const int r = replay_directory(argv[i], &count, &failed);

		/* A corpus that went missing must not pass for one without crashes. */
		if (r < 0 || count == before) {
			printf("Bail out! %s: %s\n", argv[i], r < 0 ? strerror(-r) : "no files");
			return EXIT_FAILURE;
		}
	}
	printf("1..%u\n", count);
	return failed > 0 || count == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
