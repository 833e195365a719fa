/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for tools/kmsg.c. An input is the name of a module, the time since which records
 * count, and records; they are read from a socket, which hands them out one by one like /dev/kmsg.
 */
#include "tools/kmsg.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "input.h"

#define RECORDS_MAX 8U

struct reading {
	const char *name;
	uint64_t since;
	unsigned int count;
};

/* Whether a word of @text, in the sense of kmsg_names_module(), is or begins with @name. */
static bool has_word(const char *text, const char *name)
{
	static const char word[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-";
	const size_t length = strlen(name);

	for (size_t i = 0; length > 0 && text[i] != '\0'; i++)
		if (strncmp(text + i, name, length) == 0 &&
		    (i == 0 || !strchr(word, text[i - 1])) &&
		    (text[i + length] == '\0' || !strchr(word, text[i + length])))
			return true;
	return false;
}

static void take_record(const struct kmsg_record *record, void *data)
{
	struct reading *const reading = data;

	fuzz_assert(record->from_kernel && record->usec >= reading->since);
	fuzz_assert(strlen(record->text) < KMSG_RECORD_SIZE);
	fuzz_assert(kmsg_names_module(record->text, reading->name) ==
		    has_word(record->text, reading->name));
	reading->count++;
}

/* Sends the next record to @fd. Returns whether it is one to be handed out. */
static bool send_record(int fd, struct span bytes, uint64_t since)
{
	struct kmsg_record *const record = malloc(sizeof(*record));
	bool is_wanted;

	fuzz_assert(record != NULL);
	fuzz_assert(send(fd, bytes.data, bytes.size, 0) == (ssize_t)bytes.size);
	if (bytes.size > KMSG_RECORD_SIZE)
		bytes.size = KMSG_RECORD_SIZE;
	is_wanted = kmsg_parse_record(bytes.data, bytes.size, record) == 0;
	if (is_wanted) {
		const unsigned long long priority = strtoull((const char *)bytes.data, NULL, 10);

		fuzz_assert(record->from_kernel == (priority < 8));
		is_wanted = record->from_kernel && record->usec >= since;
	}
	free(record);
	return is_wanted;
}

static void check_log(struct span input, const char *name)
{
	struct reading reading = { .name = name, .since = input_number(&input) };
	unsigned int wanted = 0;
	int fds[2];

	fuzz_assert(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
	for (unsigned int i = 0; i < RECORDS_MAX && input.size > 0; i++) {
		struct span bytes = input_piece(&input);

		if (bytes.size > KMSG_RECORD_SIZE + 1)
			bytes.size = KMSG_RECORD_SIZE + 1;
		if (bytes.size > 0)
			wanted += send_record(fds[1], bytes, reading.since);
	}
	(void)close(fds[1]);
	fuzz_assert(kmsg_read(fds[0], reading.since, take_record, &reading) == 0);
	fuzz_assert(reading.count == wanted);
	(void)close(fds[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	const char *const name = span_take_string(&input);
	char *const text = input_text(span_of(data, size));
	uint64_t usec = 0;
	int r;

	r = kmsg_parse_exec_start(text, &usec);
	fuzz_assert(r == 0 || r == -EBADMSG);
	if (name)
		check_log(input, name);
	free(text);
	return 0;
}
