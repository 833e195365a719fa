/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of the signature that a load of a module would hand to the kernel.
 */
#ifndef KMOD_SIGNATURE_H
#define KMOD_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kmod_ctx;

enum signature_origin {
	SIGNATURE_NONE,		/* no .sig file, and no trailer at the end of the module */
	SIGNATURE_APPENDED,	/* inside the module file */
	SIGNATURE_DETACHED,	/* in a .sig file, even an empty or a foreign one */
};

enum signature_state {
	SIGNATURE_ABSENT,	/* the kernel finds no trailer: it sees an unsigned module */
	SIGNATURE_DAMAGED,	/* a trailer whose record or message cannot be taken apart */
	SIGNATURE_OPAQUE,	/* a sound trailer, its message not looked into: see @missing */
	SIGNATURE_READ,		/* the facts below hold */
};

struct sigblock;

struct signature_facts {
	enum signature_origin origin;
	enum signature_state state;
	char *path;		/* the .sig in use; NULL unless the origin is SIGNATURE_DETACHED */
	char **probed;		/* every .sig path that was looked for, in order; NULL-terminated */
	const char *id_type;	/* "PGP", "X509", "PKCS#7", ...; NULL unless the trailer is sound */
	char *signer;		/* common name of the signer's issuer; NULL where unknown */
	uint8_t *key_id;	/* serial number or key identifier */
	size_t key_id_size;
	char *hash_algo;	/* "sha256", ...; NULL where unknown */
	uint8_t *signature;	/* what the signer made of the digest */
	size_t signature_size;
	char *missing;		/* why the message was not looked into; NULL otherwise */
};

/*
 * Fills the members of @facts from @state on with what @block says; the others stay as they are.
 * Returns 0 or -ENOMEM.
 */
int signature_read(const struct sigblock *block, struct signature_facts *facts);

/*
 * Opens the module at @path as a load would and fills *@ret, which the caller empties with
 * signature_facts_done(). Verifies nothing. Returns 0; -errno where module or signature cannot
 * be read (logged).
 */
int signature_inspect(struct kmod_ctx *ctx, const char *path, struct signature_facts *ret);

/* Frees what @facts holds. Accepts a zeroed object. */
void signature_facts_done(struct signature_facts *facts);

#endif
