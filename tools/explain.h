/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why the kernel did not take a module, in words.
 */
#ifndef TOOLS_EXPLAIN_H
#define TOOLS_EXPLAIN_H

#include <stdbool.h>

#include "libkmod/libkmod.h"
#include "libkmod/signature.h"
#include "tools/kmsg.h"

struct cli;

/* A call of kmod_module_insert_module() that failed. */
struct failed_insert {
	struct kmod_ctx *ctx;
	struct kmod_module *mod;
	unsigned int flags;	/* the flags it was given */
	int error;		/* its answer, a negative errno */
	struct kmsg_mark start; /* taken before it */
};

/*
 * Logs, as errors, what the kernel said about the failure, and one line on the signature when that
 * was the cause. To be called after the command's own message, and only after a failure: it reads
 * the kernel's log and the module.
 */
void explain_failed_insert(struct cli *cli, const struct failed_insert *failed);

/* ---- The two steps of it, which touch nothing ------------------------------------------- */

/*
 * Reasons for a refusal that only the kernel's log gives. "Unsigned" is none of them: whether there
 * is a signature can be seen from the module, and what the log says of it may be about another one.
 */
enum refusal {
	REFUSED_KEY = 1 << 0,	   /* a key the kernel does not have */
	REFUSED_CRYPTO = 1 << 1,   /* an algorithm or message the kernel does not know */
	REFUSED_LOCKDOWN = 1 << 2, /* lockdown found no valid signature, whatever the reason */
};

/* The reason that is given in @text, a record of the kernel's log; 0 for none. */
enum refusal explain_refusal(const char *text);

enum explanation {
	EXPLAIN_NOTHING,     /* the failure has nothing to do with signatures */
	EXPLAIN_UNSIGNED,    /* no signature, and one is needed */
	EXPLAIN_FORCED,	     /* one is needed, and forcing made it useless */
	EXPLAIN_KEY,	     /* the key is not trusted */
	EXPLAIN_FORM,	     /* the kernel cannot check a signature of this form */
	EXPLAIN_KEY_OR_FORM, /* one of the last two: lockdown does not tell which */
	EXPLAIN_MISMATCH,    /* the signature is not this module's */
	EXPLAIN_UNKNOWN,     /* key, form or mismatch: the log, which cannot be read, would tell */
};

/*
 * What is to be said about a load with @flags that failed with @error, a negative errno.
 * @refusals: the reasons that the kernel's log gave; @log_readable: whether it could be read.
 */
enum explanation explain_decide(int error, unsigned int flags, const struct signature_facts *facts,
				unsigned int refusals, bool log_readable);

/*
 * The line that says it of the module at @path, caller frees. NULL for EXPLAIN_NOTHING, or when
 * memory ran out.
 */
char *explain_text(enum explanation explanation, const char *path,
		   const struct signature_facts *facts);

/*
 * Says, if the user has asked for more messages, that @mod was loaded with a detached signature,
 * and with which. @flags: those of the load.
 */
void explain_insert(struct cli *cli, struct kmod_ctx *ctx, const struct kmod_module *mod,
		    unsigned int flags);

#endif
