/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each function of the library while an allocation or a call of the system fails, one after the
 * other: the result is right, or an error that is true; nothing is left behind; and the next call
 * succeeds.
 *
 * What counts as an error that is true: the errno of what failed as the result; NULL, where the header
 * says so; a message with the text of that errno. Who is told that there is no such file may go on
 * without it, and so may who is kept from reading configuration as one user or another is: it has
 * been so ever since.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failing.h"
#include "harness/points.h"
#include "harness/preload.h"
#include "harness/session.h"
#include "harness/suite.h"
#include "harness/world.h"

/* How many points of a kind are tried for each function. */
enum {
	POINTS_MAX = 60,
	POINTS_MAX_INSTRUMENTED = 16,
};

/* ---- Messages that go to standard error, before a context has another place for them ---- */

static int diverted_to = -1;

static void divert_stderr(void)
{
	diverted_to = open(world_path("/stderr"), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	ck_assert_int_ge(dup2(diverted_to, STDERR_FILENO), 0);
}

/* All messages of a call. */
static const char *all_messages(void)
{
	const struct bytes text = bytes_of_file(world_path("/stderr"));

	return format_text("%s%.*s", log_text(), (int)text.size, (const char *)text.data);
}

static void forget_messages(void)
{
	log_clear();
	ck_assert_int_eq(ftruncate(diverted_to, 0), 0);
}

/* ---- One call ---- */

static void end(struct bench *b)
{
	kmod_config_iter_free_iter(b->iter);
	(void)kmod_module_unref_list(b->input);
	if (b->mod)
		ck_assert_ptr_null(kmod_module_unref(b->mod));
	ck_assert_ptr_null(kmod_unref(b->ctx));
	if (b->fd >= 0)
		(void)close(b->fd);
}

/* Gives back what is still there of lists that the call was to free. */
static const char *what_came(const struct subject *subject, struct bench *b)
{
	const char *const shown = format_text("%s", subject->shown(b));

	subject->drop(b);
	return shown;
}

/* Lists that a subject began with and its calls only look at. */
static void drop_given_list(const struct subject *subject, struct bench *b)
{
	if (!b->list)
		return;
	if (strstr(subject->function, "section"))
		kmod_module_section_free_list(b->list);
	else
		kmod_module_info_free_list(b->list);
}

static bool says(const char *messages, const struct point *point)
{
	return strstr(messages, point_error_text(point)) != NULL ||
	       strstr(messages, "Cannot stat") != NULL ||
	       (point->error == ENOMEM && strstr(messages, "memory") != NULL);
}

/* What is wrong with it that @shown came of the failure, instead of @right; NULL: nothing. */
static const char *wrong(const struct subject *subject, const struct bench *b,
			 const struct point *point, const char *shown, const char *right)
{
	const char *const messages = all_messages();

	if (strcmp(shown, right) == 0)
		return NULL;
	if (point->error == POINT_SHORT)
		return "a short read or write is no failure";
	if (b->result == -point->error)
		return NULL;
	if (subject->flags & NULL_IS_FAILURE && strcmp(shown, "NULL") == 0)
		return NULL;
	if (point->error == ENOENT)
		return NULL;
	if (subject->flags & MAY_BE_UNREADABLE && (point->error == EACCES || point->error == ELOOP))
		return NULL;
	if (subject->flags & MAY_DOUBT && b->result > 0)
		return NULL;
	return says(messages, point) ? NULL : "nothing says so";
}

/* Calls the subject with the @point failing, and once more. Returns what was seen. */
static struct trap_points try(const struct subject *subject, const struct point *point,
			      const char *right)
{
	const long live = memory_live();
	const size_t descriptors = descriptors_open();
	struct bench b = { .fd = -1 };
	const char *shown, *problem;
	struct trap_points seen;

	forget_captured();
	subject->begin(&b);
	forget_messages();
	points_begin(point);
	subject->call(&b);
	seen = points_end();
	shown = what_came(subject, &b);
	problem = right ? wrong(subject, &b, point, shown, right) : NULL;
	ck_assert_msg(!problem, "%s: %s: came\n%s\nshould be\n%s\nmessages:\n%s",
		      point_text(point, &seen), problem, shown, right, all_messages());
	if (right && !(subject->flags & ONCE)) {
		forget_messages();
		b.result = 0;
		subject->call(&b);
		shown = what_came(subject, &b);
		/* What is kept of a file that was not there is true as far as anybody knows. */
		ck_assert_msg(strcmp(shown, right) == 0 || point->error == ENOENT,
			      "%s: afterwards came\n%s\nshould be\n%s\nmessages:\n%s",
			      point_text(point, &seen), shown, right, all_messages());
	}
	drop_given_list(subject, &b);
	end(&b);
	ck_assert_msg(memory_live() == live, "%s: %ld blocks of memory are left",
		      point_text(point, &seen), memory_live() - live);
	ck_assert_msg(descriptors_open() == descriptors, "%s: descriptors are left",
		      point_text(point, &seen));
	return seen;
}

/* What should come of the subject. */
static const char *right_of(const struct subject *subject)
{
	struct bench b = { .fd = -1 };
	const char *right;

	subject->begin(&b);
	subject->call(&b);
	right = what_came(subject, &b);
	drop_given_list(subject, &b);
	end(&b);
	return right;
}

START_TEST(fails_at_each_point)
{
	const struct subject *const subject = &subjects[_i];
	const struct point none = { .n = 0 };
	struct trap_points seen;
	const char *right;

	if (!points_have_memory())
		SKIP("allocations do not come by the trap: valgrind");
	put_subjects_world();
	divert_stderr();
	right = right_of(subject); /* opens libraries and the like, once and for all */
	seen = try(subject, &none, right);
	struct points_walk walk = {
		.counts = seen.counts,
		.limit = test_is_instrumented() ? POINTS_MAX_INSTRUMENTED : POINTS_MAX,
	};

	while (points_next(&walk)) {
		const struct trap_points failed = try(subject, &walk.point, right);

		ck_assert_msg(*failed.failed, "it did not come to %u %lu", walk.point.kind,
			      walk.point.n);
	}
	(void)printf("# %s%s%s: %lu allocations, %lu calls: %lu and %lu failures\n",
		     subject->function, *subject->with ? ", " : "", subject->with,
		     seen.counts[POINT_MEMORY], points_calls(seen.counts), walk.tried_memory,
		     walk.tried_calls);
	(void)fflush(stdout);
	if (subject->flags & SURE)
		ck_assert_msg(walk.tried_memory + walk.tried_calls == 0, "it can fail");
	else
		ck_assert_msg(walk.tried_memory + walk.tried_calls > 0, "no failure was tried");
}
END_TEST

/* The table has each function that is exported. */
START_TEST(all_functions)
{
	char *const text = format_text(
		"%s", (const char *)bytes_of_file(TEST_SOURCE "/libkmod/libkmod.sym").data);
	char *save = NULL;
	size_t count = 0;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char name[128];
		bool there = false;

		if (sscanf(line, " %127[a-z_0-9];", name) != 1 || strncmp(name, "kmod_", 5) != 0)
			continue;
		for (size_t i = 0; i < subjects_count; i++)
			there = there || strcmp(subjects[i].function, name) == 0;
		ck_assert_msg(there, "%s is not called", name);
		count++;
	}
	ck_assert_uint_ge(count, 75);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("failing");
	TCase *const tcase = add_case(suite, "table");

	preload_trap_first();
	tcase_add_test(tcase, all_functions);
	for (int i = 0; i < (int)subjects_count; i++)
		add_row(suite, subjects[i].function, fails_at_each_point, i);
	return suite_run(argv, suite);
}
