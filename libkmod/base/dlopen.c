/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening a shared library on demand, all of its functions or none.
 */
#include "libkmod/base/dlopen.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "libkmod/base/process-lock.h"

_Static_assert(sizeof(void *) == sizeof(void (*)(void)), "dlsym() gives function pointers");

/* -ELIBACC, with a copy of what dlerror() says: its own text ends with the next dl call. */
static int missing(char **ret_why)
{
	const char *const text = dlerror();
	char *why;

	if (!ret_why)
		return -ELIBACC;
	why = strdup(text ? text : "a shared library cannot be opened");
	if (!why)
		return -ENOMEM;
	*ret_why = why;
	return -ELIBACC;
}

/* Whether @handle has all functions of @names. */
static bool has_functions(void *handle, const char *const *names)
{
	for (; *names; names++)
		if (!dlsym(handle, *names))
			return false;
	return true;
}

static void fill_table(const struct library *library, void *handle)
{
	unsigned char *slot = library->table;

	for (const char *const *name = library->names; *name; name++, slot += sizeof(void *)) {
		void *const address = dlsym(handle, *name);

		memcpy(slot, &address, sizeof(address));
	}
}

static int open_locked(struct library *library, char **ret_why)
{
	void *const handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);
	int r;

	if (!handle)
		return missing(ret_why);

	if (!has_functions(handle, library->names)) {
		r = missing(ret_why);
		(void)dlclose(handle);
		return r;
	}

	fill_table(library, handle);
	atomic_store_explicit(&library->ready, true, memory_order_release);
	return 0;
}

int library_open(struct library *library, char **ret_why)
{
	int r = 0;

	if (atomic_load_explicit(&library->ready, memory_order_acquire))
		return 0;

	process_lock();
	if (!atomic_load_explicit(&library->ready, memory_order_relaxed))
		r = open_locked(library, ret_why);
	process_unlock();
	return r;
}
