/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks the library for all that it can say of a module, and holds each entry against the file.
 */
#include "said.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/session.h"
#include "libkmod/libkmod.h"

/* Where what is said goes, and what it has to be found in. */
struct listener {
	struct bytes file, sig;
	FILE *text, *signature;
	const char *unfounded;
};

static bool is_in(struct bytes whole, const void *part, size_t size)
{
	return size == 0 || memmem(whole.data, whole.size, part, size) != NULL;
}

static bool has_text(struct bytes file, const char *text)
{
	return is_in(file, text, strlen(text));
}

/* The @width lower bytes of @value in either byte order. */
static bool has_number(struct bytes file, uint64_t value, size_t width)
{
	uint8_t little[8], big[8];

	for (size_t i = 0; i < width; i++) {
		little[i] = (uint8_t)(value >> (8 * i));
		big[width - 1 - i] = little[i];
	}
	return is_in(file, little, width) || is_in(file, big, width);
}

/* No checksum at all is 0, one that points to nowhere is all ones. */
static bool has_crc(struct bytes file, uint64_t crc)
{
	if (crc == 0 || crc == UINT64_MAX)
		return true;
	return has_number(file, crc, crc <= UINT32_MAX ? 4 : 8);
}

/* Pairs of hexadecimal digits, with what is no digit between them. */
static bool has_hex(struct bytes file, const char *hex)
{
	uint8_t *const bytes = malloc(strlen(hex) / 2 + 1);
	unsigned int byte;
	size_t size = 0;
	bool found;
	int n;

	ck_assert_ptr_nonnull(bytes);
	while (sscanf(hex, "%2x%n", &byte, &n) == 1 && n == 2) {
		bytes[size++] = (uint8_t)byte;
		hex += 2;
		hex += strspn(hex, ":\n\t");
	}
	found = *hex == '\0' && is_in(file, bytes, size);
	free(bytes);
	return found;
}

static void expect_founded(struct listener *to, bool founded, const char *what, const char *name)
{
	if (!founded && to->unfounded == NULL)
		to->unfounded = format_text("the %s '%s' is not in the file", what, name);
}

/* ---- Entries ---- */

/* What is said of a signature: names and numbers of it, or that there is nothing to say. */
static void hear_of_signature(struct listener *to, const char *key, const char *value)
{
	const bool is_bytes = strcmp(key, "sig_key") == 0 || strcmp(key, "signature") == 0;

	(void)fprintf(to->signature, "%s=%s\n", key, value);
	if (is_bytes)
		expect_founded(to, has_hex(to->sig, value) || has_hex(to->file, value), key, value);
}

static void hear_info(struct listener *to, const struct kmod_list *entry)
{
	static const char *const of_signature[] = { "sig_id", "signer", "sig_key", "sig_hashalgo",
						    "signature" };
	const char *const key = kmod_module_info_get_key(entry);
	const char *const value = kmod_module_info_get_value(entry);
	char *text = NULL;

	for (size_t i = 0; i < sizeof(of_signature) / sizeof(of_signature[0]); i++)
		if (strcmp(key, of_signature[i]) == 0)
			return hear_of_signature(to, key, value);
	(void)fprintf(to->text, "%s=%s\n", key, value);
	if (strcmp(key, "build-id") == 0)
		return expect_founded(to, has_hex(to->file, value), key, value);
	ck_assert_int_gt(asprintf(&text, "%s%s%s", key, *value ? "=" : "", value), 0);
	expect_founded(to, has_text(to->file, text), "entry", text);
	free(text);
}

static void hear_crc(struct listener *to, const char *name, uint64_t crc)
{
	if (crc != 0)
		(void)fprintf(to->text, "%#" PRIx64, crc);
	(void)fprintf(to->text, "\n");
	expect_founded(to, has_text(to->file, name), "name", name);
	expect_founded(to, has_crc(to->file, crc), "checksum of", name);
}

static void hear_version(struct listener *to, const struct kmod_list *entry)
{
	const char *const name = kmod_module_version_get_symbol(entry);

	(void)fprintf(to->text, "%s ", name);
	hear_crc(to, name, kmod_module_version_get_crc(entry));
}

static void hear_symbol(struct listener *to, const struct kmod_list *entry)
{
	const char *const name = kmod_module_symbol_get_symbol(entry);

	(void)fprintf(to->text, "%s ", name);
	hear_crc(to, name, kmod_module_symbol_get_crc(entry));
}

static void hear_dependency(struct listener *to, const struct kmod_list *entry)
{
	const char *const name = kmod_module_dependency_symbol_get_symbol(entry);
	const int bind = kmod_module_dependency_symbol_get_bind(entry);

	(void)fprintf(to->text, "%c %s ", bind, name);
	expect_founded(to, bind == KMOD_SYMBOL_UNDEF || bind == KMOD_SYMBOL_WEAK, "binding of",
		       name);
	hear_crc(to, name, kmod_module_dependency_symbol_get_crc(entry));
}

static const struct {
	const char *name;
	int (*get)(const struct kmod_module *mod, struct kmod_list **list);
	void (*hear)(struct listener *to, const struct kmod_list *entry);
	void (*free)(struct kmod_list *list);
} lists[SAID_LISTS] = {
	[SAID_INFO] = { "info", kmod_module_get_info, hear_info, kmod_module_info_free_list },
	[SAID_VERSIONS] = { "versions", kmod_module_get_versions, hear_version,
			    kmod_module_versions_free_list },
	[SAID_SYMBOLS] = { "symbols", kmod_module_get_symbols, hear_symbol,
			   kmod_module_symbols_free_list },
	[SAID_DEPENDENCIES] = { "dependencies", kmod_module_get_dependency_symbols, hear_dependency,
				kmod_module_dependency_symbols_free_list },
};

/* ---- Lists ---- */

static int hear_list(struct listener *to, enum said_list which, const struct kmod_module *mod)
{
	struct kmod_list *list = NULL, *entry;
	const int r = lists[which].get(mod, &list);
	int count = 0;

	(void)fprintf(to->text, "\n%s:\n", lists[which].name);
	kmod_list_foreach(entry, list) {
		lists[which].hear(to, entry);
		count++;
	}
	expect_founded(to, r < 0 ? list == NULL : r == count, "length of the list of",
		       lists[which].name);
	lists[which].free(list);
	return r;
}

struct said said_of(const char *path, struct bytes file, struct bytes sig)
{
	struct listener to = { .file = file, .sig = sig };
	struct kmod_ctx *const ctx = session_context();
	struct kmod_module *mod = NULL;
	struct said said = { 0 };
	size_t size;

	to.text = open_memstream(&said.text, &size);
	to.signature = open_memstream(&said.signature, &size);
	ck_assert(to.text != NULL && to.signature != NULL);
	ck_assert_int_eq(kmod_module_new_from_path(ctx, path, &mod), 0);
	for (int i = 0; i < SAID_LISTS; i++)
		said.results[i] = hear_list(&to, (enum said_list)i, mod);
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
	ck_assert(fclose(to.text) == 0 && fclose(to.signature) == 0);
	said.unfounded = to.unfounded;
	return said;
}

void said_done(struct said *said)
{
	free(said->text);
	free(said->signature);
}

const char *said_besides(const struct said *part, const struct said *whole)
{
	const char *line = part->text;

	while (*line != '\0') {
		const char *const end = line + strcspn(line, "\n");
		/* Without the newline where a checksum would follow. */
		const size_t size = (size_t)(end - line) + (end > line && end[-1] == ' ' ? 0 : 1);
		const char *const text = format_text("\n%.*s", (int)size, line);

		if (size > 1 && strstr(whole->text, text) == NULL)
			return text + 1;
		line = end + (*end == '\n');
	}
	return NULL;
}
