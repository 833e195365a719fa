/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged signatures: the kernel gets them as they are, what is said of the module stays.
 */
#include <string.h>

#include "damage.h"
#include "fields.h"
#include "harness/preload.h"
#include "harness/session.h"
#include "harness/signatures.h"
#include "harness/suite.h"
#include "harness/world.h"
#include "load.h"
#include "modules.h"
#include "said.h"
#include "unit/elf-image.h"

static const char path[] = "/m.ko";
static const char sig_path[] = "/m.ko.sig";
static const char magic[] = "~Module signature appended~\n";

static struct fields fields_of_full(struct bytes file)
{
	const size_t message = signature_der().size;
	struct fields all = fields_of_der(bytes_cut(file, 0, message));
	const struct fields more = fields_of_trailer(file);

	for (size_t i = 0; i < more.count; i++)
		fields_add(&all, more.list[i]);
	return all;
}

static const struct subject {
	const char *name;
	bool appended; /* to the module, not beside it */
	struct bytes (*make)(void);
	struct fields (*fields)(struct bytes file);
} subjects[] = {
	{ "message", false, signature_der, fields_of_der },
	{ "message and trailer", false, signature_full, fields_of_full },
	{ "appended", true, signature_full, fields_of_full },
};

struct good {
	const struct subject *subject;
	struct bytes module;
	struct said said;
};

static bool is_complete(struct bytes sig)
{
	const size_t size = sizeof(magic) - 1;

	return sig.size >= size && memcmp(sig.data + sig.size - size, magic, size) == 0;
}

/* Whether @damage leaves a whole message, to which a trailer belongs. */
static bool may_be_message(const struct damage *damage)
{
	const struct bytes der = signature_der();
	const struct field *const field = damage->field;

	if (field == NULL)
		return bytes_equal(damage->file, der);
	return strcmp(field->name, FIELD_OUTER_LENGTH) != 0 || bytes_equal(damage->file, der);
}

/* The kernel gets module and file; and a trailer only where the log has no doubts. */
static const char *wrong_load(const struct damage *damage, const struct good *good)
{
	const struct load load = load_of(path, 0);
	const bool doubted = logged(LOG_WARNING, sig_path) > 0;
	const struct bytes sig = damage->file;
	struct bytes want = bytes_join(good->module, sig);

	if (doubted && is_complete(sig))
		return "it is complete, and doubted";
	if (!doubted && !is_complete(sig)) {
		if (!may_be_message(damage))
			return "it is not doubted";
		want = bytes_join(want, signature_trailer(sig.size));
	}
	return load_not_of(&load, want);
}

/* All but the signature is said of the module as ever. Of that, nothing or five lines. */
static const char *wrong_said(const struct said *said, const struct good *good)
{
	const char *line = said->signature;
	size_t lines = 0;

	for (int i = SAID_INFO + 1; i < SAID_LISTS; i++)
		if (said->results[i] != good->said.results[i])
			return format_text("the result of list %d is %d", i, said->results[i]);
	if (said->results[SAID_INFO] < 0)
		return format_text("there is no info: %d", said->results[SAID_INFO]);
	if (strcmp(said->text, good->said.text) != 0)
		return format_text("it is said to be: %s", said->text);
	while ((line = strstr(line, "=")) != NULL) {
		line++;
		lines++;
	}
	if (lines != 0 && lines != 5)
		return format_text("the signature is said to be: %s", said->signature);
	return said->unfounded;
}

static const char *use(const struct damage *damage, const void *data)
{
	const struct good *const good = data;
	const bool appended = good->subject->appended;
	struct bytes module = good->module;
	struct said said;
	const char *wrong;

	if (appended)
		module = bytes_join(module, damage->file);
	put(path, module);
	if (!appended)
		put(sig_path, damage->file);
	said = said_of(path, module, damage->file);
	wrong = wrong_said(&said, good);
	if (wrong == NULL && appended && !is_complete(damage->file) && *said.signature != '\0')
		wrong = format_text("without magic, it says: %s", said.signature);
	said_done(&said);
	if (wrong == NULL && !appended)
		wrong = wrong_load(damage, good);
	return wrong;
}

static struct good good_of(const struct subject *subject)
{
	struct good good = { .subject = subject, .module = module_to_damage(IMAGE_64BIT, 0) };
	struct bytes module = good.module;

	if (subject->appended)
		module = bytes_join(module, subject->make());
	else
		put(sig_path, subject->make());
	put(path, module);
	good.said = said_of(path, module, subject->make());
	ck_assert_int_gt(good.said.results[SAID_INFO], 5);
	ck_assert_ptr_nonnull(strstr(good.said.signature, "sig_id=PKCS#7"));
	ck_assert_ptr_null(wrong_said(&good.said, &good));
	return good;
}

START_TEST(cut)
{
	struct good good = good_of(&subjects[_i]);

	damage_cut(subjects[_i].make(), 1, use, &good);
	said_done(&good.said);
}
END_TEST

START_TEST(fields)
{
	struct good good = good_of(&subjects[_i]);
	const struct bytes sig = subjects[_i].make();
	const struct fields all = subjects[_i].fields(sig);

	damage_fields(sig, &all, NULL, use, &good);
	said_done(&good.said);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("damaged signature");

	preload_trap_first();
	for (int i = 0; i < ROWS(subjects); i++) {
		add_row(suite, format_text("cut, %s", subjects[i].name), cut, i);
		add_row(suite, format_text("fields, %s", subjects[i].name), fields, i);
	}
	return suite_run(argv, suite);
}
