/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/crl_read.h"

#include "x509/cert_read.h"
#include "x509/der.h"
#include "x509/oid.h"

#define CRL_EXTENSIONS_MAX 64 /* extensions of one list */

static bool read_authority_key_id(struct crl *l, struct span value)
{
	struct der d;
	if (!der_only(value, DER_SEQUENCE, &d))
		return false;
	return !der_is(&d, DER_CONTEXT(0)) || der_get(&d, DER_CONTEXT(0), &l->authority_key_id);
}

static bool read_integer(struct span value, struct span *out)
{
	struct der d = der_of(value);
	/* 5.2.3: twenty octets at most, not negative. */
	return der_get(&d, DER_INTEGER, out) && der_done(&d) && out->len > 0 && out->len <= 20 &&
	       (out->p[0] & 0x80) == 0;
}

static bool read_number(struct crl *l, struct span value)
{
	return read_integer(value, &l->number);
}

static bool read_delta_indicator(struct crl *l, struct span value)
{
	l->is_delta = true;
	return read_integer(value, &l->base_number);
}

static bool read_flag(struct der *d, int n, bool *out)
{
	struct span s;
	if (!der_is(d, DER_CONTEXT(n)))
		return true;
	if (!der_get(d, DER_CONTEXT(n), &s) || s.len != 1)
		return false;
	*out = s.p[0] != 0;
	return true;
}

/* 5.2.5 */
static bool read_issuing_distribution_point(struct crl *l, struct span value)
{
	struct der d;
	struct span name;
	uint32_t reasons;
	l->has_idp = true;
	l->idp = value;
	if (!der_only(value, DER_SEQUENCE, &d))
		return false;
	if (der_is(&d, DER_CONTEXT_CONSTRUCTED(0)) &&
	    !der_get(&d, DER_CONTEXT_CONSTRUCTED(0), &name))
		return false;
	if (!read_flag(&d, 1, &l->only_user_certs) || !read_flag(&d, 2, &l->only_ca_certs))
		return false;
	if (der_is(&d, DER_CONTEXT(3))) {
		if (!der_named_bits(&d, DER_CONTEXT(3), &reasons))
			return false;
		l->only_some_reasons = true;
		l->reasons = reasons & CRL_ALL_REASONS;
	}
	return read_flag(&d, 4, &l->is_indirect) && read_flag(&d, 5, &l->only_attribute_certs) &&
	       der_done(&d);
}

static bool read_freshest(struct crl *l, struct span value)
{
	/* The extension is that of a certificate (5.2.6). */
	struct cert c = {.version = 3};
	struct err ignored = ERR_INIT;
	bool good = cert_read_freshest_crl(&c, value, &ignored);
	general_names_clear(&l->freshest_urls);
	l->freshest_urls = c.freshest_urls;
	return good;
}

/* What RFC 5280 demands of every list: 5.2.1, 5.2.3, and which extensions are critical. */
static void mark_what_is_missing(struct crl *l)
{
	if (l->authority_key_id.len == 0 || l->number.len == 0)
		l->has_defect = true;
}

static bool read_nothing(struct crl *l, struct span value)
{
	(void)l;
	(void)value;
	return true;
}

enum criticality { EITHER, MUST, MUST_NOT };

struct extension_reader {
	struct span oid;
	enum criticality criticality;
	bool (*read)(struct crl *l, struct span value);
};

#define ROW(oid, criticality, read)                                                                \
	{                                                                                          \
		{(const uint8_t *)(oid), sizeof(oid) - 1}, criticality, read                       \
	}
static const struct extension_reader readers[] = {
	ROW(OID_CE("\x23"), MUST_NOT, read_authority_key_id),
	ROW(OID_CE("\x14"), MUST_NOT, read_number),
	ROW(OID_CE("\x1b"), MUST, read_delta_indicator),
	ROW(OID_CE("\x1c"), MUST, read_issuing_distribution_point),
	ROW(OID_CE("\x2e"), MUST_NOT, read_freshest),
	ROW(OID_CE("\x12"), EITHER, read_nothing),	 /* issuer's other names */
	ROW(OID_PKIX("\x01\x01"), EITHER, read_nothing), /* authority information */
};
#undef ROW

static bool read_one(struct crl *l, struct der *d, struct span *oid_out, struct err *e)
{
	struct der x;
	struct span oid, value;
	bool critical = false;
	if (!der_enter(d, DER_SEQUENCE, &x) || !der_get(&x, DER_OID, &oid) ||
	    (der_is(&x, DER_BOOLEAN) && !der_bool(&x, &critical)) ||
	    !der_get(&x, DER_OCTET_STRING, &value) || !der_done(&x))
		return err_reason(e, "x509.corrupt", "malformed extension of a revocation list");
	*oid_out = oid;
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		if (!oid_is(oid, readers[i].oid))
			continue;
		if ((readers[i].criticality == MUST && !critical) ||
		    (readers[i].criticality == MUST_NOT && critical))
			l->has_defect = true;
		return readers[i].read(l, value) ||
		       err_reason(e, "x509.corrupt", "malformed extension of a revocation list");
	}
	if (critical)
		l->has_unknown_critical = true;
	return true;
}

bool crl_read_extensions(struct crl *l, struct der d, struct err *e)
{
	struct span seen[CRL_EXTENSIONS_MAX];
	size_t n = 0;
	for (; !der_done(&d); n++) {
		if (n == CRL_EXTENSIONS_MAX)
			return err_set(e, ERR_LIMIT, "more than %d extensions of one list",
				       CRL_EXTENSIONS_MAX);
		if (!read_one(l, &d, &seen[n], e))
			return false;
		for (size_t i = 0; i < n; i++)
			if (span_equal(seen[i], seen[n]))
				return err_reason(e, "x509.corrupt",
						  "an extension of the list is there twice");
	}
	mark_what_is_missing(l);
	return true;
}
