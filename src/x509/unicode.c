/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/string.h"

#include "base/attr.h"

/*
 * Case folding by ranges. step 1: every letter of the range moves by delta; step 2: capital and small alternate, and
 * capitals are those at an even distance from the first.
 */
struct fold_range {
	uint32_t first, last;
	int32_t delta;
	int step;
};

static const struct fold_range ranges[] = {
	{0x00c0, 0x00d6, 32, 1},   {0x00d8, 0x00de, 32, 1}, {0x0100, 0x012f, 1, 2},
	{0x0132, 0x0137, 1, 2},	   {0x0139, 0x0148, 1, 2},  {0x014a, 0x0177, 1, 2},
	{0x0178, 0x0178, -121, 1}, {0x0179, 0x017e, 1, 2},  {0x017f, 0x017f, -268, 1},
	{0x01cd, 0x01dc, 1, 2},	   {0x01de, 0x01ef, 1, 2},  {0x01f8, 0x021f, 1, 2},
	{0x0222, 0x0233, 1, 2},	   {0x0386, 0x0386, 38, 1}, {0x0388, 0x038a, 37, 1},
	{0x038c, 0x038c, 64, 1},   {0x038e, 0x038f, 63, 1}, {0x0391, 0x03a1, 32, 1},
	{0x03a3, 0x03ab, 32, 1},   {0x03c2, 0x03c2, 1, 1},  {0x0400, 0x040f, 80, 1},
	{0x0410, 0x042f, 32, 1},   {0x0460, 0x0481, 1, 2},  {0x048a, 0x04bf, 1, 2},
	{0x04c1, 0x04ce, 1, 2},	   {0x04d0, 0x052f, 1, 2},  {0x0531, 0x0556, 48, 1},
	{0x1e00, 0x1e95, 1, 2},	   {0x1ea0, 0x1eff, 1, 2},  {0x2160, 0x216f, 16, 1},
	{0x24b6, 0x24cf, 26, 1},   {0xff21, 0xff3a, 32, 1}, {0x10400, 0x10427, 40, 1},
};

uint32_t unicode_fold(uint32_t cp)
{
	if (cp < 0x80)
		return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
	for (size_t i = 0; i < ARRAY_LEN(ranges) && cp >= ranges[i].first; i++) {
		const struct fold_range *r = &ranges[i];
		if (cp > r->last || (r->step == 2 && (cp - r->first) % 2 != 0))
			continue;
		return (uint32_t)((int32_t)cp + r->delta);
	}
	return cp;
}

bool unicode_is_space(uint32_t cp)
{
	if (cp == ' ' || (cp >= 0x09 && cp <= 0x0d) || cp == 0x85 || cp == 0xa0)
		return true;
	return cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 || cp == 0x2029 ||
	       cp == 0x202f || cp == 0x205f || cp == 0x3000;
}
