/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of modules that the options of a command ask for.
 */
#include "tools/moduledir.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "libkmod/base/cleanup.h"
#include "tools/cli.h"

int moduledir_path(struct cli *cli, const char *root, const char *release, char **ret_path)
{
	_cleanup_free_ char *path = NULL;
	struct utsname kernel;

	if (!root && !release) {
		*ret_path = NULL;
		return 0;
	}
	if (!release) {
		if (uname(&kernel) < 0) {
			const int r = -errno;

			cli_log(cli, LOG_ERR, "uname() failed: %s", strerror(-r));
			return r;
		}
		release = kernel.release;
	}
	if (asprintf(&path, "%s" MODULE_DIRECTORY "/%s", root ? root : "", release) < 0) {
		path = NULL;
		cli_log(cli, LOG_ERR, "out-of-memory");
		return -ENOMEM;
	}
	if (strlen(path) >= PATH_MAX) {
		cli_log(cli, LOG_ERR, "bad directory %s: path too long", path);
		return -ENAMETOOLONG;
	}
	*ret_path = move_ptr(path);
	return 0;
}
