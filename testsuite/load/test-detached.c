/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A module and its detached signature are joined in memory, and what is joined is what the kernel
 * gets: every format with every kind of .sig, names, links, forced loads.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/compress.h"
#include "harness/modules.h"
#include "harness/session.h"
#include "harness/signatures.h"
#include "harness/suite.h"
#include "harness/world.h"

/* The message about a signature that is used with doubt, or not at all, names its file. */
static void expect_treated(const struct signature_row *row, const char *path)
{
	if (row->treatment == VERBATIM_WITH_DOUBT || row->treatment == NOTHING_WITH_DOUBT)
		expect_logged(LOG_WARNING, path);
	else
		expect_not_logged(LOG_WARNING, "");
	expect_not_logged(LOG_ERR, "");
}

/* ---- Every format with no .sig and with each kind of .sig ---- */

static void load_joined(enum format format, const struct signature_row *row)
{
	const struct bytes basic = module_built("basic");
	const char *const path = format_text("/lib/basic.ko%s", formats[format].suffix);
	const char *const sig = format_text("%s.sig", path);
	const size_t n = calls_made();

	put(path, compressed(format, basic));
	put(sig, row->make());
	ck_assert_int_eq(session_insert(path, 0, "a=1 b=\"x y\""), 0);
	expect_calls(n + 1);
	expect_init(n, bytes_join(basic, signature_appended(row)), "a=1 b=\"x y\"");
	expect_treated(row, sig);
}

START_TEST(format_and_signature)
{
	const enum format format = (enum format)(_i / SIGNATURES_MAIN);

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	load_joined(format, &signatures[_i % SIGNATURES_MAIN]);
}
END_TEST

START_TEST(format_without_signature)
{
	const enum format format = (enum format)_i;
	const struct bytes basic = module_built("basic");
	const char *const path = format_text("/lib/basic.ko%s", formats[format].suffix);

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	put(path, compressed(format, basic));
	ck_assert_int_eq(session_insert(path, 0, NULL), 0);
	expect_calls(1);
	if (format == PLAIN)
		expect_finit(0, path, 0, "");
	else
		expect_init(0, basic, "");
	expect_not_logged(LOG_WARNING, "");
}
END_TEST

/* Everything that is, or is not quite, a trailer or a PKCS#7 message. */
START_TEST(kind_of_signature)
{
	const struct signature_row *const row = &signatures[_i];

	if (row->lacking)
		SKIP("%s", row->lacking);
	load_joined(PLAIN, row);
}
END_TEST

/* A signature turns the direct path off even where the kernel could decompress the file. */
START_TEST(signature_keeps_kernel_from_decompressing)
{
	const enum format format = (enum format)_i;

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	put("/sys/module/compression", bytes_text(format_text("%s\n", formats[format].kernel)));
	load_joined(format, &signatures[SIGNATURE_DER]);
	load_joined(format, &signatures[SIGNATURE_EMPTY]);
}
END_TEST

/* ---- The name of the .sig ---- */

static const struct name_row {
	const char *module;
	const char *sigs[3]; /* those that are there */
	int used;	     /* which of them; -1: none */
} names[] = {
	{ "foo.ko", { "foo.ko.sig" }, 0 },
	{ "foo.ko.xz", { "foo.ko.xz.sig" }, 0 },
	{ "foo.ko.xz", { "foo.ko.sig" }, 0 },
	{ "foo.ko.xz", { "foo.ko.sig", "foo.ko.xz.sig" }, 1 },
	{ "foo.ko.gz", { "foo.ko.gz.sig" }, 0 },
	{ "foo.ko.gz", { "foo.ko.sig" }, 0 },
	{ "foo.ko.gz", { "foo.ko.sig", "foo.ko.gz.sig" }, 1 },
	{ "foo.ko.zst", { "foo.ko.zst.sig" }, 0 },
	{ "foo.ko.zst", { "foo.ko.sig" }, 0 },
	{ "foo.ko.zst", { "foo.ko.sig", "foo.ko.zst.sig" }, 1 },
	{ "foo.xz", { "foo.sig" }, 0 },
	{ "foo", { "foo.sig" }, 0 },
	/* Only one suffix goes, and only that of a compression. */
	{ "foo.ko.xz", { "foo.sig" }, -1 },
	{ "foo.ko.xz.gz", { "foo.ko.sig" }, -1 },
	{ "foo.ko.xz.gz", { "foo.ko.xz.sig" }, 0 },
	{ "foo.ko", { "foo.sig" }, -1 },
	{ "foo.ko.bz2", { "foo.ko.sig" }, -1 },
	{ "foo.ko.XZ", { "foo.ko.sig" }, -1 },
	{ "fooxz", { "foo.sig" }, -1 },
	/* The name of a module, not its file. */
	{ "foo-bar.ko", { "foo_bar.ko.sig" }, -1 },
	{ "foo.ko", { "foo.ko.SIG", "foo.ko.sig.xz", "foo.ko.p7s" }, -1 },
};

/* What stands in the @n-th signature of a test, so that it can be told from the others. */
static struct bytes marked(int n)
{
	return bytes_join(bytes_text(format_text("signature %d", n)), signature_full());
}

/* The suffix decides, not the content: the module is plain in all of them. */
START_TEST(name_of_signature)
{
	const struct name_row *const row = &names[_i];
	const struct bytes basic = module_built("basic");
	const char *const path = format_text("/lib/%s", row->module);

	put(path, basic);
	for (int i = 0; i < 3 && row->sigs[i] != NULL; i++)
		put(format_text("/lib/%s", row->sigs[i]), marked(i));
	ck_assert_int_eq(session_insert(path, 0, ""), 0);
	expect_calls(1);
	if (row->used < 0)
		expect_finit(0, path, 0, "");
	else
		expect_init(0, bytes_join(basic, marked(row->used)), "");
}
END_TEST

/* A relative path stays one: the signature is beside it in the working directory. */
START_TEST(name_relative_path)
{
	put("/foo.ko", module_built("basic"));
	put("/foo.ko.sig", marked(0));
	ck_assert_int_eq(session_insert("foo.ko", 0, ""), 0);
	expect_init(0, bytes_join(module_built("basic"), marked(0)), "");
}
END_TEST

START_TEST(name_relative_path_with_dots)
{
	put("/lib/foo.ko", module_built("basic"));
	put("/lib/foo.ko.sig", marked(0));
	ck_assert_int_eq(session_insert("./lib/../lib//foo.ko", 0, ""), 0);
	expect_init(0, bytes_join(module_built("basic"), marked(0)), "");
}
END_TEST

/* With four bytes more the name is longer than a name can be: such a file cannot exist. */
START_TEST(name_too_long_means_no_signature)
{
	char name[256];

	memset(name, 'f', sizeof(name));
	memcpy(name + 252, ".ko", 4);
	put(name, module_built("basic"));
	ck_assert_int_eq(session_insert(name, 0, ""), 0);
	expect_calls(1);
	ck_assert_int_eq(strncmp(call_text(0), "finit_module ", 13), 0);
	expect_not_logged(LOG_ERR, "");
}
END_TEST

/* The same for the whole path, one that is just short enough without the four bytes. */
START_TEST(name_path_too_long_means_no_signature)
{
	const size_t room = 4096 - strlen(world_path("")) - strlen("m.ko") - 1;
	char *const path = keep(4096);
	size_t n = 0;

	/* Components of 200 bytes, the last one of what is left. */
	while (n + 1 < room) {
		const size_t left = room - n - 1, part = left > 250 ? 200 : left - 1;

		memset(path + n, 'd', part);
		path[n + part] = '/';
		n += part + 1;
	}
	(void)strcpy(path + n, "m.ko");
	put_dir("d");
	/* The path as a whole is what is long: it is made and used from the working directory. */
	put(path, module_built("basic"));
	ck_assert_uint_eq(strlen(world_path(path)), 4094);
	ck_assert_int_eq(session_insert(world_path(path), 0, ""), 0);
	expect_calls(1);
	ck_assert_int_eq(strncmp(call_text(0), "finit_module ", 13), 0);
	expect_not_logged(LOG_ERR, "");
}
END_TEST

/* ---- Links ---- */

static const struct link_row {
	const char *name;
	const char *module; /* the link, in /updates */
	const char *target; /* the file, in /kernel */
	const char *sigs[3];
	int used;
} links[] = {
	{ "beside the target", "foo.ko", "foo.ko", { "/kernel/foo.ko.sig" }, 0 },
	{ "beside the link", "foo.ko", "foo.ko", { "/updates/foo.ko.sig" }, 0 },
	{ "beside both, the link's wins",
	  "foo.ko",
	  "foo.ko",
	  { "/kernel/foo.ko.sig", "/updates/foo.ko.sig" },
	  1 },
	{ "beside a target of another name", "foo.ko", "bar.ko", { "/kernel/bar.ko.sig" }, 0 },
	{ "under the link's name beside the target",
	  "foo.ko",
	  "bar.ko",
	  { "/kernel/foo.ko.sig" },
	  -1 },
	{ "under the target's name beside the link",
	  "foo.ko",
	  "bar.ko",
	  { "/updates/bar.ko.sig" },
	  -1 },
	{ "of a compressed target", "foo.ko.xz", "foo.ko.xz", { "/kernel/foo.ko.xz.sig" }, 0 },
	{ "of a compressed target, without the suffix",
	  "foo.ko.xz",
	  "foo.ko.xz",
	  { "/kernel/foo.ko.sig" },
	  0 },
	{ "without the suffix beside the link before the target's",
	  "foo.ko.xz",
	  "foo.ko.xz",
	  { "/kernel/foo.ko.xz.sig", "/updates/foo.ko.sig" },
	  1 },
	{ "nowhere", "foo.ko", "foo.ko", { NULL }, -1 },
};

static void load_link(const struct link_row *row, const char *target)
{
	const struct bytes basic = module_built("basic");
	const char *const path = format_text("/updates/%s", row->module);

	put(format_text("/kernel/%s", row->target), basic);
	put_link(path, target);
	for (int i = 0; i < 3 && row->sigs[i] != NULL; i++)
		put(row->sigs[i], marked(i));
	ck_assert_int_eq(session_insert(path, 0, ""), 0);
	expect_calls(1);
	if (row->used < 0)
		expect_finit(0, format_text("/kernel/%s", row->target), 0, "");
	else
		expect_init(0, bytes_join(basic, marked(row->used)), "");
}

START_TEST(link_relative)
{
	load_link(&links[_i], format_text("../kernel/%s", links[_i].target));
}
END_TEST

START_TEST(link_absolute)
{
	load_link(&links[_i], format_text("/kernel/%s", links[_i].target));
}
END_TEST

/* Only the last target counts, not what is on the way to it. */
START_TEST(link_chain)
{
	const struct bytes basic = module_built("basic");

	put("/c/foo.ko", basic);
	put_link("/b/foo.ko", "../c/foo.ko");
	put_link("/a/foo.ko", "../b/foo.ko");
	put("/b/foo.ko.sig", marked(0));
	put("/c/foo.ko.sig", marked(1));
	ck_assert_int_eq(session_insert("/a/foo.ko", 0, ""), 0);
	expect_init(0, bytes_join(basic, marked(1)), "");
}
END_TEST

/* Where a directory on the way is the link, the path leads to the signature by itself. */
START_TEST(link_to_directory)
{
	const struct bytes basic = module_built("basic");

	put("/real/foo.ko", basic);
	put("/real/foo.ko.sig", marked(0));
	put_link("/lib", "real");
	ck_assert_int_eq(session_insert("/lib/foo.ko", 0, ""), 0);
	expect_init(0, bytes_join(basic, marked(0)), "");
}
END_TEST

/* A .sig that is a link to a file is as good as a file. */
START_TEST(link_is_the_signature)
{
	const struct bytes basic = module_built("basic");

	put("/lib/foo.ko", basic);
	put("/store/signature", marked(0));
	put_link("/lib/foo.ko.sig", "../store/signature");
	ck_assert_int_eq(session_insert("/lib/foo.ko", 0, ""), 0);
	expect_init(0, bytes_join(basic, marked(0)), "");
}
END_TEST

/* One that leads nowhere is not there, so the search goes on. */
START_TEST(link_dangling_is_absent)
{
	put("/lib/foo.ko", module_built("basic"));
	put_link("/lib/foo.ko.sig", "nowhere");
	ck_assert_int_eq(session_insert("/lib/foo.ko", 0, ""), 0);
	expect_finit(0, "/lib/foo.ko", 0, "");
	expect_not_logged(LOG_WARNING, "");
}
END_TEST

START_TEST(link_dangling_then_name_without_suffix)
{
	const struct bytes basic = module_built("basic");

	put("/lib/foo.ko.xz", basic);
	put_link("/lib/foo.ko.xz.sig", "nowhere");
	put("/lib/foo.ko.sig", marked(0));
	ck_assert_int_eq(session_insert("/lib/foo.ko.xz", 0, ""), 0);
	expect_init(0, bytes_join(basic, marked(0)), "");
}
END_TEST

START_TEST(link_dangling_then_beside_target)
{
	const struct bytes basic = module_built("basic");

	put("/kernel/foo.ko", basic);
	put("/kernel/foo.ko.sig", marked(0));
	put_link("/updates/foo.ko", "../kernel/foo.ko");
	put_link("/updates/foo.ko.sig", "nowhere");
	ck_assert_int_eq(session_insert("/updates/foo.ko", 0, ""), 0);
	expect_init(0, bytes_join(basic, marked(0)), "");
}
END_TEST

/* ---- Two signatures ---- */

/* The one in the module stays, the detached one comes last. */
/* As /proc has it of a file that was opened and then removed: nothing can be beside it. */
START_TEST(link_to_what_has_no_name)
{
	const struct bytes basic = module_built("basic");
	int fd;

	put("/lib/basic.ko", basic);
	put("/lib/basic.ko.sig", signature_full());
	fd = open(world_path("/lib/basic.ko"), O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	put_away("/lib/basic.ko");
	ck_assert_int_eq(session_insert(format_text("/proc/self/fd/%d", fd), 0, ""), 0);
	expect_calls(1);
	expect_not_logged(LOG_ERR, "");
	ck_assert_int_eq(close(fd), 0);
}
END_TEST

static void note_break(int signal)
{
	(void)signal;
}

/* Holds a lease on @path until somebody wants to open it, as file servers do. */
static void lease(const char *path, int ready)
{
	const int fd = open(world_path(path), O_RDWR | O_CLOEXEC);
	const struct sigaction action = { .sa_handler = note_break };
	sigset_t none, breaks;

	(void)sigemptyset(&none);
	(void)sigemptyset(&breaks);
	(void)sigaddset(&breaks, SIGIO);
	(void)sigprocmask(SIG_BLOCK, &breaks, NULL);
	(void)sigaction(SIGIO, &action, NULL);
	(void)alarm(60);
	if (fd < 0 || fcntl(fd, F_SETLEASE, F_WRLCK) < 0 || write(ready, "", 1) != 1)
		_exit(1);
	(void)sigsuspend(&none);
	_exit(0);
}

/* A file that another process has a lease on is waited for, until the kernel has taken it back. */
START_TEST(leased)
{
	const char *const path = _i == 0 ? "/lib/basic.ko" : "/lib/basic.ko.sig";
	const struct bytes basic = module_built("basic");
	int pipes[2], status;
	pid_t child;
	char byte;

	put("/lib/basic.ko", basic);
	put("/lib/basic.ko.sig", signature_full());
	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		lease(path, pipes[1]);
	ck_assert_int_eq(close(pipes[1]), 0);
	if (read(pipes[0], &byte, 1) != 1)
		SKIP("no leases on this file system");
	ck_assert_int_eq(session_insert("/lib/basic.ko", 0, ""), 0);
	expect_calls(1);
	expect_init(0, bytes_join(basic, signature_full()), "");
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(close(pipes[0]), 0);
}
END_TEST

START_TEST(appended_signature_stays)
{
	const enum format format = (enum format)_i;
	const struct bytes module = bytes_join(module_built("basic"), signature_full());
	const char *const path = format_text("/lib/basic.ko%s", formats[format].suffix);

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	put(path, compressed(format, module));
	put("/lib/basic.ko.sig", signature_der());
	ck_assert_int_eq(session_insert(path, 0, ""), 0);
	expect_calls(1);
	expect_init(0, bytes_join(module, signature_full()), "");
	expect_not_logged(LOG_WARNING, "");
}
END_TEST

/* Without a .sig, such a module is like any other. */
START_TEST(appended_signature_alone)
{
	put("/lib/basic.ko", bytes_join(module_built("basic"), signature_full()));
	ck_assert_int_eq(session_insert("/lib/basic.ko", 0, ""), 0);
	expect_calls(1);
	expect_finit(0, "/lib/basic.ko", 0, "");
}
END_TEST

/* ---- Forced loads ---- */

/* The signature is left out, as it could not match, and the load is one without a .sig. */
START_TEST(force_leaves_signature_out)
{
	static const unsigned int kernel_flags[] = { 0, 2, 1, 3 };
	const unsigned int flags = (unsigned int)_i;

	put("/lib/basic.ko", module_built("basic"));
	put("/lib/basic.ko.sig", signature_full());
	ck_assert_int_eq(session_insert("/lib/basic.ko", flags, "a=1"), 0);
	expect_calls(1);
	expect_finit(0, "/lib/basic.ko", kernel_flags[flags], "a=1");
	expect_logged(LOG_WARNING, "/lib/basic.ko");
}
END_TEST

/* The same where the kernel has no finit_module. */
START_TEST(force_leaves_signature_out_of_patched_copy)
{
	const unsigned int flags = (unsigned int)_i;
	struct bytes want = module_built("basic");

	put("/lib/basic.ko", want);
	put("/lib/basic.ko.sig", signature_full());
	(void)setenv("TRAP_KERNEL", "finit_module=ENOSYS", 1);
	if (flags & KMOD_INSERT_FORCE_VERMAGIC)
		want = module_without_vermagic(want);
	if (flags & KMOD_INSERT_FORCE_MODVERSION)
		want = module_without_versions(want);
	ck_assert_int_eq(session_insert("/lib/basic.ko", flags, ""), 0);
	expect_calls(2);
	expect_init(1, want, "");
	expect_logged(LOG_WARNING, "/lib/basic.ko");
}
END_TEST

START_TEST(force_leaves_signature_out_of_compressed)
{
	const enum format format = (enum format)_i;
	const char *const path = format_text("/lib/basic.ko%s", formats[format].suffix);

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	put(path, compressed(format, module_built("basic")));
	put("/lib/basic.ko.sig", signature_full());
	ck_assert_int_eq(session_insert(path, KMOD_INSERT_FORCE_VERMAGIC, ""), 0);
	expect_calls(1);
	expect_init(0, module_without_vermagic(module_built("basic")), "");
	expect_logged(LOG_WARNING, "/lib/basic.ko");
}
END_TEST

START_TEST(force_lets_kernel_decompress)
{
	const enum format format = (enum format)_i;
	const char *const path = format_text("/lib/basic.ko%s", formats[format].suffix);

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	put("/sys/module/compression", bytes_text(format_text("%s\n", formats[format].kernel)));
	put(path, compressed(format, module_built("basic")));
	put("/lib/basic.ko.sig", signature_full());
	ck_assert_int_eq(session_insert(path, KMOD_INSERT_FORCE_MODVERSION, ""), 0);
	expect_calls(1);
	expect_finit(0, path, 4 | 1, "");
}
END_TEST

/* Bits that mean nothing are not a forced load. */
START_TEST(force_is_no_other_flag)
{
	put("/lib/basic.ko", module_built("basic"));
	put("/lib/basic.ko.sig", signature_full());
	ck_assert_int_eq(session_insert("/lib/basic.ko", ~3u, ""), 0);
	expect_calls(1);
	expect_init(0, bytes_join(module_built("basic"), signature_full()), "");
}
END_TEST

/* ---- Reading ---- */

static const char *const obstacles[] = { "short 7", "eintr 2", "eintr 3;short 5" };

/* Reads that give less than was asked for, or are interrupted, go on. */
START_TEST(reads_go_on)
{
	const enum format format = (enum format)(_i / ROWS(obstacles));

	if (formats[format].lacking)
		SKIP("%s", formats[format].lacking);
	(void)setenv("TRAP_FAULTS", obstacles[_i % ROWS(obstacles)], 1);
	load_joined(format, &signatures[SIGNATURE_DER]);
}
END_TEST

/* ---- Messages ---- */

START_TEST(success_tells_path_and_size)
{
	put("/lib/basic.ko", module_built("basic"));
	put("/lib/basic.ko.sig", bytes_join(bytes_noise(12345 - 28), bytes_text("~Module signature "
										"appended~\n")));
	ck_assert_int_eq(session_insert("/lib/basic.ko", 0, ""), 0);
	ck_assert_msg(strstr(log_text(), "/lib/basic.ko.sig") != NULL &&
			      strstr(log_text(), "12345") != NULL,
		      "neither path nor size in:\n%s", log_text());
	expect_logged(LOG_INFO, "/lib/basic.ko.sig");
}
END_TEST

/* A .sig cannot hang or hurt who opens it; no descriptor is left to a program that is run. */
START_TEST(descriptors_are_opened_with_care)
{
	char *lines, *line;
	unsigned int seen = 0;

	put("/lib/basic.ko", module_built("basic"));
	put("/lib/basic.ko.sig", signature_full());
	(void)setenv("TRAP_OPENS", "1", 1);
	ck_assert_int_eq(session_insert("/lib/basic.ko", 0, ""), 0);
	(void)unsetenv("TRAP_OPENS");
	lines = format_text("%s", opens_noted());
	for (line = strtok(lines, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		ck_assert_msg(strstr(line, " CLOEXEC") != NULL ||
				      strncmp(line, "/proc/self/", 11) == 0,
			      "%s", line);
		if (strncmp(line, "/lib/basic.ko.sig ", 18) == 0) {
			ck_assert_msg(strstr(line, " NONBLOCK NOCTTY") != NULL, "%s", line);
			seen++;
		}
	}
	ck_assert_uint_eq(seen, 1);
}
END_TEST

/* Showing who signed a module takes a crypto library; loading it does not. */
#define CRYPTO_IS_LINKED (ENABLE_OPENSSL && !DLOPEN_OPENSSL)
#if !CRYPTO_IS_LINKED
START_TEST(no_crypto_library_is_loaded)
{
	char line[4096];
	FILE *maps;

	load_joined(PLAIN, &signatures[SIGNATURE_DER]);
	maps = fopen("/proc/self/maps", "re");
	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof(line), maps) != NULL)
		ck_assert_msg(strstr(line, "libcrypto") == NULL && strstr(line, "libmbed") == NULL,
			      "%s", line);
	(void)fclose(maps);
}
END_TEST
#endif

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("detached");
	TCase *tcase;

	for (int i = 0; i < FORMATS; i++) {
		add_row(suite, format_text("%s, no signature", formats[i].name),
			format_without_signature, i);
		for (int j = 0; j < SIGNATURES_MAIN; j++)
			add_row(suite, format_text("%s, %s", formats[i].name, signatures[j].name),
				format_and_signature, i * SIGNATURES_MAIN + j);
		for (int j = 0; j < ROWS(obstacles); j++)
			add_row(suite, format_text("%s, %s", formats[i].name, obstacles[j]),
				reads_go_on, i * ROWS(obstacles) + j);
		add_row(suite, formats[i].name, appended_signature_stays, i);
		if (i == PLAIN)
			continue;
		add_row(suite, formats[i].name, signature_keeps_kernel_from_decompressing, i);
		add_row(suite, formats[i].name, force_leaves_signature_out_of_compressed, i);
		add_row(suite, formats[i].name, force_lets_kernel_decompress, i);
	}
	for (int i = SIGNATURES_MAIN; i < (int)signatures_count; i++)
		add_row(suite, signatures[i].name, kind_of_signature, i);

	for (int i = 0; i < ROWS(names); i++)
		add_row(suite,
			format_text("%s with %s", names[i].module,
				    names[i].sigs[1] ? "several" : names[i].sigs[0]),
			name_of_signature, i);
	tcase = add_case(suite, "name");
	tcase_add_test(tcase, name_relative_path);
	tcase_add_test(tcase, name_relative_path_with_dots);
	tcase_add_test(tcase, name_too_long_means_no_signature);
	tcase_add_test(tcase, name_path_too_long_means_no_signature);

	for (int i = 0; i < ROWS(links); i++) {
		add_row(suite, links[i].name, link_relative, i);
		add_row(suite, links[i].name, link_absolute, i);
	}
	tcase = add_case(suite, "link");
	tcase_add_test(tcase, link_chain);
	tcase_add_test(tcase, link_to_directory);
	tcase_add_test(tcase, link_is_the_signature);
	tcase_add_test(tcase, link_dangling_is_absent);
	tcase_add_test(tcase, link_dangling_then_name_without_suffix);
	tcase_add_test(tcase, link_dangling_then_beside_target);
	tcase_add_test(tcase, link_to_what_has_no_name);

	for (int flags = 1; flags < 4; flags++) {
		const char *const name = format_text("force flags %d", flags);

		add_row(suite, name, force_leaves_signature_out, flags);
		add_row(suite, name, force_leaves_signature_out_of_patched_copy, flags);
	}

	tcase = add_case(suite, "other");
	tcase_add_test(tcase, appended_signature_alone);
	tcase_add_loop_test(tcase, leased, 0, 2);
	tcase_add_test(tcase, force_is_no_other_flag);
	tcase_add_test(tcase, success_tells_path_and_size);
	tcase_add_test(tcase, descriptors_are_opened_with_care);
#if !CRYPTO_IS_LINKED
	tcase_add_test(tcase, no_crypto_library_is_loaded);
#endif

	return suite_run(argv, suite);
}
