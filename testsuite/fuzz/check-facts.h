/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has to be true of the facts of a module, wherever they are from.
 */
#ifndef FUZZ_CHECK_FACTS_H
#define FUZZ_CHECK_FACTS_H

struct facts;
struct names;

/* That numbers are those of names, and that the texts come one behind the other, to their end. */
void check_facts(const struct facts *facts, const struct names *names);

#endif
