/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of libkmod/base/dlopen.c, with the C library in the role of the library to be opened.
 */
#include "libkmod/base/dlopen.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <gnu/lib-names.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libkmod/base/cleanup.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int no_such_function(void);

#define SOME_FUNCTIONS(fn) fn(abs) fn(atoi) fn(strlen)
#define MORE_FUNCTIONS(fn) fn(abs) fn(no_such_function) fn(strlen)

#define LINKED 0
#define ON_DEMAND 1

LIBRARY(linked, LINKED, SOME_FUNCTIONS, LIBC_SO, "linked", "Test", "required")
LIBRARY(opened, ON_DEMAND, SOME_FUNCTIONS, LIBC_SO, "opened", "Test", "required")
LIBRARY(absent, ON_DEMAND, SOME_FUNCTIONS, "libno-such-library.so.0", "absent", "Test 2",
	"suggested")
LIBRARY(incomplete, ON_DEMAND, MORE_FUNCTIONS, LIBC_SO, "incomplete", "Test", "recommended")

START_TEST(linked_in)
{
	char *why = NULL;

	ck_assert_int_eq(linked_open(&why), 0);
	ck_assert_int_eq(linked_open(NULL), 0);
	ck_assert_ptr_null(why);
	ck_assert_int_eq(linked.abs(-3), 3);
	ck_assert_uint_eq(linked.strlen("four"), 4);
}
END_TEST

START_TEST(opened_on_demand)
{
	char *why = NULL;

	ck_assert_ptr_null(opened.abs);
	ck_assert_int_eq(opened_open(&why), 0);
	ck_assert_int_eq(opened_open(NULL), 0);
	ck_assert_ptr_null(why);
	ck_assert_int_eq(opened.abs(-3), 3);
	ck_assert_int_eq(opened.atoi("12"), 12);
	ck_assert_uint_eq(opened.strlen("four"), 4);
}
END_TEST

START_TEST(library_absent)
{
	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *why = NULL;

		ck_assert_int_eq(absent_open(&why), -ELIBACC);
		ck_assert_ptr_nonnull(why);
		ck_assert_ptr_nonnull(strstr(why, "libno-such-library.so.0"));
		ck_assert_ptr_null(absent.abs);
	}
	ck_assert_int_eq(absent_open(NULL), -ELIBACC);
}
END_TEST

/* One function missing: none of the others is there either. */
START_TEST(function_absent)
{
	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *why = NULL;

		ck_assert_int_eq(incomplete_open(&why), -ELIBACC);
		ck_assert_ptr_nonnull(why);
		ck_assert_ptr_nonnull(strstr(why, "no_such_function"));
		ck_assert_ptr_null(incomplete.abs);
		ck_assert_ptr_null(incomplete.strlen);
	}
	ck_assert_int_eq(incomplete_open(NULL), -ELIBACC);
}
END_TEST

/* A library that lacks something is closed again. */
START_TEST(not_kept_open)
{
	static const char *const names[] = { "no_such_function", NULL };
	void *table[1] = { NULL };
	struct library library = {
		.soname = LIBANL_SO,
		.names = names,
		.table = table,
	};
	_cleanup_free_ char *why = NULL;

	ck_assert_ptr_null(dlopen(LIBANL_SO, RTLD_NOW | RTLD_NOLOAD));
	ck_assert_int_eq(library_open(&library, &why), -ELIBACC);
	ck_assert_ptr_nonnull(strstr(why, "no_such_function"));
	ck_assert_ptr_null(dlopen(LIBANL_SO, RTLD_NOW | RTLD_NOLOAD));
}
END_TEST

/* Without memory for the explanation, that is the error. */
START_TEST(out_of_memory)
{
	char *why = NULL;

	unit_fail_allocation(0);
	ck_assert_int_eq(absent_open(&why), -ENOMEM);
	ck_assert(unit_allocation_failed());
	ck_assert_ptr_null(why);
	unit_fail_allocation(0);
	ck_assert_int_eq(incomplete_open(&why), -ENOMEM);
	ck_assert(unit_allocation_failed());
	ck_assert_ptr_null(why);
}
END_TEST

/* A library that is installed after the first attempt is found by the second. */
START_TEST(there_at_last)
{
	static const char *const names[] = { "abs", "strlen", NULL };
	struct {
		__typeof__(abs) *abs;
		__typeof__(strlen) *strlen;
	} table = { 0 };
	char directory[] = "/tmp/test-dlopen-XXXXXX";
	char link_path[sizeof(directory) + sizeof("/lib")];
	struct library library = {
		.soname = link_path,
		.names = names,
		.table = &table,
	};
	_cleanup_free_ char *why = NULL;
	void *const libc = dlopen(LIBC_SO, RTLD_NOW);
	struct link_map *map;

	ck_assert_ptr_nonnull(libc);
	ck_assert_int_eq(dlinfo(libc, RTLD_DI_LINKMAP, &map), 0);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(link_path, sizeof(link_path), "%s/lib", directory);

	ck_assert_int_eq(library_open(&library, &why), -ELIBACC);
	ck_assert_ptr_nonnull(strstr(why, link_path));
	ck_assert_ptr_null(table.abs);
	ck_assert_int_eq(symlink(map->l_name, link_path), 0);
	ck_assert_int_eq(library_open(&library, NULL), 0);
	ck_assert_int_eq(table.abs(-3), 3);
	ck_assert_uint_eq(table.strlen("four"), 4);

	/* Once it is open, nobody looks for it again. */
	library.soname = "libno-such-library.so.0";
	ck_assert_int_eq(unlink(link_path), 0);
	ck_assert_int_eq(rmdir(directory), 0);
	ck_assert_int_eq(library_open(&library, NULL), 0);
	ck_assert_int_eq(dlclose(libc), 0);
}
END_TEST

#define THREADS 16

static pthread_barrier_t start;

LIBRARY(contended, ON_DEMAND, SOME_FUNCTIONS, LIBC_SO, "contended", "Test", "required")

static void *open_and_use(void *unused)
{
	(void)unused;
	(void)pthread_barrier_wait(&start);
	if (contended_open(NULL) < 0 || contended.strlen("four") != 4 || contended.abs(-1) != 1)
		return NULL;
	return &start;
}

START_TEST(many_threads)
{
	pthread_t threads[THREADS];

	ck_assert_int_eq(pthread_barrier_init(&start, NULL, THREADS), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, open_and_use, NULL), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *result = NULL;

		ck_assert_int_eq(pthread_join(threads[i], &result), 0);
		ck_assert_ptr_eq(result, &start);
	}
	ck_assert_int_eq(pthread_barrier_destroy(&start), 0);
}
END_TEST

/* ---- The note: how the specification lays it out, read from this program --------------------- */

struct note_search {
	const char *json;
	unsigned int found;
};

static size_t align4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static void search_notes(struct note_search *search, const uint8_t *notes, size_t size)
{
	ElfW(Nhdr) note;

	while (size >= sizeof(note)) {
		const uint8_t *const name = notes + sizeof(note);
		size_t whole;

		memcpy(&note, notes, sizeof(note));
		whole = sizeof(note) + align4(note.n_namesz) + align4(note.n_descsz);
		if (note.n_type == 0x407c0c0a && note.n_namesz == 4 &&
		    memcmp(name, "FDO", 4) == 0 && note.n_descsz == strlen(search->json) + 1 &&
		    memcmp(name + 4, search->json, note.n_descsz) == 0)
			search->found++;
		if (whole > size)
			break;
		notes += whole;
		size -= whole;
	}
}

static int search_object(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *const segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_NOTE)
			search_notes(data, (const uint8_t *)info->dlpi_addr + segment->p_vaddr,
				     segment->p_memsz);
	}
	return 1; /* the first object is this program, the others do not matter */
}

static unsigned int count_notes(const char *json)
{
	struct note_search search = { .json = json };

	dl_iterate_phdr(search_object, &search);
	return search.found;
}

START_TEST(notes)
{
	ck_assert_uint_eq(count_notes("[{\"feature\":\"absent\",\"description\":\"Test 2\","
				      "\"priority\":\"suggested\","
				      "\"soname\":[\"libno-such-library.so.0\"]}]"),
			  1);
	ck_assert_uint_eq(count_notes("[{\"feature\":\"opened\",\"description\":\"Test\","
				      "\"priority\":\"required\",\"soname\":[\"" LIBC_SO "\"]}]"),
			  1);
	ck_assert_uint_eq(count_notes("[{\"feature\":\"linked\",\"description\":\"Test\","
				      "\"priority\":\"required\",\"soname\":[\"" LIBC_SO "\"]}]"),
			  0);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("dlopen");
	TCase *const tests = tcase_create("dlopen");

	tcase_add_test(tests, linked_in);
	tcase_add_test(tests, opened_on_demand);
	tcase_add_test(tests, library_absent);
	tcase_add_test(tests, function_absent);
	tcase_add_test(tests, not_kept_open);
	tcase_add_test(tests, out_of_memory);
	tcase_add_test(tests, there_at_last);
	tcase_add_test(tests, many_threads);
	tcase_add_test(tests, notes);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
