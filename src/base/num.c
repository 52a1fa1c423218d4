/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/num.h"

#include <string.h>

bool num_u64_n(const char *s, size_t len, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)(unsigned char)s[i] - '0';

		if (digit > 9 || value > (max - (digit < max ? digit : max)) / 10)
			return false;
		value = value * 10 + digit;
		if (value > max)
			return false;
	}
	*out = value;
	return true;
}

bool num_u64(const char *s, uint64_t max, uint64_t *out)
{
	return num_u64_n(s, strlen(s), max, out);
}

bool num_i64(const char *s, int64_t *out)
{
	bool negative = s[0] == '-';
	uint64_t value;

	if (!num_u64(negative ? s + 1 : s, (uint64_t)INT64_MAX + (negative ? 1 : 0), &value))
		return false;
	if (negative)
		*out = value == 0 ? 0 : -(int64_t)(value - 1) - 1;
	else
		*out = (int64_t)value;
	return true;
}

bool num_port(const char *s, uint16_t *out)
{
	uint64_t value;

	if (!num_u64(s, UINT16_MAX, &value))
		return false;
	*out = (uint16_t)value;
	return true;
}
