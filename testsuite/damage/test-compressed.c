/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged compressed modules: an error, or what was compressed, and never a part of it.
 *
 * Checksums of headers are made right after a field was damaged: that a wrong one is noticed, is
 * tested in testsuite/load.
 */
#include <errno.h>
#include <string.h>

#include "damage.h"
#include "fields.h"
#include "harness/compress.h"
#include "harness/preload.h"
#include "harness/session.h"
#include "harness/signatures.h"
#include "harness/suite.h"
#include "harness/world.h"
#include "load.h"
#include "modules.h"
#include "said.h"
#include "unit/elf-image.h"

/* The name tells nothing about the format. */
static const char path[] = "/m.ko";
static const char sig_path[] = "/m.ko.sig";

static struct bytes of_format(enum format format, struct bytes module)
{
	return compressed(format, module);
}

static struct bytes in_blocks(enum format format, struct bytes module)
{
	return xz_in_blocks(module, 4);
}

static struct bytes without_size(enum format format, struct bytes module)
{
	return zstd_without_size(module);
}

static const struct subject {
	const char *name;
	enum format format;
	struct bytes (*make)(enum format format, struct bytes module);
	struct fields (*fields)(struct bytes file);
	repair_fn repair;
} subjects[] = {
	{ "xz", XZ, of_format, fields_of_xz, repair_xz },
	{ "xz of two blocks", XZ, in_blocks, fields_of_xz, repair_xz },
	{ "gzip", GZIP, of_format, fields_of_gzip, repair_gzip },
	{ "zstd", ZSTD, of_format, fields_of_zstd, NULL },
	{ "zstd that does not tell its size", ZSTD, without_size, fields_of_zstd, NULL },
};

struct good {
	struct bytes module, sig, loaded;
	struct said said;
};

static const char *wrong_said(const struct said *said, int result, const struct good *good)
{
	for (int i = 0; i < SAID_LISTS; i++)
		if (said->results[i] != (result < 0 ? result : good->said.results[i]))
			return format_text("it is loaded with %d, and the result of list %d is %d",
					   result, i, said->results[i]);
	if (result == 0 && (strcmp(said->text, good->said.text) != 0 ||
			    strcmp(said->signature, good->said.signature) != 0))
		return format_text("it is said to be: %s%s", said->text, said->signature);
	return NULL;
}

static const char *use(const struct damage *damage, const void *data)
{
	const struct good *const good = data;
	struct said said;
	struct load load;
	const char *wrong;

	put(path, damage->file);
	load = load_of(path, 0);
	if (damage->field == NULL)
		wrong = load_not_refused(&load, -EINVAL);
	else if (load.result == -EINVAL || load.result == -EFBIG)
		wrong = load_not_refused(&load, load.result);
	else
		wrong = load_not_of(&load, good->loaded);
	if (wrong == NULL && load.result < 0 && logged(LOG_ERR, path) == 0)
		wrong = "no error names the file";
	/* To be unpacked four times more takes its time. */
	if (wrong != NULL || (damage->field == NULL && damage->file.size % 8 != 0))
		return wrong;
	said = said_of(path, good->module, good->sig);
	wrong = wrong_said(&said, load.result, good);
	said_done(&said);
	return wrong;
}

static struct good good_of(struct bytes file)
{
	struct good good = { .module = module_to_damage(IMAGE_64BIT, 0), .sig = signature_der() };
	struct load load;

	good.loaded = bytes_join(good.module, signature_full());
	put(path, file);
	put(sig_path, good.sig);
	good.said = said_of(path, good.module, good.sig);
	ck_assert_int_gt(good.said.results[SAID_INFO], 0);
	load = load_of(path, 0);
	ck_assert_ptr_null(load_not_of(&load, good.loaded));
	return good;
}

START_TEST(cut)
{
	const struct subject *const subject = &subjects[_i];
	struct bytes file;
	struct good good;

	if (formats[subject->format].lacking)
		SKIP("%s", formats[subject->format].lacking);
	file = subject->make(subject->format, module_to_damage(IMAGE_64BIT, 0));
	good = good_of(file);
	damage_cut(file, 4, use, &good);
	said_done(&good.said);
}
END_TEST

START_TEST(fields)
{
	const struct subject *const subject = &subjects[_i];
	struct fields all;
	struct bytes file;
	struct good good;

	if (formats[subject->format].lacking)
		SKIP("%s", formats[subject->format].lacking);
	file = subject->make(subject->format, module_to_damage(IMAGE_64BIT, 0));
	good = good_of(file);
	all = subject->fields(file);
	damage_fields(file, &all, subject->repair, use, &good);
	said_done(&good.said);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("damaged compressed module");

	preload_trap_first();
	for (int i = 0; i < ROWS(subjects); i++) {
		add_row(suite, format_text("cut, %s", subjects[i].name), cut, i);
		add_row(suite, format_text("fields, %s", subjects[i].name), fields, i);
	}
	return suite_run(argv, suite);
}
