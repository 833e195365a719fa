/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for tools/depmod/config.c. An input is a file of depmod.d.
 */
#include "tools/depmod/config.h"

#include <string.h>
#include <syslog.h>

#include "fuzz.h"
#include "scratch.h"
#include "tools/cli.h"

/* That each of @texts is one, and begins in the contents of the files where it is not @owned. */
static void check_texts(const struct texts *texts, const struct depmod_config *config, size_t size,
			bool owned)
{
	const char *const start = config->contents.texts[0];

	for (size_t i = 0; i < texts->count; i++) {
		const char *const text = texts->texts[i];

		if (owned)
			fuzz_assert(strlen(text) <= size);
		else if (strcmp(text, "updates") != 0)
			fuzz_assert(text >= start && text + strlen(text) <= start + size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cli cli = { .prog = "depmod", .threshold = LOG_INFO };
	char *const path = scratch_path("depmod.conf");
	const char *const paths[] = { path, NULL };
	struct depmod_config config = { 0 };

	scratch_put("depmod.conf", span_of(data, size));
	fuzz_assert(depmod_config_read(&cli, "6.1.0-1-amd64", paths, &config) == 0);
	fuzz_assert(config.contents.count == 1 && config.search.count > 0);
	check_texts(&config.search, &config, size, false);
	check_texts(&config.externals, &config, size, false);
	check_texts(&config.excluded, &config, size, false);
	check_texts(&config.overrides, &config, size, true);
	depmod_config_done(&config);
	free(path);
	return 0;
}
