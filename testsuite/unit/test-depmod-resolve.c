/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of tools/depmod/resolve.c.
 */
#include "tools/depmod/resolve.h"

#include <errno.h>

#include "depmod-tree.h"

/*
 * Modules are written as what they provide and what they need, names with blanks between. "NAME?"
 * is weak, "NAME=7" has that CRC.
 */
struct written {
	const char *provides, *needs;
};

struct fixture {
	struct module list[8];
	char paths[8][8];
	struct modules modules;
	struct names symbols;
	struct arena store;
	struct resolve_options options;
	struct dependencies dependencies;
};

static struct fixture f;

static void forget(void)
{
	names_done(&f.symbols);
	arena_done(&f.store);
	dependencies_done(&f.dependencies);
	f = (struct fixture){ .modules.modules = f.list };
}

static uint32_t parse(const char *text, const uint32_t **ret_symbols, const uint64_t **ret_crcs)
{
	uint32_t *const symbols = arena_take(&f.store, 16 * sizeof(*symbols));
	uint64_t *const crcs = arena_take(&f.store, 16 * sizeof(*crcs));
	uint32_t count = 0;

	for (; *text != '\0'; text += strspn(text, " ")) {
		const size_t size = strcspn(text, " "), length = strcspn(text, " ?=");

		ck_assert_int_eq(names_add(&f.symbols, text, length, &symbols[count]), 0);
		crcs[count] = text[length] == '=' ? strtoull(text + length + 1, NULL, 10) : 0;
		if (text[length] == '?')
			symbols[count] |= FACTS_WEAK;
		count++;
		text += size;
	}
	*ret_symbols = symbols;
	*ret_crcs = crcs;
	return count;
}

/* Makes @count modules, of which number N is /N. */
static void make(const struct written *written, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct facts *const facts = &f.list[i].facts;

		(void)snprintf(f.paths[i], sizeof(f.paths[i]), "/%u", i);
		f.list[i].path = f.paths[i];
		facts->provides_count =
			parse(written[i].provides, &facts->provides, &facts->provide_crcs);
		facts->needs_count = parse(written[i].needs, &facts->needs, &facts->need_crcs);
	}
	f.modules.count = count;
}

static int resolve_made(void)
{
	return resolve(&tree_cli, &f.modules, &f.symbols, &f.options, &f.dependencies);
}

static int resolve_them(const struct written *written, uint32_t count)
{
	make(written, count);
	return resolve_made();
}

/* "MODULE:OTHERS;" for each, in order. */
static const char *edges(void)
{
	static char text[256];
	const struct graph *const graph = &f.dependencies.graph;
	size_t size = 0;

	ck_assert_uint_eq(graph->count, f.modules.count);
	for (uint32_t i = 0; i < graph->count; i++) {
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%u:", i);
		for (uint32_t j = graph->first[i]; j < graph->first[i + 1]; j++)
			size += (size_t)snprintf(text + size, sizeof(text) - size, "%u",
						 graph->edges[j]);
		size += (size_t)snprintf(text + size, sizeof(text) - size, ";");
	}
	return text;
}

static uint32_t owner_of(const char *name)
{
	return f.dependencies.owners[names_find(&f.symbols, name, strlen(name))];
}

#define assert_edges(wanted, ...)                                                            \
	do {                                                                                 \
		const struct written written[] = { __VA_ARGS__ };                            \
		const struct capture capture = capture_begin(STDERR_FILENO);                 \
		const int r = resolve_them(written, sizeof(written) / sizeof(written[0]));   \
                                                                                             \
		ck_assert_str_eq(capture_end(capture), "");                                  \
		ck_assert_int_eq(r, 0);                                                      \
		ck_assert_str_eq(edges(), wanted);                                           \
	} while (0)

#define assert_logged(wanted, ...)                                                           \
	do {                                                                                 \
		const struct written written[] = { __VA_ARGS__ };                            \
		const struct capture capture = capture_begin(STDERR_FILENO);                 \
		const int r = resolve_them(written, sizeof(written) / sizeof(written[0]));   \
                                                                                             \
		ck_assert_str_eq(capture_end(capture), wanted);                              \
		ck_assert_int_eq(r, 0);                                                      \
	} while (0)

/* ---- Who depends on whom --------------------------------------------------------------------- */

START_TEST(none)
{
	ck_assert_int_eq(resolve_them(NULL, 0), 0);
	ck_assert_uint_eq(f.dependencies.graph.count, 0);
	ck_assert_uint_eq(f.dependencies.graph.first[0], 0);
}
END_TEST

START_TEST(simple)
{
	assert_edges("0:;1:0;2:;", { "a b", "" }, { "c", "b" }, { "", "absent" });
	ck_assert_uint_eq(owner_of("a"), 0);
	ck_assert_uint_eq(owner_of("c"), 1);
	ck_assert_uint_eq(owner_of("absent"), OWNER_NONE);
}
END_TEST

/* Each once, and where it was first needed. */
START_TEST(order_of_first_use)
{
	assert_edges("0:231;1:;2:;3:;", { "", "c1 d1 c2 b1 d2 b2" }, { "b1 b2", "" },
		     { "c1 c2", "" }, { "d1 d2", "" });
}
END_TEST

/* Two modules that need the same do not take it from each other. */
START_TEST(needed_by_several)
{
	assert_edges("0:1;1:;2:1;3:1;", { "", "s t" }, { "s t", "" }, { "", "t s" }, { "", "s" });
}
END_TEST

/* Many edges, in arrays that have had to grow. */
START_TEST(all_of_all)
{
	assert_edges("0:1234567;1:0234567;2:0134567;3:0124567;4:0123567;5:0123467;6:0123457;"
		     "7:0123456;",
		     { "a", "b c d e f g h" }, { "b", "a c d e f g h" }, { "c", "a b d e f g h" },
		     { "d", "a b c e f g h" }, { "e", "a b c d f g h" }, { "f", "a b c d e g h" },
		     { "g", "a b c d e f h" }, { "h", "a b c d e f g" });
}
END_TEST

START_TEST(last_owner_wins)
{
	assert_edges("0:;1:;2:1;", { "s", "" }, { "s", "" }, { "", "s" });
	ck_assert_uint_eq(owner_of("s"), 1);
}
END_TEST

START_TEST(own_symbol)
{
	assert_edges("0:0;1:2;2:;", { "s", "s" }, { "t", "t" }, { "t", "" });
}
END_TEST

/* They count as any other, if somebody has them. */
START_TEST(weak)
{
	f.options.report_unknown = true;
	assert_edges("0:1;1:;", { "", "s? absent?" }, { "s", "" });
}
END_TEST

/* ---- The kernel ------------------------------------------------------------------------------ */

static struct kernel_symbol kernel_list[] = { { "k", 1, 5 }, { "m", 1, 5 } };
static const struct kernel_symbols kernel = { .symbols = kernel_list, .count = 2 };

START_TEST(kernel_symbols)
{
	f.options.kernel = &kernel;
	f.options.report_unknown = true;
	assert_edges("0:1;1:;", { "", "k m" }, { "m", "" });
	/* of which no module has one */
	ck_assert_uint_ge(owner_of("k"), f.modules.count);
	ck_assert_uint_eq(owner_of("m"), 1);
}
END_TEST

START_TEST(made_by_the_loader)
{
	f.options.kernel = &kernel;
	f.options.report_unknown = true;
	assert_edges("0:;", { "", "__this_module _GLOBAL_OFFSET_TABLE_ .TOC." });
	forget();
	/* only where it is known what the kernel has */
	f.options.report_unknown = true;
	assert_logged("depmod: WARNING: /0 needs unknown symbol __this_module\n",
		      { "", "__this_module" });
}
END_TEST

/* ---- What is dropped of names ---------------------------------------------------------------- */

/* Of what is needed one; of what is provided none. */
START_TEST(dots)
{
	assert_edges("0:1;1:;2:;3:;", { "", ".s" }, { "s", "" }, { "", "..s" }, { ".t", ".t" });
}
END_TEST

START_TEST(prefix)
{
	f.options.prefix = '_';
	assert_edges("0:12;1:;2:;", { "", "_s ._t" }, { "s", "" }, { "_t", "" });
	ck_assert_uint_eq(owner_of("t"), 2);
	ck_assert_uint_eq(owner_of("_t"), OWNER_NONE);
	forget();
	/* one only */
	f.options.prefix = '_';
	assert_edges("0:;1:;2:1;", { "", "___s" }, { "__s", "" }, { "", "__s" });
}
END_TEST

/* A dot as prefix: what is provided without one is not what is needed without two. */
START_TEST(prefix_is_a_dot)
{
	f.options.prefix = '.';
	assert_edges("0:;1:;2:13;3:;", { "..s", "" }, { "..t", "" }, { "", "...t ..u" },
		     { "u", "" });
	ck_assert_uint_eq(owner_of(".s"), 0);
	ck_assert_uint_eq(owner_of("s"), OWNER_NONE);
}
END_TEST

START_TEST(no_prefix)
{
	assert_edges("0:;1:0;2:;", { "_s", "" }, { "", "_s" }, { "", "s __s" });
}
END_TEST

/* ---- Reports ------------------------------------------------------------------------------- */

START_TEST(unknown)
{
	f.options.report_unknown = true;
	f.options.prefix = '_';
	assert_logged("depmod: WARNING: /1 needs unknown symbol b\n"
		      "depmod: WARNING: /1 needs unknown symbol ._a\n"
		      "depmod: WARNING: /2 needs unknown symbol b\n",
		      { "s", "" }, { "", "s b ._a w?" }, { "", "b" });
	forget();
	assert_logged("", { "", "b" });
}
END_TEST

START_TEST(versions)
{
	f.options.kernel = &kernel;
	f.options.report_versions = true;
	assert_logged("depmod: WARNING: /0 disagrees about version of symbol t\n"
		      "depmod: WARNING: /0 disagrees about version of symbol k\n"
		      "depmod: WARNING: /2 disagrees about version of symbol s\n",
		      { "", "s=1 t=1 k=4 absent=3 t?" }, { "s=1 t=2", "" }, { "", "s k=5 m=5" });
	/* and it depends on them */
	ck_assert_str_eq(edges(), "0:1;1:;2:1;");
	forget();
	f.options.kernel = &kernel;
	assert_logged("", { "", "s=1 k=4" }, { "s=2", "" });
}
END_TEST

/* The version is that of the last owner. */
START_TEST(version_of_the_owner)
{
	f.options.kernel = &kernel;
	f.options.report_versions = true;
	assert_logged("depmod: WARNING: /2 disagrees about version of symbol m\n",
		      { "m=6", "" }, { "m=7", "" }, { "", "m=5 m=7" });
}
END_TEST

START_TEST(show)
{
	static const struct written written[] = { { "", "s t u" }, { "t s", "" }, { "u", "t" } };
	const struct capture capture = capture_begin(STDOUT_FILENO);
	int r;

	f.options.show = true;
	r = resolve_them(written, 3);
	ck_assert_str_eq(capture_end(capture), "/0 needs \"s\": /1\n"
					       "/0 needs \"u\": /2\n"
					       "/2 needs \"t\": /1\n");
	ck_assert_int_eq(r, 0);
}
END_TEST

/* ---- Memory ---------------------------------------------------------------------------------- */

START_TEST(out_of_memory)
{
	static const struct written written[] = { { "_a", "._b" }, { "_b", "_a __c" } };
	unsigned int failures = 0;
	bool failed = true;

	while (failed) {
		int r;

		forget();
		f.options.kernel = &kernel;
		f.options.prefix = '_';
		f.options.report_versions = true;
		make(written, 2);
		unit_fail_allocation(failures);
		r = resolve_made();
		failed = unit_allocation_failed();
		ck_assert_int_eq(r, failed ? -ENOMEM : 0);
		if (failed)
			ck_assert_ptr_null(f.dependencies.owners);
		failures += failed;
	}
	ck_assert_uint_ge(failures, 6);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("depmod-resolve");
	TCase *const tests = tcase_create("depmod-resolve");

	tcase_add_checked_fixture(tests, forget, forget);
	tcase_add_test(tests, none);
	tcase_add_test(tests, simple);
	tcase_add_test(tests, order_of_first_use);
	tcase_add_test(tests, needed_by_several);
	tcase_add_test(tests, all_of_all);
	tcase_add_test(tests, last_owner_wins);
	tcase_add_test(tests, own_symbol);
	tcase_add_test(tests, weak);
	tcase_add_test(tests, kernel_symbols);
	tcase_add_test(tests, made_by_the_loader);
	tcase_add_test(tests, dots);
	tcase_add_test(tests, prefix);
	tcase_add_test(tests, prefix_is_a_dot);
	tcase_add_test(tests, no_prefix);
	tcase_add_test(tests, unknown);
	tcase_add_test(tests, versions);
	tcase_add_test(tests, version_of_the_owner);
	tcase_add_test(tests, show);
	tcase_add_test(tests, out_of_memory);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
