/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making and freeing the public list.
 */
#ifndef KMOD_LIST_H
#define KMOD_LIST_H

#include <stddef.h>

#include "libkmod/libkmod.h"

/*
 * Appends a node with @data to *@list, which may be empty. The list borrows @data.
 * Returns 0, or -ENOMEM with the list as it was.
 */
int list_append(struct kmod_list **list, void *data);

/*
 * A list whose nodes bring along the bytes that they hold is made with this alone, and freed with
 * list_free_sized(). Appends a node that has @size bytes, uninitialised, aligned for any type.
 * Returns these; NULL without memory, with the list as it was.
 */
void *list_append_sized(struct kmod_list **list, size_t size);

/* Frees such a list. Accepts the empty one. */
void list_free_sized(struct kmod_list *list);

/* How many nodes the list has. */
int list_count(const struct kmod_list *list);

/* What the node holds. */
void *list_data(const struct kmod_list *node);

/* Frees the nodes, after giving what each holds to @free_data. Accepts the empty list. */
void list_free(struct kmod_list *list, void (*free_data)(void *data));

#endif
