/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/cert_values.h"

#include "base/text.h"
#include "core/access/account_certificates.h"
#include "x509/upn.h"

#include <string.h>

static bool serial_normal(struct span digits, struct buf *out)
{
	size_t start = out->len;

	for (size_t i = 0; i < digits.len; i++) {
		char c = ascii_lower((char)digits.p[i]);

		if (c == ':' || c == ' ')
			continue;
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		if (c != '0' || out->len > start)
			buf_add_char(out, c);
	}
	if (out->len == start && digits.len > 0)
		buf_add_char(out, '0');
	return out->len > start && out->len - start <= 64;
}

static bool is_plain(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return s.len > 0 && s.len <= ACCOUNT_CERT_VALUE_MAX && text_is_utf8(s);
}

/* lower_from: the octet from which case does not count. */
static void add_lower(struct buf *out, struct span s, size_t lower_from)
{
	for (size_t i = 0; i < s.len; i++)
		buf_add_char(out, i >= lower_from ? ascii_lower((char)s.p[i]) : (char)s.p[i]);
}

static bool name_normal(bool email, struct span s, struct buf *out)
{
	const uint8_t *at = s.len ? memchr(s.p, '@', s.len) : NULL;
	size_t local = at ? (size_t)(at - s.p) : 0;

	if (!is_plain(s))
		return false;
	if (email &&
	    (local == 0 || local + 1 == s.len || memchr(at + 1, '@', s.len - local - 1) != NULL))
		return false;
	add_lower(out, s, email ? local : 0);
	return true;
}

bool cert_value_normal(const char *kind, const char *text, struct buf *out)
{
	if (strcmp(kind, "serial") == 0)
		return serial_normal(span_str(text), out);
	return name_normal(strcmp(kind, "email") == 0, span_str(text), out);
}

static bool serial_at(const struct cert *c, size_t i, struct buf *out)
{
	char hex[2 * 64 + 1] = "";

	if (i > 0)
		return false;
	if (c->serial.len <= 64)
		hex_lower(c->serial, hex);
	(void)serial_normal(span_str(hex), out); /* malformed: empty, equal to nothing */
	return true;
}

bool cert_value_at(const struct cert *c, const char *kind, size_t i, struct buf *out)
{
	bool email = strcmp(kind, "email") == 0;
	size_t seen = 0;

	if (strcmp(kind, "serial") == 0)
		return serial_at(c, i, out);
	for (size_t k = 0; k < c->san.n; k++) {
		const struct general_name *n = &c->san.items[k];
		struct span text = n->value;

		if (email ? n->kind != GN_EMAIL : !general_name_upn(n, &text))
			continue;
		if (seen++ == i) {
			size_t start = out->len;

			if (!name_normal(email, text, out))
				out->len = start;
			return true;
		}
	}
	return false;
}
