/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compressed modules: what well-made files may look like, what is refused, and how much memory
 * either takes.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/compress.h"
#include "harness/modules.h"
#include "harness/session.h"
#include "harness/signatures.h"
#include "harness/suite.h"
#include "harness/world.h"

/* The name tells nothing about the format: what names it in a message is not the path. */
static const char module[] = "/lib/basic.ko";
static const char sig[] = "/lib/basic.ko.sig";

static struct bytes zeroes(size_t size)
{
	return (struct bytes){ keep(size), size };
}

/* ---- Well-made files ---- */

static struct bytes xz_of_parts(void)
{
	return compressed_in_parts(XZ, module_built("basic"));
}

static struct bytes xz_of_blocks_crc32(void)
{
	return xz_in_blocks(module_built("basic"), 1);
}

static struct bytes xz_of_blocks_crc64(void)
{
	return xz_in_blocks(module_built("basic"), 4);
}

static struct bytes xz_of_blocks_sha256(void)
{
	return xz_in_blocks(module_built("basic"), 10);
}

static struct bytes xz_unchecked(void)
{
	return xz_in_blocks(module_built("basic"), 0);
}

static struct bytes xz_with_padding(void)
{
	return bytes_join(compressed(XZ, module_built("basic")), zeroes(8));
}

static struct bytes xz_with_padding_between(void)
{
	const struct bytes basic = module_built("basic");

	return bytes_join(bytes_join(compressed(XZ, bytes_cut(basic, 0, 100)), zeroes(4)),
			  compressed(XZ, bytes_cut(basic, 100, basic.size)));
}

static struct bytes xz_and_empty(void)
{
	return bytes_join(compressed(XZ, module_built("basic")), compressed(XZ, zeroes(0)));
}

static struct bytes gzip_of_parts(void)
{
	return compressed_in_parts(GZIP, module_built("basic"));
}

/* The last bytes, which tell the size of the last member, are 0. */
static struct bytes gzip_and_empty(void)
{
	return bytes_join(compressed(GZIP, module_built("basic")), compressed(GZIP, zeroes(0)));
}

static struct bytes gzip_empty_first(void)
{
	return bytes_join(compressed(GZIP, zeroes(0)), compressed(GZIP, module_built("basic")));
}

static struct bytes zstd_of_parts(void)
{
	return compressed_in_parts(ZSTD, module_built("basic"));
}

static struct bytes zstd_of_unknown_size(void)
{
	return zstd_without_size(module_built("basic"));
}

static struct bytes zstd_of_mixed_parts(void)
{
	const struct bytes basic = module_built("basic");

	return bytes_join(compressed(ZSTD, bytes_cut(basic, 0, 100)),
			  bytes_join(zstd_without_size(bytes_cut(basic, 100, 1000)),
				     compressed(ZSTD, bytes_cut(basic, 1000, basic.size))));
}

static struct bytes zstd_and_empty(void)
{
	return bytes_join(compressed(ZSTD, module_built("basic")), compressed(ZSTD, zeroes(0)));
}

static const struct good_row {
	const char *name;
	enum format format;
	struct bytes (*make)(void);
} good[] = {
	{ "xz of three streams", XZ, xz_of_parts },
	{ "xz of two blocks, CRC32", XZ, xz_of_blocks_crc32 },
	{ "xz of two blocks, CRC64", XZ, xz_of_blocks_crc64 },
	{ "xz of two blocks, SHA-256", XZ, xz_of_blocks_sha256 },
	{ "xz of two blocks, unchecked", XZ, xz_unchecked },
	{ "xz with padding after it", XZ, xz_with_padding },
	{ "xz of two streams with padding between", XZ, xz_with_padding_between },
	{ "xz and an empty stream", XZ, xz_and_empty },
	{ "gzip of three members", GZIP, gzip_of_parts },
	{ "gzip and an empty member", GZIP, gzip_and_empty },
	{ "gzip, an empty member first", GZIP, gzip_empty_first },
	{ "zstd of three frames", ZSTD, zstd_of_parts },
	{ "zstd that does not tell its size", ZSTD, zstd_of_unknown_size },
	{ "zstd of frames that tell and do not tell", ZSTD, zstd_of_mixed_parts },
	{ "zstd and an empty frame", ZSTD, zstd_and_empty },
};

START_TEST(well_made)
{
	if (formats[good[_i].format].lacking)
		SKIP("%s", formats[good[_i].format].lacking);
	put(module, good[_i].make());
	ck_assert_int_eq(session_insert(module, 0, ""), 0);
	expect_calls(1);
	expect_init(0, module_built("basic"), "");
	expect_not_logged(LOG_WARNING, "");
}
END_TEST

START_TEST(well_made_with_signature)
{
	if (formats[good[_i].format].lacking)
		SKIP("%s", formats[good[_i].format].lacking);
	put(module, good[_i].make());
	put(sig, signature_der());
	ck_assert_int_eq(session_insert(module, 0, ""), 0);
	expect_calls(1);
	expect_init(0, bytes_join(module_built("basic"), signature_full()), "");
}
END_TEST

/* Sizes around those of buffers, of what compresses well and of what does not. */
START_TEST(well_made_of_any_size)
{
	static const size_t sizes[] = { 1, 6, 4095, 4096, 65535, 65536, 65537, 131072, 1000003 };
	const enum format format = (enum format)_i;
	size_t n = 0;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	put(sig, signature_der());
	/* No plain module is shorter than what tells the formats apart. */
	for (int i = format == PLAIN ? 1 : 0; i < ROWS(sizes); i++) {
		const struct bytes payloads[] = { bytes_noise(sizes[i]), zeroes(sizes[i]) };

		for (size_t j = 0; j < 2; j++) {
			put(module, compressed(format, payloads[j]));
			ck_assert_int_eq(session_insert(module, 0, ""), 0);
			expect_init(n++, bytes_join(payloads[j], signature_full()), "");
			log_clear();
		}
	}
}
END_TEST

/* ---- Damage ---- */

/* Fails the test unless loading fails with -@error, the log naming the file and its format. */
static void expect_damage(enum format format, int error)
{
	ck_assert_int_eq(session_insert(module, 0, ""), -error);
	expect_calls(0);
	expect_logged(LOG_ERR, module);
	ck_assert_msg(strcasestr(log_text(), formats[format].name) != NULL, "no '%s' in:\n%s",
		      formats[format].name, log_text());
	log_clear();
}

/* With and without a signature: @file is refused. */
static void expect_damaged(enum format format, struct bytes file)
{
	put(module, file);
	put_away(sig);
	expect_damage(format, EINVAL);
	put(sig, signature_full());
	expect_damage(format, EINVAL);
}

START_TEST(trailing_garbage)
{
	static const char *const garbage[] = { "g", "gar", "garb", "garbage, garbage, garbage" };
	const enum format format = (enum format)_i;
	struct bytes file;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	file = compressed(format, module_built("basic"));
	for (int i = 0; i < ROWS(garbage); i++) {
		expect_damaged(format, bytes_join(file, bytes_text(garbage[i])));
		ck_assert_int_eq(session_insert(module, 0, ""), -EINVAL);
		ck_assert_msg(strstr(log_text(), "follows") != NULL, "%s", log_text());
		log_clear();
	}
	/* The module may have been signed after it was compressed. */
	expect_damaged(format, bytes_join(file, signature_full()));
	/* Or put together of several, not all compressed alike. */
	expect_damaged(format, bytes_join(file, module_built("basic")));
	expect_damaged(format, bytes_join(file, bytes_cut(file, 0, 20)));
}
END_TEST

/* Wherever the file ends early. */
START_TEST(truncated)
{
	const enum format format = (enum format)_i;
	struct bytes file;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	file = compressed(format, module_built("basic"));
	for (size_t size = 6; size < file.size; size += size < 64 || size + 64 > file.size ? 1 : 7)
		expect_damaged(format, bytes_cut(file, 0, size));
}
END_TEST

/*
 * Whatever byte is wrong: the module is refused, or, where that byte means nothing, loaded as it
 * was. What the kernel gets is never something else. The first bytes are what tells the format.
 */
START_TEST(flipped)
{
	const enum format format = (enum format)_i;
	const struct bytes want = bytes_join(module_built("basic"), signature_full());
	struct bytes file;
	size_t loaded = 0;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	file = compressed(format, module_built("basic"));
	put(sig, signature_full());
	for (size_t at = 6; at < file.size; at++) {
		int r;

		put(module, bytes_flip(file, at));
		r = session_insert(module, 0, "");
		if (r == 0) {
			expect_init(loaded++, want, "");
		} else {
			ck_assert_msg(r == -EINVAL || r == -EFBIG, "byte %zu: %d", at, r);
			expect_logged(LOG_ERR, module);
		}
		log_clear();
	}
	expect_calls(loaded);
	ck_assert_uint_lt(loaded, 50);
}
END_TEST

/* ---- Sizes that are not true ---- */

/* The most memory this process has used since peak_begin(), in bytes; or since ever. */
static size_t memory(const char *what)
{
	const struct bytes status = bytes_of_file("/proc/self/status");
	const char *const line =
		strstr(format_text("%.*s", (int)status.size, (const char *)status.data), what);

	ck_assert_ptr_nonnull(line);
	return strtoul(line + strlen(what), NULL, 10) * 1024;
}

/* Makes the peak what is in use now, and returns that. False: it cannot be. */
static bool peak_begin(size_t *ret)
{
	const int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	bool done;

	/* What malloc is made to overwrite counts as used. */
	(void)mallopt(M_PERTURB, 0);
	done = fd >= 0 && write(fd, "5", 1) == 1;
	if (fd >= 0)
		(void)close(fd);
	/* What the test itself needs is there before it counts. */
	(void)memory("VmHWM:");
	*ret = memory("VmRSS:");
	return done;
}

#define PEAK_BEGIN(before)                                                            \
	do {                                                                          \
		if (test_is_instrumented())                                           \
			SKIP("a sanitizer or valgrind takes memory of its own");      \
		if (!peak_begin(&(before)))                                           \
			SKIP("the kernel does not reset a process's peak of memory"); \
	} while (0)

static struct bytes xz_of_a_tebibyte(void)
{
	return xz_claiming(compressed(XZ, module_built("basic")), (uint64_t)1 << 40);
}

static struct bytes xz_of_the_most(void)
{
	return xz_claiming(compressed(XZ, module_built("basic")), ((uint64_t)1 << 62) - 1);
}

static struct bytes xz_of_a_gibibyte(void)
{
	return xz_claiming(compressed(XZ, module_built("basic")), (uint64_t)1 << 30);
}

static struct bytes xz_of_a_byte(void)
{
	return xz_claiming(compressed(XZ, module_built("basic")), 1);
}

static struct bytes zstd_of_a_tebibyte(void)
{
	return zstd_claiming((uint64_t)1 << 40, false);
}

static struct bytes zstd_of_a_tebibyte_at_once(void)
{
	return zstd_claiming((uint64_t)1 << 40, true);
}

static struct bytes zstd_of_the_most(void)
{
	return zstd_claiming(UINT64_MAX - 16, false);
}

static struct bytes zstd_of_a_gibibyte(void)
{
	return zstd_claiming((uint64_t)1 << 30, false);
}

static struct bytes zstd_of_a_gibibyte_at_once(void)
{
	return zstd_claiming((uint64_t)1 << 30, true);
}

static struct bytes zstd_of_nothing(void)
{
	return zstd_claiming(0, false);
}

/* Many frames, each of a size that is fine, all of them too much. */
static struct bytes zstd_of_a_sum(void)
{
	struct bytes all = NO_BYTES;

	for (int i = 0; i < 64; i++)
		all = bytes_join(all, zstd_claiming((uint64_t)1 << 58, false));
	return all;
}

/* The last four bytes are the size. */
static struct bytes gzip_of(uint32_t size)
{
	const struct bytes file = compressed(GZIP, module_built("basic"));
	const uint8_t isize[] = { (uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16),
				  (uint8_t)(size >> 24) };

	return bytes_join(bytes_cut(file, 0, file.size - 4), bytes_from(isize, 4));
}

static struct bytes gzip_of_the_most(void)
{
	return gzip_of(UINT32_MAX);
}

static struct bytes gzip_of_a_gibibyte(void)
{
	return gzip_of(1u << 30);
}

static struct bytes gzip_of_a_byte(void)
{
	return gzip_of(1);
}

static struct bytes gzip_of_nothing(void)
{
	return gzip_of(0);
}

static const struct good_row lies[] = {
	{ "xz of 1 TiB, it says", XZ, xz_of_a_tebibyte },
	{ "xz of the largest size, it says", XZ, xz_of_the_most },
	{ "xz of 1 GiB, it says", XZ, xz_of_a_gibibyte },
	{ "xz of a byte, it says", XZ, xz_of_a_byte },
	{ "zstd of 1 TiB, it says", ZSTD, zstd_of_a_tebibyte },
	{ "zstd of 1 TiB in a single segment, it says", ZSTD, zstd_of_a_tebibyte_at_once },
	{ "zstd of the largest size, it says", ZSTD, zstd_of_the_most },
	{ "zstd of 1 GiB, it says", ZSTD, zstd_of_a_gibibyte },
	{ "zstd of 1 GiB in a single segment, it says", ZSTD, zstd_of_a_gibibyte_at_once },
	{ "zstd of nothing, it says", ZSTD, zstd_of_nothing },
	{ "zstd of 16 EiB in 64 frames, it says", ZSTD, zstd_of_a_sum },
	{ "gzip of 4 GiB, it says", GZIP, gzip_of_the_most },
	{ "gzip of 1 GiB, it says", GZIP, gzip_of_a_gibibyte },
	{ "gzip of a byte, it says", GZIP, gzip_of_a_byte },
	{ "gzip of nothing, it says", GZIP, gzip_of_nothing },
};

/* The size is not believed: no error of malloc, and no memory used for it. */
static void expect_lie_refused(int r)
{
	ck_assert_msg(r == -EINVAL || r == -EFBIG, "%d", r);
	expect_calls(0);
	expect_logged(LOG_ERR, module);
	log_clear();
}

START_TEST(false_size)
{
	if (formats[lies[_i].format].lacking)
		SKIP("%s", formats[lies[_i].format].lacking);
	put(module, lies[_i].make());
	expect_lie_refused(session_insert(module, 0, ""));
	put(sig, signature_full());
	expect_lie_refused(session_insert(module, 0, ""));
}
END_TEST

START_TEST(false_size_takes_no_memory)
{
	size_t before, used;

	if (formats[lies[_i].format].lacking)
		SKIP("%s", formats[lies[_i].format].lacking);
	put(module, lies[_i].make());
	put(sig, signature_full());
	PEAK_BEGIN(before);
	expect_lie_refused(session_insert(module, 0, ""));
	used = memory("VmHWM:") - before;
	ck_assert_msg(used < 8 << 20, "%zu bytes were used", used);
}
END_TEST

/* A file of 1 TiB that holds nothing is not read to its end, let alone into memory. */
START_TEST(huge_file)
{
	static const struct bytes starts[] = {
		[PLAIN] = { (const uint8_t *)"\177ELF\2\1\1", 7 },
		[XZ] = { (const uint8_t *)"\xfd"
					  "7zXZ\0\0\1\x69\x22\xde\x36",
			 12 },
		[GZIP] = { (const uint8_t *)"\x1f\x8b\x08\0\0\0\0\0\0\3", 10 },
		/* Followed by zeroes, which are empty blocks without end. */
		[ZSTD] = { (const uint8_t *)"\x28\xb5\x2f\xfd", 4 },
	};
	const enum format format = (enum format)_i;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	put(module, starts[format]);
	put(sig, signature_full());
	ck_assert_int_eq(truncate(world_path(module), (off_t)1 << 40), 0);
	expect_lie_refused(session_insert(module, 0, ""));
}
END_TEST

/* Little data that is truly a lot, where there is not so much memory: an error, not the end. */
START_TEST(bomb_in_little_memory)
{
	enum { PAYLOAD = 96 << 20, ROOM = 32 << 20 };
	const enum format format = (enum format)_i;
	struct rlimit before, limit;
	int r;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	if (test_is_instrumented())
		SKIP("a sanitizer or valgrind takes memory of its own");
	put(module, compressed(format, zeroes(PAYLOAD)));
	put(sig, signature_full());
	ck_assert_int_eq(getrlimit(RLIMIT_AS, &before), 0);
	limit = before;
	limit.rlim_cur = memory("VmSize:") + ROOM;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
	r = session_insert(module, 0, "");
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &before), 0);
	ck_assert_int_eq(r, -ENOMEM);
	expect_calls(0);
	expect_logged(LOG_ERR, module);
}
END_TEST

/* Payload, signature and 1 MiB are all that a load takes; and the decoder's window. */
START_TEST(peak_of_memory)
{
	enum {
		PAYLOAD = 12 << 20,
		SIGNATURE = 1 << 20,
		SPARE = 1 << 20,
		WINDOW = 256 << 10
	};
	const enum format format = (enum format)_i;
	struct bytes payload, signature;
	size_t before, used;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	/* What a load leaves behind, such as a library, is there before it counts. */
	put(module, compressed(format, bytes_noise(100)));
	put(sig, signature_full());
	ck_assert_int_eq(session_insert(module, 0, ""), 0);

	payload = bytes_noise(PAYLOAD);
	signature = bytes_noise(SIGNATURE);
	put(module, compressed(format, payload));
	put(sig, signature);
	PEAK_BEGIN(before);
	ck_assert_int_eq(session_insert(module, 0, ""), 0);
	used = memory("VmHWM:") - before;
	ck_assert_msg(used <= PAYLOAD + SIGNATURE + SPARE + (format == PLAIN ? 0 : WINDOW),
		      "%zu bytes were used", used);
	expect_init(1, bytes_join(payload, signature), "");
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("unpack");

	for (int i = 0; i < ROWS(good); i++) {
		add_row(suite, good[i].name, well_made, i);
		add_row(suite, good[i].name, well_made_with_signature, i);
	}
	for (int i = PLAIN; i < FORMATS; i++) {
		add_row(suite, formats[i].name, well_made_of_any_size, i);
		add_row(suite, formats[i].name, huge_file, i);
		add_row(suite, formats[i].name, peak_of_memory, i);
		add_row(suite, formats[i].name, bomb_in_little_memory, i);
		if (i == PLAIN)
			continue;
		add_row(suite, formats[i].name, trailing_garbage, i);
		add_row(suite, formats[i].name, truncated, i);
		add_row(suite, formats[i].name, flipped, i);
	}
	for (int i = 0; i < ROWS(lies); i++) {
		add_row(suite, lies[i].name, false_size, i);
		add_row(suite, lies[i].name, false_size_takes_no_memory, i);
	}
	return suite_run(argv, suite);
}
