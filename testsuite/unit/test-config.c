/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/config.c, libkmod/config-files.c and libkmod/config-iter.c.
 *
 * Each test has a directory of its own, which is its working directory. "modules" in it is the
 * module directory of the context. The kernel command line is the one of this machine.
 */
#include "libkmod/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/cmdline.h"
#include "libkmod/config-files.h"
#include "libkmod/context.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A list of paths for config_load(). */
#define PATHS(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

/* No test waits longer than this, in seconds. */
#define PATIENCE 20

/* ---- What is around each test ---- */

static char directory[] = "/tmp/kmod-test-config.XXXXXX";
static char messages[4 * PATH_MAX]; /* a line for each that was logged */
static struct kmod_ctx *ctx;
static struct config *config;
static struct config_entry from_cmdline[1024];
static size_t from_cmdline_count;

__attribute__((format(printf, 6, 0))) static void collect(void *data, int priority,
							  const char *file, int line,
							  const char *fn, const char *format,
							  va_list args)
{
	size_t n = strlen(messages);

	if (priority != LOG_ERR)
		n += (size_t)snprintf(messages + n, sizeof(messages) - n, "<%d>", priority);
	vsnprintf(messages + n, sizeof(messages) - n, format, args);
}

/* Finds out what the kernel command line of this machine adds to each configuration. */
static void read_cmdline(void)
{
	static char text[4096];
	_cleanup_close_ int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	struct cmdline cmdline = cmdline_of(text, n < 0 ? 0 : (size_t)n);
	int r;

	from_cmdline_count = 0;
	while ((r = cmdline_next(&cmdline, &from_cmdline[from_cmdline_count])) != 0) {
		from_cmdline_count += r > 0;
		ck_assert_uint_lt(from_cmdline_count, COUNT(from_cmdline));
	}
}

static void begin(void)
{
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chdir(directory), 0);
	ck_assert_int_eq(mkdir("modules", 0777), 0);
	ctx = kmod_new("modules", PATHS());
	ck_assert_ptr_nonnull(ctx);
	kmod_set_log_fn(ctx, collect, NULL);
	read_cmdline();
	messages[0] = '\0';
	/* Check's own handler ends the whole process group. */
	ck_assert(signal(SIGALRM, SIG_DFL) != SIG_ERR);
	alarm(PATIENCE);
}

static void end(void)
{
	_cleanup_free_ char *command = NULL;

	alarm(0);
	config_free(config);
	config = NULL;
	ck_assert_ptr_null(kmod_unref(ctx));
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_gt(asprintf(&command, "rm -r -- %s", directory), 0);
	ck_assert_int_eq(system(command), 0);
}

/* Makes the file @path, and the directory it is in. */
static void put(const char *path, const char *text)
{
	const char *const slash = strchr(path, '/');
	_cleanup_free_ char *dir = slash ? strndup(path, (size_t)(slash - path)) : NULL;
	_cleanup_fclose_ FILE *file = NULL;

	if (dir)
		ck_assert(mkdir(dir, 0777) == 0 || errno == EEXIST);
	file = fopen(path, "we");
	ck_assert_msg(file, "%s: %m", path);
	ck_assert_int_ge(fputs(text, file), 0);
}

static void load(const char *const *paths)
{
	config_free(config);
	config = NULL;
	messages[0] = '\0';
	ck_assert_int_eq(config_load(ctx, paths, &config), 0);
}

/*
 * Fails the test unless the names of the entries of @kind, with a blank after each, are @expected
 * and then what the kernel command line brings.
 */
static void expect(enum config_kind kind, const char *expected)
{
	size_t count = 0, size = 0;
	const struct config_entry *const entries = config_entries(config, kind, &count);
	_cleanup_free_ char *found = NULL, *all = NULL;
	FILE *out = open_memstream(&found, &size);

	ck_assert_ptr_nonnull(out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s ", entries[i].name);
	ck_assert_int_eq(fclose(out), 0);

	out = open_memstream(&all, &size);
	ck_assert_ptr_nonnull(out);
	fputs(expected, out);
	for (size_t i = 0; i < from_cmdline_count; i++)
		if (from_cmdline[i].kind == kind)
			fprintf(out, "%s ", from_cmdline[i].name);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_str_eq(found, all);
}

#define EXPECT_MESSAGES(expected) ck_assert_str_eq(messages, expected)

/* ---- Which files are read ---- */

START_TEST(nothing)
{
	load(PATHS());
	for (unsigned int kind = 0; kind < CONFIG_KINDS; kind++)
		expect(kind, "");
	load(PATHS("missing", "missing/a.conf", ""));
	for (unsigned int kind = 0; kind < CONFIG_KINDS; kind++)
		expect(kind, "");
	EXPECT_MESSAGES("");
}
END_TEST

/* Where the system's configuration is looked for. That it is read needs another root directory. */
START_TEST(system_directories)
{
	static const char *const expected[] = { SYSCONFDIR "/x.d", "/run/x.d", "/usr/local/lib/x.d",
						DISTCONFDIR "/x.d", "/lib/x.d" };
	static const char *const found[] = { CONFIG_DIRECTORIES("x.d") };

	ck_assert_uint_eq(COUNT(found), COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++)
		ck_assert_str_eq(found[i], expected[i]);
	ck_assert_int_eq(config_load(ctx, NULL, &config), 0);
}
END_TEST

START_TEST(every_kind)
{
	put("d/a.conf", "alias a-1 b\nblacklist b-1\ninstall i-1 x\noptions o-1 x\nremove r-1 x\n"
			"softdep s-1 pre: x\nweakdep w-1 x\nalias a2 b\nblacklist b2\n");
	load(PATHS("d"));
	expect(CONFIG_ALIAS, "a_1 a2 ");
	expect(CONFIG_BLACKLIST, "b_1 b2 ");
	expect(CONFIG_INSTALL, "i_1 ");
	expect(CONFIG_OPTIONS, "o_1 ");
	expect(CONFIG_REMOVE, "r_1 ");
	expect(CONFIG_SOFTDEP, "s_1 ");
	expect(CONFIG_WEAKDEP, "w_1 ");
	EXPECT_MESSAGES("");
}
END_TEST

START_TEST(selection)
{
	put("d/good.conf", "blacklist good");
	put("d/..conf", "blacklist hidden");
	put("d/.conf", "blacklist hidden");
	put("d/.x.conf", "blacklist hidden");
	put("d/conf", "blacklist other");
	put("d/x.Conf", "blacklist other");
	put("d/x.conf~", "blacklist other");
	put("d/x.alias", "blacklist other");
	put("d/x.conf.bak", "blacklist other");
	put("d/two.conf.conf", "blacklist two");
	ck_assert_int_eq(symlink("../elsewhere", "d/link.conf"), 0);
	put("elsewhere", "blacklist link");
	load(PATHS("d"));
	expect(CONFIG_BLACKLIST, "good link two ");
	EXPECT_MESSAGES("");
}
END_TEST

/* The order of the entries is the one of basenames as bytes, over all directories. */
START_TEST(order)
{
	put("d1/b.conf", "blacklist b\nblacklist b2");
	put("d1/a.conf", "blacklist a");
	put("d2/aa.conf", "blacklist aa");
	put("d2/A.conf", "blacklist A");
	put("d2/10.conf", "blacklist 10");
	put("d1/9.conf", "blacklist 9");
	put("d2/\xc3\xa4.conf", "blacklist ae");
	put("d2/a-.conf", "blacklist a-");
	load(PATHS("d1", "d2"));
	expect(CONFIG_BLACKLIST, "10 9 A a_ a aa b b2 ae ");
	load(PATHS("d2", "d1"));
	expect(CONFIG_BLACKLIST, "10 9 A a_ a aa b b2 ae ");
}
END_TEST

/* A basename counts once, for the path that comes first. */
START_TEST(precedence)
{
	put("d1/x.conf", "blacklist d1x");
	put("d2/x.conf", "blacklist d2x");
	put("d2/y.conf", "blacklist d2y");
	put("d3/y.conf", "blacklist d3y");
	put("d3/z.conf", "blacklist d3z");
	load(PATHS("d1", "d2", "d3"));
	expect(CONFIG_BLACKLIST, "d1x d2y d3z ");
	load(PATHS("d3", "d2", "d1"));
	expect(CONFIG_BLACKLIST, "d2x d3y d3z ");
	load(PATHS("d1", "d1", "d1/"));
	expect(CONFIG_BLACKLIST, "d1x ");

	/* a file that has nothing in it hides others, too */
	ck_assert_int_eq(symlink("/dev/null", "d1/y.conf"), 0);
	put("d1/z.conf", "");
	load(PATHS("d1", "d2", "d3"));
	expect(CONFIG_BLACKLIST, "d1x ");
	EXPECT_MESSAGES("");
}
END_TEST

/* A path that is no directory is a file, whatever it is called. */
START_TEST(single_files)
{
	put("d1/x.conf", "blacklist d1x");
	put("d2/x.conf", "blacklist d2x");
	put("d2/noext", "blacklist noext");
	put("d2/.hidden", "blacklist hidden");
	put("top", "blacklist top");
	load(PATHS("d2/x.conf", "d1/x.conf", "/dev/null"));
	expect(CONFIG_BLACKLIST, "d2x ");
	load(PATHS("top", "d2/noext", "d2/.hidden", "d1"));
	expect(CONFIG_BLACKLIST, "hidden noext top d1x ");
	load(PATHS("d2/x.conf", "d1", "d2/noext", "d2/noext"));
	expect(CONFIG_BLACKLIST, "noext d2x ");
	EXPECT_MESSAGES("");
}
END_TEST

/* These two belong to the module directory, and have their places in the order. */
START_TEST(module_directory)
{
	put("modules/modules.softdep", "softdep m pre: a\nblacklist soft");
	put("modules/modules.weakdep", "weakdep m a\nblacklist weak");
	put("modules/modules.conf", "blacklist conf");
	put("d/a.conf", "blacklist a");
	put("d/modules.softdep.conf", "blacklist soft.conf");
	put("d/modules.zz.conf", "blacklist zz.conf");
	put("d/z.conf", "blacklist z");
	load(PATHS());
	expect(CONFIG_BLACKLIST, "soft weak ");
	expect(CONFIG_SOFTDEP, "m ");
	expect(CONFIG_WEAKDEP, "m ");
	load(PATHS("d"));
	expect(CONFIG_BLACKLIST, "a soft soft.conf weak zz.conf z ");

	/* nothing comes before them, even when they are not there */
	put("d/modules.softdep", "blacklist other");
	load(PATHS("d/modules.softdep"));
	expect(CONFIG_BLACKLIST, "soft weak ");
	ck_assert_int_eq(unlink("modules/modules.softdep"), 0);
	load(PATHS("d/modules.softdep"));
	expect(CONFIG_BLACKLIST, "weak ");
	EXPECT_MESSAGES("");
}
END_TEST

/* ---- What cannot be read ---- */

START_TEST(bad_entries)
{
	put("d1/ok.conf", "blacklist ok");
	ck_assert_int_eq(mkdir("d1/dir.conf", 0777), 0);
	put("d2/dir.conf", "blacklist dir");
	load(PATHS("d1", "d2"));
	expect(CONFIG_BLACKLIST, "dir ok ");
	EXPECT_MESSAGES("Directories inside directories are not supported: d1/dir.conf\n");

	ck_assert_int_eq(rmdir("d1/dir.conf"), 0);
	ck_assert_int_eq(symlink(".", "d1/dir.conf"), 0);
	load(PATHS("d1/", "d2"));
	expect(CONFIG_BLACKLIST, "dir ok ");
	EXPECT_MESSAGES("Directories inside directories are not supported: d1//dir.conf\n");

	/* a link that leads nowhere does not hide anything, and one in a circle neither */
	ck_assert_int_eq(unlink("d1/dir.conf"), 0);
	ck_assert_int_eq(symlink("nowhere", "d1/dir.conf"), 0);
	load(PATHS("d1", "d2"));
	expect(CONFIG_BLACKLIST, "dir ok ");
	EXPECT_MESSAGES("Cannot stat directory entry: d1/dir.conf\n");
	ck_assert_int_eq(unlink("d1/dir.conf"), 0);
	ck_assert_int_eq(symlink("dir.conf", "d1/dir.conf"), 0);
	load(PATHS("d1", "d2"));
	expect(CONFIG_BLACKLIST, "dir ok ");
	EXPECT_MESSAGES("Cannot stat directory entry: d1/dir.conf\n");
}
END_TEST

/* A file that cannot be opened is passed over, and hides others: here, a socket. */
START_TEST(unreadable_file)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "d1/x.conf" };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	put("d1/a.conf", "blacklist a");
	put("d2/x.conf", "blacklist x");
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	load(PATHS("d1", "d2", "d1/x.conf"));
	expect(CONFIG_BLACKLIST, "a ");
	EXPECT_MESSAGES("");
}
END_TEST

/* No more files can be opened: for root, too, a way not to be able to. Each one lost is told. */
START_TEST(unreadable_directory)
{
	struct rlimit limit, none;
	int r;

	put("d/a.conf", "blacklist a");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	r = config_load(ctx, PATHS("d"), &config);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(r, -EMFILE);
	ck_assert_ptr_null(config);
	EXPECT_MESSAGES("opendir(d): Too many open files\n");
}
END_TEST

/* Reading from address 0 of one's own memory fails. */
START_TEST(read_error)
{
	put("d/a.conf", "blacklist a");
	put("d/z.conf", "blacklist z");
	ck_assert_int_eq(symlink("/proc/self/mem", "d/m.conf"), 0);
	load(PATHS("d"));
	expect(CONFIG_BLACKLIST, "a z ");
	EXPECT_MESSAGES("could not read 'd/m.conf': Input/output error\n");
}
END_TEST

START_TEST(long_paths)
{
	char dir[PATH_MAX], expected[2 * PATH_MAX];

	put("d/ab.conf", "blacklist a");
	memset(dir, '/', sizeof(dir));
	dir[0] = 'd';

	/* PATH_MAX counts the NUL */
	dir[PATH_MAX - strlen("/ab.conf") - 1] = '\0';
	load(PATHS(dir));
	expect(CONFIG_BLACKLIST, "a ");
	EXPECT_MESSAGES("");

	dir[PATH_MAX - strlen("/ab.conf") - 1] = '/';
	dir[PATH_MAX - strlen("/ab.conf")] = '\0';
	load(PATHS(dir));
	expect(CONFIG_BLACKLIST, "");
	snprintf(expected, sizeof(expected), "Error parsing %s/ab.conf: path too long\n", dir);
	ck_assert_str_eq(messages, expected);

	/* a path that no system call takes does not exist */
	dir[PATH_MAX - strlen("/ab.conf")] = '/';
	memset(expected, '/', sizeof(expected) - 1);
	expected[sizeof(expected) - 1] = '\0';
	load(PATHS(expected));
	EXPECT_MESSAGES("");
}
END_TEST

/* A pipe in a directory is not waited for, whether somebody could write to it or not. */
START_TEST(pipe_in_directory)
{
	_cleanup_close_ int fd = -1;

	put("d/a.conf", "blacklist a");
	put("d/z.conf", "blacklist z");
	ck_assert_int_eq(mkfifo("d/p.conf", 0666), 0);
	ck_assert_int_eq(mkfifo("modules/modules.softdep", 0666), 0);
	load(PATHS("d"));
	expect(CONFIG_BLACKLIST, "a z ");
	EXPECT_MESSAGES("");

	fd = open("d/p.conf", O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	load(PATHS("d"));
	expect(CONFIG_BLACKLIST, "a z ");
	EXPECT_MESSAGES("could not read 'd/p.conf': Resource temporarily unavailable\n");
}
END_TEST

/* One that is asked for is. */
START_TEST(pipe_as_path)
{
	pid_t writer;
	int status = -1;

	ck_assert_int_eq(mkfifo("p", 0666), 0);
	writer = fork();
	ck_assert_int_ge(writer, 0);
	if (writer == 0) {
		const int fd = open("p", O_WRONLY | O_CLOEXEC);

		(void)usleep(50000);
		_exit(write(fd, "blacklist a\n", 12) == 12 ? 0 : 1);
	}
	load(PATHS("p"));
	expect(CONFIG_BLACKLIST, "a ");
	ck_assert_int_eq(waitpid(writer, &status, 0), writer);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* ---- What is said of lines ---- */

START_TEST(bad_lines)
{
	put("d/a.conf", "blacklist ok\nfoo bar\n\nalias a\\\n\ninclude x\n # a\noptions [ b\n"
			"\rb\n");
	put("single", "config\nblacklist");
	load(PATHS("d", "single"));
	expect(CONFIG_BLACKLIST, "ok ");
	EXPECT_MESSAGES("d/a.conf line 2: ignoring bad line starting with 'foo'\n"
			"d/a.conf line 5: ignoring bad line starting with 'alias'\n"
			"d/a.conf: command include is deprecated and not parsed anymore\n"
			"d/a.conf line 7: ignoring bad line starting with '#'\n"
			"d/a.conf line 8: ignoring bad line starting with 'options'\n"
			"d/a.conf line 9: ignoring bad line starting with '\\x0db'\n"
			"single: command config is deprecated and not parsed anymore\n"
			"single line 2: ignoring bad line starting with 'blacklist'\n");
}
END_TEST

/* What is no configuration at all does not fill the screen. */
START_TEST(long_word)
{
	const size_t size = 1 << 20;
	_cleanup_free_ char *text = malloc(size);

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', size - 1);
	text[size - 1] = '\0';
	put("x", text);
	load(PATHS("x"));
	ck_assert_uint_gt(strlen(messages), PATH_MAX);
	ck_assert_uint_lt(strlen(messages), sizeof(messages) - 1);
}
END_TEST

/* Any number of entries, from files of any size. */
START_TEST(many_entries)
{
	const unsigned int n = 50000;
	FILE *const out = fopen("many", "we");
	const struct config_entry *entries;
	size_t count = 0;

	ck_assert_ptr_nonnull(out);
	for (unsigned int i = 0; i < n; i++)
		fprintf(out, "alias a%u-* b%u\n", i, i);
	ck_assert_int_eq(fclose(out), 0);
	load(PATHS("many"));
	entries = config_entries(config, CONFIG_ALIAS, &count);
	ck_assert_uint_eq(count, n);
	for (unsigned int i = 0; i < n; i++) {
		char name[30];

		snprintf(name, sizeof(name), "a%u_*", i);
		ck_assert_str_eq(entries[i].name, name);
	}
}
END_TEST

/* ---- Changes ---- */

static void touch(const char *path, time_t seconds, long nanoseconds)
{
	const struct timespec time = { seconds, nanoseconds }, times[2] = { time, time };

	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

START_TEST(current)
{
	put("d/a.conf", "blacklist a");
	put("single", "blacklist b");
	put("modules/modules.softdep", "");
	touch("d", 1000, 5000);
	touch("single", 1000, 5000);
	load(PATHS("d", "single", "missing"));
	ck_assert(config_is_current(config));

	/* what is in a directory does not count, nor do paths that were not there */
	put("d/a.conf", "blacklist c");
	put("missing", "");
	put("modules/modules.softdep", "blacklist d");
	ck_assert(config_is_current(config));

	/* microseconds count, nanoseconds do not */
	touch("d", 1000, 5999);
	ck_assert(config_is_current(config));
	touch("d", 1000, 6000);
	ck_assert(!config_is_current(config));
	touch("d", 1001, 5000);
	ck_assert(!config_is_current(config));
	touch("d", 1000, 5000);
	ck_assert(config_is_current(config));
	touch("single", 1000, 4000);
	ck_assert(!config_is_current(config));
	touch("single", 1000, 5000);
	ck_assert(config_is_current(config));

	put("d/new.conf", "");
	ck_assert(!config_is_current(config));
	touch("d", 1000, 5000);
	ck_assert(config_is_current(config));
	ck_assert_int_eq(unlink("single"), 0);
	ck_assert(!config_is_current(config));
}
END_TEST

/* ---- Questions ---- */

START_TEST(matches)
{
	const struct config_entry *entry;

	put("x", "alias a-* 1\nalias b 2\nalias a_b 3\nalias a* 4\nalias ? 5\n"
		 "install m-* first\ninstall m_x second\nremove m_x third\n"
		 "softdep m* pre: a\nsoftdep m pre: b\nweakdep [lm] c\n");
	load(PATHS("x"));

	entry = config_next_match(config, CONFIG_ALIAS, NULL, "a_b");
	ck_assert_ptr_nonnull(entry);
	ck_assert_str_eq(entry->value, "1");
	entry = config_next_match(config, CONFIG_ALIAS, entry, "a_b");
	ck_assert_ptr_nonnull(entry);
	ck_assert_str_eq(entry->value, "3");
	entry = config_next_match(config, CONFIG_ALIAS, entry, "a_b");
	ck_assert_ptr_nonnull(entry);
	ck_assert_str_eq(entry->name, "a*");
	ck_assert_str_eq(entry->value, "4");
	ck_assert_ptr_null(config_next_match(config, CONFIG_ALIAS, entry, "a_b"));
	ck_assert_ptr_null(config_next_match(config, CONFIG_ALIAS, NULL, "cc"));

	entry = config_next_match(config, CONFIG_INSTALL, NULL, "m_x");
	ck_assert_ptr_nonnull(entry);
	ck_assert_str_eq(entry->value, "first");
	ck_assert_ptr_null(config_next_match(config, CONFIG_REMOVE, NULL, "m_y"));
	entry = config_next_match(config, CONFIG_SOFTDEP, NULL, "m");
	ck_assert_ptr_nonnull(entry);
	ck_assert_str_eq(entry->name, "m*");
	ck_assert_ptr_nonnull(config_next_match(config, CONFIG_WEAKDEP, NULL, "l"));
	ck_assert_ptr_null(config_next_match(config, CONFIG_WEAKDEP, NULL, "k"));
}
END_TEST

START_TEST(exact)
{
	const struct config_entry *entry;

	put("x", "install m-* first\ninstall m_x second\ninstall m_x third\nblacklist b-*\n");
	load(PATHS("x"));
	entry = config_find(config, CONFIG_INSTALL, "m_x");
	ck_assert_ptr_nonnull(entry);
	ck_assert_str_eq(entry->value, "second");
	entry = config_find(config, CONFIG_INSTALL, "m_*");
	ck_assert_ptr_nonnull(entry);
	ck_assert_str_eq(entry->value, "first");
	ck_assert_ptr_null(config_find(config, CONFIG_INSTALL, "m_y"));
	ck_assert_ptr_null(config_find(config, CONFIG_REMOVE, "m_x"));
	ck_assert_ptr_nonnull(config_find(config, CONFIG_BLACKLIST, "b_*"));
	ck_assert_ptr_null(config_find(config, CONFIG_BLACKLIST, "b_x"));
}
END_TEST

static const struct {
	const char *name;
	const char *alias;
	const char *options;
} options_cases[] = {
	{ "no_such_m", NULL, "a=1  b=2  c=3 a=1" },
	{ "no_such_m", "no_such_m", "a=1  b=2  c=3 a=1" },
	{ "no_such_m", "al_*", "a=1  b=2  al c=3 a=1" },
	{ "no_such_n", "al_*", "al" },
	{ "no_such_n", "al_x", NULL },
	{ "al_*", NULL, "al" },
	{ "no_such_m*", NULL, "star" },
	{ "no_such_n", NULL, NULL },
};

START_TEST(options)
{
	_cleanup_free_ char *found = NULL;

	put("x", "options no-such-m a=1 \noptions no-such-m* star\noptions no-such-m\tb=2\t\n");
	put("y", "options al-* al\noptions no-such-m c=3\noptions no-such-m a=1\n");
	load(PATHS("x", "y"));
	ck_assert_int_eq(
		config_options(config, options_cases[_i].name, options_cases[_i].alias, &found), 0);
	ck_assert_pstr_eq(found, options_cases[_i].options);
}
END_TEST

/* ---- Public iterators ---- */

typedef struct kmod_config_iter *(*get_fn)(const struct kmod_ctx *ctx);

/* Kinds of entries, as the lines give them and as the iterators do. */
static const struct {
	get_fn get;
	const char *lines;
	const char *entries;
} iter_cases[] = {
	{ kmod_config_get_blacklists, "blacklist no-a x\nblacklist no_b\n",
	  "no_a|(null)\nno_b|(null)\n" },
	{ kmod_config_get_install_commands, "install no-a  b\t-c \n", "no_a| b\t-c \n" },
	{ kmod_config_get_remove_commands, "remove no-* b -c\nremove no-* d\n",
	  "no_*|b -c\nno_*|d\n" },
	{ kmod_config_get_aliases, "alias no-* b-c\nalias no-* b-c\n", "no_*|b_c\nno_*|b_c\n" },
	{ kmod_config_get_options, "options no-a   x=1\toptions\n", "no_a|  x=1 options\n" },
	{ kmod_config_get_softdeps,
	  "softdep no-a pre: a b-c  post: d e\n"
	  "softdep no-b pre: a\n"
	  "softdep no-c post: a\n"
	  "softdep no-d none\n"
	  "softdep no-e pre: post:\n"
	  "softdep no-f x pre: a post: b pre: c\n"
	  "softdep no-g pre: a post: d pre: e post: f\n"
	  "softdep no-h post: x pre: y post: z\n"
	  "softdep no-i  pre: a\n",
	  "no_a|pre: a b-cpost: d e\n"
	  "no_b|pre: a\n"
	  "no_c|post: a\n"
	  "no_d|\n"
	  "no_e|\n"
	  "no_f|pre: a b cpost: b\n"
	  "no_g|pre: a d epost: d e f\n"
	  "no_h|pre: ypost: x y z\n"
	  "no_i|pre: a\n" },
	{ kmod_config_get_weakdeps,
	  "weakdep no-a a-b  c\td \nweakdep no-b pre: a\nweakdep no-c  \n",
	  "no_a|a-b c d\nno_b|pre: a\nno_c|\n" },
};

/* Walks once over the entries of @iter, and fails the test unless they begin with @expected. */
static void expect_entries(struct kmod_config_iter *iter, const char *expected)
{
	_cleanup_free_ char *found = NULL;
	size_t size = 0;
	FILE *const out = open_memstream(&found, &size);

	ck_assert_ptr_nonnull(out);
	ck_assert_ptr_null(kmod_config_iter_get_key(iter));
	ck_assert_ptr_null(kmod_config_iter_get_value(iter));
	while (kmod_config_iter_next(iter)) {
		const char *const value = kmod_config_iter_get_value(iter);

		ck_assert_ptr_nonnull(kmod_config_iter_get_key(iter));
		fprintf(out, "%s|%s\n", kmod_config_iter_get_key(iter), value ? value : "(null)");
	}
	ck_assert_ptr_null(kmod_config_iter_get_key(iter));
	ck_assert_ptr_null(kmod_config_iter_get_value(iter));
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_uint_ge(size, strlen(expected));
	found[strlen(expected)] = '\0'; /* then come those of the kernel command line */
	ck_assert_str_eq(found, expected);
}

START_TEST(iterators)
{
	struct kmod_config_iter *iter;
	struct kmod_ctx *other;

	put("x", iter_cases[_i].lines);
	other = kmod_new("modules", PATHS("x"));
	ck_assert_ptr_nonnull(other);
	iter = iter_cases[_i].get(other);
	ck_assert_ptr_nonnull(iter);
	/* after the last entry comes the first one again */
	expect_entries(iter, iter_cases[_i].entries);
	expect_entries(iter, iter_cases[_i].entries);
	kmod_config_iter_free_iter(iter);

	/* given back half-way */
	iter = iter_cases[_i].get(other);
	ck_assert_ptr_nonnull(iter);
	ck_assert(kmod_config_iter_next(iter));
	(void)kmod_config_iter_get_value(iter);
	kmod_config_iter_free_iter(iter);
	ck_assert_ptr_null(kmod_unref(other));
}
END_TEST

/* A value stays while the iterator goes on, until another one is asked for. */
START_TEST(iterator_values)
{
	struct kmod_config_iter *iter;
	struct kmod_ctx *other;
	const char *value;

	put("x", "weakdep a b c\nweakdep d e\n");
	other = kmod_new("modules", PATHS("x"));
	iter = kmod_config_get_weakdeps(other);
	ck_assert(kmod_config_iter_next(iter));
	value = kmod_config_iter_get_value(iter);
	ck_assert(kmod_config_iter_next(iter));
	ck_assert_str_eq(kmod_config_iter_get_key(iter), "d");
	ck_assert_str_eq(value, "b c");
	ck_assert_str_eq(kmod_config_iter_get_value(iter), "e");
	kmod_config_iter_free_iter(iter);
	ck_assert_ptr_null(kmod_unref(other));
}
END_TEST

START_TEST(iterators_null)
{
	struct kmod_config_iter *iter;

	for (size_t i = 0; i < COUNT(iter_cases); i++)
		ck_assert_ptr_null(iter_cases[i].get(NULL));
	ck_assert(!kmod_config_iter_next(NULL));
	ck_assert_ptr_null(kmod_config_iter_get_key(NULL));
	ck_assert_ptr_null(kmod_config_iter_get_value(NULL));
	kmod_config_iter_free_iter(NULL);

	iter = kmod_config_get_weakdeps(ctx);
	ck_assert_ptr_nonnull(iter);
	ck_assert(!kmod_config_iter_next(iter));
	ck_assert(!kmod_config_iter_next(iter));
	ck_assert_ptr_null(kmod_config_iter_get_key(iter));
	kmod_config_iter_free_iter(iter);
}
END_TEST

/* ---- Out of memory ---- */

/* More allocations than the tests below need; less would not be all of them. */
#define ALLOCATIONS_MAX 1000

START_TEST(load_without_memory)
{
	unsigned int n = 0;
	int r;

	put("d/a.conf", "alias a b\nblacklist a\nbad line\ninstall a b\nsoftdep a pre: b\n");
	put("d/b.conf", "alias a b\n");
	put("d/c.other", "");
	put("single", "include\n");
	ck_assert_int_eq(mkdir("d/dir.conf", 0777), 0);
	/* only the ones without which a message is lost do no harm */
	for (r = -ENOMEM; n < ALLOCATIONS_MAX; n++) {
		unit_fail_allocation(n);
		r = config_load(ctx, PATHS("d", "single"), &config);
		if (!unit_allocation_failed())
			break;
		if (r == 0)
			expect(CONFIG_ALIAS, "a a ");
		else
			ck_assert_int_eq(r, -ENOMEM);
		config_free(config);
		config = NULL;
	}
	ck_assert_uint_lt(n, ALLOCATIONS_MAX);
	ck_assert_uint_gt(n, 10);
	ck_assert_int_eq(r, 0);
	expect(CONFIG_ALIAS, "a a ");
}
END_TEST

START_TEST(answers_without_memory)
{
	char *found = NULL;

	put("x", "options no_such_m a=1\n");
	load(PATHS("x"));
	unit_fail_allocation(0);
	ck_assert_int_eq(config_options(config, "no_such_m", NULL, &found), -ENOMEM);
	ck_assert(unit_allocation_failed());
	ck_assert_ptr_null(found);
}
END_TEST

START_TEST(iterators_without_memory)
{
	struct kmod_config_iter *iter;
	struct kmod_ctx *other;

	put("x", "weakdep a b\n");
	other = kmod_new("modules", PATHS("x"));
	unit_fail_allocation(0);
	ck_assert_ptr_null(kmod_config_get_weakdeps(other));
	ck_assert(unit_allocation_failed());

	iter = kmod_config_get_weakdeps(other);
	ck_assert(kmod_config_iter_next(iter));
	unit_fail_allocation(0);
	ck_assert_ptr_null(kmod_config_iter_get_value(iter));
	ck_assert(unit_allocation_failed());
	ck_assert_str_eq(kmod_config_iter_get_key(iter), "a");
	ck_assert_str_eq(kmod_config_iter_get_value(iter), "b");
	kmod_config_iter_free_iter(iter);
	ck_assert_ptr_null(kmod_unref(other));
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *const tests = tcase_create(name);

	tcase_add_checked_fixture(tests, begin, end);
	suite_add_tcase(suite, tests);
	return tests;
}

int main(void)
{
	Suite *const suite = suite_create("config");
	TCase *tests = add_case(suite, "files");

	tcase_add_test(tests, nothing);
	tcase_add_test(tests, system_directories);
	tcase_add_test(tests, every_kind);
	tcase_add_test(tests, selection);
	tcase_add_test(tests, order);
	tcase_add_test(tests, precedence);
	tcase_add_test(tests, single_files);
	tcase_add_test(tests, module_directory);
	tcase_add_test(tests, bad_entries);
	tcase_add_test(tests, unreadable_file);
	tcase_add_test(tests, unreadable_directory);
	tcase_add_test(tests, read_error);
	tcase_add_test(tests, long_paths);
	tcase_add_test(tests, pipe_in_directory);
	tcase_add_test(tests, pipe_as_path);

	tests = add_case(suite, "lines");
	tcase_add_test(tests, bad_lines);
	tcase_add_test(tests, long_word);
	tcase_add_test(tests, many_entries);

	tests = add_case(suite, "questions");
	tcase_add_test(tests, current);
	tcase_add_test(tests, matches);
	tcase_add_test(tests, exact);
	tcase_add_loop_test(tests, options, 0, (int)COUNT(options_cases));

	tests = add_case(suite, "iterators");
	tcase_add_loop_test(tests, iterators, 0, (int)COUNT(iter_cases));
	tcase_add_test(tests, iterator_values);
	tcase_add_test(tests, iterators_null);

	tests = add_case(suite, "memory");
	tcase_add_test(tests, load_without_memory);
	tcase_add_test(tests, answers_without_memory);
	tcase_add_test(tests, iterators_without_memory);
	return unit_run(suite);
}
