/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of TRAP_FAULTS about what is done with a file: finding those that are due, and acting
 * on them.
 */
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#undef _FORTIFY_SOURCE
#include "trap.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	RULES_MAX = 16,
	RULES_LENGTH = 4096,
};

/* The number of the signal called @name, without SIG. */
static int signal_named(const char *name)
{
	for (int n = 1; n < NSIG; n++) {
		const char *const known = sigabbrev_np(n);

		if (known != NULL && strcmp(name, known) == 0)
			return n;
	}
	trap_misuse("no signal is called '%s'", name);
}

/* Does what a rule about the file @path asks for. -1 and errno: the operation fails. */
static int act(const char *path, const char *action, const char *value, size_t *size)
{
	char other[PATH_MAX];

	if (strcmp(action, "fail") == 0) {
		errno = trap_errno(value);
		return -1;
	}
	if (strcmp(action, "kill") == 0) {
		(void)trap_raw(SYS_kill, (long)getpid(), (long)signal_named(value), 0L, 0L, 0L, 0L);
		return 0;
	}
	if (strcmp(action, "short") == 0 && size != NULL) {
		const size_t max = strtoul(value, NULL, 10);

		*size = *size > max ? max : *size;
		return 0;
	}
	if (strcmp(action, "truncate") == 0) {
		if (truncate(path, strtoll(value, NULL, 10)) < 0)
			trap_misuse("cannot truncate %s: %m", path);
		return 0;
	}
	if (strcmp(action, "replace") == 0) {
		trap_rule_path(value, other);
		/* Not by the trap's rename(), which may have a rule about it. */
		if (trap_raw(SYS_renameat2, (long)AT_FDCWD, other, (long)AT_FDCWD, path, 0L, 0L) <
		    0)
			trap_misuse("cannot rename %s: %m", other);
		return 0;
	}
	trap_misuse("no action here is called '%s'", action);
}

/*
 * The file that rules call @path, in @buf of PATH_MAX bytes: the fake root is taken off, and a
 * temporary file, "DIR/.NAME.XXXXXXXX.kmod-tmp", goes by the name of the file it is to become.
 */
static void rule_name(const char *path, char *buf)
{
	static const char suffix[] = ".kmod-tmp";
	const size_t tail = strlen(".XXXXXXXX") + strlen(suffix);
	char *name;
	size_t len;

	(void)snprintf(buf, PATH_MAX, "%s", path);
	trap_unmap(buf);
	name = strrchr(buf, '/');
	if (name == NULL || *++name != '.')
		return;
	len = strlen(name);
	if (len < 1 + 1 + tail || strcmp(name + len - strlen(suffix), suffix) != 0)
		return;
	memmove(name, name + 1, len - 1 - tail);
	name[len - 1 - tail] = '\0';
}

static bool is_named(const char *pattern, const char *name)
{
	return strcmp(pattern, name) == 0 || fnmatch(pattern, name, FNM_PATHNAME | FNM_PERIOD) == 0;
}

/* Whether N, as it stands in a rule, asks for the @count-th time. */
static bool is_due(const char *n, unsigned int count)
{
	char *end;
	const unsigned long first = strtoul(n, &end, 10);

	if (first == 0 || (strcmp(end, "") != 0 && strcmp(end, "+") != 0))
		trap_misuse("not a count: '%s'", n);
	return *end == '+' ? count >= first : count == first;
}

/* Applies @rule if it is one of those about all reads. -1 and errno: it fails. */
static int apply_to_reads(const char *rule, unsigned int *count, size_t *size)
{
	unsigned int n;
	size_t max;

	if (sscanf(rule, " short %zu", &max) == 1 && *size > max)
		*size = max;
	if (sscanf(rule, " eintr %u", &n) != 1 ||
	    __atomic_add_fetch(count, 1, __ATOMIC_RELAXED) % n != 0)
		return 0;
	errno = EINTR;
	return -1;
}

/* What is about to be done with a file. */
struct operation {
	const char *verb;
	const char *path; /* of the file itself */
	const char *name; /* what rules call it */
	size_t *size;	  /* how much is read or written; NULL when that is not what is done */
};

/* Applies @rule, the @index-th. -1 and errno: the operation fails. */
static int apply(const char *rule, size_t index, const struct operation *operation)
{
	static unsigned int counts[RULES_MAX];
	char verb[16], pattern[PATH_MAX], n[16], action[32], value[PATH_MAX];

	if (index >= RULES_MAX)
		trap_misuse("too many rules");
	if (strcmp(operation->verb, "read") == 0 &&
	    apply_to_reads(rule, &counts[index], operation->size) < 0)
		return -1;
	if (sscanf(rule, " %15s %4095s %15s %31s %4095s", verb, pattern, n, action, value) != 5 ||
	    strcmp(verb, operation->verb) != 0 || !is_named(pattern, operation->name) ||
	    !is_due(n, __atomic_add_fetch(&counts[index], 1, __ATOMIC_RELAXED)))
		return 0;
	return act(operation->path, action, value, operation->size);
}

int trap_fault(const char *verb, const char *path, size_t *size)
{
	const char *const faults = getenv("TRAP_FAULTS");
	char name[PATH_MAX], rules[RULES_LENGTH];
	const struct operation operation = {
		.verb = verb,
		.path = path,
		.name = name,
		.size = size,
	};
	char *save = NULL;
	size_t index = 0;

	if (faults == NULL)
		return 0;
	if (snprintf(rules, sizeof(rules), "%s", faults) >= (int)sizeof(rules))
		trap_misuse("rules too long");
	rule_name(path, name);
	for (char *rule = strtok_r(rules, ";", &save); rule != NULL;
	     rule = strtok_r(NULL, ";", &save)) {
		if (apply(rule, index++, &operation) < 0)
			return -1;
	}
	return 0;
}

int trap_fault_fd(const char *verb, int fd, size_t *size)
{
	const int saved = errno;
	char path[PATH_MAX];

	if (getenv("TRAP_FAULTS") == NULL)
		return 0;
	trap_fd_path(fd, path);
	errno = saved;
	return trap_fault(verb, path, size);
}
