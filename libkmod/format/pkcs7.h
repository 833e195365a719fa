/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who signed a PKCS#7 message, with which key and how: for showing. Nothing is verified.
 */
#ifndef FORMAT_PKCS7_H
#define FORMAT_PKCS7_H

#include <stddef.h>
#include <stdint.h>

#include "libkmod/format/span.h"

/* What a message says of its first signer. A zeroed object is empty. */
struct pkcs7_facts {
	/*
	 * Common name of the issuer of the signer's certificate; where the issuer has none, the
	 * last part of its name, which is the most specific one; "" where the name is empty.
	 * Fit for printing: see printable_text(). NULL where the message identifies the signer
	 * by key only.
	 */
	char *signer;

	/*
	 * Serial number of the certificate, most significant byte first, no leading zeros (none
	 * at all for zero), of a negative one the absolute value; or the subject key identifier
	 * where the message identifies the signer by that. Of any length.
	 */
	uint8_t *key_id;
	size_t key_id_size;

	/* Digest algorithm as OpenSSL spells it ("sha256"); its dotted OID where it has no name. */
	char *hash_algo;

	uint8_t *signature;
	size_t signature_size;
};

/*
 * Reads @message, a DER or BER ContentInfo of type SignedData; bytes behind it are ignored. The
 * caller empties *@ret_facts with pkcs7_facts_done().
 *
 * Returns 0; -EBADMSG when this is something else, is malformed, or has no signer; -ENOMEM;
 * -ENOSYS when this was built without OpenSSL; -ELIBACC when OpenSSL's library cannot be opened:
 * then, and only then, *@ret_why says why, which the caller frees (@ret_why may be NULL).
 */
int pkcs7_read(struct span message, struct pkcs7_facts *ret_facts, char **ret_why);

/* The same, by OpenSSL in any case: pkcs7_read() can do without it where the form is common. */
int pkcs7_read_openssl(struct span message, struct pkcs7_facts *ret_facts, char **ret_why);

/* Frees what @facts holds, and empties it. */
void pkcs7_facts_done(struct pkcs7_facts *facts);

#endif
