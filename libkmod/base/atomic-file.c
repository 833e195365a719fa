/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A set of files in one directory, written aside and put in place together.
 *
 * A temporary file is called ".NAME.XXXXXXXX.kmod-tmp", NAME being that of the file it becomes, or
 * as much of it as a name has room for, and each X one of "0-9a-v".
 */
#include "libkmod/base/atomic-file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "libkmod/base/dir-lock.h"
#include "libkmod/base/io.h"
#include "libkmod/base/overflow.h"
#include "libkmod/base/path.h"

static const char random_letters[] = "0123456789abcdefghijklmnopqrstuv";
static const char temporary_suffix[] = ".kmod-tmp";

enum {
	RANDOM_BITS = 5, /* that choose one of the letters */
	RANDOM_LENGTH = 8,
	TAIL_LENGTH = 1 + RANDOM_LENGTH + sizeof(temporary_suffix) - 1,
	CREATE_ATTEMPTS = 100,
};

/* A file of the set, and the temporary file that is to become it. */
struct new_file {
	const char *name;
	char temporary[NAME_MAX + 1]; /* empty: there is none */
	int fd;			      /* of the temporary file, -1 once it is closed */
};

struct file_set {
	int dir_fd;
	int lock_fd; /* -1: not held */
	bool holds_signals;
	sigset_t old_mask;
	struct sigaction old_file_size_action;
	size_t count;
	struct new_file files[];
};

static int fail(struct file_set_failure *failure, enum file_set_step step, const char *name,
		int error)
{
	*failure = (struct file_set_failure){ .step = step, .name = name };
	return error;
}

/* ---- The directory ----------------------------------------------------------------------- */

static int open_directory(const char *path)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int file_set_open(const char *path, const char *const *names, size_t count, struct file_set **ret)
{
	_cleanup_close_ int fd = open_directory(path);
	struct file_set *set;
	size_t size;
	int r;

	if (fd == -ENOENT) {
		r = path_make_directories(path);
		if (r < 0)
			return r;
		fd = open_directory(path);
	}
	if (fd < 0)
		return fd;
	if (!size_mul(count, sizeof(set->files[0]), &size) || !size_add(size, sizeof(*set), &size))
		return -ENOMEM;
	set = calloc(1, size);
	if (!set)
		return -ENOMEM;
	set->dir_fd = move_fd(&fd);
	set->lock_fd = -1;
	set->count = count;
	for (size_t i = 0; i < count; i++)
		set->files[i] = (struct new_file){ .name = names[i], .fd = -1 };
	*ret = set;
	return 0;
}

/* ---- The lock, and what a killed process left -------------------------------------------- */

static bool is_temporary_name(const char *name)
{
	const size_t length = strlen(name);
	const char *tail;

	if (name[0] != '.' || length < 2 + TAIL_LENGTH)
		return false;
	tail = name + length - TAIL_LENGTH;
	return tail[0] == '.' && strspn(tail + 1, random_letters) == RANDOM_LENGTH &&
	       strcmp(tail + 1 + RANDOM_LENGTH, temporary_suffix) == 0;
}

/*
 * Whether a process that has no lock on the directory still writes the temporary file @name. One that
 * cannot be opened may be such a one.
 */
static bool is_in_use(int dir_fd, const char *name)
{
	_cleanup_close_ int fd =
		openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	/* A shared one, as NFS grants no other on a file that is open for reading. */
	return fd < 0 || (flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK);
}

/* Removes the temporary files of others. What cannot be removed does no harm. */
static void remove_leftovers(int dir_fd)
{
	_cleanup_close_ int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat st;

	if (!dir)
		return;
	(void)move_fd(&fd);
	while ((entry = readdir(dir))) {
		if (is_temporary_name(entry->d_name) && strcmp(entry->d_name, DIR_LOCK_NAME) != 0 &&
		    fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && !is_in_use(dir_fd, entry->d_name))
			(void)unlinkat(dir_fd, entry->d_name, 0);
	}
}

int file_set_lock(struct file_set *set, unsigned int limit_ms)
{
	int r;

	assert(set->lock_fd < 0);
	r = dir_lock_take(set->dir_fd, limit_ms, &set->lock_fd);
	if (r > 0)
		remove_leftovers(set->dir_fd);
	return r;
}

static void give_lock(struct file_set *set)
{
	if (set->lock_fd >= 0)
		dir_lock_give(set->dir_fd, move_fd(&set->lock_fd));
}

/* ---- Signals ----------------------------------------------------------------------------- */

void file_set_begin(struct file_set *set)
{
	/* The process's own faults; and that of too large a file, which would stay pending. */
	static const int not_held[] = {
		SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP, SIGXFSZ,
	};
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t held;

	assert(!set->holds_signals);
	(void)sigfillset(&held);
	for (size_t i = 0; i < sizeof(not_held) / sizeof(not_held[0]); i++)
		(void)sigdelset(&held, not_held[i]);
	(void)pthread_sigmask(SIG_BLOCK, &held, &set->old_mask);
	(void)sigaction(SIGXFSZ, &ignore, &set->old_file_size_action);
	set->holds_signals = true;
}

/* ---- Writing ----------------------------------------------------------------------------- */

/* Bits that another file is unlikely to be called after. It does no harm if it is. */
static uint64_t random_bits(void)
{
	struct timespec now;
	uint64_t bits;

	/* Early at boot there may be no randomness yet, and that is not worth waiting for. */
	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) == (ssize_t)sizeof(bits))
		return bits;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_nsec << 10 ^ (uint64_t)getpid();
}

static void choose_name(struct new_file *file)
{
	uint64_t bits = random_bits();
	char random[RANDOM_LENGTH + 1] = "";

	for (size_t i = 0; i < RANDOM_LENGTH; i++, bits >>= RANDOM_BITS)
		random[i] = random_letters[bits % (1U << RANDOM_BITS)];
	(void)snprintf(file->temporary, sizeof(file->temporary), ".%.*s.%s%s",
		       NAME_MAX - 1 - TAIL_LENGTH, file->name, random, temporary_suffix);
}

static int create_temporary(int dir_fd, struct new_file *file)
{
	int r = -EEXIST;

	for (unsigned int i = 0; i < CREATE_ATTEMPTS && r == -EEXIST; i++) {
		choose_name(file);
		file->fd = openat(dir_fd, file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
				  0644);
		r = file->fd < 0 ? -errno : 0;
	}
	if (r < 0) {
		file->temporary[0] = '\0';
		return r;
	}
	/* Until it is closed it is not taken for left behind; see is_in_use(). */
	(void)flock(file->fd, LOCK_EX | LOCK_NB);
	return 0;
}

static void remove_temporary(int dir_fd, struct new_file *file)
{
	close_fd(move_fd(&file->fd));
	if (file->temporary[0] != '\0')
		(void)unlinkat(dir_fd, file->temporary, 0);
	file->temporary[0] = '\0';
}

int file_set_write(struct file_set *set, size_t i, const void *data, size_t size,
		   struct file_set_failure *failure)
{
	struct new_file *const file = &set->files[i];
	int r;

	assert(i < set->count && file->temporary[0] == '\0');
	r = create_temporary(set->dir_fd, file);
	if (r < 0)
		return fail(failure, FILE_SET_CREATE, file->name, r);
	/* Past the umask. File systems without modes may refuse. */
	(void)fchmod(file->fd, 0644);
	r = write_full(file->fd, data, size);
	if (r < 0) {
		remove_temporary(set->dir_fd, file);
		return fail(failure, FILE_SET_WRITE, file->name, r);
	}
	return 0;
}

void file_set_date(struct file_set *set, size_t i, const struct timespec *time)
{
	const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, *time };

	assert(i < set->count && set->files[i].fd >= 0);
	(void)futimens(set->files[i].fd, times);
}

int file_set_stat(const struct file_set *set, size_t i, struct stat *ret)
{
	assert(i < set->count && set->files[i].fd >= 0);
	return fstat(set->files[i].fd, ret) < 0 ? -errno : 0;
}

/* ---- Publishing: each step is taken for all files before the next one ---------------------- */

/* Whether this user may replace only what is his, if he has no privilege. */
static bool is_sticky(int dir_fd)
{
	struct stat st;

	return fstat(dir_fd, &st) == 0 && (st.st_mode & S_ISVTX) && st.st_uid != geteuid();
}

/* Whether the file @name is another's, and there is no privilege: O_NOATIME is for the same users. */
static bool is_anothers(int dir_fd, const char *name)
{
	_cleanup_close_ int fd = openat(dir_fd, name,
					O_RDONLY | O_NOATIME | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 && errno == EPERM;
}

/*
 * Why no file can be renamed to @name, as far as that can be told without trying: a negative errno.
 * What this cannot tell the renaming does.
 */
static int check_target(int dir_fd, bool sticky, const char *name)
{
	struct statx st;

	if (statx(dir_fd, name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &st) < 0)
		return 0;
	if (S_ISDIR(st.stx_mode))
		return -EISDIR;
	if (st.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
		return -EPERM;
#ifdef STATX_ATTR_MOUNT_ROOT
	if (st.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return -EBUSY;
#endif
	return sticky && S_ISREG(st.stx_mode) && is_anothers(dir_fd, name) ? -EPERM : 0;
}

static int check_targets(const struct file_set *set, struct file_set_failure *failure)
{
	const bool sticky = is_sticky(set->dir_fd);

	for (size_t i = 0; i < set->count; i++) {
		const struct new_file *const file = &set->files[i];
		int r;

		if (file->temporary[0] == '\0')
			continue;
		r = check_target(set->dir_fd, sticky, file->name);
		if (r < 0)
			return fail(failure, FILE_SET_REPLACE, file->name, r);
	}
	return 0;
}

/* Waits until what was written to @fd is on the disk, where the file system knows of such a thing. */
static int flush(int fd)
{
	if (fsync(fd) == 0)
		return 0;
	switch (errno) {
	case EINVAL:
	case ENOSYS:
	case EOPNOTSUPP:
	case EROFS:
		return 0;
	default:
		return -errno;
	}
}

/* Has the disk begin with all files before it waits for the first, so that the waits overlap. */
static int flush_files(const struct file_set *set, struct file_set_failure *failure)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->files[i].fd >= 0)
			(void)sync_file_range(set->files[i].fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	}
	for (size_t i = 0; i < set->count; i++) {
		const struct new_file *const file = &set->files[i];
		const int r = file->fd < 0 ? 0 : flush(file->fd);

		if (r < 0)
			return fail(failure, FILE_SET_FLUSH, file->name, r);
	}
	return 0;
}

/* Some file systems tell only now that something could not be written. */
static int close_files(struct file_set *set, struct file_set_failure *failure)
{
	for (size_t i = 0; i < set->count; i++) {
		struct new_file *const file = &set->files[i];

		if (file->fd >= 0 && close(move_fd(&file->fd)) < 0 && errno != EINTR)
			return fail(failure, FILE_SET_WRITE, file->name, -errno);
	}
	return 0;
}

static int rename_files(struct file_set *set, struct file_set_failure *failure)
{
	for (size_t i = 0; i < set->count; i++) {
		struct new_file *const file = &set->files[(i + 1) % set->count];

		if (file->temporary[0] == '\0')
			continue;
		if (renameat(set->dir_fd, file->temporary, set->dir_fd, file->name) < 0)
			return fail(failure, FILE_SET_REPLACE, file->name, -errno);
		file->temporary[0] = '\0';
	}
	return 0;
}

int file_set_publish(struct file_set *set, bool flush_wanted, struct file_set_failure *failure)
{
	int r;

	r = check_targets(set, failure);
	if (r >= 0 && flush_wanted)
		r = flush_files(set, failure);
	if (r >= 0)
		r = close_files(set, failure);
	if (r >= 0)
		r = rename_files(set, failure);
	if (r < 0 || !flush_wanted)
		return r;
	/* All is in place, and the file of the lock need not get to the disk with it. */
	give_lock(set);
	r = flush(set->dir_fd);
	return r < 0 ? fail(failure, FILE_SET_FLUSH, NULL, r) : 0;
}

void file_set_free(struct file_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->count; i++)
		remove_temporary(set->dir_fd, &set->files[i]);
	give_lock(set);
	close_fd(set->dir_fd);
	if (set->holds_signals) {
		(void)sigaction(SIGXFSZ, &set->old_file_size_action, NULL);
		(void)pthread_sigmask(SIG_SETMASK, &set->old_mask, NULL);
	}
	free(set);
}
