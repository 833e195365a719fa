/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks things up in a binary index file (modules.*.bin).
 *
 * The bytes come with pread(), a chunk at a time, into a buffer as large as the file, of which
 * only what was asked for is ever touched. A chunk is read once, so what was checked is what is
 * used, whatever happens to the file meanwhile. A mapping would have the kernel do the same, but
 * a file that is cut short under it kills the process with SIGBUS. Nor is it faster. Measured on
 * the alias index of a distribution's kernel (1.2 MB, 26,000 values): to open it, look up one name
 * and close it takes 15 us this way and 40 us with a mapping, which has to be set up, faulted in
 * and torn down; of 5,000 names looked up by one process (as at boot) either spends its time in
 * matching patterns. Chunks of more than a page make the single lookup slower, so more are only
 * read at once when one has led to the next.
 *
 * What bounds the time that a hostile file can take: each node on the way of an exact lookup uses
 * up a character of the key. Every lookup pays for each byte of the file that it deals with, out of
 * a budget that suffices for any tree in a file of that size, and that nodes which overlap or are
 * referred to twice use up. A node without any part is paid for with the reference to it, as what
 * is done for a node takes the same time however deep it is. A name with wildcards may lead to the
 * same nodes several times, but not as often as it has wildcards. Where what is done takes longer
 * than to read the bytes, there are budgets of their own: characters of a pattern that is compared
 * by itself, each as often as the name has characters, and time beyond that; and those of the key
 * that comes with each value of a dump. Walks over subtrees also refuse a node below itself, and
 * paths and keys beyond the limits below.
 */
#include "libkmod/format/index-read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "libkmod/base/array.h"
#include "libkmod/base/io.h"
#include "libkmod/base/kept-file.h"
#include "libkmod/format/glob.h"
#include "libkmod/format/index-format.h"
#include "libkmod/format/span.h"

/* How much is read at once. */
#define CHUNK_SIZE 4096U

/* How many chunks are read at once at the most. */
#define RUN_MAX 16

/* Kept files of this size are read at once. */
#define KEPT_WHOLE (RUN_MAX * CHUNK_SIZE)

/* Nodes with children take up 6 bytes at least: in a tree no two of them begin as near as this. */
#define NEAR 4U

/* Nodes on one path, and characters in one key; far more than any module, symbol or alias has. */
#define DEPTH_MAX 4096U
#define KEY_MAX 65535U

/*
 * How much longer all keys of a dump together may be than the file, each as often as it has values.
 * A value takes up 5 bytes, so this suffices for whatever keys of up to 1600 characters; and where
 * each value has a node of its own, which with the reference to it takes up 10 more, for all that
 * are not longer than the deepest path.
 */
#define KEYS_PER_SIZE 320U

/*
 * How often a lookup may go through all of the file, and what it may go through in any case. A part
 * is visited again for each wildcard in the name that is also one in the index, as none is in the
 * name of a device; and what stands behind many of them is little.
 */
#define VISITS_MAX 8U
#define VISITED_MIN (UINT64_C(16) << 20)

/*
 * How many characters of patterns may be compared, times those of the name, before the time that it
 * takes is looked at: as most end sooner, nothing is known beforehand. Then a lookup may take so many
 * seconds of the processor; and a single comparison is not begun that could take about one by itself.
 */
#define MATCH_COST_UNTIMED (UINT64_C(64) << 20)
#define MATCH_SECONDS 3
#define MATCH_COST_ONE (UINT64_C(256) << 20)

struct index {
	struct kept_file file;	/* closed when all was read */
	char *path;		/* of the file, if the index is kept; else NULL */
	uint32_t root;
	uint8_t *buffer;	/* of size bytes, with holes where nothing was read yet */
	size_t size;
	bool *loaded;		/* for each chunk, whether it was read */
	size_t run;		/* chunks to read at once the next time */
	bool all;		/* that is missing is read when one chunk has led to others */
	uint8_t *on_path;	/* a bit for every NEAR bytes, see path_add(); NULL: no walk yet */
};

/* One lookup, and what it may still spend. */
struct reader {
	struct index *index;
	uint64_t bytes;		/* of the file that are looked at */
	uint64_t key_bytes;	/* of the keys that are handed out, one for each value */
	uint64_t untimed;	/* of MATCH_COST_UNTIMED */
	time_t end;		/* of comparing, in the thread's CPU time; 0: that is not spent */
};

struct node {
	uint32_t offset;
	struct span prefix;	/* without its NUL; empty if there is none */
	uint8_t first, last;	/* characters of the children; 0 if there are none */
	struct span children;	/* their references */
	size_t values;		/* where the values start, or 0 if there are none */
};

/* The values of a node that are still to be read. */
struct values {
	size_t offset;
	uint32_t count;
};

/* Fills @buf with the bytes at @offset of @fd. The end of the file is -EBADMSG. */
static int read_at(int fd, uint8_t *buf, size_t size, size_t offset)
{
	const ssize_t n = pread_full(fd, buf, size, (off_t)offset);

	if (n < 0)
		return (int)n;
	return (size_t)n < size ? -EBADMSG : 0;
}

int index_read_header(int fd, struct index_header *ret_header)
{
	uint8_t bytes[INDEX_HEADER_SIZE];
	const int r = read_at(fd, bytes, sizeof(bytes), 0);

	if (r < 0)
		return r;
	*ret_header = (struct index_header){
		.magic = load_be32(bytes),
		.version = load_be32(bytes + 4),
		.root = load_be32(bytes + 8),
	};
	return 0;
}

void index_free(struct index *index)
{
	if (!index)
		return;
	kept_file_close(&index->file);
	free(index->path);
	free(index->loaded);
	free(index->on_path);
	free(index->buffer);
	free(index);
}

/* Reads the chunk numbered @first, and up to @count in all, as long as they are missing. */
static int read_chunks(struct index *index, size_t first, size_t count)
{
	const size_t offset = first * CHUNK_SIZE;
	size_t end = offset;
	size_t last = first;
	int r;

	while (last < first + count && end < index->size && !index->loaded[last]) {
		end += CHUNK_SIZE;
		last++;
	}
	if (end > index->size)
		end = index->size;
	r = kept_file_need(&index->file);
	if (r == 0)
		r = read_at(index->file.fd, index->buffer + offset, end - offset, offset);
	if (r == 0)
		memset(index->loaded + first, true, last - first);
	return r;
}

/* Reads all that is missing; the file is of no use then. */
static int load_rest(struct index *index)
{
	const size_t chunks = (index->size + CHUNK_SIZE - 1) / CHUNK_SIZE;

	for (size_t chunk = 0; chunk < chunks; chunk++) {
		const int r = index->loaded[chunk] ? 0 : read_chunks(index, chunk, chunks - chunk);

		if (r < 0)
			return r;
	}
	kept_file_close(&index->file);
	return 0;
}

/*
 * Reads the chunk numbered @chunk, and more of those that follow each time: who asks often will
 * need them, and who asks for much all of them.
 */
static int load_chunk(struct index *index, size_t chunk)
{
	const size_t run = index->run;
	int r;

	if (run < RUN_MAX)
		index->run *= 2;
	r = index->all && run == RUN_MAX ? load_rest(index) : read_chunks(index, chunk, run);
	/* The file has become shorter: this one may still be there, and all is not tried again. */
	if (r == -EBADMSG && run > 1) {
		index->all = false;
		r = read_chunks(index, chunk, 1);
	}
	return r;
}

/* Sees to it that the @n bytes at @offset are in the buffer, and are *@ret_bytes. */
static int fetch(struct index *index, size_t offset, size_t n, struct span *ret_bytes)
{
	const struct span file = span_of(index->buffer, index->size);
	struct span bytes;

	if (!span_slice(&file, offset, n, &bytes))
		return -EBADMSG;

	for (size_t chunk = offset / CHUNK_SIZE; chunk * CHUNK_SIZE < offset + n; chunk++) {
		const int r = index->loaded[chunk] ? 0 : load_chunk(index, chunk);

		if (r < 0)
			return r;
	}
	*ret_bytes = bytes;
	return 0;
}

/* Checks the header, which is at the start of the first chunk. */
static int check_header(struct index *index)
{
	struct span bytes;
	int r = fetch(index, 0, INDEX_HEADER_SIZE, &bytes);

	if (r < 0)
		return r;
	if (load_be32(bytes.data) != INDEX_MAGIC)
		return -ENOEXEC;
	if (load_be32(bytes.data + 4) >> 16 != INDEX_VERSION_MAJOR)
		return -ENOTSUP;
	index->root = load_be32(bytes.data + 8);
	return 0;
}

int index_open(int fd, struct index **ret_index)
{
	_cleanup_(index_freep) struct index *index = NULL;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISFIFO(st.st_mode))
		return -EINVAL;
	if (st.st_size < (off_t)INDEX_HEADER_SIZE)
		return -EBADMSG;

	index = calloc(1, sizeof(*index));
	if (!index)
		return -ENOMEM;
	index->file.fd = -1;
	index->run = 1;
	index->size = st.st_size < INDEX_SIZE_MAX ? (size_t)st.st_size : INDEX_SIZE_MAX;
	index->buffer = malloc(index->size);
	index->loaded = calloc(index->size / CHUNK_SIZE + 1, sizeof(*index->loaded));
	if (!index->buffer || !index->loaded)
		return -ENOMEM;

	kept_file_begin(&index->file, fd, &st);
	r = check_header(index);
	if (r < 0) {
		index->file.fd = -1;
		return r;
	}
	*ret_index = move_ptr(index);
	return 0;
}

const struct timespec *index_mtime(const struct index *index)
{
	return &index->file.mtime;
}

int index_keep(struct index *index, const char *path)
{
	index->path = strdup(path);
	if (!index->path)
		return -ENOMEM;
	index->file.path = index->path;
	index->all = true;
	return index->size <= KEPT_WHOLE ? load_rest(index) : 0;
}

/* A lookup that may visit each node @visits times. */
static struct reader reader_begin(struct index *index, uint64_t visits)
{
	const uint64_t size = index->size;
	uint64_t most = size * VISITS_MAX;

	if (most < VISITED_MIN)
		most = VISITED_MIN;
	return (struct reader){
		.index = index,
		.bytes = size * visits < most ? size * visits : most,
		.key_bytes = size * KEYS_PER_SIZE,
		.untimed = MATCH_COST_UNTIMED,
	};
}

static int spend(uint64_t *budget, uint64_t n)
{
	if (n > *budget)
		return -EBADMSG;
	*budget -= n;
	return 0;
}

/* The @n bytes at *@offset, which moves past them. */
static int take(struct reader *reader, size_t *offset, size_t n, struct span *ret_bytes)
{
	int r;

	r = spend(&reader->bytes, n);
	if (r < 0)
		return r;
	r = fetch(reader->index, *offset, n, ret_bytes);
	if (r < 0)
		return r;
	*offset += n;
	return 0;
}

static int take_u32(struct reader *reader, size_t *offset, uint32_t *ret)
{
	struct span bytes;
	const int r = take(reader, offset, sizeof(*ret), &bytes);

	if (r == 0)
		*ret = load_be32(bytes.data);
	return r;
}

/*
 * The string at *@offset, which moves past its NUL. *@ret_string is without the NUL, which follows
 * it in the buffer.
 */
static int take_string(struct reader *reader, size_t *offset, struct span *ret_string)
{
	struct index *const index = reader->index;
	size_t end = *offset;
	bool found = false;
	int r;

	/* To the end of the chunk, then through whole chunks. */
	while (!found) {
		const size_t chunk_end = end - end % CHUNK_SIZE + CHUNK_SIZE;
		const size_t stop = chunk_end < index->size ? chunk_end : index->size;
		struct span part;
		size_t length;

		if (end >= stop)
			return -EBADMSG;
		r = fetch(index, end, stop - end, &part);
		if (r < 0)
			return r;
		length = strnlen((const char *)part.data, part.size);
		found = length < part.size;
		end += length;
		r = spend(&reader->bytes, found ? length + 1 : length);
		if (r < 0)
			return r;
	}

	r = fetch(index, *offset, end - *offset, ret_string);
	if (r < 0)
		return r;
	*offset = end + 1;
	return 0;
}

/*
 * The node that @ref refers to, its values excepted.
 * Returns 1; 0 when @ref is none; -EBADMSG when there is no sound node; -errno.
 */
static int read_node(struct reader *reader, uint32_t ref, struct node *ret_node)
{
	struct node node = { .offset = ref & INDEX_REF_OFFSET, .prefix = span_of("", 0) };
	size_t offset = node.offset;
	struct span bytes;
	int r;

	if (node.offset == 0)
		return 0;
	if (node.offset < INDEX_HEADER_SIZE || node.offset > reader->index->size)
		return -EBADMSG;

	if (ref & INDEX_REF_PREFIX) {
		r = take_string(reader, &offset, &node.prefix);
		if (r < 0)
			return r;
	}

	if (ref & INDEX_REF_CHILDREN) {
		r = take(reader, &offset, 2, &bytes);
		if (r < 0)
			return r;
		node.first = bytes.data[0];
		node.last = bytes.data[1];
		if (node.first < INDEX_CHAR_MIN || node.first > node.last ||
		    node.last > INDEX_CHAR_MAX)
			return -EBADMSG;
		r = take(reader, &offset, (node.last - node.first + 1U) * sizeof(uint32_t),
			 &node.children);
		if (r < 0)
			return r;
	}

	if (ref & INDEX_REF_VALUES)
		node.values = offset;

	*ret_node = node;
	return 1;
}

/* The reference to the child of @node for @c, or 0. */
static uint32_t node_child(const struct node *node, unsigned char c)
{
	struct span ref;

	if (c < node->first || c > node->last)
		return 0;
	if (!span_slice(&node->children, (c - node->first) * sizeof(uint32_t), sizeof(uint32_t),
			&ref))
		return 0;
	return load_be32(ref.data);
}

/* Returns 0, also when @node has no values; -EBADMSG when so many cannot be there; -errno. */
static int values_begin(struct reader *reader, const struct node *node, struct values *ret_values)
{
	struct values values = { .offset = node->values };
	int r;

	if (node->values > 0) {
		r = take_u32(reader, &values.offset, &values.count);
		if (r < 0)
			return r;
		if (values.count > (reader->index->size - values.offset) / INDEX_VALUE_SIZE_MIN)
			return -EBADMSG;
	}
	*ret_values = values;
	return 0;
}

/* Returns 1 with the next value; 0 after the last one; -EBADMSG when it is not sound; -errno. */
static int values_next(struct reader *reader, struct values *values, uint32_t *ret_priority,
		       const char **ret_value)
{
	struct span string;
	int r;

	if (values->count == 0)
		return 0;
	values->count--;

	r = take_u32(reader, &values->offset, ret_priority);
	if (r < 0)
		return r;
	r = take_string(reader, &values->offset, &string);
	if (r < 0)
		return r;
	*ret_value = (const char *)string.data;
	return 1;
}

int index_search(struct index *index, const char *key, const char **ret_value)
{
	struct reader reader = reader_begin(index, 1);
	uint32_t ref = index->root;
	uint32_t priority;
	struct values values;
	struct node node;
	int r;

	while (true) {
		r = read_node(&reader, ref, &node);
		if (r <= 0)
			return r;
		if (strncmp((const char *)node.prefix.data, key, node.prefix.size) != 0)
			return 0;
		key += node.prefix.size;
		if (*key == '\0')
			break;
		ref = node_child(&node, (unsigned char)*key);
		key++;
	}

	r = values_begin(&reader, &node, &values);
	if (r < 0)
		return r;
	return values_next(&reader, &values, &priority, ret_value);
}

/*
 * A walk over all nodes of a subtree, with the key of each. The key need not start at the root:
 * a pattern starts where the literal part of the name has ended.
 */
struct frame {
	struct node node;
	struct glob_state state;	/* of a lookup with patterns */
	size_t key_size;	/* up to the end of the node's prefix */
	unsigned int next;	/* character of the child to visit next */
};

/*
 * What to do with a node. Returns 0; 1 to end the walk; -EBADMSG for a node that is not sound,
 * which does not end it; -errno.
 */
typedef int (*visit_fn)(struct reader *reader, const struct node *node, const char *key,
			void *data);

struct walk {
	struct reader *reader;
	visit_fn before;	/* the children of the node; either may be NULL */
	visit_fn after;
	void *data;

	const struct glob *glob;	/* leave out what cannot match this; NULL: nothing */
	struct glob_state state;	/* before the node that is entered */

	struct frame *frames;	/* the node visited now, below its ancestors */
	size_t depth;
	size_t frames_room;

	char *key;
	size_t key_size;
	size_t key_room;

	bool damaged;		/* a part could not be visited */
};

/*
 * Notes that the walk goes on below @node. To look for it among all its ancestors would take long
 * where nodes that cost next to nothing hang off a deep path.
 * Returns 0; -EBADMSG when it is below this node, or one that overlaps with it, already; -ENOMEM.
 */
static int path_add(struct walk *walk, const struct node *node)
{
	struct index *const index = walk->reader->index;
	const size_t place = node->offset / NEAR;
	const uint8_t bit = (uint8_t)(1U << place % 8);

	if (node->last == 0)
		return 0;
	if (!index->on_path)
		index->on_path = calloc(index->size / NEAR / 8 + 1, 1);
	if (!index->on_path)
		return -ENOMEM;
	if (index->on_path[place / 8] & bit)
		return -EBADMSG;
	index->on_path[place / 8] |= bit;
	return 0;
}

/* Leaves the node visited now, for its parent. */
static void walk_leave(struct walk *walk)
{
	const struct node *const node = &walk->frames[--walk->depth].node;
	const size_t place = node->offset / NEAR;

	if (node->last > 0)
		walk->reader->index->on_path[place / 8] &= (uint8_t) ~(1U << place % 8);
}

static void walk_done(struct walk *walk)
{
	while (walk->depth > 0)
		walk_leave(walk);
	free(walk->frames);
	free(walk->key);
}

/* Adds @text to the key, which has room for a NUL afterwards. */
static int walk_append(struct walk *walk, struct span text)
{
	char *key;

	if (text.size > KEY_MAX - walk->key_size)
		return -EBADMSG;
	key = array_reserve(walk->key, &walk->key_room, walk->key_size + text.size + 1, 1);
	if (!key)
		return -ENOMEM;
	memcpy(key + walk->key_size, text.data, text.size);
	walk->key = key;
	walk->key_size += text.size;
	return 0;
}

static int walk_visit(struct walk *walk, visit_fn visit, const struct node *node)
{
	if (!visit)
		return 0;
	walk->key[walk->key_size] = '\0';
	return visit(walk->reader, node, walk->key, walk->data);
}

/* Goes down to @node. Of its prefix, @prefix is to be part of the key. */
static int walk_enter(struct walk *walk, const struct node *node, struct span prefix)
{
	struct frame *frames;
	int r;

	struct glob_state state = walk->state;

	if (walk->glob && !glob_advance(walk->glob, &state, prefix))
		return 0;
	if (walk->depth == DEPTH_MAX)
		return -EBADMSG;

	r = walk_append(walk, prefix);
	if (r < 0)
		return r;
	frames = array_reserve(walk->frames, &walk->frames_room, walk->depth + 1, sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	walk->frames = frames;
	r = path_add(walk, node);
	if (r < 0)
		return r;
	walk->frames[walk->depth++] = (struct frame){
		.node = *node,
		.state = state,
		.key_size = walk->key_size,
		.next = node->first,
	};
	return walk_visit(walk, walk->before, node);
}

/* Goes down to the node that @ref refers to, if any: a child for the character @c. */
static int walk_enter_child(struct walk *walk, uint32_t ref, uint8_t c)
{
	const struct span text = span_of(&c, 1);
	struct node child;
	int r;

	if (walk->glob && !glob_advance(walk->glob, &walk->state, text))
		return 0;
	r = read_node(walk->reader, ref, &child);
	if (r <= 0)
		return r;
	r = walk_append(walk, text);
	if (r < 0)
		return r;
	return walk_enter(walk, &child, child.prefix);
}

/* The next step down, or up when all children of the current node have been visited. */
static int walk_step(struct walk *walk)
{
	struct frame *const top = &walk->frames[walk->depth - 1];

	walk->key_size = top->key_size;
	while (top->next <= top->node.last) {
		const uint8_t c = (uint8_t)top->next++;
		const uint32_t ref = node_child(&top->node, c);

		if (ref == 0)
			continue;
		walk->state = top->state;
		return walk_enter_child(walk, ref, c);
	}
	walk_leave(walk);
	walk->state = top->state;
	return walk_visit(walk, walk->after, &top->node);
}

/* Visits all below the node last entered, for which walk_enter() has returned @r. */
static int walk_rest(struct walk *walk, int r)
{
	while (true) {
		if (r == -EBADMSG)
			walk->damaged = true;
		else if (r != 0)
			return r;
		if (walk->depth == 0)
			return 0;
		r = walk_step(walk);
	}
}

/* Visits @node and all below it. The keys start with the part @prefix of its own. */
static int walk_node(struct walk *walk, const struct node *node, struct span prefix)
{
	walk->depth = 0;
	walk->key_size = 0;
	return walk_rest(walk, walk_enter(walk, node, prefix));
}

/* Visits the child of @node for @c, if there is one, and all below it. The keys start with @c. */
static int walk_child(struct walk *walk, const struct node *node, char c)
{
	walk->depth = 0;
	walk->key_size = 0;
	return walk_rest(walk, walk_enter_child(walk, node_child(node, (uint8_t)c), (uint8_t)c));
}

/* A lookup with patterns. */
struct wild {
	struct walk walk;
	struct glob glob;
	struct index_matches *matches;
	const char *rest;	/* what is left of the name; a pattern has to match all of it */
};

static int matches_add(struct index_matches *m, uint32_t priority, const char *value)
{
	struct index_match *const matches =
		array_reserve(m->matches, &m->room, m->count + 1, sizeof(*matches));

	if (!matches)
		return -ENOMEM;
	m->matches = matches;
	m->matches[m->count] = (struct index_match){
		.value = value,
		.priority = priority,
		.order = m->count,
	};
	m->count++;
	return 0;
}

static int collect(struct reader *reader, const struct node *node, struct index_matches *m)
{
	struct values values;
	const char *value;
	uint32_t priority;
	int r;

	r = values_begin(reader, node, &values);
	if (r < 0)
		return r;
	while ((r = values_next(reader, &values, &priority, &value)) > 0) {
		r = matches_add(m, priority, value);
		if (r < 0)
			return r;
	}
	return r;
}

static time_t thread_seconds(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec;
}

/* Whether a comparison of @cost may be made: 0, or -ETIME. */
static int spend_matching(struct reader *reader, uint64_t cost)
{
	if (cost > MATCH_COST_ONE)
		return -ETIME;
	if (spend(&reader->untimed, cost) == 0)
		return 0;
	if (reader->end == 0)
		reader->end = thread_seconds() + MATCH_SECONDS;
	return thread_seconds() < reader->end ? 0 : -ETIME;
}

static int visit_pattern(struct reader *reader, const struct node *node, const char *key,
			 void *data)
{
	const struct wild *const wild = data;
	int r;

	if (node->values == 0)
		return 0;
	r = spend_matching(reader, glob_cost(&wild->glob, &wild->walk.state, wild->walk.key_size,
					     wild->rest));
	if (r < 0)
		return r;
	if (!glob_matches(&wild->glob, &wild->walk.state, key, wild->rest))
		return 0;
	return collect(reader, node, wild->matches);
}

/*
 * Compares the prefix of @node with what is left of the name.
 * Returns 1 when it is the same, and used up; 0 when it is not, or the rest was a pattern.
 */
static int match_prefix(struct wild *wild, const struct node *node)
{
	struct span prefix = node->prefix;

	while (prefix.size > 0) {
		const char c = (char)*prefix.data;

		if (strchr(INDEX_WILDCARDS, c)) {
			wild->walk.state = glob_start(&wild->glob, wild->rest);
			return walk_node(&wild->walk, node, prefix);
		}
		if (c != *wild->rest)
			return 0;
		wild->rest++;
		(void)span_take(&prefix, 1);
	}
	return 1;
}

/*
 * Follows the name from the root. All that could match hangs off that path: patterns that start
 * in a prefix or at a child on it, and the key at its end.
 */
static int descend(struct wild *wild)
{
	struct reader *const reader = wild->walk.reader;
	uint32_t ref = reader->index->root;
	int r;

	while (true) {
		struct node node;

		r = read_node(reader, ref, &node);
		if (r <= 0)
			return r;
		r = match_prefix(wild, &node);
		if (r <= 0)
			return r;
		for (const char *c = INDEX_WILDCARDS; *c != '\0'; c++) {
			wild->walk.state = glob_start(&wild->glob, wild->rest);
			r = walk_child(&wild->walk, &node, *c);
			if (r < 0)
				return r;
		}
		if (*wild->rest == '\0')
			return collect(reader, &node, wild->matches);
		ref = node_child(&node, (unsigned char)*wild->rest);
		wild->rest++;
	}
}

static int compare_matches(const void *a, const void *b)
{
	const struct index_match *const x = a, *const y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->order > y->order ? -1 : 1;
}

/* How many characters of @name could lead into a subtree that was visited as patterns before. */
static uint64_t count_wildcards(const char *name)
{
	uint64_t n = 0;

	for (name = strpbrk(name, INDEX_WILDCARDS); name; name = strpbrk(name + 1, INDEX_WILDCARDS))
		n++;
	return n;
}

int index_search_wild(struct index *index, const char *name, struct index_matches *ret_matches)
{
	_cleanup_(index_matches_done) struct index_matches matches = {};
	struct reader reader = reader_begin(index, 2 + count_wildcards(name));
	struct wild wild = {
		.walk = {
			.reader = &reader,
			.after = visit_pattern,
			.data = &wild,
			.glob = &wild.glob,
		},
		.matches = &matches,
		.rest = name,
	};
	int r;

	glob_init(&wild.glob, name);
	r = descend(&wild);
	walk_done(&wild.walk);
	if (r < 0 && r != -EBADMSG)
		return r;

	matches.damaged = r == -EBADMSG || wild.walk.damaged;
	if (matches.count > 1)
		qsort(matches.matches, matches.count, sizeof(*matches.matches), compare_matches);
	*ret_matches = matches;
	matches = (struct index_matches){};
	return 0;
}

void index_matches_done(struct index_matches *m)
{
	free(m->matches);
	*m = (struct index_matches){};
}

struct dump {
	struct walk walk;
	index_entry_fn fn;
	void *data;
	int result;
};

static int visit_dump(struct reader *reader, const struct node *node, const char *key, void *data)
{
	struct dump *const dump = data;
	struct values values;
	const char *value;
	uint32_t priority;
	int r;

	r = values_begin(reader, node, &values);
	if (r < 0)
		return r;
	while ((r = values_next(reader, &values, &priority, &value)) > 0) {
		r = spend(&reader->key_bytes, dump->walk.key_size);
		if (r < 0)
			return r;
		dump->result = dump->fn(key, value, dump->data);
		if (dump->result != 0)
			return 1;
	}
	return r;
}

int index_dump(struct index *index, index_entry_fn fn, void *data)
{
	struct reader reader = reader_begin(index, 1);
	struct dump dump = {
		.walk = { .reader = &reader, .before = visit_dump, .data = &dump },
		.fn = fn,
		.data = data,
	};
	struct node root;
	int r;

	r = read_node(&reader, index->root, &root);
	if (r <= 0)
		return r;
	r = walk_node(&dump.walk, &root, root.prefix);
	walk_done(&dump.walk);
	if (r != 0)
		return r > 0 ? dump.result : r;
	return dump.walk.damaged ? -EBADMSG : 0;
}
