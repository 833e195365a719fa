/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for tools/devname.c. An input is modules.devname.
 */
#include "tools/devname.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "input.h"

static const char blanks[] = " \t\n\v\f\r";
static const char digits[] = "0123456789";

/* Whether @p has a number that fits; *@ret_length: how long. */
static bool simple_number(const char *p, unsigned int *ret, size_t *ret_length)
{
	unsigned long long number = 0;

	*ret_length = strspn(p, digits);
	for (size_t i = 0; i < *ret_length && number <= UINT_MAX; i++)
		number = 10 * number + (unsigned long long)(p[i] - '0');
	*ret = (unsigned int)number;
	return *ret_length > 0 && number <= UINT_MAX;
}

/* That "<type><major>:<minor>" at @p is not good, or is what @node has. @is_good: which of them. */
static void check_numbers(const char *p, bool is_good, const struct devname_node *node)
{
	unsigned int major = 0, minor = 0;
	size_t length = 0;
	bool expected = *p == 'c' || *p == 'b';
	const char type = *p;

	if (expected) {
		expected = simple_number(++p, &major, &length);
		p += length;
	}
	if (expected)
		expected = *p == ':' && simple_number(p + 1, &minor, &length);
	fuzz_assert(is_good == expected);
	fuzz_assert(!is_good ||
		    (node->type == type && node->major == major && node->minor == minor));
}

static bool is_word(const char *text, const char *word, size_t length)
{
	return strncmp(text, word, length) == 0 && text[length] == '\0';
}

/* One line, as a block of its own that ends with it. */
static void check_line(struct span bytes)
{
	char *const original = input_text(bytes);
	char *const line = strdup(original);
	struct devname_node node;
	const char *words[3];
	size_t lengths[3];
	const char *p = original;
	bool is_good;

	fuzz_assert(line != NULL);
	is_good = devname_parse(line, &node);
	for (size_t i = 0; i < 3; i++) {
		words[i] = p + strspn(p, blanks);
		lengths[i] = strcspn(words[i], blanks);
		p = words[i] + lengths[i];
	}
	check_numbers(words[2], is_good, &node);
	fuzz_assert(!is_good || (is_word(node.module, words[0], lengths[0]) &&
				 is_word(node.device, words[1], lengths[1])));
	free(line);
	free(original);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size);

	while (text.size > 0) {
		const uint8_t *const newline = memchr(text.data, '\n', text.size);
		const size_t length = newline ? (size_t)(newline - text.data) : text.size;

		check_line(span_of(span_take(&text, length), length));
		(void)span_take(&text, 1);
	}
	return 0;
}
