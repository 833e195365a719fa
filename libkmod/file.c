/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kmod_file_open: a module file and the .sig beside it; load_reg, and the table of all formats.
 *
 * A detached signature covers the module after decompression. For a module M it is M.sig, or, when
 * M ends in the suffix of a compression, M without that suffix plus .sig. It is looked for beside
 * the path that was opened, then, when that is a symbolic link, beside what the link finally names:
 * directories of links into another kernel's tree (weak-updates) find theirs so.
 *
 * Only a name that does not exist, or cannot, means that there is no signature. Everything else
 * that keeps one from being read fails the open, since loading the module as an unsigned one
 * would hide the reason.
 */
#include "libkmod/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "libkmod/base/io.h"
#include "libkmod/base/overflow.h"
#include "libkmod/base/str.h"
#include "libkmod/context.h"
#include "libkmod/file-unpack.h"
#include "libkmod/format/sigblock.h"

/* Two names beside the path, and two beside the target of a link. */
#define CANDIDATES_MAX 4

struct file_format {
	const char *name;	/* as in /sys/module/compression; NULL: not compressed */
	const char *suffix;	/* of file names */
	uint8_t magic[FILE_SIZE_MIN];
	size_t magic_size;
	/* The loader: see file-unpack.h. NULL: left out of this build. */
	int (*load)(const struct kmod_file *file, size_t tail, struct blob *ret);
};

struct kmod_file {
	struct kmod_ctx *ctx; /* borrowed */
	char *path;
	bool is_link; /* and @fd what it leads to */
	struct kept_file module;
	size_t size;
	size_t payload_max; /* what it may unpack to */
	const struct file_format *format; /* NULL until the file's first bytes have been seen */
	char *probed[CANDIDATES_MAX + 1];
	const char *sig_path; /* one of @probed, the last; NULL: no signature */
	int sig_fd;
	size_t sig_size;
	int sig_error; /* a negative errno: there is one that cannot be used */
};

static int load_reg(const struct kmod_file *file, size_t tail, struct blob *ret);

static const struct file_format formats[] = {
	{
		.name = "zstd",
		.suffix = ".zst",
		.magic = { 0x28, 0xb5, 0x2f, 0xfd },
		.magic_size = 4,
#if ENABLE_ZSTD
		.load = load_zstd,
#endif
	},
	{
		.name = "xz",
		.suffix = ".xz",
		.magic = { 0xfd, '7', 'z', 'X', 'Z', 0x00 },
		.magic_size = 6,
#if ENABLE_XZ
		.load = load_xz,
#endif
	},
	{
		.name = "gzip",
		.suffix = ".gz",
		.magic = { 0x1f, 0x8b },
		.magic_size = 2,
#if ENABLE_ZLIB
		.load = load_zlib,
#endif
	},
};

static const struct file_format plain = { .load = load_reg };

#define FORMATS_COUNT (sizeof(formats) / sizeof(formats[0]))

/* ---- Opening --------------------------------------------------------------------------- */

static const struct file_format *format_of_magic(const uint8_t magic[static FILE_SIZE_MIN])
{
	for (size_t i = 0; i < FORMATS_COUNT; i++)
		if (memcmp(magic, formats[i].magic, formats[i].magic_size) == 0)
			return &formats[i];
	return &plain;
}

/* Whether @st is that of a regular file: 0; -EISDIR; -EINVAL for what else there is. */
static int check_regular(const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return 0;
	return S_ISDIR(st->st_mode) ? -EISDIR : -EINVAL;
}

/*
 * Opens what should be a regular file. What has taken its place since somebody looked is not waited
 * for. Results as open_regular().
 */
static int open_checked(int dirfd, const char *path, int *ret_fd, struct stat *ret_st)
{
	const int flags = O_RDONLY | O_NOCTTY | O_CLOEXEC;
	_cleanup_close_ int fd = openat(dirfd, path, flags | O_NONBLOCK);
	int r;

	/* A file with a lease on it is given up soon: the kernel sees to that. */
	if (fd < 0 && errno == EAGAIN && fstatat(dirfd, path, ret_st, 0) == 0 &&
	    S_ISREG(ret_st->st_mode))
		fd = openat(dirfd, path, flags);
	if (fd < 0 || fstat(fd, ret_st) < 0)
		return -errno;
	r = check_regular(ret_st);
	if (r >= 0)
		*ret_fd = move_fd(&fd);
	return r;
}

/*
 * Opens a regular file. Anything else is refused before it is opened, where opening could wait
 * for somebody (a FIFO) or set something off (a device). *@ret_st is what fstat(2) has to say of it.
 * *@ret_is_link: the path is that of a symbolic link, and what it leads to has been opened.
 * Returns 0; -EISDIR; -EINVAL; any errno of lstat(2), stat(2), open(2), fstat(2).
 */
static int open_regular(const char *path, int *ret_fd, struct stat *ret_st, bool *ret_is_link)
{
	bool is_link;
	int r;

	if (lstat(path, ret_st) < 0)
		return -errno;
	is_link = S_ISLNK(ret_st->st_mode);
	if (is_link && stat(path, ret_st) < 0)
		return -errno;
	r = check_regular(ret_st);
	if (r >= 0)
		r = open_checked(AT_FDCWD, path, ret_fd, ret_st);
	if (r >= 0)
		*ret_is_link = is_link;
	return r;
}

static size_t size_of(const struct stat *st)
{
	return (uintmax_t)st->st_size <= SIZE_MAX ? (size_t)st->st_size : SIZE_MAX;
}

/*
 * Takes the module over, which was opened as @fd with the result @r. Returns whether it may be one,
 * and logs why not.
 */
static int take_module(struct kmod_file *file, int r, int fd, const struct stat *st)
{
	if (r == -EINVAL)
		log_err(file->ctx, "%s: not a regular file, so not a module\n", file->path);
	if (r < 0)
		return r;
	kept_file_begin(&file->module, fd, st);
	file->size = size_of(st);
	if (file->size < FILE_SIZE_MIN) {
		log_err(file->ctx, "%s: too short for a module\n", file->path);
		return -EINVAL;
	}
	return 0;
}

void kmod_file_set_payload_max(struct kmod_file *file, size_t size)
{
	file->payload_max = size;
}

size_t kmod_file_payload_max(const struct kmod_file *file)
{
	return file->payload_max;
}

void kmod_file_set_format(struct kmod_file *file, const uint8_t *start)
{
	file->format = format_of_magic(start);
}

int kmod_file_detect_format(struct kmod_file *file)
{
	uint8_t magic[FILE_SIZE_MIN];
	ssize_t n;

	if (file->format)
		return 0;
	n = pread_full(file->module.fd, magic, sizeof(magic), 0);
	if (n < 0) {
		log_err(file->ctx, "could not read '%s': %s\n", file->path, strerror((int)-n));
		return (int)n;
	}
	if ((size_t)n < sizeof(magic)) {
		log_err(file->ctx, "%s: the module changed while it was read\n", file->path);
		return -EINVAL;
	}
	kmod_file_set_format(file, magic);
	return 0;
}

/*
 * Looks for a signature at @path. Returns 1 when it is there and opened, 0 when there is none by
 * that name; any other errno, after logging, when there is one that cannot be used.
 */
static int open_signature(struct kmod_file *file, const char *path)
{
	struct stat st;
	bool is_link;
	int r = open_regular(path, &file->sig_fd, &st, &is_link);

	if (r == -ENOENT || r == -ENAMETOOLONG)
		return 0;
	if (r == -EINVAL || r == -EISDIR) {
		log_err(file->ctx, "%s: not a regular file, so not the signature of '%s'\n", path,
			file->path);
		return -EINVAL;
	}
	if (r < 0) {
		log_err(file->ctx, "could not open the signature '%s': %s\n", path, strerror(-r));
		return r;
	}
	file->sig_size = size_of(&st);
	if (file->sig_size > SIGNATURE_SIZE_MAX) {
		log_err(file->ctx, "%s: more than the %zu bytes a signature can have\n", path,
			SIGNATURE_SIZE_MAX);
		return -EFBIG;
	}
	return 1;
}

/* Looks for a signature under the name of the first @length bytes of @path, plus ".sig". */
static int probe_signature(struct kmod_file *file, const char *path, size_t length)
{
	size_t i = 0;
	int r;

	while (file->probed[i])
		i++;
	if (asprintf(&file->probed[i], "%.*s.sig", (int)length, path) < 0) {
		file->probed[i] = NULL;
		return -ENOMEM;
	}
	r = open_signature(file, file->probed[i]);
	if (r > 0)
		file->sig_path = file->probed[i];
	return r;
}

/* The length of @path without the suffix of a compression; 0 when it has none. */
static size_t stem_length(const char *path)
{
	for (size_t i = 0; i < FORMATS_COUNT; i++)
		if (str_has_suffix(path_basename(path), formats[i].suffix))
			return strlen(path) - strlen(formats[i].suffix);
	return 0;
}

/* Both names of a signature beside @path. Results as open_signature(). */
static int probe_beside(struct kmod_file *file, const char *path)
{
	const size_t length = strlen(path);
	const size_t stem = stem_length(path);
	int r;

	r = probe_signature(file, path, length);
	if (r == 0 && stem > 0)
		r = probe_signature(file, path, stem);
	return r;
}

static int find_signature(struct kmod_file *file)
{
	_cleanup_free_ char *target = NULL;
	int r = probe_beside(file, file->path);

	if (r != 0 || !file->is_link)
		return r;
	target = realpath(file->path, NULL);
	if (!target) {
		r = -errno;
		/* What has no name has none with ".sig" behind it: a removed file, in /proc. */
		if (r == -ENOENT || r == -ENAMETOOLONG)
			return 0;
		log_err(file->ctx, "could not follow the link '%s' to a signature: %m\n",
			file->path);
		return r;
	}
	return probe_beside(file, target);
}

/* A file that is not opened yet. */
static struct kmod_file *file_new(struct kmod_ctx *ctx, const char *path)
{
	_cleanup_(kmod_file_closep) struct kmod_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->ctx = ctx;
	file->module.fd = -1;
	file->sig_fd = -1;
	file->payload_max = FILE_SIZE_MAX;
	file->path = strdup(path);
	return file->path ? move_ptr(file) : NULL;
}

int kmod_file_open_to_show(struct kmod_ctx *ctx, const char *path, struct kmod_file **ret)
{
	_cleanup_(kmod_file_closep) struct kmod_file *file = file_new(ctx, path);
	struct stat st = { 0 };
	int fd = -1;
	int r;

	if (!file)
		return -ENOMEM;
	r = open_regular(path, &fd, &st, &file->is_link);
	r = take_module(file, r, fd, &st);
	if (r < 0)
		return r;
	r = find_signature(file);
	if (r == -ENOMEM)
		return r;
	file->sig_error = r < 0 ? r : 0;
	*ret = move_ptr(file);
	return 0;
}

int kmod_file_open(struct kmod_ctx *ctx, const char *path, struct kmod_file **ret)
{
	_cleanup_(kmod_file_closep) struct kmod_file *file = NULL;
	int r = kmod_file_open_to_show(ctx, path, &file);

	if (r >= 0)
		r = file->sig_error;
	if (r < 0)
		return r;
	*ret = move_ptr(file);
	return 0;
}

int kmod_file_open_alone(struct kmod_ctx *ctx, int dirfd, const char *name, const char *path,
			 struct kmod_file **ret)
{
	_cleanup_(kmod_file_closep) struct kmod_file *file = file_new(ctx, path);
	struct stat st = { 0 };
	int fd = -1;
	int r;

	if (!file)
		return -ENOMEM;
	/* Whoever goes through all there are has seen what it is: no need to look before. */
	r = open_checked(dirfd, name, &fd, &st);
	r = take_module(file, r, fd, &st);
	if (r < 0)
		return r;
	*ret = move_ptr(file);
	return 0;
}

void kmod_file_let_go(struct kmod_file *file, bool module)
{
	close_fd(file->sig_fd);
	file->sig_fd = -1;
	if (!module)
		return;
	kept_file_close(&file->module);
}

void kmod_file_keep(struct kmod_file *file)
{
	file->module.path = file->path;
}

void kmod_file_close(struct kmod_file *file)
{
	if (!file)
		return;
	kept_file_close(&file->module);
	close_fd(file->sig_fd);
	for (size_t i = 0; file->probed[i]; i++)
		free(file->probed[i]);
	free(file->path);
	free(file);
}

/* ---- Loading --------------------------------------------------------------------------- */

void blob_done(struct blob *blob)
{
	free(blob->data);
	*blob = (struct blob){ 0 };
}

/*
 * Reads all of @fd, which had @size bytes when it was opened; there must be room for one more.
 * Returns 0; -ESTALE when it has fewer or more by now; any errno of read(2).
 */
static int read_whole(int fd, uint8_t *buf, size_t size)
{
	size_t done = 0;

	/* To be asked for more than there was, and give no more, is the end: no need to ask again. */
	do {
		const ssize_t n = pread(fd, buf + done, size + 1 - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	} while (done < size);
	return done == size ? 0 : -ESTALE;
}

int kmod_file_read_payload(const struct kmod_file *file, uint8_t *buf)
{
	const int r = read_whole(file->module.fd, buf, file->size);

	if (r == -ESTALE) {
		log_err(file->ctx, "%s: the module changed while it was read\n", file->path);
		return -EINVAL;
	}
	if (r < 0)
		log_err(file->ctx, "could not read '%s': %s\n", file->path, strerror(-r));
	return r;
}

#define HUGE_PAGE ((size_t)2 << 20)

/*
 * Most of what reading a large module costs are page faults, so memory that is about to be filled
 * gets huge pages where the kernel has them. The rest, which does not fill one, is left to small
 * ones, so that no more memory is used than was asked for.
 */
static void use_huge_pages(uint8_t *data, size_t size)
{
	if (size >= HUGE_PAGE)
		(void)madvise(data, size / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
}

int blob_reserve(struct blob *blob, size_t size)
{
	void *data = NULL;

	if (size <= blob->room)
		return 0;
	blob_done(blob);
	if (posix_memalign(&data, size < HUGE_PAGE ? sizeof(void *) : HUGE_PAGE, size) != 0)
		return -ENOMEM;
	*blob = (struct blob){ .data = data, .room = size };
	return 0;
}

/* A buffer for a module that is not compressed, and @tail free bytes behind it. */
static int blob_of_plain(const struct kmod_file *file, size_t tail, struct blob *ret)
{
	size_t size;

	if (file->size > FILE_SIZE_MAX || !size_add(file->size + 1, tail, &size)) {
		log_err(file->ctx, "%s: more than the %zu bytes a module can have\n", file->path,
			FILE_SIZE_MAX);
		return -EFBIG;
	}
	if (blob_reserve(ret, size) < 0) {
		log_err(file->ctx, "%s: not enough memory for %zu bytes\n", file->path, size);
		return -ENOMEM;
	}
	ret->size = file->size;
	ret->payload_size = file->size;
	return 0;
}

/* A module that is not compressed: one read, straight to where the kernel will take it from. */
static int load_reg(const struct kmod_file *file, size_t tail, struct blob *ret)
{
	int r = blob_of_plain(file, tail, ret);

	if (r < 0)
		return r;
	use_huge_pages(ret->data, ret->size + tail);
	return kmod_file_read_payload(file, ret->data);
}

/* Puts the signature behind the payload, where load left room, in the form the kernel takes. */
static int append_signature(const struct kmod_file *file, struct blob *blob)
{
	uint8_t *const sig = blob->data + blob->size;
	const int r = read_whole(file->sig_fd, sig, file->sig_size);

	if (r == -ESTALE) {
		log_err(file->ctx, "%s: the signature changed while it was read\n",
			file->sig_path);
		return -EINVAL;
	}
	if (r < 0) {
		log_err(file->ctx, "could not read the signature '%s': %s\n", file->sig_path,
			strerror(-r));
		return r;
	}
	blob->size += file->sig_size;

	switch (sigfile_classify(span_of(sig, file->sig_size))) {
	case SIGFILE_TRAILER:
		break;
	case SIGFILE_PKCS7:
		sigblock_build_trailer(blob->data + blob->size, (uint32_t)file->sig_size);
		blob->size += SIGBLOCK_TRAILER_SIZE;
		break;
	case SIGFILE_EMPTY:
		log_warning(file->ctx, "%s: the signature file is empty\n", file->sig_path);
		break;
	case SIGFILE_OTHER:
		log_warning(file->ctx,
			    "%s: neither a PKCS#7 signature in DER form nor one with the "
			    "kernel's trailer; the kernel gets it as it is\n",
			    file->sig_path);
		break;
	}
	return 0;
}

/* Loads with @load, and joins the signature if @with_signature and there is one. */
static int load_with(struct kmod_file *file, bool with_signature,
		     int (*load)(const struct kmod_file *file, size_t tail, struct blob *ret),
		     struct blob *ret)
{
	const bool joins = with_signature && file->sig_path;
	const size_t tail = joins ? file->sig_size + SIGBLOCK_TRAILER_SIZE : 0;
	const int r = load(file, tail, ret);

	return r >= 0 && joins ? append_signature(file, ret) : r;
}

int kmod_file_load(struct kmod_file *file, bool with_signature, struct blob *ret)
{
	const int r = kmod_file_detect_format(file);

	if (r < 0)
		return r;
	if (!file->format->load) {
		log_err(file->ctx, "%s: this build cannot unpack %s data\n", file->path,
			file->format->name);
		return -ENOSYS;
	}
	return load_with(file, with_signature, file->format->load, ret);
}

int kmod_file_prepare(struct kmod_file *file, struct blob *ret)
{
	return load_with(file, true, blob_of_plain, ret);
}

/* ---- Facts ----------------------------------------------------------------------------- */

struct kept_file *kmod_file_module(struct kmod_file *file)
{
	return &file->module;
}

size_t kmod_file_size(const struct kmod_file *file)
{
	return file->size;
}

const char *kmod_file_path(const struct kmod_file *file)
{
	return file->path;
}

struct kmod_ctx *kmod_file_ctx(const struct kmod_file *file)
{
	return file->ctx;
}

const char *kmod_file_compression(const struct kmod_file *file)
{
	return file->format->name;
}

bool kmod_file_may_be_compressed(const struct kmod_file *file)
{
	return stem_length(file->path) > 0;
}

const char *kmod_file_signature_path(const struct kmod_file *file)
{
	return file->sig_path;
}

size_t kmod_file_signature_size(const struct kmod_file *file)
{
	return file->sig_size;
}

int kmod_file_signature_error(const struct kmod_file *file)
{
	return file->sig_error;
}

char *const *kmod_file_signature_probed(const struct kmod_file *file)
{
	return file->probed;
}
