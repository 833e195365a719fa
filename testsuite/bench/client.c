/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * client lookup DIRNAME | client info DIRNAME: a program that uses libkmod as others do, for
 * measuring. It reads names from standard input, one a line, and prints how many results there
 * were, so that two libraries can be seen to have done the same work.
 */
#include <libkmod.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const no_config[] = { NULL };

static long count(const struct kmod_list *list)
{
	const struct kmod_list *node;
	long n = 0;

	kmod_list_foreach (node, list)
		n++;
	return n;
}

/* What udev does with the modalias of each device. */
static long lookup(struct kmod_ctx *ctx, const char *alias)
{
	struct kmod_list *list = NULL;
	long n;

	if (kmod_module_new_from_lookup(ctx, alias, &list) < 0)
		return 0;
	n = count(list);
	kmod_module_unref_list(list);
	return n;
}

/* What a tool does that makes an initramfs or checks a kernel. */
static long info(struct kmod_ctx *ctx, const char *path)
{
	struct kmod_list *pairs = NULL, *symbols = NULL;
	struct kmod_module *mod = NULL;
	long n = 0;

	if (kmod_module_new_from_path(ctx, path, &mod) < 0)
		return 0;
	if (kmod_module_get_info(mod, &pairs) >= 0) {
		const struct kmod_list *node;

		/* a newer library has one more */
		kmod_list_foreach (node, pairs)
			n += strcmp(kmod_module_info_get_key(node), "build-id") != 0;
	}
	if (kmod_module_get_dependency_symbols(mod, &symbols) >= 0)
		n += count(symbols);
	kmod_module_info_free_list(pairs);
	kmod_module_dependency_symbols_free_list(symbols);
	kmod_module_unref(mod);
	return n;
}

int main(int argc, char *argv[])
{
	struct kmod_ctx *ctx;
	char *line = NULL;
	size_t room = 0;
	long results = 0;
	ssize_t length;
	int looks_up;

	if (argc != 3)
		return EXIT_FAILURE;
	looks_up = strcmp(argv[1], "lookup") == 0;
	ctx = kmod_new(argv[2], no_config);
	if (!ctx || (looks_up && kmod_load_resources(ctx) < 0))
		return EXIT_FAILURE;
	while ((length = getline(&line, &room, stdin)) > 0) {
		line[length - 1] = '\0';
		results += looks_up ? lookup(ctx, line) : info(ctx, line);
	}
	printf("%ld\n", results);
	free(line);
	kmod_unref(ctx);
	return EXIT_SUCCESS;
}
