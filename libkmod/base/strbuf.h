/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A text that grows.
 *
 * What it could not grow by for want of memory is remembered, and asked for once at the end.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

/* All zero: an empty one. The members are for reading; no NUL follows the @size bytes. */
struct strbuf {
	char *data;
	size_t size, room;
	bool failed; /* memory ran out: nothing more is added */
};

/* Frees what @buf holds. */
void strbuf_done(struct strbuf *buf);

void strbuf_add(struct strbuf *buf, const void *data, size_t size);
void strbuf_add_text(struct strbuf *buf, const char *text);
void strbuf_add_char(struct strbuf *buf, char c);

#endif
