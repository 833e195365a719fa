/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged modules: what is said of them, and what reaches the kernel.
 */
#include <errno.h>
#include <string.h>

#include "damage.h"
#include "fields.h"
#include "harness/preload.h"
#include "harness/session.h"
#include "harness/signatures.h"
#include "harness/suite.h"
#include "harness/world.h"
#include "libkmod/libkmod.h"
#include "load.h"
#include "modules.h"
#include "said.h"
#include "unit/elf-image.h"

static const char path[] = "/m.ko";
static const char sig_path[] = "/m.ko.sig";
/* A name as of a compressed module, of which all is read at once; its signature is the same. */
static const char other_path[] = "/m.ko.gz";

/* Larger than what is read at once. */
enum {
	LARGE = 160 << 10
};

static const struct subject {
	const char *name;
	int kind;
	size_t gap;
	size_t step;	  /* of cuts; 0: it is not cut */
	bool has_ignored; /* fields that are ignored are damaged as well */
} subjects[] = {
	{ "64 bits", IMAGE_64BIT, 0, 8, true },
	{ "32 bits", 0, 0, 0, false },
	{ "64 bits, big-endian", IMAGE_64BIT | IMAGE_BIG_ENDIAN, 0, 0, false },
	{ "32 bits, big-endian", IMAGE_BIG_ENDIAN, 0, 13, true },
	{ "read in parts", IMAGE_64BIT, LARGE, 8191, false },
	{ "read in parts, table last", IMAGE_BIG_ENDIAN | IMAGE_TABLE_LAST, LARGE, 8191, false },
};

/* What is damaged, and what is said of it while it is good. */
struct good {
	const struct subject *subject;
	struct bytes module, sig;
	struct said said;
};

static const char *wrong_results(const struct said *said)
{
	for (int i = 0; i < SAID_LISTS; i++) {
		const int r = said->results[i];

		if (r < 0 && r != -EINVAL && r != -ENOEXEC && r != -ENODATA)
			return format_text("the result of list %d is %s", i, strerror(-r));
	}
	return said->unfounded;
}

/* What is wrong when @said is said of a module with this @damage. */
static const char *wrong_with(const struct said *said, const struct damage *damage,
			      const struct good *good)
{
	const char *const wrong = wrong_results(said);
	const char *besides;

	if (wrong != NULL)
		return wrong;
	/* The signature is beside the module, and good. */
	if (said->results[SAID_INFO] >= 0 && strcmp(said->signature, good->said.signature) != 0)
		return format_text("the signature is said to be: %s", said->signature);
	if (damage->field != NULL)
		return damage->field->ignored && strcmp(said->text, good->said.text) != 0 ?
			       format_text("this matters: %s", said->text) :
			       NULL;
	besides = said_besides(said, &good->said);
	return besides == NULL ? NULL :
				 format_text("of the good module this is not said: %s", besides);
}

/* However much is read at once, the same is said. */
static const char *wrong_with_parts(const struct said *said, struct bytes file, struct bytes sig)
{
	struct said whole;
	const char *wrong = NULL;

	put(other_path, file);
	whole = said_of(other_path, file, sig);
	if (memcmp(whole.results, said->results, sizeof(whole.results)) != 0 ||
	    strcmp(whole.text, said->text) != 0 || strcmp(whole.signature, said->signature) != 0)
		wrong = format_text("read as a whole, it is said to be: %s", whole.text);
	said_done(&whole);
	return wrong;
}

/*
 * By force, the kernel gets what there is, but for some bytes of a vermagic, which are zeroed, and
 * flags of sections, of which one is taken away.
 */
static const char *wrong_by_force(struct bytes file)
{
	const unsigned int flags = KMOD_INSERT_FORCE_VERMAGIC | KMOD_INSERT_FORCE_MODVERSION;
	const size_t longest = strlen("vermagic=1.2.3-test SMP ");
	struct load load;
	size_t zeroed = 0, changed = 0;

	/* Else it is the kernel that makes the changes. */
	(void)setenv("TRAP_KERNEL", "finit_module=ENOSYS", 1);
	load = load_of(path, flags);
	if (load.result < 0)
		return load.blob.size == 0 ? NULL : "what reaches the kernel is an error";
	if (load.blob.size != file.size)
		return format_text("by force, %zu bytes are loaded", load.blob.size);
	for (size_t i = 0; i < file.size; i++) {
		if (load.blob.data[i] == file.data[i])
			continue;
		if (load.blob.data[i] == 0 && file.data[i] >= ' ')
			zeroed++;
		else if (load.blob.data[i] == (file.data[i] & ~2))
			changed++;
		else
			return format_text("by force, byte %zu is another", i);
	}
	return zeroed <= longest && changed <= 3 ? NULL : "by force, much is changed";
}

static const char *wrong_load(struct bytes file, struct bytes sig)
{
	const struct load load = load_of(path, 0);

	if (file.size < 6)
		return load_not_refused(&load, -EINVAL);
	return load_not_of(&load, bytes_join(bytes_join(file, sig), signature_trailer(sig.size)));
}

static const char *use(const struct damage *damage, const void *data)
{
	const struct good *const good = data;
	const struct bytes file = damage->file;
	struct said said;
	const char *wrong;

	put(path, file);
	said = said_of(path, file, good->sig);
	wrong = wrong_with(&said, damage, good);
	if (wrong == NULL && good->subject->gap > 0)
		wrong = wrong_with_parts(&said, file, good->sig);
	said_done(&said);
	if (wrong == NULL && good->subject->gap == 0) {
		if (damage->field == NULL)
			wrong = wrong_load(file, good->sig);
		else if (!damage->field->ignored)
			wrong = wrong_by_force(file);
	}
	return wrong;
}

static struct good good_of(const struct subject *subject)
{
	struct good good = {
		.subject = subject,
		.module = module_to_damage(subject->kind, subject->gap),
		.sig = signature_der(),
	};

	put(path, good.module);
	put(sig_path, good.sig);
	good.said = said_of(path, good.module, good.sig);
	ck_assert_int_eq(good.said.results[SAID_INFO], 7 + (*good.said.signature ? 5 : 0));
	ck_assert_int_eq(good.said.results[SAID_VERSIONS], 2);
	ck_assert_int_eq(good.said.results[SAID_SYMBOLS], 2);
	ck_assert_int_eq(good.said.results[SAID_DEPENDENCIES], 3);
	ck_assert_ptr_nonnull(strstr(good.said.signature, "sig_id=PKCS#7"));
	ck_assert_ptr_null(good.said.unfounded);
	return good;
}

START_TEST(cut)
{
	struct good good = good_of(&subjects[_i]);

	damage_cut(good.module, subjects[_i].step, use, &good);
	said_done(&good.said);
}
END_TEST

START_TEST(fields)
{
	struct good good = good_of(&subjects[_i]);
	const struct fields all = fields_of_elf(good.module, subjects[_i].has_ignored);

	damage_fields(good.module, &all, NULL, use, &good);
	said_done(&good.said);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *const suite = suite_create("damaged module");

	preload_trap_first();
	for (int i = 0; i < ROWS(subjects); i++) {
		if (subjects[i].step > 0)
			add_row(suite, format_text("cut, %s", subjects[i].name), cut, i);
		add_row(suite, format_text("fields, %s", subjects[i].name), fields, i);
	}
	return suite_run(argv, suite);
}
