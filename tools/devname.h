/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of modules.devname: device nodes that load their module when they are opened.
 */
#ifndef TOOLS_DEVNAME_H
#define TOOLS_DEVNAME_H

#include <stdbool.h>

struct devname_node {
	const char *module;
	const char *device; /* relative to /dev */
	char type;	    /* 'c' or 'b' */
	unsigned int major, minor;
};

/*
 * Takes @line apart, in place: the module, the device, then 'c' or 'b' and two numbers with a ':'
 * between them, all parts with white space between; what follows is ignored. Returns whether that
 * is what it holds; only then @ret is written to, and borrows from @line.
 */
bool devname_parse(char *line, struct devname_node *ret);

#endif
