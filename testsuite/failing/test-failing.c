/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main paths of a tool while an allocation or a call of the system fails, one after the other.
 *
 * It does all that it should; or it says what failed, has done nothing that it would not have done,
 * in the order in which it would have, and ends with status 1. What it writes is old or new, but
 * what is renamed before the failure of a rename is new. It leaves no temporary file, and the
 * next run succeeds. With AddressSanitizer the program itself looks for what it has leaked.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/points.h"
#include "harness/preload.h"
#include "harness/run.h"
#include "harness/suite.h"
#include "harness/world.h"
#include "scenarios.h"

/* How many points of a kind are tried for each scenario. */
enum {
	POINTS_MAX = 16,
	POINTS_MAX_INSTRUMENTED = 3,
	POINTS_MAX_WRITES = 6,
};

static unsigned long limit_of(const struct scenario *scenario)
{
	if (test_is_instrumented())
		return POINTS_MAX_INSTRUMENTED;
	return scenario->flags & WRITES ? POINTS_MAX_WRITES : POINTS_MAX;
}

/* What a run did. */
struct deeds {
	int status;
	const char *out;
	const char *err;
	const char *calls; /* to the kernel, a line each */
	const char *files; /* what it wrote, a line each */
};

static const char *text_of(struct bytes b)
{
	return format_text("%.*s", (int)b.size, (const char *)b.data);
}

/* A sum of @b, to compare it by. */
static unsigned int sum_of(struct bytes b)
{
	unsigned int sum = 1;

	for (size_t i = 0; i < b.size; i++)
		sum = sum * 31 + b.data[i];
	return sum;
}

static const char *calls_text(void)
{
	const char *all = "";

	for (size_t n = 0; n < calls_made(); n++) {
		struct bytes blob = NO_BYTES;

		(void)captured(format_text("%zu.blob", n), &blob);
		all = format_text("%s%s, %zu bytes %x\n", all, call_text(n), blob.size,
				  sum_of(blob));
	}
	return all;
}

/* The files in @dir that are not known by their time: each name and a sum of the content. */
static const char *files_text(const char *dir)
{
	struct dirent **entries = NULL;
	const int n = scandir(world_path(dir), &entries, NULL, alphasort);
	const char *all = "";

	for (int i = 0; i < n; i++) {
		const char *const path = format_text("%s/%s", world_path(dir), entries[i]->d_name);

		if (entries[i]->d_type == DT_REG && !strstr(entries[i]->d_name, "cache"))
			all = format_text("%s%s %x\n", all, entries[i]->d_name,
					  sum_of(bytes_of_file(path)));
		free(entries[i]);
	}
	free(entries);
	return all;
}

/* Runs the tool, with @point to fail. */
static struct deeds run(const struct scenario *scenario, const struct point *point)
{
	char *const env[] = { point_for_tool(point), NULL };
	char *args[ARGS_MAX + 1] = { 0 };
	struct outcome outcome;

	for (size_t i = 0; i < ARGS_MAX && scenario->args[i]; i++)
		args[i] = format_text("%s", scenario->args[i]);
	forget_captured();
	outcome = run_tool(args, env, 0);
	return (struct deeds){
		.status = outcome.status,
		.out = text_of(outcome.out),
		.err = text_of(outcome.err),
		.calls = calls_text(),
		.files = scenario->written ? files_text(scenario->written) : "",
	};
}

static bool same(const struct deeds *a, const struct deeds *b)
{
	return a->status == b->status && strcmp(a->out, b->out) == 0 &&
	       strcmp(a->calls, b->calls) == 0 && strcmp(a->files, b->files) == 0;
}

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Whether the calls @some are among @all, in this order. */
static bool are_among(const char *some, const char *all)
{
	while (*some) {
		const char *const line = format_text("%.*s", (int)strcspn(some, "\n") + 1, some);
		const char *const found = strstr(all, line);

		if (!found)
			return false;
		all = found + strlen(line);
		some += strlen(line);
	}
	return true;
}

static bool says(const char *messages, const struct point *point)
{
	/* Some have always been without the reason. */
	static const char *const others[] = { "Cannot stat", "kmod_new() failed!", "uname failed!",
					      "setenv(", "could not append" };

	/* lsmod shows a number that cannot be read as its errno. */
	if (strstr(messages, format_text(" -%d", point->error)) != NULL)
		return true;
	for (int i = 0; i < ROWS(others); i++)
		if (strstr(messages, others[i]) != NULL)
			return true;
	return strstr(messages, point_error_text(point)) != NULL ||
	       (point->error == ENOMEM && strstr(messages, "memory") != NULL);
}

/* Whether the point that @failed is about configuration, which the user may not be able to read. */
static bool is_configuration(const char *failed)
{
	static const char *const texts[] = { "test.conf", "modprobe.d", "/proc/cmdline",
					     "modules.softdep", "modules.weakdep" };

	for (int i = 0; i < ROWS(texts); i++)
		if (strstr(failed, texts[i]) != NULL)
			return true;
	return false;
}

/* Whether it says that the disk could not read some configuration: the rest still counts. */
static bool lost_configuration(const char *messages)
{
	static const char *const texts[] = {
		"could not read '/etc/modprobe.d",
		"opendir(/etc/modprobe.d",
		"Cannot stat directory entry: /etc/modprobe.d",
		"could not read '/proc/cmdline'",
		"could not read from '/proc/cmdline'",
	};

	for (int i = 0; i < ROWS(texts); i++)
		if (strstr(messages, texts[i]) != NULL)
			return true;
	return false;
}

/*
 * Whether it succeeds, but with less than there is. What is not there, or not for this user, is no
 * part of it; of a module that the disk cannot read, which it says, only the name is.
 */
static bool lost_a_part(const struct deeds *got, const struct deeds *right,
			const struct point *point)
{
	return got->status == 0 && strcmp(got->files, right->files) != 0 &&
	       point->error != EACCES && point->error != ELOOP &&
	       !(point->error == EIO && strstr(got->err, "failed to load symbols from"));
}

/* What is wrong with it that @got came of the failure of @point, instead of @right; NULL: nothing. */
static const char *wrong(const struct scenario *scenario, const struct point *point,
			 const char *failed, const struct deeds *got, const struct deeds *right,
			 const char *old)
{
	/* What cannot be removed, or is told to be gone, stays until the next run. */
	if (strstr(got->files, ".kmod-tmp"))
		return (point->kind == POINT_UNLINK || strstr(failed, ".lock.")) &&
				       got->status == right->status ?
			       NULL :
			       "a temporary file is left";
	if (same(got, right))
		return NULL;
	if (got->status < 0 || got->status > 1)
		return "the status";
	if (point->error == POINT_SHORT)
		return "a short read or write is no failure";
	if (point->kind == POINT_CLOSE && *right->calls && strcmp(got->calls, right->calls) == 0 &&
	    got->status == 1)
		return "all was done, and it failed";
	if (point->error == ENOENT)
		return NULL;
	if (point->error == EIO && lost_configuration(got->err))
		return NULL;
	if ((point->error == EACCES || point->error == ELOOP) && is_configuration(failed))
		return NULL;
	if (scenario->flags & WRITES && lost_a_part(got, right, point))
		return "it lost a part, and succeeded";
	if (!are_among(got->calls, right->calls))
		return "a call that should not be made";
	if (scenario->flags & WRITES && got->status == 1 && strcmp(got->files, old) != 0 &&
	    strcmp(got->files, right->files) != 0 && point->kind != POINT_RENAME)
		return "what it wrote is neither old nor new";
	if (got->status == 0 && scenario->flags & MAY_DO_WITHOUT)
		return NULL;
	if (got->status == 1 && !begins_with(right->calls, got->calls) &&
	    !(scenario->flags & (MAY_DO_WITHOUT | GOES_ON)))
		return "it went on after the failure";
	return says(format_text("%s%s", got->err, got->out), point) ? NULL : "nothing says so";
}

static const char *shown(const struct deeds *deeds)
{
	return format_text("status %d\nout:\n%serr:\n%scalls:\n%sfiles:\n%s", deeds->status,
			   deeds->out, deeds->err, deeds->calls, deeds->files);
}

/* Runs the tool with @point failing. False when it did not come to it. */
static bool try(const struct scenario *scenario, const struct point *point,
		const struct deeds *right)
{
	const struct point none = { .n = 0 };
	struct trap_points seen;
	const char *old, *problem;
	struct deeds got;

	scenario->restore();
	old = scenario->written ? files_text(scenario->written) : "";
	got = run(scenario, point);
	ck_assert_msg(points_of_tool(&seen), "%u %lu %d: it left no report; %s", point->kind,
		      point->n, point->error, shown(&got));
	problem = wrong(scenario, point, seen.failed, &got, right, old);
	ck_assert_msg(!problem, "%s: %s: got\n%s\nshould be\n%s", point_text(point, &seen), problem,
		      shown(&got), shown(right));
	if (scenario->flags & WRITES) {
		got = run(scenario, &none);
		ck_assert_msg(same(&got, right), "%s: the next run: got\n%s\nshould be\n%s",
			      point_text(point, &seen), shown(&got), shown(right));
	}
	return *seen.failed != '\0';
}

START_TEST(fails_at_each_point)
{
	const struct scenario *const scenario = &scenarios[_i];
	const struct point none = { .n = 0 };
	/* A sanitizer ends a program that lacks memory for a thread. */
	const bool has_memory = scenario->flags & THREADS && test_is_instrumented();
	unsigned long came = 0;
	struct trap_points seen;
	struct deeds right;

	scenario->prepare();
	scenario->restore();
	right = run(scenario, &none);
	ck_assert_msg(points_of_tool(&seen) && right.status == 0, "in peace: %s", shown(&right));
	if (seen.counts[POINT_MEMORY] == 0)
		SKIP("allocations do not come by the trap: valgrind");
	if (has_memory)
		seen.counts[POINT_MEMORY] = 0;
	struct points_walk walk = {
		.counts = seen.counts,
		.limit = limit_of(scenario),
		.one_error = true,
	};

	while (points_next(&walk)) {
		const bool failed = try(scenario, &walk.point, &right);

		ck_assert_msg(failed || scenario->flags & THREADS, "it did not come to %u %lu",
			      walk.point.kind, walk.point.n);
		came += failed;
	}
	(void)printf("# %s: %lu allocations, %lu calls: %lu and %lu failures\n", scenario->name,
		     seen.counts[POINT_MEMORY], points_calls(seen.counts), walk.tried_memory,
		     walk.tried_calls);
	(void)fflush(stdout);
	ck_assert(walk.tried_memory > 0 || has_memory);
	ck_assert_uint_gt(walk.tried_calls, 0);
	ck_assert_uint_gt(came, 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("failing");

	if (argc != 2) {
		(void)fprintf(stderr, "Usage: %s TOOL\n", argv[0]);
		return 1;
	}
	preload_trap_first();
	for (int i = 0; i < (int)scenarios_count; i++) {
		TCase *tcase;

		if (strcmp(scenarios[i].args[0], argv[1]) != 0)
			continue;
		tcase = add_case(suite, scenarios[i].name);
		tcase_set_timeout(tcase, 600);
		tcase_add_loop_test(tcase, fails_at_each_point, i, i + 1);
	}
	return suite_run(argv, suite);
}
