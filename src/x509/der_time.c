/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/clock.h"
#include "x509/der.h"

/* Two digits at s[*at], which moves on. */
static bool two_digits(struct span s, size_t *at, int *out)
{
	if (*at + 2 > s.len)
		return false;
	const uint8_t *p = s.p + *at;
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return false;
	*out = 10 * (p[0] - '0') + (p[1] - '0');
	*at += 2;
	return true;
}

static bool read_year(struct span s, bool utc, size_t *at, int *out)
{
	int high, low;
	if (!two_digits(s, at, &high))
		return false;
	if (utc) {
		*out = high < 50 ? 2000 + high : 1900 + high; /* 4.1.2.5.1 */
		return true;
	}
	if (!two_digits(s, at, &low))
		return false;
	*out = 100 * high + low;
	return true;
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month == 2 && leap ? 29 : days[month - 1];
}

static bool civil_is_sound(const struct civil *c)
{
	return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	       c->day <= days_in_month(c->year, c->month) && c->hour <= 23 && c->minute <= 59 &&
	       c->second <= 59;
}

/* What stands behind the seconds: a fraction, then Z or an offset. */
static bool read_zone(struct span s, size_t *at, bool utc, int *offset_s, bool *odd)
{
	if (!utc && *at < s.len && (s.p[*at] == '.' || s.p[*at] == ',')) {
		size_t start = ++*at;
		while (*at < s.len && s.p[*at] >= '0' && s.p[*at] <= '9')
			++*at;
		if (*at == start)
			return false;
		*odd = true;
	}
	if (*at + 1 == s.len && s.p[*at] == 'Z')
		return true;
	*odd = true;
	if (*at == s.len)
		return !utc; /* local time without a place: taken as UTC */
	int sign = s.p[*at] == '+' ? 1 : s.p[*at] == '-' ? -1 : 0, hours, minutes;
	++*at;
	if (sign == 0 || !two_digits(s, at, &hours) || !two_digits(s, at, &minutes) ||
	    *at != s.len || hours > 23 || minutes > 59)
		return false;
	*offset_s = sign * (3600 * hours + 60 * minutes);
	return true;
}

bool der_time(struct der *d, int64_t *out, bool *odd_out)
{
	struct der_item item;
	if (!der_is(d, DER_UTC_TIME) && !der_is(d, DER_GENERALIZED_TIME))
		return false;
	if (!der_next(d, &item))
		return false;
	struct civil c = {0};
	struct span s = item.contents;
	bool utc = item.tag == DER_UTC_TIME, odd = false;
	size_t at = 0;
	int offset_s = 0;
	if (!read_year(s, utc, &at, &c.year) || !two_digits(s, &at, &c.month) ||
	    !two_digits(s, &at, &c.day) || !two_digits(s, &at, &c.hour) ||
	    !two_digits(s, &at, &c.minute))
		return false;
	if (!two_digits(s, &at, &c.second))
		odd = true;
	if (!civil_is_sound(&c) || !read_zone(s, &at, utc, &offset_s, &odd))
		return false;
	if (!utc && c.year < 2050)
		odd = true;
	*out = time_from_civil(&c) - offset_s;
	*odd_out = odd;
	return true;
}
