/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a module file says that depmod wants to know.
 */
#ifndef TOOLS_DEPMOD_FACTS_H
#define TOOLS_DEPMOD_FACTS_H

#include <stdint.h>

/* Set in a needed symbol that may be missing; the rest is the number of its name. */
#define FACTS_WEAK 0x80000000U

/* The kinds of texts: the first character of each. */
#define FACTS_ALIAS 'a'
#define FACTS_SOFTDEP 's'
#define FACTS_WEAKDEP 'w'

/*
 * Symbols are numbers of names in a table that all modules share. The arrays are borrowed. All
 * zero: those of a module that says nothing.
 */
struct facts {
	const uint32_t *needs;
	const uint64_t *need_crcs; /* 0 when the module has no version for it; NULL: not known */
	const uint32_t *provides;
	const uint64_t *provide_crcs; /* NULL: not known */
	const char *texts; /* one after the other, each a kind, the value, a NUL; in file order */
	uint32_t needs_count, provides_count;
	uint32_t texts_size;
};

/* Moves *@text, from @facts->texts on, past one of @kind and gives its value; NULL: no more. */
const char *facts_next_text(const struct facts *facts, char kind, const char **text);

#endif
