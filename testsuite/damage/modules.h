/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules to be damaged: they have all that the library looks at.
 */
#ifndef DAMAGE_MODULES_H
#define DAMAGE_MODULES_H

#include "harness/bytes.h"

/*
 * A module of a kind of unit/elf-image.h. The names of its sections are in the first one, so that a
 * file that is cut still has some of the others, unless the kind has their table at the end. With
 * @gap bytes of code among them.
 */
struct bytes module_to_damage(int kind, size_t gap);

#endif
