/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an operand of modprobe to the modules that it stands for.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/cli.h"
#include "tools/modprobe.h"

/* What cannot be a name or an alias. */
static bool is_path(const char *operand)
{
	return operand[0] == '/' || strncmp(operand, "./", 2) == 0;
}

static bool is_file(const char *operand)
{
	struct stat st;

	return stat(operand, &st) == 0 && !S_ISDIR(st.st_mode);
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int with_file(struct modprobe *m, const char *path, bool is_read, modprobe_fn *fn,
		     const void *data)
{
	_cleanup_(kmod_module_unrefp) struct kmod_module *mod = NULL;
	const int r = !is_read && is_directory(path) ?
			      -EISDIR :
			      kmod_module_new_from_path(m->ctx, path, &mod);

	if (r < 0) {
		modprobe_fail(m, "Failed to get module from path %s: %s", path, strerror(-r));
		return r;
	}
	return fn(m, mod, data);
}

bool modprobe_lookup_failed(int r)
{
	/* What is no name, or longer than any, is not found. */
	return r < 0 && r != -EINVAL && r != -ENAMETOOLONG;
}

int modprobe_each_module(struct modprobe *m, const char *operand, bool is_read, modprobe_fn *fn,
			 const void *data)
{
	_cleanup_(kmod_module_list_unrefp) struct kmod_list *found = NULL;
	const struct kmod_list *entry;
	int r;

	if (is_path(operand))
		return with_file(m, operand, is_read, fn, data);
	r = kmod_module_new_from_lookup(m->ctx, operand, &found);
	if (!found && is_read && is_file(operand))
		return with_file(m, operand, is_read, fn, data);
	if (!found) {
		if (modprobe_lookup_failed(r))
			modprobe_fail(m, "Could not look up module %s: %s", operand, strerror(-r));
		else
			modprobe_fail(m, "Module %s not found in directory %s", operand,
				      kmod_get_dirname(m->ctx));
		return r < 0 ? r : -ENOENT;
	}
	kmod_list_foreach(entry, found) {
		_cleanup_(kmod_module_unrefp) struct kmod_module *mod =
			kmod_module_get_module(entry);

		r = fn(m, mod, data);
	}
	return r;
}
