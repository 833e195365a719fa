/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds out what modules say, from their files.
 *
 * Each thread takes one module after the other and shares nothing with the others but the place of
 * the next one. So each has names of symbols of its own, a few hundred to some ten thousand; they
 * become those of all when the threads have ended.
 *
 * Unpacked modules take memory, and the largest ones are 100 times as large as most. They come
 * first, so that no thread is left with one of them at the end; a thread waits before it unpacks
 * one until there is room for it; and only some of the threads do, as the memory that one has had
 * for a module stays with it for the next.
 *
 * That is how modules are. A file may be made to unpack to a thousand times as much and more, or have
 * holes of gigabytes: one that takes more than was expected is given up, and read again when it is the
 * only one.
 */
#include "tools/depmod/read.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/array.h"
#include "libkmod/base/cleanup.h"
#include "libkmod/context.h"
#include "libkmod/file.h"
#include "libkmod/format/elf-module.h"
#include "libkmod/image.h"
#include "tools/cli.h"
#include "tools/depmod/pool.h"

/* Memory for modules that are being unpacked, all threads together; one is always let through. */
#define UNPACK_ROOM ((uint64_t)24 << 20)

/* What a compressed module may take, unpacked and with what its decoder needs. */
#define UNPACK_RATIO 12

/* What is waited for with this is alone. */
#define UNPACK_ALL (UINT64_MAX / 2)

/* Modules that take less need not wait, and any thread may unpack them. */
#define UNPACK_SMALL ((uint64_t)256 << 10)

/* Modules that are not compressed are read in parts, and take little of what they could. */
#define PLAIN_LARGE ((size_t)32 << 20)

/* What most modules take at the most. */
#define MEMORY_OF_ONE ((size_t)4 << 20)

/* How many threads unpack others. */
#define LARGE_WORKERS 6U

struct reading {
	struct modules *modules;
	const uint32_t *order; /* modules to be read, what takes longest first */
	unsigned int *worker_of; /* who has read the module, for each place in the order */
	uint32_t count;
	uint32_t large; /* how many of them, from the first on, are large */
	int dirfd;
	atomic_uint next_large, next_small; /* in the order, to be taken by a thread */
	struct worker *workers;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t freed;
	uint64_t unpacking;
};

struct worker {
	struct reading *reading;
	struct kmod_ctx *ctx; /* for messages only */
	struct image *image;
	struct names names;
	struct elf_dependencies *dependencies;
	struct arena store;
	struct messages messages;
	uint32_t module; /* the one at hand */
	int error;
	/* of the module at hand, until it is known how many there are */
	uint32_t *symbols;
	uint64_t *crcs;
	size_t count, room;
};

/* ---- One module ---------------------------------------------------------------------------- */

static int keep_symbol(struct worker *w, uint32_t symbol, uint64_t crc)
{
	if (w->count == w->room) {
		size_t room = w->room;
		uint32_t *const symbols =
			array_reserve(w->symbols, &room, w->count + 1, sizeof(*symbols));
		uint64_t *crcs;

		if (!symbols)
			return -ENOMEM;
		w->symbols = symbols;
		room = w->room;
		crcs = array_reserve(w->crcs, &room, w->count + 1, sizeof(*crcs));
		if (!crcs)
			return -ENOMEM;
		w->crcs = crcs;
		w->room = room;
	}
	w->symbols[w->count] = symbol;
	w->crcs[w->count++] = crc;
	return 0;
}

/* Moves the symbols kept to the store. */
static int store_symbols(struct worker *w, const uint32_t **ret_symbols, const uint64_t **ret_crcs,
			 uint32_t *ret_count)
{
	uint32_t *const symbols = arena_take(&w->store, w->count * sizeof(*symbols));
	uint64_t *const crcs = arena_take(&w->store, w->count * sizeof(*crcs));

	if (!symbols || !crcs || w->count > UINT32_MAX)
		return -ENOMEM;
	if (w->count > 0) {
		memcpy(symbols, w->symbols, w->count * sizeof(*symbols));
		memcpy(crcs, w->crcs, w->count * sizeof(*crcs));
	}
	*ret_symbols = symbols;
	*ret_crcs = crcs;
	*ret_count = (uint32_t)w->count;
	w->count = 0;
	return 0;
}

/* Tells that a part of the module is damaged. The rest is taken for what it is. */
static void tell_of_damage(struct worker *w, const char *what)
{
	messages_add(&w->messages, w->module, "", LOG_WARNING, "%s: damaged: %s is not known",
		     w->reading->modules->modules[w->module].path, what);
}

static int read_provides(struct worker *w, const struct elf *elf, struct facts *facts)
{
	struct elf_exports exports;
	struct elf_export export;
	int r = elf_exports_begin(elf, &exports);

	if (r < 0 && r != -ENODATA)
		tell_of_damage(w, "what it has for others");
	if (r < 0)
		return 0;
	while (r >= 0 && (r = elf_exports_next(&exports, &export)) > 0) {
		uint32_t symbol;

		r = names_add(&w->names, export.name, strlen(export.name), &symbol);
		if (r >= 0)
			r = keep_symbol(w, symbol, export.crc);
	}
	return r < 0 ? r : store_symbols(w, &facts->provides, &facts->provide_crcs,
					 &facts->provides_count);
}

/* Damage means that there is no need that can be relied on; without symbols there is none. */
static int read_needs(struct worker *w, const struct elf *elf, struct facts *facts)
{
	struct elf_dependency dependency;
	struct elf_symbols symbols;
	int r = elf_dependencies_begin(w->dependencies, elf);

	if (r == -EINVAL && elf_symbols_begin(elf, &symbols) == -ENODATA)
		return 0;
	while (r >= 0 && (r = elf_dependencies_next(w->dependencies, &dependency)) > 0)
		r = keep_symbol(w, dependency.name | (dependency.weak ? FACTS_WEAK : 0),
				dependency.crc);
	if (r == -EINVAL) {
		w->count = 0;
		tell_of_damage(w, "what it needs");
		return 0;
	}
	return r < 0 ? r :
		       store_symbols(w, &facts->needs, &facts->need_crcs, &facts->needs_count);
}

/* The kind of text that a .modinfo entry is; 0: none that is wanted. */
static char text_kind(const struct elf_modinfo_entry *entry)
{
	static const struct {
		const char *key;
		char kind;
	} kinds[] = {
		{ "alias", FACTS_ALIAS },
		{ "softdep", FACTS_SOFTDEP },
		{ "weakdep", FACTS_WEAKDEP },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (entry->key.size == strlen(kinds[i].key) &&
		    memcmp(entry->key.data, kinds[i].key, entry->key.size) == 0)
			return kinds[i].kind;
	return 0;
}

/* The size of all texts wanted; where @to is not NULL they are written there. */
static size_t copy_texts(const struct elf *elf, char *to)
{
	struct elf_modinfo_entry entry;
	struct elf_modinfo modinfo;
	size_t size = 0;

	if (elf_modinfo_begin(elf, &modinfo) < 0)
		return 0;
	while (elf_modinfo_next(&modinfo, &entry)) {
		const char kind = text_kind(&entry);

		if (kind == 0)
			continue;
		if (to) {
			to[size] = kind;
			if (entry.value.size > 0)
				memcpy(to + size + 1, entry.value.data, entry.value.size);
			to[size + 1 + entry.value.size] = '\0';
		}
		size += 1 + entry.value.size + 1;
	}
	return size;
}

static int read_texts(struct worker *w, const struct elf *elf, struct facts *facts)
{
	const size_t size = copy_texts(elf, NULL);
	struct elf_modinfo modinfo;
	char *const texts = arena_text_room(&w->store, size);

	if (!texts || size > UINT32_MAX)
		return -ENOMEM;
	if (elf_modinfo_begin(elf, &modinfo) == -EFBIG)
		tell_of_damage(w, "what it says of itself");
	(void)copy_texts(elf, texts);
	facts->texts = texts;
	facts->texts_size = (uint32_t)size;
	return 0;
}

static int read_facts(struct worker *w, struct facts *ret)
{
	const struct elf *const elf = image_elf(w->image);
	struct facts facts = { 0 };
	int r = read_provides(w, elf, &facts);

	if (r >= 0)
		r = read_needs(w, elf, &facts);
	if (r >= 0)
		r = read_texts(w, elf, &facts);
	w->count = 0;
	if (image_error(w->image) < 0)
		r = image_error(w->image);
	if (r >= 0)
		*ret = facts;
	return r;
}

/* ---- Room for what is unpacked --------------------------------------------------------------- */

static uint64_t unpack_cost(const struct module *module)
{
	return module->suffix_size > 0 ? module->stamp.size * UNPACK_RATIO : 0;
}

static void wait_for_room(struct reading *reading, uint64_t cost)
{
	if (cost < UNPACK_SMALL)
		return;
	(void)pthread_mutex_lock(&reading->lock);
	while (reading->unpacking > 0 && reading->unpacking + cost > UNPACK_ROOM)
		(void)pthread_cond_wait(&reading->freed, &reading->lock);
	reading->unpacking += cost;
	(void)pthread_mutex_unlock(&reading->lock);
}

static void give_back_room(struct reading *reading, uint64_t cost)
{
	if (cost < UNPACK_SMALL)
		return;
	(void)pthread_mutex_lock(&reading->lock);
	reading->unpacking -= cost;
	(void)pthread_cond_broadcast(&reading->freed);
	(void)pthread_mutex_unlock(&reading->lock);
}

/* ---- Threads ------------------------------------------------------------------------------- */

/* Returns as image_set(); -EOVERFLOW when @module unpacks to more than @max. */
static int load_module(struct worker *w, const struct module *module, uint64_t max)
{
	struct kmod_file *file;
	const int r = kmod_file_open_alone(w->ctx, w->reading->dirfd, module->relative,
					   module->path, &file);

	if (r < 0)
		return r;
	if (max < FILE_SIZE_MAX) {
		if (!kmod_file_may_be_compressed(file) && kmod_file_size(file) > PLAIN_LARGE) {
			kmod_file_close(file);
			return -EOVERFLOW;
		}
		kmod_file_set_payload_max(file, (size_t)max);
	}
	return image_set(w->image, file);
}

/*
 * Waits for room and loads. *@ret_cost is to be given back, whatever the result is. That there is no
 * memory for one module may be due to those of other threads.
 */
static int load_when_due(struct worker *w, const struct module *module, uint64_t *ret_cost)
{
	const uint64_t cost = unpack_cost(module);
	const size_t said = w->messages.count;
	int r;

	wait_for_room(w->reading, cost);
	*ret_cost = cost;
	r = load_module(w, module, cost > UNPACK_SMALL ? cost : UNPACK_SMALL);
	if (r != -EOVERFLOW && r != -ENOMEM)
		return r;
	messages_forget(&w->messages, said);
	image_clear(w->image);
	give_back_room(w->reading, cost);
	wait_for_room(w->reading, UNPACK_ALL);
	*ret_cost = UNPACK_ALL;
	return load_module(w, module, FILE_SIZE_MAX);
}

/*
 * Whether the system has failed, rather than the module. That one may be too large for the memory there
 * is: for another there still is some.
 */
static bool is_trouble_of_system(int error)
{
	void *volatile memory; /* as it is not used, the compiler would do without */

	if (error == -EMFILE || error == -ENFILE || error == -ELIBACC)
		return true;
	if (error != -ENOMEM)
		return false;
	memory = malloc(MEMORY_OF_ONE);
	free(memory);
	return !memory;
}

/* Finds out the facts of @module. Fails when the system does. */
static int read_module(struct worker *w, struct module *module)
{
	const size_t said = w->messages.count;
	bool is_loaded = false;
	uint64_t cost;
	int r;

	r = load_when_due(w, module, &cost);
	if (r >= 0) {
		is_loaded = true;
		r = read_facts(w, &module->facts);
	}
	image_clear(w->image);
	give_back_room(w->reading, cost);
	if (r >= 0) {
		module->is_known = true;
		module->is_quiet = w->messages.count == said && w->messages.lost == 0;
		return 0;
	}
	if ((r == -ENOMEM && is_loaded) || is_trouble_of_system(r))
		return r;
	messages_add(&w->messages, w->module, "", LOG_ERR, "failed to load symbols from %s: %s",
		     module->path, strerror(-r));
	return 0;
}

/* What the library has to say while it reads a module. */
__attribute__((format(printf, 6, 0))) static void
keep_message(void *data, int priority, const char *file, int line, const char *fn,
	     const char *format, va_list args)
{
	struct worker *const w = data;

	(void)file;
	(void)line;
	(void)fn;
	messages_add_list(&w->messages, w->module, "", priority, format, args);
}

static int worker_init(struct worker *w, struct reading *reading)
{
	w->reading = reading;
	w->ctx = context_for_messages(keep_message, w);
	if (!w->ctx || image_new(&w->image) < 0)
		return -ENOMEM;
	return elf_dependencies_new(&w->names, &w->dependencies);
}

static void worker_done(struct worker *w)
{
	free(w->symbols);
	free(w->crcs);
	elf_dependencies_free(w->dependencies);
	image_free(w->image);
	kmod_unref(w->ctx);
	names_done(&w->names);
	arena_done(&w->store);
	messages_done(&w->messages);
}

/* The place in the order of the next module for worker @number; false when there is none. */
static bool take_next(struct reading *reading, unsigned int number, uint32_t *ret)
{
	if (number < LARGE_WORKERS) {
		*ret = atomic_fetch_add(&reading->next_large, 1);
		if (*ret < reading->large)
			return true;
	}
	*ret = atomic_fetch_add(&reading->next_small, 1);
	return *ret < reading->count;
}

static void read_on(void *data, unsigned int number)
{
	struct reading *const reading = data;
	struct worker *const w = &reading->workers[number];
	uint32_t i;

	w->error = worker_init(w, reading);
	while (w->error >= 0 && take_next(reading, number, &i)) {
		w->module = reading->order[i];
		reading->worker_of[i] = number;
		w->error = read_module(w, &reading->modules->modules[w->module]);
	}
}

/* ---- All of them ----------------------------------------------------------------------------- */

struct candidate {
	uint32_t module;
	uint64_t cost;
};

static int compare_costs(const void *a, const void *b)
{
	const struct candidate *const first = a, *const second = b;

	if (first->cost != second->cost)
		return first->cost > second->cost ? -1 : 1;
	return first->module < second->module ? -1 : first->module > second->module;
}

/* Fills @order, which has room for all modules, with those to be read. Returns 0 or -ENOMEM. */
static int make_order(struct reading *reading, uint32_t *order)
{
	const struct modules *const modules = reading->modules;
	_cleanup_free_ struct candidate *candidates =
		calloc((size_t)modules->count + 1, sizeof(*candidates));
	uint32_t count = 0;

	if (!candidates)
		return -ENOMEM;
	for (uint32_t i = 0; i < modules->count; i++)
		if (!modules->modules[i].is_known)
			candidates[count++] = (struct candidate){
				.module = i,
				.cost = unpack_cost(&modules->modules[i]),
			};
	qsort(candidates, count, sizeof(*candidates), compare_costs);
	for (uint32_t i = 0; i < count; i++) {
		order[i] = candidates[i].module;
		reading->large += candidates[i].cost >= UNPACK_SMALL;
	}
	reading->order = order;
	reading->count = count;
	atomic_init(&reading->next_large, 0);
	atomic_init(&reading->next_small, reading->large);
	return 0;
}

/*
 * Adds the worker's names to @symbols. *@ret_numbers, which the caller frees, tells which became
 * which; NULL: all are the same.
 */
static int merge_names(struct worker *w, struct names *symbols, uint32_t **ret_numbers)
{
	_cleanup_free_ uint32_t *numbers = NULL;

	if (symbols->count == 0) {
		names_done(symbols);
		*symbols = w->names;
		w->names = (struct names){ 0 };
		*ret_numbers = NULL;
		return 0;
	}
	numbers = calloc((size_t)w->names.count + 1, sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->names.count; i++) {
		const struct name *const name = &w->names.names[i];
		const int r = names_add_borrowed(symbols, name->text, name->length, &numbers[i]);

		if (r < 0)
			return r;
	}
	*ret_numbers = move_ptr(numbers);
	return 0;
}

/* Makes the numbers in the facts that a worker has found those of all. */
static void renumber(struct facts *facts, const uint32_t *numbers)
{
	/* They are in the worker's store, and nobody else looks yet. */
	uint32_t *const needs = (uint32_t *)facts->needs;
	uint32_t *const provides = (uint32_t *)facts->provides;

	for (uint32_t i = 0; i < facts->needs_count; i++)
		needs[i] = numbers[needs[i] & ~FACTS_WEAK] | (needs[i] & FACTS_WEAK);
	for (uint32_t i = 0; i < facts->provides_count; i++)
		provides[i] = numbers[provides[i]];
}

/* Moves what worker @number has found to where the results of all are. */
static int merge(struct reading *reading, unsigned int number, struct names *symbols,
		 struct arena *store, struct messages *messages)
{
	struct worker *const w = &reading->workers[number];
	_cleanup_free_ uint32_t *numbers = NULL;
	int r = w->error;

	if (r >= 0)
		r = merge_names(w, symbols, &numbers);
	for (uint32_t i = 0; r >= 0 && numbers && i < reading->count; i++)
		if (reading->worker_of[i] == number)
			renumber(&reading->modules->modules[reading->order[i]].facts, numbers);
	arena_adopt(store, &w->store);
	arena_adopt(store, &w->names.texts);
	messages_adopt(messages, &w->messages);
	worker_done(w);
	return r;
}

int read_modules(struct modules *modules, int dirfd, unsigned int jobs, struct names *symbols,
		 struct arena *store, struct messages *messages)
{
	_cleanup_free_ uint32_t *order = calloc((size_t)modules->count + 1, sizeof(*order));
	_cleanup_free_ unsigned int *worker_of =
		calloc((size_t)modules->count + 1, sizeof(*worker_of));
	struct worker workers[POOL_JOBS_MAX] = { 0 };
	struct reading reading = {
		.modules = modules,
		.worker_of = worker_of,
		.dirfd = dirfd,
		.workers = workers,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.freed = PTHREAD_COND_INITIALIZER,
	};
	int r = 0;

	if (!order || !worker_of || make_order(&reading, order) < 0)
		return -ENOMEM;
	if (reading.count == 0)
		return 0;
	pool_run(jobs < reading.count ? jobs : reading.count, read_on, &reading);
	for (unsigned int i = 0; i < POOL_JOBS_MAX; i++) {
		const int merged = merge(&reading, i, symbols, store, messages);

		if (r >= 0)
			r = merged;
	}
	return r;
}
