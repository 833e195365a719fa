/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all unit tests share: running a suite, files of testsuite/data, running out of memory.
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Runs @suite and frees it, reports as TAP on standard output. Returns what main() returns. */
int unit_run(Suite *suite);

/*
 * The file @name of the directory that TEST_DATA in the environment names. Fails the test where
 * it cannot be read. The caller frees; the block is as large as the file, so that the address
 * sanitizer sees any access behind it.
 */
uint8_t *unit_read(const char *name, size_t *ret_size);

/*
 * Makes a directory whose name begins with @name where temporary files are, by TMPDIR, and writes its
 * path, of less than @size bytes, to @ret_path. Fails the test where that cannot be done.
 */
void unit_make_directory(const char *name, size_t size, char *ret_path);

/*
 * Lets the allocation that comes after @n others fail. Those that the test and the code under
 * test make themselves count, not those inside of other libraries.
 */
void unit_fail_allocation(unsigned int n);

/* Ends that. Whether it has come to it. */
bool unit_allocation_failed(void);

#endif
