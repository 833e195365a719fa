/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks a name up in an index, and holds the results against a look at each of its entries.
 */
#include "index-lookups.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "libkmod/format/index-format.h"

/* What is expected of lookups of the name. */
struct expected {
	const char *name;
	char *first; /* value of the key that is spelled so */
	size_t matches;
};

/* Whether an entry with this key is one for @name, by the definition. */
static bool is_match(const char *key, const char *name)
{
	const size_t literal = strcspn(key, INDEX_WILDCARDS);

	if (key[literal] == '\0')
		return strcmp(key, name) == 0;
	return strncmp(key, name, literal) == 0 && fnmatch(key + literal, name + literal, 0) == 0;
}

static int add_entry(const char *key, const char *value, void *data)
{
	struct expected *const expected = data;

	if (!expected->first && strcmp(key, expected->name) == 0) {
		expected->first = strdup(value);
		fuzz_assert(expected->first != NULL);
	}
	if (is_match(key, expected->name))
		expected->matches++;
	return 0;
}

/* That the matches are sorted, and strings of a file of @size bytes. */
static void check_matches(const struct index_matches *m, size_t size)
{
	for (size_t i = 0; i < m->count; i++) {
		fuzz_assert(strlen(m->matches[i].value) < size);
		fuzz_assert(i == 0 || m->matches[i - 1].priority <= m->matches[i].priority);
	}
}

void index_check_lookups(struct index *index, const char *name, size_t size)
{
	struct expected expected = { .name = name };
	struct index_matches m = {};
	const char *value = NULL;
	const int found = index_search(index, name, &value);
	int r;

	fuzz_assert(found == 0 || found == 1 || found == -EBADMSG);
	fuzz_assert((found == 1) == (value != NULL));
	fuzz_assert(index_search_wild(index, name, &m) == 0);
	check_matches(&m, size);

	r = index_dump(index, add_entry, &expected);
	fuzz_assert(r == 0 || r == -EBADMSG);
	if (r == 0) {
		fuzz_assert(found == (expected.first ? 1 : 0));
		fuzz_assert(found == 0 || strcmp(value, expected.first) == 0);
		fuzz_assert(!m.damaged);
		/* With wildcards in the name, an entry can be found more than once. */
		if (!strpbrk(name, INDEX_WILDCARDS))
			fuzz_assert(m.count == expected.matches);
	}
	free(expected.first);
	index_matches_done(&m);
}

struct index *index_of_bytes(struct span file)
{
	const int fd = memfd_create("index", MFD_CLOEXEC);
	struct index *index = NULL;
	int r;

	fuzz_assert(fd >= 0);
	fuzz_assert(file.size == 0 || write(fd, file.data, file.size) == (ssize_t)file.size);
	r = index_open(fd, &index);
	fuzz_assert(r == 0 || r == -ENOEXEC || r == -ENOTSUP || r == -EBADMSG);
	if (r < 0)
		(void)close(fd);
	return index;
}
