/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for tools/modinfo-params.c. An input is strings with a NUL behind each, as in .modinfo:
 * those that begin with 't' are types, after that letter.
 */
#include "tools/modinfo-params.h"

#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "input.h"

/* What is looked through for each parameter; the time goes with its square. */
#define STRINGS_MAX 64U

struct string {
	const char *text;
	size_t name_length;
	bool is_type;
	bool is_taken; /* it has a name */
};

static bool is_same_name(const struct string *a, const struct string *b)
{
	return a->is_taken && b->is_taken && a->name_length == b->name_length &&
	       memcmp(a->text, b->text, a->name_length) == 0;
}

/* The last of the @count strings with the name of @one that is a type, or is not; NULL: none. */
static const char *last_of(const struct string *strings, size_t count, const struct string *one,
			   bool is_type)
{
	for (size_t i = count; i-- > 0;)
		if (strings[i].is_type == is_type && is_same_name(&strings[i], one))
			return strings[i].text + strings[i].name_length + 1;
	return NULL;
}

/* That @params has one entry for each name, the name that was found first last. */
static void check_merged(const struct params *params, const struct string *strings, size_t count)
{
	size_t left = params->count;

	for (size_t i = 0; i < count; i++) {
		bool is_first = strings[i].is_taken;

		for (size_t j = 0; j < i && is_first; j++)
			is_first = !is_same_name(&strings[i], &strings[j]);
		if (!is_first)
			continue;
		fuzz_assert(left-- > 0);
		fuzz_assert(params->params[left].name_length == strings[i].name_length);
		fuzz_assert(memcmp(params->params[left].name, strings[i].text,
				   strings[i].name_length) == 0);
		fuzz_assert(params->params[left].text ==
			    last_of(strings, count, &strings[i], false));
		fuzz_assert(params->params[left].type ==
			    last_of(strings, count, &strings[i], true));
	}
	fuzz_assert(left == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *const text = input_text(span_of(data, size));
	const char *const end = text + size;
	struct string strings[STRINGS_MAX];
	struct params params = { 0 };
	size_t count = 0;

	for (const char *p = text; p < end && count < STRINGS_MAX; p += strlen(p) + 1, count++) {
		struct string *const string = &strings[count];
		const char *colon;

		string->is_type = *p == 't';
		string->text = p + string->is_type;
		colon = strchr(string->text, ':');
		string->is_taken = colon != NULL;
		string->name_length = colon ? (size_t)(colon - string->text) : 0;
		fuzz_assert(params_add(&params, string->text, string->is_type) ==
			    (colon ? 0 : -EINVAL));
		p = string->text;
	}
	params_merge(&params);
	check_merged(&params, strings, count);
	params_done(&params);
	free(text);
	return 0;
}
