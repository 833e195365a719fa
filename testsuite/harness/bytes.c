/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Byte strings, in memory that is never given back.
 */
#include "bytes.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void *keep(size_t size)
{
	enum {
		BLOCK = 1 << 20
	};
	static uint8_t *block;
	static size_t left;
	void *memory;

	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (size > left) {
		left = size > BLOCK ? size : BLOCK;
		block = mmap(NULL, left, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			     0);
		if (block == MAP_FAILED)
			abort();
	}
	memory = block;
	block += size;
	left -= size;
	return memory;
}

char *format_text(const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		abort();
	text = keep((size_t)n + 1);
	va_start(args, format);
	(void)vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return text;
}

struct bytes bytes_from(const void *data, size_t size)
{
	uint8_t *const copy = keep(size);

	memcpy(copy, data, size);
	return (struct bytes){ copy, size };
}

struct bytes bytes_text(const char *text)
{
	return bytes_from(text, strlen(text));
}

struct bytes bytes_join(struct bytes a, struct bytes b)
{
	uint8_t *const both = keep(a.size + b.size);

	memcpy(both, a.data, a.size);
	memcpy(both + a.size, b.data, b.size);
	return (struct bytes){ both, a.size + b.size };
}

struct bytes bytes_cut(struct bytes b, size_t from, size_t to)
{
	ck_assert_msg(from <= to && to <= b.size, "the test cuts beyond its bytes");
	return (struct bytes){ b.data + from, to - from };
}

struct bytes bytes_flip(struct bytes b, size_t offset)
{
	uint8_t *const copy = keep(b.size);

	ck_assert_msg(offset < b.size, "the test flips beyond its bytes");
	memcpy(copy, b.data, b.size);
	copy[offset] ^= 0xff;
	return (struct bytes){ copy, b.size };
}

struct bytes bytes_noise(size_t size)
{
	uint8_t *const noise = keep(size);
	uint64_t state = 88172645463325252u;

	/* xorshift64 */
	for (size_t i = 0; i < size; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		noise[i] = (uint8_t)(state >> 32);
	}
	return (struct bytes){ noise, size };
}

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* The bytes of @b around @at, as hex and as text. */
static const char *around(struct bytes b, size_t at)
{
	const size_t from = at < 8 ? 0 : at - 8;
	const size_t to = from + 32 < b.size ? from + 32 : b.size;
	char hex[32 * 3 + 1] = "", text[32 + 1] = "";

	for (size_t i = from; i < to; i++) {
		const uint8_t c = b.data[i];

		(void)snprintf(hex + (i - from) * 3, 4, "%02x ", c);
		text[i - from] = (char)(c >= ' ' && c < 0x7f ? c : '.');
	}
	return format_text("%8zu  %-*s %s", from, 32 * 3, hex, text);
}

const char *bytes_difference(struct bytes got, struct bytes want)
{
	size_t at = 0;

	if (bytes_equal(got, want))
		return NULL;
	while (at < got.size && at < want.size && got.data[at] == want.data[at])
		at++;
	return format_text(
		"%zu bytes, expected %zu; the first difference is at %zu\ngot  %s\nwant %s",
		got.size, want.size, at, around(got, at), around(want, at));
}

struct bytes bytes_of_file(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t room = 1 << 16, size = 0;
	uint8_t *all;
	struct stat st;
	ssize_t n;

	ck_assert_msg(fd >= 0 && fstat(fd, &st) == 0, "cannot open %s: %s", path, strerror(errno));
	/* Files in /proc say that they are empty. */
	if ((size_t)st.st_size >= room)
		room = (size_t)st.st_size + 1;
	all = keep(room);
	/* The test may have made reads short and interrupted. */
	while ((n = read(fd, all + size, room - size)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		ck_assert_msg(n > 0, "cannot read %s: %s", path, strerror(errno));
		size += (size_t)n;
		if (size == room) {
			all = memcpy(keep(2 * room), all, room);
			room *= 2;
		}
	}
	(void)close(fd);
	return (struct bytes){ all, size };
}
