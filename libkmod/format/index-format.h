/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The binary index files of a kernel's module directory (modules.*.bin), stated once.
 *
 * An index maps keys to values. It is a trie whose edges are single characters and whose nodes
 * carry a common prefix. All numbers are unsigned, 32 bits wide, big-endian, and stand at any
 * offset, without padding. Strings end with a NUL and are 7-bit ASCII.
 *
 *	file:	magic, version (major in the upper half), reference of the root node, nodes
 *
 * The nodes stand in any order. A reference says where a node is (lower 28 bits, 0: no node) and
 * which of its three parts are there; the node itself does not repeat that:
 *
 *	prefix		the characters all keys below have next, NUL; not empty
 *	children	first and last character (8 bits each), a reference for each character
 *			from first to last
 *	values		number of values, each of them: priority, string
 *
 * The key of a node is all that stands on the way to it: prefix, character, prefix, character, ...
 * its own prefix. Values of a key are sorted by ascending priority.
 */
#ifndef FORMAT_INDEX_FORMAT_H
#define FORMAT_INDEX_FORMAT_H

#define INDEX_MAGIC 0xb007f457U
#define INDEX_VERSION_MAJOR 2U
#define INDEX_VERSION_MINOR 1U

#define INDEX_HEADER_SIZE 12U

#define INDEX_REF_PREFIX 0x80000000U
#define INDEX_REF_VALUES 0x40000000U
#define INDEX_REF_CHILDREN 0x20000000U
#define INDEX_REF_OFFSET 0x0fffffffU

/* A value has at least a priority and a NUL. */
#define INDEX_VALUE_SIZE_MIN 5U

/* As much as a reference can reach. */
#define INDEX_SIZE_MAX (INDEX_REF_OFFSET + 1U)

/* Characters of keys are 1 to 127. */
#define INDEX_CHAR_MIN 1U
#define INDEX_CHAR_MAX 127U

/* These make the rest of a key, from the first of them on, a pattern for fnmatch(3). */
#define INDEX_WILDCARDS "*?["

#endif
