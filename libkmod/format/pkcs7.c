/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signer, key id and digest out of a PKCS#7 message, with OpenSSL's CMS functions.
 *
 * What OpenSSL gives points into the parsed message, and is copied before that is freed. Errors
 * that it queues on the way are removed again: the queue belongs to the thread, thus to a caller
 * that may use OpenSSL as well.
 */
#include "libkmod/format/pkcs7.h"

#include <errno.h>
#include <stdlib.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/format/pkcs7-plain.h"

void pkcs7_facts_done(struct pkcs7_facts *facts)
{
	free(facts->signer);
	free(facts->key_id);
	free(facts->hash_algo);
	free(facts->signature);
	*facts = (struct pkcs7_facts){ 0 };
}

#if ENABLE_OPENSSL

#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <string.h>

#include "libkmod/base/dlopen.h"
#include "libkmod/base/process-lock.h"
#include "libkmod/base/printable.h"

/* clang-format off */
#define OPENSSL_FUNCTIONS(fn)             \
	fn(ASN1_STRING_get0_data)         \
	fn(ASN1_STRING_length)            \
	fn(ASN1_STRING_to_UTF8)           \
	fn(CMS_ContentInfo_free)          \
	fn(CMS_SignerInfo_get0_algs)      \
	fn(CMS_SignerInfo_get0_signature) \
	fn(CMS_SignerInfo_get0_signer_id) \
	fn(CMS_get0_SignerInfos)          \
	fn(CRYPTO_free)                   \
	fn(ERR_peek_error)                \
	fn(ERR_pop_to_mark)               \
	fn(ERR_set_mark)                  \
	fn(OBJ_obj2txt)                   \
	fn(OPENSSL_sk_num)                \
	fn(OPENSSL_sk_value)              \
	fn(X509_ALGOR_get0)               \
	fn(X509_NAME_ENTRY_get_data)      \
	fn(X509_NAME_entry_count)         \
	fn(X509_NAME_get_entry)           \
	fn(X509_NAME_get_index_by_NID)    \
	fn(d2i_CMS_ContentInfo)
/* clang-format on */

LIBRARY(openssl, DLOPEN_OPENSSL, OPENSSL_FUNCTIONS, "libcrypto.so.3", "openssl",
	"Signers and keys of modules with PKCS#7 signatures", "suggested")

static void cms_freep(CMS_ContentInfo **cms)
{
	openssl.CMS_ContentInfo_free(*cms);
}

/*
 * Why a function of OpenSSL has failed: -ENOMEM or -EBADMSG. The cause is the first error in the
 * queue; those after it tell what it led to. (Errors of a caller's own that are in front of it
 * make the cause unknown: -EBADMSG, then.)
 */
static int failure(void)
{
	const unsigned long first = openssl.ERR_peek_error();

	return ERR_GET_REASON(first) == ERR_R_MALLOC_FAILURE ? -ENOMEM : -EBADMSG;
}

static int copy_string(const ASN1_STRING *string, uint8_t **ret_bytes, size_t *ret_size)
{
	const size_t size = (size_t)openssl.ASN1_STRING_length(string);
	uint8_t *bytes = NULL;

	if (size > 0) {
		bytes = malloc(size);
		if (!bytes)
			return -ENOMEM;
		memcpy(bytes, openssl.ASN1_STRING_get0_data(string), size);
	}

	*ret_bytes = bytes;
	*ret_size = size;
	return 0;
}

/* The text in @string, whichever of the alphabets of ASN.1 it is written in. */
static int copy_text(const ASN1_STRING *string, char **ret_text)
{
	unsigned char *utf8 = NULL;
	const int size = openssl.ASN1_STRING_to_UTF8(&utf8, string);
	int r;

	if (size < 0 && failure() == -ENOMEM)
		return -ENOMEM;

	/* A name may also be made of types that are no text. */
	if (size < 0)
		return printable_text(openssl.ASN1_STRING_get0_data(string),
				      (size_t)openssl.ASN1_STRING_length(string), ret_text);

	r = printable_text(utf8, (size_t)size, ret_text);
	openssl.CRYPTO_free(utf8, OPENSSL_FILE, OPENSSL_LINE);
	return r;
}

static int copy_name(const X509_NAME *name, char **ret_text)
{
	int i = openssl.X509_NAME_get_index_by_NID(name, NID_commonName, -1);

	if (i < 0)
		i = openssl.X509_NAME_entry_count(name) - 1;
	if (i < 0)
		return printable_text("", 0, ret_text);
	return copy_text(openssl.X509_NAME_ENTRY_get_data(openssl.X509_NAME_get_entry(name, i)),
			 ret_text);
}

/* A number is kept as its absolute value; only zero has a leading zero. */
static int copy_number(const ASN1_INTEGER *number, uint8_t **ret_bytes, size_t *ret_size)
{
	int r = copy_string(number, ret_bytes, ret_size);

	if (r == 0 && *ret_size == 1 && (*ret_bytes)[0] == 0)
		*ret_size = 0;
	return r;
}

static int read_signer_id(CMS_SignerInfo *signer, struct pkcs7_facts *facts)
{
	ASN1_OCTET_STRING *key_id = NULL;
	X509_NAME *issuer = NULL;
	ASN1_INTEGER *serial = NULL;
	int r;

	if (openssl.CMS_SignerInfo_get0_signer_id(signer, &key_id, &issuer, &serial) != 1)
		return failure();
	if (key_id)
		return copy_string(key_id, &facts->key_id, &facts->key_id_size);

	r = copy_name(issuer, &facts->signer);
	if (r < 0)
		return r;
	return copy_number(serial, &facts->key_id, &facts->key_id_size);
}

static int read_hash_algo(CMS_SignerInfo *signer, struct pkcs7_facts *facts)
{
	const ASN1_OBJECT *oid = NULL;
	X509_ALGOR *algo = NULL;
	int size;

	openssl.CMS_SignerInfo_get0_algs(signer, NULL, NULL, &algo, NULL);
	openssl.X509_ALGOR_get0(&oid, NULL, NULL, algo);

	size = openssl.OBJ_obj2txt(NULL, 0, oid, 0);
	if (size <= 0 || size == INT_MAX)
		return failure();
	facts->hash_algo = malloc((size_t)size + 1);
	if (!facts->hash_algo)
		return -ENOMEM;
	(void)openssl.OBJ_obj2txt(facts->hash_algo, size + 1, oid, 0);
	return 0;
}

static int read_signer(CMS_SignerInfo *signer, struct pkcs7_facts *facts)
{
	int r;

	r = read_signer_id(signer, facts);
	if (r < 0)
		return r;
	r = read_hash_algo(signer, facts);
	if (r < 0)
		return r;
	return copy_string(openssl.CMS_SignerInfo_get0_signature(signer), &facts->signature,
			   &facts->signature_size);
}

static int read_message(struct span message, struct pkcs7_facts *ret_facts)
{
	_cleanup_(pkcs7_facts_done) struct pkcs7_facts facts = { 0 };
	_cleanup_(cms_freep) CMS_ContentInfo *cms = NULL;
	const unsigned char *bytes = message.data;
	const OPENSSL_STACK *signers;
	int r;

	if (message.size > LONG_MAX)
		return -EBADMSG;
	cms = openssl.d2i_CMS_ContentInfo(NULL, &bytes, (long)message.size);
	if (!cms)
		return failure();

	/* NULL where the content is not of type SignedData; stack functions take that as empty. */
	signers = (const OPENSSL_STACK *)openssl.CMS_get0_SignerInfos(cms);
	if (openssl.OPENSSL_sk_num(signers) < 1)
		return -EBADMSG;

	r = read_signer(openssl.OPENSSL_sk_value(signers, 0), &facts);
	if (r < 0)
		return r;

	*ret_facts = facts;
	facts = (struct pkcs7_facts){ 0 };
	return 0;
}

int pkcs7_read_openssl(struct span message, struct pkcs7_facts *ret_facts, char **ret_why)
{
	int r;

	r = openssl_open(ret_why);
	if (r < 0)
		return r;

	process_lock();
	(void)openssl.ERR_set_mark();
	r = read_message(message, ret_facts);
	(void)openssl.ERR_pop_to_mark();
	process_unlock();
	return r;
}

#else

int pkcs7_read_openssl(struct span message, struct pkcs7_facts *ret_facts, char **ret_why)
{
	(void)message;
	(void)ret_facts;
	(void)ret_why;
	return -ENOSYS;
}

#endif

int pkcs7_read(struct span message, struct pkcs7_facts *ret_facts, char **ret_why)
{
	const int r = pkcs7_read_plain(message, ret_facts);

	if (r < 0)
		return r;
	return r > 0 ? 0 : pkcs7_read_openssl(message, ret_facts, ret_why);
}
