/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Public iterators over the configuration.
 */
#include "libkmod/libkmod.h"

#include <stdlib.h>
#include <string.h>

#include "libkmod/config.h"
#include "libkmod/context.h"

struct kmod_config_iter {
	const struct config_entry *entries;
	size_t count;
	size_t position; /* of the current entry, from 1; 0: there is none */
	char *text;	 /* the value of the last softdep or weakdep that was asked for */
};

static struct kmod_config_iter *iter_new(const struct kmod_ctx *ctx, enum config_kind kind)
{
	struct kmod_config_iter *const iter = ctx ? calloc(1, sizeof(*iter)) : NULL;

	if (iter)
		iter->entries = config_entries(context_config(ctx), kind, &iter->count);
	return iter;
}

struct kmod_config_iter *kmod_config_get_blacklists(const struct kmod_ctx *ctx)
{
	return iter_new(ctx, CONFIG_BLACKLIST);
}

struct kmod_config_iter *kmod_config_get_install_commands(const struct kmod_ctx *ctx)
{
	return iter_new(ctx, CONFIG_INSTALL);
}

struct kmod_config_iter *kmod_config_get_remove_commands(const struct kmod_ctx *ctx)
{
	return iter_new(ctx, CONFIG_REMOVE);
}

struct kmod_config_iter *kmod_config_get_aliases(const struct kmod_ctx *ctx)
{
	return iter_new(ctx, CONFIG_ALIAS);
}

struct kmod_config_iter *kmod_config_get_options(const struct kmod_ctx *ctx)
{
	return iter_new(ctx, CONFIG_OPTIONS);
}

struct kmod_config_iter *kmod_config_get_softdeps(const struct kmod_ctx *ctx)
{
	return iter_new(ctx, CONFIG_SOFTDEP);
}

struct kmod_config_iter *kmod_config_get_weakdeps(const struct kmod_ctx *ctx)
{
	return iter_new(ctx, CONFIG_WEAKDEP);
}

bool kmod_config_iter_next(struct kmod_config_iter *iter)
{
	if (!iter)
		return false;
	/* Past the last entry is where it began, before the first. */
	iter->position = iter->position < iter->count ? iter->position + 1 : 0;
	return iter->position > 0;
}

static const struct config_entry *current_entry(const struct kmod_config_iter *iter)
{
	return iter && iter->position > 0 ? &iter->entries[iter->position - 1] : NULL;
}

const char *kmod_config_iter_get_key(const struct kmod_config_iter *iter)
{
	const struct config_entry *const entry = current_entry(iter);

	return entry ? entry->name : NULL;
}

/*
 * Writes @title and the dependencies that @entry has in @list, with a blank between them, at
 * @text; nothing when it has none. Returns the end.
 *
 * Ever since there are softdeps this has shown all that the line lists between the first and the
 * last of them, also where that belongs to the other list.
 */
static char *write_list(char *text, const struct config_entry *entry, enum config_dep_list list,
			const char *title)
{
	struct config_dep dep = { 0 };
	char *next = text, *end = text;

	while (config_dep_next(entry, &dep)) {
		if (next == text && dep.list != list)
			continue;
		next = stpcpy(next, next == text ? title : " ");
		next = stpcpy(next, dep.name);
		if (dep.list == list)
			end = next;
	}
	return end;
}

/* The lists of @entry, a softdep or weakdep, as text; the caller frees it. NULL: no memory. */
static char *lists_as_text(const struct config_entry *entry)
{
	/* Each list at most repeats all words of the entry, after its title. */
	char *const text = malloc(2 * (entry->value_size + sizeof("post: ")) + 1);
	char *end = text;

	if (!text)
		return NULL;
	if (entry->kind == CONFIG_WEAKDEP) {
		end = write_list(end, entry, CONFIG_DEP_WEAK, "");
	} else {
		end = write_list(end, entry, CONFIG_DEP_PRE, "pre: ");
		end = write_list(end, entry, CONFIG_DEP_POST, "post: ");
	}
	*end = '\0';
	return text;
}

const char *kmod_config_iter_get_value(const struct kmod_config_iter *iter)
{
	const struct config_entry *const entry = current_entry(iter);
	/* The public interface takes it read-only, and to its user it is. */
	struct kmod_config_iter *const keeper = (struct kmod_config_iter *)iter;

	if (!entry)
		return NULL;
	if (entry->kind != CONFIG_SOFTDEP && entry->kind != CONFIG_WEAKDEP)
		return entry->value;
	free(keeper->text);
	keeper->text = lists_as_text(entry);
	return keeper->text;
}

void kmod_config_iter_free_iter(struct kmod_config_iter *iter)
{
	if (!iter)
		return;
	free(iter->text);
	free(iter);
}
