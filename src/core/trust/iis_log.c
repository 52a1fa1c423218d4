/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/iis_log.h"

#include "base/text.h"

#include <string.h>

#define STATUS_MAX 999		      /* as a status or substatus of a line of the log */
#define WIN32_MAX INT64_C(0xffffffff) /* as a Win32 status of it */

void iis_log_init(struct iis_log *l)
{
	memset(l, 0, sizeof(*l));
}

/* The next word of a line, which words separate by one blank or more; false at its end. */
static bool word_next(struct span *rest, struct span *out)
{
	size_t n = 0;

	while (rest->len > 0 && (*rest->p == ' ' || *rest->p == '\t'))
		*rest = span_of(rest->p + 1, rest->len - 1);
	while (n < rest->len && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	*out = span_of(rest->p, n);
	*rest = span_of(rest->p + n, rest->len - n);
	return n > 0;
}

static void fields_read(struct iis_log *l, struct span rest)
{
	const struct {
		const char *name;
		size_t *place;
	} known[] = {{"date", &l->date},
		     {"time", &l->time},
		     {"sc-status", &l->status},
		     {"sc-substatus", &l->substatus},
		     {"sc-win32-status", &l->win32},
		     {"c-ip", &l->client}};
	struct span word;

	l->field_lines++;
	l->n_columns = 0;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		*known[i].place = 0;
	while (word_next(&rest, &word)) {
		l->n_columns++;
		for (size_t i = 0; i < ARRAY_LEN(known); i++)
			if (*known[i].place == 0 &&
			    span_equal_nocase(word, span_str(known[i].name)))
				*known[i].place = l->n_columns;
	}
	if (l->n_columns > IIS_COLUMNS_MAX)
		l->n_columns = 0; /* no log of IIS: its lines have no columns that count */
}

static void directive(struct iis_log *l, struct span line)
{
	static const char fields[] = "#Fields:";
	size_t n = strlen(fields);

	if (line.len >= n && span_equal_nocase(span_of(line.p, n), span_str(fields)))
		fields_read(l, span_of(line.p + n, line.len - n));
}

/* A decimal number up to max; win32 status is also written as a negative number by some. */
static bool number(struct span s, int64_t max, int64_t *out)
{
	bool negative = s.len > 1 && s.p[0] == '-';
	int64_t n = 0;

	if (negative)
		s = span_of(s.p + 1, s.len - 1);
	if (s.len == 0 || s.len > 10)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		n = n * 10 + (s.p[i] - '0');
	}
	if (negative && (n == 0 || n > INT64_C(0x80000000) || max != WIN32_MAX))
		return false;
	*out = negative ? WIN32_MAX + 1 - n : n;
	return *out <= max;
}

struct entry {
	struct span date, time, client;
	int64_t status, substatus, win32;
};

static bool pattern_fits(struct span s, const char *pattern)
{
	if (s.len != strlen(pattern))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (pattern[i] == '0' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != pattern[i])
			return false;
	return true;
}

/* The columns of one line; false when it does not have them. */
static bool entry_read(const struct iis_log *l, struct span rest, struct entry *out)
{
	struct span words[IIS_COLUMNS_MAX];
	size_t n = 0;
	struct span word;

	*out = (struct entry){.substatus = -1, .win32 = -1};
	while (word_next(&rest, &word)) {
		if (n == l->n_columns)
			return false;
		words[n++] = word;
	}
	if (n != l->n_columns || !number(words[l->status - 1], STATUS_MAX, &out->status) ||
	    (l->substatus && !number(words[l->substatus - 1], STATUS_MAX, &out->substatus)) ||
	    (l->win32 && !number(words[l->win32 - 1], WIN32_MAX, &out->win32)))
		return false;
	if (l->date && l->time) {
		out->date = words[l->date - 1];
		out->time = words[l->time - 1];
		if (!pattern_fits(out->date, "0000-00-00") || !pattern_fits(out->time, "00:00:00"))
			return false;
	}
	if (l->client)
		out->client = words[l->client - 1];
	return true;
}

static void moment(const struct entry *x, char out[static IIS_TIME_SIZE])
{
	out[0] = '\0';
	if (x->date.len == 0)
		return;
	memcpy(out, x->date.p, 10);
	out[10] = ' ';
	memcpy(out + 11, x->time.p, 8);
	out[19] = '\0';
}

static void client_add(struct iis_refusal *r, struct span client)
{
	char text[IIS_ADDRESS_SIZE];
	size_t n = client.len < sizeof(text) - 1 ? client.len : sizeof(text) - 1;

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++) /* addresses, and nothing that a page could trip over */
		text[i] = client.p[i] > 0x20 && client.p[i] < 0x7f ? (char)client.p[i] : '?';
	text[n] = '\0';
	for (size_t i = 0; i < r->n_clients; i++)
		if (strcmp(r->clients[i], text) == 0)
			return;
	if (r->n_clients < IIS_CLIENTS_MAX)
		memcpy(r->clients[r->n_clients++], text, n + 1);
}

static struct iis_refusal *refusal_of(struct iis_log *l, const struct entry *x)
{
	for (size_t i = 0; i < l->n_refusals; i++) {
		struct iis_refusal *r = &l->refusals[i];

		if (r->status == x->status && r->substatus == x->substatus && r->win32 == x->win32)
			return r;
	}
	if (l->n_refusals == IIS_REFUSALS_MAX)
		return NULL;
	l->refusals[l->n_refusals] = (struct iis_refusal){.status = (int)x->status,
							  .substatus = (int)x->substatus,
							  .win32 = x->win32,
							  .passed_before = l->passed};
	return &l->refusals[l->n_refusals++];
}

/* 500 with ERROR_NOT_SUPPORTED: a certificate was wanted after a TLS 1.3 handshake. */
static bool is_refusal(const struct entry *x)
{
	return x->status == 403 || (x->status == 500 && x->win32 == 50);
}

static void count(struct iis_log *l, const struct entry *x)
{
	struct iis_refusal *r;
	char now[IIS_TIME_SIZE];

	moment(x, now);
	l->requests++;
	if (l->first[0] == '\0')
		memcpy(l->first, now, sizeof(now));
	memcpy(l->last, now, sizeof(now));
	if (x->status < 400) {
		l->passed++;
		memcpy(l->last_passed, now, sizeof(now));
	}
	if (!is_refusal(x))
		return;
	r = refusal_of(l, x);
	if (!r) {
		l->others++;
		return;
	}
	if (r->count++ == 0)
		memcpy(r->first, now, sizeof(now));
	memcpy(r->last, now, sizeof(now));
	client_add(r, x->client);
}

static void line_read(struct iis_log *l, struct span line)
{
	static const uint8_t bom[] = {0xef, 0xbb, 0xbf};
	struct entry x;

	l->lines++;
	if (line.len >= sizeof(bom) && memcmp(line.p, bom, sizeof(bom)) == 0)
		line = span_of(line.p + sizeof(bom), line.len - sizeof(bom));
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	if (line.len == 0)
		return;
	if (line.p[0] == '#')
		directive(l, line);
	else if (l->n_columns == 0 || l->status == 0)
		l->without_fields++;
	else if (memchr(line.p, '\0', line.len) || !entry_read(l, line, &x))
		l->malformed++;
	else
		count(l, &x);
}

static void line_end(struct iis_log *l)
{
	if (l->too_long) {
		l->lines++;
		l->malformed++;
	} else {
		line_read(l, span_of(l->line, l->line_len));
	}
	l->line_len = 0;
	l->too_long = false;
}

void iis_log_feed(struct iis_log *l, struct span piece)
{
	while (piece.len > 0) {
		const uint8_t *end = memchr(piece.p, '\n', piece.len);
		size_t n = end ? (size_t)(end - piece.p) : piece.len;

		if (end && l->line_len == 0 && !l->too_long && n <= IIS_LINE_MAX) {
			line_read(l, span_of(piece.p, n)); /* as it lies there */
		} else {
			if (n > IIS_LINE_MAX - l->line_len)
				l->too_long = true;
			else
				memcpy(l->line + l->line_len, piece.p, n);
			l->line_len += l->too_long ? 0 : n;
			if (end)
				line_end(l);
		}
		n += end != NULL;
		piece = span_of(piece.p + n, piece.len - n);
	}
}

void iis_log_end(struct iis_log *l)
{
	if (l->line_len == 0 && !l->too_long)
		return;
	l->truncated = true;
	line_end(l);
}
