/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Getting the trap in front of libc.
 */
#ifndef HARNESS_PRELOAD_H
#define HARNESS_PRELOAD_H

/*
 * Sets LD_PRELOAD to the trap, for the programs this one runs. Where this one is built with
 * a sanitizer, so are they: the sanitizer's library, which insists on being first, is
 * put before the trap.
 */
void preload_trap(void);

/*
 * To be called before all else: has the trap come before the sanitizer's library, which is told not
 * to insist. So allocations come by the trap, which lets them fail.
 */
void preload_trap_first(void);

/* Runs this program again with the trap in place, unless it is. Returns when it is. */
void require_trap(char **argv);

#endif
