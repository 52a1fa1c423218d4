/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/name.h"

#include "base/mem.h"
#include "x509/der.h"
#include "x509/name_canonical.h"
#include "x509/oid.h"
#include "x509/string.h"

static bool bad_name(struct err *e)
{
	return err_reason(e, "x509.corrupt", "malformed directory name");
}

/* One AttributeTypeAndValue into the next free place of out. */
static bool read_attribute(struct der *rdn, struct name_attribute *out)
{
	struct der attribute;
	struct der_item value;
	if (!der_enter(rdn, DER_SEQUENCE, &attribute) || !der_get(&attribute, DER_OID, &out->oid) ||
	    !der_next(&attribute, &value) || !der_done(&attribute))
		return false;
	out->tag = value.tag;
	out->value = value.contents;
	return true;
}

/* Fills n->attributes, or only counts while that is NULL. */
static bool walk(struct der rdns, struct name *n, struct err *e)
{
	size_t n_attributes = 0, n_rdns = 0;
	while (!der_done(&rdns)) {
		struct der rdn;
		if (!der_enter(&rdns, DER_SET, &rdn) || der_done(&rdn))
			return bad_name(e);
		if (n_rdns == NAME_RDN_MAX)
			return err_set(e, ERR_LIMIT, "more than %d relative names in one name",
				       NAME_RDN_MAX);
		size_t in_rdn = 0;
		for (; !der_done(&rdn); in_rdn++) {
			struct name_attribute a = {.starts_rdn = in_rdn == 0};
			if (!read_attribute(&rdn, &a))
				return bad_name(e);
			if (in_rdn == NAME_ATTRIBUTE_MAX)
				return err_set(e, ERR_LIMIT,
					       "more than %d attributes in one relative name",
					       NAME_ATTRIBUTE_MAX);
			if (n->attributes != NULL)
				n->attributes[n_attributes] = a;
			n_attributes++;
		}
		n_rdns++;
	}
	n->n_attributes = n_attributes;
	n->n_rdns = n_rdns;
	return true;
}

/* RFC 5280 A.1: a country is two printable letters; mail and domain components are IA5. */
static bool attribute_is_sound(const struct name_attribute *a)
{
	if (oid_is(a->oid, OID_LITERAL(OID_X520("\x06"))) &&
	    (a->tag != DER_PRINTABLE || a->value.len != 2))
		return false;
	if ((oid_is(a->oid, OID_LITERAL(OID_PKCS9_EMAIL)) ||
	     oid_is(a->oid, OID_LITERAL("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"))) &&
	    a->tag != DER_IA5)
		return false;
	return !string_is_text(a->tag) || string_is_sound(a->tag, a->value);
}

bool name_parse(struct span der, struct name *out, struct err *e)
{
	struct name n AUTO(name_clear) = {.der = der};
	struct der rdns;
	if (!der_only(der, DER_SEQUENCE, &rdns))
		return bad_name(e);
	if (!walk(rdns, &n, e))
		return false;
	if (n.n_attributes > 0) {
		n.attributes = mem_array(n.n_attributes, sizeof *n.attributes);
		if (n.attributes == NULL)
			return err_nomem(e);
		if (!walk(rdns, &n, e))
			return false;
	}
	for (size_t i = 0; i < n.n_attributes; i++)
		n.has_bad_string = n.has_bad_string || !attribute_is_sound(&n.attributes[i]);
	if (!name_make_canonical(&n))
		return err_nomem(e);
	*out = n;
	n = (struct name){.der = {NULL, 0}};
	return true;
}

void name_clear(struct name *n)
{
	mem_free(n->attributes);
	mem_free(n->canonical);
	*n = (struct name){.der = {NULL, 0}};
}

bool name_equal(const struct name *a, const struct name *b)
{
	return span_equal(span_of(a->canonical, a->canonical_len),
			  span_of(b->canonical, b->canonical_len));
}

bool name_is_empty(const struct name *n)
{
	return n->n_rdns == 0;
}

bool name_is_within(const struct name *n, const struct name *base)
{
	/* Every relative name carries its length, so that a common start ends between two of them. */
	return n->canonical_len >= base->canonical_len &&
	       span_equal(span_of(n->canonical, base->canonical_len),
			  span_of(base->canonical, base->canonical_len));
}

bool name_common_name(const struct name *n, struct buf *out)
{
	for (size_t i = n->n_attributes; i-- > 0;) {
		const struct name_attribute *a = &n->attributes[i];
		if (oid_is(a->oid, OID_LITERAL(OID_X520("\x03"))) &&
		    string_to_utf8(a->tag, a->value, out))
			return true;
	}
	return false;
}

bool name_email(const struct name *n, size_t i, struct span *out)
{
	for (size_t k = 0; k < n->n_attributes; k++) {
		if (!oid_is(n->attributes[k].oid, OID_LITERAL(OID_PKCS9_EMAIL)) || i-- > 0)
			continue;
		*out = n->attributes[k].value;
		return true;
	}
	return false;
}
