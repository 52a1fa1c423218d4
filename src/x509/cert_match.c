/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/cert.h"

#include "x509/oid.h"

static struct span purpose_oid(enum cert_purpose p)
{
	switch (p) {
	case PURPOSE_SERVER:
		return OID_LITERAL(OID_PKIX("\x03\x01"));
	case PURPOSE_CLIENT:
		return OID_LITERAL(OID_PKIX("\x03\x02"));
	case PURPOSE_CODE_SIGNING:
		break;
	}
	return OID_LITERAL(OID_PKIX("\x03\x03"));
}

bool cert_allows_purpose(const struct cert *c, enum cert_purpose p)
{
	if (!c->has_eku || c->eku.n == 0)
		return true;
	for (size_t i = 0; i < c->eku.n; i++)
		if (oid_is(c->eku.items[i], purpose_oid(p)) ||
		    oid_is(c->eku.items[i], OID_LITERAL(OID_ANY_USAGE)))
			return true;
	return false;
}

bool cert_matches_host(const struct cert *c, const char *host)
{
	uint8_t ip[16];
	size_t ip_len = 0;
	bool is_ip = ip_parse(host, ip, &ip_len);
	for (size_t i = 0; i < c->san.n; i++) {
		const struct general_name *n = &c->san.items[i];
		if (is_ip && n->kind == GN_IP && span_equal(n->value, span_of(ip, ip_len)))
			return true;
		if (!is_ip && n->kind == GN_DNS && dns_name_matches(n->value, host))
			return true;
	}
	return false;
}

bool cert_common_name_matches(const struct cert *c, const char *host)
{
	struct buf text AUTO_BUF = BUF_INIT;
	uint8_t ip[16], ip_cn[16];
	size_t ip_len = 0, ip_cn_len = 0;
	if (!name_common_name(&c->subject, &text) || !buf_ok(&text) || text.len == 0 ||
	    memchr(text.data, '\0', text.len) != NULL)
		return false;
	if (!ip_parse(host, ip, &ip_len))
		return dns_name_matches(buf_span(&text), host);
	return ip_parse(buf_str(&text), ip_cn, &ip_cn_len) &&
	       span_equal(span_of(ip, ip_len), span_of(ip_cn, ip_cn_len));
}
