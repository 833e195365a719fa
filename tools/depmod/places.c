/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the modules are, and where the indexes are to go.
 */
#include "tools/depmod/places.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/str.h"
#include "tools/cli.h"
#include "tools/depmod/run.h"

void places_done(struct places *places)
{
	free(places->root);
	free(places->output);
	free(places->release);
}

/* The directory of modules below @base, which need not be absolute; the caller frees. */
static int make_place(struct cli *cli, const char *base, const char *moduledir,
		      const char *release, char **ret)
{
	_cleanup_free_ char *absolute = NULL;
	_cleanup_free_ char *path = NULL;
	int r = 0;

	if (base)
		r = path_make_absolute(base, &absolute);
	if (r < 0) {
		cli_log(cli, LOG_CRIT, "invalid image path %s: %s", base, strerror(-r));
		return r;
	}
	moduledir += strspn(moduledir, "/");
	if (asprintf(&path, "%s/%s/%s", absolute ? absolute : "", moduledir, release) < 0) {
		path = NULL;
		cli_log(cli, LOG_CRIT, "out of memory");
		return -ENOMEM;
	}
	if (strlen(path) >= PATH_MAX) {
		cli_log(cli, LOG_ERR, "Bad directory %s: path too long", path);
		return -ENAMETOOLONG;
	}
	*ret = move_ptr(path);
	return 0;
}

int places_find(struct cli *cli, const struct depmod_options *opts, struct places *ret)
{
	const char *const moduledir = opts->moduledir ? opts->moduledir : MODULE_DIRECTORY;
	const char *const outdir = opts->outdir ? opts->outdir : opts->base;
	struct utsname kernel;
	int r;

	if (!opts->release && uname(&kernel) < 0) {
		cli_log(cli, LOG_CRIT, "uname() failed: %m");
		return -EINVAL;
	}
	ret->release = strdup(opts->release ? opts->release : kernel.release);
	if (!ret->release) {
		cli_log(cli, LOG_CRIT, "out of memory");
		return -ENOMEM;
	}
	r = make_place(cli, opts->base, moduledir, ret->release, &ret->root);
	return r < 0 ? r : make_place(cli, outdir, moduledir, ret->release, &ret->output);
}
