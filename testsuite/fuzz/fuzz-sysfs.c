/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/sysfs.c. An input is the contents of /proc/modules, then of initstate,
 * refcnt and coresize in the directory of the module "m" in /sys/module, then names and contents of
 * files in holders and sections.
 *
 * The linker has the calls that open files end up here (--wrap), where the paths of the kernel's are
 * made those of files in the directory of scratch.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "context.h"
#include "fuzz.h"
#include "input.h"
#include "libkmod/libkmod.h"
#include "libkmod/name.h"
#include "scratch.h"

#define ENTRIES_MAX 4U

/* ---- Paths ----------------------------------------------------------------------------- */

/* All names that these have: which one is called depends on the widths of off_t and time_t. */
int __real_openat(int dirfd, const char *path, int flags, ...);
int __wrap_openat(int dirfd, const char *path, int flags, ...);
int __wrap_openat64(int dirfd, const char *path, int flags, ...);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode);
DIR *__wrap_opendir(const char *path);
int __wrap_stat(const char *path, struct stat *st);
int __wrap_stat64(const char *path, struct stat *st);
int __wrap___stat64_time64(const char *path, struct stat *st);

/* Where the file @path is; good until the next call. */
static const char *redirect(const char *path)
{
	static char real[PATH_MAX + 64];

	if (strncmp(path, "/sys/", 5) != 0 && strncmp(path, "/proc/", 6) != 0)
		return path;
	(void)snprintf(real, sizeof(real), "%s%s", scratch_dir(), path);
	return real;
}

int __wrap_openat(int dirfd, const char *path, int flags, ...)
{
	fuzz_assert(!(flags & O_CREAT));
	return __real_openat(dirfd, redirect(path), flags);
}

int __wrap_openat64(int dirfd, const char *path, int flags, ...)
{
	return __wrap_openat(dirfd, path, flags);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	return __real_fopen(redirect(path), mode);
}

FILE *__wrap_fopen64(const char *path, const char *mode)
{
	return __wrap_fopen(path, mode);
}

DIR *__wrap_opendir(const char *path)
{
	const int fd = open(redirect(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? NULL : fdopendir(fd);
}

int __wrap_stat(const char *path, struct stat *st)
{
	return fstatat(AT_FDCWD, redirect(path), st, 0);
}

int __wrap_stat64(const char *path, struct stat *st)
{
	return __wrap_stat(path, st);
}

int __wrap___stat64_time64(const char *path, struct stat *st)
{
	return __wrap_stat(path, st);
}

/* ---- Files ----------------------------------------------------------------------------- */

/* Files of a directory, by their names in the scratch directory. */
struct entries {
	char names[ENTRIES_MAX][NAME_MAX + 64];
	size_t count;
};

static void make_directories(void)
{
	static const char *const names[] = { "proc",
					     "sys",
					     "sys/module",
					     "sys/module/m",
					     "sys/module/m/holders",
					     "sys/module/m/sections" };
	static bool done;

	for (size_t i = 0; !done && i < sizeof(names) / sizeof(names[0]); i++)
		scratch_mkdir(names[i]);
	done = true;
}

/* Older kernels, and modules that are just being loaded, lack some files. */
static void put_unless_empty(const char *name, struct span content)
{
	if (content.size > 0)
		scratch_put(name, content);
}

/* Puts files into @directory, as @input says; those whose names no file can have are left out. */
static void put_entries(struct span *input, const char *directory, struct entries *entries)
{
	for (unsigned int n = input_byte(input) % (ENTRIES_MAX + 1); n > 0; n--) {
		const struct span name = input_piece(input);
		const struct span content = input_piece(input);
		char *const to = entries->names[entries->count];
		const char *const base = to + strlen(directory) + 1;
		bool is_new = true;

		if (name.size == 0 || name.size > NAME_MAX || memchr(name.data, '/', name.size))
			continue;
		(void)snprintf(to, sizeof(entries->names[0]), "%s/%.*s", directory, (int)name.size,
			       (const char *)name.data);
		for (size_t i = 0; i < entries->count; i++)
			is_new = is_new && strcmp(entries->names[i], to) != 0;
		if (!is_new || strcmp(base, "") == 0 || strcmp(base, ".") == 0 ||
		    strcmp(base, "..") == 0)
			continue;
		scratch_put(to, content);
		entries->count++;
	}
}

static void remove_entries(const struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		scratch_remove(entries->names[i]);
}

/* ---- What is said of them -------------------------------------------------------------- */

/* A number that is plain has to be read as what it is: one to nine digits and a newline. */
static void check_number(struct span text, long number)
{
	long plain = 0;

	if (text.size < 2 || text.size > 10 || text.data[text.size - 1] != '\n')
		return;
	for (size_t i = 0; i < text.size - 1; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return;
		plain = plain * 10 + (text.data[i] - '0');
	}
	fuzz_assert(number == plain);
}

static bool is_text(struct span bytes, const char *text)
{
	return bytes.size == strlen(text) && memcmp(bytes.data, text, bytes.size) == 0;
}

static void check_state(const struct kmod_module *mod, struct span text)
{
	const int state = kmod_module_get_initstate(mod);

	if (text.size == 0)
		fuzz_assert(state == KMOD_MODULE_COMING);
	if (is_text(text, "live\n"))
		fuzz_assert(state == KMOD_MODULE_LIVE);
	fuzz_assert(state == -EINVAL ||
		    kmod_module_initstate_str((enum kmod_module_initstate)state));
}

static void check_loaded(struct kmod_ctx *ctx, struct span text)
{
	struct kmod_list *list = NULL, *item;
	size_t count = 0;

	fuzz_assert(kmod_module_new_from_loaded(ctx, &list) == 0);
	kmod_list_foreach(item, list) {
		struct kmod_module *const mod = kmod_module_get_module(item);

		fuzz_assert(mod && strlen(kmod_module_get_name(mod)) < PATH_MAX);
		fuzz_assert(!strpbrk(kmod_module_get_name(mod), " \t\n"));
		(void)kmod_module_unref(mod);
		count++;
	}
	fuzz_assert(count <= text.size);
	(void)kmod_module_unref_list(list);
}

static void check_lists(const struct kmod_module *mod, const struct entries *holders,
			const struct entries *sections)
{
	struct kmod_list *const of_holders = kmod_module_get_holders(mod);
	struct kmod_list *const of_sections = kmod_module_get_sections(mod);
	struct kmod_list *item;
	size_t count = 0;

	kmod_list_foreach(item, of_holders)
		count++;
	fuzz_assert(count == holders->count || count == 0);
	count = 0;
	kmod_list_foreach(item, of_sections) {
		fuzz_assert(strlen(kmod_module_section_get_name(item)) <= NAME_MAX);
		count++;
	}
	fuzz_assert(count == sections->count || count == 0);
	(void)kmod_module_unref_list(of_holders);
	kmod_module_section_free_list(of_sections);
}

/* ---- The target ------------------------------------------------------------------------ */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	const struct span modules = input_piece(&input);
	const struct span state = input_piece(&input);
	const struct span refcnt = input_piece(&input);
	const struct span coresize = input_piece(&input);
	struct entries holders = { 0 }, sections = { 0 };
	struct kmod_ctx *const ctx = fuzz_context();
	struct kmod_module *mod = NULL;

	make_directories();
	scratch_put("proc/modules", modules);
	scratch_put("sys/module/m/refcnt", refcnt);
	put_unless_empty("sys/module/m/initstate", state);
	put_unless_empty("sys/module/m/coresize", coresize);
	put_entries(&input, "sys/module/m/holders", &holders);
	put_entries(&input, "sys/module/m/sections", &sections);

	fuzz_assert(kmod_module_new_from_name(ctx, "m", &mod) == 0);
	check_loaded(ctx, modules);
	check_state(mod, state);
	check_number(refcnt, kmod_module_get_refcnt(mod));
	check_number(coresize, kmod_module_get_size(mod));
	check_lists(mod, &holders, &sections);

	(void)kmod_module_unref(mod);
	(void)kmod_unref(ctx);
	if (state.size > 0)
		scratch_remove("sys/module/m/initstate");
	if (coresize.size > 0)
		scratch_remove("sys/module/m/coresize");
	remove_entries(&holders);
	remove_entries(&sections);
	return 0;
}
