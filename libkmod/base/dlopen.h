/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shared libraries that are linked in, or opened when first needed: the callers cannot tell.
 *
 * A file names the functions it uses in a list, declares the library once, and calls through the
 * table that this declares:
 *
 *	#include <lzma.h>
 *
 *	#define XZ_FUNCTIONS(fn)        \
 *		fn(lzma_code)           \
 *		fn(lzma_end)            \
 *		fn(lzma_stream_decoder)
 *
 *	LIBRARY(xz, DLOPEN_XZ, XZ_FUNCTIONS, "liblzma.so.5",
 *		"xz", "Modules compressed with xz", "recommended")
 *
 *	_cleanup_free_ char *why = NULL;
 *
 *	r = xz_open(&why);
 *	if (r == -ELIBACC)
 *		ERR(ctx, "%s: %s\n", path, why);
 *	if (r < 0)
 *		return r;
 *	...
 *	ret = xz.lzma_code(&stream, LZMA_FINISH);
 *
 * DLOPEN_XZ is 0 or 1, from config.h. With 0 the table is constant, a call through it compiles to
 * a direct one, and xz_open() always succeeds. With 1 nothing refers to the library by name until
 * xz_open() has found it and every function of the list, and the object file carries a note that
 * lets package builders see the dependency all the same. Either way the members have the types
 * of the library's own header. Functions which that header wraps in macros or inline functions
 * are listed, and called, under the name that the library exports (inflateInit2_).
 */
#ifndef BASE_DLOPEN_H
#define BASE_DLOPEN_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A library to be opened, and where the addresses of its functions go. */
struct library {
	const char *soname;
	const char *const *names;	/* the functions, NULL at the end */
	void *table;			/* as many function pointers, in the same order */
	atomic_bool ready;		/* the table is complete, and stays so */
};

/*
 * Opens @library and fills its table, unless that has been done. Any thread may call this at any
 * time; the table may be used once a call has returned 0. The library is never closed again.
 *
 * Returns 0; -ELIBACC when the library, or a function in it, is not there; -ENOMEM. After a
 * failure the table is as it was, and the next call tries again. With -ELIBACC, and only then,
 * *@ret_why is a text saying what is missing, which the caller frees; @ret_why may be NULL.
 */
int library_open(struct library *library, char **ret_why);

/*
 * Declares the table @lib and the function @lib ## _open(char **ret_why).
 *
 * @on_demand: 0 or 1, or a macro for one of these
 * @functions: macro that applies its argument to each function's name
 * @soname, @feature, @description, @priority: string literals without quotes or backslashes in
 * them; the priority is "required", "recommended" or "suggested"
 */
#define LIBRARY(lib, on_demand, functions, soname, feature, description, priority) \
	LIBRARY_EXPAND_(lib, on_demand, functions, soname, feature, description, priority)

#define LIBRARY_EXPAND_(lib, on_demand, functions, ...) \
	LIBRARY_##on_demand##_(lib, functions, __VA_ARGS__)

#define LIBRARY_MEMBER_(function) __typeof__(function) *function;
#define LIBRARY_LINKED_(function) .function = function,
#define LIBRARY_NAME_(function) #function,

#define LIBRARY_0_(lib, functions, ...)              \
	static const struct {                        \
		functions(LIBRARY_MEMBER_)           \
	} lib = { functions(LIBRARY_LINKED_) };      \
	static inline int lib##_open(char **ret_why) \
	{                                            \
		(void)ret_why;                       \
		return 0;                            \
	}

#define LIBRARY_1_(lib, functions, soname_, feature, description, priority)              \
	static struct {                                                                  \
		functions(LIBRARY_MEMBER_)                                               \
	} lib;                                                                           \
	DLOPEN_NOTE_(lib##_note, DLOPEN_JSON_(soname_, feature, description, priority)); \
	static inline int lib##_open(char **ret_why)                                     \
	{                                                                                \
		static const char *const names[] = { functions(LIBRARY_NAME_) NULL };    \
		static struct library library = {                                        \
			.soname = (soname_),                                             \
			.names = names,                                                  \
			.table = &(lib),                                                 \
		};                                                                       \
		_Static_assert(sizeof(lib) + sizeof(void *) == sizeof(names),            \
			       "the table has one function pointer for each name");      \
		return library_open(&library, ret_why);                                  \
	}

/*
 * ELF note that announces a library opened on demand, as the UAPI group's "ELF dlopen metadata"
 * specifies: owner "FDO", type 0x407c0c0a, a JSON array. It is allocated, so strip leaves it alone.
 */
#ifdef __clang__ /* whose address sanitizer would put room between the notes */
#define DLOPEN_NOTE_ATTRIBUTES_ used, section(".note.dlopen"), aligned(4), no_sanitize("address")
#else
#define DLOPEN_NOTE_ATTRIBUTES_ used, section(".note.dlopen"), aligned(4)
#endif

#define DLOPEN_JSON_(soname, feature, description, priority)                 \
	"[{\"feature\":\"" feature "\",\"description\":\"" description "\"," \
	"\"priority\":\"" priority "\",\"soname\":[\"" soname "\"]}]"

#define DLOPEN_NOTE_(variable, json)                                 \
	static const struct {                                        \
		uint32_t namesz, descsz, type;                       \
		char name[sizeof("FDO")];                            \
		alignas(4) char desc[sizeof(json)];                  \
	} variable __attribute__((DLOPEN_NOTE_ATTRIBUTES_)) = {      \
		sizeof("FDO"), sizeof(json), 0x407c0c0a, "FDO", json \
	}

#endif
