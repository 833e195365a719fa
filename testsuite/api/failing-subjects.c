/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions that the library exports, each with what it is called with and how what comes of
 * it is put in words.
 *
 * There is foo, which needs a and b, with softdeps, options and a detached signature; packed, which is
 * compressed; and rich, whose file has something of everything.
 */
#include "failing.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/compress.h"
#include "harness/index.h"
#include "harness/modules.h"
#include "harness/session.h"
#include "harness/signatures.h"
#include "harness/suite.h"
#include "harness/world.h"

#define PACKED_PATH RELEASE_DIR "/packed.ko"

static const char configuration[] = "alias net-pf-2 foo\n"
				    "alias char-* a\n"
				    "blacklist b\n"
				    "options foo x=1\n"
				    "options foo y=2\n"
				    "softdep foo pre: c post: d\n"
				    "weakdep foo c d\n"
				    "install e true $CMDLINE_OPTS\n"
				    "remove e true\n"
				    "bad line\n";

static void put_indexes(void)
{
	put(RELEASE_DIR "/modules.dep.bin",
	    INDEX({ "foo", "foo.ko: b.ko a.ko", 0 }, { "a", "a.ko:", 1 }, { "b", "b.ko:", 2 },
		  { "c", "c.ko:", 3 }, { "d", "d.ko: c.ko", 4 }, { "rich", "rich.ko:", 5 },
		  { "packed", "packed.ko:", 6 }, { "e", "e.ko:", 7 }));
	put(RELEASE_DIR "/modules.alias.bin",
	    INDEX({ "pci:v*", "a", 0 }, { "pci:v1", "b", 1 }, { "usb:*", "c", 2 }));
	put(RELEASE_DIR "/modules.symbols.bin", INDEX({ "symbol:printf", "a", 0 }));
	put(RELEASE_DIR "/modules.builtin.alias.bin", INDEX({ "fs_*", "ext4", 0 }));
	put(RELEASE_DIR "/modules.builtin.bin", INDEX({ "ext4", "", 0 }));
	put(RELEASE_DIR "/modules.builtin.modinfo",
	    bytes_from("ext4.license=GPL\0ext4.alias=fs-ext4",
		       sizeof("ext4.license=GPL\0ext4.alias=fs-ext4")));
}

static void put_system(void)
{
	put("/proc/cmdline", bytes_text("quiet foo.z=3 modprobe.blacklist=gone\n"));
	put("/proc/modules", bytes_text("one 16384 1 two, Live 0x0\ntwo 20480 0 - Live 0x0\n"));
	put("/sys/module/one/initstate", bytes_text("live\n"));
	put("/sys/module/one/refcnt", bytes_text("1\n"));
	put("/sys/module/one/coresize", bytes_text("16384\n"));
	put("/sys/module/one/holders/two", NO_BYTES);
	put("/sys/module/one/sections/.text", bytes_text("0x1000\n"));
	put("/sys/module/one/sections/.data", bytes_text("0x2000\n"));
	put_dir("/sys/module/two");
}

void put_subjects_world(void)
{
	static const char plain[] = "abcde";
	enum format format = PLAIN;

	for (const char *name = plain; *name; name++)
		put(format_text(RELEASE_DIR "/%c.ko", *name),
		    bytes_text(format_text("module %c", *name)));
	put(RELEASE_DIR "/foo.ko", module_built("basic"));
	put(RELEASE_DIR "/foo.ko.sig", signature_der());
	put(RELEASE_DIR "/rich.ko", bytes_join(module_built("rich"), signature_full()));
	for (int i = 0; i < FORMATS; i++)
		if (!formats[i].lacking)
			format = (enum format)i;
	put(PACKED_PATH,
	    format == PLAIN ? module_built("other") : compressed(format, module_built("other")));
	put(PACKED_PATH ".sig", signature_der());
	put("/etc/modprobe.d/test.conf", bytes_text(configuration));
	put("/etc/modprobe.d/README", NO_BYTES);
	put_link("/lib/modprobe.d/link.conf", "/etc/modprobe.d/test.conf");
	put(RELEASE_DIR "/modules.softdep", bytes_text("softdep a pre: c\n"));
	put_indexes();
	put_system();
}

/* ---- Before ---- */

static void begin_context(struct bench *b)
{
	b->ctx = kmod_new(NULL, NULL);
	ck_assert_ptr_nonnull(b->ctx);
	session_log(b->ctx);
}

static void begin_loaded(struct bench *b)
{
	begin_context(b);
	ck_assert_int_eq(kmod_load_resources(b->ctx), 0);
}

static void begin_named(struct bench *b, const char *name)
{
	begin_context(b);
	ck_assert_int_eq(kmod_module_new_from_name(b->ctx, name, &b->mod), 0);
}

#define BEGIN_MODULE(name)                        \
	static void begin_##name(struct bench *b) \
	{                                         \
		begin_named(b, #name);            \
	}
BEGIN_MODULE(foo)
BEGIN_MODULE(b)
BEGIN_MODULE(e)
BEGIN_MODULE(rich)
BEGIN_MODULE(packed)
BEGIN_MODULE(one)
BEGIN_MODULE(two)
BEGIN_MODULE(ext4)

/* A list of modules, one of them blacklisted. */
static void begin_modules(struct bench *b)
{
	begin_context(b);
	ck_assert_int_eq(kmod_module_new_from_lookup(b->ctx, "pci:v1", &b->input), 0);
}

static void begin_iter(struct bench *b)
{
	begin_context(b);
	b->iter = kmod_config_get_softdeps(b->ctx);
	ck_assert(kmod_config_iter_next(b->iter));
}

static void begin_dump(struct bench *b)
{
	begin_context(b);
	b->fd = open(world_path("/dump"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	ck_assert_int_ge(b->fd, 0);
}

/* The lists that what is in a module's file comes in. */
#define BEGIN_LIST(what)                                                       \
	static void begin_##what(struct bench *b)                              \
	{                                                                      \
		begin_rich(b);                                                 \
		ck_assert_int_gt(kmod_module_get_##what(b->mod, &b->list), 0); \
	}
BEGIN_LIST(info)
BEGIN_LIST(versions)
BEGIN_LIST(symbols)
BEGIN_LIST(dependency_symbols)

static void begin_sections(struct bench *b)
{
	begin_one(b);
	b->list = kmod_module_get_sections(b->mod);
	ck_assert_ptr_nonnull(b->list);
}

/* ---- What came of it ---- */

static const char *shown_result(struct bench *b)
{
	return format_text("%ld", b->result);
}

static const char *shown_text(struct bench *b)
{
	return b->pointer ? b->pointer : "NULL";
}

static const char *shown_iter(struct bench *b)
{
	const char *all = "";

	if (!b->pointer)
		return "NULL";
	while (kmod_config_iter_next(b->iter))
		all = format_text("%s%s=%s\n", all, kmod_config_iter_get_key(b->iter),
				  kmod_config_iter_get_value(b->iter));
	return all;
}

/* The modules of @list, with their paths. */
static const char *modules_in(const struct kmod_list *list)
{
	const struct kmod_list *curr;
	const char *all = "";

	kmod_list_foreach(curr, list) {
		struct kmod_module *const mod = kmod_module_get_module(curr);

		all = format_text("%s%s %s\n", all, kmod_module_get_name(mod),
				  kmod_module_get_path(mod));
		(void)kmod_module_unref(mod);
	}
	return all;
}

static const char *shown_modules(struct bench *b)
{
	return format_text("%ld: %s| %s", b->result, modules_in(b->list), modules_in(b->other));
}

static const char *shown_module(struct bench *b)
{
	return format_text("%ld: %s %s", b->result, kmod_module_get_name(b->found),
			   kmod_module_get_path(b->found));
}

static const char *shown_info(struct bench *b)
{
	const struct kmod_list *curr;
	const char *all = format_text("%ld\n", b->result);

	kmod_list_foreach(curr, b->list)
		all = format_text("%s%s=%s\n", all, kmod_module_info_get_key(curr),
				  kmod_module_info_get_value(curr));
	return all;
}

/* Any of the lists of symbols: their entries look alike. */
static const char *shown_symbols(struct bench *b)
{
	const struct kmod_list *curr;
	const char *all = format_text("%ld\n", b->result);

	kmod_list_foreach(curr, b->list)
		all = format_text("%s%s %" PRIx64 "\n", all, kmod_module_symbol_get_symbol(curr),
				  kmod_module_symbol_get_crc(curr));
	return all;
}

static const char *shown_sections(struct bench *b)
{
	const char *all = "";
	const struct kmod_list *curr;

	kmod_list_foreach(curr, b->list)
		all = format_text("%s%s %lx\n", all, kmod_module_section_get_name(curr),
				  kmod_module_section_get_address(curr));
	return all;
}

/* A sum of @b, to compare it by. */
static unsigned int sum_of(struct bytes b)
{
	unsigned int sum = 1;

	for (size_t i = 0; i < b.size; i++)
		sum = sum * 31 + b.data[i];
	return sum;
}

/* What reached the kernel, and the result. */
static const char *shown_calls(struct bench *b)
{
	const char *all = "";

	for (size_t n = 0; n < calls_made(); n++) {
		struct bytes blob = NO_BYTES;

		(void)captured(format_text("%zu.blob", n), &blob);
		all = format_text("%s%s, %zu bytes %x\n", all, call_text(n), blob.size,
				  sum_of(blob));
	}
	return format_text("%s%ld", all, b->result);
}

/* A whole context: where it looks, and all it knows. */
static const char *shown_context(struct bench *b)
{
	static struct kmod_config_iter *(*const iters[])(const struct kmod_ctx *) = {
		kmod_config_get_aliases,	  kmod_config_get_blacklists,
		kmod_config_get_install_commands, kmod_config_get_options,
		kmod_config_get_remove_commands,  kmod_config_get_softdeps,
		kmod_config_get_weakdeps,
	};
	const char *all;

	if (!b->made)
		return "NULL";
	all = format_text("%s\n", kmod_get_dirname(b->made));
	for (int i = 0; i < ROWS(iters); i++) {
		struct bench walk = { .iter = iters[i](b->made) };

		walk.pointer = walk.iter;
		all = format_text("%s%s", all, shown_iter(&walk));
		kmod_config_iter_free_iter(walk.iter);
	}
	return all;
}

static const char *shown_dump(struct bench *b)
{
	const struct bytes text = bytes_of_file(world_path("/dump"));

	return format_text("%ld\n%.*s", b->result, (int)text.size, (const char *)text.data);
}

/* ---- Giving it back ---- */

static void drop_modules(struct bench *b)
{
	(void)kmod_module_unref_list(b->list);
	(void)kmod_module_unref_list(b->other);
	b->list = NULL;
	b->other = NULL;
}

static void drop_module(struct bench *b)
{
	(void)kmod_module_unref(b->found);
	b->found = NULL;
}

static void drop_made(struct bench *b)
{
	ck_assert_ptr_null(kmod_unref(b->made));
	b->made = NULL;
}

static void drop_iter(struct bench *b)
{
	kmod_config_iter_free_iter(b->iter);
	b->iter = NULL;
}

#define DROP_LIST(what)                                  \
	static void drop_##what(struct bench *b)         \
	{                                                \
		kmod_module_##what##_free_list(b->list); \
		b->list = NULL;                          \
	}
DROP_LIST(info)
DROP_LIST(versions)
DROP_LIST(symbols)
DROP_LIST(dependency_symbols)
DROP_LIST(section)

static void drop_dump(struct bench *b)
{
	ck_assert_int_eq(ftruncate(b->fd, 0), 0);
	ck_assert_int_eq(lseek(b->fd, 0, SEEK_SET), 0);
}

static void drop_resources(struct bench *b)
{
	kmod_unload_resources(b->ctx);
}

static void drop_calls(struct bench *b)
{
	forget_captured();
}

static void drop_reference(struct bench *b)
{
	(void)kmod_module_unref(b->mod);
}

static void drop_context_reference(struct bench *b)
{
	(void)kmod_unref(b->ctx);
}

static void drop_nothing(struct bench *b)
{
}

/* ---- The calls ---- */

/* Defines call_@name, which does @statement with a bench *b. */
#define CALL(name, statement)                    \
	static void call_##name(struct bench *b) \
	{                                        \
		statement;                       \
	}

CALL(kmod_new, b->made = kmod_new(NULL, NULL))
CALL(kmod_new_relative,
     b->made = kmod_new("lib", (const char *const[]){ "/etc/modprobe.d",
						      "/etc/modprobe.d/test.conf", NULL }))
CALL(kmod_ref, b->pointer = kmod_ref(b->ctx) ? "it" : NULL)
CALL(kmod_unref, b->pointer = kmod_unref(b->ctx); b->ctx = NULL)
CALL(kmod_get_dirname, b->pointer = kmod_get_dirname(b->ctx))
CALL(kmod_get_userdata, b->pointer = kmod_get_userdata(b->ctx))
CALL(kmod_set_userdata, kmod_set_userdata(b->ctx, "data"))
CALL(kmod_set_log_fn, kmod_set_log_fn(b->ctx, NULL, NULL))
CALL(kmod_get_log_priority, b->result = kmod_get_log_priority(b->ctx))
CALL(kmod_set_log_priority, kmod_set_log_priority(b->ctx, LOG_ERR))
CALL(kmod_load_resources, b->result = kmod_load_resources(b->ctx))
CALL(kmod_unload_resources, kmod_unload_resources(b->ctx))
CALL(kmod_validate_resources, b->result = kmod_validate_resources(b->ctx))
CALL(kmod_dump_index, b->result = kmod_dump_index(b->ctx, KMOD_INDEX_MODULES_ALIAS, b->fd))

#define CALL_ITER(name) CALL(name, b->pointer = b->iter = name(b->ctx))
CALL_ITER(kmod_config_get_blacklists)
CALL_ITER(kmod_config_get_install_commands)
CALL_ITER(kmod_config_get_remove_commands)
CALL_ITER(kmod_config_get_aliases)
CALL_ITER(kmod_config_get_options)
CALL_ITER(kmod_config_get_softdeps)
CALL_ITER(kmod_config_get_weakdeps)
CALL(kmod_config_iter_get_key, b->pointer = kmod_config_iter_get_key(b->iter))
CALL(kmod_config_iter_get_value, b->pointer = kmod_config_iter_get_value(b->iter))
CALL(kmod_config_iter_next, b->result = kmod_config_iter_next(b->iter))
CALL(kmod_config_iter_free_iter, kmod_config_iter_free_iter(b->iter); b->iter = NULL)

CALL(kmod_list_next, (void)kmod_list_next(b->input, b->input))
CALL(kmod_list_prev, (void)kmod_list_prev(b->input, b->input))
CALL(kmod_list_last, (void)kmod_list_last(b->input))

CALL(kmod_module_new_from_name, b->result = kmod_module_new_from_name(b->ctx, "x-y.ko", &b->found))
CALL(kmod_module_new_from_path,
     b->result = kmod_module_new_from_path(b->ctx, RELEASE_DIR "/a.ko", &b->found))
CALL(new_from_relative_path,
     b->result = kmod_module_new_from_path(b->ctx, "lib/modules/1.2.3-test/a.ko", &b->found))
#define CALL_LOOKUP(name, alias) \
	CALL(lookup_##name, b->result = kmod_module_new_from_lookup(b->ctx, alias, &b->list))
CALL_LOOKUP(config, "net-pf-2")
CALL_LOOKUP(name, "foo")
CALL_LOOKUP(symbol, "symbol:printf")
CALL_LOOKUP(command, "e")
CALL_LOOKUP(alias, "pci:v1")
CALL_LOOKUP(builtin, "ext4")
CALL_LOOKUP(builtin_alias, "fs-x")
CALL_LOOKUP(nothing, "gone")
CALL(kmod_module_new_from_name_lookup,
     b->result = kmod_module_new_from_name_lookup(b->ctx, "foo", &b->found))
CALL(name_lookup_builtin, b->result = kmod_module_new_from_name_lookup(b->ctx, "ext4", &b->found))
CALL(kmod_module_new_from_loaded, b->result = kmod_module_new_from_loaded(b->ctx, &b->list))
CALL(kmod_module_ref, b->pointer = kmod_module_ref(b->mod) ? "it" : NULL)
CALL(kmod_module_unref, b->pointer = kmod_module_unref(b->mod); b->mod = NULL)
CALL(kmod_module_unref_list, (void)kmod_module_unref_list(b->input); b->input = NULL)
CALL(kmod_module_get_module, b->found = kmod_module_get_module(b->input))
CALL(kmod_module_get_name, b->pointer = kmod_module_get_name(b->mod))
CALL(kmod_module_get_path, b->pointer = kmod_module_get_path(b->mod))
CALL(kmod_module_get_dependencies, b->list = kmod_module_get_dependencies(b->mod))
CALL(kmod_module_get_softdeps, b->result = kmod_module_get_softdeps(b->mod, &b->list, &b->other))
CALL(kmod_module_get_weakdeps, b->result = kmod_module_get_weakdeps(b->mod, &b->list))
CALL(kmod_module_apply_filter,
     b->result = kmod_module_apply_filter(b->ctx, KMOD_FILTER_BLACKLIST | KMOD_FILTER_BUILTIN,
					  b->input, &b->list))
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
CALL(kmod_module_get_filtered_blacklist,
     b->result = kmod_module_get_filtered_blacklist(b->ctx, b->input, &b->list))
#pragma GCC diagnostic pop
CALL(kmod_module_get_options, b->pointer = kmod_module_get_options(b->mod))
CALL(kmod_module_get_install_commands, b->pointer = kmod_module_get_install_commands(b->mod))
CALL(kmod_module_get_remove_commands, b->pointer = kmod_module_get_remove_commands(b->mod))

CALL(kmod_module_insert_module, b->result = kmod_module_insert_module(b->mod, 0, "x=1"))
CALL(insert_by_force, b->result = kmod_module_insert_module(b->mod,
							    KMOD_INSERT_FORCE_VERMAGIC |
								    KMOD_INSERT_FORCE_MODVERSION,
							    "x=1"))
CALL(kmod_module_probe_insert_module,
     b->result = kmod_module_probe_insert_module(b->mod, 0, "w=0", NULL, NULL, NULL))
CALL(kmod_module_remove_module, b->result = kmod_module_remove_module(b->mod, 0))

CALL(kmod_module_initstate_str, b->pointer = kmod_module_initstate_str(KMOD_MODULE_LIVE))
CALL(kmod_module_get_initstate, b->result = kmod_module_get_initstate(b->mod))
CALL(kmod_module_get_size, b->result = kmod_module_get_size(b->mod))
CALL(kmod_module_get_refcnt, b->result = kmod_module_get_refcnt(b->mod))
CALL(kmod_module_get_holders, b->list = kmod_module_get_holders(b->mod))
CALL(kmod_module_get_sections, b->list = kmod_module_get_sections(b->mod))
CALL(kmod_module_section_get_name, (void)kmod_module_section_get_name(b->list))
CALL(kmod_module_section_get_address, (void)kmod_module_section_get_address(b->list))
CALL(kmod_module_section_free_list, drop_section(b))

CALL(kmod_module_get_info, b->result = kmod_module_get_info(b->mod, &b->list))
CALL(kmod_module_info_get_key, (void)kmod_module_info_get_key(b->list))
CALL(kmod_module_info_get_value, (void)kmod_module_info_get_value(b->list))
CALL(kmod_module_info_free_list, drop_info(b))
CALL(kmod_module_get_versions, b->result = kmod_module_get_versions(b->mod, &b->list))
CALL(kmod_module_version_get_symbol, (void)kmod_module_version_get_symbol(b->list))
CALL(kmod_module_version_get_crc, (void)kmod_module_version_get_crc(b->list))
CALL(kmod_module_versions_free_list, drop_versions(b))
CALL(kmod_module_get_symbols, b->result = kmod_module_get_symbols(b->mod, &b->list))
CALL(kmod_module_symbol_get_symbol, (void)kmod_module_symbol_get_symbol(b->list))
CALL(kmod_module_symbol_get_crc, (void)kmod_module_symbol_get_crc(b->list))
CALL(kmod_module_symbols_free_list, drop_symbols(b))
CALL(kmod_module_get_dependency_symbols,
     b->result = kmod_module_get_dependency_symbols(b->mod, &b->list))
CALL(kmod_module_dependency_symbol_get_symbol,
     (void)kmod_module_dependency_symbol_get_symbol(b->list))
CALL(kmod_module_dependency_symbol_get_bind, (void)kmod_module_dependency_symbol_get_bind(b->list))
CALL(kmod_module_dependency_symbol_get_crc, (void)kmod_module_dependency_symbol_get_crc(b->list))
CALL(kmod_module_dependency_symbols_free_list, drop_dependency_symbols(b))

/* ---- The table ---- */

/* clang-format off */

/*
 * A row for the function @name, called in the case @with after begin_@start by call_@name, or another;
 * what comes of it is shown by shown_@shows and given back by drop_@drops.
 */
#define ROW_BY(name, with, start, call, shows, drops, flags) \
	{ #name, with, begin_##start, call_##call, shown_##shows, drop_##drops, flags }
#define ROW(name, with, start, shows, drops, flags) \
	ROW_BY(name, with, start, name, shows, drops, flags)

static void begin_nothing(struct bench *b)
{
}

/* A module whose file is open. */
static void begin_read(struct bench *b)
{
	begin_rich(b);
	ck_assert_int_gt(kmod_module_get_info(b->mod, &b->list), 0);
	drop_info(b);
}

const struct subject subjects[] = {
	ROW(kmod_new, "the system's configuration", nothing, context, made, NULL_IS_FAILURE | MAY_BE_UNREADABLE),
	ROW_BY(kmod_new, "a relative directory", nothing, kmod_new_relative, context, made, NULL_IS_FAILURE | MAY_BE_UNREADABLE),
	ROW(kmod_ref, "", context, result, context_reference, SURE),
	ROW(kmod_unref, "indexes loaded", loaded, text, nothing, SURE | ONCE),
	ROW(kmod_get_dirname, "", context, result, nothing, SURE),
	ROW(kmod_get_userdata, "", context, result, nothing, SURE),
	ROW(kmod_set_userdata, "", context, result, nothing, SURE),
	ROW(kmod_set_log_fn, "", context, result, nothing, SURE),
	ROW(kmod_get_log_priority, "", context, result, nothing, SURE),
	ROW(kmod_set_log_priority, "", context, result, nothing, SURE),
	ROW(kmod_load_resources, "", context, result, resources, 0),
	ROW(kmod_unload_resources, "", loaded, result, nothing, SURE),
	ROW(kmod_validate_resources, "indexes loaded", loaded, result, nothing, MAY_DOUBT),
	ROW(kmod_dump_index, "", dump, dump, dump, 0),

	ROW(kmod_config_get_blacklists, "", context, iter, iter, NULL_IS_FAILURE),
	ROW(kmod_config_get_install_commands, "", context, iter, iter, NULL_IS_FAILURE),
	ROW(kmod_config_get_remove_commands, "", context, iter, iter, NULL_IS_FAILURE),
	ROW(kmod_config_get_aliases, "", context, iter, iter, NULL_IS_FAILURE),
	ROW(kmod_config_get_options, "", context, iter, iter, NULL_IS_FAILURE),
	ROW(kmod_config_get_softdeps, "", context, iter, iter, NULL_IS_FAILURE),
	ROW(kmod_config_get_weakdeps, "", context, iter, iter, NULL_IS_FAILURE),
	ROW(kmod_config_iter_get_key, "", iter, result, nothing, SURE),
	ROW(kmod_config_iter_get_value, "a softdep", iter, text, nothing, NULL_IS_FAILURE),
	ROW(kmod_config_iter_next, "", iter, result, nothing, SURE),
	ROW(kmod_config_iter_free_iter, "", iter, result, nothing, SURE | ONCE),

	ROW(kmod_list_next, "", modules, result, nothing, SURE),
	ROW(kmod_list_prev, "", modules, result, nothing, SURE),
	ROW(kmod_list_last, "", modules, result, nothing, SURE),

	ROW(kmod_module_new_from_name, "", context, module, module, 0),
	ROW(kmod_module_new_from_path, "", context, module, module, 0),
	ROW_BY(kmod_module_new_from_path, "relative", context, new_from_relative_path, module, module, 0),
	ROW_BY(kmod_module_new_from_lookup, "configured alias", context, lookup_config, modules, modules, 0),
	ROW_BY(kmod_module_new_from_lookup, "name", context, lookup_name, modules, modules, 0),
	ROW_BY(kmod_module_new_from_lookup, "name, indexes loaded", loaded, lookup_name, modules, modules, 0),
	ROW_BY(kmod_module_new_from_lookup, "symbol", context, lookup_symbol, modules, modules, 0),
	ROW_BY(kmod_module_new_from_lookup, "command", context, lookup_command, modules, modules, 0),
	ROW_BY(kmod_module_new_from_lookup, "alias", context, lookup_alias, modules, modules, 0),
	ROW_BY(kmod_module_new_from_lookup, "alias, indexes loaded", loaded, lookup_alias, modules, modules, 0),
	ROW_BY(kmod_module_new_from_lookup, "built in", context, lookup_builtin, modules, modules, 0),
	ROW_BY(kmod_module_new_from_lookup, "built-in alias", context, lookup_builtin_alias, modules, modules, 0),
	ROW_BY(kmod_module_new_from_lookup, "unknown", context, lookup_nothing, modules, modules, 0),
	ROW(kmod_module_new_from_name_lookup, "a module", context, module, module, 0),
	ROW_BY(kmod_module_new_from_name_lookup, "built in", context, name_lookup_builtin, module, module, 0),
	ROW(kmod_module_new_from_loaded, "", context, modules, modules, 0),
	ROW(kmod_module_ref, "", foo, result, reference, SURE),
	ROW(kmod_module_unref, "its file open", read, text, nothing, SURE | ONCE),
	ROW(kmod_module_unref_list, "", modules, result, nothing, SURE | ONCE),
	ROW(kmod_module_get_module, "", modules, result, module, SURE),
	ROW(kmod_module_get_name, "", foo, result, nothing, SURE),
	ROW(kmod_module_get_path, "", foo, text, nothing, 0),
	ROW(kmod_module_get_dependencies, "", foo, modules, modules, 0),
	ROW(kmod_module_get_softdeps, "", foo, modules, modules, 0),
	ROW(kmod_module_get_weakdeps, "", foo, modules, modules, 0),
	ROW(kmod_module_apply_filter, "", modules, modules, modules, 0),
	ROW(kmod_module_get_filtered_blacklist, "", modules, modules, modules, 0),
	ROW(kmod_module_get_options, "", foo, text, nothing, 0),
	ROW(kmod_module_get_install_commands, "", e, result, nothing, SURE),
	ROW(kmod_module_get_remove_commands, "", e, result, nothing, SURE),

	ROW(kmod_module_insert_module, "detached signature", foo, calls, calls, 0),
	ROW(kmod_module_insert_module, "detached signature, compressed", packed, calls, calls, 0),
	ROW(kmod_module_insert_module, "a descriptor", b, calls, calls, 0),
	ROW_BY(kmod_module_insert_module, "by force", foo, insert_by_force, calls, calls, 0),
	ROW(kmod_module_probe_insert_module, "dependencies, softdeps", foo, calls, calls, 0),
	ROW(kmod_module_probe_insert_module, "install command", e, calls, calls, 0),
	ROW(kmod_module_remove_module, "", one, calls, calls, 0),

	ROW(kmod_module_initstate_str, "", nothing, result, nothing, SURE),
	ROW(kmod_module_get_initstate, "live", one, result, nothing, MAY_BE_UNREADABLE),
	ROW(kmod_module_get_initstate, "not loaded", foo, result, nothing, 0),
	ROW(kmod_module_get_initstate, "built in", ext4, result, nothing, 0),
	ROW(kmod_module_get_size, "", one, result, nothing, 0),
	ROW(kmod_module_get_size, "from /proc/modules", two, result, nothing, 0),
	ROW(kmod_module_get_refcnt, "", one, result, nothing, 0),
	ROW(kmod_module_get_holders, "", one, modules, modules, 0),
	ROW(kmod_module_get_sections, "", one, sections, section, 0),
	ROW(kmod_module_section_get_name, "", sections, result, nothing, SURE),
	ROW(kmod_module_section_get_address, "", sections, result, nothing, SURE),
	ROW(kmod_module_section_free_list, "", sections, result, nothing, SURE | ONCE),

	ROW(kmod_module_get_info, "", rich, info, info, 0),
	ROW(kmod_module_get_info, "detached signature", foo, info, info, 0),
	ROW(kmod_module_get_info, "detached signature, compressed", packed, info, info, 0),
	ROW(kmod_module_get_info, "built in", ext4, info, info, 0),
	ROW(kmod_module_info_get_key, "", info, result, nothing, SURE),
	ROW(kmod_module_info_get_value, "", info, result, nothing, SURE),
	ROW(kmod_module_info_free_list, "", info, result, nothing, SURE | ONCE),
	ROW(kmod_module_get_versions, "", rich, symbols, versions, 0),
	ROW(kmod_module_version_get_symbol, "", versions, result, nothing, SURE),
	ROW(kmod_module_version_get_crc, "", versions, result, nothing, SURE),
	ROW(kmod_module_versions_free_list, "", versions, result, nothing, SURE | ONCE),
	ROW(kmod_module_get_symbols, "", rich, symbols, symbols, 0),
	ROW(kmod_module_symbol_get_symbol, "", symbols, result, nothing, SURE),
	ROW(kmod_module_symbol_get_crc, "", symbols, result, nothing, SURE),
	ROW(kmod_module_symbols_free_list, "", symbols, result, nothing, SURE | ONCE),
	ROW(kmod_module_get_dependency_symbols, "", rich, symbols, dependency_symbols, 0),
	ROW(kmod_module_dependency_symbol_get_symbol, "", dependency_symbols, result, nothing, SURE),
	ROW(kmod_module_dependency_symbol_get_bind, "", dependency_symbols, result, nothing, SURE),
	ROW(kmod_module_dependency_symbol_get_crc, "", dependency_symbols, result, nothing, SURE),
	ROW(kmod_module_dependency_symbols_free_list, "", dependency_symbols, result, nothing, SURE | ONCE),
};
/* clang-format on */
const size_t subjects_count = sizeof(subjects) / sizeof(subjects[0]);
