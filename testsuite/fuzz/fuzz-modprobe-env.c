/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for tools/modprobe-env.c. An input is the value of MODPROBE_OPTIONS.
 */
#include "tools/modprobe-env.h"

#include <string.h>
#include <syslog.h>

#include "fuzz.h"
#include "input.h"
#include "tools/cli.h"

/* The partner of the quote at @p; NULL when that is none, or has none. */
static const char *partner(const char *p)
{
	return *p == '"' || *p == '\'' ? strchr(p + 1, *p) : NULL;
}

/* Writes the next word of *@rest to @word; false at the end. Nothing is moved in place here. */
static bool simple_word(const char **rest, char *word)
{
	const char *p = *rest;
	const char *end = partner(p);

	if (*p == '\0')
		return false;
	if (end) {
		*(char *)mempcpy(word, p + 1, (size_t)(end - p - 1)) = '\0';
		*rest = end + 1;
		return true;
	}
	while (*p != '\0' && *p != ' ') {
		end = partner(p);
		if (end) {
			word = mempcpy(word, p + 1, (size_t)(end - p - 1));
			p = end + 1;
		} else if (*p == '"' || *p == '\'') {
			word = stpcpy(word, p);
			p += strlen(p);
		} else {
			*word++ = *p++;
		}
	}
	*word = '\0';
	*rest = *p == ' ' ? p + 1 : p;
	return true;
}

/* That the words of @value are between the arguments of the command. */
static void check_words(const char *value)
{
	static char name[] = "modprobe", argument[] = "argument";
	char *const argv[] = { name, argument, NULL };
	struct modprobe_env_args args = { 0 };
	char *const word = malloc(strlen(value) + 1);
	size_t i = 1;

	fuzz_assert(word && modprobe_env_collect(argv, &args) == 0);
	fuzz_assert(args.argv[0] == name);
	while (simple_word(&value, word)) {
		fuzz_assert(i < args.count);
		fuzz_assert(strcmp(args.argv[i], word) == 0);
		i++;
	}
	fuzz_assert(args.count == i + 1 && args.argv[i] == argument && !args.argv[i + 1]);
	modprobe_env_args_done(&args);
	free(word);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cli cli = { .prog = "modprobe", .threshold = LOG_INFO };
	char *const value = input_text(span_of(data, size));
	struct strbuf passed = { 0 };

	fuzz_assert(setenv("MODPROBE_OPTIONS", value, 1) == 0);
	check_words(value);
	modprobe_env_add(&passed, "-d", "/root");
	fuzz_assert(modprobe_env_pass_on(&cli, &passed) == 0);
	check_words(getenv("MODPROBE_OPTIONS"));
	strbuf_done(&passed);
	free(value);
	return 0;
}
