/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules without a detached signature: which system call, with what flags, and what follows when
 * the kernel does not want it that way.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/compress.h"
#include "harness/modules.h"
#include "harness/session.h"
#include "harness/signatures.h"
#include "harness/suite.h"
#include "harness/world.h"

/* kernel flags */
enum {
	IGNORE_MODVERSIONS = 1,
	IGNORE_VERMAGIC = 2,
	COMPRESSED_FILE = 4
};

/* The numbers of the two force flags cross. */
static const unsigned int kernel_flags[] = {
	[0] = 0,
	[KMOD_INSERT_FORCE_VERMAGIC] = IGNORE_VERMAGIC,
	[KMOD_INSERT_FORCE_MODVERSION] = IGNORE_MODVERSIONS,
	[KMOD_INSERT_FORCE_VERMAGIC | KMOD_INSERT_FORCE_MODVERSION] = IGNORE_VERMAGIC |
								      IGNORE_MODVERSIONS,
};

static struct bytes patched(struct bytes module, unsigned int flags)
{
	if (flags & KMOD_INSERT_FORCE_VERMAGIC)
		module = module_without_vermagic(module);
	if (flags & KMOD_INSERT_FORCE_MODVERSION)
		module = module_without_versions(module);
	return module;
}

static const char *put_module(enum format format, struct bytes module)
{
	const char *const path = format_text("/lib/basic.ko%s", formats[format].suffix);

	put(path, compressed(format, module));
	return path;
}

static void kernel_decompresses(enum format format)
{
	put("/sys/module/compression", bytes_text(format_text("%s\n", formats[format].kernel)));
}

/* ---- What the kernel can decompress ---- */

static const char *const compressions[] = {
	"zstd\n",
	"xz\n",
	"gzip\n",
	NULL,
	/* nothing the kernel says */
	"lz4\n",
	"",
	"zst\n",
	"xz",
	"zstd\nxz\n",
	"a long text, without an end",
	"\n",
};

/* How many of them the kernel does say. */
#define KNOWN_COMPRESSIONS 4

START_TEST(kernel_compression)
{
	const enum format format = (enum format)(_i / ROWS(compressions));
	const char *const compression = compressions[_i % ROWS(compressions)];
	const char *path;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	path = put_module(format, module_built("basic"));
	if (compression)
		put("/sys/module/compression", bytes_text(compression));
	ck_assert_int_eq(session_insert(path, 0, "a=1"), 0);
	expect_calls(1);
	if (format == PLAIN)
		expect_finit(0, path, 0, "a=1");
	else if (compression &&
		 strcmp(compression, format_text("%s\n", formats[format].kernel)) == 0)
		expect_finit(0, path, COMPRESSED_FILE, "a=1");
	else
		expect_init(0, module_built("basic"), "a=1");
	expect_not_logged(LOG_WARNING, "");
}
END_TEST

/* What is not one of the three is worth a message, by way of the context or before it is one. */
START_TEST(kernel_compression_unknown_is_told)
{
	const char *const compression = compressions[_i];
	const char *const err = world_path("/../stderr");
	const char *path;

	if (formats[XZ].lacking)
		SKIP("%s", formats[XZ].lacking);
	path = put_module(XZ, module_built("basic"));
	if (compression)
		put("/sys/module/compression", bytes_text(compression));
	ck_assert_ptr_nonnull(freopen(err, "we", stderr));
	ck_assert_int_eq(session_insert(path, 0, ""), 0);
	(void)fflush(stderr);
	ck_assert_int_eq(logged(LOG_ERR, "") > 0 || bytes_of_file(err).size > 0,
			 _i >= KNOWN_COMPRESSIONS);
}
END_TEST

/* It is the content that decides, not the name. */
START_TEST(kernel_compression_by_content)
{
	const enum format format = (enum format)_i;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	kernel_decompresses(format);
	put("/lib/basic.ko", compressed(format, module_built("basic")));
	put("/lib/plain.ko.xz", module_built("basic"));
	ck_assert_int_eq(session_insert("/lib/basic.ko", 0, ""), 0);
	ck_assert_int_eq(session_insert("/lib/plain.ko.xz", 0, ""), 0);
	expect_calls(2);
	expect_finit(0, "/lib/basic.ko", COMPRESSED_FILE, "");
	expect_finit(1, "/lib/plain.ko.xz", 0, "");
}
END_TEST

/* A format that libkmod was built without is still one that the kernel may decompress. */
START_TEST(kernel_compression_of_format_left_out)
{
	static const struct bytes magics[] = {
		[XZ] = { (const uint8_t *)"\xfd"
					  "7zXZ\0",
			 6 },
		[GZIP] = { (const uint8_t *)"\x1f\x8b", 2 },
		[ZSTD] = { (const uint8_t *)"\x28\xb5\x2f\xfd", 4 },
	};
	const enum format format = (enum format)_i;

	put("/lib/basic.ko", bytes_join(magics[format], bytes_noise(100)));
	if (formats[format].lacking) {
		ck_assert_int_eq(session_insert("/lib/basic.ko", 0, ""), -ENOSYS);
		expect_calls(0);
		expect_logged(LOG_ERR, "/lib/basic.ko");
	}
	kernel_decompresses(format);
	ck_assert_int_eq(session_insert("/lib/basic.ko", 0, ""), 0);
	expect_calls(1);
	expect_finit(0, "/lib/basic.ko", COMPRESSED_FILE, "");
}
END_TEST

/* ---- Flags ---- */

START_TEST(flags_cross)
{
	const char *const path = put_module(PLAIN, module_built("basic"));

	ck_assert_int_eq(session_insert(path, (unsigned int)_i, "a=1"), 0);
	expect_calls(1);
	expect_finit(0, path, kernel_flags[_i], "a=1");
}
END_TEST

START_TEST(flags_cross_beside_compressed)
{
	const char *path;

	if (formats[ZSTD].lacking)
		SKIP("%s", formats[ZSTD].lacking);
	kernel_decompresses(ZSTD);
	path = put_module(ZSTD, module_built("basic"));
	ck_assert_int_eq(session_insert(path, (unsigned int)_i, ""), 0);
	expect_calls(1);
	expect_finit(0, path, kernel_flags[_i] | COMPRESSED_FILE, "");
}
END_TEST

/* In particular a caller cannot claim that a file is compressed. */
START_TEST(flags_unknown_are_ignored)
{
	const char *const path = put_module(PLAIN, module_built("basic"));

	ck_assert_int_eq(session_insert(path, ~3u, ""), 0);
	expect_finit(0, path, 0, "");
}
END_TEST

START_TEST(options_are_verbatim)
{
	static const char options[] = " a=\"x  y\"\t,, b='%s' \\n ";
	const char *const path = put_module(PLAIN, module_built("basic"));

	(void)setenv("TRAP_KERNEL", "finit_module=ENOSYS", 1);
	ck_assert_int_eq(session_insert(path, 0, options), 0);
	expect_calls(2);
	expect_finit(0, path, 0, options);
	expect_init(1, module_built("basic"), options);
}
END_TEST

START_TEST(options_none_are_empty)
{
	const char *const path = put_module(PLAIN, module_built("basic"));

	(void)setenv("TRAP_KERNEL", "finit_module=ENOSYS", 1);
	ck_assert_int_eq(session_insert(path, 0, NULL), 0);
	expect_finit(0, path, 0, "");
	expect_init(1, module_built("basic"), "");
}
END_TEST

/* ---- When finit_module fails ---- */

static const struct failure {
	const char *name;
	int error;
	bool falls_back;		 /* a plain module */
	bool falls_back_when_compressed; /* one that the kernel was to decompress */
} failures[] = {
	{ "ENOSYS", ENOSYS, true, true },     { "ENOMEM", ENOMEM, false, true },
	{ "EINVAL", EINVAL, false, true },    { "EOPNOTSUPP", EOPNOTSUPP, false, true },
	{ "EIO", EIO, false, true },	      { "EEXIST", EEXIST, false, false },
	{ "ENOEXEC", ENOEXEC, false, false }, { "ENOENT", ENOENT, false, false },
	{ "EPERM", EPERM, false, false },     { "EKEYREJECTED", EKEYREJECTED, false, false },
	{ "ENOKEY", ENOKEY, false, false },   { "EBADMSG", EBADMSG, false, false },
	{ "EBUSY", EBUSY, false, false },     { "EFBIG", EFBIG, false, false },
	{ "ENODEV", ENODEV, false, false },   { "ETXTBSY", ETXTBSY, false, false },
};

START_TEST(fallback_of_plain)
{
	const struct failure *const row = &failures[_i];
	const char *const path = put_module(PLAIN, module_built("basic"));

	(void)setenv("TRAP_KERNEL", format_text("finit_module=%s", row->name), 1);
	ck_assert_int_eq(session_insert(path, 0, "a=1"), row->falls_back ? 0 : -row->error);
	expect_calls(row->falls_back ? 2 : 1);
	expect_finit(0, path, 0, "a=1");
	if (row->falls_back)
		expect_init(1, module_built("basic"), "a=1");
	expect_not_logged(LOG_NOTICE, "");
}
END_TEST

START_TEST(fallback_of_compressed)
{
	const struct failure *const row = &failures[_i % ROWS(failures)];
	const enum format format = (enum format)(_i / ROWS(failures));
	const bool falls_back = row->falls_back_when_compressed;
	const char *path;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	kernel_decompresses(format);
	path = put_module(format, module_built("basic"));
	(void)setenv("TRAP_KERNEL", format_text("finit_module=%s", row->name), 1);
	ck_assert_int_eq(session_insert(path, 0, "a=1"), falls_back ? 0 : -row->error);
	expect_calls(falls_back ? 2 : 1);
	expect_finit(0, path, COMPRESSED_FILE, "a=1");
	if (falls_back)
		expect_init(1, module_built("basic"), "a=1");
	/* The kernel's failure is worth a notice; that it has no such call is nothing new. */
	if (falls_back && row->error != ENOSYS)
		expect_logged(LOG_NOTICE, path);
	else
		expect_not_logged(LOG_NOTICE, "");
}
END_TEST

/* Only one more try, and its error is the one that is reported. */
START_TEST(fallback_reports_last_error)
{
	const struct failure *const row = &failures[_i];
	const char *path;

	if (formats[ZSTD].lacking)
		SKIP("%s", formats[ZSTD].lacking);
	kernel_decompresses(ZSTD);
	path = put_module(ZSTD, module_built("basic"));
	(void)setenv("TRAP_KERNEL",
		     format_text("finit_module=%s,init_module=EKEYREJECTED", row->name), 1);
	ck_assert_int_eq(session_insert(path, 0, ""),
			 row->falls_back_when_compressed ? -EKEYREJECTED : -row->error);
	expect_calls(row->falls_back_when_compressed ? 2 : 1);
}
END_TEST

/* The last error is libkmod's own where the module turns out to be damaged. */
START_TEST(fallback_of_damaged_module)
{
	const enum format format = (enum format)_i;
	struct bytes file;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	kernel_decompresses(format);
	file = compressed(format, module_built("basic"));
	put("/lib/basic.ko", bytes_cut(file, 0, file.size / 2));
	(void)setenv("TRAP_KERNEL", "finit_module=EIO", 1);
	ck_assert_int_eq(session_insert("/lib/basic.ko", 0, ""), -EINVAL);
	expect_calls(1);
	expect_logged(LOG_ERR, "/lib/basic.ko");
}
END_TEST

/* init_module is not repeated, whatever it answers. */
START_TEST(no_fallback_after_init_module)
{
	const struct failure *const row = &failures[_i];
	const char *path;

	if (formats[XZ].lacking)
		SKIP("%s", formats[XZ].lacking);
	path = put_module(XZ, module_built("basic"));
	(void)setenv("TRAP_KERNEL", format_text("init_module=%s", row->name), 1);
	ck_assert_int_eq(session_insert(path, 0, ""), -row->error);
	expect_calls(1);
}
END_TEST

/* A failure is told at info priority; telling the user is the caller's. */
START_TEST(failure_is_logged)
{
	const char *const path = put_module(PLAIN, module_built("basic"));

	(void)setenv("TRAP_KERNEL", "finit_module=ENOEXEC", 1);
	ck_assert_int_eq(session_insert(path, 0, ""), -ENOEXEC);
	expect_logged(LOG_INFO,
		      format_text("Failed to insert module '%s': Exec format error\n", path));
	expect_not_logged(LOG_ERR, "");
}
END_TEST

/* ---- The patched copy, where the flags cannot be handed over ---- */

START_TEST(patched_plain)
{
	const struct bytes basic = module_built("basic");
	const char *const path = put_module(PLAIN, basic);

	(void)setenv("TRAP_KERNEL", "finit_module=ENOSYS", 1);
	ck_assert_int_eq(session_insert(path, (unsigned int)_i, ""), 0);
	expect_calls(2);
	expect_finit(0, path, kernel_flags[_i], "");
	expect_init(1, patched(basic, (unsigned int)_i), "");
	/* The file is the same as ever. */
	ck_assert(bytes_equal(bytes_of_file(world_path(path)), basic));
}
END_TEST

START_TEST(patched_compressed)
{
	const enum format format = (enum format)(_i / 4);
	const unsigned int flags = (unsigned int)_i % 4;
	const char *path;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	path = put_module(format, module_built("basic"));
	ck_assert_int_eq(session_insert(path, flags, ""), 0);
	expect_calls(1);
	expect_init(0, patched(module_built("basic"), flags), "");
}
END_TEST

START_TEST(patched_after_kernel_could_not_decompress)
{
	const unsigned int flags = (unsigned int)_i;
	const char *path;

	if (formats[ZSTD].lacking)
		SKIP("%s", formats[ZSTD].lacking);
	kernel_decompresses(ZSTD);
	path = put_module(ZSTD, module_built("basic"));
	(void)setenv("TRAP_KERNEL", "finit_module=EOPNOTSUPP", 1);
	ck_assert_int_eq(session_insert(path, flags, ""), 0);
	expect_calls(2);
	expect_finit(0, path, kernel_flags[flags] | COMPRESSED_FILE, "");
	expect_init(1, patched(module_built("basic"), flags), "");
}
END_TEST

static const struct lack_row {
	const char *module;
	unsigned int flags;
	int result;
} lacks[] = {
	{ "no-versions", KMOD_INSERT_FORCE_MODVERSION, 0 },
	{ "no-versions", KMOD_INSERT_FORCE_VERMAGIC, 0 },
	{ "no-versions", KMOD_INSERT_FORCE_VERMAGIC | KMOD_INSERT_FORCE_MODVERSION, 0 },
	{ "no-modinfo", KMOD_INSERT_FORCE_VERMAGIC, 0 },
	{ "no-modinfo", KMOD_INSERT_FORCE_VERMAGIC | KMOD_INSERT_FORCE_MODVERSION, 0 },
	{ "no-vermagic", KMOD_INSERT_FORCE_MODVERSION, 0 },
	{ "no-vermagic", KMOD_INSERT_FORCE_VERMAGIC, -ENODATA },
	{ "no-vermagic", KMOD_INSERT_FORCE_VERMAGIC | KMOD_INSERT_FORCE_MODVERSION, -ENODATA },
};

/* What is not there need not be taken out, but a .modinfo has a version magic. */
START_TEST(patched_module_that_lacks)
{
	const struct lack_row *const row = &lacks[_i];
	const char *const path = put_module(PLAIN, module_built(row->module));
	unsigned int flags = row->flags;

	(void)setenv("TRAP_KERNEL", "finit_module=ENOSYS", 1);
	ck_assert_int_eq(session_insert(path, flags, ""), row->result);
	expect_calls(row->result == 0 ? 2 : 1);
	if (row->result == 0)
		expect_init(1, patched(module_built(row->module), flags), "");
	else
		expect_logged(LOG_ERR, "");
}
END_TEST

/* Where the kernel takes the flags, it is the one that looks for the version magic. */
START_TEST(unpatched_module_that_lacks)
{
	const struct lack_row *const row = &lacks[_i];
	const char *const path = put_module(PLAIN, module_built(row->module));

	ck_assert_int_eq(session_insert(path, row->flags, ""), 0);
	expect_calls(1);
	expect_finit(0, path, kernel_flags[row->flags], "");
}
END_TEST

/* What is no ELF file cannot be patched; without flags it is the kernel's to judge. */
START_TEST(patched_foreign_bytes)
{
	const char *const path = put_module(PLAIN, bytes_noise(5000));

	(void)setenv("TRAP_KERNEL", "finit_module=ENOSYS", 1);
	ck_assert_int_eq(session_insert(path, KMOD_INSERT_FORCE_VERMAGIC, ""), -ENOEXEC);
	expect_calls(1);
	ck_assert_int_eq(session_insert(path, 0, ""), 0);
	expect_calls(3);
	expect_init(2, bytes_noise(5000), "");
}
END_TEST

/* ---- Arguments ---- */

START_TEST(no_module_or_no_path)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod;

	ck_assert_int_eq(kmod_module_insert_module(NULL, 0, ""), -ENOENT);
	ck_assert_int_eq(kmod_module_new_from_name(ctx, "basic", &mod), 0);
	ck_assert_int_eq(kmod_module_insert_module(mod, 0, ""), -ENOENT);
	expect_logged(LOG_ERR, "could not find module by name='basic'\n");
	expect_calls(0);
	(void)kmod_module_unref(mod);
	(void)kmod_unref(ctx);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("kernel");
	TCase *tcase;

	for (int format = PLAIN; format < FORMATS; format++) {
		for (int i = 0; i < ROWS(compressions); i++) {
			const char *const text = compressions[i] ? compressions[i] : "(missing)";
			const char *const shown = format_text("/sys/module/compression %.*s",
							      (int)strcspn(text, "\n"), text);

			add_row(suite, format_text("%s, %s", formats[format].name, shown),
				kernel_compression, format * ROWS(compressions) + i);
			if (format == PLAIN)
				add_row(suite, shown, kernel_compression_unknown_is_told, i);
		}
		if (format == PLAIN)
			continue;
		add_row(suite, formats[format].name, kernel_compression_by_content, format);
		add_row(suite, formats[format].name, kernel_compression_of_format_left_out, format);
		add_row(suite, formats[format].name, fallback_of_damaged_module, format);
		for (int i = 0; i < ROWS(failures); i++)
			add_row(suite,
				format_text("%s, %s", formats[format].name, failures[i].name),
				fallback_of_compressed, format * ROWS(failures) + i);
		for (int flags = 0; flags < 4; flags++)
			add_row(suite, format_text("%s, flags %d", formats[format].name, flags),
				patched_compressed, format * 4 + flags);
	}
	for (int i = 0; i < ROWS(failures); i++) {
		add_row(suite, failures[i].name, fallback_of_plain, i);
		add_row(suite, failures[i].name, fallback_reports_last_error, i);
		add_row(suite, failures[i].name, no_fallback_after_init_module, i);
	}
	for (int flags = 0; flags < 4; flags++) {
		const char *const name = format_text("flags %d", flags);

		add_row(suite, name, flags_cross, flags);
		add_row(suite, name, flags_cross_beside_compressed, flags);
		add_row(suite, name, patched_plain, flags);
		add_row(suite, name, patched_after_kernel_could_not_decompress, flags);
	}
	for (int i = 0; i < ROWS(lacks); i++) {
		const char *const name =
			format_text("%s, flags %u", lacks[i].module, lacks[i].flags);

		add_row(suite, name, patched_module_that_lacks, i);
		add_row(suite, name, unpatched_module_that_lacks, i);
	}
	tcase = add_case(suite, "other");
	tcase_add_test(tcase, flags_unknown_are_ignored);
	tcase_add_test(tcase, options_are_verbatim);
	tcase_add_test(tcase, options_none_are_empty);
	tcase_add_test(tcase, failure_is_logged);
	tcase_add_test(tcase, patched_foreign_bytes);
	tcase_add_test(tcase, no_module_or_no_path);

	return suite_run(argv, suite);
}
