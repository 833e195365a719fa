/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all unit tests share: running a suite, files of testsuite/data, running out of memory.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libkmod/base/cleanup.h"

int unit_run(Suite *suite)
{
	SRunner *const runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

void unit_make_directory(const char *name, size_t size, char *ret_path)
{
	const char *const parent = getenv("TMPDIR");
	const int length =
		snprintf(ret_path, size, "%s/%s.XXXXXX", parent ? parent : "/tmp", name);

	ck_assert(length > 0 && (size_t)length < size);
	ck_assert_ptr_nonnull(mkdtemp(ret_path));
}

uint8_t *unit_read(const char *name, size_t *ret_size)
{
	const char *const directory = getenv("TEST_DATA");
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_free_ char *path = NULL;
	struct stat st;
	uint8_t *bytes;

	ck_assert_msg(directory, "TEST_DATA is not set");
	ck_assert_int_gt(asprintf(&path, "%s/%s", directory, name), 0);
	file = fopen(path, "re");
	ck_assert_msg(file, "%s: %m", path);
	ck_assert_int_eq(fstat(fileno(file), &st), 0);

	bytes = malloc((size_t)st.st_size);
	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(fread(bytes, 1, (size_t)st.st_size, file), (size_t)st.st_size);

	*ret_size = (size_t)st.st_size;
	return bytes;
}

/* ---- Allocations: the linker sends them here (--wrap) ---------------------------------------- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static bool failure_is_due;
static unsigned int allocations_before;

void unit_fail_allocation(unsigned int n)
{
	failure_is_due = true;
	allocations_before = n;
}

bool unit_allocation_failed(void)
{
	const bool failed = !failure_is_due;

	failure_is_due = false;
	return failed;
}

static bool fails(void)
{
	if (!failure_is_due || allocations_before-- > 0)
		return false;
	failure_is_due = false;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
	return fails() ? NULL : __real_strndup(s, n);
}
