/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standard output on a terminal, which takes some of what is in modules for orders.
 */
#include "tools/terminal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/io.h"
#include "libkmod/base/printable.h"
#include "libkmod/base/strbuf.h"

static bool is_layout(char c)
{
	return c == '\n' || c == '\t' || c == '\0';
}

/* Adds the @size bytes at @bytes, made printable. */
static void add_text(struct strbuf *to, const char *bytes, size_t size)
{
	_cleanup_free_ char *text = NULL;

	if (printable_text(bytes, size, &text) < 0)
		to->failed = true;
	else
		strbuf_add_text(to, text);
}

static void add_guarded(struct strbuf *to, const char *bytes, size_t size)
{
	size_t start = 0;

	for (size_t i = 0; i < size; i++) {
		if (!is_layout(bytes[i]))
			continue;
		add_text(to, bytes + start, i - start);
		strbuf_add_char(to, bytes[i]);
		start = i + 1;
	}
	add_text(to, bytes + start, size - start);
}

/* What the stream calls. Returns how many of the bytes are written: all, or none. */
static ssize_t write_guarded(void *cookie, const char *bytes, size_t size)
{
	struct strbuf text = { 0 };
	int r = -ENOMEM;

	(void)cookie;
	add_guarded(&text, bytes, size);
	if (!text.failed)
		r = write_full(STDOUT_FILENO, text.data, text.size);
	strbuf_done(&text);
	if (r < 0)
		errno = -r;
	return r < 0 ? 0 : (ssize_t)size;
}

int terminal_guard(void)
{
	/* A longer line may be cut inside of a character, which then shows as bytes. */
	static char buffer[64 << 10];
	const cookie_io_functions_t functions = { .write = write_guarded };
	FILE *guarded;

	if (!isatty(STDOUT_FILENO))
		return 0;
	guarded = fopencookie(NULL, "w", functions);
	if (!guarded)
		return -ENOMEM;
	(void)setvbuf(guarded, buffer, _IOLBF, sizeof(buffer));
	stdout = guarded;
	return 0;
}
