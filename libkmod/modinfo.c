/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a module says of itself: its .modinfo section, or for a built-in one the records kept
 * beside the kernel; then its build id and its signature.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libkmod/base/io.h"
#include "libkmod/base/overflow.h"
#include "libkmod/context.h"
#include "libkmod/format/builtin.h"
#include "libkmod/format/elf-module.h"
#include "libkmod/image.h"
#include "libkmod/list.h"
#include "libkmod/module.h"
#include "libkmod/signature.h"

/* modules.builtin.modinfo takes a few hundred KiB. */
#define BUILTIN_SIZE_MAX ((off_t)64 << 20)

/* More entries than any module has: each one takes many times the few bytes that make one. */
#define ENTRIES_MAX 2000000

/* What is said in a .modinfo section, or of a module in modules.builtin.modinfo. */
struct modinfo {
	struct kmod_list **list;
	unsigned int count;
};

struct info {
	const char *value; /* inside @key */
	char key[];	   /* the key, a NUL, the value, a NUL */
};

/* ---- Entries --------------------------------------------------------------------------- */

/* Appends an entry whose value is still to be written, at most @value_size bytes and its NUL. */
static char *append_sized(struct kmod_list **list, struct span key, size_t value_size)
{
	size_t size = sizeof(struct info) + 1 + 1;
	struct info *info;

	if (!size_add(size, key.size, &size) || !size_add(size, value_size, &size))
		return NULL;
	info = list_append_sized(list, size);
	if (!info)
		return NULL;
	memcpy(info->key, key.data, key.size);
	info->key[key.size] = '\0';
	info->value = info->key + key.size + 1;
	return info->key + key.size + 1;
}

static int append_span(struct kmod_list **list, struct span key, struct span value)
{
	char *const text = append_sized(list, key, value.size);

	if (!text)
		return -ENOMEM;
	memcpy(text, value.data, value.size);
	text[value.size] = '\0';
	return 0;
}

static struct span span_of_string(const char *s)
{
	return span_of(s, strlen(s));
}

static int append_text(struct kmod_list **list, const char *key, const char *value)
{
	return append_span(list, span_of_string(key), span_of_string(value ? value : ""));
}

/* Bytes as hexadecimal pairs between colons, with a line break after every twentieth. */
static int append_hex(struct kmod_list **list, const char *key, struct span bytes)
{
	static const char digits[] = "0123456789ABCDEF";
	static const char line_break[] = "\n\t\t";
	const size_t per_line = 20;
	size_t lines, size;
	char *to;

	if (bytes.size == 0)
		return append_text(list, key, "");
	if (!size_mul(bytes.size, 3, &size) ||
	    !size_mul(bytes.size / per_line, strlen(line_break), &lines) ||
	    !size_add(size, lines, &size))
		return -ENOMEM;
	to = append_sized(list, span_of_string(key), size);
	if (!to)
		return -ENOMEM;
	while (bytes.size > 0) {
		const size_t n = bytes.size < per_line ? bytes.size : per_line;
		const uint8_t *const line = span_take(&bytes, n);

		for (size_t i = 0; i < n; i++, to += 3) {
			to[0] = digits[line[i] >> 4];
			to[1] = digits[line[i] & 15];
			to[2] = ':';
		}
		if (bytes.size > 0)
			to = stpcpy(to, line_break);
	}
	to[-1] = '\0';
	return 0;
}

static int append_entry(struct modinfo *modinfo, struct span key, struct span value)
{
	return ++modinfo->count <= ENTRIES_MAX ? append_span(modinfo->list, key, value) : -EFBIG;
}

/* ---- Modules in files ------------------------------------------------------------------ */

static int append_modinfo(const struct elf *elf, struct kmod_list **list)
{
	struct elf_modinfo_entry entry;
	struct modinfo modinfo = { .list = list };
	struct elf_modinfo from;
	int r = elf_modinfo_begin(elf, &from);

	while (r >= 0 && elf_modinfo_next(&from, &entry))
		r = append_entry(&modinfo, entry.key, entry.value);
	return r;
}

static int append_build_id(const struct elf *elf, struct kmod_list **list)
{
	struct span id;

	return elf_build_id(elf, &id) < 0 ? 0 : append_hex(list, "build-id", id);
}

/*
 * What is shown of a signature that cannot be shown: of one whose message cannot be taken apart or
 * looked into, its kind; of one that is not even a signature any more, that.
 */
static void signature_make_presentable(const struct kmod_module *mod, int r,
				       struct signature_facts *facts)
{
	if (r == -EBADMSG)
		facts->id_type = "damaged";
	if (facts->state == SIGNATURE_OPAQUE)
		log_err(module_ctx(mod), "%s: who signed it cannot be shown: %s\n",
			kmod_module_get_path(mod), facts->missing);
}

static int append_signature(const struct kmod_module *mod, struct image *image,
			    struct kmod_list **list)
{
	_cleanup_(signature_facts_done) struct signature_facts facts = { 0 };
	struct sigblock block;
	int r = image_signature(image, &block);

	if (r == -ENODATA)
		return 0;
	if (r >= 0)
		r = signature_read(&block, &facts);
	if (r < 0 && r != -EBADMSG)
		return r;
	signature_make_presentable(mod, r, &facts);

	r = append_text(list, "sig_id", facts.id_type);
	if (r >= 0)
		r = append_text(list, "signer", facts.signer);
	if (r >= 0)
		r = append_hex(list, "sig_key", span_of(facts.key_id, facts.key_id_size));
	if (r >= 0)
		r = append_text(list, "sig_hashalgo",
				facts.hash_algo ? facts.hash_algo : "unknown");
	if (r >= 0)
		r = append_hex(list, "signature", span_of(facts.signature, facts.signature_size));
	return r;
}

/* All but the signature, which is left to be got from *@ret_image. */
static int info_of_file(const struct kmod_module *mod, struct kmod_list **list,
			struct image **ret_image)
{
	int r = module_get_image(mod, ret_image);

	if (r < 0)
		return r;
	r = append_modinfo(image_elf(*ret_image), list);
	if (r >= 0)
		r = append_build_id(image_elf(*ret_image), list);
	/* What is missing because it could not be read is not missing. */
	return image_error(*ret_image) < 0 ? image_error(*ret_image) : r;
}

/* ---- Modules in the kernel image ------------------------------------------------------- */

/* Reads the whole of modules.builtin.modinfo into memory that the caller frees. */
static int read_builtin(const struct kmod_ctx *ctx, uint8_t **ret, size_t *ret_size)
{
	_cleanup_free_ uint8_t *data = NULL;
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	struct stat st;
	ssize_t size;
	int n = snprintf(path, sizeof(path), "%s/modules.builtin.modinfo", kmod_get_dirname(ctx));

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open_file(AT_FDCWD, path);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > BUILTIN_SIZE_MAX) {
		log_err(ctx, "%s: too large\n", path);
		return -EFBIG;
	}
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return -ENOMEM;
	size = read_full(fd, data, (size_t)st.st_size);
	if (size < 0)
		return (int)size;
	if (size < st.st_size) {
		log_err(ctx, "%s: changed while it was read\n", path);
		return -EINVAL;
	}
	*ret = move_ptr(data);
	*ret_size = (size_t)size;
	return 0;
}

static int append_record(struct span text, void *data)
{
	const uint8_t *const equals = memchr(text.data, '=', text.size);
	struct span key = text;
	struct span value = span_of("", 0);

	if (equals) {
		key.size = (size_t)(equals - text.data);
		value = text;
		(void)span_take(&value, key.size + 1);
	}
	return append_entry(data, key, value);
}

static int info_of_builtin(const struct kmod_module *mod, struct kmod_list **list)
{
	struct kmod_ctx *const ctx = module_ctx(mod);
	struct modinfo modinfo = { .list = list };
	_cleanup_free_ uint8_t *data = NULL;
	size_t size = 0;
	int r = read_builtin(ctx, &data, &size);

	if (r < 0)
		return r;
	r = builtin_modinfo(span_of(data, size), kmod_module_get_name(mod), append_record,
			    &modinfo);
	if (r == -EINVAL)
		log_err(ctx, "modules.builtin.modinfo: a string is cut, or without modname prefix\n");
	return r;
}

/* ---- Public ---------------------------------------------------------------------------- */

int module_get_info(const struct kmod_module *mod, struct kmod_list **list)
{
	_cleanup_(image_freep) struct image *image = NULL;
	struct kmod_list *found = NULL;
	int r = module_is_builtin(mod);

	if (r > 0)
		r = info_of_builtin(mod, &found);
	else if (r == 0)
		r = info_of_file(mod, &found, &image);
	if (r < 0) {
		kmod_module_info_free_list(found);
		return r;
	}
	*list = found;
	return image ? append_signature(mod, image, list) : 0;
}

int kmod_module_get_info(const struct kmod_module *mod, struct kmod_list **list)
{
	struct kmod_list *found = NULL;
	int r;

	if (!mod || !list)
		return -ENOENT;
	if (*list)
		return -EINVAL;
	r = module_get_info(mod, &found);
	if (r < 0) {
		kmod_module_info_free_list(found);
		return r;
	}
	*list = found;
	return list_count(found);
}

const char *kmod_module_info_get_key(const struct kmod_list *entry)
{
	return entry ? ((const struct info *)list_data(entry))->key : NULL;
}

const char *kmod_module_info_get_value(const struct kmod_list *entry)
{
	return entry ? ((const struct info *)list_data(entry))->value : NULL;
}

void kmod_module_info_free_list(struct kmod_list *list)
{
	list_free_sized(list);
}
