/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/base/dir-lock.c.
 */
#include "libkmod/base/dir-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/session.h"
#include "harness/suite.h"
#include "harness/world.h"
#include "libkmod/base/cleanup.h"
#include "unit.h"

#define FILE_PATH "/out/" DIR_LOCK_NAME

static int open_out(void)
{
	int fd;

	put_dir("/out");
	fd = open(world_path("/out"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static bool is_there(void)
{
	struct stat st;

	return lstat(world_path(FILE_PATH), &st) == 0;
}

/* ---- The file ------------------------------------------------------------------------------ */

START_TEST(one_has_it)
{
	const int dir_fd = open_out();
	const size_t before = descriptors_open();
	int first = -1, second = -1;
	struct stat st;

	ck_assert_int_eq(dir_lock_take(dir_fd, 0, &first), 1);
	ck_assert_int_eq(stat(world_path(FILE_PATH), &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0600);
	ck_assert_int_eq(dir_lock_take(dir_fd, 0, &second), -ETIMEDOUT);
	ck_assert_int_eq(dir_lock_take(dir_fd, 30, &second), -ETIMEDOUT);
	ck_assert_int_eq(second, -1);
	dir_lock_give(dir_fd, first);
	ck_assert(!is_there());
	ck_assert_int_eq(dir_lock_take(dir_fd, 0, &second), 1);
	dir_lock_give(dir_fd, second);
	ck_assert(!is_there());
	ck_assert_uint_eq(descriptors_open(), before);
	close_fd(dir_fd);
}
END_TEST

/* Whoever may read the directory may have that on the directory. */
START_TEST(not_on_the_directory)
{
	const int dir_fd = open_out();
	const int other = open(world_path("/out"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = -1;

	ck_assert_int_eq(flock(other, LOCK_EX), 0);
	ck_assert_int_eq(dir_lock_take(dir_fd, 0, &fd), 1);
	dir_lock_give(dir_fd, fd);
	close_fd(other);
	close_fd(dir_fd);
}
END_TEST

/* One that nobody holds is taken, and removed afterwards. */
START_TEST(left_behind)
{
	const int dir_fd = open_out();
	int fd = -1;

	put(FILE_PATH, bytes_text("left"));
	ck_assert_int_eq(dir_lock_take(dir_fd, 0, &fd), 1);
	ck_assert(is_there());
	dir_lock_give(dir_fd, fd);
	ck_assert(!is_there());
	close_fd(dir_fd);
}
END_TEST

/* Somebody has removed the file, and another process made its own: that stays. */
START_TEST(another_has_the_name)
{
	const int dir_fd = open_out();
	int fd = -1;

	ck_assert_int_eq(dir_lock_take(dir_fd, 0, &fd), 1);
	put_away(FILE_PATH);
	put(FILE_PATH, bytes_text("another"));
	dir_lock_give(dir_fd, fd);
	ck_assert(is_there());
	close_fd(dir_fd);
}
END_TEST

/* The file loses its name after it was opened: another one is made. */
START_TEST(name_is_lost)
{
	const int dir_fd = open_out();
	int fd = -1;

	put("/out/new", NO_BYTES);
	(void)setenv("TRAP_FAULTS", "lock /out/lock 1 replace /out/new", 1);
	ck_assert_int_eq(dir_lock_take(dir_fd, 0, &fd), -ETIMEDOUT);
	put("/out/new", NO_BYTES);
	ck_assert_int_eq(dir_lock_take(dir_fd, 5000, &fd), 1);
	dir_lock_give(dir_fd, fd);
	ck_assert(!is_there());
	close_fd(dir_fd);
}
END_TEST

START_TEST(no_file)
{
	static const int errors[] = { -EISDIR, -ELOOP, -ELOOP, -EEXIST, -ENXIO };
	const int dir_fd = open_out();
	const size_t before = descriptors_open();
	int fd = -1;

	put("/out/target", bytes_text("kept"));
	if (_i == 0)
		put_dir(FILE_PATH);
	else if (_i <= 2)
		put_link(FILE_PATH, _i == 1 ? "nowhere" : "target");
	else if (_i == 3)
		put_fifo(FILE_PATH);
	else
		put_socket(FILE_PATH);
	ck_assert_int_eq(dir_lock_take(dir_fd, 5000, &fd), errors[_i]);
	ck_assert(is_there());
	ck_assert_uint_eq(descriptors_open(), before);
	close_fd(dir_fd);
}
END_TEST

/* What fails, and what is told of it. Nothing is left. */
static const struct {
	const char *rules;
	int result;
} faults[] = {
	/* clang-format off */
	{ "create /out/lock 1+ fail EACCES", 0 },
	{ "create /out/lock 1+ fail EDQUOT", 0 },
	{ "create /out/lock 1+ fail ENOENT", 0 },
	{ "create /out/lock 1+ fail ENOSPC", 0 },
	{ "create /out/lock 1+ fail EPERM", 0 },
	{ "create /out/lock 1+ fail EROFS", 0 },
	{ "create /out/lock 1+ fail EMFILE", -EMFILE },
	{ "create /out/lock 1+ fail EIO", -EIO },
	{ "lock /out/lock 1+ fail ENOLCK", 0 },
	{ "lock /out/lock 1+ fail EOPNOTSUPP", 0 },
	{ "lock /out/lock 1+ fail ENOSYS", 0 },
	{ "lock /out/lock 1+ fail EINVAL", 0 },
	{ "lock /out/lock 1+ fail EIO", -EIO },
	{ "lock /out/lock 1+ fail EINTR", -EINTR },
	{ "lock /out/lock 1 fail EINTR", 1 },
	/* clang-format on */
};

START_TEST(fails)
{
	const int dir_fd = open_out();
	const size_t before = descriptors_open();
	int fd = -1;

	(void)setenv("TRAP_FAULTS", faults[_i].rules, 1);
	ck_assert_int_eq(dir_lock_take(dir_fd, 5000, &fd), faults[_i].result);
	if (faults[_i].result == 1)
		dir_lock_give(dir_fd, fd);
	ck_assert(!is_there());
	ck_assert_uint_eq(descriptors_open(), before);
	close_fd(dir_fd);
}
END_TEST

/* The directory has been removed. */
START_TEST(no_directory)
{
	const int dir_fd = open_out();
	int fd = -1;

	put_away("/out");
	ck_assert_int_eq(dir_lock_take(dir_fd, 5000, &fd), 0);
	close_fd(dir_fd);
}
END_TEST

/* ---- Signals ------------------------------------------------------------------------------- */

static const int signals[] = { SIGHUP,	SIGINT,	 SIGQUIT, SIGTERM,
			       SIGPIPE, SIGALRM, SIGUSR1, SIGXCPU };

static void default_actions(void)
{
	const struct rlimit no_core = { 0 };

	/* Check has handlers of its own, and who started it may ignore some. */
	for (int n = 1; n < SIGRTMIN; n++)
		(void)signal(n, SIG_DFL);
	(void)setrlimit(RLIMIT_CORE, &no_core);
}

START_TEST(ended)
{
	const int dir_fd = open_out();
	int fd = -1, status;
	const pid_t pid = fork();

	if (pid == 0) {
		default_actions();
		if (dir_lock_take(dir_fd, 0, &fd) == 1 && is_there())
			(void)raise(signals[_i]);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), signals[_i]);
	ck_assert(!is_there());
	close_fd(dir_fd);
}
END_TEST

/* That leaves the file, which does no harm. */
START_TEST(killed)
{
	const int dir_fd = open_out();
	int fd = -1, status;
	const pid_t pid = fork();

	if (pid == 0) {
		if (dir_lock_take(dir_fd, 0, &fd) == 1)
			(void)raise(SIGKILL);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert(is_there());
	ck_assert_int_eq(dir_lock_take(dir_fd, 0, &fd), 1);
	dir_lock_give(dir_fd, fd);
	ck_assert(!is_there());
	close_fd(dir_fd);
}
END_TEST

static void handler(int number)
{
	(void)number;
}

/* Handlers of others stay, as what is ignored; and afterwards all is as it was. */
START_TEST(actions)
{
	const int dir_fd = open_out();
	struct sigaction action;
	sigset_t held;
	int fd = -1;

	default_actions();
	(void)signal(SIGINT, handler);
	(void)signal(SIGHUP, SIG_IGN);
	ck_assert_int_eq(dir_lock_take(dir_fd, 0, &fd), 1);
	(void)sigaction(SIGINT, NULL, &action);
	ck_assert(action.sa_handler == handler);
	(void)sigaction(SIGHUP, NULL, &action);
	ck_assert(action.sa_handler == SIG_IGN);
	(void)sigaction(SIGTERM, NULL, &action);
	ck_assert(action.sa_handler != SIG_DFL);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &held);
	ck_assert_int_eq(sigismember(&held, SIGTERM), 0);
	dir_lock_give(dir_fd, fd);
	for (int i = 0; i < ROWS(signals); i++) {
		(void)sigaction(signals[i], NULL, &action);
		ck_assert(action.sa_handler == (signals[i] == SIGINT ? handler :
						signals[i] == SIGHUP ? SIG_IGN :
								       SIG_DFL));
	}
	(void)pthread_sigmask(SIG_SETMASK, NULL, &held);
	ck_assert_int_eq(sigismember(&held, SIGTERM), 0);
	close_fd(dir_fd);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("dir-lock");
	TCase *tests = add_case(suite, "file");

	(void)argc;
	tcase_add_test(tests, one_has_it);
	tcase_add_test(tests, not_on_the_directory);
	tcase_add_test(tests, left_behind);
	tcase_add_test(tests, another_has_the_name);
	tcase_add_test(tests, name_is_lost);
	tcase_add_loop_test(tests, no_file, 0, 5);
	tcase_add_test(tests, no_directory);
	for (int i = 0; i < ROWS(faults); i++)
		add_row(suite, faults[i].rules, fails, i);

	tests = add_case(suite, "signals");
	tcase_add_loop_test(tests, ended, 0, ROWS(signals));
	tcase_add_test(tests, killed);
	tcase_add_test(tests, actions);
	return suite_run(argv, suite);
}
