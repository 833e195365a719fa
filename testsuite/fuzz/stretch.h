/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a large ELF file of a small one: a gap behind the header, as long as it takes for the rest
 * to be read a part at a time (libkmod/image.c).
 */
#ifndef FUZZ_STRETCH_H
#define FUZZ_STRETCH_H

#include "libkmod/format/span.h"

/* A block that the caller frees, of *@ret_size bytes. What is no ELF file is made longer as well. */
uint8_t *stretch_elf(struct span file, size_t *ret_size);

#endif
