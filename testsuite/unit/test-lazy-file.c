/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/base/lazy-file.c, and of read_all() of base/io.c.
 */
#include "libkmod/base/lazy-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/io.h"
#include "reads.h"
#include "unit.h"

#define FILE_SIZE 50001U

/* A file of @size bytes, each another than its neighbours. */
static int make_file(size_t size)
{
	_cleanup_free_ uint8_t *bytes = malloc(size + 1);
	const int fd = memfd_create("test", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(i * 31 + i / 256);
	ck_assert_int_eq(write(fd, bytes, size), size);
	return fd;
}

static void assert_bytes(const uint8_t *data, size_t offset, size_t size)
{
	size_t wrong = 0;

	for (size_t i = offset; i < offset + size; i++)
		wrong += data[i] != (uint8_t)(i * 31 + i / 256);
	ck_assert_uint_eq(wrong, 0);
}

START_TEST(any_order)
{
	_cleanup_close_ int fd = make_file(FILE_SIZE);
	struct kept_file file = { .fd = fd };
	_cleanup_free_ uint8_t *data = calloc(1, FILE_SIZE);
	struct lazy_file lazy = { 0 };
	unsigned int state = 1;

	ck_assert_int_eq(lazy_file_begin(&lazy, &file, data, FILE_SIZE), 0);
	ck_assert(!lazy_file_has(&lazy, 0));
	ck_assert(!lazy_file_has(&lazy, FILE_SIZE - 1));
	ck_assert_int_eq(lazy_file_need(&lazy, 20000, 0), 0);
	ck_assert(!lazy_file_has(&lazy, 20000));
	for (unsigned int i = 0; i < 40; i++) {
		size_t offset, size;

		state = state * 1103515245 + 12345;
		offset = state / 7 % FILE_SIZE;
		size = state / 65536 % 3000 % (FILE_SIZE - offset) + 1;
		ck_assert_int_eq(lazy_file_need(&lazy, offset, size), 0);
		ck_assert(lazy_file_has(&lazy, offset));
		ck_assert(lazy_file_has(&lazy, offset + size - 1));
		assert_bytes(data, offset, size);
	}
	ck_assert_int_eq(lazy_file_need(&lazy, 0, FILE_SIZE), 0);
	assert_bytes(data, 0, FILE_SIZE);
	lazy_file_done(&lazy);
}
END_TEST

/* Only what is asked for is read, in whole chunks, and each of them once. */
START_TEST(no_more_than_needed)
{
	_cleanup_close_ int fd = make_file(FILE_SIZE);
	struct kept_file file = { .fd = fd };
	_cleanup_free_ uint8_t *data = calloc(1, FILE_SIZE);
	struct lazy_file lazy = { 0 };

	ck_assert_int_eq(lazy_file_begin(&lazy, &file, data, FILE_SIZE), 0);
	ck_assert_int_eq(lazy_file_need(&lazy, 8192, 4096), 0);
	ck_assert(!lazy_file_has(&lazy, 8191));
	ck_assert(lazy_file_has(&lazy, 8192));
	ck_assert(lazy_file_has(&lazy, 12287));
	ck_assert(!lazy_file_has(&lazy, 12288));
	ck_assert_int_eq(lazy_file_need(&lazy, 20480, 1), 0);
	ck_assert(!lazy_file_has(&lazy, 12288));
	ck_assert(!lazy_file_has(&lazy, 24576));
	/* from one that is there, over others that are not, and one that is between them */
	ck_assert_int_eq(lazy_file_need(&lazy, 12287, 16386), 0);
	for (size_t i = 8192; i < 28672; i += 4096)
		ck_assert(lazy_file_has(&lazy, i));
	ck_assert(!lazy_file_has(&lazy, 8191));
	ck_assert(lazy_file_has(&lazy, 28672));
	ck_assert(!lazy_file_has(&lazy, 32768));
	assert_bytes(data, 8192, 24576);
	for (size_t i = 0; i < FILE_SIZE; i++)
		if (i < 8192 || i >= 32768)
			ck_assert_uint_eq(data[i], 0);
	lazy_file_done(&lazy);
}
END_TEST

/* Files that end inside of a chunk, and with one. */
START_TEST(ends_of_files)
{
	static const size_t sizes[] = { 1, 4095, 4096, 4097, 8192, 40960 };
	struct lazy_file lazy = { 0 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		_cleanup_close_ int fd = make_file(sizes[i]);
		struct kept_file file = { .fd = fd };
		_cleanup_free_ uint8_t *data = calloc(1, sizes[i]);

		ck_assert_int_eq(lazy_file_begin(&lazy, &file, data, sizes[i]), 0);
		ck_assert(!lazy_file_has(&lazy, 0));
		ck_assert_int_eq(lazy_file_need(&lazy, sizes[i], 0), 0);
		ck_assert_int_eq(lazy_file_need(&lazy, sizes[i] - 1, 1), 0);
		assert_bytes(data, sizes[i] - 1, 1);
		ck_assert_int_eq(lazy_file_need(&lazy, 0, sizes[i]), 0);
		assert_bytes(data, 0, sizes[i]);
	}
	lazy_file_done(&lazy);
}
END_TEST

/* Reading fails from some place on; what was there stays, the failure too. */
START_TEST(read_error)
{
	_cleanup_close_ int fd = make_file(FILE_SIZE);
	struct kept_file file = { .fd = fd };
	_cleanup_free_ uint8_t *data = calloc(1, FILE_SIZE);
	_cleanup_close_ int other = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct lazy_file lazy = { 0 };

	ck_assert_int_eq(lazy_file_begin(&lazy, &file, data, FILE_SIZE), 0);
	ck_assert_int_eq(lazy_file_need(&lazy, 10000, 10000), 0);
	ck_assert_int_eq(dup2(other, fd), fd);
	ck_assert_int_eq(lazy_file_need(&lazy, 10000, 10000), 0);
	ck_assert_int_eq(lazy_file_need(&lazy, 9000, 15000), -EISDIR);
	ck_assert(!lazy_file_has(&lazy, 24000 - 1));
	ck_assert_int_eq(lazy_file_need(&lazy, 10000, 1), -EISDIR);
	assert_bytes(data, 10000, 10000);
	lazy_file_done(&lazy);
}
END_TEST

/* What is missing of a range is read in one go. */
START_TEST(one_go)
{
	_cleanup_close_ int fd = make_file(FILE_SIZE);
	struct kept_file file = { .fd = fd };
	_cleanup_free_ uint8_t *data = calloc(1, FILE_SIZE);
	struct lazy_file lazy = { 0 };

	ck_assert_int_eq(lazy_file_begin(&lazy, &file, data, FILE_SIZE), 0);
	reads = (struct reads){ 0 };
	ck_assert_int_eq(lazy_file_need(&lazy, 16384, 12288), 0);
	ck_assert_uint_eq(reads.count, 1);
	ck_assert_int_eq(lazy_file_need(&lazy, 20000, 4000), 0);
	ck_assert_uint_eq(reads.count, 1);
	ck_assert_int_eq(lazy_file_need(&lazy, 0, FILE_SIZE), 0);
	ck_assert_uint_eq(reads.count, 3);
	lazy_file_done(&lazy);
}
END_TEST

/* The kernel may stop at any byte, and a signal may come at any time. */
START_TEST(short_reads)
{
	for (size_t at_most = 1; at_most < 5000; at_most = at_most * 5 + 2) {
		_cleanup_close_ int fd = make_file(9000);
		struct kept_file file = { .fd = fd };
		_cleanup_free_ uint8_t *data = calloc(1, 9000);
		_cleanup_free_ char *text = NULL;
		struct lazy_file lazy = { 0 };
		size_t size = 0;
		int r, s;

		ck_assert_int_eq(lazy_file_begin(&lazy, &file, data, 9000), 0);
		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
		reads = (struct reads){ .at_most = at_most, .interrupted = true };
		r = lazy_file_need(&lazy, 0, 9000);
		s = read_all(fd, 9000, &text, &size);
		reads = (struct reads){ 0 };
		ck_assert_int_eq(r, 0);
		ck_assert_int_eq(s, 0);
		ck_assert_uint_eq(size, 9000);
		assert_bytes(data, 0, 9000);
		assert_bytes((const uint8_t *)text, 0, 9000);
		lazy_file_done(&lazy);
	}
}
END_TEST

/* Any call may fail, also when others went well. */
START_TEST(failing_reads)
{
	_cleanup_close_ int fd = make_file(9000);
	struct kept_file file = { .fd = fd };
	_cleanup_free_ uint8_t *data = calloc(1, 9000);
	struct lazy_file lazy = { 0 };
	char *text = NULL;
	size_t size;

	for (unsigned int until = 1; until < 9; until++) {
		ck_assert_int_eq(lazy_file_begin(&lazy, &file, data, 9000), 0);
		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
		reads = (struct reads){ .at_most = 1000, .until = until, .error = EIO };
		ck_assert_int_eq(lazy_file_need(&lazy, 0, 9000), -EIO);
		ck_assert(!lazy_file_has(&lazy, 0));
		reads = (struct reads){ .at_most = 1000, .until = until, .error = EIO };
		ck_assert_int_eq(read_all(fd, 9000, &text, &size), -EIO);
		ck_assert_ptr_null(text);
		reads = (struct reads){ 0 };
	}
	lazy_file_done(&lazy);
}
END_TEST

/* A byte is read once. */
START_TEST(changes_are_not_seen)
{
	_cleanup_close_ int fd = make_file(FILE_SIZE);
	struct kept_file file = { .fd = fd };
	_cleanup_free_ uint8_t *data = calloc(1, FILE_SIZE);
	_cleanup_free_ uint8_t *other = calloc(1, FILE_SIZE);
	struct lazy_file lazy = { 0 };

	ck_assert_int_eq(lazy_file_begin(&lazy, &file, data, FILE_SIZE), 0);
	ck_assert_int_eq(lazy_file_need(&lazy, 10000, 10000), 0);
	ck_assert_int_eq(pwrite(fd, other, FILE_SIZE, 0), FILE_SIZE);
	ck_assert_int_eq(lazy_file_need(&lazy, 0, FILE_SIZE), 0);
	assert_bytes(data, 10000, 10000);
	ck_assert_uint_eq(data[FILE_SIZE - 1], 0);
	lazy_file_done(&lazy);
}
END_TEST

START_TEST(cut_meanwhile)
{
	_cleanup_close_ int fd = make_file(FILE_SIZE);
	struct kept_file file = { .fd = fd };
	_cleanup_free_ uint8_t *data = calloc(1, FILE_SIZE);
	struct lazy_file lazy = { 0 };

	ck_assert_int_eq(lazy_file_begin(&lazy, &file, data, FILE_SIZE), 0);
	ck_assert_int_eq(lazy_file_need(&lazy, 0, 100), 0);
	ck_assert_int_eq(ftruncate(fd, 30000), 0);
	ck_assert_int_eq(lazy_file_need(&lazy, 20000, 100), 0);
	ck_assert_int_eq(lazy_file_need(&lazy, 24990, 11000), -ESTALE);
	/* from here on nothing of the file is to be trusted */
	ck_assert_int_eq(lazy_file_need(&lazy, 8000, 100), -ESTALE);
	ck_assert_int_eq(lazy_file_need(&lazy, 8000, 0), -ESTALE);

	/* the next file is another one */
	ck_assert_int_eq(lazy_file_begin(&lazy, &file, data, 30000), 0);
	ck_assert_int_eq(lazy_file_need(&lazy, 0, 30000), 0);
	assert_bytes(data, 0, 30000);
	lazy_file_done(&lazy);
}
END_TEST

START_TEST(no_file)
{
	uint8_t data[100];
	struct kept_file file = { .fd = -1 };
	struct lazy_file lazy = { 0 };

	ck_assert_int_eq(lazy_file_begin(&lazy, &file, data, sizeof(data)), 0);
	ck_assert_int_eq(lazy_file_need(&lazy, 0, 1), -EBADF);
	unit_fail_allocation(0);
	ck_assert_int_eq(lazy_file_begin(&lazy, &file, data, 1 << 30), -ENOMEM);
	ck_assert(unit_allocation_failed());
	lazy_file_done(&lazy);
}
END_TEST

/* ---- read_all() ---------------------------------------------------------------------------- */

START_TEST(all_of_a_file)
{
	static const size_t sizes[] = { 0, 1, 8191, 8192, 8193, 16384, FILE_SIZE };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		_cleanup_close_ int fd = make_file(sizes[i]);
		_cleanup_free_ char *text = NULL;
		size_t size;

		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
		ck_assert_int_eq(read_all(fd, FILE_SIZE, &text, &size), 0);
		ck_assert_uint_eq(size, sizes[i]);
		assert_bytes((const uint8_t *)text, 0, size);
		text[size] = '\0';
	}
}
END_TEST

START_TEST(all_within_a_limit)
{
	_cleanup_close_ int fd = make_file(FILE_SIZE);
	char *text = NULL;
	size_t size;

	for (size_t max = 1; max < FILE_SIZE; max = max * 3 + 1) {
		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
		ck_assert_int_eq(read_all(fd, max, &text, &size), -EFBIG);
	}
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(read_all(fd, FILE_SIZE - 1, &text, &size), -EFBIG);
	ck_assert_ptr_null(text);
	ck_assert_int_eq(read_all(-1, FILE_SIZE, &text, &size), -EBADF);
	for (unsigned int n = 0; n < 3; n++) {
		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
		unit_fail_allocation(n);
		ck_assert_int_eq(read_all(fd, FILE_SIZE, &text, &size), -ENOMEM);
		ck_assert(unit_allocation_failed());
		ck_assert_ptr_null(text);
	}
}
END_TEST

/* The limit is met exactly, missed by one, and at its extremes. */
START_TEST(all_at_the_limit)
{
	static const size_t sizes[] = { 1, 100, 8191, 8192, 8193, 16383, 16384, 16385, FILE_SIZE };
	size_t size;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const size_t limits[] = { sizes[i], sizes[i] + 1, SIZE_MAX };
		_cleanup_close_ int fd = make_file(sizes[i]);
		char *none = NULL;

		for (size_t j = 0; j < sizeof(limits) / sizeof(limits[0]); j++) {
			_cleanup_free_ char *text = NULL;

			ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
			ck_assert_int_eq(read_all(fd, limits[j], &text, &size), 0);
			ck_assert_uint_eq(size, sizes[i]);
			assert_bytes((const uint8_t *)text, 0, size);
		}
		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
		ck_assert_int_eq(read_all(fd, sizes[i] - 1, &none, &size), -EFBIG);
		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
		ck_assert_int_eq(read_all(fd, 0, &none, &size), -EFBIG);
		ck_assert_ptr_null(none);
	}
}
END_TEST

/* From where the descriptor is; nothing, too, is all there is. */
START_TEST(all_that_is_left)
{
	_cleanup_close_ int fd = make_file(FILE_SIZE);
	_cleanup_close_ int directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL, *nothing = NULL;
	char *none = NULL;
	size_t size = 1;

	ck_assert_int_eq(lseek(fd, FILE_SIZE - 10, SEEK_SET), FILE_SIZE - 10);
	ck_assert_int_eq(read_all(fd, 10, &text, &size), 0);
	ck_assert_uint_eq(size, 10);
	for (size_t i = 0; i < 10; i++) {
		const size_t at = FILE_SIZE - 10 + i;

		ck_assert_uint_eq((uint8_t)text[i], (uint8_t)(at * 31 + at / 256));
	}
	ck_assert_int_eq(read_all(fd, 0, &nothing, &size), 0);
	ck_assert_uint_eq(size, 0);
	nothing[0] = '\0';
	ck_assert_int_eq(read_all(directory, FILE_SIZE, &none, &size), -EISDIR);
	ck_assert_ptr_null(none);
}
END_TEST

/* That the block cannot be made smaller is no failure. */
START_TEST(all_without_memory_to_shrink)
{
	_cleanup_close_ int fd = make_file(100);
	_cleanup_free_ char *text = NULL;
	size_t size;

	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	unit_fail_allocation(1);
	ck_assert_int_eq(read_all(fd, FILE_SIZE, &text, &size), 0);
	ck_assert(unit_allocation_failed());
	ck_assert_uint_eq(size, 100);
	assert_bytes((const uint8_t *)text, 0, size);
}
END_TEST

/* More than is read at first, in pieces of no size in particular. */
START_TEST(all_of_a_long_pipe)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	for (uint8_t i = 0; i < 200; i++) {
		uint8_t piece[150];

		memset(piece, i, sizeof(piece));
		ck_assert_int_eq(write(fds[1], piece, sizeof(piece)), sizeof(piece));
	}
	close_fd(fds[1]);
	ck_assert_int_eq(read_all(fds[0], 30000, &text, &size), 0);
	ck_assert_uint_eq(size, 30000);
	for (size_t i = 0; i < size; i++)
		ck_assert_uint_eq((uint8_t)text[i], i / 150);
	close_fd(fds[0]);
}
END_TEST

START_TEST(all_of_a_pipe)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], "one", 3), 3);
	ck_assert_int_eq(write(fds[1], "two", 3), 3);
	close_fd(fds[1]);
	ck_assert_int_eq(read_all(fds[0], 6, &text, &size), 0);
	ck_assert_uint_eq(size, 6);
	ck_assert_mem_eq(text, "onetwo", 6);
	close_fd(fds[0]);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("lazy-file");
	TCase *const tests = tcase_create("lazy-file");

	tcase_add_test(tests, any_order);
	tcase_add_test(tests, no_more_than_needed);
	tcase_add_test(tests, ends_of_files);
	tcase_add_test(tests, read_error);
	tcase_add_test(tests, one_go);
	tcase_add_test(tests, short_reads);
	tcase_add_test(tests, failing_reads);
	tcase_add_test(tests, changes_are_not_seen);
	tcase_add_test(tests, cut_meanwhile);
	tcase_add_test(tests, no_file);
	tcase_add_test(tests, all_of_a_file);
	tcase_add_test(tests, all_within_a_limit);
	tcase_add_test(tests, all_at_the_limit);
	tcase_add_test(tests, all_that_is_left);
	tcase_add_test(tests, all_without_memory_to_shrink);
	tcase_add_test(tests, all_of_a_pipe);
	tcase_add_test(tests, all_of_a_long_pipe);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
