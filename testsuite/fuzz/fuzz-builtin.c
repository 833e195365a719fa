/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for libkmod/format/builtin.c, and for how libkmod/modinfo.c makes a list of it.
 *
 * An input is the name of a module, a NUL, and the file.
 */
#include "libkmod/format/builtin.h"

#include <errno.h>
#include <string.h>

#include "context.h"
#include "fuzz.h"
#include "libkmod/libkmod.h"
#include "libkmod/module.h"
#include "libkmod/name.h"
#include "scratch.h"

struct expected {
	struct span file;
	struct span last; /* the record before */
	int count;
};

/* That @text is a part of the file, behind the one before. */
static int take_record(struct span text, void *data)
{
	struct expected *const expected = data;
	const uint8_t *const end = expected->file.data + expected->file.size;

	fuzz_assert(text.data >= expected->last.data + expected->last.size);
	fuzz_assert(text.data <= end && text.size <= (size_t)(end - text.data));
	fuzz_assert(text.size == 0 || !memchr(text.data, '\0', text.size));
	expected->last = text;
	expected->count++;
	return 0;
}

/* The records of @name in @file that are next to each other, counted by their definition. */
static int count_records(struct span file, const char *name)
{
	const bool ends_in_nul = span_ends_with(&file, "", 1);
	const size_t length = strlen(name);
	int count = 0;

	while (file.size > 0) {
		const struct span record = span_take_text(&file);
		const bool is_cut = file.size == 0 && !ends_in_nul;
		const uint8_t *const dot = record.size > 0 ? memchr(record.data, '.', record.size) :
							     NULL;
		const bool ours = dot && (size_t)(dot - record.data) == length &&
				  memcmp(record.data, name, length) == 0;

		if (!ours && count > 0 && (dot || !is_cut))
			return count;
		if (!dot || is_cut)
			return -EINVAL;
		count += ours;
	}
	return count;
}

/* That the list that programs get has @count entries; those of names that are no longer names. */
static void check_list(struct span file, const char *name, int count)
{
	struct kmod_ctx *const ctx = fuzz_context();
	struct kmod_module *mod = NULL;
	struct kmod_list *list = NULL;
	char normal[PATH_MAX];

	(void)module_name_normalize(name, normal);
	if (strcmp(normal, name) == 0 && kmod_module_new_from_name(ctx, name, &mod) == 0) {
		scratch_put("modules.builtin.modinfo", file);
		module_set_builtin(mod, true);
		fuzz_assert(kmod_module_get_info(mod, &list) == count);
		kmod_module_info_free_list(list);
		(void)kmod_module_unref(mod);
	}
	(void)kmod_unref(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of(data, size);
	const char *const name = span_take_string(&rest);
	struct expected expected = { .file = rest, .last = { .data = rest.data } };
	int count, r;

	if (!name || strlen(name) >= PATH_MAX)
		return -1;
	count = count_records(rest, name);
	r = builtin_modinfo(rest, name, take_record, &expected);
	fuzz_assert(r == (count < 0 ? count : 0));
	fuzz_assert(count < 0 || expected.count == count);
	check_list(rest, name, count);
	return 0;
}
