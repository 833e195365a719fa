/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/format/pkcs7.c. Built without OpenSSL, there is one answer to test.
 */
#include "libkmod/format/pkcs7.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/format/pkcs7-plain.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The form that sign-file writes needs no OpenSSL; what differs from it in anything does. */
START_TEST(plain_form)
{
	static const struct {
		const char *name;
		int is_plain;
	} cases[] = {
		{ "good-pkcs7-plain.sig", 1 },
		{ "good-pkcs7-openssl.sig", 1 },
		{ "good-pkcs7-sha1.sig", 1 },
		{ "good-pkcs7-serial-high-bit.sig", 1 },
		{ "good-pkcs7-serial-huge.sig", 1 },
		{ "good-pkcs7-openssl-attrs.sig", 0 },
		{ "good-pkcs7-openssl-certs.sig", 0 },
		{ "good-pkcs7-openssl-keyid.sig", 0 },
		{ "good-pkcs7-certificates.sig", 0 },
		{ "good-pkcs7-revocations.sig", 0 },
		{ "good-pkcs7-content.sig", 0 },
		{ "good-pkcs7-key-id.sig", 0 },
		{ "good-pkcs7-two-signers.sig", 0 },
		{ "good-pkcs7-empty-signature.sig", 0 },
		{ "good-pkcs7-empty-name.sig", 0 },
		{ "good-pkcs7-no-common-name.sig", 0 },
		{ "good-pkcs7-latin1-name.sig", 0 },
		{ "good-pkcs7-bmp-name.sig", 0 },
		{ "good-pkcs7-bit-string-name.sig", 0 },
		{ "good-pkcs7-control-name.sig", 0 },
		{ "good-pkcs7-serial-zero.sig", 0 },
		{ "good-pkcs7-serial-negative.sig", 0 },
		{ "good-pkcs7-unknown-digest.sig", 0 },
		{ "bad-pkcs7-behind-signers.sig", 0 },
		{ "bad-pkcs7-no-signer.sig", 0 },
		{ "bad-pkcs7-serial-padded.sig", 0 },
		{ "bad-pkcs7-truncated.sig", 0 },
		{ "unsupported-pkcs7-indefinite.sig", 0 },
		{ "unsupported-pkcs7-long-length.sig", 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t size;
		_cleanup_free_ uint8_t *file = unit_read(cases[i].name, &size);
		_cleanup_(pkcs7_facts_done) struct pkcs7_facts facts = { 0 };

		ck_assert_msg(pkcs7_read_plain(span_of(file, size), &facts) == cases[i].is_plain,
			      "%s", cases[i].name);
	}
}
END_TEST

/* Whoever asks gets it either way, even where there is no OpenSSL. */
START_TEST(plain_needs_no_library)
{
	size_t size;
	_cleanup_free_ uint8_t *file = unit_read("good-pkcs7-plain.sig", &size);
	_cleanup_(pkcs7_facts_done) struct pkcs7_facts facts = { 0 };

	ck_assert_int_eq(pkcs7_read(span_of(file, size), &facts, NULL), 0);
	ck_assert_str_eq(facts.signer, "kmod test key");
	ck_assert_str_eq(facts.hash_algo, "sha256");
	ck_assert_uint_eq(facts.key_id_size, 3);
	ck_assert_mem_eq(facts.key_id, "\x11\x22\x33", 3);
	ck_assert_uint_eq(facts.signature_size, strlen("Signature"));
	ck_assert_mem_eq(facts.signature, "Signature", strlen("Signature"));
}
END_TEST

/* Every byte has its place: changing one leaves the form, or changes what OpenSSL reads, too. */
START_TEST(plain_damaged)
{
	size_t size;
	_cleanup_free_ uint8_t *file = unit_read("good-pkcs7-plain.sig", &size);

	for (size_t i = 0; i < size; i++) {
		const uint8_t whole = file[i];

		for (unsigned int bit = 0; bit < 8; bit++) {
			struct pkcs7_facts plain = { 0 }, facts = { 0 };
			int r;

			file[i] = (uint8_t)(whole ^ 1U << bit);
			if (pkcs7_read_plain(span_of(file, size), &plain) == 0)
				continue;
			r = pkcs7_read_openssl(span_of(file, size), &facts, NULL);
			if (r != -ENOSYS) {
				ck_assert_msg(r == 0, "byte %zu, bit %u", i, bit);
				ck_assert_str_eq(plain.signer, facts.signer);
				ck_assert_str_eq(plain.hash_algo, facts.hash_algo);
				ck_assert_mem_eq(plain.key_id, facts.key_id, facts.key_id_size);
			}
			pkcs7_facts_done(&plain);
			pkcs7_facts_done(&facts);
		}
		file[i] = whole;
		for (size_t cut = 0; i == 0 && cut < size; cut++) {
			struct pkcs7_facts facts;

			ck_assert_int_eq(pkcs7_read_plain(span_of(file, cut), &facts), 0);
		}
	}
}
END_TEST

#if ENABLE_OPENSSL

#include <openssl/err.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "libkmod/base/dlopen.h"

/* What is read without OpenSSL is what OpenSSL reads. */
static void assert_same_if_plain(const char *name, struct span message, int r,
				 const struct pkcs7_facts *facts)
{
	struct pkcs7_facts plain;

	if (pkcs7_read_plain(message, &plain) == 0)
		return;
	ck_assert_msg(r == 0, "%s", name);
	ck_assert_str_eq(plain.signer, facts->signer);
	ck_assert_str_eq(plain.hash_algo, facts->hash_algo);
	ck_assert_uint_eq(plain.key_id_size, facts->key_id_size);
	ck_assert_mem_eq(plain.key_id, facts->key_id, facts->key_id_size);
	ck_assert_uint_eq(plain.signature_size, facts->signature_size);
	ck_assert_mem_eq(plain.signature, facts->signature, facts->signature_size);
	pkcs7_facts_done(&plain);
}

static int read_file(const char *name, struct pkcs7_facts *ret_facts)
{
	size_t size;
	_cleanup_free_ uint8_t *file = unit_read(name, &size);
	_cleanup_free_ char *why = NULL;
	int r = pkcs7_read_openssl(span_of(file, size), ret_facts, &why);

	ck_assert_msg(r != -ELIBACC, "%s", why);
	ck_assert_ptr_null(why);
	assert_same_if_plain(name, span_of(file, size), r, ret_facts);
	return r;
}

static void assert_bytes(const uint8_t *bytes, size_t size, const char *expected,
			 size_t expected_size)
{
	ck_assert_uint_eq(size, expected_size);
	if (size > 0)
		ck_assert_mem_eq(bytes, expected, size);
}

#define BYTES(literal) (literal), sizeof(literal) - 1

START_TEST(facts_of_files)
{
	static const struct {
		const char *name;
		const char *signer;
		const char *key_id;
		size_t key_id_size;
		const char *hash_algo;
		const char *signature;
		size_t signature_size;
	} cases[] = {
#define PLAIN_KEY BYTES("\x11\x22\x33")
#define PLAIN_SIGNATURE BYTES("Signature")
		{ "good-pkcs7-plain.sig", "kmod test key", PLAIN_KEY, "sha256", PLAIN_SIGNATURE },
		{ "good-pkcs7-content.sig", "kmod test key", PLAIN_KEY, "sha256", PLAIN_SIGNATURE },
		{ "good-pkcs7-revocations.sig", "kmod test key", PLAIN_KEY, "sha256",
		  PLAIN_SIGNATURE },
		/* the first of two */
		{ "good-pkcs7-two-signers.sig", "kmod test key", PLAIN_KEY, "sha256",
		  PLAIN_SIGNATURE },
		/* names */
		{ "good-pkcs7-two-names.sig", "first", PLAIN_KEY, "sha256", PLAIN_SIGNATURE },
		{ "good-pkcs7-no-common-name.sig", "Unit", PLAIN_KEY, "sha256", PLAIN_SIGNATURE },
		{ "good-pkcs7-empty-name.sig", "", PLAIN_KEY, "sha256", PLAIN_SIGNATURE },
		{ "good-pkcs7-bmp-name.sig", "Schl\u00fcssel \u20ac", PLAIN_KEY, "sha256",
		  PLAIN_SIGNATURE },
		{ "good-pkcs7-latin1-name.sig", "Schl\u00fcssel", PLAIN_KEY, "sha256",
		  PLAIN_SIGNATURE },
		{ "good-pkcs7-bit-string-name.sig", "bits\\xff", PLAIN_KEY, "sha256",
		  PLAIN_SIGNATURE },
		{ "good-pkcs7-control-name.sig", "a\\x00b\\x1b[31m\\x0ac\\x7f\\xc2\\x9b\\x",
		  PLAIN_KEY, "sha256", PLAIN_SIGNATURE },
		/* keys */
		{ "good-pkcs7-key-id.sig", NULL, BYTES("\xaa\xbb\xcc"), "sha256", PLAIN_SIGNATURE },
		{ "good-pkcs7-serial-zero.sig", "kmod test key", BYTES(""), "sha256",
		  PLAIN_SIGNATURE },
		{ "good-pkcs7-serial-high-bit.sig", "kmod test key", BYTES("\x80\x01"), "sha256",
		  PLAIN_SIGNATURE },
		{ "good-pkcs7-serial-negative.sig", "kmod test key", BYTES("\x7f\xff"), "sha256",
		  PLAIN_SIGNATURE },
		/* digests */
		{ "good-pkcs7-sha1.sig", "kmod test key", PLAIN_KEY, "sha1", PLAIN_SIGNATURE },
		{ "good-pkcs7-unknown-digest.sig", "kmod test key", PLAIN_KEY,
		  "1.3.6.1.4.1.99999.1", PLAIN_SIGNATURE },
		/* signature */
		{ "good-pkcs7-empty-signature.sig", "kmod test key", PLAIN_KEY, "sha256",
		  BYTES("") },
		/* BER, and bytes behind the message, are no obstacle to showing it */
		{ "unsupported-pkcs7-indefinite.sig", "kmod test key", PLAIN_KEY, "sha256",
		  PLAIN_SIGNATURE },
		{ "unsupported-pkcs7-long-length.sig", "kmod test key", PLAIN_KEY, "sha256",
		  PLAIN_SIGNATURE },
		{ "unsupported-pkcs7-zero-in-length.sig", "kmod test key", PLAIN_KEY, "sha256",
		  PLAIN_SIGNATURE },
		{ "bad-pkcs7-behind-file.sig", "kmod test key", PLAIN_KEY, "sha256",
		  PLAIN_SIGNATURE },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		_cleanup_(pkcs7_facts_done) struct pkcs7_facts facts = { 0 };

		ck_assert_msg(read_file(cases[i].name, &facts) == 0, "%s", cases[i].name);
		ck_assert_pstr_eq(facts.signer, cases[i].signer);
		ck_assert_str_eq(facts.hash_algo, cases[i].hash_algo);
		assert_bytes(facts.key_id, facts.key_id_size, cases[i].key_id,
			     cases[i].key_id_size);
		assert_bytes(facts.signature, facts.signature_size, cases[i].signature,
			     cases[i].signature_size);
	}
}
END_TEST

START_TEST(huge_serial)
{
	_cleanup_(pkcs7_facts_done) struct pkcs7_facts facts = { 0 };

	ck_assert_int_eq(read_file("good-pkcs7-serial-huge.sig", &facts), 0);
	ck_assert_uint_eq(facts.key_id_size, 4 * 127);
	for (size_t i = 0; i < facts.key_id_size; i++)
		ck_assert_uint_eq(facts.key_id[i], i % 127 + 1);
}
END_TEST

/* What OpenSSL has made: the signature is what these files end with, 2048 bits of it. */
START_TEST(real_signatures)
{
	static const struct {
		const char *name;
		const char *signer;
		const char *key_id;
		size_t key_id_size;
		const char *hash_algo;
	} cases[] = {
#define SERIAL BYTES("\x11\x22\x33\x44\x55\x66\x77\x88")
#define KEY_ID \
	BYTES("\x6f\xb1\xe4\x87\xef\x25\x80\x60\x2a\x0b\x29\x7c\xc2\xa6\x67\xd2\x14\x26\x38\x32")
		{ "good-pkcs7-openssl.sig", "kmod test signing key", SERIAL, "sha256" },
		{ "good-pkcs7-openssl-certs.sig", "kmod test signing key", SERIAL, "sha512" },
		{ "good-pkcs7-openssl-attrs.sig", "kmod test signing key", SERIAL, "sha384" },
		{ "good-pkcs7-openssl-keyid.sig", NULL, KEY_ID, "sha256" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		_cleanup_(pkcs7_facts_done) struct pkcs7_facts facts = { 0 };
		size_t size;
		_cleanup_free_ uint8_t *file = unit_read(cases[i].name, &size);

		ck_assert_msg(pkcs7_read_openssl(span_of(file, size), &facts, NULL) == 0, "%s",
			      cases[i].name);
		ck_assert_pstr_eq(facts.signer, cases[i].signer);
		ck_assert_str_eq(facts.hash_algo, cases[i].hash_algo);
		assert_bytes(facts.key_id, facts.key_id_size, cases[i].key_id,
			     cases[i].key_id_size);
		assert_bytes(facts.signature, facts.signature_size,
			     (const char *)file + size - 256, 256);
	}
}
END_TEST

START_TEST(bad_files)
{
	static const char *const names[] = {
		"bad-pkcs7-no-signer.sig",	"bad-pkcs7-enveloped.sig",
		"bad-pkcs7-data.sig",		"bad-pkcs7-no-content.sig",
		"bad-pkcs7-name-not-utf8.sig",	"bad-pkcs7-serial-padded.sig",
		"bad-pkcs7-behind-signers.sig", "bad-pkcs7-behind-content.sig",
		"bad-pkcs7-truncated.sig",	"good-sigblock-pkcs7.bin",
		"bad-sigblock-no-record.bin",
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct pkcs7_facts facts, before;

		memset(&before, 0x5a, sizeof(before));
		memcpy(&facts, &before, sizeof(facts));
		ck_assert_msg(read_file(names[i], &facts) == -EBADMSG, "%s", names[i]);
		ck_assert_mem_eq(&facts, &before, sizeof(facts));
	}
}
END_TEST

START_TEST(cut_everywhere)
{
	static const char *const names[] = { "good-pkcs7-plain.sig", "good-pkcs7-openssl-certs.sig",
					     "unsupported-pkcs7-indefinite.sig" };

	for (size_t i = 0; i < COUNT(names); i++) {
		size_t size;
		_cleanup_free_ uint8_t *file = unit_read(names[i], &size);

		for (size_t n = 0; n < size; n++) {
			_cleanup_free_ uint8_t *part = malloc(n > 0 ? n : 1);
			struct pkcs7_facts facts;

			ck_assert_ptr_nonnull(part);
			memcpy(part, file, n);
			ck_assert_int_eq(pkcs7_read_openssl(span_of(part, n), &facts, NULL), -EBADMSG);
		}
	}
	ck_assert_int_eq(pkcs7_read_openssl(span_of(NULL, 0), &(struct pkcs7_facts){ 0 }, NULL), -EBADMSG);
}
END_TEST

START_TEST(done_twice)
{
	struct pkcs7_facts facts = { 0 };

	pkcs7_facts_done(&facts);
	ck_assert_int_eq(read_file("good-pkcs7-plain.sig", &facts), 0);
	pkcs7_facts_done(&facts);
	ck_assert_ptr_null(facts.signer);
	ck_assert_uint_eq(facts.signature_size, 0);
	pkcs7_facts_done(&facts);
}
END_TEST

START_TEST(out_of_memory)
{
	size_t size;
	_cleanup_free_ uint8_t *file = unit_read("good-pkcs7-openssl.sig", &size);
	struct pkcs7_facts facts = { 0 };
	unsigned int n = 0;

	/* One by one the allocations fail, until there is none left to fail. */
	for (;; n++) {
		bool failed;
		int r;

		unit_fail_allocation(n);
		r = pkcs7_read_openssl(span_of(file, size), &facts, NULL);
		failed = unit_allocation_failed();
		ck_assert_int_eq(r, failed ? -ENOMEM : 0);
		if (!failed)
			break;
		ck_assert_ptr_null(facts.signer);
	}
	ck_assert_uint_eq(n, 4);
	pkcs7_facts_done(&facts);
}
END_TEST

/* OpenSSL's own functions, by the way that the code under test takes to them. */
#define ERR_FUNCTIONS(fn)             \
	fn(CRYPTO_set_mem_functions)  \
	fn(ERR_clear_error)           \
	fn(ERR_get_error)             \
	fn(ERR_new)                   \
	fn(ERR_peek_error)            \
	fn(ERR_set_error)

LIBRARY(err, DLOPEN_OPENSSL, ERR_FUNCTIONS, "libcrypto.so.3", "test", "Test", "suggested")

/* What the caller's own use of OpenSSL has queued stays, and nothing is added to it. */
START_TEST(error_queue)
{
	struct pkcs7_facts facts;

	ck_assert_int_eq(err_open(NULL), 0);
	err.ERR_clear_error();
	ck_assert_int_eq(read_file("bad-pkcs7-truncated.sig", &facts), -EBADMSG);
	ck_assert_uint_eq(err.ERR_peek_error(), 0);

	err.ERR_new();
	err.ERR_set_error(ERR_LIB_USER, 42, NULL);
	ck_assert_int_eq(read_file("bad-pkcs7-truncated.sig", &facts), -EBADMSG);
	ck_assert_int_eq(read_file("good-pkcs7-plain.sig", &facts), 0);
	pkcs7_facts_done(&facts);
	ck_assert_int_eq(ERR_GET_REASON(err.ERR_get_error()), 42);
	ck_assert_uint_eq(err.ERR_get_error(), 0);
}
END_TEST

static bool openssl_failure_is_due;
static unsigned int openssl_allocations_before;

static bool openssl_fails(void)
{
	if (!openssl_failure_is_due || openssl_allocations_before-- > 0)
		return false;
	openssl_failure_is_due = false;
	return true;
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return openssl_fails() ? NULL : malloc(size);
}

static void *openssl_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return openssl_fails() ? NULL : realloc(old, size);
}

static void openssl_free(void *block, const char *file, int line)
{
	(void)file;
	(void)line;
	free(block);
}

/* Whether pkcs7_read_openssl() gives -ENOMEM, or all there is, whichever of OpenSSL's allocations fails. */
static bool copes_with_failures(struct span message)
{
	unsigned int failures = 0;

	if (err_open(NULL) < 0 ||
	    !err.CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free))
		return false;
	/* Set up what OpenSSL sets up once: it never works again where that has failed. */
	err.ERR_clear_error();

	for (unsigned int n = 0;; n++) {
		struct pkcs7_facts facts = { 0 };
		int r;

		openssl_failure_is_due = true;
		openssl_allocations_before = n;
		r = pkcs7_read_openssl(message, &facts, NULL);
		if (r == -ENOMEM)
			failures++;
		else if (r < 0 || strcmp(facts.signer, "Schl\u00fcssel \u20ac") != 0 ||
			 strcmp(facts.hash_algo, "sha256") != 0 || facts.key_id_size != 3 ||
			 facts.signature_size != 9)
			return false;
		pkcs7_facts_done(&facts);
		if (err.ERR_peek_error() != 0)
			return false;
		if (openssl_failure_is_due)
			return r == 0 && failures > 20;
	}
}

/*
 * In a process of its own, as the traces of this stay in OpenSSL; and before the others, as its
 * allocator can only be replaced before it is first used.
 */
START_TEST(openssl_out_of_memory)
{
	size_t size;
	_cleanup_free_ uint8_t *file = unit_read("good-pkcs7-bmp-name.sig", &size);
	const pid_t child = fork();
	int status;

	if (child == 0)
		_exit(copes_with_failures(span_of(file, size)) ? EXIT_SUCCESS : EXIT_FAILURE);
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

#if DLOPEN_OPENSSL

/* Without descriptors no library can be opened. The first use of it has to be here. */
START_TEST(library_absent_at_first)
{
	size_t size;
	_cleanup_free_ uint8_t *file = unit_read("good-pkcs7-plain.sig", &size);
	_cleanup_free_ char *why = NULL;
	struct pkcs7_facts facts;
	struct rlimit limit, none;
	int r;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = limit.rlim_max };

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	r = pkcs7_read_openssl(span_of(file, size), &facts, &why);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(r, -ELIBACC);
	ck_assert_ptr_nonnull(why);
	ck_assert_ptr_nonnull(strstr(why, "libcrypto"));

	ck_assert_int_eq(pkcs7_read_openssl(span_of(file, size), &facts, NULL), 0);
	ck_assert_str_eq(facts.signer, "kmod test key");
	pkcs7_facts_done(&facts);
}
END_TEST

#endif

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, openssl_out_of_memory);
#if DLOPEN_OPENSSL
	tcase_add_test(tests, library_absent_at_first);
#endif
	tcase_add_test(tests, out_of_memory);
	tcase_add_test(tests, facts_of_files);
	tcase_add_test(tests, huge_serial);
	tcase_add_test(tests, real_signatures);
	tcase_add_test(tests, bad_files);
	tcase_add_test(tests, cut_everywhere);
	tcase_add_test(tests, done_twice);
	tcase_add_test(tests, error_queue);
}

#else

START_TEST(not_built_in)
{
	size_t size;
	_cleanup_free_ uint8_t *file = unit_read("good-pkcs7-plain.sig", &size);
	struct pkcs7_facts facts;
	char *why = NULL;

	ck_assert_int_eq(pkcs7_read_openssl(span_of(file, size), &facts, &why), -ENOSYS);
	ck_assert_ptr_null(why);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, not_built_in);
}

#endif

int main(void)
{
	Suite *const suite = suite_create("pkcs7");
	TCase *const tests = tcase_create("pkcs7");

	/* first: some need libcrypto not to have been opened yet */
	add_tests(tests);
	tcase_add_test(tests, plain_form);
	tcase_add_test(tests, plain_needs_no_library);
	tcase_add_test(tests, plain_damaged);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
