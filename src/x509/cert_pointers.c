/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/cert_read.h"

#include "base/mem.h"
#include "x509/der.h"
#include "x509/oid.h"

#define MALFORMED(e) err_set((e), ERR_FORMAT, "malformed extension")

/* Appends a copy of g, whose directory name, if any, is read anew. */
static bool add_general_name(struct general_names *list, struct span whole, struct err *e)
{
	struct general_names one AUTO(general_names_clear) = {.items = NULL};
	if (!general_names_parse(whole, &one, e))
		return false;
	if (list->n == GENERAL_NAMES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d addresses", GENERAL_NAMES_MAX);
	struct general_name *items = mem_grow(list->items, list->n, list->n + 1, sizeof *items);
	if (items == NULL)
		return err_nomem(e);
	list->items = items;
	items[list->n++] = one.items[0];
	one.items[0].directory = (struct name){.der = {NULL, 0}};
	return true;
}

static bool add_uris(struct general_names *list, struct der names, struct err *e)
{
	while (!der_done(&names)) {
		struct der_item item;
		if (!der_next(&names, &item))
			return MALFORMED(e);
		if (item.tag == DER_CONTEXT(GN_URI) && !add_general_name(list, item.whole, e))
			return false;
	}
	return true;
}

/* DistributionPoint: name [0], reasons [1] and cRLIssuer [2], all optional, not only reasons. */
static bool read_distribution_point(struct cert *c, struct der point, struct general_names *urls,
				    struct err *e)
{
	struct der name, full;
	struct span skipped;
	bool has_name = der_is(&point, DER_CONTEXT_CONSTRUCTED(0)), has_issuer = false;
	if (has_name) {
		if (!der_enter(&point, DER_CONTEXT_CONSTRUCTED(0), &name))
			return MALFORMED(e);
		if (der_is(&name, DER_CONTEXT_CONSTRUCTED(0))) {
			if (!der_enter(&name, DER_CONTEXT_CONSTRUCTED(0), &full))
				return MALFORMED(e);
			if (der_done(&full))
				c->defects |= CERT_DEFECT_EMPTY_EXTENSION;
			if (!add_uris(urls, full, e))
				return false;
		} else if (!der_get(&name, DER_CONTEXT_CONSTRUCTED(1), &skipped)) {
			return MALFORMED(e);
		}
		if (!der_done(&name))
			return MALFORMED(e);
	}
	if (der_is(&point, DER_CONTEXT(1)) && !der_get(&point, DER_CONTEXT(1), &skipped))
		return MALFORMED(e);
	if (der_is(&point, DER_CONTEXT_CONSTRUCTED(2))) {
		has_issuer = der_get(&point, DER_CONTEXT_CONSTRUCTED(2), &skipped);
		if (!has_issuer)
			return MALFORMED(e);
	}
	if (!has_name && !has_issuer)
		c->defects |= CERT_DEFECT_POINTERS;
	return der_done(&point) || MALFORMED(e);
}

static bool read_distribution_points(struct cert *c, struct span value, struct general_names *urls,
				     struct err *e)
{
	struct der d, point;
	if (!der_only(value, DER_SEQUENCE, &d))
		return MALFORMED(e);
	if (der_done(&d))
		c->defects |= CERT_DEFECT_EMPTY_EXTENSION;
	while (!der_done(&d)) {
		if (!der_enter(&d, DER_SEQUENCE, &point))
			return MALFORMED(e);
		if (!read_distribution_point(c, point, urls, e))
			return false;
	}
	return true;
}

bool cert_read_crl_distribution_points(struct cert *c, struct span value, struct err *e)
{
	c->has_crl_distribution_points = true;
	c->crl_distribution_points = value;
	return read_distribution_points(c, value, &c->crl_urls, e);
}

bool cert_read_freshest_crl(struct cert *c, struct span value, struct err *e)
{
	return read_distribution_points(c, value, &c->freshest_urls, e);
}

/* SEQUENCE OF { accessMethod, accessLocation } */
static bool read_access(struct cert *c, struct span value, bool keep, struct err *e)
{
	struct der d;
	if (!der_only(value, DER_SEQUENCE, &d))
		return MALFORMED(e);
	if (der_done(&d))
		c->defects |= CERT_DEFECT_EMPTY_EXTENSION;
	while (!der_done(&d)) {
		struct der access;
		struct span method;
		struct der_item location;
		if (!der_enter(&d, DER_SEQUENCE, &access) || !der_get(&access, DER_OID, &method) ||
		    !der_next(&access, &location) || !der_done(&access))
			return MALFORMED(e);
		bool ocsp = oid_is(method, OID_LITERAL(OID_PKIX("\x30\x01")));
		bool issuers = oid_is(method, OID_LITERAL(OID_PKIX("\x30\x02")));
		if (!keep || location.tag != DER_CONTEXT(GN_URI) || (!ocsp && !issuers))
			continue;
		if (!add_general_name(ocsp ? &c->ocsp_urls : &c->issuer_urls, location.whole, e))
			return false;
	}
	return true;
}

bool cert_read_authority_info(struct cert *c, struct span value, struct err *e)
{
	return read_access(c, value, true, e);
}

bool cert_read_subject_info(struct cert *c, struct span value, struct err *e)
{
	return read_access(c, value, false, e);
}
