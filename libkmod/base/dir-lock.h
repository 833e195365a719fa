/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lock on a directory that only those can take who may write to it.
 *
 * It is the one of flock(2) on a file in the directory, which is made for that and removed
 * afterwards, and which others may not open: the directory itself anybody may open, and keep
 * locked. A file that a killed or crashed process left is not locked; the next one takes and removes it.
 */
#ifndef BASE_DIR_LOCK_H
#define BASE_DIR_LOCK_H

/* The file. It is called like the temporary ones of atomic-file.c, to be taken for such a one. */
#define DIR_LOCK_NAME ".lock.00000000.kmod-tmp"

/*
 * Takes the lock of the directory open as @dir_fd, which has to stay open meanwhile. Waits at most
 * @limit_ms; with 0 it tries once. While it is held, signals that are sent to end a process, such
 * as SIGTERM, remove the file first; of several locks in a process that is so for the first. To be called by one
 * thread at a time, as dir_lock_give().
 *
 * Returns 1, and a descriptor for dir_lock_give(); 0 when there are no locks, or nothing can be
 * made in the directory, so that writing there will tell why; -ETIMEDOUT when it stayed with
 * another process; any other negative errno.
 */
int dir_lock_take(int dir_fd, unsigned int limit_ms, int *ret_fd);

/* Removes the file and gives up the lock, which closes @fd. */
void dir_lock_give(int dir_fd, int fd);

#endif
