/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/clock.h"

#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400
#define TEXT_MIN_S (-62167219200LL) /* 0000-01-01T00:00:00Z */
#define TEXT_MAX_S 253402300799LL   /* 9999-12-31T23:59:59Z */

static int64_t now_ns(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t); /* cannot fail for these clocks */
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t); /* cannot fail */
	return t.tv_sec;
}

int64_t clock_now_ms(void)
{
	return now_ns(CLOCK_REALTIME) / 1000000;
}

int64_t clock_mono_ms(void)
{
	return now_ns(CLOCK_MONOTONIC) / 1000000;
}

int64_t clock_mono_ns(void)
{
	return now_ns(CLOCK_MONOTONIC);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days since 1970-01-01 to and from the Gregorian calendar, years counted from March (Howard
 * Hinnant's method). */
static void civil_from_days(int64_t days, struct civil *out)
{
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	out->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	out->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	out->year = (int)(yoe + era * 400 + (out->month <= 2));
}

static int64_t days_from_civil(const struct civil *c)
{
	int64_t y = (int64_t)c->year - (c->month <= 2);
	int64_t era = floor_div(y, 400);
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (c->month + (c->month > 2 ? -3 : 9)) + 2) / 5 + c->day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

void time_to_civil(int64_t t_s, struct civil *out)
{
	int64_t days = floor_div(t_s, DAY_S);
	int rest = (int)(t_s - days * DAY_S);

	civil_from_days(days, out);
	out->hour = rest / 3600;
	out->minute = rest / 60 % 60;
	out->second = rest % 60;
}

int64_t time_from_civil(const struct civil *c)
{
	return days_from_civil(c) * DAY_S + c->hour * 3600 + c->minute * 60 + c->second;
}

/* A time that has no text of four year digits is shown as the nearest that has. */
void time_rfc3339(int64_t t_s, char out[static RFC3339_SIZE])
{
	struct civil c;
	char text[96];

	if (t_s < TEXT_MIN_S)
		t_s = TEXT_MIN_S;
	if (t_s > TEXT_MAX_S)
		t_s = TEXT_MAX_S;
	time_to_civil(t_s, &c);
	(void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day,
		       c.hour, c.minute, c.second); /* 20 characters after the clamp */
	text_copy(out, RFC3339_SIZE, text);
}

/* n digits at *s into *out; moves *s on. */
static bool take_digits(const char **s, int n, int min, int max, int *out)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (!ascii_is_digit((*s)[i]))
			return false;
		value = value * 10 + ((*s)[i] - '0');
	}
	*s += n;
	*out = value;
	return value >= min && value <= max;
}

static bool take_char(const char **s, char c)
{
	if (ascii_lower(**s) != c)
		return false;
	(*s)++;
	return true;
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* "Z", or +hh:mm and -hh:mm as RFC 3339 has it; in seconds to subtract. */
static bool take_offset(const char **s, int64_t *out)
{
	int hour, minute;
	char sign = **s;

	*out = 0;
	if (take_char(s, 'z'))
		return true;
	if (sign != '+' && sign != '-')
		return false;
	(*s)++;
	if (!take_digits(s, 2, 0, 23, &hour) || !take_char(s, ':') ||
	    !take_digits(s, 2, 0, 59, &minute))
		return false;
	*out = (hour * 3600 + minute * 60) * (sign == '-' ? -1 : 1);
	return true;
}

bool time_parse_rfc3339(const char *s, int64_t *out)
{
	struct civil c;
	int64_t offset;

	if (!take_digits(&s, 4, 0, 9999, &c.year) || !take_char(&s, '-') ||
	    !take_digits(&s, 2, 1, 12, &c.month) || !take_char(&s, '-') ||
	    !take_digits(&s, 2, 1, 31, &c.day) || !take_char(&s, 't') ||
	    !take_digits(&s, 2, 0, 23, &c.hour) || !take_char(&s, ':') ||
	    !take_digits(&s, 2, 0, 59, &c.minute) || !take_char(&s, ':') ||
	    !take_digits(&s, 2, 0, 60, &c.second))
		return false;
	if (c.day > days_in_month(c.year, c.month))
		return false;
	if (*s == '.') {
		s++;
		if (!ascii_is_digit(*s))
			return false;
		while (ascii_is_digit(*s))
			s++;
	}
	if (!take_offset(&s, &offset) || *s != '\0')
		return false;
	*out = time_from_civil(&c) - offset;
	return true;
}
