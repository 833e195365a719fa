/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Matching a name with a pattern that comes a piece at a time.
 */
#include "libkmod/format/glob.h"

#include <fnmatch.h>

static void set_bit(uint64_t bits[static GLOB_WORDS], size_t bit)
{
	bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

static bool is_simple(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)name[i] >= 128)
			return false;
	return length < GLOB_BITS;
}

void glob_init(struct glob *glob, const char *name)
{
	glob->name = name;
	glob->length = strlen(name);
	glob->simple = is_simple(name, glob->length);
	if (!glob->simple)
		return;
	memset(glob->places, 0, sizeof(glob->places));
	for (size_t i = 0; i < glob->length; i++)
		set_bit(glob->places[(unsigned char)name[i]], i);
}

struct glob_state glob_start(const struct glob *glob, const char *rest)
{
	struct glob_state state = { .opaque = !glob->simple };

	if (glob->simple)
		set_bit(state.at, (size_t)(rest - glob->name));
	return state;
}

/* One character of the name, of those in @places, is used up. */
static void step(struct glob_state *state, const uint64_t places[static GLOB_WORDS])
{
	uint64_t carry = 0;

	for (size_t i = 0; i < GLOB_WORDS; i++) {
		const uint64_t found = state->at[i] & places[i];

		state->at[i] = found << 1 | carry;
		carry = found >> 63;
	}
}

/* Any number of characters is used up. */
static void skip(struct glob_state *state)
{
	bool from_here = false;

	for (size_t i = 0; i < GLOB_WORDS; i++) {
		const uint64_t bits = state->at[i];

		/* the lowest bit, and all above it */
		state->at[i] = from_here ? UINT64_MAX : bits | (0 - bits);
		from_here = from_here || bits != 0;
	}
}

bool glob_advance(const struct glob *glob, struct glob_state *state, struct span piece)
{
	static const uint64_t everywhere[GLOB_WORDS] = { UINT64_MAX, UINT64_MAX, UINT64_MAX,
							 UINT64_MAX };
	static const uint64_t nowhere[GLOB_WORDS] = { 0 };
	uint64_t left = 0;

	if (state->opaque)
		return true;
	for (size_t i = 0; i < piece.size; i++) {
		switch (piece.data[i]) {
		case '*':
			skip(state);
			break;
		case '?':
			step(state, everywhere);
			break;
		case '[':
		case '\\':
			state->opaque = true;
			return true;
		default:
			step(state, piece.data[i] < 128 ? glob->places[piece.data[i]] : nowhere);
		}
	}
	/* Positions past the end of the name have come from '*' or '?', and lead nowhere. */
	for (size_t i = 0; i < GLOB_WORDS; i++) {
		const size_t first = i * 64;

		if (first + 63 > glob->length)
			state->at[i] &= first > glob->length ?
						0 :
						UINT64_MAX >> (63 - (glob->length - first));
		left |= state->at[i];
	}
	return left != 0;
}

uint64_t glob_cost(const struct glob *glob, const struct glob_state *state, size_t size,
		   const char *rest)
{
	return state->opaque ? (uint64_t)size * (glob->length - (size_t)(rest - glob->name)) : 0;
}

bool glob_matches(const struct glob *glob, const struct glob_state *state, const char *pattern,
		  const char *rest)
{
	if (state->opaque)
		return fnmatch(pattern, rest, 0) == 0;
	return state->at[glob->length / 64] >> glob->length % 64 & 1;
}
