/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/cert.h"

#include "base/mem.h"
#include "base/text.h"
#include "x509/cert_read.h"
#include "x509/der.h"

#include <mbedtls/sha1.h>

static bool corrupt(struct err *e, const char *what)
{
	return err_reason(e, "x509.corrupt", "not a certificate: %s", what);
}

/* 4.1.2.1: DEFAULT v1, so that v1 written out is not DER. */
static bool read_version(struct cert *c, struct der *tbs, struct err *e)
{
	struct der inner;
	int version;
	c->version = 1;
	if (!der_is(tbs, DER_CONTEXT_CONSTRUCTED(0)))
		return true;
	if (!der_enter(tbs, DER_CONTEXT_CONSTRUCTED(0), &inner) ||
	    !der_small_int(&inner, DER_INTEGER, 2, &version) || !der_done(&inner))
		return corrupt(e, "version");
	c->version = version + 1;
	if (version == 0)
		c->defects |= CERT_DEFECT_ENCODING;
	return true;
}

static bool read_serial(struct cert *c, struct der *tbs, struct err *e)
{
	if (!der_get(tbs, DER_INTEGER, &c->serial) || c->serial.len == 0)
		return corrupt(e, "serial number");
	bool zero = true;
	for (size_t i = 0; i < c->serial.len; i++)
		zero = zero && c->serial.p[i] == 0;
	/* 4.1.2.2: twenty octets of contents at most. */
	if (zero || (c->serial.p[0] & 0x80) != 0 || c->serial.len > 20)
		c->defects |= CERT_DEFECT_SERIAL;
	return true;
}

static bool read_name(struct der *tbs, struct name *out, struct err *e)
{
	struct der_item item;
	if (!der_is(tbs, DER_SEQUENCE) || !der_next(tbs, &item))
		return corrupt(e, "name");
	return name_parse(item.whole, out, e);
}

static bool read_validity(struct cert *c, struct der *tbs, struct err *e)
{
	struct der validity;
	bool odd_before = false, odd_after = false;
	if (!der_enter(tbs, DER_SEQUENCE, &validity) ||
	    !der_time(&validity, &c->not_before_s, &odd_before) ||
	    !der_time(&validity, &c->not_after_s, &odd_after) || !der_done(&validity))
		return corrupt(e, "validity");
	if (odd_before || odd_after)
		c->defects |= CERT_DEFECT_TIME;
	return true;
}

static bool read_unique_ids(struct cert *c, struct der *tbs, struct err *e)
{
	for (int n = 1; n <= 2; n++) {
		struct span bits;
		unsigned unused;
		if (!der_is(tbs, DER_CONTEXT(n)))
			continue;
		if (!der_bits(tbs, DER_CONTEXT(n), &bits, &unused))
			return corrupt(e, "unique identifier");
		if (c->version < 2)
			c->defects |= CERT_DEFECT_VERSION;
	}
	return true;
}

static bool read_tbs(struct cert *c, struct der tbs, struct err *e)
{
	struct der_item algorithm, spki;
	struct der wrapper, extensions;
	if (!read_version(c, &tbs, e) || !read_serial(c, &tbs, e))
		return false;
	if (!der_is(&tbs, DER_SEQUENCE) || !der_next(&tbs, &algorithm))
		return corrupt(e, "signature algorithm");
	if (!read_name(&tbs, &c->issuer, e) || !read_validity(c, &tbs, e) ||
	    !read_name(&tbs, &c->subject, e))
		return false;
	if (!der_is(&tbs, DER_SEQUENCE) || !der_next(&tbs, &spki))
		return corrupt(e, "public key");
	c->spki = spki.whole;
	if (!read_unique_ids(c, &tbs, e))
		return false;
	if (!span_equal(algorithm.whole, c->signature_algorithm))
		c->defects |= CERT_DEFECT_SIGNATURE_ALGORITHMS;
	cert_read_key(c);
	if (der_done(&tbs))
		return true;
	if (!der_enter(&tbs, DER_CONTEXT_CONSTRUCTED(3), &wrapper) ||
	    !der_enter(&wrapper, DER_SEQUENCE, &extensions) || !der_done(&wrapper) ||
	    !der_done(&tbs))
		return corrupt(e, "what follows the public key");
	if (c->version != 3)
		c->defects |= CERT_DEFECT_VERSION;
	return cert_read_extensions(c, extensions, e);
}

static bool read_certificate(struct cert *c, struct err *e)
{
	struct der outer, tbs;
	struct der_item tbs_item, algorithm;
	struct span bits;
	if (!der_only(span_of(c->der, c->der_len), DER_SEQUENCE, &outer) ||
	    !der_is(&outer, DER_SEQUENCE) || !der_next(&outer, &tbs_item))
		return corrupt(e, "no SEQUENCE of its whole length");
	if (!der_is(&outer, DER_SEQUENCE) || !der_next(&outer, &algorithm))
		return corrupt(e, "signature algorithm");
	if (!der_get(&outer, DER_BIT_STRING, &bits) || bits.len == 0 || !der_done(&outer))
		return corrupt(e, "signature");
	/* Signatures are whole octets: one that is not stays empty, and verifies with no key. */
	if (bits.p[0] == 0)
		c->signature = span_of(bits.p + 1, bits.len - 1);
	c->tbs = tbs_item.whole;
	c->signature_algorithm = algorithm.whole;
	tbs = der_of(tbs_item.contents);
	return read_tbs(c, tbs, e);
}

static bool identify(struct cert *c, struct err *e)
{
	sha256(span_of(c->der, c->der_len), c->sha256);
	sha256(c->spki, c->spki_sha256);
	if (mbedtls_sha1(c->der, c->der_len, c->sha1) != 0)
		return err_set(e, ERR_CRYPTO, "SHA-1 is not available");
	hex_lower(span_of(c->sha256, sizeof c->sha256), c->id);
	hex_upper(span_of(c->sha1, sizeof c->sha1), c->thumbprint);
	return true;
}

bool cert_parse(const uint8_t *der, size_t len, struct cert **out, struct err *e)
{
	struct cert *c AUTO_CERT = NULL;
	if (len > CERT_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "certificate of %zu bytes, at most %zu", len,
			       CERT_MAX_BYTES);
	if (len == 0)
		return corrupt(e, "it is empty");
	c = mem_new(struct cert);
	if (c == NULL)
		return err_nomem(e);
	atomic_init(&c->refs, 1);
	c->path_len = c->require_explicit_policy = -1;
	c->inhibit_policy_mapping = c->inhibit_any_policy = -1;
	c->der = mem_dup(der, len);
	if (c->der == NULL)
		return err_nomem(e);
	c->der_len = len;
	if (!read_certificate(c, e) || !identify(c, e))
		return false;
	if (!der_is_canonical(span_of(c->der, c->der_len)))
		c->defects |= CERT_DEFECT_ENCODING;
	cert_mark_shape(c);
	*out = c;
	c = NULL;
	return true;
}

struct cert *cert_ref(struct cert *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void cert_unref(struct cert *c)
{
	if (c == NULL || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < c->n_name_constraints; i++)
		name_clear(&c->name_constraints[i].base.directory);
	mem_free(c->name_constraints);
	general_names_clear(&c->issuer_urls);
	general_names_clear(&c->ocsp_urls);
	general_names_clear(&c->crl_urls);
	general_names_clear(&c->freshest_urls);
	mem_free(c->policy_mappings);
	mem_free(c->policies);
	general_names_clear(&c->authority_cert_issuer);
	general_names_clear(&c->san);
	mem_free(c->eku.items);
	mem_free(c->extensions);
	name_clear(&c->subject);
	name_clear(&c->issuer);
	mem_free(c->der);
	mem_free(c);
}

bool cert_equal(const struct cert *a, const struct cert *b)
{
	return a == b || memcmp(a->sha256, b->sha256, sizeof a->sha256) == 0;
}

bool cert_is_self_issued(const struct cert *c)
{
	return name_equal(&c->issuer, &c->subject);
}
