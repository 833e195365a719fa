/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts the trap in front of libc, in this program and in those it runs.
 */
#include "preload.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"

/* The sanitizer's library that this process has mapped; NULL when there is none. */
static const char *sanitizer_library(void)
{
	FILE *const maps = fopen("/proc/self/maps", "re");
	const char *found = NULL;
	char line[4096];

	while (maps != NULL && found == NULL && fgets(line, sizeof(line), maps) != NULL) {
		char *const path = strchr(line, '/');

		if (path == NULL ||
		    (strstr(path, "/libasan.so") == NULL && strstr(path, "/libtsan.so") == NULL))
			continue;
		path[strcspn(path, "\n")] = '\0';
		found = format_text("%s", path);
	}
	if (maps != NULL)
		(void)fclose(maps);
	return found;
}

/* Whether the trap comes before the sanitizer's library. */
static bool trap_first;

/* Has AddressSanitizer not insist on being first. */
static void let_trap_be_first(void)
{
	static const char option[] = "verify_asan_link_order=0";
	const char *const options = getenv("ASAN_OPTIONS");

	if (options == NULL || *options == '\0')
		(void)setenv("ASAN_OPTIONS", option, 1);
	else if (strstr(options, option) == NULL)
		(void)setenv("ASAN_OPTIONS", format_text("%s:%s", options, option), 1);
}

void preload_trap_first(void)
{
	trap_first = true;
}

void preload_trap(void)
{
	const char *const sanitizer = sanitizer_library();
	const char *libraries = TEST_TRAP;

	if (sanitizer != NULL && trap_first)
		let_trap_be_first();
	if (sanitizer != NULL)
		libraries = format_text("%s:%s", trap_first ? TEST_TRAP : sanitizer,
					trap_first ? sanitizer : TEST_TRAP);
	(void)setenv("LD_PRELOAD", libraries, 1);
}

void require_trap(char **argv)
{
	char self[PATH_MAX] = "";
	ssize_t n;

	if (dlsym(RTLD_DEFAULT, "trap_is_here") != NULL)
		return;
	if (getenv("TRAP_REQUIRED") != NULL) {
		(void)fprintf(stderr, "%s cannot be preloaded\n", TEST_TRAP);
		exit(1);
	}
	(void)setenv("TRAP_REQUIRED", "1", 1);
	preload_trap();
	/* By its name: under valgrind the link itself leads elsewhere. */
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n > 0)
		(void)execv(self, argv);
	perror("cannot start again");
	exit(1);
}
