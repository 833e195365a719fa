/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which kernel releases a line of depmod.d is for.
 */
#ifndef TOOLS_DEPMOD_RELEASE_PATTERN_H
#define TOOLS_DEPMOD_RELEASE_PATTERN_H

/*
 * Whether @pattern, "*" or an extended regular expression, matches @release. Returns 1 or 0, which
 * it is too when the expression is none; -E2BIG for one that regcomp(3) or regexec(3) could take any
 * time or memory for: too long, with repetitions of more than some thousand pieces in all, or with
 * back-references.
 */
int release_pattern_matches(const char *pattern, const char *release);

#endif
