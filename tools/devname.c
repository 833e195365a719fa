/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of modules.devname: device nodes that load their module when they are opened.
 */
#include "tools/devname.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The number at the start of *@text, which moves behind it. */
static bool take_number(char **text, unsigned int *ret)
{
	unsigned long number;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	number = strtoul(*text, text, 10);
	if (errno != 0 || number > UINT_MAX)
		return false;
	*ret = (unsigned int)number;
	return true;
}

bool devname_parse(char *line, struct devname_node *ret)
{
	static const char blanks[] = " \t\n\v\f\r";
	struct devname_node found = { 0 };
	char *save = NULL;
	char *numbers;

	found.module = strtok_r(line, blanks, &save);
	found.device = strtok_r(NULL, blanks, &save);
	numbers = strtok_r(NULL, blanks, &save);
	if (!numbers || (*numbers != 'c' && *numbers != 'b'))
		return false;
	found.type = *numbers++;
	if (!take_number(&numbers, &found.major) || *numbers++ != ':' ||
	    !take_number(&numbers, &found.minor))
		return false;
	*ret = found;
	return true;
}
