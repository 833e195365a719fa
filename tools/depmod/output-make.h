/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How each of the files is made: for output.c only.
 */
#ifndef TOOLS_DEPMOD_OUTPUT_MAKE_H
#define TOOLS_DEPMOD_OUTPUT_MAKE_H

#include "libkmod/base/strbuf.h"
#include "tools/depmod/output.h"

/* The lines of modules.dep, which are the values of modules.dep.bin as well. */
struct dep_lines {
	struct strbuf text; /* each ended by a NUL, in the order of the modules */
	size_t *starts;	    /* in it, by module */
};

/* Returns 0; -ENOMEM; -EFBIG when that is more than an index can hold. */
int dep_lines_make(const struct output_sources *sources, struct dep_lines *ret);
void dep_lines_done(struct dep_lines *lines);

/*
 * Each makes one file. Returns 0, with its data and size in @output; a negative errno. Whatever is
 * to be said goes to its messages.
 */
typedef int (*output_make_fn)(const struct output_sources *sources, const struct dep_lines *lines,
			      struct output_file *output);

int output_make_dep(const struct output_sources *, const struct dep_lines *, struct output_file *);
int output_make_alias(const struct output_sources *, const struct dep_lines *, struct output_file *);
int output_make_softdep(const struct output_sources *, const struct dep_lines *, struct output_file *);
int output_make_weakdep(const struct output_sources *, const struct dep_lines *, struct output_file *);
int output_make_symbols(const struct output_sources *, const struct dep_lines *, struct output_file *);
int output_make_devname(const struct output_sources *, const struct dep_lines *, struct output_file *);

int output_make_dep_bin(const struct output_sources *, const struct dep_lines *, struct output_file *);
int output_make_alias_bin(const struct output_sources *, const struct dep_lines *,
			  struct output_file *);
int output_make_symbols_bin(const struct output_sources *, const struct dep_lines *,
			    struct output_file *);
int output_make_builtin_bin(const struct output_sources *, const struct dep_lines *,
			    struct output_file *);
int output_make_builtin_alias_bin(const struct output_sources *, const struct dep_lines *,
				  struct output_file *);

#endif
