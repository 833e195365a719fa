/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is called while something fails: each function that the library exports.
 */
#ifndef API_FAILING_H
#define API_FAILING_H

#include <stddef.h>

#include "libkmod/libkmod.h"

/* What a call is made with, and what came of it. */
struct bench {
	struct kmod_ctx *ctx;
	struct kmod_module *mod;
	struct kmod_list *input;
	struct kmod_config_iter *iter;

	long result; /* a negative errno: it failed */
	const void *pointer;
	struct kmod_ctx *made;
	struct kmod_module *found;
	struct kmod_list *list, *other;
	int fd;
};

enum subject_flags {
	NULL_IS_FAILURE = 1,   /* shown() "NULL" is, by what the header says */
	ONCE = 2,	       /* it takes what it is given: no second call */
	SURE = 4,	       /* it neither allocates nor asks the system */
	MAY_BE_UNREADABLE = 8, /* what the user may not read is as if it were not there */
	MAY_DOUBT = 16,	       /* any positive result is right when it cannot be told */
};

struct subject {
	const char *function;
	const char *with;		      /* in which case */
	void (*begin)(struct bench *);	      /* before; nothing fails */
	void (*call)(struct bench *);	      /* the function, and nothing else */
	const char *(*shown)(struct bench *); /* what came of it, in words */
	void (*drop)(struct bench *);	      /* gives it back */
	unsigned int flags;		      /* of enum subject_flags */
};

extern const struct subject subjects[];
extern const size_t subjects_count;

/* Makes the files that all of them are about. */
void put_subjects_world(void);

#endif
