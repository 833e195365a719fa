/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel says of modules in /sys/module and /proc/modules, read afresh at each call.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/io.h"
#include "libkmod/context.h"
#include "libkmod/list.h"
#include "libkmod/module.h"

#define SYS_MODULE "/sys/module"
#define PROC_MODULES "/proc/modules"

/* A path below the module's directory in sysfs. Returns 0; -ENAMETOOLONG; -ENOENT without name. */
static int sysfs_path(const struct kmod_module *mod, const char *tail, char path[static PATH_MAX])
{
	const char *const name = kmod_module_get_name(mod);
	const int n = snprintf(path, PATH_MAX, SYS_MODULE "/%s%s", name, tail);

	if (name[0] == '\0') /* or it would be the directory of them all */
		return -ENOENT;
	return n >= 0 && n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/*
 * A decimal number at the start of @text, which white space must follow.
 * Returns 0 or -EINVAL.
 */
static int number_parse(const char *text, long *ret)
{
	char *end = NULL;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno != 0 || end == text || !isspace((unsigned char)*end))
		return -EINVAL;
	*ret = number;
	return 0;
}

/* The number in a file of the module's directory. */
static int sysfs_number(const struct kmod_module *mod, const char *tail, long *ret)
{
	char path[PATH_MAX];
	char text[32];
	ssize_t n;
	int r = sysfs_path(mod, tail, path);

	if (r < 0)
		return r;
	n = read_text(AT_FDCWD, path, text, sizeof(text));
	if (n == -E2BIG)
		return -EINVAL;
	return n < 0 ? (int)n : number_parse(text, ret);
}

const char *kmod_module_initstate_str(enum kmod_module_initstate state)
{
	switch (state) {
	case KMOD_MODULE_BUILTIN:
		return "builtin";
	case KMOD_MODULE_LIVE:
		return "live";
	case KMOD_MODULE_COMING:
		return "coming";
	case KMOD_MODULE_GOING:
		return "going";
	default:
		return NULL;
	}
}

/* The state of a module whose directory has no state: being loaded, or not there. */
static int initstate_of_directory(const struct kmod_module *mod)
{
	char path[PATH_MAX];
	struct stat st;
	int r = sysfs_path(mod, "", path);

	if (r < 0)
		return r;
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? KMOD_MODULE_COMING : -ENOENT;
}

int kmod_module_get_initstate(const struct kmod_module *mod)
{
	char path[PATH_MAX];
	char text[32];
	ssize_t n;
	int r;

	if (!mod)
		return -ENOENT;
	r = module_is_builtin(mod);
	if (r != 0)
		return r < 0 ? r : KMOD_MODULE_BUILTIN;

	r = sysfs_path(mod, "/initstate", path);
	if (r < 0)
		return r;
	n = read_text(AT_FDCWD, path, text, sizeof(text));
	if (n == -ENOENT || n == -EACCES)
		return initstate_of_directory(mod);
	if (n < 0 && n != -E2BIG)
		return (int)n;
	if (n >= 0 && strcmp(text, "live\n") == 0)
		return KMOD_MODULE_LIVE;
	if (n >= 0 && strcmp(text, "coming\n") == 0)
		return KMOD_MODULE_COMING;
	if (n >= 0 && strcmp(text, "going\n") == 0)
		return KMOD_MODULE_GOING;
	log_err(module_ctx(mod), "unknown state in '%s'\n", path);
	return -EINVAL;
}

bool sysfs_is_there(void)
{
	struct stat st;

	return stat(SYS_MODULE, &st) == 0;
}

int kmod_module_get_refcnt(const struct kmod_module *mod)
{
	long number = 0;
	int r;

	if (!mod)
		return -ENOENT;
	r = sysfs_number(mod, "/refcnt", &number);
	if (r < 0)
		return r;
	return number >= INT_MIN && number <= INT_MAX ? (int)number : -EINVAL;
}

/* ---- /proc/modules --------------------------------------------------------------------- */

/* A walk over the lines of /proc/modules, of any length. */
struct proc_modules {
	FILE *file;
	char *line;
	size_t capacity;
	unsigned int number; /* of the line, from 1 */
};

static int proc_modules_open(struct kmod_ctx *ctx, struct proc_modules *ret)
{
	FILE *const file = fopen(PROC_MODULES, "re");

	if (!file) {
		const int r = -errno;

		log_err(ctx, "could not open " PROC_MODULES ": %m\n");
		return r;
	}
	*ret = (struct proc_modules){ .file = file };
	return 0;
}

static void proc_modules_done(struct proc_modules *proc)
{
	if (proc->file)
		(void)fclose(proc->file);
	free(proc->line);
}

/*
 * The next line, cut after its first word; *@rest is what follows. Returns 1; 0 at the end;
 * a negative errno.
 */
static int proc_modules_next(struct proc_modules *proc, const char **ret_name, char **ret_rest)
{
	char *save = NULL;

	errno = 0;
	if (getline(&proc->line, &proc->capacity, proc->file) < 0)
		return feof(proc->file) ? 0 : errno != 0 ? -errno : -EIO;
	proc->number++;
	*ret_name = strtok_r(proc->line, " \t\n", &save);
	*ret_rest = save;
	return 1;
}

int kmod_module_new_from_loaded(struct kmod_ctx *ctx, struct kmod_list **list)
{
	_cleanup_(proc_modules_done) struct proc_modules proc = { 0 };
	struct kmod_list *loaded = NULL;
	const char *name = NULL;
	char *rest = NULL;
	int r;

	if (!ctx || !list)
		return -ENOENT;
	r = proc_modules_open(ctx, &proc);
	if (r < 0)
		return r;

	while ((r = proc_modules_next(&proc, &name, &rest)) > 0) {
		if (!name) {
			log_err(ctx, PROC_MODULES " line %u: no module name, ignored\n",
				proc.number);
			continue;
		}
		r = module_list_append_name(ctx, name, &loaded);
		if (r < 0)
			break;
	}
	if (r < 0) {
		log_err(ctx, "could not read " PROC_MODULES ": %s\n", strerror(-r));
		(void)kmod_module_unref_list(loaded);
		return r;
	}
	*list = loaded;
	return 0;
}

/* The size in /proc/modules, for kernels whose sysfs does not have it. */
static long size_from_proc(const struct kmod_module *mod)
{
	_cleanup_(proc_modules_done) struct proc_modules proc = { 0 };
	const char *name = NULL;
	char *rest = NULL;
	int r = proc_modules_open(module_ctx(mod), &proc);

	if (r < 0)
		return r;
	while ((r = proc_modules_next(&proc, &name, &rest)) > 0) {
		long size = 0;

		if (!name || strcmp(name, kmod_module_get_name(mod)) != 0)
			continue;
		if (number_parse(rest, &size) < 0 || size < 0) {
			log_err(module_ctx(mod), PROC_MODULES " line %u: no size\n", proc.number);
			return -ENOENT;
		}
		return size;
	}
	return r < 0 ? r : -ENOENT;
}

long kmod_module_get_size(const struct kmod_module *mod)
{
	char path[PATH_MAX];
	struct stat st;
	long size = 0;
	int r;

	if (!mod)
		return -ENOENT;
	r = sysfs_path(mod, "", path);
	if (r < 0)
		return r;
	if (stat(path, &st) < 0)
		return -errno;

	r = sysfs_number(mod, "/coresize", &size);
	if (r == -ENOENT)
		return size_from_proc(mod);
	if (r < 0) {
		log_err(module_ctx(mod), "could not read '%s/coresize': %s\n", path, strerror(-r));
		return r == -EINVAL ? 0 : r;
	}
	/* A negative one would be taken for an errno. */
	return size < 0 ? -EINVAL : size;
}

struct kmod_list *kmod_module_get_holders(const struct kmod_module *mod)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct kmod_list *holders = NULL;
	const struct dirent *entry;
	char path[PATH_MAX];

	if (!mod || sysfs_path(mod, "/holders", path) < 0)
		return NULL;
	dir = opendir(path);
	if (!dir) {
		log_err(module_ctx(mod), "could not open '%s': %m\n", path);
		return NULL;
	}

	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (module_list_append_name(module_ctx(mod), entry->d_name, &holders) < 0) {
			errno = ENOMEM;
			break;
		}
	}
	if (errno != 0) {
		log_err(module_ctx(mod), "could not read '%s': %m\n", path);
		(void)kmod_module_unref_list(move_ptr(holders));
	}
	return holders;
}

/* ---- Sections -------------------------------------------------------------------------- */

struct section {
	unsigned long address;
	char name[];
};

/* The address in the file @name of @dirfd. Returns 0; -EINVAL; any errno of reading. */
static int section_address(int dirfd, const char *name, unsigned long *ret)
{
	char *end = NULL;
	char text[64];
	const ssize_t n = read_text(dirfd, name, text, sizeof(text));

	if (n < 0)
		return n == -E2BIG ? -EINVAL : (int)n;
	errno = 0;
	*ret = strtoul(text, &end, 16);
	if (errno != 0)
		return -errno;
	return end != text && isspace((unsigned char)*end) ? 0 : -EINVAL;
}

static int append_section(struct kmod_list **list, const char *name, unsigned long address)
{
	struct section *const section =
		list_append_sized(list, sizeof(*section) + strlen(name) + 1);

	if (!section)
		return -ENOMEM;
	section->address = address;
	strcpy(section->name, name);
	return 0;
}

/* Appends every section in @dir. Returns 0, or the errno of the first that cannot be read. */
static int append_sections(DIR *dir, struct kmod_list **list)
{
	const struct dirent *entry;

	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		unsigned long address = 0;
		int r;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = section_address(dirfd(dir), entry->d_name, &address);
		if (r >= 0)
			r = append_section(list, entry->d_name, address);
		if (r < 0)
			return r;
	}
	return -errno;
}

struct kmod_list *kmod_module_get_sections(const struct kmod_module *mod)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct kmod_list *list = NULL;
	char path[PATH_MAX];
	int r;

	if (!mod || sysfs_path(mod, "/sections", path) < 0)
		return NULL;
	dir = opendir(path);
	if (!dir) {
		log_err(module_ctx(mod), "could not open '%s': %m\n", path);
		return NULL;
	}
	r = append_sections(dir, &list);
	if (r < 0) {
		log_err(module_ctx(mod), "could not read '%s': %s\n", path, strerror(-r));
		kmod_module_section_free_list(list);
		return NULL;
	}
	return list;
}

const char *kmod_module_section_get_name(const struct kmod_list *entry)
{
	return entry ? ((const struct section *)list_data(entry))->name : NULL;
}

unsigned long kmod_module_section_get_address(const struct kmod_list *entry)
{
	return entry ? ((const struct section *)list_data(entry))->address : ULONG_MAX;
}

void kmod_module_section_free_list(struct kmod_list *list)
{
	list_free_sized(list);
}
