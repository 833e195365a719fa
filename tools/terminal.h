/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standard output on a terminal, which takes some of what is in modules for orders.
 */
#ifndef TOOLS_TERMINAL_H
#define TOOLS_TERMINAL_H

/*
 * Where standard output is a terminal, makes stdout a stream that shows control characters, as
 * printable_text() does, instead of writing them; but for newlines, tabs, and NULs, which end
 * records. What goes to files and pipes stays as it is. To be called before anything is written.
 * Returns 0; -ENOMEM, and nothing is to be written.
 */
int terminal_guard(void);

#endif
