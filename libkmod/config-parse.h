/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One line of configuration -> one entry.
 *
 * All of this works in place, on text that the caller owns and may change: what comes out are
 * strings inside that text. Nothing is allocated, nothing is limited in length, and the time is
 * in the order of the size of the text.
 */
#ifndef KMOD_CONFIG_PARSE_H
#define KMOD_CONFIG_PARSE_H

#include <stdbool.h>
#include <stddef.h>

/* ---- Lines and words, which are the same in modprobe.d and depmod.d ------------------------ */

/* A text that is being taken apart. */
struct config_lines {
	char *next;
	char *end;
	unsigned int number; /* of the last physical line of the logical line given last, from 1 */
};

/*
 * The lines of the @size bytes at @text. The byte after them belongs to the text as well: it
 * becomes the NUL of a last line that does not end in a newline.
 */
struct config_lines config_lines_of(char *text, size_t size);

/*
 * Gives the next logical line in *@ret_line, without its newline. A backslash and a newline are
 * dropped, which joins two lines; of a backslash and another character, or the end of the text,
 * the backslash is dropped. What follows a NUL in a line is lost. Returns false after the last
 * line.
 */
bool config_lines_next(struct config_lines *lines, char **ret_line);

/*
 * The next word of *@rest; NULL when there is none. Spaces and tabs separate words. *@rest moves
 * past the word and one separator, so it keeps all further ones.
 */
char *config_word_next(char **rest);

/* Makes blanks of the tabs in @options, which is how options are kept. */
void config_options_normalize(char *options);

/* ---- Entries of modprobe.d --------------------------------------------------------------- */

enum config_kind {
	CONFIG_ALIAS,
	CONFIG_BLACKLIST,
	CONFIG_INSTALL,
	CONFIG_OPTIONS,
	CONFIG_REMOVE,
	CONFIG_SOFTDEP,
	CONFIG_WEAKDEP,
};

#define CONFIG_KINDS (CONFIG_WEAKDEP + 1)

/* What one line says. The strings are in the text that the line was in. */
struct config_entry {
	enum config_kind kind;
	const char *name; /* of a module or alias, normalized; may be a pattern */
	/*
	 * The module an alias stands for, normalized; a command, as it is; options, with blanks
	 * for tabs; NULL for a blacklist entry; the words of a softdep or weakdep, each with its
	 * NUL, for config_dep_next().
	 */
	const char *value;
	size_t value_size; /* without the last NUL */
};

/*
 * Parses the logical line @line, in place. *@ret_word is the line's first word, the command,
 * whenever it has one. Returns
 *  - 1 with an entry in *@ret_entry;
 *  - 0 when the line is empty or a comment;
 *  - -ENOTSUP for a command that is no longer supported;
 *  - -EBADMSG when the command is unknown, misses an argument or has an invalid name.
 */
int config_parse_line(char *line, struct config_entry *ret_entry, const char **ret_word);

/* ---- Softdeps and weakdeps --------------------------------------------------------------- */

enum config_dep_list {
	CONFIG_DEP_NONE, /* before the first "pre:" or "post:" */
	CONFIG_DEP_PRE,
	CONFIG_DEP_POST,
	CONFIG_DEP_WEAK,
};

struct config_dep {
	const char *name; /* as written: neither normalized nor looked up */
	enum config_dep_list list;
};

/*
 * Goes from *@dep to the next dependency that @entry, a softdep or weakdep, lists, in the order
 * of the line; from { 0 } to the first one. Returns false after the last one.
 */
bool config_dep_next(const struct config_entry *entry, struct config_dep *dep);

#endif
