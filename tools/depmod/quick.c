/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the indexes are older than a module.
 */
#include "tools/depmod/quick.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "tools/cli.h"
#include "tools/depmod/scan.h"
#include "tools/depmod/stamp.h"

/* In microseconds: file systems that keep less are compared with others. */
static int64_t microseconds(int64_t nanoseconds)
{
	return nanoseconds / 1000;
}

bool quick_is_outdated(struct cli *cli, const char *root, unsigned int jobs)
{
	static const char name[] = "modules.dep";
	const struct scan_options options = { .jobs = jobs, .stamps = true };
	_cleanup_close_ int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(scan_done) struct scan scan = { 0 };
	struct stat st;
	int r;

	if (fd < 0) {
		cli_log(cli, LOG_ERR, "could not open directory %s: %m", root);
		return true;
	}
	if (fstatat(fd, name, &st, 0) < 0) {
		cli_log(cli, LOG_ERR, "could not fstatat(%s, %s): %m", root, name);
		return true;
	}
	r = scan_add(&scan, root, &options);
	if (r < 0) {
		cli_log(cli, LOG_ERR, "could not search %s: %s", root, strerror(-r));
		return true;
	}
	for (size_t i = 0; i < scan.count; i++)
		if (microseconds(scan.files[i].stamp.mtime) >
		    microseconds(stamp_time(st.st_mtim)))
			return true;
	return false;
}
