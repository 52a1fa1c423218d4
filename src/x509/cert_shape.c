/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/cert_read.h"

#include "base/text.h"
#include "x509/der.h"
#include "x509/oid.h"

#define DNS_NAME_MAX 253 /* octets without the root's dot (RFC 1035 2.3.4) */
#define DNS_LABEL_MAX 63 /* octets of one label of it */

static bool is_ia5(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= 0x20 || s.p[i] > 0x7e)
			return false;
	return s.len > 0;
}

static bool label_is_sound(const uint8_t *p, size_t len, bool first)
{
	if (len == 0 || len > DNS_LABEL_MAX || p[0] == '-' || p[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++) {
		bool star = first && p[i] == '*';
		/* The underscore is no host name letter, but names with it are in use everywhere. */
		if (!ascii_is_alpha((char)p[i]) && !ascii_is_digit((char)p[i]) && p[i] != '-' &&
		    p[i] != '_' && !star)
			return false;
	}
	return true;
}

/* The name syntax of RFC 1034 3.5 as RFC 1123 2.1 changed it, wildcards in the first label. */
static bool dns_is_sound(struct span s)
{
	size_t start = 0;
	if (s.len == 0 || s.len > DNS_NAME_MAX)
		return false;
	for (size_t i = 0; i <= s.len; i++) {
		if (i < s.len && s.p[i] != '.')
			continue;
		if (!label_is_sound(s.p + start, i - start, start == 0))
			return false;
		start = i + 1;
	}
	return true;
}

/* local@domain, no phrase, no angle brackets (RFC 5280 4.2.1.6). */
static bool email_is_sound(struct span s)
{
	const uint8_t *at = s.len == 0 ? NULL : memrchr(s.p, '@', s.len);
	if (!is_ia5(s) || at == NULL || at == s.p)
		return false;
	struct span domain = span_of(at + 1, s.len - (size_t)(at + 1 - s.p));
	if (domain.len > 2 && domain.p[0] == '[')
		return domain.p[domain.len - 1] == ']';
	if (memchr(domain.p, '*', domain.len) != NULL || !dns_is_sound(domain))
		return false;
	for (const uint8_t *p = s.p; s.p[0] != '"' && p < at; p++)
		if (strchr("<>()[],;:\\\"@", *p) != NULL)
			return false;
	return true;
}

/* RFC 3986 3: scheme ":" something; with an authority, there is a host in it. */
static bool uri_is_sound(struct span s)
{
	const uint8_t *colon = s.len == 0 ? NULL : memchr(s.p, ':', s.len);
	if (!is_ia5(s) || colon == NULL || !ascii_is_alpha((char)s.p[0]))
		return false;
	for (const uint8_t *p = s.p; p < colon; p++)
		if (!ascii_is_alpha((char)*p) && !ascii_is_digit((char)*p) && *p != '+' &&
		    *p != '-' && *p != '.')
			return false;
	struct span rest = span_of(colon + 1, s.len - (size_t)(colon + 1 - s.p));
	if (rest.len == 0)
		return false;
	if (rest.len >= 2 && rest.p[0] == '/' && rest.p[1] == '/')
		return rest.len > 2 && (rest.p[2] != '/' || s.p[0] == 'f' || s.p[0] == 'F');
	return true;
}

bool general_names_are_sound(const struct general_names *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct general_name *n = &g->items[i];
		if ((n->kind == GN_DNS && !dns_is_sound(n->value)) ||
		    (n->kind == GN_EMAIL && !email_is_sound(n->value)) ||
		    (n->kind == GN_URI && !uri_is_sound(n->value)) ||
		    (n->kind == GN_IP && n->value.len != 4 && n->value.len != 16) ||
		    (n->kind == GN_DIRECTORY && n->directory.has_bad_string))
			return false;
	}
	return true;
}

/* What 4.2.1 reserves for certification authorities, and what goes only together. */
static bool ca_fields_are_sound(const struct cert *c)
{
	bool signs = !c->has_key_usage || (c->key_usage & KU_KEY_CERT_SIGN) != 0;
	if (c->path_len >= 0 && (!c->is_ca || !signs))
		return false;
	if (c->has_key_usage && signs && !c->is_ca)
		return false;
	if (c->has_name_constraints && !c->is_ca)
		return false;
	return c->is_ca || (c->n_policy_mappings == 0 && c->require_explicit_policy < 0 &&
			    c->inhibit_policy_mapping < 0 && c->inhibit_any_policy < 0);
}

static bool san_is_critical(const struct cert *c)
{
	for (size_t i = 0; i < c->n_extensions; i++)
		if (oid_is(c->extensions[i].oid, OID_LITERAL(OID_CE("\x11"))))
			return c->extensions[i].critical;
	return false;
}

static bool ca_basic_constraints_are_critical(const struct cert *c)
{
	for (size_t i = 0; i < c->n_extensions; i++)
		if (oid_is(c->extensions[i].oid, OID_LITERAL(OID_CE("\x13"))))
			return c->extensions[i].critical;
	return true;
}

void cert_mark_shape(struct cert *c)
{
	if (name_is_empty(&c->issuer))
		c->defects |= CERT_DEFECT_EMPTY_ISSUER;
	if (c->issuer.has_bad_string || c->subject.has_bad_string)
		c->defects |= CERT_DEFECT_NAME_STRING;
	if (!ca_fields_are_sound(c))
		c->defects |= CERT_DEFECT_CA_FIELDS;
	/* 4.1.2.6: who has no subject is named in a critical alternative name; a CA has a subject. */
	if (name_is_empty(&c->subject) && (!c->has_san || c->is_ca))
		c->defects |= CERT_DEFECT_SAN_SHAPE;
	if (name_is_empty(&c->subject) && c->has_san && !san_is_critical(c))
		c->defects |= CERT_DEFECT_CRITICALITY;
	/* 4.2.1.9: critical wherever the key verifies certificates. */
	bool signs = !c->has_key_usage || (c->key_usage & KU_KEY_CERT_SIGN) != 0;
	if (c->is_ca && signs && !ca_basic_constraints_are_critical(c))
		c->defects |= CERT_DEFECT_CRITICALITY;
}
