/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages that are kept back, so that their order does not depend on who was first to have one.
 */
#include "tools/depmod/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/array.h"
#include "tools/cli.h"

struct message {
	uint32_t number;
	int priority;
	const char *place;
	const char *text;
	size_t sequence;
};

void messages_done(struct messages *messages)
{
	arena_done(&messages->texts);
	free(messages->messages);
	*messages = (struct messages){ 0 };
}

void messages_add_list(struct messages *messages, uint32_t number, const char *place,
		       int priority, const char *format, va_list args)
{
	struct message message = { .number = number, .priority = priority };
	_cleanup_free_ char *text = NULL;
	struct message *grown;
	int length = vasprintf(&text, format, args);

	if (length < 0)
		text = NULL;
	grown = array_reserve(messages->messages, &messages->room, messages->count + 1,
			      sizeof(*grown));
	if (grown)
		messages->messages = grown;
	message.place = arena_text(&messages->texts, place, strlen(place));
	message.text = text ? arena_text(&messages->texts, text, (size_t)length) : NULL;
	if (!grown || !message.place || !message.text) {
		messages->lost++;
		return;
	}
	message.sequence = messages->count;
	messages->messages[messages->count++] = message;
}

void messages_add(struct messages *messages, uint32_t number, const char *place, int priority,
		  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	messages_add_list(messages, number, place, priority, format, args);
	va_end(args);
}

void messages_forget(struct messages *messages, size_t count)
{
	if (messages->count > count)
		messages->count = count;
}

void messages_adopt(struct messages *messages, struct messages *other)
{
	const size_t count = messages->count + other->count;
	struct message *const grown =
		array_reserve(messages->messages, &messages->room, count, sizeof(*grown));

	messages->lost += other->lost;
	if (grown) {
		messages->messages = grown;
		for (size_t i = 0; i < other->count; i++) {
			grown[messages->count] = other->messages[i];
			grown[messages->count].sequence = messages->count;
			messages->count++;
		}
	} else {
		messages->lost += other->count;
	}
	arena_adopt(&messages->texts, &other->texts);
	messages_done(other);
}

static int compare(const void *a, const void *b)
{
	const struct message *const first = a, *const second = b;
	int order;

	if (first->number != second->number)
		return first->number < second->number ? -1 : 1;
	order = strcmp(first->place, second->place);
	if (order != 0)
		return order;
	return first->sequence < second->sequence ? -1 : first->sequence > second->sequence;
}

size_t messages_log(struct cli *cli, struct messages *messages)
{
	const size_t count = messages->count + messages->lost;

	if (messages->count > 0)
		qsort(messages->messages, messages->count, sizeof(*messages->messages), compare);
	for (size_t i = 0; i < messages->count; i++)
		cli_log(cli, messages->messages[i].priority, "%s", messages->messages[i].text);
	if (messages->lost > 0)
		cli_log(cli, LOG_ERR, "%zu messages are lost: out of memory", messages->lost);
	messages_done(messages);
	return count;
}
