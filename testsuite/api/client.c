/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client's source, for C and C++, that has the header first and twice. Compiled by check-header,
 * never run.
 */
#include "libkmod/libkmod.h"

/* The macros for lists take NULL from here. */
#include <stddef.h>

#ifdef __cplusplus
#define ASSERT(what) static_assert(what, #what)
#else
#define ASSERT(what) _Static_assert(what, #what)
#endif

/* What clients compiled against another libkmod have in them. */
ASSERT(KMOD_INSERT_FORCE_VERMAGIC == 1);
ASSERT(KMOD_INSERT_FORCE_MODVERSION == 2);
ASSERT(KMOD_REMOVE_FORCE == O_TRUNC);
ASSERT(KMOD_REMOVE_NOWAIT == O_NONBLOCK);
ASSERT(KMOD_REMOVE_NOLOG == 1);
ASSERT(KMOD_MODULE_BUILTIN == 0);
ASSERT(KMOD_MODULE_LIVE == 1);
ASSERT(KMOD_MODULE_COMING == 2);
ASSERT(KMOD_MODULE_GOING == 3);
ASSERT(sizeof(enum kmod_insert) == 4);
ASSERT(sizeof(enum kmod_remove) == 4);
ASSERT(sizeof(enum kmod_module_initstate) == 4);

bool client(uint64_t number, va_list args);

bool client(uint64_t number, va_list args)
{
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);
	struct kmod_list *list = NULL, *node;
	uint64_t n = va_arg(args, int) == O_RDONLY ? number : 0;

	if (kmod_module_new_from_loaded(ctx, &list) < 0)
		return false;
	kmod_list_foreach(node, list) {
		n++;
	}
	kmod_list_foreach_reverse(node, list)
		n--;
	kmod_module_unref_list(list);
	kmod_unref(ctx);
	return n == 0;
}
