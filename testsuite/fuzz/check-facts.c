/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has to be true of the facts of a module, wherever they are from.
 */
#include "check-facts.h"

#include "fuzz.h"
#include "libkmod/base/names.h"
#include "tools/depmod/facts.h"

static void check_texts(const struct facts *facts, char kind)
{
	for (const char *next = facts->texts; next && facts_next_text(facts, kind, &next);)
		fuzz_assert(next <= facts->texts + facts->texts_size);
}

void check_facts(const struct facts *facts, const struct names *names)
{
	for (uint32_t i = 0; i < facts->needs_count; i++)
		fuzz_assert((facts->needs[i] & ~FACTS_WEAK) < names->count);
	for (uint32_t i = 0; i < facts->provides_count; i++)
		fuzz_assert(facts->provides[i] < names->count);
	fuzz_assert(facts->texts_size == 0 || facts->texts[facts->texts_size - 1] == '\0');
	check_texts(facts, FACTS_ALIAS);
	check_texts(facts, FACTS_SOFTDEP);
}
