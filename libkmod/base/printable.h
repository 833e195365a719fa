/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes from outside, as text that a terminal or a log can be trusted with.
 */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include <stddef.h>

/*
 * Gives the @size bytes at @bytes as a string, which the caller frees: UTF-8 characters as they
 * are, but every byte of a control character (NUL, U+0080 to U+009F and DEL included) or of one
 * that changes the direction of the text around it, and every byte that belongs to no UTF-8
 * character, as \xNN. A backslash is not escaped: this is for reading, not for getting the bytes
 * back. Returns 0 or -ENOMEM.
 */
int printable_text(const void *bytes, size_t size, char **ret_text);

#endif
