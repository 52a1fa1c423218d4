/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the trust directory of an agent is worth against the catalogue. Pure: knows no database and no clock.
 *
 * held         in the store that the catalogue names
 * missing      nowhere
 * misplaced    in another store alone
 * distrusted   in Disallowed, wherever else it is
 * expired      held, but its time is over; not kept, since it moves with the clock
 * unconfirmed  the entry has no SHA-256: nobody can say
 * unknown      the agent has sent no inventory
 */
enum root_standing {
	ROOT_HELD,
	ROOT_MISSING,
	ROOT_MISPLACED,
	ROOT_DISTRUSTED,
	ROOT_EXPIRED,
	ROOT_UNCONFIRMED,
	ROOT_UNKNOWN,
	ROOT_STANDINGS
};
const char *root_standing_name(enum root_standing s);
bool root_standing_parse(const char *name, enum root_standing *out);

/* Stores of a trust directory; as bits where a certificate lies in several. */
enum root_place { PLACE_ROOT, PLACE_CA, PLACE_DISALLOWED, ROOT_PLACES };
const char *root_place_name(enum root_place p); /* "Root" */
bool root_place_parse(const char *name, enum root_place *out);
#define PLACE_BIT(p) (1u << (p))

/* Of an entry for this store, given where its certificate lies (PLACE_BIT(), 0: nowhere). */
enum root_standing root_standing_of(enum root_place wanted, bool has_digest, unsigned lies_in);

/* As it is kept, one character an entry; anything else counts as missing. */
char root_standing_letter(enum root_standing s);
enum root_standing root_standing_from(char letter);
/* Whether a deployment helps. */
bool root_standing_lacks(enum root_standing s);
