/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A signature that is there but cannot be read is never skipped, nothing can hang or hurt who
 * opens it, and a failure leaves nothing behind, not even a reason to fail again.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "harness/compress.h"
#include "harness/modules.h"
#include "harness/session.h"
#include "harness/signatures.h"
#include "harness/suite.h"
#include "harness/world.h"

static const char module[] = "/lib/basic.ko";
static const char sig[] = "/lib/basic.ko.sig";

/* ---- What a .sig must not be ---- */

static void directory(void)
{
	put_dir(sig);
}

static void fifo(void)
{
	put_fifo(sig);
}

static void unix_socket(void)
{
	put_socket(sig);
}

static void device(void)
{
	put_link_outside(sig, "/dev/null");
}

static void link_to_directory(void)
{
	put_dir("/elsewhere");
	put_link(sig, "../elsewhere");
}

static void link_to_fifo(void)
{
	put_fifo("/elsewhere");
	put_link(sig, "../elsewhere");
}

static void loop(void)
{
	put_link(sig, "basic.ko.sig");
}

static void loop_of_two(void)
{
	put_link(sig, "other");
	put_link("/lib/other", "basic.ko.sig");
}

static void link_through_file(void)
{
	put("/lib/other", bytes_text("a file"));
	put_link(sig, "other/sig");
}

static void too_large(void)
{
	put(sig, bytes_noise((1 << 20) + 1));
}

static void huge(void)
{
	put_sparse(sig, (off_t)1 << 42);
}

/* A good signature, and the fault "@what <path> @how". */
static void fault(const char *what, const char *how)
{
	put(sig, signature_full());
	(void)setenv("TRAP_FAULTS", format_text("%s %s %s", what, sig, how), 1);
}

static void unreadable(void)
{
	fault("open", "EACCES");
}

static void io_error(void)
{
	fault("open", "EIO");
}

static void no_descriptor_left(void)
{
	fault("open", "EMFILE");
}

static void out_of_memory(void)
{
	fault("open", "ENOMEM");
}

static void loop_says_the_kernel(void)
{
	fault("open", "ELOOP");
}

static void stale(void)
{
	fault("open", "ESTALE");
}

static void io_error_while_reading(void)
{
	fault("read", "1 fail EIO");
}

static void grows(void)
{
	fault("read", "1 truncate 5000");
}

static void grows_by_a_byte(void)
{
	fault("read", format_text("1 truncate %zu", signature_full().size + 1));
}

static void shrinks(void)
{
	fault("read", "1 truncate 100");
}

static void shrinks_by_a_byte(void)
{
	fault("read", format_text("1 truncate %zu", signature_full().size - 1));
}

static void vanishes_into_nothing(void)
{
	fault("read", "1 truncate 0");
}

static const struct refusal {
	const char *name;
	void (*make)(void);
	int error;
	const char *message; /* in an error, besides the path */
} refusals[] = {
	{ "a directory", directory, EINVAL, "" },
	{ "a FIFO", fifo, EINVAL, "" },
	{ "a socket", unix_socket, EINVAL, "" },
	{ "a device", device, EINVAL, "" },
	{ "a link to a directory", link_to_directory, EINVAL, "" },
	{ "a link to a FIFO", link_to_fifo, EINVAL, "" },
	{ "a link to itself", loop, ELOOP, "" },
	{ "links in a circle", loop_of_two, ELOOP, "" },
	{ "a link through a file", link_through_file, ENOTDIR, "" },
	{ "a byte over 1 MiB", too_large, EFBIG, "" },
	{ "4 TiB", huge, EFBIG, "" },
	{ "unreadable", unreadable, EACCES, "" },
	{ "EIO when opened", io_error, EIO, "" },
	{ "no descriptor left", no_descriptor_left, EMFILE, "" },
	{ "no memory to open it", out_of_memory, ENOMEM, "" },
	{ "ELOOP when opened", loop_says_the_kernel, ELOOP, "" },
	{ "ESTALE when opened", stale, ESTALE, "" },
	{ "EIO when read", io_error_while_reading, EIO, "" },
	{ "grows while read", grows, EINVAL, "changed while" },
	{ "grows by a byte while read", grows_by_a_byte, EINVAL, "changed while" },
	{ "shrinks while read", shrinks, EINVAL, "changed while" },
	{ "shrinks by a byte while read", shrinks_by_a_byte, EINVAL, "changed while" },
	{ "is emptied while read", vanishes_into_nothing, EINVAL, "changed while" },
};

/* Fails the test unless loading @path fails as @row says, and the kernel never hears of it. */
static void expect_refused(const struct refusal *row, const char *path)
{
	ck_assert_int_eq(session_insert(path, 0, ""), -row->error);
	expect_calls(0);
	expect_logged(LOG_ERR, sig);
	expect_logged(LOG_ERR, row->message);
}

START_TEST(signature_refused)
{
	put(module, module_built("basic"));
	refusals[_i].make();
	expect_refused(&refusals[_i], module);
}
END_TEST

START_TEST(signature_refused_for_compressed)
{
	const enum format format = (enum format)(_i / ROWS(refusals));
	const char *const path = format_text("%s%s", module, formats[format].suffix);

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	put(path, compressed(format, module_built("basic")));
	refusals[_i % ROWS(refusals)].make();
	expect_refused(&refusals[_i % ROWS(refusals)], path);
}
END_TEST

/* A name that is tried first and cannot be read hides a good one after it. */
START_TEST(refused_name_is_not_passed_over)
{
	put("/lib/basic.ko.xz", module_built("basic"));
	put_dir("/lib/basic.ko.xz.sig");
	put(sig, signature_full());
	ck_assert_int_eq(session_insert("/lib/basic.ko.xz", 0, ""), -EINVAL);
	expect_calls(0);
	expect_logged(LOG_ERR, "/lib/basic.ko.xz.sig");
}
END_TEST

START_TEST(refused_beside_link_is_not_passed_over)
{
	put("/kernel/basic.ko", module_built("basic"));
	put("/kernel/basic.ko.sig", signature_full());
	put_link(module, "../kernel/basic.ko");
	put_fifo(sig);
	ck_assert_int_eq(session_insert(module, 0, ""), -EINVAL);
	expect_calls(0);
	expect_logged(LOG_ERR, sig);
}
END_TEST

START_TEST(refused_beside_target)
{
	put("/kernel/basic.ko", module_built("basic"));
	put_dir("/kernel/basic.ko.sig");
	put_link(module, "../kernel/basic.ko");
	ck_assert_int_eq(session_insert(module, 0, ""), -EINVAL);
	expect_calls(0);
	expect_logged(LOG_ERR, "/kernel/basic.ko.sig");
}
END_TEST

/* The largest there may be. */
START_TEST(one_mebibyte_is_taken)
{
	const struct bytes large = bytes_noise(1 << 20);

	put(module, module_built("basic"));
	put(sig, large);
	ck_assert_int_eq(session_insert(module, 0, ""), 0);
	expect_init(0, bytes_join(module_built("basic"), large), "");
}
END_TEST

/* One that takes the place of another while it is read: the one that was opened counts. */
START_TEST(replaced_while_read)
{
	put(module, module_built("basic"));
	put("/lib/new.sig", bytes_join(bytes_text("new"), signature_full()));
	put(sig, signature_full());
	(void)setenv("TRAP_FAULTS", format_text("read %s 1 replace /lib/new.sig", sig), 1);
	ck_assert_int_eq(session_insert(module, 0, ""), 0);
	expect_init(0, bytes_join(module_built("basic"), signature_full()), "");
}
END_TEST

/* ---- The module file ---- */

static void no_module(void)
{
}

static void module_directory(void)
{
	put_dir(module);
}

static void module_empty(void)
{
	put(module, NO_BYTES);
}

static void module_of_five_bytes(void)
{
	put(module, bytes_text("\177ELF\2"));
}

static void module_unreadable(void)
{
	put(module, module_built("basic"));
	(void)setenv("TRAP_FAULTS", "open /lib/basic.ko EACCES", 1);
}

static void module_fifo(void)
{
	put_fifo(module);
}

static const struct refusal modules[] = {
	{ "not there", no_module, ENOENT, "" },
	{ "a directory", module_directory, EISDIR, "" },
	{ "empty", module_empty, EINVAL, "" },
	{ "of five bytes", module_of_five_bytes, EINVAL, "" },
	{ "unreadable", module_unreadable, EACCES, "" },
	{ "a FIFO", module_fifo, EINVAL, "" },
};

START_TEST(module_refused)
{
	modules[_i].make();
	ck_assert_int_eq(session_insert(module, 0, ""), -modules[_i].error);
	expect_calls(0);
}
END_TEST

START_TEST(module_refused_with_signature)
{
	put(sig, signature_full());
	modules[_i].make();
	ck_assert_int_eq(session_insert(module, 0, ""), -modules[_i].error);
	expect_calls(0);
}
END_TEST

/* The second read comes after the bytes that tell the format. */
START_TEST(module_truncated_while_read)
{
	const enum format format = (enum format)_i;
	struct bytes file;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	file = compressed(format, module_built("basic"));
	put(module, file);
	put(sig, signature_full());
	(void)setenv("TRAP_FAULTS", format_text("read %s 2 truncate %zu", module, file.size - 1),
		     1);
	ck_assert_int_eq(session_insert(module, 0, ""), -EINVAL);
	expect_calls(0);
	expect_logged(LOG_ERR, module);
}
END_TEST

START_TEST(module_emptied_while_read)
{
	const enum format format = (enum format)_i;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	put(module, compressed(format, module_built("basic")));
	put(sig, signature_full());
	(void)setenv("TRAP_FAULTS", format_text("read %s 2 truncate 0", module), 1);
	ck_assert_int_eq(session_insert(module, 0, ""), -EINVAL);
	expect_calls(0);
	expect_logged(LOG_ERR, module);
}
END_TEST

START_TEST(module_read_fails)
{
	const enum format format = (enum format)_i;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	put(module, compressed(format, module_built("basic")));
	put(sig, signature_full());
	(void)setenv("TRAP_FAULTS", format_text("read %s 2 fail EIO", module), 1);
	ck_assert_int_eq(session_insert(module, 0, ""), -EIO);
	expect_calls(0);
	expect_logged(LOG_ERR, module);
}
END_TEST

START_TEST(module_cannot_be_read)
{
	put(module, module_built("basic"));
	(void)setenv("TRAP_FAULTS", format_text("read %s 1 fail EIO", module), 1);
	ck_assert_int_eq(session_insert(module, 0, ""), -EIO);
	expect_calls(0);
	expect_logged(LOG_ERR, module);
}
END_TEST

/* Where the kernel takes the file, only what tells its format is read of it. */
START_TEST(module_is_not_read_for_nothing)
{
	put(module, module_built("basic"));
	(void)setenv("TRAP_FAULTS", format_text("read %s 2 fail EIO", module), 1);
	ck_assert_int_eq(session_insert(module, 0, ""), 0);
	(void)unsetenv("TRAP_FAULTS");
	expect_calls(1);
	expect_finit(0, module, 0, "");
}
END_TEST

/* The one that was opened is loaded whole, and never the half of each. */
START_TEST(module_replaced_while_read)
{
	const enum format format = (enum format)_i;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	put(module, compressed(format, module_built("basic")));
	put("/lib/new.ko", compressed(format, module_built("other")));
	put(sig, signature_full());
	(void)setenv("TRAP_FAULTS", format_text("read %s 2 replace /lib/new.ko", module), 1);
	ck_assert_int_eq(session_insert(module, 0, ""), 0);
	expect_init(0, bytes_join(module_built("basic"), signature_full()), "");
}
END_TEST

/* ---- After a failure ---- */

/* The same object works once the cause is gone. */
static void retry(const char *path, struct bytes file, const struct refusal *row)
{
	struct kmod_ctx *const ctx = session_context();
	const size_t before = descriptors_open();
	struct kmod_module *mod;

	put(path, file);
	row->make();
	ck_assert_int_eq(kmod_module_new_from_path(ctx, path, &mod), 0);
	ck_assert_int_eq(kmod_module_insert_module(mod, 0, ""), -row->error);
	ck_assert_uint_eq(descriptors_open(), before);

	(void)unsetenv("TRAP_FAULTS");
	put_away(sig);
	put(sig, signature_der());
	ck_assert_int_eq(kmod_module_insert_module(mod, 0, "again=1"), 0);
	ck_assert_uint_eq(descriptors_open(), before);
	expect_calls(1);
	expect_init(0, bytes_join(module_built("basic"), signature_full()), "again=1");

	/* And one that has come to be without a signature is loaded without. */
	put_away(sig);
	ck_assert_int_eq(kmod_module_insert_module(mod, 0, "third=1"), 0);
	expect_calls(2);
	ck_assert_msg(strstr(call_text(1), "third=1") != NULL, "%s", call_text(1));
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}

START_TEST(retry_after_refusal)
{
	retry(module, module_built("basic"), &refusals[_i]);
}
END_TEST

START_TEST(retry_after_refusal_of_compressed)
{
	const enum format format = (enum format)_i;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	retry(format_text("%s%s", module, formats[format].suffix),
	      compressed(format, module_built("basic")), &refusals[0]);
}
END_TEST

START_TEST(retry_after_kernel_refused)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod;

	put(module, module_built("basic"));
	put(sig, signature_full());
	(void)setenv("TRAP_KERNEL", "init_module=EKEYREJECTED,init_module=0", 1);
	ck_assert_int_eq(kmod_module_new_from_path(ctx, module, &mod), 0);
	ck_assert_int_eq(kmod_module_insert_module(mod, 0, ""), -EKEYREJECTED);
	/* The signature was another module's; now the right one is there. */
	put(sig, bytes_join(bytes_text("right"), signature_full()));
	ck_assert_int_eq(kmod_module_insert_module(mod, 0, ""), 0);
	expect_calls(2);
	expect_init(0, bytes_join(module_built("basic"), signature_full()), "");
	expect_init(1,
		    bytes_join(module_built("basic"),
			       bytes_join(bytes_text("right"), signature_full())),
		    "");
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(retry_after_module_came)
{
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod;

	put(module, NO_BYTES);
	put(sig, signature_full());
	ck_assert_int_eq(kmod_module_new_from_path(ctx, module, &mod), 0);
	ck_assert_int_eq(kmod_module_insert_module(mod, 0, ""), -EINVAL);
	put_away(module);
	ck_assert_int_eq(kmod_module_insert_module(mod, 0, ""), -ENOENT);
	put(module, module_built("basic"));
	ck_assert_int_eq(kmod_module_insert_module(mod, 0, ""), 0);
	expect_calls(1);
	expect_init(0, bytes_join(module_built("basic"), signature_full()), "");
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/*
 * Nothing stays allocated: the heap is the same after many failures. AddressSanitizer and valgrind,
 * with which mallinfo2() counts nothing, see to that by themselves.
 */
START_TEST(no_memory_is_kept)
{
	const struct refusal *const row = &refusals[_i];
	size_t before = 0;

	put(module, module_built("basic"));
	for (int i = 0; i < 40; i++) {
		int r;

		put_away(sig);
		put_away("/lib/other");
		put_away("/elsewhere");
		(void)unsetenv("TRAP_FAULTS");
		row->make();
		r = session_insert(module, 0, "");
		/* The trap changes a file once in the life of a process. */
		ck_assert(r == -row->error || (i > 0 && strstr(row->message, "changed") != NULL) ||
			  (i > 0 && row->make == io_error_while_reading));
		log_clear();
		/* By now malloc has filled its caches. */
		if (i == 15)
			before = mallinfo2().uordblks;
	}
	ck_assert_uint_eq(mallinfo2().uordblks, before);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("refused");
	TCase *tcase;

	for (int i = 0; i < ROWS(refusals); i++) {
		add_row(suite, refusals[i].name, signature_refused, i);
		for (int format = XZ; format < FORMATS; format++)
			add_row(suite,
				format_text("%s, %s", formats[format].name, refusals[i].name),
				signature_refused_for_compressed, format * ROWS(refusals) + i);
		add_row(suite, refusals[i].name, retry_after_refusal, i);
		add_row(suite, refusals[i].name, no_memory_is_kept, i);
	}
	tcase = add_case(suite, "signature");
	tcase_add_test(tcase, refused_name_is_not_passed_over);
	tcase_add_test(tcase, refused_beside_link_is_not_passed_over);
	tcase_add_test(tcase, refused_beside_target);
	tcase_add_test(tcase, one_mebibyte_is_taken);
	tcase_add_test(tcase, replaced_while_read);

	for (int i = 0; i < ROWS(modules); i++) {
		add_row(suite, modules[i].name, module_refused, i);
		add_row(suite, modules[i].name, module_refused_with_signature, i);
	}
	for (int i = 0; i < FORMATS; i++) {
		add_row(suite, formats[i].name, module_truncated_while_read, i);
		add_row(suite, formats[i].name, module_emptied_while_read, i);
		add_row(suite, formats[i].name, module_read_fails, i);
		add_row(suite, formats[i].name, module_replaced_while_read, i);
		if (i != PLAIN)
			add_row(suite, formats[i].name, retry_after_refusal_of_compressed, i);
	}
	tcase = add_case(suite, "module");
	tcase_add_test(tcase, module_cannot_be_read);
	tcase_add_test(tcase, module_is_not_read_for_nothing);
	tcase = add_case(suite, "retry");
	tcase_add_test(tcase, retry_after_kernel_refused);
	tcase_add_test(tcase, retry_after_module_came);

	return suite_run(argv, suite);
}
