/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/format/pkcs7.c. Built without OpenSSL there is little to find.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "libkmod/format/pkcs7-plain.h"

/* That @text is fit for printing. */
static void check_text(const char *text)
{
	for (; *text; text++)
		fuzz_assert((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_bytes(const uint8_t *bytes, size_t size, size_t limit)
{
	volatile uint8_t sum = 0;

	fuzz_assert(size <= limit);
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + bytes[i]);
}

/* What is read without OpenSSL is what OpenSSL reads. */
static void check_same(const struct pkcs7_facts *a, struct span message)
{
	struct pkcs7_facts b;
	const int r = pkcs7_read_openssl(message, &b, NULL);

	if (r == -ENOSYS || r == -ELIBACC)
		return;
	fuzz_assert(r == 0);
	fuzz_assert(b.signer && strcmp(a->signer, b.signer) == 0);
	fuzz_assert(strcmp(a->hash_algo, b.hash_algo) == 0);
	fuzz_assert(a->key_id_size == b.key_id_size &&
		    memcmp(a->key_id, b.key_id, b.key_id_size) == 0);
	fuzz_assert(a->signature_size == b.signature_size &&
		    memcmp(a->signature, b.signature, b.signature_size) == 0);
	pkcs7_facts_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span message = span_of(data, size);
	struct pkcs7_facts facts;
	int r = pkcs7_read_plain(message, &facts);

	fuzz_assert(r == 0 || r == 1);
	if (r > 0) {
		check_same(&facts, message);
		pkcs7_facts_done(&facts);
	}
	r = pkcs7_read(message, &facts, NULL);

	fuzz_assert(r == 0 || r == -EBADMSG || r == -ENOSYS || r == -ELIBACC);
	if (r < 0)
		return 0;

	if (facts.signer)
		check_text(facts.signer);
	fuzz_assert(strlen(facts.hash_algo) > 0);
	check_text(facts.hash_algo);
	check_bytes(facts.key_id, facts.key_id_size, size);
	check_bytes(facts.signature, facts.signature_size, size);
	pkcs7_facts_done(&facts);
	return 0;
}
