/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a module file says that depmod wants to know.
 */
#include "tools/depmod/facts.h"

#include <string.h>

const char *facts_next_text(const struct facts *facts, char kind, const char **text)
{
	const char *end;

	if (facts->texts_size == 0)
		return NULL; /* where there may be no texts to count from */
	end = facts->texts + facts->texts_size;
	while (*text < end) {
		const char *const found = *text;

		*text = found + strlen(found) + 1;
		if (*found == kind)
			return found + 1;
	}
	return NULL;
}
