/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/cert_read.h"

#include "base/mem.h"
#include "x509/der.h"
#include "x509/oid.h"

#define MALFORMED(e) err_set((e), ERR_FORMAT, "malformed extension")
#define POLICY_SKIP_MAX                                                                            \
	(INT32_MAX - 1) /* certificates that a constraint may skip; more is no constraint here */

/* RFC 6818 section 3: the notice to users is not IA5. Everything else about it is for people. */
static bool user_notice_is_sound(struct der d)
{
	struct der notice;
	struct der_item item;
	if (!der_enter(&d, DER_SEQUENCE, &notice))
		return false;
	while (!der_done(&notice))
		if (!der_next(&notice, &item) || item.tag == DER_IA5)
			return false;
	return true;
}

/* 4.2.1.4: the two qualifiers defined there are the only ones that any policy may carry. */
static bool qualifiers_are_sound(struct span qualifiers, bool any_policy)
{
	struct der list;
	if (!der_only(qualifiers, DER_SEQUENCE, &list) || der_done(&list))
		return false;
	while (!der_done(&list)) {
		struct der q;
		struct span oid;
		if (!der_enter(&list, DER_SEQUENCE, &q) || !der_get(&q, DER_OID, &oid))
			return false;
		bool cps = oid_is(oid, OID_LITERAL(OID_PKIX("\x02\x01")));
		bool notice = oid_is(oid, OID_LITERAL(OID_PKIX("\x02\x02")));
		if ((any_policy && !cps && !notice) || (cps && !der_is(&q, DER_IA5)) ||
		    (notice && !user_notice_is_sound(q)))
			return false;
	}
	return true;
}

static bool read_policy(struct der *d, struct policy_info *out)
{
	struct der policy;
	struct policy_info p = {.oid = {NULL, 0}};
	if (!der_enter(d, DER_SEQUENCE, &policy) || !der_get(&policy, DER_OID, &p.oid))
		return false;
	if (!der_done(&policy)) {
		struct der_item qualifiers;
		if (!der_is(&policy, DER_SEQUENCE) || !der_next(&policy, &qualifiers) ||
		    !der_done(&policy))
			return false;
		p.qualifiers = qualifiers.whole;
	}
	*out = p;
	return true;
}

static bool policy_is_there(const struct cert *c, struct span oid)
{
	for (size_t i = 0; i < c->n_policies; i++)
		if (span_equal(c->policies[i].oid, oid))
			return true;
	return false;
}

static bool count_members(struct span value, struct der *d_out, size_t *n_out, struct err *e)
{
	struct der_item item;
	if (!der_only(value, DER_SEQUENCE, d_out))
		return MALFORMED(e);
	*n_out = 0;
	for (struct der count = *d_out; !der_done(&count); ++*n_out)
		if (!der_next(&count, &item))
			return MALFORMED(e);
	if (*n_out > CERT_OIDS_MAX)
		return err_set(e, ERR_LIMIT, "%zu policies, at most %d", *n_out, CERT_OIDS_MAX);
	return true;
}

bool cert_read_policies(struct cert *c, struct span value, struct err *e)
{
	struct der d;
	size_t n;
	if (!count_members(value, &d, &n, e))
		return false;
	c->has_policies = true;
	if (n == 0) {
		c->defects |= CERT_DEFECT_EMPTY_EXTENSION;
		return true;
	}
	c->policies = mem_array(n, sizeof *c->policies);
	if (c->policies == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		struct policy_info p;
		if (!read_policy(&d, &p))
			return MALFORMED(e);
		bool any = oid_is(p.oid, OID_LITERAL(OID_ANY_POLICY));
		if (p.qualifiers.len > 0 && !qualifiers_are_sound(p.qualifiers, any))
			c->defects |= CERT_DEFECT_POLICIES;
		if (policy_is_there(c, p.oid)) {
			c->defects |= CERT_DEFECT_POLICIES;
			continue;
		}
		c->policies[c->n_policies++] = p;
	}
	return true;
}

bool cert_read_policy_mappings(struct cert *c, struct span value, struct err *e)
{
	struct span any = OID_LITERAL(OID_ANY_POLICY);
	struct der d;
	size_t n;
	if (!count_members(value, &d, &n, e))
		return false;
	if (n == 0) {
		c->defects |= CERT_DEFECT_EMPTY_EXTENSION;
		return true;
	}
	c->policy_mappings = mem_array(n, sizeof *c->policy_mappings);
	if (c->policy_mappings == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		struct policy_mapping *m = &c->policy_mappings[i];
		struct der pair;
		if (!der_enter(&d, DER_SEQUENCE, &pair) || !der_get(&pair, DER_OID, &m->issuer) ||
		    !der_get(&pair, DER_OID, &m->subject) || !der_done(&pair))
			return MALFORMED(e);
		/* 4.2.1.5 and 6.1.4 (a) */
		if (oid_is(m->issuer, any) || oid_is(m->subject, any))
			c->defects |= CERT_DEFECT_POLICIES;
		c->n_policy_mappings++;
	}
	return true;
}

static bool read_skip(struct der *d, int tag, int *out)
{
	struct der at = *d;
	struct span s;
	if (!der_is(d, tag))
		return true;
	if (der_small_int(d, tag, POLICY_SKIP_MAX, out))
		return true;
	*d = at;
	if (!der_get(d, tag, &s) || s.len == 0 || (s.p[0] & 0x80) != 0)
		return false;
	*out = POLICY_SKIP_MAX;
	return true;
}

bool cert_read_policy_constraints(struct cert *c, struct span value, struct err *e)
{
	struct der d;
	if (!der_only(value, DER_SEQUENCE, &d))
		return MALFORMED(e);
	if (der_done(&d))
		c->defects |= CERT_DEFECT_EMPTY_EXTENSION;
	if (!read_skip(&d, DER_CONTEXT(0), &c->require_explicit_policy) ||
	    !read_skip(&d, DER_CONTEXT(1), &c->inhibit_policy_mapping) || !der_done(&d))
		return MALFORMED(e);
	return true;
}

bool cert_read_inhibit_any_policy(struct cert *c, struct span value, struct err *e)
{
	struct der d = der_of(value);
	if (!der_is(&d, DER_INTEGER) || !read_skip(&d, DER_INTEGER, &c->inhibit_any_policy) ||
	    !der_done(&d))
		return MALFORMED(e);
	return true;
}
