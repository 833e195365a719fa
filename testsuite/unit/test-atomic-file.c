/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/base/atomic-file.c.
 */
#include "libkmod/base/atomic-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/session.h"
#include "harness/suite.h"
#include "harness/world.h"
#include "libkmod/base/io.h"
#include "unit.h"

/* What the tests write, unless they say otherwise: these files, in /out. */
static const char *const names[] = { "a", "b", "c" };
static const char *const new_texts[] = { "new a", "new b", "new c" };

enum {
	COUNT = ROWS(names)
};

static struct file_set *open_set(void)
{
	struct file_set *set = NULL;

	ck_assert_int_eq(file_set_open(world_path("/out"), names, COUNT, &set), 0);
	return set;
}

/* The old state: "old a" in /out/a, and so on. */
static void put_old(void)
{
	for (size_t i = 0; i < COUNT; i++)
		put(format_text("/out/%s", names[i]), bytes_text(format_text("old %s", names[i])));
}

static int write_text(struct file_set *set, size_t i, const char *text,
		      struct file_set_failure *failure)
{
	return file_set_write(set, i, text, strlen(text), failure);
}

/* Writes all files as they are to be. */
static int write_new(struct file_set *set, struct file_set_failure *failure)
{
	int r = 0;

	for (size_t i = 0; i < COUNT && r == 0; i++)
		r = write_text(set, i, new_texts[i], failure);
	return r;
}

/* All that is done with a set. */
static int renew(bool flush, struct file_set_failure *failure)
{
	struct file_set *const set = open_set();
	int r;

	file_set_begin(set);
	r = write_new(set, failure);
	if (r == 0)
		r = file_set_publish(set, flush, failure);
	file_set_free(set);
	return r;
}

static void expect_text(const char *path, const char *want)
{
	const struct bytes got = bytes_of_file(world_path(path));

	ck_assert_msg(bytes_equal(got, bytes_text(want)), "%s holds '%.*s' and not '%s'", path,
		      (int)got.size, (const char *)got.data, want);
}

/* What is in the directory @path, hidden files too, each followed by a space. */
static const char *listing(const char *path)
{
	struct dirent **entries;
	const int n = scandir(world_path(path), &entries, NULL, alphasort);
	const char *text = "";

	ck_assert_int_ge(n, 0);
	for (int i = 0; i < n; i++) {
		if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0)
			text = format_text("%s%s ", text, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return text;
}

/* How many files are put in place before the @i-th: the first one comes last. */
static size_t place_of(size_t i)
{
	return i > 0 ? i - 1 : COUNT - 1;
}

/* The @replaced files that are put in place first are new, the others old, and nothing else is there. */
static void expect_state(size_t replaced)
{
	ck_assert_str_eq(listing("/out"), "a b c ");
	for (size_t i = 0; i < COUNT; i++)
		expect_text(format_text("/out/%s", names[i]),
			    place_of(i) < replaced ? new_texts[i] : format_text("old %s", names[i]));
}

static void expect_mode(const char *path, unsigned int mode)
{
	struct stat st;

	ck_assert_int_eq(lstat(world_path(path), &st), 0);
	ck_assert_msg(st.st_mode == mode, "the mode of %s is %o", path, st.st_mode);
}

/* ---- What is published --------------------------------------------------------------------- */

START_TEST(new_directory)
{
	struct file_set_failure failure;
	struct file_set *set = NULL;

	(void)umask(027);
	ck_assert_int_eq(file_set_open("new/out", names, COUNT, &set), 0);
	expect_mode("/new", S_IFDIR | 0750);
	expect_mode("/new/out", S_IFDIR | 0750);
	(void)umask(0777);
	ck_assert_int_eq(write_new(set, &failure), 0);
	ck_assert_int_eq(file_set_publish(set, true, &failure), 0);
	file_set_free(set);
	ck_assert_str_eq(listing("/new/out"), "a b c ");
	for (size_t i = 0; i < COUNT; i++) {
		expect_mode(format_text("/new/out/%s", names[i]), S_IFREG | 0644);
		expect_text(format_text("/new/out/%s", names[i]), new_texts[i]);
	}
}
END_TEST

START_TEST(old_files)
{
	const size_t before = descriptors_open();
	struct file_set_failure failure;

	put_old();
	ck_assert_int_eq(chmod(world_path("/out/a"), 0600), 0);
	(void)umask(0);
	ck_assert_int_eq(renew(_i, &failure), 0);
	expect_state(COUNT);
	expect_mode("/out/a", S_IFREG | 0644);
	ck_assert_uint_eq(descriptors_open(), before);
}
END_TEST

/* What has the name is replaced, not what it leads to. */
START_TEST(old_links)
{
	struct file_set_failure failure;

	put("/elsewhere", bytes_text("kept"));
	put_dir("/directory");
	put_link("/out/a", "/elsewhere");
	put_link("/out/b", "/directory");
	put_link("/out/c", "missing");
	ck_assert_int_eq(renew(true, &failure), 0);
	expect_state(COUNT);
	for (size_t i = 0; i < COUNT; i++)
		expect_mode(format_text("/out/%s", names[i]), S_IFREG | 0644);
	expect_text("/elsewhere", "kept");
	ck_assert_str_eq(listing("/directory"), "");
}
END_TEST

START_TEST(not_all)
{
	struct file_set *const set = open_set();
	struct file_set_failure failure;

	put_old();
	ck_assert_int_eq(write_text(set, 2, "", &failure), 0);
	ck_assert_int_eq(write_text(set, 0, new_texts[0], &failure), 0);
	ck_assert_int_eq(file_set_publish(set, true, &failure), 0);
	file_set_free(set);
	ck_assert_str_eq(listing("/out"), "a b c ");
	expect_text("/out/a", "new a");
	expect_text("/out/b", "old b");
	expect_text("/out/c", "");
}
END_TEST

START_TEST(none)
{
	struct file_set_failure failure;
	struct file_set *set = open_set();

	ck_assert_int_eq(file_set_publish(set, true, &failure), 0);
	file_set_free(set);
	ck_assert_int_eq(file_set_open(world_path("/out"), NULL, 0, &set), 0);
	ck_assert_int_eq(file_set_publish(set, true, &failure), 0);
	file_set_free(set);
	file_set_free(NULL);
	ck_assert_str_eq(listing("/out"), "");
}
END_TEST

/* Until it is published, nothing is seen but hidden files, and it can be taken back. */
START_TEST(taken_back)
{
	struct file_set *const set = open_set();
	struct file_set_failure failure;
	const char *list;

	put_old();
	ck_assert_int_eq(write_new(set, &failure), 0);
	list = listing("/out");
	for (size_t i = 0; i < COUNT; i++) {
		char name, random[9], end[16];

		ck_assert_int_eq(sscanf(list, ".%c.%8[0-9a-v]%15s", &name, random, end), 3);
		ck_assert_int_eq(name, names[i][0]);
		ck_assert_uint_eq(strlen(random), 8);
		ck_assert_str_eq(end, ".kmod-tmp");
		list = strchr(list, ' ') + 1;
	}
	ck_assert_str_eq(list, "a b c ");
	file_set_free(set);
	expect_state(0);
}
END_TEST

START_TEST(longest_name)
{
	char name[NAME_MAX + 1];
	const char *const long_names[] = { name };
	struct file_set_failure failure;
	struct file_set *set = NULL;

	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	ck_assert_int_eq(file_set_open(world_path("/out"), long_names, 1, &set), 0);
	ck_assert_int_eq(write_text(set, 0, "text", &failure), 0);
	ck_assert_ptr_nonnull(strstr(listing("/out"), ".kmod-tmp "));
	ck_assert_int_eq(file_set_publish(set, true, &failure), 0);
	file_set_free(set);
	ck_assert_str_eq(listing("/out"), format_text("%s ", name));
}
END_TEST

START_TEST(what_stat_tells)
{
	struct file_set *const set = open_set();
	struct file_set_failure failure;
	struct stat before, after;

	put_old();
	ck_assert_int_eq(write_new(set, &failure), 0);
	ck_assert_int_eq(file_set_stat(set, 1, &before), 0);
	ck_assert_int_eq(file_set_publish(set, true, &failure), 0);
	file_set_free(set);
	ck_assert_int_eq(stat(world_path("/out/b"), &after), 0);
	ck_assert_int_eq(after.st_size, (off_t)strlen(new_texts[1]));
	ck_assert_int_eq(after.st_size, before.st_size);
	ck_assert_uint_eq(after.st_ino, before.st_ino);
	ck_assert_uint_eq(after.st_dev, before.st_dev);
	ck_assert_mem_eq(&after.st_mtim, &before.st_mtim, sizeof(after.st_mtim));
	ck_assert_uint_eq(after.st_mode, before.st_mode);
}
END_TEST

/* Short and interrupted writes are gone on with. */
START_TEST(in_pieces)
{
	struct file_set_failure failure;

	put_old();
	(void)setenv("TRAP_FAULTS", "write /out/b 1 short 1; write /out/b 2 fail EINTR", 1);
	ck_assert_int_eq(renew(true, &failure), 0);
	expect_state(COUNT);
}
END_TEST

/* ---- What fails ------------------------------------------------------------------------------ */

START_TEST(not_opened)
{
	const size_t before = descriptors_open();
	struct file_set *set = NULL;

	put("/file", NO_BYTES);
	ck_assert_int_eq(file_set_open(world_path("/file"), names, COUNT, &set), -ENOTDIR);
	ck_assert_int_eq(file_set_open(world_path("/file/out"), names, COUNT, &set), -ENOTDIR);
	ck_assert_int_eq(file_set_open("", names, COUNT, &set), -ENOENT);
	put_dir("/out");
	ck_assert_int_eq(file_set_open(world_path("/out"), names, SIZE_MAX, &set), -ENOMEM);
	(void)setenv("TRAP_FAULTS", "open /out EACCES; open /new EROFS", 1);
	ck_assert_int_eq(file_set_open(world_path("/out"), names, COUNT, &set), -EACCES);
	ck_assert_int_eq(file_set_open(world_path("/new/out"), names, COUNT, &set), -EROFS);
	ck_assert_ptr_null(set);
	ck_assert_uint_eq(descriptors_open(), before);
}
END_TEST

START_TEST(out_of_memory)
{
	const size_t before = descriptors_open();
	struct file_set *set = NULL;
	unsigned int n = 0;
	int r;

	for (;; n++) {
		unit_fail_allocation(n);
		r = file_set_open(world_path("/a/b"), names, COUNT, &set);
		if (!unit_allocation_failed())
			break;
		ck_assert_int_eq(r, -ENOMEM);
		ck_assert_ptr_null(set);
		ck_assert_uint_eq(descriptors_open(), before);
	}
	ck_assert_uint_gt(n, 1);
	ck_assert_int_eq(r, 0);
	file_set_free(set);
}
END_TEST

/* Faults, what is said of them, and how many files are new afterwards. */
static const struct fault {
	const char *rules;
	int error;
	enum file_set_step step;
	const char *name;
	size_t replaced;
} faults[] = {
	{ "create /out/a 1 fail EROFS", -EROFS, FILE_SET_CREATE, "a", 0 },
	{ "create /out/c 1 fail EACCES", -EACCES, FILE_SET_CREATE, "c", 0 },
	{ "create /out/b 1+ fail EEXIST", -EEXIST, FILE_SET_CREATE, "b", 0 },
	{ "write /out/a 1 fail ENOSPC", -ENOSPC, FILE_SET_WRITE, "a", 0 },
	{ "write /out/c 1 short 2; write /out/c 2 fail EDQUOT", -EDQUOT, FILE_SET_WRITE, "c", 0 },
	{ "write /out/b 1 short 0", -EIO, FILE_SET_WRITE, "b", 0 },
	{ "sync /out/a 1 fail EIO", -EIO, FILE_SET_FLUSH, "a", 0 },
	{ "sync /out/c 1 fail ENOSPC", -ENOSPC, FILE_SET_FLUSH, "c", 0 },
	{ "close /out/a 1 fail EIO", -EIO, FILE_SET_WRITE, "a", 0 },
	{ "close /out/c 1 fail EDQUOT", -EDQUOT, FILE_SET_WRITE, "c", 0 },
	{ "rename /out/a 1 fail EACCES", -EACCES, FILE_SET_REPLACE, "a", 2 },
	{ "rename /out/c 1 fail ENOSPC", -ENOSPC, FILE_SET_REPLACE, "c", 1 },
	{ "sync /out 1 fail EIO", -EIO, FILE_SET_FLUSH, NULL, COUNT },
	/* not failures */
	{ "create /out/b 1 fail EEXIST", 0, 0, NULL, COUNT },
	{ "close /out/b 1 fail EINTR", 0, 0, NULL, COUNT },
	{ "sync /out/* 1+ fail EINVAL; sync /out 1+ fail EINVAL", 0, 0, NULL, COUNT },
	{ "sync /out/? 1+ fail EROFS; sync /out 1+ fail EOPNOTSUPP", 0, 0, NULL, COUNT },
	{ "sync /out/* 1+ fail ENOSYS", 0, 0, NULL, COUNT },
};

START_TEST(with_fault)
{
	const struct fault *const fault = &faults[_i];
	const size_t before = descriptors_open();
	struct file_set_failure failure = { 0 };

	put_old();
	(void)setenv("TRAP_FAULTS", fault->rules, 1);
	ck_assert_int_eq(renew(true, &failure), fault->error);
	ck_assert_int_eq(failure.step, fault->step);
	ck_assert_pstr_eq(failure.name, fault->name);
	expect_state(fault->replaced);
	ck_assert_uint_eq(descriptors_open(), before);
}
END_TEST

/* A file that could not be written is not put in place with the others. */
START_TEST(published_without_one)
{
	struct file_set *const set = open_set();
	struct file_set_failure failure;

	put_old();
	(void)setenv("TRAP_FAULTS", "write /out/c 1 short 2; write /out/c 2 fail ENOSPC", 1);
	ck_assert_int_eq(write_new(set, &failure), -ENOSPC);
	ck_assert_int_eq(file_set_publish(set, true, &failure), 0);
	expect_text("/out/a", new_texts[0]);
	expect_text("/out/b", new_texts[1]);
	expect_text("/out/c", "old c");
	file_set_free(set);
}
END_TEST

/* Without it nothing waits for the disk. */
START_TEST(not_flushed)
{
	struct file_set_failure failure;

	put_old();
	(void)setenv("TRAP_FAULTS", "sync /out/* 1+ fail EIO; sync /out 1+ fail EIO", 1);
	ck_assert_int_eq(renew(false, &failure), 0);
	expect_state(COUNT);
}
END_TEST

/* A directory has the name of the last file: it is seen before the first one is replaced. */
START_TEST(directory_in_the_way)
{
	struct file_set_failure failure;

	put_old();
	put_away("/out/c");
	put("/out/c/inside", NO_BYTES);
	ck_assert_int_eq(renew(true, &failure), -EISDIR);
	ck_assert_int_eq(failure.step, FILE_SET_REPLACE);
	ck_assert_str_eq(failure.name, "c");
	ck_assert_str_eq(listing("/out"), "a b c ");
	expect_text("/out/a", "old a");
	expect_text("/out/b", "old b");
}
END_TEST

static bool write_proc(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	const bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		(void)close(fd);
	return done;
}

/* Gives the test mounts of its own. Returns whether it may have some. */
static bool may_mount(void)
{
	const unsigned int uid = getuid(), gid = getgid();

	if (unshare(CLONE_NEWNS) < 0 &&
	    (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ||
	     !write_proc("/proc/self/setgroups", "deny") ||
	     !write_proc("/proc/self/uid_map", format_text("0 %u 1", uid)) ||
	     !write_proc("/proc/self/gid_map", format_text("0 %u 1", gid))))
		return false;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

START_TEST(mount_in_the_way)
{
	struct file_set_failure failure;

	put_old();
	put("/mounted", bytes_text("mounted"));
	if (!may_mount() ||
	    mount(world_path("/mounted"), world_path("/out/c"), NULL, MS_BIND, NULL) < 0)
		SKIP("mounting is not permitted");
	ck_assert_int_eq(renew(true, &failure), -EBUSY);
	ck_assert_int_eq(failure.step, FILE_SET_REPLACE);
	ck_assert_str_eq(failure.name, "c");
	ck_assert_int_eq(umount(world_path("/out/c")), 0);
	expect_state(0);
}
END_TEST

/* On a real disk that is full where there may be one, else on what the trap makes of it. */
START_TEST(full_disk)
{
	enum {
		SIZE = 40960
	};
	static const char content[SIZE];
	struct file_set_failure failure;
	struct file_set *set;

	put_dir("/out");
	if (!may_mount() || mount("none", world_path("/out"), "tmpfs", 0, "size=64k") < 0)
		(void)setenv("TRAP_FAULTS", "write /out/b 1 short 8192; write /out/b 2 fail ENOSPC",
			     1);
	put_old();
	set = open_set();
	ck_assert_int_eq(file_set_write(set, 0, content, SIZE, &failure), 0);
	ck_assert_int_eq(file_set_write(set, 1, content, SIZE, &failure), -ENOSPC);
	ck_assert_int_eq(failure.step, FILE_SET_WRITE);
	ck_assert_str_eq(failure.name, "b");
	file_set_free(set);
	expect_state(0);
	/* and leaves room for others */
	ck_assert_int_eq(renew(true, &failure), 0);
	expect_state(COUNT);
	(void)umount(world_path("/out"));
}
END_TEST

/* ---- The lock ------------------------------------------------------------------------------ */

#define LOCK ".lock.00000000.kmod-tmp "
static const char leftover[] = "/out/.a.0123456v.kmod-tmp";

static unsigned int ms_since(const struct timespec *start)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned int)((now.tv_sec - start->tv_sec) * 1000 +
			      (now.tv_nsec - start->tv_nsec) / 1000000);
}

START_TEST(lock_is_held_by_another)
{
	struct file_set *const first = open_set();
	struct file_set *const second = open_set();
	struct timespec start;

	ck_assert_int_eq(file_set_lock(first, 0), 1);
	put(leftover, NO_BYTES);
	ck_assert_int_eq(file_set_lock(second, 0), -ETIMEDOUT);
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	ck_assert_int_eq(file_set_lock(second, 50), -ETIMEDOUT);
	ck_assert_uint_ge(ms_since(&start), 49);
	ck_assert_str_eq(listing("/out"), ".a.0123456v.kmod-tmp " LOCK);
	file_set_free(first);
	ck_assert_int_eq(file_set_lock(second, 0), 1);
	ck_assert_str_eq(listing("/out"), LOCK);
	file_set_free(second);
	ck_assert_str_eq(listing("/out"), "");
}
END_TEST

/* Two processes follow one another. */
START_TEST(lock_is_waited_for)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	struct file_set *set;
	int ready[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct file_set_failure failure;

		set = open_set();
		if (file_set_lock(set, 0) != 1 || write(ready[1], "", 1) != 1)
			_exit(1);
		(void)nanosleep(&pause, NULL);
		if (write_new(set, &failure) < 0 || file_set_publish(set, true, &failure) < 0)
			_exit(2);
		file_set_free(set);
		_exit(0);
	}
	ck_assert_int_eq(read(ready[0], &status, 1), 1);
	set = open_set();
	ck_assert_int_eq(file_set_lock(set, 30000), 1);
	expect_text("/out/c", new_texts[2]);
	file_set_free(set);
	expect_state(COUNT);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

enum {
	WRITERS = 2,
	RENEWALS = 30,
	LONG_SIZE = 40000,
};

/* Writes the same letter all over each file, again and again. Returns an exit status. */
static int write_letter(char letter, bool lock)
{
	char content[LONG_SIZE];

	memset(content, letter, LONG_SIZE);
	for (int i = 0; i < RENEWALS; i++) {
		struct file_set *const set = open_set();
		struct file_set_failure failure;
		int r = lock ? file_set_lock(set, 30000) : 1;

		if (r != 1)
			return 1;
		for (size_t j = 0; j < COUNT && r >= 0; j++)
			r = file_set_write(set, j, content, LONG_SIZE, &failure);
		if (r < 0 || file_set_publish(set, false, &failure) < 0)
			return 2;
		file_set_free(set);
	}
	return 0;
}

/* The letter that all of the @i-th file consists of. */
static char letter_in(size_t i)
{
	const int fd = open(world_path(format_text("/out/%s", names[i])), O_RDONLY | O_CLOEXEC);
	char content[LONG_SIZE + 1];

	ck_assert_int_eq(read_full(fd, content, sizeof(content)), LONG_SIZE);
	(void)close(fd);
	ck_assert_mem_eq(content, content + 1, LONG_SIZE - 1);
	return content[0];
}

/* While two write, each file is complete. Where they follow one another, all end up the same. */
START_TEST(two_at_once)
{
	const bool lock = _i;
	pid_t pids[WRITERS];
	int status, running = WRITERS;

	ck_assert_int_eq(write_letter('_', false), 0);
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		if (pids[i] == 0)
			_exit(write_letter((char)('A' + i), lock));
	}
	while (running > 0) {
		for (size_t i = 0; i < COUNT; i++)
			(void)letter_in(i);
		for (int i = 0; i < WRITERS; i++) {
			if (pids[i] == 0 || waitpid(pids[i], &status, WNOHANG) == 0)
				continue;
			ck_assert_int_eq(status, 0);
			pids[i] = 0;
			running--;
		}
	}
	ck_assert_str_eq(listing("/out"), "a b c ");
	for (size_t i = 1; i < COUNT && lock; i++)
		ck_assert_int_eq(letter_in(i), letter_in(0));
}
END_TEST

/* It is given up when all files are in place, before that gets to the disk. */
START_TEST(lock_is_off_the_disk)
{
	struct file_set *const set = open_set();
	struct file_set_failure failure;

	put_old();
	ck_assert_int_eq(file_set_lock(set, 0), 1);
	ck_assert_int_eq(write_new(set, &failure), 0);
	(void)setenv("TRAP_FAULTS", "sync /out 1 fail EIO", 1);
	ck_assert_int_eq(file_set_publish(set, true, &failure), -EIO);
	expect_state(COUNT);
	file_set_free(set);
	expect_state(COUNT);
}
END_TEST

/* The answers of flock(), and those of file_set_lock(). */
START_TEST(lock_fails)
{
	static const struct {
		const char *rule;
		int result;
	} rows[] = {
		/* clang-format off */
		{ "lock /out/lock 1+ fail ENOLCK", 0 },
		{ "lock /out/lock 1+ fail EOPNOTSUPP", 0 },
		{ "lock /out/lock 1+ fail ENOSYS", 0 },
		{ "lock /out/lock 1+ fail EINVAL", 0 },
		{ "lock /out/lock 1+ fail EIO", -EIO },
		{ "lock /out/lock 1 fail EINTR", 1 },
		{ "lock /out/lock 1+ fail EINTR", -EINTR },
		/* clang-format on */
	};

	for (int i = 0; i < ROWS(rows); i++) {
		struct file_set *const set = open_set();

		put(leftover, NO_BYTES);
		(void)setenv("TRAP_FAULTS", rows[i].rule, 1);
		ck_assert_int_eq(file_set_lock(set, 30000), rows[i].result);
		(void)unsetenv("TRAP_FAULTS");
		ck_assert_str_eq(listing("/out"),
				 rows[i].result == 1 ? LOCK : ".a.0123456v.kmod-tmp ");
		file_set_free(set);
	}
}
END_TEST

/* Only what certainly is a temporary file of ours is removed. */
START_TEST(leftovers)
{
	static const char *const ours[] = {
		".x.00000000.kmod-tmp",
		".modules.dep.bin.abcdefgv.kmod-tmp",
		"...00000000.kmod-tmp",
	};
	static const char *const kept[] = {
		"x.00000000.kmod-tmp",	  ".00000000.kmod-tmp",	   "..00000000.kmod-tmp",
		".x.0000000.kmod-tmp",	  ".x.000000000.kmod-tmp", ".x.0000000w.kmod-tmp",
		".x.0000000A.kmod-tmp",	  ".x.00000000.kmod-tmp~", ".x.00000000.kmod-tm",
		".x.00000000.kmod.tmp",	  ".x-00000000.kmod-tmp",  ".kmod-tmp",
		"modules.dep.bin.tmp123", ".x.00000000",	   "modules.00000000.kmod-tmp",
	};
	struct file_set *set;

	for (int i = 0; i < ROWS(ours); i++)
		put(format_text("/out/%s", ours[i]), bytes_text("left"));
	for (int i = 0; i < ROWS(kept); i++)
		put(format_text("/out/%s", kept[i]), bytes_text("kept"));
	put_dir("/out/.dir.00000000.kmod-tmp");
	put_fifo("/out/.fifo.00000000.kmod-tmp");
	put_link("/out/.link.00000000.kmod-tmp", ".kmod-tmp");
	put("/out/below/.x.00000000.kmod-tmp", bytes_text("kept"));

	set = open_set();
	ck_assert_int_eq(file_set_lock(set, 0), 1);
	file_set_free(set);
	for (int i = 0; i < ROWS(ours); i++)
		ck_assert_msg(access(world_path(format_text("/out/%s", ours[i])), F_OK) < 0,
			      "%s is left", ours[i]);
	for (int i = 0; i < ROWS(kept); i++)
		expect_text(format_text("/out/%s", kept[i]), "kept");
	expect_mode("/out/.dir.00000000.kmod-tmp", S_IFDIR | 0755);
	ck_assert_int_eq(access(world_path("/out/.fifo.00000000.kmod-tmp"), F_OK), 0);
	expect_text("/out/.link.00000000.kmod-tmp", "kept");
	expect_text("/out/below/.x.00000000.kmod-tmp", "kept");
}
END_TEST

/* ---- Ends of the process --------------------------------------------------------------------- */

/* Runs renew() in a process of its own and returns its status, as of waitpid(). */
static int status_of_renewal(const char *rules)
{
	int status;
	const pid_t pid = fork();

	if (pid == 0) {
		struct file_set_failure failure;

		/* Check has handlers of its own, and who started it may ignore some. */
		for (int n = 1; n < SIGRTMIN; n++)
			(void)signal(n, SIG_DFL);
		(void)setenv("TRAP_FAULTS", rules, 1);
		_exit(renew(true, &failure) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/* Killed at any step, and some files of each step: each file is old or new, and the next cleans up. */
START_TEST(killed)
{
	static const char *const verbs[] = { "create", "write", "sync", "close", "rename" };
	const char *const verb = verbs[_i / COUNT];
	const size_t nth = (size_t)_i % COUNT;
	const bool renaming = strcmp(verb, "rename") == 0;
	struct file_set *set;
	int status;

	put_old();
	status = status_of_renewal(format_text("%s /out/%s 1 kill KILL", verb, names[nth]));
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	if (strcmp(verb, "create") != 0 || nth > 0)
		ck_assert_ptr_nonnull(strstr(listing("/out"), ".kmod-tmp "));
	set = open_set();
	ck_assert_int_eq(file_set_lock(set, 0), 1);
	file_set_free(set);
	expect_state(renaming ? place_of(nth) : 0);
}
END_TEST

/* A signal in between arrives when all is done; where that failed, when all is cleaned up. */
START_TEST(interrupted)
{
	static const char *const signals[] = { "INT",  "TERM", "HUP",  "QUIT", "PIPE",
					       "ALRM", "USR1", "USR2", "XCPU", "VTALRM" };
	static const struct {
		const char *when;
		const char *then;
	} rows[] = {
		{ "create /out/b 1", "" },
		{ "write /out/a 1", "" },
		{ "sync /out/b 1", "" },
		{ "rename /out/c 1", "" },
		{ "write /out/b 1", "; write /out/c 1 fail ENOSPC" },
	};
	const struct rlimit no_core = { 0 };

	(void)setrlimit(RLIMIT_CORE, &no_core);
	for (int i = 0; i < ROWS(signals); i++) {
		int status;

		put_old();
		status = status_of_renewal(
			format_text("%s kill %s%s", rows[_i].when, signals[i], rows[_i].then));
		ck_assert_msg(WIFSIGNALED(status) &&
				      strcmp(sigabbrev_np(WTERMSIG(status)), signals[i]) == 0,
			      "%s: the status is %#x", signals[i], (unsigned int)status);
		expect_state(*rows[_i].then == '\0' ? COUNT : 0);
	}
}
END_TEST

START_TEST(signals_afterwards)
{
	struct file_set *const set = open_set();
	sigset_t before, during, after;
	struct sigaction action;

	(void)sigemptyset(&before);
	(void)sigaddset(&before, SIGUSR1);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	file_set_begin(set);
	(void)sigprocmask(SIG_SETMASK, NULL, &during);
	ck_assert_int_eq(sigismember(&during, SIGUSR1), 1);
	ck_assert_int_eq(sigismember(&during, SIGTERM), 1);
	ck_assert_int_eq(sigismember(&during, SIGTSTP), 1);
	ck_assert_int_eq(sigismember(&during, SIGSEGV), 0);
	ck_assert_int_eq(sigismember(&during, SIGABRT), 0);
	file_set_free(set);
	(void)sigprocmask(SIG_SETMASK, NULL, &after);
	for (int n = 1; n < NSIG; n++)
		ck_assert_int_eq(sigismember(&after, n), n == SIGUSR1);
	(void)sigaction(SIGXFSZ, NULL, &action);
	ck_assert(action.sa_handler == SIG_DFL);
}
END_TEST

START_TEST(too_large)
{
	const struct rlimit limit = { .rlim_cur = 4096, .rlim_max = RLIM_INFINITY };
	static const char content[8192];
	struct file_set_failure failure;
	struct file_set *set;

	put_old();
	set = open_set();
	file_set_begin(set);
	ck_assert_int_eq(write_text(set, 0, new_texts[0], &failure), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(file_set_write(set, 1, content, sizeof(content), &failure), -EFBIG);
	ck_assert_int_eq(failure.step, FILE_SET_WRITE);
	ck_assert_str_eq(failure.name, "b");
	file_set_free(set);
	expect_state(0);
}
END_TEST

/* ---- Threads ------------------------------------------------------------------------------- */

enum {
	THREADS = 8,
	FILES_OF_A_THREAD = 16,
	FILES = THREADS * FILES_OF_A_THREAD,
};

struct job {
	struct file_set *set;
	const char *const *names;
	size_t first;
};

/* Writes the name of each file of its share into it. */
static void *write_share(void *arg)
{
	const struct job *const job = arg;
	struct file_set_failure failure;

	for (size_t i = job->first; i < FILES; i += THREADS) {
		if (write_text(job->set, i, job->names[i], &failure) < 0)
			return (void *)failure.name;
	}
	return NULL;
}

START_TEST(threads)
{
	const char *many[FILES];
	struct job jobs[THREADS];
	pthread_t ids[THREADS];
	struct file_set_failure failure;
	struct file_set *set = NULL;
	void *failed;

	for (size_t i = 0; i < FILES; i++)
		many[i] = format_text("file-%zu", i);
	ck_assert_int_eq(file_set_open(world_path("/out"), many, FILES, &set), 0);
	file_set_begin(set);
	for (size_t i = 0; i < THREADS; i++) {
		jobs[i] = (struct job){ .set = set, .names = many, .first = i };
		ck_assert_int_eq(pthread_create(&ids[i], NULL, write_share, &jobs[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(ids[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
	ck_assert_int_eq(file_set_publish(set, true, &failure), 0);
	file_set_free(set);
	for (size_t i = 0; i < FILES; i++)
		expect_text(format_text("/out/%s", many[i]), many[i]);
	ck_assert_ptr_null(strstr(listing("/out"), ".kmod-tmp"));
}
END_TEST

/* Two that do not wait for each other: each file is that of one of them. */
START_TEST(two_sets_without_lock)
{
	struct file_set *const first = open_set();
	struct file_set *const second = open_set();
	struct file_set_failure failure;

	put_old();
	ck_assert_int_eq(write_text(first, 0, "first", &failure), 0);
	ck_assert_int_eq(write_new(second, &failure), 0);
	ck_assert_int_eq(write_text(first, 1, "first", &failure), 0);
	ck_assert_int_eq(file_set_publish(second, true, &failure), 0);
	file_set_free(second);
	ck_assert_int_eq(file_set_publish(first, true, &failure), 0);
	file_set_free(first);
	ck_assert_str_eq(listing("/out"), "a b c ");
	expect_text("/out/a", "first");
	expect_text("/out/b", "first");
	expect_text("/out/c", "new c");
}
END_TEST

/* One that goes on without the lock keeps its files when another gets it. */
START_TEST(not_taken_for_left_behind)
{
	struct file_set *const slow = open_set();
	struct file_set *const second = open_set();
	struct file_set_failure failure;

	put_old();
	put(leftover, NO_BYTES);
	ck_assert_int_eq(write_new(slow, &failure), 0);
	ck_assert_int_eq(file_set_lock(second, 0), 1);
	ck_assert_int_lt(access(world_path(leftover), F_OK), 0);
	file_set_free(second);
	ck_assert_int_eq(file_set_publish(slow, true, &failure), 0);
	file_set_free(slow);
	expect_state(COUNT);
}
END_TEST

/* Unless they are closed, or there are no locks on them. */
START_TEST(taken_for_left_behind)
{
	struct file_set *const slow = open_set();
	struct file_set *const second = open_set();
	struct file_set_failure failure;

	put_old();
	(void)setenv("TRAP_FAULTS", "lock /out/? 1+ fail ENOLCK", 1);
	ck_assert_int_eq(write_new(slow, &failure), 0);
	(void)unsetenv("TRAP_FAULTS");
	ck_assert_int_eq(file_set_lock(second, 0), 1);
	ck_assert_int_eq(file_set_publish(slow, true, &failure), -ENOENT);
	ck_assert_int_eq(failure.step, FILE_SET_REPLACE);
	ck_assert_str_eq(failure.name, "b");
	file_set_free(slow);
	file_set_free(second);
	expect_state(0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("atomic-file");
	TCase *tests = add_case(suite, "published");

	tcase_add_test(tests, new_directory);
	tcase_add_loop_test(tests, old_files, false, true + 1);
	tcase_add_test(tests, old_links);
	tcase_add_test(tests, not_all);
	tcase_add_test(tests, none);
	tcase_add_test(tests, taken_back);
	tcase_add_test(tests, longest_name);
	tcase_add_test(tests, what_stat_tells);
	tcase_add_test(tests, in_pieces);

	tests = add_case(suite, "failing");
	tcase_add_test(tests, not_opened);
	tcase_add_test(tests, out_of_memory);
	tcase_add_test(tests, published_without_one);
	tcase_add_test(tests, not_flushed);
	tcase_add_test(tests, directory_in_the_way);
	tcase_add_test(tests, mount_in_the_way);
	tcase_add_test(tests, full_disk);
	for (int i = 0; i < ROWS(faults); i++)
		add_row(suite, faults[i].rules, with_fault, i);

	tests = add_case(suite, "lock");
	tcase_add_test(tests, lock_is_held_by_another);
	tcase_add_test(tests, lock_is_waited_for);
	tcase_add_loop_test(tests, two_at_once, false, true + 1);
	tcase_add_test(tests, lock_is_off_the_disk);
	tcase_add_test(tests, lock_fails);
	tcase_add_test(tests, leftovers);
	tcase_add_test(tests, two_sets_without_lock);
	tcase_add_test(tests, not_taken_for_left_behind);
	tcase_add_test(tests, taken_for_left_behind);

	tests = add_case(suite, "ends");
	tcase_add_loop_test(tests, killed, 0, 5 * COUNT);
	tcase_add_loop_test(tests, interrupted, 0, 5);
	tcase_add_test(tests, signals_afterwards);
	tcase_add_test(tests, too_large);

	tests = add_case(suite, "threads");
	tcase_add_test(tests, threads);
	return suite_run(argv, suite);
}
