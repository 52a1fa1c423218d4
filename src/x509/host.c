/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/name.h"

#include "base/text.h"

#include <arpa/inet.h>

static struct span without_trailing_dot(struct span s)
{
	return s.len > 0 && s.p[s.len - 1] == '.' ? span_of(s.p, s.len - 1) : s;
}

bool dns_name_matches(struct span pattern, const char *host)
{
	struct span h = without_trailing_dot(span_str(host));
	pattern = without_trailing_dot(pattern);
	if (h.len == 0 || pattern.len == 0)
		return false;
	if (pattern.len < 2 || pattern.p[0] != '*' || pattern.p[1] != '.')
		return span_equal_nocase(pattern, h);
	/* RFC 9525 6.3: the star is exactly the first label; it never covers a top-level domain. */
	const uint8_t *dot = memchr(h.p, '.', h.len);
	if (dot == NULL || dot == h.p)
		return false;
	struct span tail = span_of(pattern.p + 1, pattern.len - 1);
	struct span host_tail = span_of(dot, h.len - (size_t)(dot - h.p));
	return memchr(tail.p + 1, '.', tail.len - 1) != NULL && span_equal_nocase(tail, host_tail);
}

bool ip_parse(const char *text, uint8_t out[static 16], size_t *len_out)
{
	struct in_addr v4;
	struct in6_addr v6;
	if (inet_pton(AF_INET, text, &v4) == 1) {
		memcpy(out, &v4, 4);
		*len_out = 4;
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6) == 1) {
		memcpy(out, &v6, 16);
		*len_out = 16;
		return true;
	}
	return false;
}

void ip_text(struct span bytes, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];
	int family = bytes.len == 4 || bytes.len == 8 ? AF_INET : AF_INET6;
	size_t half = family == AF_INET ? 4 : 16;
	if (bytes.len != half && bytes.len != 2 * half) {
		for (size_t i = 0; i < bytes.len; i++)
			buf_printf(out, "%02x", bytes.p[i]);
		return;
	}
	if (inet_ntop(family, bytes.p, text, sizeof text) != NULL)
		buf_add_str(out, text);
	if (bytes.len == 2 * half && inet_ntop(family, bytes.p + half, text, sizeof text) != NULL) {
		buf_add_char(out, '/');
		buf_add_str(out, text);
	}
}
