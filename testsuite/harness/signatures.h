/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a .sig file may hold, and what should become of it.
 */
#ifndef HARNESS_SIGNATURES_H
#define HARNESS_SIGNATURES_H

#include <stdbool.h>

#include "bytes.h"

/* What libkmod appends after the bytes of a .sig file, and whether it has doubts about them. */
enum treatment {
	VERBATIM,	     /* nothing: it ends in a trailer */
	TRAILER_ADDED,	     /* a trailer made for it: it is one PKCS#7 message */
	VERBATIM_WITH_DOUBT, /* nothing, with a warning: the kernel may know what it is */
	NOTHING_WITH_DOUBT,  /* nothing, with a warning: it is empty */
};

struct signature_row {
	const char *name;
	struct bytes (*make)(void);
	enum treatment treatment;
	const char *lacking; /* why it cannot be tested; NULL when it can */
};

/* The first ones stand for the others where a table is crossed with another. */
enum {
	SIGNATURE_TRAILER,
	SIGNATURE_DER,
	SIGNATURE_OTHER,
	SIGNATURE_EMPTY,
	SIGNATURES_MAIN
};
extern const struct signature_row signatures[];
extern const size_t signatures_count;

/* The row called @name; aborts the test when there is none. */
const struct signature_row *signature_named(const char *name);

/* What is appended to a module for @row: its bytes and, where one is due, a trailer. */
struct bytes signature_appended(const struct signature_row *row);

/* One PKCS#7 SignedData message as the kernel's sign-file makes it; the signature is made up. */
struct bytes signature_der(void);

/* The trailer for a PKCS#7 message of @size bytes: struct module_signature and the magic. */
struct bytes signature_trailer(size_t size);

/* A message, its trailer: what makes a module a signed one when it is appended. */
struct bytes signature_full(void);

#endif
