/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trap.so: preloaded into a program under test, it stands between the program and the system.
 *
 * Configured by the environment, which is read at each call, so that a test can change its mind
 * while it runs:
 *
 *	TRAP_ROOT=DIR		Absolute paths are taken below DIR, and what readlink() and realpath()
 *				find below DIR loses that prefix. Exempt: what is in DIR's parent
 *				(the test's own files), /proc/self, /dev/null, /dev/stdout and its kin.
 *	TRAP_PASS=DIR:DIR	More directories that are exempt.
 *	TRAP_CAPTURE=DIR	What would have reached the kernel or the system log is written there:
 *				N.call, a line of text, and N.blob, the bytes of the module, for
 *				the N-th call from 0; syslog, a line per message.
 *	TRAP_OPENS=1		Each opening of a file adds a line to TRAP_CAPTURE/opens.
 *	TRAP_KERNEL=CALL=RESULT,...
 *				What init_module, finit_module and delete_module answer: 0 or the
 *				name of an errno. The n-th entry for a call answers its n-th call,
 *				the last one all that follow. Default 0. The real calls are never
 *				made, whatever the environment holds.
 *	TRAP_UNAME=RELEASE	The kernel release; "!ERRNO": uname() fails.
 *	TRAP_FAULTS=RULE;...	Faults in file access:
 *		open PATH ERRNO		opening, examining or changing PATH fails
 *		VERB FILE N fail ERRNO	the N-th VERB (from 1) of FILE fails
 *		VERB FILE N kill SIGNAL	before it, the process is sent SIGNAL, as in KILL or TERM
 *		VERB FILE N truncate SIZE
 *					before it, FILE is cut or stretched to SIZE
 *		VERB FILE N replace OTHER
 *					before it, OTHER is renamed to FILE
 *		VERB FILE N short SIZE	it reads or writes no more than SIZE bytes
 *		short MAX		no read of a regular file gives more than MAX bytes
 *		eintr N			every N-th read of a regular file fails with EINTR
 *
 * A VERB is one of
 *		read			read() or pread() of a regular file
 *		create			opening for creation, whether or not FILE is there
 *		write			write() or pwrite(). What a stdio stream writes is not seen.
 *		sync			fsync() or fdatasync()
 *		close			close(), which closes it in any case. That of streams is not seen.
 *		rename			rename(), renameat() or renameat2() to FILE
 *		lock			flock()
 *
 *	TRAP_POINT=KIND N ERROR	From the beginning of main() on the points of failure are counted, and the
 *				N-th of KIND fails, a number of enum trap_kind, with ERROR, an errno or
 *				POINT_SHORT; N is 0: none. At the end a struct trap_points is written to
 *				TRAP_CAPTURE/points. Nothing is flushed to a disk. The variable is removed from the environment.
 *
 * FILE may be a pattern, as for glob(7): "/run/modules.*" is all such files, counted together. A
 * temporary file of base/atomic-file.h, whose own name nobody can tell beforehand, goes by the name
 * of the file it is to become. N is a count, and "N+" is the N-th and all that follow.
 *
 * <root>/dev/kmsg, where it exists, behaves like the device: each read gives one record, and after
 * the last one fails with EAGAIN. A time stamp written @OFFSET counts, in microseconds, from
 * the last module call of the process. A line "!ERRNO" fails one read.
 *
 * Under AddressSanitizer the sanitizer's library comes first in LD_PRELOAD, the trap second; see
 * preload_trap() in harness/preload.h. Only the other way round allocations come by the trap. The
 * trap itself is not instrumented.
 */
#ifndef TRAP_H
#define TRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "points.h"

#define TRAP_EXPORT __attribute__((visibility("default")))

/* libc's own @name, looked up once: a pointer to cast by assignment. Never NULL. */
void *trap_next(const char *name);

/* Declares next_@name as libc's own @name. */
#define TRAP_NEXT(type, name, params)     \
	static type(*next_##name) params; \
	if (next_##name == NULL)          \
	*(void **)&next_##name = trap_next(#name)

/* System calls that pass the trap by. As system calls: -1 and errno on failure. */
long trap_raw(long number, ...);
int trap_raw_open(const char *path, int flags, mode_t mode);
ssize_t trap_raw_read(int fd, void *buf, size_t size);
void trap_raw_write(int fd, const void *buf, size_t size);
void trap_raw_close(int fd);

/* The errno called @name; aborts the program when there is none: the test is wrong. */
int trap_errno(const char *name);

/* Says what is wrong with the test's use of the trap, and aborts. */
__attribute__((format(printf, 1, 2), noreturn)) void trap_misuse(const char *format, ...);

/*
 * The path to use for @path, relative to @dirfd: @path, or its place below the fake root, in @buf
 * of PATH_MAX bytes. NULL and errno when it does not fit or a fault is asked for.
 */
const char *trap_path(int dirfd, const char *path, char *buf);

/* Where @path of a rule is, in @buf of PATH_MAX bytes. */
void trap_rule_path(const char *path, char *buf);

/* Takes the fake root off the front of @path, in place. */
void trap_unmap(char *path);

/* The path of the file open as @fd, in @buf of PATH_MAX bytes; empty when it has none. */
void trap_fd_path(int fd, char *buf);

/* Notes that @path, already mapped, was opened as @fd. Returns @fd. */
int trap_opened(const char *path, int flags, int fd);

/* Opens TRAP_CAPTURE/@name with @flags besides; -1 when nothing is captured or it fails. */
int trap_capture_open(const char *name, int flags);

/* When the last module call began, in microseconds of the clock of the kernel's log. */
unsigned long long trap_call_time(void);

/*
 * Something is about to be done with a file, for which there may be rules: -1 and errno when it is
 * to fail. *@size, where that matters, may shrink. The file is given by its path, already mapped,
 * by that relative to @dirfd, or by a descriptor.
 */
int trap_fault(const char *verb, const char *path, size_t *size);
int trap_fault_at(const char *verb, int dirfd, const char *path);
int trap_fault_fd(const char *verb, int fd, size_t *size);

/* The same for a read, which the rules are about if it is one of a regular file. */
int trap_before_read(int fd, size_t *size);

/*
 * Whether a point of @kind has been reached that is to fail: true, and errno. *@size, unless NULL,
 * may shrink. @what tells which it is, or its descriptor does; @caller is who called the trap.
 */
bool trap_point_due(enum trap_kind kind, const char *what, size_t *size, const void *caller);
bool trap_counts_points(void);
bool trap_point_due_fd(enum trap_kind kind, int fd, size_t *size, const void *caller);
#define TRAP_POINT(kind, what) trap_point_due(kind, what, NULL, __builtin_return_address(0))
#define TRAP_POINT_FD(kind, fd) trap_point_due_fd(kind, fd, NULL, __builtin_return_address(0))
#define TRAP_POINT_SIZE(kind, fd, size) \
	trap_point_due_fd(kind, fd, size, __builtin_return_address(0))

/* Whether the fake /dev/kmsg was opened as @fd; and a read from it. */
void trap_kmsg_opened(const char *path, int fd);
bool trap_is_kmsg(int fd);
ssize_t trap_kmsg_read(int fd, char *buf, size_t size);

#endif
