/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/cert_read.h"

#include "base/mem.h"
#include "x509/der.h"
#include "x509/oid.h"

#define MALFORMED(e) err_set((e), ERR_FORMAT, "malformed extension")

static bool read_basic_constraints(struct cert *c, struct span value, struct err *e)
{
	struct der d;
	if (!der_only(value, DER_SEQUENCE, &d))
		return MALFORMED(e);
	bool is_ca = false;
	if (der_is(&d, DER_BOOLEAN) && !der_bool(&d, &is_ca))
		return MALFORMED(e);
	int path_len = -1;
	if (der_is(&d, DER_INTEGER) && !der_small_int(&d, DER_INTEGER, INT32_MAX - 1, &path_len))
		return MALFORMED(e);
	if (!der_done(&d))
		return MALFORMED(e);
	c->has_basic_constraints = true;
	c->is_ca = is_ca;
	c->path_len = path_len;
	return true;
}

static bool read_key_usage(struct cert *c, struct span value, struct err *e)
{
	struct der d = der_of(value), again = d;
	uint32_t bits;
	struct span octets;
	unsigned unused;
	if (!der_named_bits(&d, DER_BIT_STRING, &bits) || !der_done(&d) ||
	    !der_bits(&again, DER_BIT_STRING, &octets, &unused))
		return MALFORMED(e);
	c->has_key_usage = true;
	c->key_usage = bits;
	/* 4.2.1.3: at least one of nine bits. DER drops the zeros at the end (X.690 11.2.2). */
	if (bits == 0)
		c->defects |= CERT_DEFECT_EMPTY_EXTENSION;
	if (bits >> 9 != 0 || (octets.len > 0 && (octets.p[octets.len - 1] >> unused & 1) == 0))
		c->defects |= CERT_DEFECT_ENCODING;
	return true;
}

static bool read_eku(struct cert *c, struct span value, struct err *e)
{
	struct der d;
	struct span oid;
	size_t n = 0;
	if (!der_only(value, DER_SEQUENCE, &d))
		return MALFORMED(e);
	for (struct der count = d; !der_done(&count); n++)
		if (!der_get(&count, DER_OID, &oid))
			return MALFORMED(e);
	if (n > CERT_OIDS_MAX)
		return err_set(e, ERR_LIMIT, "%zu key purposes, at most %d", n, CERT_OIDS_MAX);
	c->has_eku = true;
	if (n == 0) {
		c->defects |= CERT_DEFECT_EMPTY_EXTENSION;
		return true;
	}
	c->eku.items = mem_array(n, sizeof *c->eku.items);
	if (c->eku.items == NULL)
		return err_nomem(e);
	while (c->eku.n < n && der_get(&d, DER_OID, &c->eku.items[c->eku.n]))
		c->eku.n++;
	return true;
}

static bool read_alt_names(struct cert *c, struct span value, struct general_names *out,
			   struct err *e)
{
	struct der d;
	if (!der_only(value, DER_SEQUENCE, &d))
		return MALFORMED(e);
	if (!general_names_parse(span_of(d.p, (size_t)(d.end - d.p)), out, e))
		return false;
	if (out->n == 0)
		c->defects |= CERT_DEFECT_EMPTY_EXTENSION;
	if (!general_names_are_sound(out))
		c->defects |= CERT_DEFECT_SAN_SHAPE;
	return true;
}

static bool read_san(struct cert *c, struct span value, struct err *e)
{
	if (!read_alt_names(c, value, &c->san, e))
		return false;
	c->has_san = true;
	return true;
}

static bool read_issuer_alt_names(struct cert *c, struct span value, struct err *e)
{
	struct general_names names AUTO(general_names_clear) = {.items = NULL};
	return read_alt_names(c, value, &names, e);
}

static bool read_subject_key_id(struct cert *c, struct span value, struct err *e)
{
	struct der d = der_of(value);
	struct span id;
	if (!der_get(&d, DER_OCTET_STRING, &id) || !der_done(&d))
		return MALFORMED(e);
	c->subject_key_id = id;
	if (id.len == 0)
		c->defects |= CERT_DEFECT_EMPTY_EXTENSION;
	return true;
}

/* 4.2.1.1: issuer and serial number go together, and the key identifier must be there. */
static bool read_authority_key_id(struct cert *c, struct span value, struct err *e)
{
	struct der d;
	struct span issuer = {NULL, 0};
	if (!der_only(value, DER_SEQUENCE, &d))
		return MALFORMED(e);
	if (der_is(&d, DER_CONTEXT(0)) && !der_get(&d, DER_CONTEXT(0), &c->authority_key_id))
		return MALFORMED(e);
	bool has_issuer = der_is(&d, DER_CONTEXT_CONSTRUCTED(1));
	if (has_issuer && !der_get(&d, DER_CONTEXT_CONSTRUCTED(1), &issuer))
		return MALFORMED(e);
	if (has_issuer && !general_names_parse(issuer, &c->authority_cert_issuer, e))
		return false;
	bool has_serial = der_is(&d, DER_CONTEXT(2));
	if (has_serial && !der_get(&d, DER_CONTEXT(2), &c->authority_cert_serial))
		return MALFORMED(e);
	if (!der_done(&d))
		return MALFORMED(e);
	if (has_issuer != has_serial || c->authority_key_id.len == 0)
		c->defects |= CERT_DEFECT_POINTERS;
	return true;
}

static bool read_subject_directory_attributes(struct cert *c, struct span value, struct err *e)
{
	struct der d;
	if (!der_only(value, DER_SEQUENCE, &d))
		return MALFORMED(e);
	if (der_done(&d))
		c->defects |= CERT_DEFECT_EMPTY_EXTENSION;
	return true;
}

/* Says that its holder's status is not asked for (RFC 6960 4.2.2.2.1): nothing to us. */
static bool read_ocsp_no_check(struct cert *c, struct span value, struct err *e)
{
	(void)c;
	(void)value;
	(void)e;
	return true;
}

enum criticality { EITHER, MUST, MUST_NOT };

struct extension_reader {
	struct span oid;
	enum criticality criticality;
	bool (*read)(struct cert *c, struct span value, struct err *e);
};

#define ROW(oid, criticality, read)                                                                \
	{                                                                                          \
		{(const uint8_t *)(oid), sizeof(oid) - 1}, criticality, read                       \
	}
/* RFC 5280 4.2.1 and 4.2.2, each with what it demands of the critical flag. */
static const struct extension_reader readers[] = {
	ROW(OID_CE("\x23"), MUST_NOT, read_authority_key_id),
	ROW(OID_CE("\x0e"), MUST_NOT, read_subject_key_id),
	ROW(OID_CE("\x0f"), EITHER, read_key_usage),
	ROW(OID_CE("\x20"), EITHER, cert_read_policies),
	ROW(OID_CE("\x21"), EITHER, cert_read_policy_mappings),
	ROW(OID_CE("\x11"), EITHER, read_san),
	ROW(OID_CE("\x12"), EITHER, read_issuer_alt_names),
	ROW(OID_CE("\x09"), MUST_NOT, read_subject_directory_attributes),
	ROW(OID_CE("\x13"), EITHER, read_basic_constraints),
	ROW(OID_CE("\x1e"), MUST, cert_read_name_constraints),
	ROW(OID_CE("\x24"), MUST, cert_read_policy_constraints),
	ROW(OID_CE("\x25"), EITHER, read_eku),
	ROW(OID_CE("\x1f"), EITHER, cert_read_crl_distribution_points),
	ROW(OID_CE("\x36"), MUST, cert_read_inhibit_any_policy),
	ROW(OID_CE("\x2e"), MUST_NOT, cert_read_freshest_crl),
	ROW(OID_PKIX("\x01\x01"), MUST_NOT, cert_read_authority_info),
	ROW(OID_PKIX("\x01\x0b"), MUST_NOT, cert_read_subject_info),
	ROW(OID_PKIX("\x30\x01\x05"), EITHER, read_ocsp_no_check),
};
#undef ROW

/* policyConstraints and inhibitAnyPolicy: what 6.1 takes from certificates under the anchor alone. */
static bool is_policy_rule(struct span oid)
{
	return oid_is(oid, OID_LITERAL(OID_CE("\x24"))) || oid_is(oid, OID_LITERAL(OID_CE("\x36")));
}

static bool decode(struct cert *c, struct cert_extension *x, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		struct err failure = ERR_INIT;
		if (!oid_is(x->oid, readers[i].oid))
			continue;
		x->known = true;
		if (oid_is(x->oid, OID_LITERAL(OID_CE("\x1e"))))
			c->name_constraints_are_critical = x->critical;
		if ((readers[i].criticality == MUST && !x->critical) ||
		    (readers[i].criticality == MUST_NOT && x->critical))
			c->defects |= is_policy_rule(x->oid) ? CERT_DEFECT_POLICY_CRITICALITY
							     : CERT_DEFECT_CRITICALITY;
		if (readers[i].read(c, x->value, &failure)) {
			if (!der_is_canonical(x->value))
				c->defects |= CERT_DEFECT_ENCODING;
			return true;
		}
		if (failure.code != ERR_FORMAT) {
			*e = failure;
			return false;
		}
		c->defects |= CERT_DEFECT_EXTENSION_FORMAT;
		return true;
	}
	return true;
}

/* Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue } */
static bool read_extension(struct cert *c, struct der *d, struct cert_extension *out)
{
	struct der x;
	bool critical = false;
	struct cert_extension extension = {.critical = false};
	if (!der_enter(d, DER_SEQUENCE, &x) || !der_get(&x, DER_OID, &extension.oid))
		return false;
	if (der_is(&x, DER_BOOLEAN)) {
		if (!der_bool(&x, &critical))
			return false;
		if (!critical)
			c->defects |= CERT_DEFECT_ENCODING;
	}
	extension.critical = critical;
	if (!der_get(&x, DER_OCTET_STRING, &extension.value) || !der_done(&x))
		return false;
	*out = extension;
	return true;
}

static bool is_there_already(const struct cert *c, size_t n, struct span oid)
{
	for (size_t i = 0; i < n; i++)
		if (span_equal(c->extensions[i].oid, oid))
			return true;
	return false;
}

bool cert_read_extensions(struct cert *c, struct der d, struct err *e)
{
	struct der_item item;
	size_t n = 0;
	for (struct der count = d; !der_done(&count); n++)
		if (!der_next(&count, &item))
			return err_reason(e, "x509.corrupt", "malformed extensions");
	if (n > CERT_EXTENSIONS_MAX)
		return err_set(e, ERR_LIMIT, "%zu extensions in one certificate, at most %d", n,
			       CERT_EXTENSIONS_MAX);
	if (n == 0) {
		c->defects |= CERT_DEFECT_EMPTY_EXTENSION;
		return true;
	}
	c->extensions = mem_array(n, sizeof *c->extensions);
	if (c->extensions == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		struct cert_extension *x = &c->extensions[i];
		if (!read_extension(c, &d, x))
			return err_reason(e, "x509.corrupt", "malformed extension");
		c->n_extensions++;
		/* Of two with one identifier the first counts, and the certificate is refused for it. */
		if (is_there_already(c, i, x->oid)) {
			c->defects |= CERT_DEFECT_DUPLICATE_EXTENSION;
			continue;
		}
		if (!decode(c, x, e))
			return false;
		if (x->critical && !x->known)
			c->has_unknown_critical = true;
	}
	return true;
}
