/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts the trap in front of libc, in this program and in those it runs.
 */
#include "preload.h"

#include <dlfcn.h>
#include <limits.h>
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

void preload_trap(void)
{
	const char *const sanitizer = sanitizer_library();

	(void)setenv("LD_PRELOAD",
		     sanitizer == NULL ? TEST_TRAP : format_text("%s:%s", sanitizer, TEST_TRAP), 1);
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
