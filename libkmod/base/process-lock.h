/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One lock for what all threads of a program share: its other libraries, and how it takes signals.
 */
#ifndef BASE_PROCESS_LOCK_H
#define BASE_PROCESS_LOCK_H

/*
 * Between these two calls no other thread is between them, and none forks: a child would find the
 * locks that other libraries take there taken for ever. This thread handles no signals, and is not
 * cancelled. Not to be nested, nor around library_open(), which uses them.
 */
void process_lock(void);
void process_unlock(void);

#endif
