/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Explains why the kernel did not take a module.
 *
 * The errno says little. An enforcing kernel answers EKEYREJECTED to an unsigned module, to a key
 * it does not have and to cryptography it does not know, and gives the reason in its log; it gives
 * the same answer and no reason when a signature does not match. Before Linux 5.4 the first two are
 * ENOKEY, with nothing in the log. Lockdown turns the first three into EPERM, and calls the module
 * unsigned in its log whatever was wrong. A signature that cannot be parsed is EBADMSG.
 *
 * Other processes may load modules at the same time and be refused too. What the log says therefore
 * counts only as far as it fits the signature that this module has.
 */
#include "tools/explain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/cleanup.h"
#include "libkmod/file.h"
#include "tools/cli.h"

#define WORDS_MAX 8

/* What the kernel's log says about one failure: the end of it, where it says why. */
struct kernel_words {
	const char *module;    /* the name to look for */
	unsigned int refusals; /* set of enum refusal */
	size_t count;
	char *texts[WORDS_MAX];
};

static void kernel_words_done(struct kernel_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->texts[i]);
	words->count = 0;
}

enum refusal explain_refusal(const char *text)
{
	static const struct {
		const char *words;
		enum refusal refusal;
	} reasons[] = {
		{ "module with unavailable key", REFUSED_KEY },
		{ "module with unsupported crypto", REFUSED_CRYPTO },
		{ "PKCS7: ", REFUSED_CRYPTO }, /* such as "Invalid module sig (has authattrs)" */
	};

	/* lockdown restricts other things too, such as some module parameters */
	if (strncmp(text, "Lockdown:", strlen("Lockdown:")) == 0)
		return strstr(text, "unsigned module") ? REFUSED_LOCKDOWN : 0;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strstr(text, reasons[i].words))
			return reasons[i].refusal;
	return 0;
}

/* Whether a record of the time of the failure is about it. */
static bool is_about(const char *text, const char *module)
{
	static const char *const beginnings[] = {
		"Loading of ",
		"failed to validate module",
		"BPF:",
		"Lockdown:",
		"PKCS7:",
	};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (strncmp(text, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return kmsg_names_module(text, module);
}

static void take_record(const struct kmsg_record *record, void *data)
{
	struct kernel_words *words = data;
	char *text;

	if (!is_about(record->text, words->module))
		return;
	words->refusals |= explain_refusal(record->text);
	text = strdup(record->text);
	if (!text)
		return;
	if (words->count == WORDS_MAX) {
		free(words->texts[0]);
		memmove(words->texts, words->texts + 1, --words->count * sizeof(words->texts[0]));
	}
	words->texts[words->count++] = text;
}

static bool is_forced(unsigned int flags)
{
	return flags & (KMOD_INSERT_FORCE_VERMAGIC | KMOD_INSERT_FORCE_MODVERSION);
}

enum explanation explain_decide(int error, unsigned int flags, const struct signature_facts *facts,
				unsigned int refusals, bool log_readable)
{
	const bool is_signed = facts->state != SIGNATURE_ABSENT;

	switch (-error) {
	case EKEYREJECTED:
	case ENOKEY:
		break;
	case EPERM:
		/* of the many reasons there are for this one, only the log tells */
		if (!(refusals & REFUSED_LOCKDOWN))
			return EXPLAIN_NOTHING;
		break;
	case EBADMSG:
	case ENOPKG:
		/* the kernel looks for these only in a signature, and for none in a forced load */
		return is_signed && !is_forced(flags) ? EXPLAIN_FORM : EXPLAIN_NOTHING;
	default:
		return EXPLAIN_NOTHING;
	}

	if (!is_signed)
		return EXPLAIN_UNSIGNED;
	if (is_forced(flags))
		return EXPLAIN_FORCED;
	if (error == -EPERM)
		return EXPLAIN_KEY_OR_FORM;
	if (error == -ENOKEY || (refusals & REFUSED_KEY))
		return EXPLAIN_KEY;
	if (refusals & REFUSED_CRYPTO)
		return EXPLAIN_FORM;
	return log_readable ? EXPLAIN_MISMATCH : EXPLAIN_UNKNOWN;
}

/* ---- The line -------------------------------------------------------------------------- */

static void put_signature(FILE *f, const char *path, const struct signature_facts *facts)
{
	if (facts->origin == SIGNATURE_DETACHED)
		(void)fputs(facts->path, f);
	else
		(void)fprintf(f, "the signature in %s", path);
}

static void put_unsigned(FILE *f, const char *path, const struct signature_facts *facts)
{
	(void)fprintf(f, "%s is not signed and this kernel only takes signed modules; ", path);
	if (facts->origin == SIGNATURE_DETACHED) {
		(void)fprintf(f,
			      "the signature file %s holds no signature that the kernel can find",
			      facts->path);
		return;
	}
	(void)fputs("no signature file found at ", f);
	for (size_t i = 0; facts->probed && facts->probed[i]; i++) {
		if (i > 0)
			(void)fputs(facts->probed[i + 1] ? ", " : " or ", f);
		(void)fputs(facts->probed[i], f);
	}
}

static void put_signer(FILE *f, const struct signature_facts *facts)
{
	if (facts->signer)
		(void)fprintf(f, ": signer '%s', key id ", facts->signer);
	else
		(void)fputs(": signer unknown, key id ", f);
	for (size_t i = 0; i < facts->key_id_size; i++)
		(void)fprintf(f, "%s%02X", i > 0 ? ":" : "", facts->key_id[i]);
	if (facts->key_id_size == 0)
		(void)fputs("unknown", f);
	if (facts->missing)
		(void)fprintf(f, " (%s)", facts->missing);
}

static void put_form(FILE *f, const struct signature_facts *facts)
{
	if (facts->state == SIGNATURE_DAMAGED)
		(void)fputs(": it is damaged", f);
	else if (facts->id_type && strcmp(facts->id_type, "PKCS#7") != 0)
		(void)fprintf(f, ": it is %s, not PKCS#7", facts->id_type);
	else if (facts->hash_algo)
		(void)fprintf(f, ": PKCS#7 with %s", facts->hash_algo);
}

static void put_line(FILE *f, enum explanation explanation, const char *path,
		     const struct signature_facts *facts)
{
	static const char *const sayings[] = {
		[EXPLAIN_FORCED] = "is of no use in a forced load, which changes the module, and "
				   "this kernel only takes signed modules; load it without forcing",
		[EXPLAIN_KEY] = "was made with a key that this kernel does not trust",
		[EXPLAIN_FORM] = "is not in a form this kernel can check",
		[EXPLAIN_KEY_OR_FORM] =
			"was made with a key that this kernel does not trust, or is "
			"not in a form it can check",
		[EXPLAIN_MISMATCH] = "does not match the module: one of the two was rebuilt or "
				     "damaged, or belongs to another module",
		[EXPLAIN_UNKNOWN] =
			"was made with a key that this kernel does not trust, or is not "
			"in a form it can check, or does not match the module; the "
			"kernel's log, which dmesg may show, says which",
	};

	if (explanation == EXPLAIN_UNSIGNED) {
		put_unsigned(f, path, facts);
		return;
	}
	put_signature(f, path, facts);
	(void)fprintf(f, " %s", sayings[explanation]);
	if (explanation == EXPLAIN_KEY || explanation == EXPLAIN_KEY_OR_FORM)
		put_signer(f, facts);
	if (explanation == EXPLAIN_FORM)
		put_form(f, facts);
}

char *explain_text(enum explanation explanation, const char *path,
		   const struct signature_facts *facts)
{
	char *line = NULL;
	size_t size;
	FILE *f;

	if (explanation == EXPLAIN_NOTHING)
		return NULL;
	f = open_memstream(&line, &size);
	if (!f)
		return NULL;
	put_line(f, explanation, path, facts);
	if (fclose(f) == 0)
		return line;
	free(line);
	return NULL;
}

/* ---- After a load ---------------------------------------------------------------------- */

void explain_insert(struct cli *cli, struct kmod_ctx *ctx, const struct kmod_module *mod,
		    unsigned int flags)
{
	_cleanup_(kmod_file_closep) struct kmod_file *file = NULL;
	const char *const path = kmod_module_get_path(mod);
	const int priority = kmod_get_log_priority(ctx);
	int r;

	/* at that threshold the library has said it already; a forced load takes no signature */
	if (!path || cli->verbose == 0 || cli_shows(cli, LOG_INFO) || is_forced(flags))
		return;
	/* It has been loaded: that it cannot be looked at any more is nobody's concern. */
	kmod_set_log_priority(ctx, -1);
	r = kmod_file_open(ctx, path, &file);
	kmod_set_log_priority(ctx, priority);
	if (r >= 0 && kmod_file_signature_size(file) > 0)
		cli_log_always(cli, LOG_INFO, "loaded '%s' with the signature '%s' (%zu bytes)",
			       kmod_file_path(file), kmod_file_signature_path(file),
			       kmod_file_signature_size(file));
}

/* ---- Both together --------------------------------------------------------------------- */

/* Whether @error may be about a signature, so that it is worth looking at the module again. */
static bool may_be_signature(int error, unsigned int refusals)
{
	static const struct signature_facts some = { .state = SIGNATURE_OPAQUE };

	return explain_decide(error, 0, &some, refusals, true) != EXPLAIN_NOTHING;
}

void explain_failed_insert(struct cli *cli, const struct failed_insert *failed)
{
	const char *path = kmod_module_get_path(failed->mod);
	_cleanup_(kernel_words_done) struct kernel_words words = {
		.module = kmod_module_get_name(failed->mod),
	};
	_cleanup_(signature_facts_done) struct signature_facts facts = { 0 };
	_cleanup_free_ char *line = NULL;
	bool log_readable;

	/* a module that is loaded already: no mystery in that */
	if (failed->error == -EEXIST || !path || !cli_shows(cli, LOG_ERR))
		return;

	log_readable = kmsg_read_since(&failed->start, take_record, &words) == 0;
	for (size_t i = 0; i < words.count; i++)
		cli_log(cli, LOG_ERR, "kernel: %s", words.texts[i]);

	if (!may_be_signature(failed->error, words.refusals) ||
	    signature_inspect(failed->ctx, path, &facts) < 0)
		return;
	line = explain_text(explain_decide(failed->error, failed->flags, &facts, words.refusals,
					   log_readable),
			    path, &facts);
	if (line)
		cli_log(cli, LOG_ERR, "%s", line);
}
