/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fuzz target may take, where it is built with the address sanitizer: an allocation that no
 * small input should lead to fails, and the target sees -ENOMEM.
 */
#include "fuzz.h"

/* The sanitizer asks for these at its start; ASAN_OPTIONS in the environment goes before. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1:max_allocation_size_mb=64:"
	       "detect_stack_use_after_return=1:strict_string_checks=1";
}
