/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of well-made files: where their numbers are.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include "damage.h"

/*
 * Those of a module: of its header, each section's, each symbol's, and the sizes in its note;
 * without those that are ignored unless @with_ignored.
 */
struct fields fields_of_elf(struct bytes file, bool with_ignored);

/* Those of an index, and of each node that its root leads to. */
struct fields fields_of_index(struct bytes file);

/*
 * Those of the first stream, frame or member of a file that the harness has compressed; and what
 * makes its checksums right, but that of the data: of gzip and xz. That of zstd has none but that.
 */
struct fields fields_of_xz(struct bytes file);
struct fields fields_of_gzip(struct bytes file);
struct fields fields_of_zstd(struct bytes file);
void repair_xz(uint8_t *file, size_t size);
void repair_gzip(uint8_t *file, size_t size);

/*
 * Those of a message in DER, the tags and lengths of all elements, and of a trailer. So are called
 * the lengths of the elements that a message consists of, but not those inside of these.
 */
#define FIELD_OUTER_LENGTH "outer length"
struct fields fields_of_der(struct bytes file);
struct fields fields_of_trailer(struct bytes file);

#endif
