/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contexts of libkmod whose messages are kept, and loads that must leave nothing behind.
 */
#include "session.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "world.h"

static struct {
	int priority;
	char text[1024];
} messages[256];
static size_t messages_count;

__attribute__((format(printf, 6, 0))) static void keep_message(void *data, int priority,
							       const char *file, int line,
							       const char *fn, const char *format,
							       va_list args)
{
	/* No assertion where none fails: they allocate, which a test may have set to fail. */
	if (messages_count >= 256)
		ck_abort_msg("too many messages; the last is %s", messages[255].text);
	messages[messages_count].priority = priority;
	(void)vsnprintf(messages[messages_count].text, sizeof(messages[0].text), format, args);
	messages_count++;
}

void session_log(struct kmod_ctx *ctx)
{
	kmod_set_log_fn(ctx, keep_message, NULL);
	kmod_set_log_priority(ctx, LOG_INFO);
}

static struct kmod_ctx *context(const char *const *config_paths)
{
	struct kmod_ctx *const ctx = kmod_new(NULL, config_paths);

	ck_assert_ptr_nonnull(ctx);
	session_log(ctx);
	return ctx;
}

struct kmod_ctx *session_context(void)
{
	static const char *const no_config[] = { NULL };

	return context(no_config);
}

struct kmod_ctx *session_configured(const char *config)
{
	put("/etc/modprobe.d/test.conf", bytes_text(config));
	return context(NULL);
}

const char *names_in(const struct kmod_list *list)
{
	const struct kmod_list *curr;
	const char *all = "";

	kmod_list_foreach(curr, list) {
		struct kmod_module *const mod = kmod_module_get_module(curr);

		all = format_text("%s%s ", all, kmod_module_get_name(mod));
		(void)kmod_module_unref(mod);
	}
	return all;
}

const char *names_once(struct kmod_list *list)
{
	const char *const all = names_in(list);

	ck_assert_int_eq(kmod_module_unref_list(list), 0);
	return all;
}

int session_insert(const char *path, unsigned int flags, const char *options)
{
	const size_t before = descriptors_open();
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod = NULL;
	int r;

	r = kmod_module_new_from_path(ctx, path, &mod);
	if (r == 0)
		r = kmod_module_insert_module(mod, flags, options);
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
	ck_assert_msg(descriptors_open() == before, "%zu descriptors were open, now %zu", before,
		      descriptors_open());
	return r;
}

size_t logged(int priority, const char *text)
{
	size_t n = 0;

	for (size_t i = 0; i < messages_count; i++) {
		if ((priority == -1 || messages[i].priority == priority) &&
		    strstr(messages[i].text, text) != NULL)
			n++;
	}
	return n;
}

const char *log_text(void)
{
	const char *all = "";

	for (size_t i = 0; i < messages_count; i++)
		all = format_text("%s<%d> %s", all, messages[i].priority, messages[i].text);
	return all;
}

void log_clear(void)
{
	messages_count = 0;
}

void expect_logged(int priority, const char *text)
{
	ck_assert_msg(logged(priority, text) > 0,
		      "no message of priority %d has '%s'; there is:\n%s", priority, text,
		      log_text());
}

void expect_not_logged(int priority, const char *text)
{
	ck_assert_msg(logged(priority, text) == 0, "a message of priority %d has '%s':\n%s",
		      priority, text, log_text());
}

size_t descriptors_open(void)
{
	DIR *const dir = opendir("/proc/self/fd");
	size_t n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

void descriptors_find(bool open[DESCRIPTORS])
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		open[fd] = fcntl(fd, F_GETFD) >= 0;
}

int descriptors_take(const bool before[DESCRIPTORS], bool taken[DESCRIPTORS])
{
	const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int count = 0;

	ck_assert_int_ge(null, 0);
	descriptors_find(taken);
	for (int fd = 0; fd < DESCRIPTORS; fd++) {
		taken[fd] = taken[fd] && !before[fd] && fd != null;
		if (taken[fd])
			ck_assert_int_eq(dup2(null, fd), fd);
		count += taken[fd];
	}
	ck_assert_int_eq(close(null), 0);
	return count;
}

bool descriptors_give(const bool taken[DESCRIPTORS])
{
	bool all = true;
	struct stat st;

	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (taken[fd])
			all = fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && close(fd) == 0 && all;
	return all;
}
