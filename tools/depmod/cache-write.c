/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps what was learned of modules for the next run.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/base/strbuf.h"
#include "tools/depmod/cache.h"

/* For how long the clock may stand still, and for how long on file systems of whole seconds. */
#define TICK_MS 20
#define SECONDS_TICK INT64_C(2000000000)

/* ---- Times --------------------------------------------------------------------------------- */

int64_t cache_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return stamp_time(now);
}

void cache_settle(const struct modules *modules)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int64_t newest = 0;

	for (uint32_t i = 0; i < modules->count; i++) {
		const struct module *const module = &modules->modules[i];

		if (!module->is_known && module->stamp.ctime > newest)
			newest = module->stamp.ctime;
	}
	for (unsigned int i = 0; i < TICK_MS && cache_now() <= newest; i++)
		(void)nanosleep(&pause, NULL);
}

/* Whether any change of a file of @stamp, from @time on, will change its stamp. */
static bool is_settled(const struct stamp *stamp, int64_t time)
{
	const int64_t tick = stamp->ctime % 1000000000 == 0 ? SECONDS_TICK : 0;

	return !stamp_is_none(stamp) && stamp->ctime < time - tick;
}

static struct stamp settled(const struct stamp *stamp, int64_t time)
{
	return is_settled(stamp, time) ? *stamp : STAMP_NONE;
}

/* ---- The file ------------------------------------------------------------------------------ */

/* The file on its way. */
struct making {
	const struct names *symbols;
	int64_t read_time;
	uint32_t *numbers; /* by number of a name: 1 + that in the file, 0 when it is not there */
	uint32_t *used;	   /* by number in the file: the name */
	uint32_t used_count;
	struct cache_header header;
	struct strbuf paths, texts; /* the parts of the file, */
	struct strbuf records, needs, provides, lengths, names;
};

static void making_done(struct making *m)
{
	struct strbuf *const parts[] = {
		&m->paths, &m->texts, &m->records, &m->needs, &m->provides, &m->lengths, &m->names,
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		strbuf_done(parts[i]);
	free(m->numbers);
	free(m->used);
}

/* The number that the name has in the file. */
static uint32_t number_of(struct making *m, uint32_t name)
{
	if (m->numbers[name] == 0) {
		m->used[m->used_count] = name;
		m->numbers[name] = ++m->used_count;
	}
	return m->numbers[name] - 1;
}

static void add_needs(struct making *m, const struct facts *facts)
{
	for (uint32_t i = 0; i < facts->needs_count; i++) {
		const uint32_t need = number_of(m, facts->needs[i] & ~FACTS_WEAK) |
				      (facts->needs[i] & FACTS_WEAK);

		strbuf_add(&m->needs, &need, sizeof(need));
	}
}

static void add_provides(struct making *m, const struct facts *facts)
{
	for (uint32_t i = 0; i < facts->provides_count; i++) {
		const uint32_t provide = number_of(m, facts->provides[i]);

		strbuf_add(&m->provides, &provide, sizeof(provide));
	}
}

static void add_module(struct making *m, const struct module *module)
{
	const struct facts *const facts = &module->facts;
	struct cache_module record = { .path = (uint32_t)m->paths.size };

	strbuf_add(&m->paths, module->relative, strlen(module->relative) + 1);
	if (module->is_known && module->is_quiet && is_settled(&module->stamp, m->read_time)) {
		record.stamp = module->stamp;
		record.needs = (uint32_t)(m->needs.size / sizeof(uint32_t));
		record.needs_count = facts->needs_count;
		record.provides = (uint32_t)(m->provides.size / sizeof(uint32_t));
		record.provides_count = facts->provides_count;
		record.texts = (uint32_t)m->texts.size;
		record.texts_size = facts->texts_size;
		add_needs(m, facts);
		add_provides(m, facts);
		strbuf_add(&m->texts, facts->texts, facts->texts_size);
	}
	strbuf_add(&m->records, &record, sizeof(record));
}

static void add_names(struct making *m)
{
	for (uint32_t i = 0; i < m->used_count; i++) {
		const struct name *const name = &m->symbols->names[m->used[i]];

		strbuf_add(&m->lengths, &name->length, sizeof(name->length));
		strbuf_add(&m->names, name->text, (size_t)name->length + 1);
	}
}

/* Puts @parts, of which some may have failed, behind each other. */
static int join(struct strbuf *to, const struct strbuf *const *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (parts[i]->failed)
			return -ENOMEM;
		strbuf_add(to, parts[i]->data, parts[i]->size);
		if (to->size > CACHE_SIZE_MAX)
			return -EFBIG;
	}
	return to->failed ? -ENOMEM : 0;
}

static int assemble(struct making *m, struct strbuf *file)
{
	const struct strbuf *const head[] = { &m->records, &m->paths };
	const struct strbuf *const body[] = {
		&m->needs, &m->provides, &m->lengths, &m->names, &m->texts,
	};
	struct cache_header *const header = &m->header;
	size_t head_size;
	int r;

	strbuf_add(file, header, sizeof(*header));
	r = join(file, head, sizeof(head) / sizeof(head[0]));
	if (r < 0)
		return r;
	while (file->size % 8 != 0 && !file->failed)
		strbuf_add_char(file, '\0');
	head_size = file->size;
	r = join(file, body, sizeof(body) / sizeof(body[0]));
	if (r < 0)
		return r;
	header->paths_size = (uint32_t)m->paths.size;
	header->needs_count = (uint32_t)(m->needs.size / sizeof(uint32_t));
	header->provides_count = (uint32_t)(m->provides.size / sizeof(uint32_t));
	header->symbols_count = m->used_count;
	header->names_size = (uint32_t)m->names.size;
	header->texts_size = (uint32_t)m->texts.size;
	header->body_size = file->size - head_size;
	header->body_checksum = cache_checksum(file->data + head_size, file->size - head_size);
	memcpy(file->data, header, sizeof(*header));
	header->head_checksum = cache_checksum(file->data + CACHE_CHECKED,
					       head_size - CACHE_CHECKED);
	memcpy(file->data, header, sizeof(*header));
	return 0;
}

int cache_make(const struct modules *modules, const struct names *symbols,
	       const struct cache_subject *subject,
	       const struct cache_output outputs[OUTPUTS_COUNT], uint32_t flags, char **ret_data,
	       size_t *ret_size)
{
	_cleanup_(making_done) struct making m = {
		.symbols = symbols,
		.read_time = subject->read_time,
		.numbers = calloc((size_t)symbols->count + 1, sizeof(*m.numbers)),
		.used = calloc((size_t)symbols->count + 1, sizeof(*m.used)),
		.header = {
			.magic = CACHE_MAGIC,
			.program = cache_program(),
			.modules_count = modules->count,
			.flags = flags,
			.symbol_prefix = (unsigned char)subject->symbol_prefix,
			.builtin = settled(&subject->builtin, subject->read_time),
			.builtin_modinfo = settled(&subject->builtin_modinfo, subject->read_time),
		},
	};
	_cleanup_(strbuf_done) struct strbuf file = { 0 };
	int r;

	if (!m.numbers || !m.used)
		return -ENOMEM;
	memcpy(m.header.outputs, outputs, sizeof(m.header.outputs));
	for (uint32_t i = 0; i < modules->count; i++)
		add_module(&m, &modules->modules[i]);
	add_names(&m);
	r = assemble(&m, &file);
	if (r < 0)
		return r;
	*ret_size = file.size;
	*ret_data = move_ptr(file.data);
	return 0;
}
