/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes and removes the fake root, and reads what the trap wrote.
 */
#include "world.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char root[PATH_MAX];
static char capture[PATH_MAX];

#define MUST(condition, ...) ck_assert_msg(condition, __VA_ARGS__)

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Where the directories of tests are: below TMPDIR, if there is that, or in the build directory. */
static const char *work(void)
{
	static char path[PATH_MAX];
	const char *const parent = getenv("TMPDIR");

	if (parent == NULL)
		return TEST_WORK;
	(void)snprintf(path, sizeof(path), "%.4000s/kmod-test-work", parent);
	return path;
}

/* The process that runs the tests. Their directories are called after it: PID.XXXXXX. */
static pid_t runner;

void world_clean(void)
{
	char pattern[PATH_MAX + 16];
	glob_t left;

	runner = getpid();
	(void)snprintf(pattern, sizeof(pattern), "%s/*.??????", work());
	if (glob(pattern, 0, NULL, &left) == 0) {
		for (size_t i = 0; i < left.gl_pathc; i++) {
			const char *const name = strrchr(left.gl_pathv[i], '/') + 1;

			/* Those of a process that runs are in use: tests run side by side. */
			if (kill((pid_t)atol(name), 0) < 0 && errno == ESRCH)
				remove_tree(left.gl_pathv[i]);
		}
	}
	globfree(&left);
}

void world_begin(void)
{
	char dir[PATH_MAX + 32];

	MUST(mkdir(work(), 0777) == 0 || errno == EEXIST, "mkdir %s: %s", work(), strerror(errno));
	(void)snprintf(dir, sizeof(dir), "%s/%ld.XXXXXX", work(), (long)runner);
	MUST(mkdtemp(dir) != NULL, "mkdtemp %s: %s", dir, strerror(errno));
	(void)snprintf(root, sizeof(root), "%.4000s/root", dir);
	(void)snprintf(capture, sizeof(capture), "%.4000s/capture", dir);
	MUST(mkdir(root, 0777) == 0 && mkdir(capture, 0777) == 0 && chdir(root) == 0, "%s: %s", dir,
	     strerror(errno));
	(void)setenv("TRAP_ROOT", root, 1);
	(void)setenv("TRAP_CAPTURE", capture, 1);
	(void)setenv("TRAP_PASS", TEST_BUILD ":" TEST_SOURCE, 1);
	(void)setenv("TRAP_UNAME", "1.2.3-test", 1);
}

void world_end(void)
{
	MUST(chdir("/") == 0, "chdir: %s", strerror(errno));
	(void)unsetenv("TRAP_ROOT");
	(void)unsetenv("TRAP_FAULTS");
	*strrchr(root, '/') = '\0';
	remove_tree(root);
}

const char *world_path(const char *path)
{
	return format_text("%s%s%s", root, *path == '/' ? "" : "/", path);
}

/* Where @path is to be made: its parents exist. */
static const char *place(const char *path)
{
	char *const full = format_text("%s", world_path(path));

	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		MUST(mkdir(full, 0777) == 0 || errno == EEXIST, "mkdir %s: %s", full,
		     strerror(errno));
		*slash = '/';
	}
	return full;
}

void put(const char *path, struct bytes content)
{
	FILE *const f = fopen(place(path), "we");

	MUST(f != NULL, "%s: %s", path, strerror(errno));
	MUST(fwrite(content.data, 1, content.size, f) == content.size && fclose(f) == 0, "%s: %s",
	     path, strerror(errno));
}

void put_dir(const char *path)
{
	MUST(mkdir(place(path), 0777) == 0, "mkdir %s: %s", path, strerror(errno));
}

void put_fifo(const char *path)
{
	MUST(mkfifo(place(path), 0666) == 0, "mkfifo %s: %s", path, strerror(errno));
}

void put_socket(const char *path)
{
	const char *const full = place(path);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char *const dir = format_text("%s", full);

	/* A socket's name is short: it is made from within its directory. */
	*strrchr(dir, '/') = '\0';
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", strrchr(full, '/') + 1);
	MUST(chdir(dir) == 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		     chdir(root) == 0,
	     "bind %s: %s", path, strerror(errno));
	(void)close(fd);
}

void put_link_outside(const char *path, const char *target)
{
	MUST(symlink(target, place(path)) == 0, "symlink %s: %s", path, strerror(errno));
}

void put_link(const char *path, const char *target)
{
	put_link_outside(path, *target == '/' ? world_path(target) : target);
}

void put_sparse(const char *path, off_t size)
{
	put(path, NO_BYTES);
	MUST(truncate(world_path(path), size) == 0, "truncate %s: %s", path, strerror(errno));
}

void put_away(const char *path)
{
	remove_tree(world_path(path));
}

static size_t tree_prefix;

static int copy_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char target[PATH_MAX];
	ssize_t n;

	if (path[tree_prefix] == '\0')
		return 0;
	switch (type) {
	case FTW_D:
		put_dir(path + tree_prefix);
		return 0;
	case FTW_F:
		put(path + tree_prefix, bytes_of_file(path));
		return 0;
	case FTW_SL:
	case FTW_SLN:
		n = readlink(path, target, sizeof(target) - 1);
		MUST(n > 0, "readlink %s: %s", path, strerror(errno));
		target[n] = '\0';
		put_link(path + tree_prefix, target);
		return 0;
	default:
		return -1;
	}
}

void put_tree(const char *from)
{
	tree_prefix = strlen(from);
	MUST(nftw(from, copy_one, 16, FTW_PHYS) == 0, "cannot copy %s: %s", from, strerror(errno));
}

/* ---- What reached the kernel ---- */

static const char *capture_path(size_t n, const char *what)
{
	return format_text("%s/%zu.%s", capture, n, what);
}

size_t calls_made(void)
{
	size_t n = 0;

	while (access(capture_path(n, "call"), F_OK) == 0)
		n++;
	return n;
}

/* The text in @file, without a newline at its end; "" when there is no such file. */
static const char *text_of(const char *file)
{
	struct bytes text;

	if (access(file, F_OK) < 0)
		return "";
	text = bytes_of_file(file);
	if (text.size > 0 && text.data[text.size - 1] == '\n')
		text.size--;
	return format_text("%.*s", (int)text.size, (const char *)text.data);
}

const char *call_text(size_t n)
{
	return text_of(capture_path(n, "call"));
}

struct bytes call_blob(size_t n)
{
	return bytes_of_file(capture_path(n, "blob"));
}

void expect_calls(size_t n)
{
	const size_t made = calls_made();

	ck_assert_msg(made == n, "%zu calls reached the kernel, expected %zu; the last is: %s",
		      made, n, made > 0 ? call_text(made - 1) : "none");
}

void expect_init(size_t n, struct bytes blob, const char *options)
{
	const char *difference;

	ck_assert_str_eq(call_text(n), format_text("init_module \"%s\"", options));
	difference = bytes_difference(call_blob(n), blob);
	ck_assert_msg(difference == NULL, "what init_module was given: %s", difference);
}

void expect_finit(size_t n, const char *path, unsigned int flags, const char *options)
{
	const char *difference;

	ck_assert_str_eq(call_text(n),
			 format_text("finit_module %s %#x \"%s\"", path, flags, options));
	difference = bytes_difference(call_blob(n), bytes_of_file(world_path(path)));
	ck_assert_msg(difference == NULL, "the file finit_module was given: %s", difference);
}

bool captured(const char *name, struct bytes *ret)
{
	const char *const path = format_text("%s/%s", capture, name);

	if (access(path, F_OK) < 0)
		return false;
	*ret = bytes_of_file(path);
	return true;
}

void forget_captured(void)
{
	remove_tree(capture);
	MUST(mkdir(capture, 0777) == 0, "mkdir %s: %s", capture, strerror(errno));
}

const char *opens_noted(void)
{
	return text_of(format_text("%s/opens", capture));
}

const char *syslog_lines(void)
{
	return text_of(format_text("%s/syslog", capture));
}
