/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads that are short, interrupted, failing, or overtaken by a change of the file; and reads of
 * a /dev/kmsg that is a text file.
 */
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#undef _FORTIFY_SOURCE
#include "trap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	RULES_MAX = 16
};

/* Where @path of a rule is, in @buf of PATH_MAX bytes. */
static void rule_path(const char *path, char *buf)
{
	const char *const root = getenv("TRAP_ROOT");

	(void)snprintf(buf, PATH_MAX, "%s%s", root == NULL ? "" : root, path);
}

/* Does what the rule "read @path N @action @value" asks for. -1 and errno: the read fails. */
static int act(const char *path, const char *action, const char *value)
{
	char target[PATH_MAX], other[PATH_MAX];

	rule_path(path, target);
	if (strcmp(action, "fail") == 0) {
		errno = trap_errno(value);
		return -1;
	}
	if (strcmp(action, "truncate") == 0) {
		if (truncate(target, strtoll(value, NULL, 10)) < 0)
			trap_misuse("cannot truncate %s: %m", target);
		return 0;
	}
	if (strcmp(action, "replace") == 0) {
		rule_path(value, other);
		if (rename(other, target) < 0)
			trap_misuse("cannot rename %s: %m", other);
		return 0;
	}
	trap_misuse("no action is called '%s'", action);
}

/* Applies @rule, the @index-th, to a read of @size bytes of @file. -1 and errno: it fails. */
static int apply(const char *rule, size_t index, const char *file, size_t *size)
{
	static unsigned int reads[RULES_MAX];
	char path[PATH_MAX], value[PATH_MAX], target[PATH_MAX], action[32];
	unsigned int n;
	size_t max;

	if (index >= RULES_MAX)
		trap_misuse("too many rules");
	if (sscanf(rule, " short %zu", &max) == 1) {
		if (*size > max)
			*size = max;
		return 0;
	}
	if (sscanf(rule, " eintr %u", &n) == 1) {
		if (++reads[index] % n != 0)
			return 0;
		errno = EINTR;
		return -1;
	}
	if (sscanf(rule, " read %4095s %u %31s %4095s", path, &n, action, value) == 4) {
		rule_path(path, target);
		return strcmp(target, file) == 0 && ++reads[index] == n ? act(path, action, value) :
									  0;
	}
	return 0;
}

int trap_before_read(int fd, size_t *size)
{
	const char *const faults = getenv("TRAP_FAULTS");
	char file[PATH_MAX], rules[4096];
	char *save = NULL;
	size_t index = 0;
	struct stat st;

	if (faults == NULL || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	trap_fd_path(fd, file);
	(void)snprintf(rules, sizeof(rules), "%s", faults);
	for (char *rule = strtok_r(rules, ";", &save); rule != NULL;
	     rule = strtok_r(NULL, ";", &save)) {
		if (apply(rule, index++, file, size) < 0)
			return -1;
	}
	return 0;
}

/* ---- /dev/kmsg ---- */

static struct {
	int fd;
	dev_t dev;
	ino_t ino;
} kmsg = { .fd = -1 };

void trap_kmsg_opened(const char *path, int fd)
{
	char shown[PATH_MAX];
	struct stat st;

	(void)snprintf(shown, sizeof(shown), "%s", path);
	trap_unmap(shown);
	if (strcmp(shown, "/dev/kmsg") != 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	kmsg.fd = fd;
	kmsg.dev = st.st_dev;
	kmsg.ino = st.st_ino;
}

bool trap_is_kmsg(int fd)
{
	struct stat st;

	return kmsg.fd >= 0 && fd == kmsg.fd && fstat(fd, &st) == 0 && st.st_dev == kmsg.dev &&
	       st.st_ino == kmsg.ino;
}

/*
 * The length of the first record in the @n bytes at @text: a line, and the lines after it that
 * begin with a space. 0 at the end.
 */
static size_t record_length(const char *text, size_t n)
{
	size_t len = 0;

	do {
		const char *const end = memchr(text + len, '\n', n - len);

		if (end == NULL)
			return 0;
		len = (size_t)(end - text) + 1;
	} while (len < n && text[len] == ' ');
	return len;
}

/* Writes the record at @text to @out of @size bytes, its time stamp made real. */
static int format_record(const char *text, size_t len, char *out, size_t size)
{
	char prefix[128];
	long long offset;
	int used = 0;

	if (sscanf(text, "%127[^@;]@%lld%n", prefix, &offset, &used) != 2)
		return snprintf(out, size, "%.*s", (int)len, text);
	return snprintf(out, size, "%s%lld%.*s", prefix, (long long)trap_call_time() + offset,
			(int)(len - (size_t)used), text + used);
}

ssize_t trap_kmsg_read(int fd, char *buf, size_t size)
{
	char text[16384], out[16384], name[32];
	const off_t at = lseek(fd, 0, SEEK_CUR);
	ssize_t n;
	size_t len;
	int written;

	TRAP_NEXT(ssize_t, pread, (int, void *, size_t, off_t));
	n = next_pread(fd, text, sizeof(text) - 1, at);
	if (n < 0)
		return -1;
	text[n] = '\0';
	len = record_length(text, (size_t)n);
	if (len == 0) {
		if (!(fcntl(fd, F_GETFL) & O_NONBLOCK))
			trap_misuse("a read of /dev/kmsg would wait for ever");
		errno = EAGAIN;
		return -1;
	}
	if (sscanf(text, "!%31s", name) == 1) {
		(void)lseek(fd, at + (off_t)len, SEEK_SET);
		errno = trap_errno(name);
		return -1;
	}
	written = format_record(text, len, out, sizeof(out));
	if (written < 0 || (size_t)written > size) {
		errno = EINVAL;
		return -1;
	}
	(void)lseek(fd, at + (off_t)len, SEEK_SET);
	memcpy(buf, out, (size_t)written);
	return written;
}

/* ---- libc's functions ---- */

ssize_t __read_chk(int fd, void *buf, size_t n, size_t size);
ssize_t __pread_chk(int fd, void *buf, size_t n, off_t offset, size_t size);
ssize_t __pread64_chk(int fd, void *buf, size_t n, off64_t offset, size_t size);

TRAP_EXPORT ssize_t read(int fd, void *buf, size_t n)
{
	TRAP_NEXT(ssize_t, read, (int, void *, size_t));
	if (trap_is_kmsg(fd))
		return trap_kmsg_read(fd, buf, n);
	return trap_before_read(fd, &n) < 0 ? -1 : next_read(fd, buf, n);
}

TRAP_EXPORT ssize_t pread(int fd, void *buf, size_t n, off_t offset)
{
	TRAP_NEXT(ssize_t, pread, (int, void *, size_t, off_t));
	return trap_before_read(fd, &n) < 0 ? -1 : next_pread(fd, buf, n, offset);
}

TRAP_EXPORT ssize_t pread64(int fd, void *buf, size_t n, off64_t offset)
{
	TRAP_NEXT(ssize_t, pread64, (int, void *, size_t, off64_t));
	return trap_before_read(fd, &n) < 0 ? -1 : next_pread64(fd, buf, n, offset);
}

TRAP_EXPORT ssize_t __read_chk(int fd, void *buf, size_t n, size_t size)
{
	return n > size ? (abort(), -1) : read(fd, buf, n);
}

TRAP_EXPORT ssize_t __pread_chk(int fd, void *buf, size_t n, off_t offset, size_t size)
{
	return n > size ? (abort(), -1) : pread(fd, buf, n, offset);
}

TRAP_EXPORT ssize_t __pread64_chk(int fd, void *buf, size_t n, off64_t offset, size_t size)
{
	return n > size ? (abort(), -1) : pread64(fd, buf, n, offset);
}
