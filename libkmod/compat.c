/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Versions of exported functions that programs ask for which were linked with an older library.
 *
 * Only the shared library has this file, as a version means nothing anywhere else. Each function
 * goes by a name of its own here, which libkmod.sym hides.
 */
#include "libkmod.h"

/* GCC needs the attribute, or the version gets lost when optimising at link time. */
#if __has_attribute(symver)
#define EXPORT_AS(function, version) __attribute__((visibility("default"), symver(version)))
#else
#define EXPORT_AS(function, version)                \
	__asm__(".symver " #function ", " version); \
	__attribute__((visibility("default")))
#endif

/* Until kmod 33 it was exported with the first functions, though it was added by kmod 30. */
int new_from_name_lookup_5(struct kmod_ctx *ctx, const char *modname, struct kmod_module **mod);

EXPORT_AS(new_from_name_lookup_5, "kmod_module_new_from_name_lookup@LIBKMOD_5")
int new_from_name_lookup_5(struct kmod_ctx *ctx, const char *modname, struct kmod_module **mod)
{
	return kmod_module_new_from_name_lookup(ctx, modname, mod);
}
