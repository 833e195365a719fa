/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules that are named one by one.
 */
#include "tools/depmod/explicit.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libkmod/base/array.h"
#include "libkmod/base/names.h"
#include "libkmod/base/str.h"
#include "libkmod/name.h"
#include "tools/cli.h"

/* Logs that two paths are of one module. */
static int refuse_second(struct cli *cli, const char *name, const char *path, const char *first)
{
	if (strcmp(path, first) == 0) {
		cli_log(cli, LOG_ERR, "hash_add_unique %s: %s", name, strerror(EEXIST));
		cli_log(cli, LOG_CRIT, "could not add module %s: %s", path, strerror(EEXIST));
	} else {
		cli_log(cli, LOG_ERR,
			"kmod_module '%s' already exists with different path: new-path='%s' "
			"old-path='%s'",
			name, path, first);
		cli_log(cli, LOG_CRIT, "could not create module %s: %s", path, strerror(EEXIST));
	}
	return -EEXIST;
}

static int add(struct cli *cli, const char *path, struct names *names, struct scan *scan)
{
	char name[PATH_MAX];
	struct found *grown;
	uint32_t number;
	struct stat st;
	size_t length;
	int r;

	if (path[0] != '/') {
		cli_log(cli, LOG_CRIT, "%s: not absolute path.", path);
		return -EINVAL;
	}
	if (stat(path, &st) < 0) {
		r = -errno;
		cli_log(cli, LOG_CRIT, "could not create module %s: %s", path, strerror(-r));
		return r;
	}
	length = module_name_normalize(path_basename(path), name);
	r = names_add(names, name, length, &number);
	if (r < 0)
		return r;
	if (number < scan->count)
		return refuse_second(cli, name, path, scan->files[number].path);
	grown = array_reserve(scan->files, &scan->room, scan->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	scan->files = grown;
	scan->files[scan->count++] = (struct found){ .path = path, .stamp = stamp_of(&st) };
	return 0;
}

int explicit_add(struct cli *cli, char *const *paths, size_t count, struct scan *scan)
{
	_cleanup_(names_done) struct names names = { 0 };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < count; i++)
		r = add(cli, paths[i], &names, scan);
	if (r == -ENOMEM)
		cli_log(cli, LOG_CRIT, "out of memory");
	return r;
}
