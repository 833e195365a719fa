/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one form of PKCS#7 that the kernel's sign-file writes, read without OpenSSL.
 *
 * Thousands of modules have a signature of just this form, and to show one it takes a few fields.
 * For that, opening libcrypto and building up all of the message in memory costs as much as all
 * else that is done to show a module. So what is exactly of this form is read here, and everything
 * else, however little it differs, is left to OpenSSL: no certificates, no attributes, names of
 * plain characters, algorithms that are in the table.
 *
 *	ContentInfo SEQUENCE { signedData, [0] SEQUENCE {
 *		version INTEGER
 *		digestAlgorithms SET { SEQUENCE { algorithm, NULL or nothing } }
 *		contentInfo SEQUENCE { data }
 *		signerInfos SET { SEQUENCE {
 *			version INTEGER
 *			issuerAndSerialNumber SEQUENCE { issuer Name, serialNumber INTEGER }
 *			digestAlgorithm SEQUENCE { algorithm, NULL or nothing }
 *			digestEncryptionAlgorithm SEQUENCE { algorithm, NULL or nothing }
 *			encryptedDigest OCTET STRING
 *		} }
 *	} }
 */
#include "libkmod/format/pkcs7-plain.h"

#include <errno.h>
#include <stdlib.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/format/der.h"

/* The digests that kernels sign modules with, called as OpenSSL does. */
static const struct {
	const char *name;
	const char *oid;
} digests[] = {
	{ "sha1", "\x2b\x0e\x03\x02\x1a" },
	{ "sha256", "\x60\x86\x48\x01\x65\x03\x04\x02\x01" },
	{ "sha384", "\x60\x86\x48\x01\x65\x03\x04\x02\x02" },
	{ "sha512", "\x60\x86\x48\x01\x65\x03\x04\x02\x03" },
	{ "sha224", "\x60\x86\x48\x01\x65\x03\x04\x02\x04" },
};

/* What is found on the way, all of it inside the message. */
struct fields {
	struct span common_name;
	struct span serial;
	struct span digest;
	struct span signature;
};

/* An INTEGER of one byte: a version. */
static bool take_version(struct span *s)
{
	struct span version;

	return der_take(s, DER_INTEGER, &version) && version.size == 1;
}

/* The contents of an object identifier: at least one number, and the last one has an end. */
static bool take_oid(struct span *s, struct span *ret)
{
	if (!der_take(s, DER_OID, ret) || ret->size == 0 || ret->data[ret->size - 1] & 0x80)
		return false;
	/* A number does not begin with a zero digit. */
	for (size_t i = 0; i < ret->size; i++)
		if (ret->data[i] == 0x80 && (i == 0 || !(ret->data[i - 1] & 0x80)))
			return false;
	return true;
}

/* An AlgorithmIdentifier without parameters. */
static bool take_algorithm(struct span *s, struct span *ret_oid)
{
	struct span algorithm, nothing;

	return der_take(s, DER_SEQUENCE, &algorithm) && take_oid(&algorithm, ret_oid) &&
	       (algorithm.size == 0 ||
		(der_take_all(algorithm, DER_NULL, &nothing) && nothing.size == 0));
}

/* A string of printable ASCII characters, of which PrintableString only has some. */
static bool take_string(struct span *s, struct span *ret)
{
	if (!der_take(s, DER_UTF8_STRING, ret) && !der_take(s, DER_IA5_STRING, ret) &&
	    !der_take(s, DER_PRINTABLE_STRING, ret))
		return false;
	for (size_t i = 0; i < ret->size; i++)
		if (ret->data[i] < 0x20 || ret->data[i] > 0x7e)
			return false;
	return ret->size > 0;
}

/* A Name, one attribute to each part of it; its first common name. */
static bool read_name(struct span name, struct span *ret_common_name)
{
	bool found = false;

	while (name.size > 0) {
		struct span part, attribute, type, value;

		if (!der_take(&name, DER_SET, &part) ||
		    !der_take_all(part, DER_SEQUENCE, &attribute) || !take_oid(&attribute, &type) ||
		    !take_string(&attribute, &value) || attribute.size > 0)
			return false;
		if (!found && der_is_oid(type, OID_COMMON_NAME)) {
			*ret_common_name = value;
			found = true;
		}
	}
	return found;
}

/* A positive INTEGER without the zero byte that keeps it from looking negative. */
static bool take_serial(struct span *s, struct span *ret)
{
	if (!der_take(s, DER_INTEGER, ret) || ret->size == 0 || ret->data[0] & 0x80)
		return false;
	if (ret->data[0] != 0)
		return true;
	(void)span_take(ret, 1);
	return ret->size > 0 && ret->data[0] & 0x80;
}

static bool read_signer(struct span signer, struct fields *fields)
{
	struct span id, name, oid;

	return take_version(&signer) && der_take(&signer, DER_SEQUENCE, &id) &&
	       der_take(&id, DER_SEQUENCE, &name) && read_name(name, &fields->common_name) &&
	       take_serial(&id, &fields->serial) && id.size == 0 &&
	       take_algorithm(&signer, &fields->digest) && take_algorithm(&signer, &oid) &&
	       der_take_all(signer, DER_OCTET_STRING, &fields->signature) &&
	       fields->signature.size > 0;
}

static bool read_fields(struct span message, struct fields *fields)
{
	struct span info, oid, content, data, algorithms, inner, signers, signer;

	if (!der_take_all(message, DER_SEQUENCE, &info) || !take_oid(&info, &oid) ||
	    !der_is_oid(oid, OID_SIGNED_DATA) || !der_take_all(info, DER_CONTEXT_0, &content) ||
	    !der_take_all(content, DER_SEQUENCE, &data))
		return false;
	if (!take_version(&data) || !der_take(&data, DER_SET, &algorithms) ||
	    !take_algorithm(&algorithms, &oid) || algorithms.size > 0)
		return false;
	if (!der_take(&data, DER_SEQUENCE, &inner) || !take_oid(&inner, &oid) ||
	    !der_is_oid(oid, OID_DATA) || inner.size > 0)
		return false;
	return der_take_all(data, DER_SET, &signers) &&
	       der_take_all(signers, DER_SEQUENCE, &signer) && read_signer(signer, fields);
}

static const char *digest_name(struct span oid)
{
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		if (der_is_oid(oid, digests[i].oid))
			return digests[i].name;
	return NULL;
}

/* The bytes, and a NUL for those that are text. */
static void *copy(struct span bytes)
{
	uint8_t *const p = malloc(bytes.size + 1);

	if (!p)
		return NULL;
	memcpy(p, bytes.data, bytes.size);
	p[bytes.size] = '\0';
	return p;
}

int pkcs7_read_plain(struct span message, struct pkcs7_facts *ret_facts)
{
	_cleanup_(pkcs7_facts_done) struct pkcs7_facts facts = { 0 };
	struct fields fields;
	const char *digest;

	if (!read_fields(message, &fields))
		return 0;
	digest = digest_name(fields.digest);
	if (!digest)
		return 0;
	facts.signer = copy(fields.common_name);
	facts.key_id = copy(fields.serial);
	facts.key_id_size = fields.serial.size;
	facts.hash_algo = strdup(digest);
	facts.signature = copy(fields.signature);
	facts.signature_size = fields.signature.size;
	if (!facts.signer || !facts.key_id || !facts.hash_algo || !facts.signature)
		return -ENOMEM;
	*ret_facts = facts;
	facts = (struct pkcs7_facts){ 0 };
	return 1;
}
