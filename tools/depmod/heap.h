/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory in large pages.
 */
#ifndef TOOLS_DEPMOD_HEAP_H
#define TOOLS_DEPMOD_HEAP_H

/*
 * Has malloc() take memory from the system in one piece, of large pages if the system has them, and
 * keep it. To be called early, by the only thread.
 *
 * depmod takes some 20 MB in small pieces and ends a moment later. In pages of 4 KiB that is 5,000
 * page faults, and in a virtual machine these can take longer than all that the memory is used for.
 */
void heap_prepare(void);

#endif
