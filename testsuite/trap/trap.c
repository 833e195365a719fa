/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all parts of the trap share: libc behind it, paths in and out of the fake root, files of
 * what was captured.
 */
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#include "trap.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Only tells that the trap is in place. */
TRAP_EXPORT extern const bool trap_is_here;
const bool trap_is_here = true;

void *trap_next(const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	if (symbol == NULL)
		trap_misuse("libc has no %s", name);
	return symbol;
}

void trap_misuse(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	trap_raw_write(STDERR_FILENO, "trap: ", 6);
	trap_raw_write(STDERR_FILENO, text, strlen(text));
	trap_raw_write(STDERR_FILENO, "\n", 1);
	abort();
}

long trap_raw(long number, ...)
{
	long a[6];
	va_list args;

	TRAP_NEXT(long, syscall, (long, ...));
	va_start(args, number);
	for (size_t i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	return next_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int trap_raw_open(const char *path, int flags, mode_t mode)
{
#ifdef O_LARGEFILE
	flags |= O_LARGEFILE;
#endif
	return (int)trap_raw(SYS_openat, (long)AT_FDCWD, path, (long)(flags | O_CLOEXEC),
			     (long)mode, 0L, 0L);
}

ssize_t trap_raw_read(int fd, void *buf, size_t size)
{
	return trap_raw(SYS_read, (long)fd, buf, size, 0L, 0L, 0L);
}

void trap_raw_write(int fd, const void *buf, size_t size)
{
	const char *from = buf;

	while (size > 0) {
		const long n = trap_raw(SYS_write, (long)fd, from, size, 0L, 0L, 0L);

		if (n <= 0)
			abort();
		from += n;
		size -= (size_t)n;
	}
}

void trap_raw_close(int fd)
{
	(void)trap_raw(SYS_close, (long)fd, 0L, 0L, 0L, 0L, 0L);
}

int trap_errno(const char *name)
{
	for (int n = 1; n < 200; n++) {
		const char *known = strerrorname_np(n);

		if (known != NULL && strcmp(name, known) == 0)
			return n;
	}
	if (strcmp(name, "EOPNOTSUPP") == 0)
		return EOPNOTSUPP;
	if (strcmp(name, "EAGAIN") == 0)
		return EAGAIN;
	trap_misuse("no errno is called '%s'", name);
}

/* Whether @path is @dir or below it. */
static bool is_below(const char *path, const char *dir, size_t dir_len)
{
	while (dir_len > 1 && dir[dir_len - 1] == '/')
		dir_len--;
	return dir_len > 0 && strncmp(path, dir, dir_len) == 0 &&
	       (path[dir_len] == '/' || path[dir_len] == '\0');
}

static bool is_exempt(const char *path, const char *root)
{
	static const char *const always[] = {
		"/proc/self", "/dev/fd", "/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr",
	};
	const char *const slash = strrchr(root, '/');
	const char *pass = getenv("TRAP_PASS");

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		if (is_below(path, always[i], strlen(always[i])))
			return true;
	}
	if (slash != NULL && is_below(path, root, (size_t)(slash - root)))
		return true;
	while (pass != NULL && *pass != '\0') {
		const size_t len = strcspn(pass, ":");

		if (is_below(path, pass, len))
			return true;
		pass += len + (pass[len] == ':');
	}
	return false;
}

void trap_fd_path(int fd, char *buf)
{
	char link[64];
	long n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = trap_raw(SYS_readlinkat, (long)AT_FDCWD, link, buf, (long)PATH_MAX - 1, 0L, 0L);
	buf[n < 0 ? 0 : n] = '\0';
}

void trap_rule_path(const char *path, char *buf)
{
	const char *const root = getenv("TRAP_ROOT");

	(void)snprintf(buf, PATH_MAX, "%s%s", root == NULL || is_exempt(path, root) ? "" : root,
		       path);
}

/* Where @path, already mapped, is: an absolute path, in @buf of 2 * PATH_MAX bytes. */
static void full_path(int dirfd, const char *path, char *buf)
{
	buf[0] = '\0';
	if (*path != '/') {
		if (dirfd != AT_FDCWD)
			trap_fd_path(dirfd, buf);
		else if (trap_raw(SYS_getcwd, buf, (long)PATH_MAX, 0L, 0L, 0L, 0L) < 0)
			buf[0] = '\0';
		(void)strcat(buf, "/");
	}
	(void)strncat(buf, path, PATH_MAX - 1);
}

int trap_fault_at(const char *verb, int dirfd, const char *path)
{
	const int saved = errno;
	char full[2 * PATH_MAX];

	if (getenv("TRAP_FAULTS") == NULL)
		return 0;
	full_path(dirfd, path, full);
	errno = saved;
	return trap_fault(verb, full, NULL);
}

/* The errno that a rule "open PATH ERRNO" has for @path, already mapped; 0 when there is none. */
static int open_fault(int dirfd, const char *path)
{
	const char *const faults = getenv("TRAP_FAULTS");
	char full[2 * PATH_MAX], rules[4096];
	char *save = NULL;

	if (faults == NULL)
		return 0;
	full_path(dirfd, path, full);
	(void)snprintf(rules, sizeof(rules), "%s", faults);
	for (char *rule = strtok_r(rules, ";", &save); rule != NULL;
	     rule = strtok_r(NULL, ";", &save)) {
		char target[PATH_MAX], name[32], mapped[PATH_MAX];

		if (sscanf(rule, " open %4095s %31s", target, name) != 2)
			continue;
		trap_rule_path(target, mapped);
		if (strcmp(mapped, full) == 0)
			return trap_errno(name);
	}
	return 0;
}

const char *trap_path(int dirfd, const char *path, char *buf)
{
	const char *const root = getenv("TRAP_ROOT");
	int fault;

	if (path == NULL)
		return NULL;
	if (root != NULL && *path == '/' && !is_exempt(path, root)) {
		if (snprintf(buf, PATH_MAX, "%s%s", root, path) >= PATH_MAX) {
			errno = ENAMETOOLONG;
			return NULL;
		}
		path = buf;
	}
	fault = open_fault(dirfd, path);
	if (fault != 0) {
		errno = fault;
		return NULL;
	}
	return path;
}

void trap_unmap(char *path)
{
	const char *const root = getenv("TRAP_ROOT");
	const size_t len = root == NULL ? 0 : strlen(root);

	if (root == NULL || !is_below(path, root, len))
		return;
	if (path[len] == '\0')
		(void)strcpy(path, "/");
	else
		memmove(path, path + len, strlen(path + len) + 1);
}

int trap_capture_open(const char *name, int flags)
{
	const char *const dir = getenv("TRAP_CAPTURE");
	char path[PATH_MAX];

	if (dir == NULL || snprintf(path, sizeof(path), "%s/%s", dir, name) >= PATH_MAX) {
		errno = ENOENT;
		return -1;
	}
	return trap_raw_open(path, O_WRONLY | O_CREAT | flags, 0600);
}

static void note_open(const char *path, int flags, int error)
{
	char line[PATH_MAX + 128], shown[PATH_MAX];
	int fd;

	if (getenv("TRAP_OPENS") == NULL)
		return;
	fd = trap_capture_open("opens", O_APPEND);
	if (fd < 0)
		return;
	(void)snprintf(shown, sizeof(shown), "%s", path);
	trap_unmap(shown);
	(void)snprintf(line, sizeof(line), "%s%s%s%s = %s\n", shown,
		       (flags & O_CLOEXEC) ? " CLOEXEC" : "",
		       (flags & O_NONBLOCK) ? " NONBLOCK" : "", (flags & O_NOCTTY) ? " NOCTTY" : "",
		       error ? strerrorname_np(error) : "0");
	trap_raw_write(fd, line, strlen(line));
	trap_raw_close(fd);
}

int trap_opened(const char *path, int flags, int fd)
{
	const int saved = errno;

	note_open(path, flags, fd < 0 ? saved : 0);
	if (fd >= 0)
		trap_kmsg_opened(path, fd);
	errno = saved;
	return fd;
}
