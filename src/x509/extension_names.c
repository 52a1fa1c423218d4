/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/extension_text.h"

#include "base/text.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/string.h"

#include <arpa/inet.h>

/* The extensions that hold general names (RFC 5280 4.2.1.6): alternative names, the issuer's key,
 * where to fetch what, and name constraints. */

static bool names_lines(struct span contents, const char *before, struct extension_lines *l)
{
	struct general_names names AUTO(general_names_clear) = {.items = NULL};
	struct err ignored = ERR_INIT;

	if (!general_names_parse(contents, &names, &ignored))
		return false;
	for (size_t i = 0; i < names.n; i++) {
		struct buf line AUTO_BUF = BUF_INIT;

		buf_add_str(&line, before);
		general_name_text(&names.items[i], &line);
		line_add(l, &line);
	}
	return true;
}

static bool alternative_names(struct span value, struct extension_lines *l)
{
	struct der d;

	return der_only(value, DER_SEQUENCE, &d) &&
	       names_lines(span_of(d.p, (size_t)(d.end - d.p)), "", l);
}

static void hex_add(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		buf_printf(out, i ? ":%02X" : "%02X", s.p[i]);
}

static bool authority_key(const struct cert *c, struct extension_lines *l)
{
	struct buf key AUTO_BUF = BUF_INIT, serial AUTO_BUF = BUF_INIT;

	if (c->authority_key_id.len) {
		buf_add_str(&key, "Key ");
		hex_add(&key, c->authority_key_id);
		line_add(l, &key);
	}
	for (size_t i = 0; i < c->authority_cert_issuer.n; i++) {
		struct buf line AUTO_BUF = BUF_INIT;

		buf_add_str(&line, "Issued by ");
		general_name_text(&c->authority_cert_issuer.items[i], &line);
		line_add(l, &line);
	}
	if (c->authority_cert_serial.len) {
		buf_add_str(&serial, "Serial number ");
		hex_add(&serial, c->authority_cert_serial);
		line_add(l, &serial);
	}
	return l->n > 0;
}

static unsigned mask_bits(struct span mask)
{
	unsigned n = 0;

	while (n < 8 * mask.len && mask.p[n / 8] & 0x80u >> n % 8)
		n++;
	return n;
}

/* An address range: base and mask, of 4 or of 16 octets each. */
static void range_add(struct buf *out, struct span value)
{
	size_t half = value.len / 2;
	char text[INET6_ADDRSTRLEN];

	if ((half != 4 && half != 16) || value.len != 2 * half ||
	    !inet_ntop(half == 4 ? AF_INET : AF_INET6, value.p, text, sizeof text)) {
		hex_add(out, value);
		return;
	}
	buf_printf(out, "IP:%s/%u", text, mask_bits(span_of(value.p + half, half)));
}

static bool name_constraints(const struct cert *c, struct extension_lines *l)
{
	for (size_t i = 0; i < c->n_name_constraints; i++) {
		const struct name_constraint *n = &c->name_constraints[i];
		struct buf line AUTO_BUF = BUF_INIT;

		buf_add_str(&line, n->excluded ? "Excluded: " : "Permitted: ");
		if (n->base.kind == GN_IP)
			range_add(&line, n->base.value);
		else
			general_name_text(&n->base, &line);
		if (n->base.kind != GN_IP && n->base.kind != GN_DIRECTORY && !n->base.value.len)
			buf_add_str(&line, "(every name of this kind)");
		line_add(l, &line);
	}
	return c->has_name_constraints;
}

static void reasons_line(struct der *point, struct extension_lines *l)
{
	static const char *const names[] = {
		"",	  "key compromised", "CA compromised",	    "affiliation",   "superseded",
		"ceased", "on hold",	     "privilege withdrawn", "AA compromised"};
	struct buf line AUTO_BUF = BUF_INIT;
	uint32_t bits = 0;

	if (!der_named_bits(point, DER_CONTEXT(1), &bits))
		return;
	buf_add_str(&line, "  for these reasons alone:");
	for (size_t i = 1; i < ARRAY_LEN(names); i++)
		if (bits & 1u << i)
			buf_printf(&line, " %s;", names[i]);
	line_add(l, &line);
}

/* RFC 5280 4.2.1.13: a name in full or as what follows the issuer's, reasons, another issuer. */
static bool distribution_point(struct der point, struct extension_lines *l)
{
	struct der name;
	struct span names;

	if (der_is(&point, DER_CONTEXT_CONSTRUCTED(0))) {
		if (!der_enter(&point, DER_CONTEXT_CONSTRUCTED(0), &name))
			return false;
		if (der_get(&name, DER_CONTEXT_CONSTRUCTED(0), &names)) {
			if (!names_lines(names, "", l))
				return false;
		} else {
			line_printf(l, "A name below that of the issuer of the list");
		}
	}
	if (der_is(&point, DER_CONTEXT(1)))
		reasons_line(&point, l);
	return !der_get(&point, DER_CONTEXT_CONSTRUCTED(2), &names) ||
	       names_lines(names, "  list issued by ", l);
}

static bool distribution_points(struct span value, struct extension_lines *l)
{
	struct der d, point;

	if (!der_only(value, DER_SEQUENCE, &d))
		return false;
	while (!der_done(&d))
		if (!der_enter(&d, DER_SEQUENCE, &point) || !distribution_point(point, l))
			return false;
	return true;
}

/* RFC 5280 4.2.2.1 and .2: where to ask for the state, fetch the issuer, or what else is offered. */
static bool access_points(struct span value, struct extension_lines *l)
{
	struct der d, access;
	struct span method;
	struct der_item where;

	if (!der_only(value, DER_SEQUENCE, &d))
		return false;
	while (!der_done(&d)) {
		struct buf before AUTO_BUF = BUF_INIT;

		if (!der_enter(&d, DER_SEQUENCE, &access) || !der_get(&access, DER_OID, &method) ||
		    !der_next(&access, &where))
			return false;
		if (oid_is(method, OID_LITERAL(OID_PKIX("\x30\x01"))))
			buf_add_str(&before, "OCSP");
		else if (oid_is(method, OID_LITERAL(OID_PKIX("\x30\x02"))))
			buf_add_str(&before, "Issuer's certificate");
		else
			oid_text(method, &before);
		buf_add_str(&before, ": ");
		if (!names_lines(where.whole, buf_str(&before), l))
			return false;
	}
	return true;
}

bool extension_names(const struct cert *c, struct span oid, struct span value,
		     struct extension_lines *l)
{
	if (oid_is(oid, OID_LITERAL(OID_CE("\x11"))) || oid_is(oid, OID_LITERAL(OID_CE("\x12"))))
		return alternative_names(value, l);
	if (oid_is(oid, OID_LITERAL(OID_CE("\x23"))))
		return authority_key(c, l);
	if (oid_is(oid, OID_LITERAL(OID_CE("\x1e"))))
		return name_constraints(c, l);
	if (oid_is(oid, OID_LITERAL(OID_CE("\x1f"))) || oid_is(oid, OID_LITERAL(OID_CE("\x2e"))))
		return distribution_points(value, l);
	if (oid_is(oid, OID_LITERAL(OID_PKIX("\x01\x01"))) ||
	    oid_is(oid, OID_LITERAL(OID_PKIX("\x01\x0b"))))
		return access_points(value, l);
	return false;
}
