/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts the files that depmod makes in place.
 */
#include "tools/depmod/publish.h"

#include <errno.h>
#include <string.h>

#include "tools/cli.h"

/* How long to wait for another depmod, which takes seconds at most. */
#define LOCK_WAIT_MS 60000U

static const char *file_name(size_t i)
{
	return i < OUTPUTS_COUNT ? output_names[i] : CACHE_NAME;
}

int publish_open(struct cli *cli, const char *dir, struct file_set **ret)
{
	const char *names[OUTPUTS_COUNT + 1];
	struct file_set *set;
	int r;

	for (size_t i = 0; i <= OUTPUTS_COUNT; i++)
		names[i] = file_name(i);
	r = file_set_open(dir, names, OUTPUTS_COUNT + 1, &set);
	if (r < 0) {
		cli_log(cli, LOG_CRIT, "could not create directory %s: %s", dir, strerror(-r));
		return r;
	}
	r = file_set_lock(set, LOCK_WAIT_MS);
	if (r < 0)
		cli_log(cli, LOG_WARNING, "could not lock %s, going on without: %s", dir,
			r == -ETIMEDOUT ? "another depmod has it" : strerror(-r));
	*ret = set;
	return 0;
}

static void explain(struct cli *cli, const char *dir, const struct file_set_failure *failure,
		    int error)
{
	const char *const name = failure->name ? failure->name : "";

	switch (failure->step) {
	case FILE_SET_CREATE:
		cli_log(cli, LOG_ERR, "Could not create temporary file at '%s': %s", dir,
			strerror(-error));
		break;
	case FILE_SET_WRITE:
		cli_log(cli, LOG_ERR, "Could not create index '%s'. Output is truncated: %s", name,
			strerror(-error));
		break;
	case FILE_SET_FLUSH:
		cli_log(cli, LOG_ERR, "Could not flush '%s/%s' to the disk: %s", dir, name,
			strerror(-error));
		break;
	case FILE_SET_REPLACE:
		cli_log(cli, LOG_CRIT, "publish temporary to %s/%s: %s", dir, name,
			strerror(-error));
		break;
	}
}

int publish_write(struct cli *cli, struct file_set *set, const char *dir, size_t i,
		  const void *data, size_t size)
{
	struct file_set_failure failure;
	const int r = file_set_write(set, i, data, size, &failure);

	if (r < 0)
		explain(cli, dir, &failure, r);
	return r;
}

int publish_all(struct cli *cli, struct file_set *set, const char *dir, bool flush)
{
	struct file_set_failure failure;
	const int r = file_set_publish(set, flush, &failure);

	if (r < 0)
		explain(cli, dir, &failure, r);
	return r;
}
