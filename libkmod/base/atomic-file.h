/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A set of files in one directory, written aside and put in place together.
 *
 * Each file is written to a temporary one beside it. When all are complete, and flushed if that is
 * wanted, they are renamed one after the other with nothing in between. So a reader finds each
 * file as it was or as it will be, never a part of it, and what fails before the first rename
 * leaves all of them as they were. A temporary file outlives its set only if the process is killed
 * or ends without file_set_free(); the next set that holds the lock of the directory removes it.
 *
 *	file_set_open(), file_set_lock()	no signal is held back yet: waiting can be interrupted
 *	file_set_begin()			from here on signals wait
 *	file_set_write(), file_set_date(), file_set_stat()
 *						for each file, in any order, by any thread
 *	file_set_publish()
 *	file_set_free()				signals arrive
 */
#ifndef BASE_ATOMIC_FILE_H
#define BASE_ATOMIC_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

#include "libkmod/base/cleanup.h"

struct file_set;

enum file_set_step {
	FILE_SET_CREATE,  /* making the temporary file: nothing was written */
	FILE_SET_WRITE,	  /* writing and closing it */
	FILE_SET_FLUSH,	  /* getting it, or afterwards the directory, to the disk */
	FILE_SET_REPLACE, /* giving it its name */
};

/* What failed; written only on failure. */
struct file_set_failure {
	enum file_set_step step;
	const char *name; /* of the file, as given to file_set_open(); NULL: the directory */
};

/*
 * Opens the directory @path, which is made when it is missing, with mode 0755 less the umask, as
 * are those above it. @names are the @count files that may be written. They are put in place in this
 * order, but for the first one, which comes last: by it others tell whether all are. The names are
 * borrowed while the set lives. Returns 0 or a negative errno.
 */
int file_set_open(const char *path, const char *const *names, size_t count, struct file_set **ret);

/*
 * Locks the directory until all files are in place, or else until file_set_free(), so that two
 * processes that write the same files follow one another, and removes the temporary files that a
 * killed one left there. Waits at most @limit_ms; with 0 it tries once. To be called until it
 * returns 1.
 *
 * Returns as dir_lock_take(): 1 when the lock is held, 0 when there is none or when
 * file_set_write() will fail. Rather than to fail for lack of it, go on. Without it each file still
 * is one of the old or one of the new. But when another process gets the lock just as
 * file_set_publish() has closed the temporary files of this set and not yet renamed them, it takes
 * them for left behind, and this set fails, as a rule before the first rename.
 */
int file_set_lock(struct file_set *set, unsigned int limit_ms);

/*
 * Holds back, in the calling thread and in those it starts from now on, all signals that could end
 * or stop the process, until file_set_free() is called in the same thread. Threads that run
 * already must hold them back themselves, even if they write nothing: a signal goes to any thread
 * that takes it. Too large a file fails with -EFBIG, for SIGXFSZ is ignored meanwhile.
 */
void file_set_begin(struct file_set *set);

/*
 * Writes the @size bytes of @data aside as the @i-th file, with mode 0644 whatever the umask. To
 * be called at most once for each file; different files may be written by different threads at the
 * same time. Files that are not written stay what they are.
 *
 * Returns 0 or a negative errno, whereupon this file counts as not written.
 */
int file_set_write(struct file_set *set, size_t i, const void *data, size_t size,
		   struct file_set_failure *failure);

/*
 * Makes @time that of the last change of the @i-th file, already written, where the file system lets
 * it be set; otherwise it stays that of the writing.
 */
void file_set_date(struct file_set *set, size_t i, const struct timespec *time);

/*
 * What stat(2) tells of the @i-th file, already written, not yet published. Publishing changes
 * nothing but its name and the time of the last change of status. Returns 0 or a negative errno.
 */
int file_set_stat(const struct file_set *set, size_t i, struct stat *ret);

/*
 * Puts all files that were written in place, over what has their names, which may be a link but not
 * a directory; with @flush, once they are on the disk. To be called once.
 *
 * Returns 0 or a negative errno. Where the step is FILE_SET_REPLACE, the files before the one it
 * tells of may have been replaced; where it is FILE_SET_FLUSH without a name, all are; otherwise
 * none is.
 */
int file_set_publish(struct file_set *set, bool flush, struct file_set_failure *failure);

/*
 * Removes the temporary files of what was not published, gives up the lock, and lets the signals
 * arrive that were held back. NULL is accepted.
 */
void file_set_free(struct file_set *set);

DEFINE_CLEANUP(struct file_set *, file_set_free)

#endif
