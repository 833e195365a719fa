/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in a module's file: info, versions, symbols, dependency symbols; and damaged files.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/compress.h"
#include "harness/modules.h"
#include "harness/session.h"
#include "harness/signatures.h"
#include "harness/suite.h"
#include "harness/world.h"
#include "unit/elf-image.h"

static struct kmod_ctx *ctx;

/* The module of the file /foo.ko, whose content is @content. The test ends with done(). */
static struct kmod_module *module_of(struct bytes content)
{
	struct kmod_module *mod;

	put("/foo.ko", content);
	ctx = session_context();
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/foo.ko", &mod), 0);
	return mod;
}

static void done(struct kmod_module *mod)
{
	ck_assert_ptr_null(kmod_module_unref(mod));
	ck_assert_ptr_null(kmod_unref(ctx));
}

/* ---- Lists as text: an entry a line, or the error ---- */

typedef int (*get_fn)(const struct kmod_module *mod, struct kmod_list **list);

/* Gets a list, which must have as many entries as the result says. NULL: *@error has it. */
static struct kmod_list *get(get_fn fn, const struct kmod_module *mod, const char **error)
{
	struct kmod_list *list = NULL, *curr;
	const int r = fn(mod, &list);
	int n = 0;

	*error = "";
	kmod_list_foreach(curr, list)
		n++;
	if (r < 0) {
		*error = strerrorname_np(-r);
		ck_assert_ptr_null(list);
	} else {
		ck_assert_int_eq(r, n);
	}
	return list;
}

static const char *info_text(const struct kmod_module *mod)
{
	const char *error = "";
	struct kmod_list *const list = get(kmod_module_get_info, mod, &error);
	struct kmod_list *curr;
	const char *text = error;

	kmod_list_foreach(curr, list)
		text = format_text("%s%s=%s\n", text, kmod_module_info_get_key(curr),
				   kmod_module_info_get_value(curr));
	kmod_module_info_free_list(list);
	return text;
}

static const char *versions_text(const struct kmod_module *mod)
{
	const char *text;
	struct kmod_list *const list = get(kmod_module_get_versions, mod, &text);
	struct kmod_list *curr;

	kmod_list_foreach(curr, list)
		text = format_text("%s%s %" PRIx64 "\n", text, kmod_module_version_get_symbol(curr),
				   kmod_module_version_get_crc(curr));
	kmod_module_versions_free_list(list);
	return text;
}

static const char *symbols_text(const struct kmod_module *mod)
{
	const char *text;
	struct kmod_list *const list = get(kmod_module_get_symbols, mod, &text);
	struct kmod_list *curr;

	kmod_list_foreach(curr, list)
		text = format_text("%s%s %" PRIx64 "\n", text, kmod_module_symbol_get_symbol(curr),
				   kmod_module_symbol_get_crc(curr));
	kmod_module_symbols_free_list(list);
	return text;
}

static const char *needs_text(const struct kmod_module *mod)
{
	const char *text;
	struct kmod_list *const list = get(kmod_module_get_dependency_symbols, mod, &text);
	struct kmod_list *curr;

	kmod_list_foreach(curr, list)
		text = format_text("%s%c %s %" PRIx64 "\n", text,
				   kmod_module_dependency_symbol_get_bind(curr),
				   kmod_module_dependency_symbol_get_symbol(curr),
				   kmod_module_dependency_symbol_get_crc(curr));
	kmod_module_dependency_symbols_free_list(list);
	return text;
}

/* ---- Modules ---- */

#define MODINFO "license=GPL\0name=foo\0"

/* A module of @kind with @modinfo, two exports, two needs, and versions. */
static struct image image_of(int kind, const char *modinfo, size_t modinfo_size)
{
	const struct image_symbol symbols[] = {
		{ .name = "__crc_absolute", .value = 0x11223344, .section = 0xfff1, .info = 0x10 },
		{ .name = "__crc_in_section", .value = 4, .section = 2, .info = 0x10 },
		{ .name = "needed", .section = 0, .info = 0x10 },
		{ .name = "wished_for", .section = 0, .info = 0x20 },
		{ .name = "own", .section = 2, .info = 0x12 },
	};
	struct image_part symtab = { 0 }, strtab = { 0 }, versions = { 0 }, crcs = { 0 },
			  id = { 0 };

	for (int i = 0; i < ROWS(symbols); i++)
		image_append_symbol(kind, &symtab, &strtab, &symbols[i]);
	image_append_version(kind, &versions, 0xaabbccdd, "module_layout");
	image_append_version(kind, &versions, 0x12345678, "needed");
	image_append_version(kind, &versions, 0x9, ".dotted");
	image_append_number(kind, &crcs, 4, 0xdeadbeef);
	image_append_number(kind, &crcs, 4, 0xcafef00d);
	image_append_number(kind, &id, 4, 4);
	image_append_number(kind, &id, 4, 22);
	image_append_number(kind, &id, 4, 3);
	image_append(&id, "GNU", 4);
	for (unsigned int i = 0; i < 24; i++)
		image_append_number(kind, &id, 1, 0xe0 + i);
	return image_build(kind,
			   (const struct image_section[]){
				   { ".modinfo", modinfo, modinfo_size },
				   { "__kcrctab", crcs.bytes, crcs.size },
				   { ".symtab", symtab.bytes, symtab.size },
				   { ".strtab", strtab.bytes, strtab.size },
				   { "__versions", versions.bytes, versions.size },
				   { ".note.gnu.build-id", id.bytes, id.size },
				   { "__ksymtab_strings", "other", 6 },
			   },
			   7);
}

/* The same as bytes. */
static struct bytes file_of(int kind, const char *modinfo, size_t modinfo_size)
{
	_cleanup_image_ struct image image = image_of(kind, modinfo, modinfo_size);

	return bytes_from(image.bytes, image.size);
}

static struct bytes file(int kind)
{
	return file_of(kind, MODINFO, sizeof(MODINFO) - 1);
}

#define BUILD_ID                                                       \
	"build-id=E0:E1:E2:E3:E4:E5:E6:E7:E8:E9:EA:EB:EC:ED:EE:EF:F0:" \
	"F1:F2:F3:\n\t\tF4:F5\n"

/* All four lists, in each class and byte order. */
START_TEST(lists)
{
	struct kmod_module *const mod = module_of(file(_i));

	for (int i = 0; i < 2; i++) {
		ck_assert_str_eq(info_text(mod), "license=GPL\nname=foo\n" BUILD_ID);
		ck_assert_str_eq(versions_text(mod),
				 "module_layout aabbccdd\nneeded 12345678\ndotted 9\n");
		ck_assert_str_eq(symbols_text(mod), "absolute 11223344\nin_section cafef00d\n");
		ck_assert_str_eq(needs_text(mod), "U needed 12345678\nW wished_for 0\n"
						  "U module_layout aabbccdd\nU .dotted 9\n");
		/* It is read once, and kept. */
		put("/foo.ko", NO_BYTES);
	}
	done(mod);
}
END_TEST

#define TEXT(s) s, sizeof(s) - 1

static const struct {
	const char *modinfo;
	size_t size;
	const char *text;
} infos[] = {
	{ TEXT(""), "" },
	{ TEXT("\0\0\0"), "" },
	{ TEXT("a=b\0"), "a=b\n" },
	{ TEXT("a=b"), "a=b\n" },
	{ TEXT("\0\0a=b\0\0\0c=d\0\0"), "a=b\nc=d\n" },
	{ TEXT("a=b=c\0"), "a=b=c\n" },
	{ TEXT("a\0"), "a=\n" },
	{ TEXT("a=\0"), "a=\n" },
	{ TEXT("=a\0"), "=a\n" },
	{ TEXT("b=1\0a=2\0b=1\0"), "b=1\na=2\nb=1\n" },
	{ TEXT("a=\xff\n\t\0"), "a=\xff\n\t\n" },
};

START_TEST(info_of_section)
{
	struct kmod_module *const mod =
		module_of(file_of(IMAGE_64BIT, infos[_i].modinfo, infos[_i].size));

	ck_assert_str_eq(info_text(mod), format_text("%s" BUILD_ID, infos[_i].text));
	done(mod);
}
END_TEST

/* Sections that are not there. */
START_TEST(lists_without_sections)
{
	_cleanup_image_ struct image image =
		image_build(IMAGE_64BIT, (const struct image_section[]){ { "x", "x", 1 } }, 1);
	struct kmod_module *const mod = module_of(bytes_from(image.bytes, image.size));

	ck_assert_str_eq(info_text(mod), "ENODATA");
	ck_assert_str_eq(versions_text(mod), "ENODATA");
	ck_assert_str_eq(symbols_text(mod), "ENODATA");
	ck_assert_str_eq(needs_text(mod), "EINVAL");
	done(mod);
}
END_TEST

static const struct {
	const char *content;
	size_t size;
	const char *error;
} no_modules[] = {
	{ TEXT(""), "EINVAL" },
	{ TEXT("short"), "EINVAL" },
	{ TEXT("not short"), "ENOEXEC" },
	{ TEXT("\177ELF\2\1\1"), "ENOEXEC" },
	{ TEXT("#!/bin/sh\necho this is no module\n"), "ENOEXEC" },
	{ TEXT("\177ELF\7\1\1\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"), "EINVAL" },
	{ TEXT("\177ELF\2\7\1\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"), "EINVAL" },
	{ TEXT("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"), "EINVAL" },
};

START_TEST(no_module)
{
	struct kmod_module *const mod =
		module_of(bytes_from(no_modules[_i].content, no_modules[_i].size));

	ck_assert_str_eq(info_text(mod), no_modules[_i].error);
	ck_assert_str_eq(versions_text(mod), no_modules[_i].error);
	ck_assert_str_eq(symbols_text(mod), no_modules[_i].error);
	ck_assert_str_eq(needs_text(mod), no_modules[_i].error);
	done(mod);
}
END_TEST

START_TEST(no_file)
{
	struct kmod_module *mod = module_of(NO_BYTES);

	put_away("/foo.ko");
	ck_assert_str_eq(info_text(mod), "ENOENT");
	done(mod);
	put_dir("/foo.ko");
	ctx = session_context();
	ck_assert_int_eq(kmod_module_new_from_path(ctx, "/foo.ko", &mod), 0);
	ck_assert_str_eq(info_text(mod), "EISDIR");
	done(mod);
	ctx = session_context();
	ck_assert_int_eq(kmod_module_new_from_name(ctx, "foo", &mod), 0);
	ck_assert_str_eq(versions_text(mod), "ENOENT");
	done(mod);
}
END_TEST

/* ---- Damage: an error, or what can still be read; never anything else ---- */

static void use_all(struct kmod_module *mod)
{
	(void)info_text(mod);
	(void)versions_text(mod);
	(void)symbols_text(mod);
	(void)needs_text(mod);
}

/* Cut short anywhere. The section table at the end is gone then, so all of them are errors. */
START_TEST(cut_short)
{
	const struct bytes whole = file(_i | IMAGE_TABLE_LAST);

	for (size_t size = 0; size < whole.size; size++) {
		struct kmod_module *const mod = module_of(bytes_cut(whole, 0, size));
		const char *const want = size < 6 || size > 16 ? "EINVAL" : "ENOEXEC";

		ck_assert_str_eq(info_text(mod), want);
		ck_assert_str_eq(needs_text(mod), want);
		done(mod);
		log_clear();
	}
}
END_TEST

/* Cut short behind the section table: names are at the end, so again nothing can be read. */
START_TEST(cut_short_behind_the_table)
{
	_cleanup_image_ struct image image = image_of(_i, MODINFO, sizeof(MODINFO) - 1);
	const struct bytes whole = bytes_from(image.bytes, image.size);

	for (size_t n = 1; n <= 8; n++) {
		const size_t entry = image_entry(&image, n);
		const size_t from = image_get(&image, entry, IMAGE_SH_OFFSET);

		for (size_t at = from - 1; at <= from + 1 && at < whole.size; at++) {
			struct kmod_module *const mod = module_of(bytes_cut(whole, 0, at));

			ck_assert_str_eq(info_text(mod), "EINVAL");
			use_all(mod);
			done(mod);
			log_clear();
		}
	}
}
END_TEST

/* Each field of the header and the section table, with the values that are most likely wrong. */
START_TEST(fields)
{
	static const uint64_t values[] = {
		0,	    1,		7,	    0xff,	0xfff0,		0xffff,
		0x7fffffff, 0x80000000, 0xfffffff0, UINT64_MAX, UINT64_MAX - 63
	};
	const struct image_field header[] = { IMAGE_E_SHOFF, IMAGE_E_SHENTSIZE, IMAGE_E_SHNUM,
					      IMAGE_E_SHSTRNDX, IMAGE_E_MACHINE };
	const struct image_field section[] = { IMAGE_SH_NAME, IMAGE_SH_TYPE, IMAGE_SH_FLAGS,
					       IMAGE_SH_OFFSET, IMAGE_SH_SIZE };
	_cleanup_image_ struct image image = image_of(_i, MODINFO, sizeof(MODINFO) - 1);

	for (size_t n = 0; n <= 9; n++) {
		const size_t entry = n == 0 ? 0 : image_entry(&image, n - 1);

		for (int f = 0; f < 5; f++) {
			const struct image_field field = n == 0 ? header[f] : section[f];
			const uint64_t was = image_get(&image, entry, field);

			for (int v = 0; v < ROWS(values); v++) {
				struct kmod_module *mod;

				image_put(&image, entry, field, values[v]);
				mod = module_of(bytes_from(image.bytes, image.size));
				use_all(mod);
				done(mod);
				log_clear();
			}
			image_put(&image, entry, field, was);
		}
	}
	/* And back to where it was: nothing but these fields was wrong. */
	struct kmod_module *const mod = module_of(bytes_from(image.bytes, image.size));

	ck_assert_str_eq(info_text(mod), "license=GPL\nname=foo\n" BUILD_ID);
	done(mod);
}
END_TEST

/* ---- Signatures ---- */

/* The value of @key; NULL when it is not there. */
static const char *value_of(const struct kmod_module *mod, const char *key)
{
	const char *const line = strstr(info_text(mod), format_text("\n%s=", key));

	return line ? strndup(line + strlen(key) + 2, strcspn(line + 1, "\n") - strlen(key) - 1) :
		      NULL;
}

static void expect_five_keys(const struct kmod_module *mod, const char *sig_id)
{
	static const char *const keys[] = { "signer", "sig_key", "sig_hashalgo", "signature" };
	char *value = (char *)(uintptr_t)value_of(mod, "sig_id");

	ck_assert_pstr_eq(value, sig_id);
	free(value);
	for (int i = 0; i < ROWS(keys); i++) {
		value = (char *)(uintptr_t)value_of(mod, keys[i]);
		ck_assert_msg(value != NULL, "no %s in: %s", keys[i], info_text(mod));
		free(value);
	}
}

/* Compressed or not, with a detached signature: the same as with an appended one. */
START_TEST(signature_detached)
{
	const struct bytes module = file(IMAGE_64BIT);
	struct kmod_module *mod;
	const char *appended;
	size_t before;

	if (formats[_i].lacking)
		SKIP("%s", formats[_i].lacking);
	mod = module_of(bytes_join(module, signature_full()));
	expect_five_keys(mod, "PKCS#7");
	appended = info_text(mod);
	done(mod);

	put("/foo.ko.sig", signature_full());
	before = descriptors_open();
	mod = module_of(compressed((enum format)_i, module));
	ck_assert_str_eq(info_text(mod), appended);
	/* Programs keep many modules. */
	ck_assert_uint_eq(descriptors_open(), before);
	done(mod);
	put("/foo.ko.sig", signature_der());
	mod = module_of(compressed((enum format)_i, module));
	ck_assert_str_eq(info_text(mod), appended);
	done(mod);
	put_away("/foo.ko.sig");
	mod = module_of(compressed((enum format)_i, module));
	ck_assert_ptr_null(value_of(mod, "sig_id"));
	done(mod);
}
END_TEST

/* The third byte of the trailer tells the kind; one that is not known is shown as such. */
START_TEST(signature_of_other_types)
{
	static const struct {
		uint8_t type;
		const char *name;
	} types[] = { { 3, "Merkle" }, { 4, "unknown" }, { 0xff, "unknown" } };
	const struct bytes full = signature_full();

	for (int i = 0; i < ROWS(types); i++) {
		uint8_t *const copy = keep(full.size);
		struct kmod_module *mod;

		memcpy(copy, full.data, full.size);
		copy[full.size - 28 - 12 + 2] = types[i].type;
		mod = module_of(bytes_join(file(IMAGE_64BIT), (struct bytes){ copy, full.size }));
		expect_five_keys(mod, types[i].name);
		done(mod);
	}
}
END_TEST

/* A trailer that tells of more bytes than there are is damaged; without its magic it is none. */
START_TEST(signature_damaged)
{
	const struct bytes module = file(IMAGE_64BIT), full = signature_full();
	struct kmod_module *mod;

	mod = module_of(bytes_join(module, bytes_flip(full, full.size - 28 - 4)));
	expect_five_keys(mod, "damaged");
	done(mod);
	mod = module_of(bytes_join(module, bytes_flip(full, full.size - 1)));
	ck_assert_ptr_null(value_of(mod, "sig_id"));
	done(mod);
}
END_TEST

/* ---- Built-in modules ---- */

static const struct {
	const char *records;
	size_t size;
	const char *text;
} builtins[] = {
	{ TEXT("foo.license=GPL\0foo.a=b=c.d\0"), "license=GPL\na=b=c.d\n" },
	{ TEXT("bar.x=1\0foo.y=2\0bar.z=3\0foo.w=4\0"), "y=2\n" },
	{ TEXT("fool.x=1\0fo.y=2\0"), "" },
	{ TEXT("foo.x\0foo.y=\0"), "x=\ny=\n" },
	{ TEXT("foo.x=1"), "EINVAL" },
	{ TEXT("foo.x=1\0foo.y=2"), "EINVAL" },
	{ TEXT("foo.x=1\0fo"), "EINVAL" },
	{ TEXT("foo.x=1\0zoo.y=2"), "x=1\n" },
	{ TEXT("bar.x=1\0zoo.y=2"), "EINVAL" },
	{ TEXT(""), "" },
	{ TEXT("bar.x=1\0nothing\0foo.y=2\0"), "EINVAL" },
};

START_TEST(info_of_builtin)
{
	struct kmod_module *mod;

	ctx = session_context();
	put(RELEASE_DIR "/modules.builtin.bin", builtin_index("foo"));
	put(RELEASE_DIR "/modules.builtin.modinfo",
	    bytes_from(builtins[_i].records, builtins[_i].size));
	ck_assert_int_eq(kmod_module_new_from_name(ctx, "foo", &mod), 0);
	ck_assert_str_eq(info_text(mod), builtins[_i].text);
	put_away(RELEASE_DIR "/modules.builtin.modinfo");
	ck_assert_str_eq(info_text(mod), "ENOENT");
	done(mod);
}
END_TEST

/* More pairs than any module has, each of very few bytes. */
START_TEST(very_many_pairs)
{
	enum { COUNT = 2000001 };
	const char *const pair = _i == 0 ? "foo.\0" : "x\0";
	const size_t length = strlen(pair) + 1;
	char *const bytes = malloc(COUNT * length);
	struct kmod_module *mod;

	ck_assert_ptr_nonnull(bytes);
	for (size_t n = 0; n < COUNT; n++)
		memcpy(bytes + n * length, pair, length);
	if (_i == 0) {
		ctx = session_context();
		put(RELEASE_DIR "/modules.builtin.bin", builtin_index("foo"));
		put(RELEASE_DIR "/modules.builtin.modinfo", bytes_from(bytes, COUNT * length));
		ck_assert_int_eq(kmod_module_new_from_name(ctx, "foo", &mod), 0);
	} else {
		_cleanup_image_ struct image image = image_of(IMAGE_64BIT, bytes, COUNT * length);

		mod = module_of(bytes_from(image.bytes, image.size));
	}
	ck_assert_str_eq(info_text(mod), "EFBIG");
	done(mod);
	free(bytes);
}
END_TEST

/* ---- Entries and arguments ---- */

/* Programs do mix them up. */
START_TEST(getters_of_other_lists)
{
	static const get_fn gets[] = { kmod_module_get_versions, kmod_module_get_symbols,
				       kmod_module_get_dependency_symbols };
	struct kmod_module *const mod = module_of(file(IMAGE_64BIT));
	const char *error;
	struct kmod_list *list, *curr;

	for (int i = 0; i < ROWS(gets); i++) {
		list = get(gets[i], mod, &error);
		kmod_list_foreach(curr, list) {
			const uint64_t crc = kmod_module_symbol_get_crc(curr);

			ck_assert_uint_gt(strlen(kmod_module_symbol_get_symbol(curr)), 0);
			ck_assert_str_eq(kmod_module_symbol_get_symbol(curr),
					 kmod_module_version_get_symbol(curr));
			ck_assert_ptr_nonnull(kmod_module_dependency_symbol_get_symbol(curr));
			(void)kmod_module_dependency_symbol_get_bind(curr);
			ck_assert_uint_eq(kmod_module_version_get_crc(curr), crc);
			ck_assert_uint_eq(kmod_module_dependency_symbol_get_crc(curr), crc);
		}
		kmod_module_symbols_free_list(list);
	}
	list = get(kmod_module_get_dependency_symbols, mod, &error);
	ck_assert_str_eq(kmod_module_symbol_get_symbol(list), "Uneeded");
	ck_assert_str_eq(kmod_module_symbol_get_symbol(kmod_list_next(list, list)), "Wwished_for");
	kmod_module_dependency_symbols_free_list(list);
	done(mod);
}
END_TEST

/* What is in a list stays when the module has gone. */
START_TEST(lists_outlive_the_module)
{
	struct kmod_module *const mod = module_of(file(IMAGE_64BIT));
	const char *error;
	struct kmod_list *const info = get(kmod_module_get_info, mod, &error);
	struct kmod_list *const versions = get(kmod_module_get_versions, mod, &error);

	done(mod);
	ck_assert_str_eq(kmod_module_info_get_value(info), "GPL");
	ck_assert_str_eq(kmod_module_version_get_symbol(versions), "module_layout");
	kmod_module_info_free_list(info);
	kmod_module_versions_free_list(versions);
}
END_TEST

/* A list is freed by any of its entries, as with kmod. */
START_TEST(lists_freed_by_any_entry)
{
	static const struct {
		get_fn get;
		void (*free)(struct kmod_list *list);
	} rows[] = {
		{ kmod_module_get_info, kmod_module_info_free_list },
		{ kmod_module_get_versions, kmod_module_versions_free_list },
		{ kmod_module_get_symbols, kmod_module_symbols_free_list },
		{ kmod_module_get_dependency_symbols, kmod_module_dependency_symbols_free_list },
	};
	struct kmod_module *const mod = module_of(file(IMAGE_64BIT));
	const char *error;

	for (int i = 0; i < ROWS(rows); i++) {
		struct kmod_list *list = get(rows[i].get, mod, &error);

		ck_assert_ptr_nonnull(kmod_list_next(list, list));
		rows[i].free(kmod_list_next(list, list));
		list = get(rows[i].get, mod, &error);
		rows[i].free(kmod_list_last(list));
	}
	done(mod);
}
END_TEST

/* ---- Files that fail while they are in use ---- */

/* A module that is not read at once: its .modinfo is far behind all else. */
static struct bytes stretched(void)
{
	enum { FAR = 200000, SIZE = 300000 };
	static uint8_t bytes[SIZE];
	_cleanup_image_ struct image image = image_of(IMAGE_64BIT, MODINFO, sizeof(MODINFO) - 1);

	image_put(&image, image_entry(&image, 1), IMAGE_SH_OFFSET, FAR);
	memcpy(bytes, image.bytes, image.size);
	memcpy(bytes + FAR, MODINFO, sizeof(MODINFO) - 1);
	return bytes_from(bytes, sizeof(bytes));
}

static void cut_file(void)
{
	ck_assert_int_eq(truncate(world_path("/foo.ko"), 100000), 0);
}

/* What could not be read is not missing, and is tried again. */
START_TEST(read_again)
{
	struct kmod_module *const mod = module_of(stretched());

	ck_assert_str_ne(versions_text(mod), "");
	cut_file();
	ck_assert_str_eq(info_text(mod), "EINVAL");
	put("/foo.ko", stretched());
	ck_assert_str_eq(info_text(mod), "license=GPL\nname=foo\n" BUILD_ID);
	ck_assert_str_ne(symbols_text(mod), "");
	done(mod);
}
END_TEST

/* A program closes all descriptors that it does not know of, and uses their numbers. */
START_TEST(descriptors_taken)
{
	const bool replaced = _i % 2;
	bool before[DESCRIPTORS], taken[DESCRIPTORS];
	struct kmod_module *mod;

	descriptors_find(before);
	mod = module_of(stretched());
	ck_assert_str_ne(versions_text(mod), "");
	ck_assert_int_eq(descriptors_take(before, taken), 1);
	if (replaced) {
		put("/new", stretched());
		ck_assert_int_eq(rename(world_path("/new"), world_path("/foo.ko")), 0);
		ck_assert_str_eq(info_text(mod), "EINVAL");
		expect_logged(LOG_ERR, "/foo.ko: the module changed while it was read\n");
	} else {
		ck_assert_str_eq(info_text(mod), "license=GPL\nname=foo\n" BUILD_ID);
	}
	done(mod);
	ck_assert(descriptors_give(taken));
}
END_TEST

static unsigned int asked;

__attribute__((format(printf, 6, 0))) static void ask_again(void *data, int priority,
							    const char *file, int line,
							    const char *fn, const char *format,
							    va_list args)
{
	struct kmod_list *list = NULL;

	if (asked++ > 0)
		return;
	(void)kmod_module_get_symbols(data, &list);
	kmod_module_symbols_free_list(list);
}

/* Whoever takes the message that it cannot be read asks for more of the module. */
START_TEST(message_asks_again)
{
	struct kmod_module *mod;
	struct kmod_list *list = NULL;
	int r;

	/* so that the image is not kept for the next call */
	put_dir("/foo.ko.sig");
	mod = module_of(stretched());
	asked = 0;
	kmod_set_log_fn(ctx, ask_again, mod);
	ck_assert_int_eq(setenv("TRAP_FAULTS", format_text("read /foo.ko %d fail EIO", _i), 1), 0);
	r = kmod_module_get_info(mod, &list);
	ck_assert(r == -EIO || (r == -EINVAL && _i > 2));
	ck_assert_uint_gt(asked, 0);
	ck_assert_int_eq(unsetenv("TRAP_FAULTS"), 0);
	done(mod);
}
END_TEST

START_TEST(wrong_arguments)
{
	static const get_fn gets[] = { kmod_module_get_info, kmod_module_get_versions,
				       kmod_module_get_symbols,
				       kmod_module_get_dependency_symbols };
	struct kmod_module *const mod = module_of(file(IMAGE_64BIT));

	for (int i = 0; i < ROWS(gets); i++) {
		struct kmod_list *const used = (struct kmod_list *)(uintptr_t)0x10, *list = NULL;

		ck_assert_int_eq(gets[i](NULL, &list), -ENOENT);
		ck_assert_int_eq(gets[i](mod, NULL), -ENOENT);
		ck_assert_int_eq(gets[i](NULL, NULL), -ENOENT);
		ck_assert_ptr_null(list);
		list = used;
		ck_assert_int_eq(gets[i](mod, &list), -EINVAL);
		ck_assert_ptr_eq(list, used);
	}
	ck_assert_ptr_null(kmod_module_info_get_key(NULL));
	ck_assert_ptr_null(kmod_module_info_get_value(NULL));
	ck_assert_ptr_null(kmod_module_version_get_symbol(NULL));
	ck_assert_uint_eq(kmod_module_version_get_crc(NULL), 0);
	ck_assert_ptr_null(kmod_module_symbol_get_symbol(NULL));
	ck_assert_uint_eq(kmod_module_symbol_get_crc(NULL), 0);
	ck_assert_ptr_null(kmod_module_dependency_symbol_get_symbol(NULL));
	ck_assert_uint_eq(kmod_module_dependency_symbol_get_crc(NULL), 0);
	ck_assert_int_eq(kmod_module_dependency_symbol_get_bind(NULL), 0);
	kmod_module_info_free_list(NULL);
	kmod_module_versions_free_list(NULL);
	kmod_module_symbols_free_list(NULL);
	kmod_module_dependency_symbols_free_list(NULL);
	kmod_module_section_free_list(NULL);
	done(mod);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("info");
	TCase *tcase;

	for (int kind = 0; kind < IMAGE_KINDS; kind++) {
		add_row(suite, format_text("kind %d", kind), lists, kind);
		add_row(suite, format_text("kind %d", kind), cut_short, kind);
		add_row(suite, format_text("kind %d", kind), cut_short_behind_the_table, kind);
		add_row(suite, format_text("kind %d", kind), fields, kind);
	}
	for (int i = 0; i < ROWS(infos); i++)
		add_row(suite, format_text("modinfo %d", i), info_of_section, i);
	for (int i = 0; i < ROWS(no_modules); i++)
		add_row(suite, format_text("no module %d", i), no_module, i);
	for (int i = 0; i < FORMATS; i++)
		add_row(suite, formats[i].name, signature_detached, i);
	for (int i = 0; i < ROWS(builtins); i++)
		add_row(suite, format_text("builtin %d", i), info_of_builtin, i);
	add_row(suite, "very many pairs, built in", very_many_pairs, 0);
	add_row(suite, "very many pairs", very_many_pairs, 1);

	tcase = add_case(suite, "info");
	tcase_add_test(tcase, lists_without_sections);
	tcase_add_test(tcase, no_file);
	tcase_add_test(tcase, signature_of_other_types);
	tcase_add_test(tcase, signature_damaged);
	tcase_add_test(tcase, getters_of_other_lists);
	tcase_add_test(tcase, lists_outlive_the_module);
	tcase_add_test(tcase, lists_freed_by_any_entry);
	tcase_add_test(tcase, read_again);
	tcase_add_loop_test(tcase, descriptors_taken, 0, 2);
	tcase_add_loop_test(tcase, message_asks_again, 1, 6);
	tcase_add_test(tcase, wrong_arguments);
	return suite_run(argv, suite);
}
