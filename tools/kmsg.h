/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's log, as /dev/kmsg gives it: one record per read.
 */
#ifndef TOOLS_KMSG_H
#define TOOLS_KMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel gives a record in no more bytes than this. */
#define KMSG_RECORD_SIZE 8192

struct kmsg_record {
	bool from_kernel;	     /* not written to the log by a process */
	uint64_t usec;		     /* when, on the clock of the log */
	char text[KMSG_RECORD_SIZE]; /* as the kernel said it: may hold control characters */
};

/*
 * Takes one record apart: "<priority>,<sequence>,<usec>,<flags>[,...];<text>\n", then lines that
 * start with a blank, which are left out. Returns 0; -EBADMSG for anything else.
 */
int kmsg_parse_record(const void *data, size_t size, struct kmsg_record *ret);

/*
 * Whether @text speaks of the module @name: holds it as a word of its own. A hyphen belongs to a
 * word: "snd-hda" does not speak of the module snd.
 */
bool kmsg_names_module(const char *text, const char *name);

/*
 * The start of something that may fail, in microseconds of a clock that is cheap to read and that
 * nobody sets. Taking it costs one reading of that clock.
 */
struct kmsg_mark {
	uint64_t usec;
};

struct kmsg_mark kmsg_mark(void);

typedef void kmsg_fn(const struct kmsg_record *record, void *data);

/*
 * Calls @fn on each record of the kernel's own that is not older than @mark. Returns 0; -errno when
 * the log cannot be read, or not to its end.
 */
int kmsg_read_since(const struct kmsg_mark *mark, kmsg_fn *fn, void *data);

/* The same with the log open at @fd, and a time of the log's clock. */
int kmsg_read(int fd, uint64_t since_usec, kmsg_fn *fn, void *data);

/*
 * The task's time in the text of /proc/self/sched, in microseconds. Returns 0; -EBADMSG when it is
 * not there.
 */
int kmsg_parse_exec_start(const char *text, uint64_t *ret_usec);

#endif
