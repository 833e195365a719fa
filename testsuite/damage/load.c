/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads damaged modules, and sees what came of it.
 */
#include "load.h"

#include <string.h>

#include "harness/session.h"
#include "harness/world.h"

/* To forget costs more than to remember some. */
enum {
	REMEMBERED = 32
};

struct load load_of(const char *path, unsigned int flags)
{
	static size_t calls;
	struct load load = { .result = session_insert(path, flags, "") };

	/* A call of finit_module() may go before that of init_module(). */
	for (const char *call; *(call = call_text(calls)) != '\0'; calls++)
		if (strncmp(call, "init_module", 11) == 0)
			load.blob = call_blob(calls);
	if (calls > REMEMBERED) {
		forget_captured();
		calls = 0;
	}
	return load;
}

const char *load_not_refused(const struct load *load, int error)
{
	if (load->blob.size > 0)
		return format_text("%zu bytes reached the kernel", load->blob.size);
	if (load->result != error)
		return format_text("the result of a load is %d, not %d", load->result, error);
	return logged(LOG_ERR, "") > 0 ? NULL : "the log does not say why it is not loaded";
}

const char *load_not_of(const struct load *load, struct bytes want)
{
	const char *difference;

	if (load->result != 0)
		return format_text("the result of a load is %d", load->result);
	difference = bytes_difference(load->blob, want);
	return difference == NULL ? NULL :
				    format_text("the kernel was given other bytes: %s", difference);
}
