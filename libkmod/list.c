/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The public list: a ring of nodes, named by the first.
 */
#include "libkmod/list.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "libkmod/base/overflow.h"

struct kmod_list {
	struct kmod_list *next; /* of the last node: the first */
	struct kmod_list *prev; /* of the first node: the last */
	void *data;
};

/* A node and what it holds in one piece. */
struct sized_node {
	struct kmod_list node;
	bool is_first; /* of its list */
	max_align_t bytes[];
};

/*
 * Such nodes stand one behind the other in blocks: lists of symbols have many, made and freed
 * together. The first node of a list is the first thing in its first block.
 */
struct block {
	struct block *next;
	struct block *last; /* in the first block: the one that nodes are added to */
	size_t used;
	size_t size;
	max_align_t bytes[];
};

#define BLOCK_SIZE_MIN ((size_t)1 << 10)
#define BLOCK_SIZE_MAX ((size_t)64 << 10)

static void list_link(struct kmod_list **list, struct kmod_list *node)
{
	if (!*list) {
		node->next = node;
		node->prev = node;
		*list = node;
	} else {
		node->next = *list;
		node->prev = (*list)->prev;
		node->prev->next = node;
		(*list)->prev = node;
	}
}

int list_append(struct kmod_list **list, void *data)
{
	struct kmod_list *const node = malloc(sizeof(*node));

	if (!node)
		return -ENOMEM;
	node->data = data;
	list_link(list, node);
	return 0;
}

static struct block *first_block(struct kmod_list *list)
{
	/* By way of void: it is aligned, as that is what it is made as. */
	return (void *)((char *)list - offsetof(struct block, bytes));
}

/* A new block for at least @size bytes, twice as large as @before if that is not NULL. */
static struct block *block_new(size_t size, const struct block *before)
{
	size_t room = before ? before->size * 2 : BLOCK_SIZE_MIN;
	struct block *block;
	size_t whole;

	if (room > BLOCK_SIZE_MAX)
		room = BLOCK_SIZE_MAX;
	if (room < size)
		room = size;
	block = size_add(sizeof(*block), room, &whole) ? malloc(whole) : NULL;
	if (block)
		*block = (struct block){ .size = room };
	return block;
}

void *list_append_sized(struct kmod_list **list, size_t size)
{
	const size_t align = sizeof(max_align_t);
	struct block *const first = *list ? first_block(*list) : NULL;
	struct block *block = first ? first->last : NULL;
	struct sized_node *sized;
	size_t need;

	if (!size_add(size, sizeof(struct sized_node) + align - 1, &need))
		return NULL;
	need = need / align * align;

	if (!block || block->size - block->used < need) {
		struct block *const added = block_new(need, block);

		if (!added)
			return NULL;
		if (block)
			block->next = added;
		(first ? first : added)->last = added;
		block = added;
	}
	/* By way of void: @used is a multiple of the alignment. */
	sized = (void *)((char *)block->bytes + block->used);
	block->used += need;
	sized->node.data = sized->bytes;
	sized->is_first = !*list;
	list_link(list, &sized->node);
	return sized->bytes;
}

static bool is_first(struct kmod_list *node)
{
	/* By way of void: it is aligned, as that is what it is made as. */
	const struct sized_node *const sized = (void *)node;

	return sized->is_first;
}

void list_free_sized(struct kmod_list *list)
{
	struct block *block;

	if (!list)
		return;
	/* The other lists can be freed by any of their nodes, too. */
	while (!is_first(list))
		list = list->prev;
	block = first_block(list);
	while (block) {
		struct block *const next = block->next;

		free(block);
		block = next;
	}
}

int list_count(const struct kmod_list *list)
{
	const struct kmod_list *node;
	int count = 0;

	kmod_list_foreach (node, list)
		count++;
	return count;
}

void *list_data(const struct kmod_list *node)
{
	return node->data;
}

void list_free(struct kmod_list *list, void (*free_data)(void *data))
{
	struct kmod_list *node = list;

	while (node) {
		struct kmod_list *const next = kmod_list_next(list, node);

		free_data(node->data);
		if (node != list)
			free(node);
		node = next;
	}
	free(list);
}

struct kmod_list *kmod_list_next(const struct kmod_list *list, const struct kmod_list *curr)
{
	if (!list || !curr || curr->next == list)
		return NULL;
	return curr->next;
}

struct kmod_list *kmod_list_prev(const struct kmod_list *list, const struct kmod_list *curr)
{
	if (!list || !curr || curr == list)
		return NULL;
	return curr->prev;
}

struct kmod_list *kmod_list_last(const struct kmod_list *list)
{
	return list ? list->prev : NULL;
}
