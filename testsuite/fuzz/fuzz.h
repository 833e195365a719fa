/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fuzz target is: one function, as libFuzzer wants it.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Gives @size bytes at @data to the code under test. Returns 0, or -1 for an input that is of no
 * use in a corpus. @data may be NULL where @size is 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Like assert(), and not left out of any build. */
#define fuzz_assert(condition) ((condition) ? (void)0 : fuzz_failed(__FILE__, __LINE__, #condition))

static inline _Noreturn void fuzz_failed(const char *file, int line, const char *condition)
{
	(void)fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
	abort();
}

#endif
