/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/strict.h"

#include "base/num.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

/* tchar (RFC 9110 5.6.2) */
static bool is_token_char(uint8_t c)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	return ascii_is_digit((char)c) || ascii_is_alpha((char)c) ||
	       (c != 0 && strchr(others, c) != NULL);
}

size_t strict_token_len(struct span s)
{
	size_t n = 0;

	while (n < s.len && is_token_char(s.p[n]))
		n++;
	return n;
}

static bool is_known_method(struct span m)
{
	static const char *const known[] = {"GET",    "HEAD",  "POST",	 "PUT",
					    "DELETE", "PATCH", "OPTIONS"};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (span_equal(m, span_str(known[i])))
			return true;
	return false;
}

static bool check_version(struct strict *s, struct span v)
{
	if (v.len != 8 || memcmp(v.p, "HTTP/", 5) != 0 || !ascii_is_digit((char)v.p[5]) ||
	    v.p[6] != '.' || !ascii_is_digit((char)v.p[7]))
		return strict_refuse(s, 400, "no HTTP version");
	if (v.p[5] != '1')
		return strict_refuse(s, 505, "HTTP version not supported");
	s->http_1_0 = v.p[7] == '0';
	return true;
}

/* IPv6address between brackets; no zone, which means something to its sender alone. */
static bool is_ipv6(struct span a)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr ignored;

	if (a.len >= sizeof(text) || memchr(a.p, 0, a.len))
		return false;
	memcpy(text, a.p, a.len);
	text[a.len] = '\0';
	return inet_pton(AF_INET6, text, &ignored) == 1;
}

/* host [ ":" port ] of Host and of an absolute target (RFC 3986 3.2.2), without user information. */
static bool is_authority(struct span a)
{
	size_t n = 0;
	uint64_t port;

	if (a.len > 0 && a.p[0] == '[') {
		while (n < a.len && a.p[n] != ']')
			n++;
		if (n == a.len || !is_ipv6(span_of(a.p + 1, n - 1)))
			return false;
		n++;
	} else {
		while (n < a.len && (ascii_is_digit((char)a.p[n]) || ascii_is_alpha((char)a.p[n]) ||
				     a.p[n] == '-' || a.p[n] == '.' || a.p[n] == '_'))
			n++;
		if (n == 0 || n > 255)
			return false;
	}
	if (n == a.len)
		return true;
	if (a.p[n] != ':')
		return false;
	n++; /* an empty port is the scheme's (RFC 3986 3.2.3) */
	return n == a.len || num_u64_n((const char *)a.p + n, a.len - n, UINT16_MAX, &port);
}

/* Where the authority of an absolute target stands; empty: it is not absolute. */
static struct span target_authority(struct span t)
{
	size_t skip = 0, n = 0;

	if (t.len > 8 && span_equal_nocase(span_of(t.p, 8), span_str("https://")))
		skip = 8;
	else if (t.len > 7 && span_equal_nocase(span_of(t.p, 7), span_str("http://")))
		skip = 7;
	else
		return span_of(NULL, 0);
	while (skip + n < t.len && t.p[skip + n] != '/' && t.p[skip + n] != '?')
		n++;
	return span_of(t.p + skip, n);
}

static bool check_target(struct strict *s, struct span method, struct span t)
{
	if (t.len == 0)
		return strict_refuse(s, 400, "no request target");
	if (t.len > HTTP_TARGET_MAX)
		return strict_refuse(s, 414, "request target too long");
	/* of what RFC 3986 leaves out, browsers send ^ { | } as they are */
	for (size_t i = 0; i < t.len; i++)
		if (t.p[i] <= 0x20 || t.p[i] >= 0x7f || strchr("#\"<>\\`", t.p[i]))
			return strict_refuse(s, 400, "bad character in the request target");
	if (t.p[0] == '/')
		return true;
	if (t.len == 1 && t.p[0] == '*' && span_equal(method, span_str("OPTIONS")))
		return true;
	if (is_authority(target_authority(t)))
		return true;
	return strict_refuse(s, 400, "bad request target");
}

/* method SP request-target SP HTTP-version, one space each (RFC 9112 3). */
bool strict_request_line(struct strict *s, const uint8_t *head, struct span line)
{
	struct span method = span_of(line.p, strict_token_len(line)), target, version;
	const uint8_t *sp;

	if (method.len == 0 || method.len == line.len || line.p[method.len] != ' ')
		return strict_refuse(s, 400, "bad method");
	target = span_of(line.p + method.len + 1, line.len - method.len - 1);
	sp = memchr(target.p, ' ', target.len);
	if (!sp)
		return strict_refuse(s, target.len > HTTP_TARGET_MAX ? 414 : 400,
				     "no HTTP version");
	version = span_of(sp + 1, line.len - (size_t)(sp + 1 - line.p));
	target.len = (size_t)(sp - target.p);
	if (!check_version(s, version))
		return false;
	if (!is_known_method(method))
		return strict_refuse(s, 501, "method not implemented");
	if (!check_target(s, method, target))
		return false;
	s->method_len = method.len;
	s->target_at = (size_t)(target.p - head);
	s->target_len = target.len;
	return true;
}

static bool take_host(struct strict *s, struct span value)
{
	if (s->has_host)
		return strict_refuse(s, 400, "more than one Host");
	if (!is_authority(value))
		return strict_refuse(s, 400, "bad Host");
	s->has_host = true;
	return true;
}

static bool take_length(struct strict *s, struct span value)
{
	if (s->has_length)
		return strict_refuse(s, 400, "more than one Content-Length");
	s->has_length = true;
	for (size_t i = 0; i < value.len; i++)
		if (!ascii_is_digit((char)value.p[i]))
			return strict_refuse(s, 400, "bad Content-Length");
	if (value.len == 0)
		return strict_refuse(s, 400, "bad Content-Length");
	if (!num_u64_n((const char *)value.p, value.len, INT64_MAX, &s->left))
		return strict_refuse(s, 413, "body too large");
	return true;
}

static bool take_coding(struct strict *s, struct span value)
{
	if (s->chunked)
		return strict_refuse(s, 400, "more than one Transfer-Encoding");
	/* what is behind "chunked", or nothing at all: where the body ends is not said (RFC 9112 6.3) */
	if (value.len == 0 || (strict_token_len(value) == 7 && value.len > 7 &&
			       span_equal_nocase(span_of(value.p, 7), span_str("chunked"))))
		return strict_refuse(s, 400, "bad Transfer-Encoding");
	if (!span_equal_nocase(value, span_str("chunked")))
		return strict_refuse(s, 501, "transfer coding not implemented");
	s->chunked = true;
	return true;
}

static size_t count(struct span s, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.p[i] == (uint8_t)c;
	return n;
}

static struct span trim(struct span v)
{
	while (v.len > 0 && (v.p[0] == ' ' || v.p[0] == '\t')) {
		v.p++;
		v.len--;
	}
	while (v.len > 0 && (v.p[v.len - 1] == ' ' || v.p[v.len - 1] == '\t'))
		v.len--;
	return v;
}

/* field-name ":" OWS field-value OWS; no space before the colon, no folding (RFC 9112 5). */
bool strict_field_line(struct strict *s, struct span line)
{
	struct span name = span_of(line.p, strict_token_len(line)), value;
	uint8_t last;

	if (line.p[0] == ' ' || line.p[0] == '\t')
		return strict_refuse(s, 400, "folded header line");
	if (name.len == 0 || name.len == line.len || line.p[name.len] != ':')
		return strict_refuse(s, 400, "bad header line");
	if (++s->n_fields > HTTP_FIELDS_MAX)
		return strict_refuse(s, 431, "too many header fields");
	value = trim(span_of(line.p + name.len + 1, line.len - name.len - 1));
	last = line.p[line.len - 1];
	s->untidy = s->untidy || last == ' ' || last == '\t';
	if (span_equal_nocase(name, span_str("host")))
		return take_host(s, value);
	if (span_equal_nocase(name, span_str("content-length")))
		return take_length(s, value);
	if (span_equal_nocase(name, span_str("transfer-encoding")))
		return take_coding(s, value);
	if (span_equal_nocase(name, span_str("cookie")))
		s->cookie_cost +=
			value.len + (1 + count(value, ';') + count(value, ',')) * HTTP_FIELD_COST;
	if (span_equal_nocase(name, span_str("expect")) &&
	    !span_equal_nocase(value, span_str("100-continue")))
		return strict_refuse(s, 417, "expectation not known");
	return true;
}

/* What only the whole head shows: Host there, one framing, the size within the route's limit. */
bool strict_head_end(struct strict *s, const uint8_t *head)
{
	struct span target = span_of(head + s->target_at, s->target_len);
	size_t cost = s->line + s->n_fields * HTTP_FIELD_COST + s->cookie_cost;

	/* the HTTP library keeps it all in one small pool per connection, and would break off */
	if (cost > HTTP_HEAD_COST_MAX)
		return strict_refuse(s, 431, "head too large for so many fields");
	if (cost + count(target, '&') * HTTP_FIELD_COST > HTTP_HEAD_COST_MAX)
		return strict_refuse(s, 414, "too many parameters in the request target");
	if (!s->has_host && !s->http_1_0)
		return strict_refuse(s, 400, "no Host");
	if (s->chunked && s->has_length)
		return strict_refuse(s, 400, "Content-Length with Transfer-Encoding");
	if (s->chunked && s->http_1_0)
		return strict_refuse(s, 400, "Transfer-Encoding with HTTP/1.0");
	if (!s->chunked && s->left == 0)
		return true;
	s->body_max = s->limit ? s->limit(s->limit_arg, span_of(head, s->method_len), target)
			       : HTTP_BODY_MAX_DEFAULT;
	if (!s->chunked && s->left > s->body_max)
		return strict_refuse(s, 413, "body too large");
	return true;
}
