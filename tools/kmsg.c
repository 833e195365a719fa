/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the kernel's log after something failed.
 *
 * Time stamps of the log come from the scheduler's clock, which no clock_gettime(2) gives: from the
 * start the others are off by up to some hundred milliseconds, either way, and CLOCK_MONOTONIC
 * drifts away besides, being disciplined where this one is not. So the start of the failed call is
 * kept on a clock of ours, and only after the failure, when it no longer costs a success anything,
 * is that clock compared with the log's.
 *
 * To show a record that is a little too old does less harm than to miss the one that explains the
 * failure: wherever the log's clock is not known exactly, the estimate is on the early side.
 */
#include "tools/kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/format/span.h"

#define USEC_PER_SEC 1000000U

/* More records than any log holds: the reader must end even while others keep writing. */
#define RECORDS_MAX 1000000U

/* ---- A record -------------------------------------------------------------------------- */

/* The decimal number at the start of @s and the byte @end after it; @s moves past both. */
static bool take_number(struct span *s, uint8_t end, uint64_t *ret)
{
	const uint8_t *p;
	uint64_t number = 0;
	bool empty = true;

	while ((p = span_take(s, 1)) && *p >= '0' && *p <= '9') {
		if (__builtin_mul_overflow(number, 10U, &number) ||
		    __builtin_add_overflow(number, *p - '0', &number))
			return false;
		empty = false;
	}
	if (!p || *p != end || empty)
		return false;
	*ret = number;
	return true;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* The byte that the kernel wrote \xNN at the start of @s; -1 where there is none, or a NUL. */
static int escaped_byte(const struct span *s)
{
	int high, low;

	if (s->size < 4 || s->data[0] != '\\' || s->data[1] != 'x')
		return -1;
	high = hex_digit(s->data[2]);
	low = hex_digit(s->data[3]);
	return high < 0 || low < 0 || high + low == 0 ? -1 : high << 4 | low;
}

/* Copies the text in @s, which is shorter than the room at @to, and undoes the kernel's escapes. */
static void copy_text(char *to, struct span s)
{
	while (s.size > 0) {
		const int byte = escaped_byte(&s);

		*to++ = (char)(byte < 0 ? s.data[0] : byte);
		(void)span_take(&s, byte < 0 ? 1 : 4);
	}
	*to = '\0';
}

int kmsg_parse_record(const void *data, size_t size, struct kmsg_record *ret)
{
	struct span s = span_of(data, size);
	uint64_t priority, sequence, usec;
	const uint8_t *semicolon, *newline;

	if (size == 0 || size > sizeof(ret->text) || memchr(data, '\0', size))
		return -EBADMSG;

	/* priority: the level in three bits, and above them who speaks, 0 being the kernel */
	if (!take_number(&s, ',', &priority))
		return -EBADMSG;

	/* sequence number, and time stamp */
	if (!take_number(&s, ',', &sequence) || !take_number(&s, ',', &usec))
		return -EBADMSG;

	/* flags, and whatever else a kernel puts before the text */
	semicolon = memchr(s.data, ';', s.size);
	if (!semicolon)
		return -EBADMSG;
	(void)span_take(&s, (size_t)(semicolon + 1 - s.data));

	/* text: one line, newlines in it being escaped; the lines after it are a dictionary */
	newline = memchr(s.data, '\n', s.size);
	if (!newline)
		return -EBADMSG;
	s.size = (size_t)(newline - s.data);

	ret->from_kernel = priority >> 3 == 0;
	ret->usec = usec;
	copy_text(ret->text, s);
	return 0;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '-';
}

bool kmsg_names_module(const char *text, const char *name)
{
	const size_t length = strlen(name);

	if (length == 0)
		return false;
	for (const char *p = text; (p = strstr(p, name)); p++)
		if ((p == text || !is_word(p[-1])) && !is_word(p[length]))
			return true;
	return false;
}

/* ---- The clock ------------------------------------------------------------------------- */

static uint64_t clock_usec(clockid_t id)
{
	struct timespec now;

	if (clock_gettime(id, &now) < 0)
		return 0;
	return (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
}

struct kmsg_mark kmsg_mark(void)
{
	return (struct kmsg_mark){ .usec = clock_usec(CLOCK_MONOTONIC_RAW) };
}

int kmsg_parse_exec_start(const char *text, uint64_t *ret_usec)
{
	const char *line = strstr(text, "\nse.exec_start");
	struct span s;
	uint64_t msec, nsec;

	/* "se.exec_start    :    738554.930578": milliseconds, and six digits of nanoseconds */
	line = line ? strchr(line, ':') : NULL;
	if (!line)
		return -EBADMSG;
	line += 1 + strspn(line + 1, " ");
	s = span_of(line, strlen(line));
	if (!take_number(&s, '.', &msec) || !take_number(&s, '\n', &nsec) || nsec >= USEC_PER_SEC ||
	    __builtin_mul_overflow(msec, 1000U, &msec) ||
	    __builtin_add_overflow(msec, nsec / 1000, ret_usec))
		return -EBADMSG;
	return 0;
}

/*
 * When the scheduler last looked at this task, on the log's clock; sched_yield(2) makes it look.
 * Where the kernel accounts for time spent in interrupts, or stolen by the hypervisor, it is left
 * out here, so that the answer may be early, but never late.
 */
static int scheduler_clock(uint64_t *ret_usec)
{
	_cleanup_close_ int fd = open("/proc/self/sched", O_RDONLY | O_CLOEXEC);
	char text[512];
	ssize_t n;

	if (fd < 0)
		return -errno;
	(void)sched_yield();
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return kmsg_parse_exec_start(text, ret_usec);
}

/*
 * The present on the log's clock, or a little before it. What the kernel's other clocks say is a
 * lower bound too, once the distance from which they start and a drift of 1 in 10000 are taken off:
 * depending on the machine it is the raw or the disciplined clock that runs with the log's.
 */
static uint64_t log_clock(void)
{
	const uint64_t raw = clock_usec(CLOCK_MONOTONIC_RAW);
	const uint64_t disciplined = clock_usec(CLOCK_MONOTONIC);
	const uint64_t now = raw < disciplined ? raw : disciplined;
	const uint64_t doubt = 2 * USEC_PER_SEC + now / 10000;
	const uint64_t bound = now > doubt ? now - doubt : 0;
	uint64_t usec;

	if (scheduler_clock(&usec) < 0 || usec < bound)
		return bound;
	return usec;
}

/* @mark on the log's clock. */
static uint64_t mark_on_log_clock(const struct kmsg_mark *mark)
{
	const uint64_t log_now = log_clock();
	uint64_t elapsed = clock_usec(CLOCK_MONOTONIC_RAW) - mark->usec;

	elapsed += elapsed / 1000; /* the two need not run at quite the same pace */
	return log_now > elapsed ? log_now - elapsed : 0;
}

/* ---- The log --------------------------------------------------------------------------- */

int kmsg_read(int fd, uint64_t since_usec, kmsg_fn *fn, void *data)
{
	char bytes[KMSG_RECORD_SIZE];
	struct kmsg_record record;

	for (unsigned int i = 0; i < RECORDS_MAX; i++) {
		const ssize_t n = read(fd, bytes, sizeof(bytes));

		if (n == 0 || (n < 0 && errno == EAGAIN))
			return 0;
		/* EPIPE: records were overwritten before they could be read; go on with the next */
		if (n < 0 && errno != EPIPE && errno != EINTR)
			return -errno;
		if (n < 0 || kmsg_parse_record(bytes, (size_t)n, &record) < 0)
			continue;
		if (record.from_kernel && record.usec >= since_usec)
			fn(&record, data);
	}
	return 0;
}

int kmsg_read_since(const struct kmsg_mark *mark, kmsg_fn *fn, void *data)
{
	const uint64_t since_usec = mark_on_log_clock(mark);
	_cleanup_close_ int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return kmsg_read(fd, since_usec, fn, data);
}
