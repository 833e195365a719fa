/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lets read(2) and pread(2) do what they rarely do. The linker puts this in front of the real ones:
 * a test that uses it is also a row of wrapped in meson.build.
 */
#ifndef READS_H
#define READS_H

#include <stdbool.h>
#include <stddef.h>

struct reads {
	size_t at_most;	      /* bytes that a call reads; 0: as many as there are */
	bool interrupted;     /* every other call fails with EINTR */
	unsigned int until;   /* after so many calls, if it is not 0, the next one */
	int error;	      /* fails with this errno */
	void (*change)(void); /* or first calls this */
	unsigned int count;   /* of calls */
};

/* All zero: nothing is out of the ordinary. */
extern struct reads reads;

#endif
