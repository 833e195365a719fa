/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages that are kept back, so that their order does not depend on who was first to have one.
 */
#ifndef TOOLS_DEPMOD_MESSAGES_H
#define TOOLS_DEPMOD_MESSAGES_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <syslog.h>

#include "libkmod/base/arena.h"

struct cli;
struct message;

/* All zero: none. For one thread at a time. */
struct messages {
	struct message *messages;
	size_t count, room;
	size_t lost; /* for want of memory */
	struct arena texts;
};

/* Frees what @messages holds. */
void messages_done(struct messages *messages);

/* Keeps a message, which belongs where @number, and then @place, say; @place is copied. */
__attribute__((format(printf, 5, 6))) void messages_add(struct messages *messages, uint32_t number,
							const char *place, int priority,
							const char *format, ...);
__attribute__((format(printf, 5, 0))) void messages_add_list(struct messages *messages,
							     uint32_t number, const char *place,
							     int priority, const char *format,
							     va_list args);

/* Forgets those that have been kept since there were @count. */
void messages_forget(struct messages *messages, size_t count);

/* Moves what is in @other to @messages, behind what is there. */
void messages_adopt(struct messages *messages, struct messages *other);

/*
 * Logs all messages, by number, place, and for one place as they came, and forgets them. Returns
 * how many there were.
 */
size_t messages_log(struct cli *cli, struct messages *messages);

#endif
