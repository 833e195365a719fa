/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of the signature that a load of a module would hand to the kernel.
 */
#include "libkmod/signature.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/printable.h"
#include "libkmod/file.h"
#include "libkmod/format/pkcs7.h"
#include "libkmod/format/sigblock.h"

/* What the kernel's enum pkey_id_type is called; id_type 3 has come with Merkle tree proofs. */
static const char *const id_types[] = { "PGP", "X509", "PKCS#7", "Merkle" };

/* What the kernel's enum hash_algo was called when algo and hash of the record were in use. */
static const char *const hashes[SIGBLOCK_HASHES] = {
	"md4", "md5", "sha1", "rmd160", "sha256", "sha384", "sha512", "sha224", "sm3",
};

static int copy_path(const char *path, char **ret)
{
	if (!path)
		return 0;
	*ret = strdup(path);
	return *ret ? 0 : -ENOMEM;
}

static int copy_probed(char *const *probed, struct signature_facts *facts)
{
	size_t count = 0;

	while (probed[count])
		count++;
	facts->probed = calloc(count + 1, sizeof(*facts->probed));
	if (!facts->probed)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const int r = copy_path(probed[i], &facts->probed[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* The message of a PKCS#7 signature. Fills @facts; returns 0 or -ENOMEM. */
static int inspect_pkcs7(struct span message, struct signature_facts *facts)
{
	_cleanup_(pkcs7_facts_done) struct pkcs7_facts pkcs7 = { 0 };
	const int r = pkcs7_read(message, &pkcs7, &facts->missing);

	switch (r) {
	case 0:
		facts->state = SIGNATURE_READ;
		facts->signer = move_ptr(pkcs7.signer);
		facts->key_id = move_ptr(pkcs7.key_id);
		facts->key_id_size = pkcs7.key_id_size;
		facts->hash_algo = move_ptr(pkcs7.hash_algo);
		facts->signature = move_ptr(pkcs7.signature);
		facts->signature_size = pkcs7.signature_size;
		return 0;
	case -EBADMSG:
		facts->state = SIGNATURE_DAMAGED;
		return 0;
	case -ELIBACC:
		facts->state = SIGNATURE_OPAQUE;
		return 0;
	case -ENOSYS:
		facts->state = SIGNATURE_OPAQUE;
		facts->missing = strdup("this build cannot look into PKCS#7 messages");
		return facts->missing ? 0 : -ENOMEM;
	default:
		return r;
	}
}

static int copy_bytes(struct span bytes, uint8_t **ret, size_t *ret_size)
{
	uint8_t *const copy = malloc(bytes.size + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes.data, bytes.size);
	*ret = copy;
	*ret_size = bytes.size;
	return 0;
}

/* A form older than PKCS#7, which has its facts in the record. Returns 0 or -ENOMEM. */
static int inspect_record(const struct sigblock *block, struct signature_facts *facts)
{
	int r = printable_text(block->signer.data, block->signer.size, &facts->signer);

	if (r >= 0)
		r = copy_bytes(block->key_id, &facts->key_id, &facts->key_id_size);
	if (r >= 0)
		r = copy_bytes(block->signature, &facts->signature, &facts->signature_size);
	if (r < 0)
		return r;
	facts->hash_algo = strdup(hashes[block->hash]);
	if (!facts->hash_algo)
		return -ENOMEM;
	facts->state = SIGNATURE_READ;
	return 0;
}

int signature_read(const struct sigblock *block, struct signature_facts *facts)
{
	facts->id_type = block->id_type < sizeof(id_types) / sizeof(id_types[0]) ?
				 id_types[block->id_type] :
				 "unknown";
	switch (block->id_type) {
	case SIGBLOCK_PKCS7:
		return inspect_pkcs7(block->signature, facts);
	case SIGBLOCK_PGP:
	case SIGBLOCK_X509:
		return inspect_record(block, facts);
	default:
		facts->state = SIGNATURE_READ;
		return 0;
	}
}

static int inspect_blob(const struct blob *blob, struct signature_facts *facts)
{
	struct sigblock block;
	const int r = sigblock_read(span_of(blob->data, blob->size), &block);

	/* The signature at the end is the module's own unless a file has put bytes behind it. */
	if (r != -ENODATA && blob->size == blob->payload_size) {
		facts->origin = SIGNATURE_APPENDED;
		free(facts->path);
		facts->path = NULL;
	}
	if (r < 0) {
		facts->state = r == -ENODATA ? SIGNATURE_ABSENT : SIGNATURE_DAMAGED;
		return 0;
	}
	return signature_read(&block, facts);
}

int signature_inspect(struct kmod_ctx *ctx, const char *path, struct signature_facts *ret)
{
	_cleanup_(signature_facts_done) struct signature_facts facts = { 0 };
	_cleanup_(kmod_file_closep) struct kmod_file *file = NULL;
	_cleanup_(blob_done) struct blob blob = { 0 };
	int r = kmod_file_open(ctx, path, &file);

	if (r < 0)
		return r;
	if (kmod_file_signature_path(file))
		facts.origin = SIGNATURE_DETACHED;
	r = copy_path(kmod_file_signature_path(file), &facts.path);
	if (r < 0)
		return r;
	r = copy_probed(kmod_file_signature_probed(file), &facts);
	if (r < 0)
		return r;
	r = kmod_file_load(file, true, &blob);
	if (r < 0)
		return r;
	r = inspect_blob(&blob, &facts);
	if (r < 0)
		return r;
	*ret = facts;
	facts = (struct signature_facts){ 0 };
	return 0;
}

void signature_facts_done(struct signature_facts *facts)
{
	for (size_t i = 0; facts->probed && facts->probed[i]; i++)
		free(facts->probed[i]);
	free(facts->probed);
	free(facts->path);
	free(facts->signer);
	free(facts->key_id);
	free(facts->hash_algo);
	free(facts->signature);
	free(facts->missing);
	*facts = (struct signature_facts){ 0 };
}
