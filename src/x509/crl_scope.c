/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/crl.h"

#include "x509/der.h"

/*
 * Which list speaks about which certificate: RFC 5280 6.3.3 (b) to (d), for one distribution point
 * of the certificate and one list at a time.
 */

/* A DistributionPoint as far as scope goes. */
struct point {
	bool has_name, has_reasons, has_issuer;
	struct der name; /* inside DistributionPointName's tag */
	uint32_t reasons;
	struct general_names issuers;
};

static void point_clear(struct point *p)
{
	general_names_clear(&p->issuers);
}

static bool read_point(struct der d, struct point *out)
{
	struct err e = ERR_INIT;
	struct span issuers;
	if (der_is(&d, DER_CONTEXT_CONSTRUCTED(0))) {
		out->has_name = der_enter(&d, DER_CONTEXT_CONSTRUCTED(0), &out->name);
		if (!out->has_name)
			return false;
	}
	if (der_is(&d, DER_CONTEXT(1))) {
		out->has_reasons = der_named_bits(&d, DER_CONTEXT(1), &out->reasons);
		if (!out->has_reasons)
			return false;
	}
	if (der_is(&d, DER_CONTEXT_CONSTRUCTED(2))) {
		out->has_issuer = der_get(&d, DER_CONTEXT_CONSTRUCTED(2), &issuers) &&
				  general_names_parse(issuers, &out->issuers, &e);
		if (!out->has_issuer)
			return false;
	}
	return der_done(&d);
}

static bool names_directory(const struct general_names *g, const struct name *n)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->items[i].kind == GN_DIRECTORY && name_equal(&g->items[i].directory, n))
			return true;
	return false;
}

/* The names of a DistributionPointName, with the octets of the one that had to be put together. */
struct point_names {
	struct general_names names;
	struct buf der;
};

static void point_names_clear(struct point_names *p)
{
	general_names_clear(&p->names);
	buf_clear(&p->der);
}

static void add_header(struct buf *out, int tag, size_t len)
{
	buf_add_char(out, (char)tag);
	if (len >= 0x10000) {
		buf_add_char(out, (char)0x83);
		buf_add_char(out, (char)(len >> 16));
	} else if (len >= 0x80) {
		buf_add_char(out, (char)0x82);
	}
	if (len >= 0x80)
		buf_add_char(out, (char)(len >> 8));
	buf_add_char(out, (char)len);
}

/* nameRelativeToCRLIssuer: the issuer's relative names and one more. */
static bool add_relative(struct point_names *out, const struct name *issuer, struct span rdn)
{
	struct buf set AUTO_BUF = BUF_INIT, sequence AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	struct der d = der_of(issuer->der);
	struct span rdns;
	if (rdn.len > 0xffff || issuer->der.len > 0xffff || !der_get(&d, DER_SEQUENCE, &rdns))
		return false;
	add_header(&set, DER_SET, rdn.len);
	buf_add_span(&set, rdn);
	add_header(&sequence, DER_SEQUENCE, rdns.len + set.len);
	buf_add_span(&sequence, rdns);
	buf_add_span(&sequence, buf_span(&set));
	add_header(&out->der, DER_CONTEXT_CONSTRUCTED(GN_DIRECTORY), sequence.len);
	buf_add_span(&out->der, buf_span(&sequence));
	return buf_ok(&set) && buf_ok(&sequence) && buf_ok(&out->der) &&
	       general_names_parse(buf_span(&out->der), &out->names, &e);
}

static bool read_point_names(struct der d, const struct name *issuer, struct point_names *out)
{
	struct err e = ERR_INIT;
	struct der_item item;
	if (!der_next(&d, &item) || !der_done(&d))
		return false;
	if (item.tag == DER_CONTEXT_CONSTRUCTED(0))
		return general_names_parse(item.contents, &out->names, &e);
	return item.tag == DER_CONTEXT_CONSTRUCTED(1) && add_relative(out, issuer, item.contents);
}

static bool name_is_in(const struct general_name *n, const struct general_names *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct general_name *m = &list->items[i];
		if (m->kind != n->kind)
			continue;
		if (n->kind == GN_DIRECTORY ? name_equal(&m->directory, &n->directory)
					    : span_equal(m->value, n->value))
			return true;
	}
	return false;
}

static bool have_common_name(const struct general_names *a, const struct general_names *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (name_is_in(&a->items[i], b))
			return true;
	return false;
}

/* (b)(2)(i): the list's distribution point is one of the certificate's. */
static bool point_names_meet(const struct crl *l, const struct cert *c, const struct point *p)
{
	struct point_names list AUTO(point_names_clear) = {.der = BUF_INIT};
	struct point_names cert AUTO(point_names_clear) = {.der = BUF_INIT};
	struct der idp, name;
	if (!l->has_idp || !der_only(l->idp, DER_SEQUENCE, &idp) ||
	    !der_is(&idp, DER_CONTEXT_CONSTRUCTED(0)))
		return true; /* the list names none: any will do */
	if (!der_enter(&idp, DER_CONTEXT_CONSTRUCTED(0), &name) ||
	    !read_point_names(name, &l->issuer, &list))
		return false;
	if (p->has_name) {
		const struct name *base = &c->issuer;
		for (size_t i = 0; p->has_issuer && i < p->issuers.n; i++)
			if (p->issuers.items[i].kind == GN_DIRECTORY)
				base = &p->issuers.items[i].directory;
		return read_point_names(p->name, base, &cert) &&
		       have_common_name(&list.names, &cert.names);
	}
	if (p->has_issuer)
		return have_common_name(&list.names, &p->issuers);
	/* The point that 6.3.3 assumes where the certificate has none is called as its issuer. */
	return names_directory(&list.names, &c->issuer);
}

/* (b)(1): the list's issuer is the one that the certificate says, or its own. */
static bool issuer_fits(const struct crl *l, const struct cert *c, const struct point *p)
{
	if (!p->has_issuer)
		return name_equal(&l->issuer, &c->issuer);
	if (!names_directory(&p->issuers, &l->issuer))
		return false;
	return l->is_indirect || name_equal(&l->issuer, &c->issuer);
}

static unsigned reasons_at(const struct crl *l, const struct cert *c, const struct point *p)
{
	unsigned reasons = CRL_ALL_REASONS;
	if (!issuer_fits(l, c, p) || !point_names_meet(l, c, p))
		return 0;
	if (p->has_reasons)
		reasons &= p->reasons;
	if (l->only_some_reasons)
		reasons &= l->reasons;
	return reasons;
}

unsigned crl_reasons_for(const struct crl *l, const struct cert *c, bool cert_is_ca)
{
	unsigned reasons = 0;
	struct der points;
	if (l->only_attribute_certs || (l->only_user_certs && cert_is_ca) ||
	    (l->only_ca_certs && !cert_is_ca))
		return 0;
	if (c->has_crl_distribution_points &&
	    der_only(c->crl_distribution_points, DER_SEQUENCE, &points)) {
		while (!der_done(&points)) {
			struct point p AUTO(point_clear) = {.has_name = false};
			struct der d;
			if (!der_enter(&points, DER_SEQUENCE, &d) || !read_point(d, &p))
				return 0;
			reasons |= reasons_at(l, c, &p);
		}
	}
	/* 6.3.3, last step: a list of the issuer itself counts whether a point names it or not. */
	if (reasons == 0 && name_equal(&l->issuer, &c->issuer)) {
		const struct point own = {.has_name = false};
		reasons = reasons_at(l, c, &own);
	}
	return reasons;
}

bool crl_covers(const struct crl *l, const struct cert *c, bool cert_is_ca)
{
	return crl_reasons_for(l, c, cert_is_ca) != 0;
}

bool cert_has_foreign_crl_issuer(const struct cert *c)
{
	struct der points;
	if (!c->has_crl_distribution_points ||
	    !der_only(c->crl_distribution_points, DER_SEQUENCE, &points))
		return false;
	while (!der_done(&points)) {
		struct point p AUTO(point_clear) = {.has_name = false};
		struct der d;
		if (!der_enter(&points, DER_SEQUENCE, &d) || !read_point(d, &p))
			return false;
		if (p.has_issuer && !names_directory(&p.issuers, &c->issuer))
			return true;
	}
	return false;
}

static int compare_numbers(struct span a, struct span b)
{
	while (a.len > 0 && a.p[0] == 0) {
		a.p++;
		a.len--;
	}
	while (b.len > 0 && b.p[0] == 0) {
		b.p++;
		b.len--;
	}
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return a.len == 0 ? 0 : memcmp(a.p, b.p, a.len);
}

bool crl_delta_fits(const struct crl *delta, const struct crl *base)
{
	return delta->is_delta && !base->is_delta && delta->number.len > 0 &&
	       base->number.len > 0 && name_equal(&delta->issuer, &base->issuer) &&
	       span_equal(delta->idp, base->idp) &&
	       span_equal(delta->authority_key_id, base->authority_key_id) &&
	       compare_numbers(base->number, delta->base_number) >= 0 &&
	       compare_numbers(delta->number, base->number) >= 0;
}
