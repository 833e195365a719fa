/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A text that grows.
 */
#include "libkmod/base/strbuf.h"

#include <stdlib.h>
#include <string.h>

#include "libkmod/base/array.h"
#include "libkmod/base/overflow.h"

void strbuf_done(struct strbuf *buf)
{
	free(buf->data);
	*buf = (struct strbuf){ 0 };
}

/* Where @size bytes more belong; NULL: there is no room. */
static char *grow(struct strbuf *buf, size_t size)
{
	size_t total;
	char *grown;

	if (buf->failed)
		return NULL;
	grown = size_add(buf->size, size, &total) ? array_reserve(buf->data, &buf->room, total, 1) :
						    NULL;
	if (!grown) {
		buf->failed = true;
		return NULL;
	}
	buf->data = grown;
	buf->size = total;
	return grown + total - size;
}

void strbuf_add(struct strbuf *buf, const void *data, size_t size)
{
	char *const to = grow(buf, size);

	if (to && size > 0)
		memcpy(to, data, size);
}

void strbuf_add_text(struct strbuf *buf, const char *text)
{
	strbuf_add(buf, text, strlen(text));
}

void strbuf_add_char(struct strbuf *buf, char c)
{
	char *const to = grow(buf, 1);

	if (to)
		*to = c;
}
