/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls about modules, which are written down instead of made; uname(); syslog().
 */
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#undef _FORTIFY_SOURCE
#include "trap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#define SYSLOG_NAMES
#include <syslog.h>

static unsigned long long call_time;

unsigned long long trap_call_time(void)
{
	return call_time;
}

/* What TRAP_KERNEL answers the next call of @name: 0 or an errno. */
static int scripted_result(const char *name, unsigned int *calls)
{
	const char *const script = getenv("TRAP_KERNEL");
	const size_t len = strlen(name);
	const unsigned int nth = (*calls)++;
	char entries[1024], *save = NULL;
	unsigned int seen = 0;
	int result = 0;

	(void)snprintf(entries, sizeof(entries), "%s", script == NULL ? "" : script);
	for (char *entry = strtok_r(entries, ",", &save); entry != NULL;
	     entry = strtok_r(NULL, ",", &save)) {
		if (strncmp(entry, name, len) != 0 || entry[len] != '=')
			continue;
		result = strcmp(entry + len + 1, "0") == 0 ? 0 : trap_errno(entry + len + 1);
		if (seen++ == nth)
			break;
	}
	return result;
}

/* Creates the N.call of this call, writes @format there, and returns N; -1 without capture. */
__attribute__((format(printf, 1, 2))) static int note_call(const char *format, ...)
{
	char name[32], text[PATH_MAX + 8192];
	va_list args;
	int n, fd;

	for (n = 0; n < 1000; n++) {
		(void)snprintf(name, sizeof(name), "%d.call", n);
		fd = trap_capture_open(name, O_EXCL);
		if (fd >= 0)
			break;
		if (errno != EEXIST)
			return -1;
	}
	if (n == 1000)
		trap_misuse("a thousand calls");
	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) >= (int)sizeof(text))
		trap_misuse("arguments too long to capture");
	va_end(args);
	trap_raw_write(fd, text, strlen(text));
	trap_raw_close(fd);
	return n;
}

static int open_blob(int n)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%d.blob", n);
	return n < 0 ? -1 : trap_capture_open(name, O_EXCL);
}

static unsigned long long clock_usec(clockid_t id)
{
	struct timespec now;

	(void)clock_gettime(id, &now);
	return (unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000;
}

/* When the scheduler last looked at this task: "se.exec_start : MILLISECONDS.NANOSECONDS". */
static unsigned long long scheduler_usec(void)
{
	const int fd = trap_raw_open("/proc/self/sched", O_RDONLY, 0);
	unsigned long long msec, nsec;
	char text[1024] = "";
	const char *line;

	if (fd < 0)
		return 0;
	(void)sched_yield();
	(void)trap_raw_read(fd, text, sizeof(text) - 1);
	trap_raw_close(fd);
	line = strstr(text, "\nse.exec_start");
	if (line == NULL || sscanf(line, " se.exec_start : %llu.%6llu", &msec, &nsec) != 2)
		return 0;
	return msec * 1000 + nsec / 1000;
}

/*
 * Now, for the kernel's log. No clock that can be asked is the log's, some are ahead of it and some
 * behind; the furthest one is no earlier than what anyone may take for now.
 */
static unsigned long long log_time(void)
{
	const unsigned long long times[] = {
		scheduler_usec(),
		clock_usec(CLOCK_MONOTONIC),
		clock_usec(CLOCK_MONOTONIC_RAW),
	};
	unsigned long long latest = 0;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		latest = times[i] > latest ? times[i] : latest;
	return latest;
}

static void begin_call(void)
{
	call_time = log_time();
}

static int answer(int result)
{
	if (result == 0)
		return 0;
	errno = result;
	return -1;
}

int init_module(const void *image, unsigned long size, const char *args);
int finit_module(int fd, const char *args, int flags);
int delete_module(const char *name, unsigned int flags);

TRAP_EXPORT int init_module(const void *image, unsigned long size, const char *args)
{
	static unsigned int calls;
	int fd;

	begin_call();
	if (TRAP_POINT(POINT_MODULE, "init_module"))
		return -1;
	fd = open_blob(note_call("init_module \"%s\"\n", args));
	if (fd >= 0) {
		trap_raw_write(fd, image, size);
		trap_raw_close(fd);
	}
	return answer(scripted_result("init_module", &calls));
}

/* Copies what the file open as @fd holds, from its start, to @to. */
static void copy_file(int fd, int to)
{
	char link[64], buf[16384];
	int from;
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	from = trap_raw_open(link, O_RDONLY, 0);
	if (from < 0)
		trap_misuse("finit_module with a descriptor that cannot be read: %m");
	while ((n = trap_raw_read(from, buf, sizeof(buf))) > 0)
		trap_raw_write(to, buf, (size_t)n);
	trap_raw_close(from);
}

TRAP_EXPORT int finit_module(int fd, const char *args, int flags)
{
	static unsigned int calls;
	char path[PATH_MAX];
	int to;

	begin_call();
	if (TRAP_POINT_FD(POINT_MODULE, fd))
		return -1;
	trap_fd_path(fd, path);
	trap_unmap(path);
	to = open_blob(note_call("finit_module %s%s %#x \"%s\"\n", path,
				 (fcntl(fd, F_GETFD) & FD_CLOEXEC) ? "" : " (no CLOEXEC)",
				 (unsigned int)flags, args));
	if (to >= 0) {
		copy_file(fd, to);
		trap_raw_close(to);
	}
	return answer(scripted_result("finit_module", &calls));
}

TRAP_EXPORT int delete_module(const char *name, unsigned int flags)
{
	const unsigned int other = flags & ~(unsigned int)(O_NONBLOCK | O_TRUNC);
	static unsigned int calls;
	char rest[16] = "";

	begin_call();
	if (TRAP_POINT(POINT_MODULE, name))
		return -1;
	if (other != 0)
		(void)snprintf(rest, sizeof(rest), " %#x", other);
	(void)note_call("delete_module %s%s%s%s\n", name, (flags & O_NONBLOCK) ? " NONBLOCK" : "",
			(flags & O_TRUNC) ? " TRUNC" : "", rest);
	return answer(scripted_result("delete_module", &calls));
}

TRAP_EXPORT long syscall(long number, ...)
{
	long a[6];
	va_list args;

	/* Those that were not given are whatever is there, and not looked at. */
	va_start(args, number);
	for (size_t i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);

	switch (number) {
	case SYS_init_module:
		return init_module((const void *)a[0], (unsigned long)a[1], (const char *)a[2]);
	case SYS_finit_module:
		return finit_module((int)a[0], (const char *)a[1], (int)a[2]);
	case SYS_delete_module:
		return delete_module((const char *)a[0], (unsigned int)a[1]);
	default:
		return trap_raw(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
}

TRAP_EXPORT int uname(struct utsname *name)
{
	const char *const release = getenv("TRAP_UNAME");

	TRAP_NEXT(int, uname, (struct utsname *));
	if (release != NULL && release[0] == '!')
		return answer(trap_errno(release + 1));
	if (TRAP_POINT(POINT_OTHER, "uname"))
		return -1;
	if (next_uname(name) < 0)
		return -1;
	if (release != NULL)
		(void)snprintf(name->release, sizeof(name->release), "%s", release);
	return 0;
}

/* ---- The system log ---- */

static const char *log_ident = "?";
static int log_facility = LOG_USER;

static const char *code_name(const CODE *codes, int value)
{
	for (; codes->c_name != NULL; codes++) {
		if (codes->c_val == value)
			return codes->c_name;
	}
	return "?";
}

__attribute__((format(printf, 2, 0))) static void note_log(int priority, const char *format,
							   va_list args)
{
	char text[8192], line[9000];
	int fd;

	(void)vsnprintf(text, sizeof(text), format, args);
	(void)snprintf(line, sizeof(line), "%s %s.%s: %s%s", log_ident,
		       code_name(facilitynames,
				 LOG_FAC(priority) ? priority & LOG_FACMASK : log_facility),
		       code_name(prioritynames, LOG_PRI(priority)), text,
		       text[0] != '\0' && text[strlen(text) - 1] == '\n' ? "" : "\n");
	fd = trap_capture_open("syslog", O_APPEND);
	if (fd < 0)
		return;
	trap_raw_write(fd, line, strlen(line));
	trap_raw_close(fd);
}

void __syslog_chk(int priority, int flag, const char *format, ...);
void __vsyslog_chk(int priority, int flag, const char *format, va_list args);

TRAP_EXPORT void openlog(const char *ident, int option, int facility)
{
	log_ident = ident;
	log_facility = facility;
}

TRAP_EXPORT void closelog(void)
{
	log_ident = "?";
}

TRAP_EXPORT void vsyslog(int priority, const char *format, va_list args)
{
	note_log(priority, format, args);
}

/* Called by code that was compiled with _FORTIFY_SOURCE; no header declares them otherwise. */
TRAP_EXPORT __attribute__((format(printf, 3, 0))) void __vsyslog_chk(int priority, int flag,
								     const char *format,
								     va_list args)
{
	note_log(priority, format, args);
}

TRAP_EXPORT void syslog(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note_log(priority, format, args);
	va_end(args);
}

TRAP_EXPORT __attribute__((format(printf, 3, 4))) void __syslog_chk(int priority, int flag,
								    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note_log(priority, format, args);
	va_end(args);
}
