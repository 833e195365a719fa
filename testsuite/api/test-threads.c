/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A context for each of many threads, all of them doing all that a context can do.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "harness/compress.h"
#include "harness/index.h"
#include "harness/modules.h"
#include "harness/signatures.h"
#include "harness/suite.h"
#include "harness/world.h"
#include "libkmod/libkmod.h"

enum {
	THREADS = 16,
	ROUNDS = 20,
};

static const char *const paths[] = { "/t/plain.ko", "/t/xz.ko", "/t/gzip.ko", "/t/zstd.ko" };

static void put_system(void)
{
	const struct bytes module = module_built("basic");

	put(RELEASE_DIR "/modules.dep.bin",
	    INDEX({ "dep_mid", "kernel/dep-mid.ko: kernel/dep-base.ko", 1 },
		  { "dep_base", "kernel/dep-base.ko:", 0 }));
	put(RELEASE_DIR "/modules.alias.bin",
	    INDEX({ "net_pf_2", "one", 0 }, { "net_pf_*", "two", 1 }));
	put(RELEASE_DIR "/modules.symbols.bin", INDEX({ "symbol:printf", "libc", 0 }));
	put(RELEASE_DIR "/modules.builtin.bin", INDEX({ "ext4", "", 0 }));
	put(RELEASE_DIR "/modules.builtin.alias.bin", INDEX({ "fs_*", "ext4", 0 }));
	put(RELEASE_DIR "/kernel/dep-mid.ko", module);
	put(RELEASE_DIR "/kernel/dep-base.ko", module);
	put("/etc/modprobe.d/x.conf",
	    bytes_text("options dep_mid a=1\nalias nick dep_mid\nblacklist no\n"
		       "softdep other pre: dep_base\n"));
	put("/proc/modules", bytes_text("held 16384 0 - Live 0x0\n"));
	put("/sys/module/held/initstate", bytes_text("live\n"));
	put("/sys/module/held/refcnt", bytes_text("3\n"));
	put(paths[0], module);
	put("/t/plain.ko.sig", signature_full());
	for (int i = XZ; i < FORMATS; i++)
		put(paths[i], formats[i].lacking ? module : compressed((enum format)i, module));
}

static bool finds(struct kmod_ctx *ctx, const char *query, const char *name)
{
	struct kmod_list *list = NULL;
	struct kmod_module *mod = NULL;
	bool right = kmod_module_new_from_lookup(ctx, query, &list) == 0;

	mod = kmod_module_get_module(list);
	right = right && mod && strcmp(kmod_module_get_name(mod), name) == 0;
	(void)kmod_module_unref(mod);
	(void)kmod_module_unref_list(list);
	return right;
}

static bool looks_up(struct kmod_ctx *ctx)
{
	return finds(ctx, "dep-mid", "dep_mid") && finds(ctx, "net-pf-2", "one") &&
	       finds(ctx, "symbol:printf", "libc") && finds(ctx, "fs-x", "ext4") &&
	       finds(ctx, "nick", "dep_mid") && kmod_validate_resources(ctx) == KMOD_RESOURCES_OK;
}

static bool reads_configuration(const struct kmod_ctx *ctx)
{
	struct kmod_config_iter *const iter = kmod_config_get_options(ctx);
	const bool right = iter && kmod_config_iter_next(iter) &&
			   strcmp(kmod_config_iter_get_value(iter), "a=1") == 0;

	kmod_config_iter_free_iter(iter);
	return right;
}

/* What a file says, and that the kernel gets it. */
static bool reads_module(struct kmod_ctx *ctx, const char *path)
{
	struct kmod_list *info = NULL, *versions = NULL, *symbols = NULL, *needs = NULL;
	struct kmod_module *mod = NULL;
	const bool right = kmod_module_new_from_path(ctx, path, &mod) == 0 &&
			   kmod_module_get_info(mod, &info) > 0 &&
			   kmod_module_get_versions(mod, &versions) > 0 &&
			   kmod_module_get_symbols(mod, &symbols) > 0 &&
			   kmod_module_get_dependency_symbols(mod, &needs) > 0 &&
			   kmod_module_get_initstate(mod) == -ENOENT;

	kmod_module_info_free_list(info);
	kmod_module_versions_free_list(versions);
	kmod_module_symbols_free_list(symbols);
	kmod_module_dependency_symbols_free_list(needs);
	(void)kmod_module_unref(mod);
	return right;
}

/* The kernel's side: what is loaded, and a load of two modules. */
static bool reaches_kernel(struct kmod_ctx *ctx)
{
	struct kmod_list *loaded = NULL;
	struct kmod_module *held = NULL, *mid = NULL;
	const bool right = kmod_module_new_from_loaded(ctx, &loaded) == 0 &&
			   kmod_module_new_from_name(ctx, "held", &held) == 0 &&
			   kmod_module_get_initstate(held) == KMOD_MODULE_LIVE &&
			   kmod_module_get_refcnt(held) == 3 &&
			   kmod_module_new_from_name(ctx, "dep_mid", &mid) == 0 &&
			   kmod_module_probe_insert_module(mid, 0, NULL, NULL, NULL, NULL) == 0;

	(void)kmod_module_unref_list(loaded);
	(void)kmod_module_unref(held);
	(void)kmod_module_unref(mid);
	return right;
}

/* Returns NULL, or what went wrong. */
static void *use_contexts(void *data)
{
	const char *wrong = NULL;

	for (int round = 0; round < ROUNDS && !wrong; round++) {
		struct kmod_ctx *const ctx = kmod_new(NULL, NULL);

		if (!ctx)
			return (void *)"no context";
		if (round % 2)
			(void)kmod_load_resources(ctx);
		if (!looks_up(ctx))
			wrong = "lookup";
		else if (!reads_configuration(ctx))
			wrong = "configuration";
		else if (!reads_module(ctx, paths[round % 4]))
			wrong = "module";
		else if (round == 0 && !reaches_kernel(ctx))
			wrong = "kernel";
		if (kmod_unref(ctx))
			wrong = "context";
	}
	return (void *)wrong;
}

/* Contexts have nothing in common: each thread may have its own. */
START_TEST(contexts)
{
	pthread_t all[THREADS];
	void *wrong;

	put_system();
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&all[i], NULL, use_contexts, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(all[i], &wrong), 0);
		ck_assert_msg(wrong == NULL, "%s", (const char *)wrong);
	}
	expect_calls(2 * THREADS);
}
END_TEST

static void *run_commands(void *data)
{
	struct kmod_ctx *const ctx = kmod_new(NULL, NULL);
	struct kmod_module *mod = NULL;
	int r = kmod_module_new_from_name(ctx, "by_command", &mod);

	for (int round = 0; round < ROUNDS && r == 0; round++)
		r = kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL);
	(void)kmod_module_unref(mod);
	(void)kmod_unref(ctx);
	return r == 0 ? NULL : (void *)strerrordesc_np(-r);
}

/* What a command's environment says is of its own module, and is not there afterwards. */
START_TEST(commands)
{
	pthread_t all[THREADS];
	void *wrong;

	put("/etc/modprobe.d/x.conf",
	    bytes_text("install by_command test \"$MODPROBE_MODULE $MODPROBE_NESTING\" = "
		       "\"by_command by_command\"\n"));
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&all[i], NULL, run_commands, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(all[i], &wrong), 0);
		ck_assert_msg(wrong == NULL, "%s", (const char *)wrong);
	}
	ck_assert_ptr_null(getenv("MODPROBE_MODULE"));
	ck_assert_ptr_null(getenv("MODPROBE_NESTING"));
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("threads");

	tcase_add_test(add_case(suite, "threads"), contexts);
	tcase_add_test(add_case(suite, "threads"), commands);
	return suite_run(argv, suite);
}
