/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libc's functions that take a path, each with the path moved below the fake root.
 */
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#undef _FORTIFY_SOURCE
#include "trap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Defines @name, a point of failure of @kind, which takes @path relative to @dirfd and answers
 * @failure when it fails. @args is what libc's own function is given, with the mapped path as "to".
 */
#define TRAP_PATH_CALL(kind, type, failure, name, params, dirfd, args) \
	TRAP_EXPORT type name params                                   \
	{                                                              \
		char buf[PATH_MAX];                                    \
		const char *const to = trap_path(dirfd, path, buf);    \
                                                                       \
		TRAP_NEXT(type, name, params);                         \
		if (to == NULL || TRAP_POINT(kind, path))              \
			return failure;                                \
		return next_##name args;                               \
	}

/* Not in the headers, or only as something else. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dirfd, const char *path, int flags);
int __openat64_2(int dirfd, const char *path, int flags);
char *__realpath_chk(const char *path, char *resolved, size_t size);
ssize_t __readlink_chk(const char *path, char *buf, size_t n, size_t size);
ssize_t __readlinkat_chk(int dirfd, const char *path, char *buf, size_t n, size_t size);

/* ---- Opening ---- */

/* Defines @name as a variadic open: @flags is followed by a mode where a file may be created. */
#define TRAP_OPEN_CALL(name, params, next_params, dirfd, args)                                 \
	TRAP_EXPORT int name params                                                            \
	{                                                                                      \
		char buf[PATH_MAX];                                                            \
		const char *to = trap_path(dirfd, path, buf);                                  \
		mode_t mode = 0;                                                               \
                                                                                               \
		TRAP_NEXT(int, name, next_params);                                             \
		if (flags & (O_CREAT | __O_TMPFILE)) {                                         \
			va_list list;                                                          \
                                                                                               \
			va_start(list, flags);                                                 \
			mode = va_arg(list, mode_t);                                           \
			va_end(list);                                                          \
		}                                                                              \
		if (to != NULL && (flags & O_CREAT) && trap_fault_at("create", dirfd, to) < 0) \
			to = NULL;                                                             \
		if (to != NULL && TRAP_POINT(POINT_OPEN, path))                                \
			to = NULL;                                                             \
		return trap_opened(to == NULL ? path : to, flags,                              \
				   to == NULL ? -1 : next_##name args);                        \
	}

TRAP_OPEN_CALL(open, (const char *path, int flags, ...), (const char *, int, ...), AT_FDCWD,
	       (to, flags, mode))
TRAP_OPEN_CALL(open64, (const char *path, int flags, ...), (const char *, int, ...), AT_FDCWD,
	       (to, flags, mode))
TRAP_OPEN_CALL(openat, (int dirfd, const char *path, int flags, ...), (int, const char *, int, ...),
	       dirfd, (dirfd, to, flags, mode))
TRAP_OPEN_CALL(openat64, (int dirfd, const char *path, int flags, ...),
	       (int, const char *, int, ...), dirfd, (dirfd, to, flags, mode))

/* What open() becomes where the compiler checks that no mode is missing. */
TRAP_EXPORT int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

TRAP_EXPORT int __open64_2(const char *path, int flags)
{
	return open64(path, flags);
}

TRAP_EXPORT int __openat_2(int dirfd, const char *path, int flags)
{
	return openat(dirfd, path, flags);
}

TRAP_EXPORT int __openat64_2(int dirfd, const char *path, int flags)
{
	return openat64(dirfd, path, flags);
}

/* Defines @name as a fopen. */
#define TRAP_FOPEN_CALL(name)                                                                \
	TRAP_EXPORT FILE *name(const char *path, const char *mode)                           \
	{                                                                                    \
		char buf[PATH_MAX];                                                          \
		const char *to = trap_path(AT_FDCWD, path, buf);                             \
		FILE *f;                                                                     \
                                                                                             \
		TRAP_NEXT(FILE *, name, (const char *, const char *));                       \
		if (to != NULL && *mode != 'r' && trap_fault_at("create", AT_FDCWD, to) < 0) \
			to = NULL;                                                           \
		if (to != NULL && TRAP_POINT(POINT_OPEN, path))                              \
			to = NULL;                                                           \
		f = to == NULL ? NULL : next_##name(to, mode);                               \
		(void)trap_opened(to == NULL ? path : to, strchr(mode, 'e') ? O_CLOEXEC : 0, \
				  f == NULL ? -1 : fileno(f));                               \
		return f;                                                                    \
	}

TRAP_FOPEN_CALL(fopen)
TRAP_FOPEN_CALL(fopen64)
TRAP_PATH_CALL(POINT_OPEN, DIR *, NULL, opendir, (const char *path), AT_FDCWD, (to))

/* ---- Looking ---- */

TRAP_PATH_CALL(POINT_STAT, int, -1, stat, (const char *path, struct stat *st), AT_FDCWD, (to, st))
TRAP_PATH_CALL(POINT_STAT, int, -1, stat64, (const char *path, struct stat64 *st), AT_FDCWD,
	       (to, st))
TRAP_PATH_CALL(POINT_STAT, int, -1, lstat, (const char *path, struct stat *st), AT_FDCWD, (to, st))
TRAP_PATH_CALL(POINT_STAT, int, -1, lstat64, (const char *path, struct stat64 *st), AT_FDCWD,
	       (to, st))
TRAP_PATH_CALL(POINT_STAT, int, -1, fstatat,
	       (int dirfd, const char *path, struct stat *st, int flags), dirfd,
	       (dirfd, to, st, flags))
TRAP_PATH_CALL(POINT_STAT, int, -1, fstatat64,
	       (int dirfd, const char *path, struct stat64 *st, int flags), dirfd,
	       (dirfd, to, st, flags))
TRAP_PATH_CALL(POINT_STAT, int, -1, statx,
	       (int dirfd, const char *path, int flags, unsigned int mask, struct statx *st), dirfd,
	       (dirfd, to, flags, mask, st))
TRAP_PATH_CALL(POINT_STAT, int, -1, access, (const char *path, int mode), AT_FDCWD, (to, mode))
TRAP_PATH_CALL(POINT_STAT, int, -1, eaccess, (const char *path, int mode), AT_FDCWD, (to, mode))
TRAP_PATH_CALL(POINT_STAT, int, -1, euidaccess, (const char *path, int mode), AT_FDCWD, (to, mode))
TRAP_PATH_CALL(POINT_STAT, int, -1, faccessat, (int dirfd, const char *path, int mode, int flags),
	       dirfd, (dirfd, to, mode, flags))

#if __SIZEOF_LONG__ == 4
/* What stat() and its kin become with times of 64 bits. */
struct trap_stat64_time64;
int __stat64_time64(const char *path, struct trap_stat64_time64 *st);
int __lstat64_time64(const char *path, struct trap_stat64_time64 *st);
int __fstatat64_time64(int dirfd, const char *path, struct trap_stat64_time64 *st, int flags);
TRAP_PATH_CALL(POINT_STAT, int, -1, __stat64_time64,
	       (const char *path, struct trap_stat64_time64 *st), AT_FDCWD, (to, st))
TRAP_PATH_CALL(POINT_STAT, int, -1, __lstat64_time64,
	       (const char *path, struct trap_stat64_time64 *st), AT_FDCWD, (to, st))
TRAP_PATH_CALL(POINT_STAT, int, -1, __fstatat64_time64,
	       (int dirfd, const char *path, struct trap_stat64_time64 *st, int flags), dirfd,
	       (dirfd, to, st, flags))
#endif

/* The @n bytes that a readlink left in @buf, without the fake root. Returns how many remain. */
static ssize_t unmap_link(char *buf, ssize_t n)
{
	char target[PATH_MAX];

	if (n <= 0 || n >= PATH_MAX)
		return n;
	memcpy(target, buf, (size_t)n);
	target[n] = '\0';
	trap_unmap(target);
	n = (ssize_t)strlen(target);
	memcpy(buf, target, (size_t)n);
	return n;
}

TRAP_EXPORT ssize_t readlink(const char *path, char *link, size_t size)
{
	return readlinkat(AT_FDCWD, path, link, size);
}

TRAP_EXPORT ssize_t readlinkat(int dirfd, const char *path, char *link, size_t size)
{
	char buf[PATH_MAX];
	const char *const to = trap_path(dirfd, path, buf);

	TRAP_NEXT(ssize_t, readlinkat, (int, const char *, char *, size_t));
	if (to == NULL || TRAP_POINT(POINT_LINK, path))
		return -1;
	return unmap_link(link, next_readlinkat(dirfd, to, link, size));
}

TRAP_EXPORT ssize_t __readlink_chk(const char *path, char *link, size_t n, size_t size)
{
	return n > size ? (abort(), -1) : readlinkat(AT_FDCWD, path, link, n);
}

TRAP_EXPORT ssize_t __readlinkat_chk(int dirfd, const char *path, char *link, size_t n, size_t size)
{
	return n > size ? (abort(), -1) : readlinkat(dirfd, path, link, n);
}

TRAP_EXPORT char *realpath(const char *path, char *resolved)
{
	char buf[PATH_MAX];
	const char *const to = trap_path(AT_FDCWD, path, buf);
	char *result;

	TRAP_NEXT(char *, realpath, (const char *, char *));
	result = to == NULL || TRAP_POINT(POINT_LINK, path) ? NULL : next_realpath(to, resolved);
	/* What was asked for by its real place is answered by it. */
	if (result != NULL && to == buf)
		trap_unmap(result);
	return result;
}

TRAP_EXPORT char *__realpath_chk(const char *path, char *resolved, size_t size)
{
	return resolved != NULL && size < PATH_MAX ? (abort(), NULL) : realpath(path, resolved);
}

TRAP_EXPORT char *canonicalize_file_name(const char *path)
{
	return realpath(path, NULL);
}

TRAP_EXPORT char *getcwd(char *buf, size_t size)
{
	TRAP_NEXT(char *, getcwd, (char *, size_t));
	return TRAP_POINT(POINT_LINK, "getcwd") ? NULL : next_getcwd(buf, size);
}

/* ---- Looking at what is open ---- */

/* Defines @name, which is about the file open as @fd. */
#define TRAP_FD_CALL(kind, type, failure, name, params, fd, args)            \
	TRAP_EXPORT type name params                                         \
	{                                                                    \
		TRAP_NEXT(type, name, params);                               \
		return TRAP_POINT_FD(kind, fd) ? failure : next_##name args; \
	}

TRAP_FD_CALL(POINT_STAT, int, -1, fstat, (int fd, struct stat *st), fd, (fd, st))
TRAP_FD_CALL(POINT_STAT, int, -1, fstat64, (int fd, struct stat64 *st), fd, (fd, st))
#if __SIZEOF_LONG__ == 4
int __fstat64_time64(int fd, struct trap_stat64_time64 *st);
TRAP_FD_CALL(POINT_STAT, int, -1, __fstat64_time64, (int fd, struct trap_stat64_time64 *st), fd,
	     (fd, st))
#endif
TRAP_FD_CALL(POINT_OPEN, DIR *, NULL, fdopendir, (int fd), fd, (fd))
TRAP_FD_CALL(POINT_LIST, struct dirent *, NULL, readdir, (DIR * dir), dirfd(dir), (dir))
TRAP_FD_CALL(POINT_LIST, struct dirent64 *, NULL, readdir64, (DIR * dir), dirfd(dir), (dir))
TRAP_FD_CALL(POINT_LIST, ssize_t, -1, getdents64, (int fd, void *buf, size_t size), fd,
	     (fd, buf, size))

/* ---- Changing ---- */

TRAP_PATH_CALL(POINT_OTHER, int, -1, chdir, (const char *path), AT_FDCWD, (to))
TRAP_PATH_CALL(POINT_MKDIR, int, -1, mkdir, (const char *path, mode_t mode), AT_FDCWD, (to, mode))
TRAP_PATH_CALL(POINT_MKDIR, int, -1, mkdirat, (int dirfd, const char *path, mode_t mode), dirfd,
	       (dirfd, to, mode))
TRAP_PATH_CALL(POINT_UNLINK, int, -1, rmdir, (const char *path), AT_FDCWD, (to))
TRAP_PATH_CALL(POINT_UNLINK, int, -1, unlink, (const char *path), AT_FDCWD, (to))
TRAP_PATH_CALL(POINT_UNLINK, int, -1, unlinkat, (int dirfd, const char *path, int flags), dirfd,
	       (dirfd, to, flags))
TRAP_PATH_CALL(POINT_CHMOD, int, -1, chmod, (const char *path, mode_t mode), AT_FDCWD, (to, mode))

/* Defines @name, which takes @path relative to @dirfd and @other relative to @other_dirfd. */
#define TRAP_TWO_PATHS_CALL(name, params, dirfd, other_dirfd, args)                    \
	TRAP_EXPORT int name params                                                    \
	{                                                                              \
		char buf[PATH_MAX], other_buf[PATH_MAX];                               \
		const char *const to = trap_path(dirfd, path, buf);                    \
		const char *const other_to = trap_path(other_dirfd, other, other_buf); \
                                                                                       \
		TRAP_NEXT(int, name, params);                                          \
		if (to == NULL || other_to == NULL ||                                  \
		    trap_fault_at("rename", other_dirfd, other_to) < 0 ||              \
		    TRAP_POINT(POINT_RENAME, other))                                   \
			return -1;                                                     \
		return next_##name args;                                               \
	}

TRAP_TWO_PATHS_CALL(rename, (const char *path, const char *other), AT_FDCWD, AT_FDCWD,
		    (to, other_to))
TRAP_TWO_PATHS_CALL(renameat, (int dirfd, const char *path, int other_dirfd, const char *other),
		    dirfd, other_dirfd, (dirfd, to, other_dirfd, other_to))
TRAP_TWO_PATHS_CALL(renameat2,
		    (int dirfd, const char *path, int other_dirfd, const char *other,
		     unsigned int flags),
		    dirfd, other_dirfd, (dirfd, to, other_dirfd, other_to, flags))
