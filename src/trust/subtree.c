/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/subtree.h"

#include "base/text.h"

#include <string.h>

static struct span without_trailing_dot(struct span s)
{
	return s.len > 0 && s.p[s.len - 1] == '.' ? span_of(s.p, s.len - 1) : s;
}

static bool is_text(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= 0x20 || s.p[i] > 0x7e)
			return false;
	return true;
}

/* Host ends in base, at a label's border; itself says whether host equal to base counts. */
static bool host_is_within(struct span host, struct span base, bool itself)
{
	if (host.len == base.len)
		return itself && span_equal_nocase(host, base);
	if (host.len < base.len + 2 || host.p[host.len - base.len - 1] != '.')
		return false;
	return span_equal_nocase(span_of(host.p + host.len - base.len, base.len), base);
}

static bool is_wildcard(struct span s)
{
	return s.len > 2 && s.p[0] == '*' && s.p[1] == '.';
}

/* A wildcard stands also for the one name below its tail that the base may be. */
static bool wildcard_covers(struct span wildcard, struct span base)
{
	const uint8_t *dot = base.len == 0 ? NULL : memchr(base.p, '.', base.len);
	if (!is_wildcard(wildcard) || dot == NULL)
		return false;
	struct span tail = span_of(dot, base.len - (size_t)(dot - base.p));
	return span_equal_nocase(tail, span_of(wildcard.p + 1, wildcard.len - 1));
}

static enum subtree compare_dns(const struct name_constraint *c, struct span host)
{
	struct span base = without_trailing_dot(c->base.value);
	host = without_trailing_dot(host);
	if (host.len == 0 || host.p[0] == '.' || !is_text(host) || !is_text(base))
		return SUBTREE_ODD;
	if (base.len == 0)
		return SUBTREE_WITHIN;
	if (memchr(base.p, '*', base.len) != NULL)
		return SUBTREE_ODD;
	bool dotted = base.p[0] == '.';
	if (dotted)
		base = span_of(base.p + 1, base.len - 1);
	/* Not defined with a leading period: nobody is let in, and nobody out, that might be meant otherwise. */
	if (host_is_within(host, base, !dotted || c->excluded))
		return SUBTREE_WITHIN;
	return c->excluded && wildcard_covers(host, base) ? SUBTREE_WITHIN : SUBTREE_OUTSIDE;
}

/* The part behind the last '@', empty where there is none. */
static struct span mail_host(struct span mail)
{
	const uint8_t *at = mail.len == 0 ? NULL : memrchr(mail.p, '@', mail.len);
	if (at == NULL || at == mail.p)
		return span_of(mail.p, 0);
	return span_of(at + 1, mail.len - (size_t)(at + 1 - mail.p));
}

static bool mailbox_equal(struct span a, struct span b, bool excluded)
{
	struct span ha = mail_host(a), hb = mail_host(b);
	if (!span_equal_nocase(ha, hb) || a.len != b.len)
		return false;
	struct span la = span_of(a.p, a.len - ha.len), lb = span_of(b.p, b.len - hb.len);
	/* The local part is compared exactly, but case opens no door past an exclusion. */
	return excluded ? span_equal_nocase(la, lb) : span_equal(la, lb);
}

static enum subtree compare_email(const struct name_constraint *c, struct span mail)
{
	struct span base = c->base.value, host = mail_host(mail);
	if (host.len == 0 || !is_text(mail) || !is_text(base))
		return SUBTREE_ODD;
	if (base.len == 0)
		return SUBTREE_WITHIN;
	bool within;
	if (memchr(base.p, '@', base.len) != NULL)
		within = mailbox_equal(mail, base, c->excluded);
	else if (base.p[0] == '.')
		within = host_is_within(host, span_of(base.p + 1, base.len - 1), false);
	else
		within = span_equal_nocase(host, base);
	return within ? SUBTREE_WITHIN : SUBTREE_OUTSIDE;
}

/* The host of scheme "://" [user "@"] host [":" port] ...; false without one. */
static bool uri_host(struct span uri, struct span *out)
{
	const uint8_t *colon = uri.len == 0 ? NULL : memchr(uri.p, ':', uri.len);
	if (colon == NULL || colon == uri.p)
		return false;
	struct span rest = span_of(colon + 1, uri.len - (size_t)(colon + 1 - uri.p));
	if (rest.len < 3 || rest.p[0] != '/' || rest.p[1] != '/')
		return false;
	size_t start = 2, end = 2;
	while (end < rest.len && strchr("/?#\\", rest.p[end]) == NULL)
		end++;
	for (size_t i = start; i < end; i++)
		if (rest.p[i] == '@')
			start = i + 1;
	size_t stop = start;
	while (stop < end && rest.p[stop] != ':')
		stop++;
	*out = without_trailing_dot(span_of(rest.p + start, stop - start));
	return out->len > 0;
}

bool looks_like_host(struct span text)
{
	size_t label = 0, dots = 0;
	bool digits_only = true;
	if (text.len == 0 || text.len > 253)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char ch = (char)text.p[i];
		if (ch == '.') {
			if (label == 0 || text.p[i - 1] == '-')
				return false;
			label = 0;
			dots++;
			continue;
		}
		if (!ascii_is_alpha(ch) && !ascii_is_digit(ch) && ch != '_' &&
		    !(ch == '-' && label > 0) && !(ch == '*' && i == 0))
			return false;
		digits_only = digits_only && ascii_is_digit(ch);
		label++;
	}
	return dots > 0 && label > 0 && text.p[text.len - 1] != '-' && !digits_only;
}

static enum subtree compare_uri(const struct name_constraint *c, struct span uri)
{
	struct span base = c->base.value, host;
	/* 4.2.1.10: a URI without a host that is a name is refused wherever URIs are constrained. */
	if (!is_text(uri) || !is_text(base) || !uri_host(uri, &host) || !looks_like_host(host))
		return SUBTREE_ODD;
	if (base.len == 0)
		return SUBTREE_WITHIN;
	bool within = base.p[0] == '.'
			      ? host_is_within(host, span_of(base.p + 1, base.len - 1), false)
			      : span_equal_nocase(host, base);
	return within ? SUBTREE_WITHIN : SUBTREE_OUTSIDE;
}

static enum subtree compare_ip(const struct name_constraint *c, struct span address)
{
	struct span base = c->base.value;
	if ((address.len != 4 && address.len != 16) || (base.len != 8 && base.len != 32))
		return SUBTREE_ODD;
	if (base.len != 2 * address.len)
		return SUBTREE_OUTSIDE;
	const uint8_t *mask = base.p + address.len;
	for (size_t i = 0; i < address.len; i++)
		if (((address.p[i] ^ base.p[i]) & mask[i]) != 0)
			return SUBTREE_OUTSIDE;
	return SUBTREE_WITHIN;
}

enum subtree subtree_compare(const struct name_constraint *base, struct span value,
			     const struct name *directory)
{
	if (base->odd_distance)
		return SUBTREE_ODD;
	switch (base->base.kind) {
	case GN_DNS:
		return compare_dns(base, value);
	case GN_EMAIL:
		return compare_email(base, value);
	case GN_URI:
		return compare_uri(base, value);
	case GN_IP:
		return compare_ip(base, value);
	case GN_DIRECTORY:
		return name_is_within(directory, &base->base.directory) ? SUBTREE_WITHIN
									: SUBTREE_OUTSIDE;
	case GN_OTHER:
	case GN_X400:
	case GN_EDI:
	case GN_RID:
		break;
	}
	/* Forms whose constraints nobody defined: process or reject (4.2.1.10). */
	return SUBTREE_ODD;
}
