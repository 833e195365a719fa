/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run of depmod, from what was asked for to the files in their place.
 */
#include "tools/depmod/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libkmod/base/io.h"
#include "libkmod/base/names.h"
#include "libkmod/base/strbuf.h"
#include "tools/cli.h"
#include "tools/depmod/cache.h"
#include "tools/depmod/choose.h"
#include "tools/depmod/config.h"
#include "tools/depmod/explicit.h"
#include "tools/depmod/graph-cycles.h"
#include "tools/depmod/graph.h"
#include "tools/depmod/kernel-symbols.h"
#include "tools/depmod/order.h"
#include "tools/depmod/output.h"
#include "tools/depmod/places.h"
#include "tools/depmod/publish.h"
#include "tools/depmod/quick.h"
#include "tools/depmod/read.h"
#include "tools/depmod/resolve.h"
#include "tools/depmod/scan.h"

/* ---- The modules --------------------------------------------------------------------------- */

/* A run: what it is about, and what has been found out so far. */
struct run {
	struct cli *cli;
	const struct depmod_options *opts;
	struct places places;
	bool explicit; /* files are given, so there is nothing to look for */
	struct kernel_symbols kernel;
	struct depmod_config config;
	struct file_set *set; /* NULL: nothing is to be written */
	struct timespec begin; /* of the search for modules */
	struct scan scan;
	struct modules modules;
	struct cache_subject subject;
	struct cache *cache; /* NULL: there is none, or none is wanted */
	struct names symbols;
	struct arena store; /* of what facts refer to, if that is not the cache */
	struct dependencies dependencies;
	uint32_t *rank;
	struct output_file outputs[OUTPUTS_COUNT];
	bool is_current; /* there is nothing to do */
	size_t said;	 /* messages on what is in modules and outputs */
};

static void run_done(struct run *run)
{
	outputs_done(run->outputs);
	free(run->rank);
	dependencies_done(&run->dependencies);
	names_done(&run->symbols);
	arena_done(&run->store);
	cache_free(run->cache);
	modules_done(&run->modules);
	scan_done(&run->scan);
	file_set_free(run->set);
	depmod_config_done(&run->config);
	kernel_symbols_done(&run->kernel);
	places_done(&run->places);
}

static int read_kernel_symbols(struct run *run)
{
	const struct depmod_options *const opts = run->opts;
	const char *const path = opts->symvers ? opts->symvers : opts->filesyms;
	int r;

	if (!path) {
		if (opts->report_symbols)
			cli_log(run->cli, LOG_WARNING, "-e needs -E or -F");
		return 0;
	}
	if (opts->symvers)
		r = kernel_symbols_from_symvers(run->cli, path, opts->symbol_prefix, &run->kernel);
	else
		r = kernel_symbols_from_map(run->cli, path, opts->symbol_prefix, &run->kernel);
	if (r < 0)
		cli_log(run->cli, LOG_CRIT, "could not load %s: %s", path, strerror(-r));
	return r;
}

static int read_config(struct run *run)
{
	if (run->explicit)
		return 0;
	return depmod_config_read(run->cli, run->places.release, run->opts->configs.paths,
				  &run->config);
}

/*
 * Opens the place for the output, and has the lock on it, before anything is looked at: whoever
 * comes later sees what is later. If it is still to be made, then not for a run that may fail.
 */
static int open_output(struct run *run)
{
	const char *const dir = run->places.output;
	struct stat st;

	/* Of a directory that cannot be read the scan tells, if it is that of the modules. */
	if (run->opts->show || stat(dir, &st) < 0 || !S_ISDIR(st.st_mode) ||
	    eaccess(dir, R_OK | X_OK) < 0)
		return 0;
	return publish_open(run->cli, dir, &run->set);
}

static void search_failed(struct run *run, int error)
{
	(void)messages_log(run->cli, &run->scan.messages);
	cli_log(run->cli, LOG_CRIT, "could not search modules: %s", strerror(-error));
}

static int scan_root(struct run *run, const struct scan_options *options)
{
	const char *const root = run->places.root;
	const int r = scan_add(&run->scan, root, options);

	if (r < 0)
		search_failed(run, r);
	return r;
}

/*
 * The last one that was declared comes first, so that it counts, if nothing else decides. One that was
 * declared several times is searched once.
 */
static int scan_externals(struct run *run, const struct scan_options *options)
{
	_cleanup_(names_done) struct names searched = { 0 };

	for (size_t i = run->config.externals.count; i > 0; i--) {
		const char *const dir = run->config.externals.texts[i - 1];
		const uint32_t known = searched.count;
		uint32_t number;
		int r = names_add_borrowed(&searched, dir, strlen(dir), &number);

		if (r >= 0 && number < known)
			continue;
		if (r >= 0)
			r = scan_add(&run->scan, dir, options);
		if (r < 0 && !is_trouble_of_path(r)) {
			search_failed(run, r);
			return r;
		}
	}
	return 0;
}

/* Finds the files that are modules, of each name one, and puts them in order. */
static int find_modules(struct run *run)
{
	const struct scan_options options = {
		.jobs = run->opts->jobs,
		.excluded = run->config.excluded.texts,
		.excluded_count = run->config.excluded.count,
		.stamps = run->opts->incremental,
		.compressed_stamps = true,
	};
	int r;

	(void)clock_gettime(CLOCK_REALTIME, &run->begin);
	if (run->explicit) {
		r = explicit_add(run->cli, run->opts->files, run->opts->files_count, &run->scan);
	} else {
		r = scan_root(run, &options);
		if (r >= 0)
			r = scan_externals(run, &options);
		if (r >= 0) {
			(void)messages_log(run->cli, &run->scan.messages);
			r = choose(run->cli, &run->scan, run->places.root, &run->config);
		}
	}
	return r < 0 ? r : order_modules(run->cli, &run->scan, run->places.root, &run->modules);
}

/* ---- What is known already ------------------------------------------------------------------- */

static struct stamp stamp_below(const char *dir, const char *name)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return STAMP_NONE;
	}
	return stat(path, &st) == 0 ? stamp_of(&st) : STAMP_NONE;
}

/* Whether this run has nothing to do, nor to say, that the one that left the cache has not. */
static bool is_current(const struct run *run)
{
	const struct depmod_options *const opts = run->opts;

	return !opts->show && !opts->report_symbols && !opts->report_repeats &&
	       run->cli->verbose == 0 &&
	       cache_is_current(run->cache, &run->modules, &run->subject, run->places.output,
				!opts->no_sync);
}

/* Whether versions of symbols are compared, which the cache does not have. */
static bool wants_versions(const struct depmod_options *opts)
{
	return opts->report_symbols && opts->symvers;
}

/* A cache that is not as it should be is as good as none. */
static int use_cache(struct run *run)
{
	const char *const root = run->places.root;
	int r;

	if (!run->opts->incremental)
		return 0;
	run->subject = (struct cache_subject){
		.builtin = stamp_below(root, "modules.builtin"),
		.builtin_modinfo = stamp_below(root, "modules.builtin.modinfo"),
		.symbol_prefix = run->opts->symbol_prefix,
	};
	r = cache_open(run->places.output, &run->cache);
	if (r >= 0) {
		run->is_current = is_current(run);
		if (!run->is_current && !wants_versions(run->opts))
			r = cache_fill(run->cache, &run->modules, &run->symbols);
	}
	if (r >= 0 || r == -ENOMEM)
		return r;
	if (r != -ENODATA)
		cli_log(run->cli, LOG_WARNING, "could not read %s/%s: %s", run->places.output,
			CACHE_NAME, strerror(-r));
	cache_free(move_ptr(run->cache));
	return 0;
}

/* ---- What modules say and need --------------------------------------------------------------- */

static int read_all_modules(struct run *run)
{
	_cleanup_(messages_done) struct messages messages = { 0 };
	_cleanup_close_ int dirfd = open(run->places.root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	/* Without the directory all modules are elsewhere, and have absolute paths. */
	if (dirfd < 0 && errno != ENOENT) {
		r = -errno;
		cli_log(run->cli, LOG_ERR, "could not open directory %s: %s", run->places.root,
			strerror(-r));
		return r;
	}
	if (run->opts->incremental) {
		cache_settle(&run->modules);
		run->subject.read_time = cache_now();
	}
	r = read_modules(&run->modules, dirfd >= 0 ? dirfd : AT_FDCWD, run->opts->jobs,
			 &run->symbols, &run->store, &messages);
	run->said += messages_log(run->cli, &messages);
	if (r < 0 && r != -ENOMEM)
		cli_log(run->cli, LOG_ERR, "could not read the modules: %s", strerror(-r));
	return r;
}

static int resolve_symbols(struct run *run)
{
	const struct depmod_options *const opts = run->opts;
	const bool known = opts->symvers || opts->filesyms;
	const struct resolve_options options = {
		.kernel = known ? &run->kernel : NULL,
		.prefix = opts->symbol_prefix,
		.report_unknown = opts->report_symbols && known,
		.report_versions = wants_versions(opts),
		.show = run->cli->verbose > 0,
	};

	return resolve(run->cli, &run->modules, &run->symbols, &options, &run->dependencies);
}

static void log_cycle(void *data, const uint32_t *path, size_t length)
{
	const struct run *const run = data;
	struct strbuf text = { 0 };

	for (size_t i = 0; i < length; i++) {
		strbuf_add_text(&text, i > 0 ? " -> " : "");
		strbuf_add_text(&text, run->modules.modules[path[i]].name);
	}
	strbuf_add_char(&text, '\0');
	cli_log(run->cli, LOG_ERR, "Cycle detected: %s", text.failed ? "out of memory" : text.data);
	strbuf_done(&text);
}

static int tell_of_cycles(struct run *run)
{
	uint32_t count;
	const int r = graph_cycles(&run->dependencies.graph, run->rank, log_cycle, run, &count);

	if (r < 0)
		return r;
	if (r > 0)
		cli_log(run->cli, LOG_ERR, "There are more cycles, which are not shown");
	cli_log(run->cli, LOG_ERR, "Found %u modules in dependency cycles!", count);
	return -ELOOP;
}

/* Ranks the modules. Returns 0; -ELOOP, and has logged it, when they depend on each other. */
static int rank_modules(struct run *run)
{
	const int r = graph_rank(&run->dependencies.graph, &run->rank);

	return r > 0 ? tell_of_cycles(run) : r;
}

/* ---- Output -------------------------------------------------------------------------------- */

static int make_outputs(struct run *run)
{
	const struct output_sources sources = {
		.modules = &run->modules,
		.symbols = &run->symbols,
		.dependencies = &run->dependencies,
		.rank = run->rank,
		.root = run->places.root,
		.report_repeats = run->opts->report_repeats,
	};
	size_t said = 0;
	int r;

	outputs_make(&sources, run->opts->show, run->opts->jobs, run->outputs);
	r = outputs_log(run->cli, run->outputs, &said);
	run->said += said;
	return r;
}

/*
 * Writes the @i-th file aside. The time of modules.dep, the first, tells others when all this was
 * looked at: a module that has come since then is later.
 */
static int write_file(const struct run *run, size_t i, const void *data, size_t size)
{
	const int r = publish_write(run->cli, run->set, run->places.output, i, data, size);

	if (r >= 0 && i == 0)
		file_set_date(run->set, i, &run->begin);
	return r;
}

/* Whether the file in place is what has been made. But modules.dep gets a new time in any case. */
static bool is_in_place(const struct run *run, unsigned int i, uint64_t hash,
			struct cache_output *ret)
{
	return i > 0 && run->cache && (run->opts->no_sync || cache_is_synced(run->cache)) &&
	       cache_has_output(run->cache, run->places.output, i, hash, run->outputs[i].size, ret);
}

/* Writes the @i-th output aside unless it is in place, and finds out what tells it from others. */
static int write_changed(const struct run *run, unsigned int i, struct cache_output *ret)
{
	const struct output_file *const output = &run->outputs[i];
	const uint64_t hash = cache_checksum(output->data, output->size);
	struct stat st;
	int r;

	if (is_in_place(run, i, hash, ret))
		return 0;
	r = write_file(run, i, output->data, output->size);
	if (r < 0)
		return r;
	/* Without, the next run finds that it is another, and writes it again. */
	if (file_set_stat(run->set, i, &st) < 0)
		st = (struct stat){ 0 };
	*ret = (struct cache_output){
		.ino = st.st_ino,
		.size = output->size,
		.mtime = stamp_time(st.st_mtim),
		.hash = hash,
	};
	return 0;
}

/* Writes the cache aside. The run is not a failure if there will be none. */
static int write_cache(const struct run *run, const struct cache_output *outputs)
{
	const uint32_t flags = (run->said == 0 ? CACHE_QUIET : 0) |
			       (run->opts->no_sync ? 0 : CACHE_SYNCED);
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r = cache_make(&run->modules, &run->symbols, &run->subject, outputs, flags, &data,
			   &size);

	if (r >= 0)
		return write_file(run, CACHE_NUMBER, data, size);
	cli_log(run->cli, LOG_WARNING, "could not make %s/%s: %s", run->places.output, CACHE_NAME,
		strerror(-r));
	return 0;
}

static int write_outputs(struct run *run)
{
	struct cache_output outputs[OUTPUTS_COUNT];
	int r = run->set ? 0 : publish_open(run->cli, run->places.output, &run->set);

	if (r < 0)
		return r;
	file_set_begin(run->set);
	for (unsigned int i = 0; r >= 0 && i < OUTPUTS_COUNT; i++) {
		if (run->opts->incremental)
			r = write_changed(run, i, &outputs[i]);
		else
			r = write_file(run, i, run->outputs[i].data, run->outputs[i].size);
	}
	if (r >= 0 && run->opts->incremental)
		r = write_cache(run, outputs);
	if (r < 0)
		return r;
	return publish_all(run->cli, run->set, run->places.output, !run->opts->no_sync);
}

/* Puts what is text on standard output, or everything in place. */
static int deliver(struct run *run)
{
	if (!run->opts->show)
		return write_outputs(run);
	for (unsigned int i = 0; i < OUTPUTS_COUNT; i++)
		if (run->outputs[i].is_text)
			(void)fwrite(run->outputs[i].data, 1, run->outputs[i].size, stdout);
	return 0;
}

/* ---- All of it ----------------------------------------------------------------------------- */

int depmod_run(struct cli *cli, const struct depmod_options *opts)
{
	static int (*const steps[])(struct run *run) = {
		read_kernel_symbols, read_config,  open_output,	 find_modules, use_cache,
		read_all_modules,    resolve_symbols, rank_modules, make_outputs, deliver,
	};
	_cleanup_(run_done) struct run run = {
		.cli = cli,
		.opts = opts,
		.explicit = opts->files_count > 0 && !opts->all && !opts->quick,
	};
	int r = places_find(cli, opts, &run.places);

	if (r < 0)
		return r;
	if (opts->quick && (opts->show || !quick_is_outdated(cli, run.places.root, opts->jobs)))
		return 0;
	for (size_t i = 0; r >= 0 && !run.is_current && i < sizeof(steps) / sizeof(steps[0]); i++)
		r = steps[i](&run);
	if (r >= 0 && !opts->show)
		cli_end_report(cli);
	if (r == -ENOMEM)
		cli_log(cli, LOG_CRIT, "out of memory");
	return r;
}
