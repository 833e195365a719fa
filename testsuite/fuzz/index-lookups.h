/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks a name up in an index, and holds the results against a look at each of its entries.
 */
#ifndef FUZZ_INDEX_LOOKUPS_H
#define FUZZ_INDEX_LOOKUPS_H

#include "libkmod/format/index-read.h"
#include "libkmod/format/span.h"

/* The index that @file is, which the caller frees; NULL when it is none. */
struct index *index_of_bytes(struct span file);

/* Looks up @name in every way. @size is that of the file. */
void index_check_lookups(struct index *index, const char *name, size_t size);

#endif
