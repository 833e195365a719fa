/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Indexes that are kept loaded, whether they are still current, and what is in them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/index.h"
#include "harness/session.h"
#include "harness/suite.h"
#include "harness/world.h"

static const struct {
	enum kmod_index type;
	const char *path;
	bool optional;
} files[] = {
	{ KMOD_INDEX_MODULES_DEP, RELEASE_DIR "/modules.dep.bin", false },
	{ KMOD_INDEX_MODULES_ALIAS, RELEASE_DIR "/modules.alias.bin", false },
	{ KMOD_INDEX_MODULES_SYMBOL, RELEASE_DIR "/modules.symbols.bin", false },
	{ KMOD_INDEX_MODULES_BUILTIN_ALIAS, RELEASE_DIR "/modules.builtin.alias.bin", true },
	{ KMOD_INDEX_MODULES_BUILTIN, RELEASE_DIR "/modules.builtin.bin", false },
};

static struct bytes dep_index(void)
{
	return INDEX({ "dep_mid", "kernel/dep-mid.ko: kernel/dep-base.ko", 1 },
		     { "dep_base", "kernel/dep-base.ko:", 0 });
}

static void put_indexes(void)
{
	put(files[0].path, dep_index());
	put(files[1].path,
	    INDEX({ "net_pf_2", "one", 0 }, { "net_pf_*", "two", 1 }, { "net_pf_2", "two", 1 }));
	put(files[2].path, INDEX({ "symbol:printf", "libc", 0 }));
	put(files[3].path, INDEX({ "fs_*", "ext4", 0 }));
	put(files[4].path, INDEX({ "ext4", "", 0 }, { "ext", "", 0 }));
}

/* A time that is not now, differing by @usec microseconds and @nsec nanoseconds. */
static void set_time(const char *path, long usec, long nsec)
{
	const struct timespec time = { 1000000000, usec * 1000 + nsec };

	ck_assert_int_eq(
		utimensat(AT_FDCWD, world_path(path), (struct timespec[]){ time, time }, 0), 0);
}

static const char *found(struct kmod_ctx *ctx, const char *query)
{
	struct kmod_list *list = NULL;

	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, query, &list), 0);
	return names_once(list);
}

/* ---- Load and unload ---- */

/* With the indexes loaded or not, and again after that, the answers are the same. */
START_TEST(loaded_or_not)
{
	struct kmod_ctx *const ctx = session_context();

	put_indexes();
	for (int i = 0; i < 3; i++) {
		ck_assert_str_eq(found(ctx, "dep-mid"), "dep_mid ");
		ck_assert_str_eq(found(ctx, "net-pf-2"), "one two two ");
		ck_assert_str_eq(found(ctx, "symbol:printf"), "libc ");
		ck_assert_str_eq(found(ctx, "fs-ext4"), "ext4 ");
		ck_assert_str_eq(found(ctx, "ext4"), "ext4 ");
		ck_assert_str_eq(found(ctx, "gone"), "");
		if (i == 1) {
			kmod_unload_resources(ctx);
			kmod_unload_resources(ctx);
		} else {
			ck_assert_int_eq(kmod_load_resources(ctx), 0);
			ck_assert_int_eq(kmod_load_resources(ctx), 0);
		}
	}
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

static const struct {
	const char *what;
	const char *data;
	size_t size;
	int result;
} damages[] = {
	{ "missing", NULL, 0, -ENOENT },
	{ "empty", "", 0, -EINVAL },
	{ "short", "\xb0\x07\xf4\x57\0\2\0\1\0\0\0", 11, -EINVAL },
	{ "no nodes", "\xb0\x07\xf4\x57\0\2\0\1\0\0\0\0", 12, 0 },
	{ "other minor version", "\xb0\x07\xf4\x57\0\2\xff\xff\0\0\0\0", 12, 0 },
	{ "wrong magic", "\xb0\x07\xf4\x58\0\2\0\1\0\0\0\0", 12, -EINVAL },
	{ "wrong version", "\xb0\x07\xf4\x57\0\3\0\1\0\0\0\0", 12, -EINVAL },
	{ "little-endian", "\x57\xf4\x07\xb0\1\0\2\0\0\0\0\0", 12, -EINVAL },
};

/* One that cannot be loaded: none is; unless it is the one that need not be there. */
START_TEST(load_damaged)
{
	for (int i = 0; i < ROWS(files); i++) {
		const int result = files[i].optional ? 0 : damages[_i].result;
		const size_t before = descriptors_open();
		struct kmod_ctx *const ctx = session_context();

		put_indexes();
		put_away(files[i].path);
		if (damages[_i].data)
			put(files[i].path, bytes_from(damages[_i].data, damages[_i].size));
		ck_assert_int_eq(kmod_load_resources(ctx), result);
		/* A loaded index would be one that has changed. */
		for (int j = 0; j < ROWS(files); j++)
			put_away(files[j].path);
		ck_assert_int_eq(kmod_validate_resources(ctx),
				 result < 0 ? KMOD_RESOURCES_OK : KMOD_RESOURCES_MUST_RELOAD);
		ck_assert_str_eq(found(ctx, "ext4"), result < 0 || i == 4 ? "" : "ext4 ");
		ck_assert_ptr_null(kmod_unref(ctx));
		ck_assert_uint_eq(descriptors_open(), before);
	}
	if (strcmp(damages[_i].what, "wrong magic") == 0)
		expect_logged(LOG_ERR, "magic check fail: b007f458 instead of b007f457\n");
}
END_TEST

/* Renamed over while it is loaded: what is loaded stays, until it is loaded anew. */
START_TEST(index_replaced)
{
	struct kmod_ctx *const ctx = session_context();

	put_indexes();
	for (int i = 0; i < ROWS(files); i++)
		set_time(files[i].path, 0, 0);
	ck_assert_int_eq(kmod_load_resources(ctx), 0);
	put(RELEASE_DIR "/new", INDEX({ "net_pf_*", "three", 0 }));
	ck_assert_int_eq(rename(world_path(RELEASE_DIR "/new"), world_path(files[1].path)), 0);
	ck_assert_str_eq(found(ctx, "net-pf-2"), "one two two ");
	ck_assert_int_eq(kmod_validate_resources(ctx), KMOD_RESOURCES_MUST_RELOAD);
	ck_assert_int_eq(kmod_load_resources(ctx), 0);
	ck_assert_int_eq(kmod_validate_resources(ctx), KMOD_RESOURCES_MUST_RELOAD);
	ck_assert_str_eq(found(ctx, "net-pf-2"), "one two two ");
	kmod_unload_resources(ctx);
	ck_assert_int_eq(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	ck_assert_int_eq(kmod_load_resources(ctx), 0);
	ck_assert_int_eq(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	ck_assert_str_eq(found(ctx, "net-pf-2"), "three ");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* An index that is not read at once. */
static struct bytes large_index(const char *value)
{
	static struct index_entry entries[4000];

	for (int i = 0; i < ROWS(entries); i++)
		entries[i] = (struct index_entry){ format_text("m%d", i), value, 0 };
	return index_made(entries, ROWS(entries));
}

/*
 * A program closes all descriptors that it does not know of, and uses their numbers: the indexes are
 * read as before, or those that have replaced them; and nothing of the program's is closed.
 */
START_TEST(descriptors_taken)
{
	const bool replaced = _i % 2, asked = _i / 2;
	bool before[DESCRIPTORS], taken[DESCRIPTORS];
	struct kmod_ctx *const ctx = session_context();
	struct kmod_list *list = NULL;
	struct kmod_module *mod;

	put_indexes();
	put(files[0].path, large_index("first.ko:"));
	put(files[1].path, large_index("first"));
	descriptors_find(before);
	ck_assert_int_eq(kmod_load_resources(ctx), 0);
	for (int n = 0; asked && n < 4000; n += 100)
		ck_assert_str_eq(found(ctx, format_text("m%d", n)), format_text("m%d ", n));
	ck_assert_int_eq(descriptors_take(before, taken), asked ? 1 : 2);
	if (replaced) {
		put(RELEASE_DIR "/new", large_index("later.ko:"));
		ck_assert_int_eq(rename(world_path(RELEASE_DIR "/new"), world_path(files[0].path)), 0);
	}
	/* What was read stays; of what can be read no more the new one is asked. */
	ck_assert_int_eq(kmod_module_new_from_lookup(ctx, "m3921", &list), 0);
	mod = kmod_module_get_module(list);
	ck_assert_str_eq(kmod_module_get_path(mod), replaced && !asked ? RELEASE_DIR "/later.ko" :
									RELEASE_DIR "/first.ko");
	(void)kmod_module_unref(mod);
	expect_not_logged(LOG_ERR, "");
	(void)kmod_module_unref_list(list);
	kmod_unload_resources(ctx);
	ck_assert(descriptors_give(taken));
	ck_assert_str_eq(found(ctx, "m17"), "m17 ");
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* ---- Validation ---- */

/* Each index by itself; a microsecond counts, a nanosecond does not. */
START_TEST(validate_indexes)
{
	struct kmod_ctx *const ctx = session_context();
	const char *const path = files[_i].path;

	put_indexes();
	set_time(path, 5, 0);
	ck_assert_int_eq(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	ck_assert_int_eq(kmod_load_resources(ctx), 0);
	ck_assert_int_eq(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	set_time(path, 5, 999);
	ck_assert_int_eq(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	set_time(path, 6, 0);
	ck_assert_int_eq(kmod_validate_resources(ctx), KMOD_RESOURCES_MUST_RELOAD);
	set_time(path, 5, 0);
	ck_assert_int_eq(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	put_away(path);
	ck_assert_int_eq(kmod_validate_resources(ctx), KMOD_RESOURCES_MUST_RELOAD);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

enum {
	ADD,
	REMOVE,
	EDIT,
	EDIT_PLAIN_FILE,
	REMOVE_DIRECTORY,
	REMOVE_PLAIN_FILE,
	ADD_MISSING_PATH,
	EDIT_SOFTDEP,
	EDIT_COMMAND_LINE,
};

static const struct {
	const char *what;
	int change;
	int result;
} changes[] = {
	{ "add an entry", ADD, KMOD_RESOURCES_MUST_RECREATE },
	{ "remove an entry", REMOVE, KMOD_RESOURCES_MUST_RECREATE },
	{ "edit a file in a directory", EDIT, KMOD_RESOURCES_OK },
	{ "edit a plain file", EDIT_PLAIN_FILE, KMOD_RESOURCES_MUST_RECREATE },
	{ "remove a directory", REMOVE_DIRECTORY, KMOD_RESOURCES_MUST_RECREATE },
	{ "remove a plain file", REMOVE_PLAIN_FILE, KMOD_RESOURCES_MUST_RECREATE },
	{ "add what was not there", ADD_MISSING_PATH, KMOD_RESOURCES_OK },
	{ "edit modules.softdep", EDIT_SOFTDEP, KMOD_RESOURCES_OK },
	{ "edit the command line", EDIT_COMMAND_LINE, KMOD_RESOURCES_OK },
};

START_TEST(validate_configuration)
{
	static const char *const paths[] = { "/c/dir", "/c/plain", "/c/missing", NULL };
	struct kmod_ctx *ctx;

	put("/c/dir/a.conf", bytes_text("alias a b\n"));
	put("/c/plain", bytes_text("alias c d\n"));
	put(RELEASE_DIR "/modules.softdep", NO_BYTES);
	put("/proc/cmdline", NO_BYTES);
	set_time("/c/dir", 0, 0);
	set_time("/c/plain", 0, 0);
	put_indexes();
	ctx = kmod_new(NULL, paths);
	ck_assert_int_eq(kmod_load_resources(ctx), 0);
	ck_assert_int_eq(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	switch (changes[_i].change) {
	case ADD:
		put("/c/dir/no configuration", NO_BYTES);
		break;
	case REMOVE:
		put_away("/c/dir/a.conf");
		break;
	case EDIT:
		put("/c/dir/a.conf", bytes_text("alias x y\n"));
		break;
	case EDIT_PLAIN_FILE:
		put("/c/plain", bytes_text("alias x y\n"));
		break;
	case REMOVE_DIRECTORY:
		put_away("/c/dir");
		break;
	case REMOVE_PLAIN_FILE:
		put_away("/c/plain");
		break;
	case ADD_MISSING_PATH:
		put("/c/missing", NO_BYTES);
		break;
	case EDIT_SOFTDEP:
		put(RELEASE_DIR "/modules.softdep", bytes_text("softdep a pre: b\n"));
		break;
	case EDIT_COMMAND_LINE:
		put("/proc/cmdline", bytes_text("a.b\n"));
		break;
	}
	ck_assert_int_eq(kmod_validate_resources(ctx), changes[_i].result);
	/* That an index has changed as well is less than to begin anew. */
	set_time(files[0].path, 1, 0);
	ck_assert_int_eq(kmod_validate_resources(ctx),
			 changes[_i].result ? changes[_i].result : KMOD_RESOURCES_MUST_RELOAD);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(null_context)
{
	ck_assert_int_eq(kmod_load_resources(NULL), -ENOENT);
	kmod_unload_resources(NULL);
	ck_assert_int_eq(kmod_validate_resources(NULL), KMOD_RESOURCES_MUST_RECREATE);
	ck_assert_int_eq(kmod_dump_index(NULL, KMOD_INDEX_MODULES_DEP, 1), -ENOSYS);
}
END_TEST

/* ---- Dump ---- */

/* What a dump of @type writes. */
static const char *dumped(struct kmod_ctx *ctx, enum kmod_index type, int *result)
{
	const int fd = open(world_path("/dump"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	struct bytes text;

	ck_assert_int_ge(fd, 0);
	*result = kmod_dump_index(ctx, type, fd);
	(void)close(fd);
	text = bytes_of_file(world_path("/dump"));
	return format_text("%.*s", (int)text.size, (const char *)text.data);
}

/* A key before those that begin with it, values by priority; two kinds are shown as aliases. */
START_TEST(dump)
{
	static const char *const texts[] = {
		"dep_base kernel/dep-base.ko:\ndep_mid kernel/dep-mid.ko: kernel/dep-base.ko\n",
		"alias net_pf_* two\nalias net_pf_2 one\nalias net_pf_2 two\n",
		"alias symbol:printf libc\n",
		"fs_* ext4\n",
		"ext \next4 \n",
	};
	struct kmod_ctx *const ctx = session_context();
	int r;

	put_indexes();
	for (int loaded = 0; loaded < 2; loaded++) {
		ck_assert_str_eq(dumped(ctx, files[_i].type, &r), texts[_i]);
		ck_assert_int_eq(r, 0);
		ck_assert_int_eq(kmod_load_resources(ctx), 0);
	}
	/* No place to write to is no failure of the index. */
	ck_assert_int_eq(kmod_dump_index(ctx, files[_i].type, -1), 0);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(dump_of_nothing)
{
	struct kmod_ctx *const ctx = session_context();
	const enum kmod_index type = files[_i].type;
	int r;

	ck_assert_str_eq(dumped(ctx, type, &r), "");
	ck_assert_int_eq(r, -ENOSYS);
	put(files[_i].path, NO_BYTES);
	ck_assert_str_eq(dumped(ctx, type, &r), "");
	ck_assert_int_eq(r, -ENOSYS);
	put(files[_i].path, bytes_noise(100));
	ck_assert_str_eq(dumped(ctx, type, &r), "");
	ck_assert_int_eq(r, -ENOSYS);
	put(files[_i].path, index_empty());
	ck_assert_str_eq(dumped(ctx, type, &r), "");
	ck_assert_int_eq(r, 0);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

START_TEST(dump_of_no_index)
{
	static const unsigned int types[] = { 5, 6, 1000, 1u << 31, UINT32_MAX };
	struct kmod_ctx *const ctx = session_context();

	put_indexes();
	for (int i = 0; i < ROWS(types); i++)
		ck_assert_int_eq(kmod_dump_index(ctx, (enum kmod_index)types[i], 1), -ENOENT);
	ck_assert_ptr_null(kmod_unref(ctx));
}
END_TEST

/* The file that the description of the format has as its example, byte by byte. */
START_TEST(index_as_described)
{
	static const char example[] = "\xb0\x07\xf4\x57\0\2\0\1\x20\0\0\x0c"
				      "nn\xa0\0\0\x12"
				      "et_pf_\0*2\x40\0\0\x3f"
				      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				      "\x40\0\0\x4b"
				      "\0\0\0\1\0\0\0\1two\0"
				      "\0\0\0\2\0\0\0\0one\0\0\0\0\1two";

	ck_assert(bytes_equal(INDEX({ "net_pf_2", "one", 0 }, { "net_pf_*", "two", 1 },
				    { "net_pf_2", "two", 1 }),
			      bytes_from(example, sizeof(example))));
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("resources");
	TCase *tcase;

	for (int i = 0; i < ROWS(files); i++) {
		add_row(suite, files[i].path, validate_indexes, i);
		add_row(suite, files[i].path, dump, i);
		add_row(suite, files[i].path, dump_of_nothing, i);
	}
	for (int i = 0; i < ROWS(damages); i++)
		add_row(suite, damages[i].what, load_damaged, i);
	for (int i = 0; i < ROWS(changes); i++)
		add_row(suite, changes[i].what, validate_configuration, i);

	tcase = add_case(suite, "resources");
	tcase_add_test(tcase, loaded_or_not);
	tcase_add_test(tcase, index_replaced);
	tcase_add_loop_test(tcase, descriptors_taken, 0, 4);
	tcase_add_test(tcase, null_context);
	tcase_add_test(tcase, dump_of_no_index);
	tcase_add_test(tcase, index_as_described);
	return suite_run(argv, suite);
}
