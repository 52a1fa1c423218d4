/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/roots/root_standing.h"

#include "base/attr.h"

#include <string.h>

static const char *const names[ROOT_STANDINGS] = {
	[ROOT_HELD] = "held",		[ROOT_MISSING] = "missing",
	[ROOT_MISPLACED] = "misplaced", [ROOT_DISTRUSTED] = "distrusted",
	[ROOT_EXPIRED] = "expired",	[ROOT_UNCONFIRMED] = "unconfirmed",
	[ROOT_UNKNOWN] = "unknown",
};
static const char letters[] = "hmpdeu?"; /* in the order of enum root_standing */

static const char *const places[ROOT_PLACES] = {
	[PLACE_ROOT] = "Root", [PLACE_CA] = "CA", [PLACE_DISALLOWED] = "Disallowed"};

const char *root_standing_name(enum root_standing s)
{
	return names[s];
}

bool root_standing_parse(const char *name, enum root_standing *out)
{
	for (int i = 0; i < ROOT_STANDINGS; i++) {
		if (strcmp(names[i], name) == 0) {
			*out = (enum root_standing)i;
			return true;
		}
	}
	return false;
}

const char *root_place_name(enum root_place p)
{
	return places[p];
}

bool root_place_parse(const char *name, enum root_place *out)
{
	for (int i = 0; i < ROOT_PLACES; i++) {
		if (strcmp(places[i], name) == 0) {
			*out = (enum root_place)i;
			return true;
		}
	}
	return false;
}

enum root_standing root_standing_of(enum root_place wanted, bool has_digest, unsigned lies_in)
{
	if (!has_digest)
		return ROOT_UNCONFIRMED;
	if (lies_in & PLACE_BIT(PLACE_DISALLOWED))
		return ROOT_DISTRUSTED;
	if (lies_in & PLACE_BIT(wanted))
		return ROOT_HELD;
	return lies_in ? ROOT_MISPLACED : ROOT_MISSING;
}

char root_standing_letter(enum root_standing s)
{
	return letters[s];
}

enum root_standing root_standing_from(char letter)
{
	const char *at = letter ? strchr(letters, letter) : NULL;

	return at ? (enum root_standing)(at - letters) : ROOT_MISSING;
}

bool root_standing_lacks(enum root_standing s)
{
	return s == ROOT_MISSING || s == ROOT_MISPLACED;
}
