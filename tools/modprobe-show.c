/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modprobe -c, --show-modversions, --show-exports: what is configured, what a module needs and has.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libkmod/index.h"
#include "tools/cli.h"
#include "tools/modprobe.h"

/* ---- Configuration --------------------------------------------------------------------- */

/*
 * Shows entries the way they are written in the configuration. False when memory ran out: only
 * blacklists have no values.
 */
static bool show_entries(const char *word, struct kmod_config_iter *iter)
{
	while (kmod_config_iter_next(iter)) {
		const char *const value = kmod_config_iter_get_value(iter);

		printf("%s %s", word, kmod_config_iter_get_key(iter));
		if (value)
			printf(" %s", value);
		else if (strcmp(word, "blacklist") != 0)
			return false;
		putchar('\n');
	}
	return true;
}

static void put_to_output(void *out, const char *text)
{
	(void)out;
	(void)fputs(text, stdout);
}

int modprobe_show_config(struct modprobe *m)
{
	static const struct {
		const char *word;
		struct kmod_config_iter *(*get)(const struct kmod_ctx *ctx);
	} kinds[] = {
		{ "blacklist", kmod_config_get_blacklists },
		{ "install", kmod_config_get_install_commands },
		{ "remove", kmod_config_get_remove_commands },
		{ "alias", kmod_config_get_aliases },
		{ "options", kmod_config_get_options },
		{ "softdep", kmod_config_get_softdeps },
		{ "weakdep", kmod_config_get_weakdeps },
	};
	static const enum kmod_index indexes[] = {
		KMOD_INDEX_MODULES_ALIAS,
		KMOD_INDEX_MODULES_SYMBOL,
	};
	int status = 0;

	cli_expect_much();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct kmod_config_iter *const iter = kinds[i].get(m->ctx);

		const bool complete = iter && show_entries(kinds[i].word, iter);

		kmod_config_iter_free_iter(iter);
		if (!complete) {
			cli_log(m->cli, LOG_ERR, "out-of-memory");
			return -ENOMEM;
		}
	}

	puts("\n# End of configuration files. Dumping indexes now:\n");
	for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		const int r = index_show(m->ctx, indexes[i], put_to_output, NULL);

		/* A tree without indexes is nothing to complain about; all else was logged. */
		if (r < 0 && r != -ENOSYS)
			status = r;
	}
	return status;
}

/* ---- Symbols --------------------------------------------------------------------------- */

/* A list of symbols, and how to get at it. */
struct symbols {
	const char *what; /* for messages */
	int (*get_list)(const struct kmod_module *mod, struct kmod_list **list);
	const char *(*get_name)(const struct kmod_list *entry);
	uint64_t (*get_crc)(const struct kmod_list *entry);
	void (*free_list)(struct kmod_list *list);
};

static const struct symbols modversions = {
	.what = "modversions",
	.get_list = kmod_module_get_versions,
	.get_name = kmod_module_version_get_symbol,
	.get_crc = kmod_module_version_get_crc,
	.free_list = kmod_module_versions_free_list,
};

static const struct symbols exports = {
	.what = "symbols",
	.get_list = kmod_module_get_symbols,
	.get_name = kmod_module_symbol_get_symbol,
	.get_crc = kmod_module_symbol_get_crc,
	.free_list = kmod_module_symbols_free_list,
};

static int show_symbols(struct modprobe *m, struct kmod_module *mod, const void *data)
{
	const struct symbols *const symbols = data;
	struct kmod_list *list = NULL;
	const struct kmod_list *entry;
	const int r = symbols->get_list(mod, &list);

	if (r < 0) {
		modprobe_fail(m, "could not get %s of %s: %s", symbols->what,
			      kmod_module_get_name(mod), strerror(-r));
		return r;
	}
	kmod_list_foreach(entry, list)
		printf("0x%08" PRIx64 "\t%s\n", symbols->get_crc(entry), symbols->get_name(entry));
	symbols->free_list(list);
	return 0;
}

int modprobe_show_modversions(struct modprobe *m)
{
	return modprobe_each_module(m, m->opts.operands[0], true, show_symbols, &modversions);
}

int modprobe_show_exports(struct modprobe *m)
{
	return modprobe_each_module(m, m->opts.operands[0], true, show_symbols, &exports);
}
