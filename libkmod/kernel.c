/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loading and removing: the only file that changes the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/io.h"
#include "libkmod/context.h"
#include "libkmod/file.h"
#include "libkmod/format/elf-module.h"
#include "libkmod/module.h"

/* Flags of finit_module(2), from the kernel's <linux/module.h>. */
#define MODULE_INIT_IGNORE_MODVERSIONS 1
#define MODULE_INIT_IGNORE_VERMAGIC 2
#define MODULE_INIT_COMPRESSED_FILE 4

#define SYS_MODULE_COMPRESSION "/sys/module/compression"

#define INSERT_FORCE (KMOD_INSERT_FORCE_VERMAGIC | KMOD_INSERT_FORCE_MODVERSION)

/* One attempt to load a module. */
struct insertion {
	struct kmod_ctx *ctx;
	struct kmod_file *file;
	unsigned int flags; /* enum kmod_insert */
	const char *options;
};

/* ---- As a descriptor ------------------------------------------------------------------- */

/* Whether the kernel itself unpacks files of the compression @name. */
static bool kernel_unpacks(struct kmod_ctx *ctx, const char *name)
{
	static const char *const known[] = { "gzip", "xz", "zstd" };
	char text[16];
	const ssize_t n = read_text(AT_FDCWD, SYS_MODULE_COMPRESSION, text, sizeof(text));

	if (n == -ENOENT)
		return false;
	if (n > 0 && text[n - 1] == '\n') {
		text[n - 1] = '\0';
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (strcmp(text, known[i]) == 0)
				return strcmp(text, name) == 0;
	}
	log_err(ctx, "unknown kernel compression in " SYS_MODULE_COMPRESSION "\n");
	return false;
}

/* What finit_module(2) calls our flags: their numbers are crossed. */
static unsigned int kernel_flags(unsigned int flags)
{
	unsigned int r = 0;

	if (flags & KMOD_INSERT_FORCE_VERMAGIC)
		r |= MODULE_INIT_IGNORE_VERMAGIC;
	if (flags & KMOD_INSERT_FORCE_MODVERSION)
		r |= MODULE_INIT_IGNORE_MODVERSIONS;
	return r;
}

static int finit_module(const struct insertion *ins, unsigned int extra_flags)
{
	const unsigned int flags = kernel_flags(ins->flags) | extra_flags;

	if (syscall(SYS_finit_module, kmod_file_module(ins->file)->fd, ins->options, flags) < 0)
		return -errno;
	return 0;
}

/* Whether the kernel, asked to unpack a file itself, failed in a way that unpacking it here mends. */
static bool kernel_could_not_unpack(int r)
{
	return r == -ENOMEM || r == -EINVAL || r == -EOPNOTSUPP || r == -EIO;
}

/*
 * Hands the file to the kernel. Returns its verdict; -ENOSYS when the bytes should be handed over
 * instead.
 */
static int insert_file(const struct insertion *ins)
{
	const char *compression;
	int r = kmod_file_detect_format(ins->file);

	if (r < 0)
		return r;
	compression = kmod_file_compression(ins->file);
	if (!compression)
		return finit_module(ins, 0);
	if (!kernel_unpacks(ins->ctx, compression))
		return -ENOSYS;

	r = finit_module(ins, MODULE_INIT_COMPRESSED_FILE);
	if (kernel_could_not_unpack(r)) {
		log_notice(ins->ctx,
			   "%s: the kernel did not load the %s file (%s), unpacking it here\n",
			   kmod_file_path(ins->file), compression, strerror(-r));
		return -ENOSYS;
	}
	return r;
}

/* ---- As bytes -------------------------------------------------------------------------- */

/* Takes out what the flags ask the kernel to overlook. */
static int strip(const struct insertion *ins, struct blob *blob)
{
	int r = 0;

	if (ins->flags & KMOD_INSERT_FORCE_MODVERSION)
		r = elf_module_strip_modversions(blob->data, blob->size);
	if (r >= 0 && ins->flags & KMOD_INSERT_FORCE_VERMAGIC)
		r = elf_module_strip_vermagic(blob->data, blob->size);
	if (r < 0)
		log_err(ins->ctx, "Failed to strip version information: %s\n", strerror(-r));
	return r;
}

static int insert_bytes(const struct insertion *ins, bool with_signature)
{
	_cleanup_(blob_done) struct blob blob = { 0 };
	int r = kmod_file_load(ins->file, with_signature, &blob);

	if (r < 0)
		return r;
	if (ins->flags & INSERT_FORCE) {
		r = strip(ins, &blob);
		if (r < 0)
			return r;
	}
	if (syscall(SYS_init_module, blob.data, blob.size, ins->options) < 0)
		return -errno;
	return 0;
}

/* ---- Public ---------------------------------------------------------------------------- */

static int insert(const struct insertion *ins)
{
	const char *const signature = kmod_file_signature_path(ins->file);
	int r;

	if (signature && !(ins->flags & INSERT_FORCE)) {
		r = insert_bytes(ins, true);
		if (r >= 0)
			log_info(ins->ctx, "loaded '%s' with the signature '%s' (%zu bytes)\n",
				 kmod_file_path(ins->file), signature,
				 kmod_file_signature_size(ins->file));
		return r;
	}

	if (signature)
		log_warning(ins->ctx,
			    "%s: left out, because no signature matches a module that is changed "
			    "to load it by force\n",
			    signature);
	r = insert_file(ins);
	return r == -ENOSYS ? insert_bytes(ins, false) : r;
}

int kmod_module_insert_module(struct kmod_module *mod, unsigned int flags, const char *options)
{
	_cleanup_(kmod_file_closep) struct kmod_file *file = NULL;
	struct insertion ins;
	const char *path = NULL;
	int r;

	if (!mod)
		return -ENOENT;
	r = module_get_path(mod, &path);
	if (r == -ENOENT)
		log_err(module_ctx(mod), "could not find module by name='%s'\n",
			kmod_module_get_name(mod));
	if (r < 0)
		return r;

	r = kmod_file_open(module_ctx(mod), path, &file);
	if (r < 0)
		return r;
	ins = (struct insertion){
		.ctx = module_ctx(mod),
		.file = file,
		.flags = flags,
		.options = options ? options : "",
	};
	r = insert(&ins);
	if (r < 0)
		log_info(ins.ctx, "Failed to insert module '%s': %s\n", path, strerror(-r));
	return r;
}

int kmod_module_remove_module(struct kmod_module *mod, unsigned int flags)
{
	const unsigned int kernel_flags_used = (flags & KMOD_REMOVE_FORCE) | KMOD_REMOVE_NOWAIT;
	int r;

	if (!mod)
		return -ENOENT;
	if (syscall(SYS_delete_module, kmod_module_get_name(mod), kernel_flags_used) == 0)
		return 0;

	r = -errno;
	if (!(flags & KMOD_REMOVE_NOLOG))
		log_err(module_ctx(mod), "could not remove '%s': %m\n", kmod_module_get_name(mod));
	return r;
}
