/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/crl.h"

#include "base/mem.h"
#include "base/text.h"
#include "x509/crl_read.h"
#include "x509/der.h"

static bool corrupt(struct err *e, const char *what)
{
	return err_reason(e, "x509.corrupt", "not a revocation list: %s", what);
}

static bool read_times(struct crl *l, struct der *tbs, struct err *e)
{
	bool odd = false;
	l->next_update_s = -1;
	if (!der_time(tbs, &l->this_update_s, &odd))
		return corrupt(e, "thisUpdate");
	l->has_defect = l->has_defect || odd;
	if (!der_is(tbs, DER_UTC_TIME) && !der_is(tbs, DER_GENERALIZED_TIME)) {
		l->has_defect = true; /* 5.1.2.5: nextUpdate must be there */
		return true;
	}
	if (!der_time(tbs, &l->next_update_s, &odd))
		return corrupt(e, "nextUpdate");
	l->has_defect = l->has_defect || odd;
	return true;
}

static bool read_tbs(struct crl *l, struct der tbs, struct err *e)
{
	struct der_item algorithm, issuer;
	struct der list, wrapper;
	int version = 0;
	if (der_is(&tbs, DER_INTEGER) && !der_small_int(&tbs, DER_INTEGER, 1, &version))
		return corrupt(e, "version");
	l->version = version + 1;
	if (!der_is(&tbs, DER_SEQUENCE) || !der_next(&tbs, &algorithm))
		return corrupt(e, "signature algorithm");
	if (!span_equal(algorithm.whole, l->signature_algorithm))
		l->has_defect = true;
	if (!der_is(&tbs, DER_SEQUENCE) || !der_next(&tbs, &issuer))
		return corrupt(e, "issuer");
	if (!name_parse(issuer.whole, &l->issuer, e) || !read_times(l, &tbs, e))
		return false;
	if (name_is_empty(&l->issuer))
		l->has_defect = true;
	if (der_is(&tbs, DER_SEQUENCE)) {
		if (!der_enter(&tbs, DER_SEQUENCE, &list))
			return corrupt(e, "revoked certificates");
		if (!crl_read_entries(l, list, e))
			return false;
	}
	if (der_done(&tbs)) {
		l->has_defect = true; /* 5.2: every list has a number and names its key */
		return true;
	}
	if (!der_enter(&tbs, DER_CONTEXT_CONSTRUCTED(0), &wrapper) ||
	    !der_enter(&wrapper, DER_SEQUENCE, &list) || !der_done(&wrapper) || !der_done(&tbs))
		return corrupt(e, "extensions");
	if (l->version != 2)
		l->has_defect = true;
	return crl_read_extensions(l, list, e);
}

static bool read_list(struct crl *l, struct err *e)
{
	struct der outer;
	struct der_item tbs, algorithm;
	struct span bits;
	if (!der_only(span_of(l->der, l->der_len), DER_SEQUENCE, &outer) ||
	    !der_is(&outer, DER_SEQUENCE) || !der_next(&outer, &tbs))
		return corrupt(e, "no SEQUENCE of its whole length");
	if (!der_is(&outer, DER_SEQUENCE) || !der_next(&outer, &algorithm) ||
	    !der_get(&outer, DER_BIT_STRING, &bits) || bits.len == 0 || !der_done(&outer))
		return corrupt(e, "signature");
	if (bits.p[0] == 0)
		l->signature = span_of(bits.p + 1, bits.len - 1);
	l->tbs = tbs.whole;
	l->signature_algorithm = algorithm.whole;
	return read_tbs(l, der_of(tbs.contents), e);
}

bool crl_parse(const uint8_t *der, size_t len, struct crl **out, struct err *e)
{
	struct crl *l AUTO(crl_autop) = NULL;
	if (len > CRL_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "revocation list of %zu bytes, at most %zu", len,
			       CRL_MAX_BYTES);
	if (len == 0)
		return corrupt(e, "it is empty");
	l = mem_new(struct crl);
	if (l == NULL)
		return err_nomem(e);
	atomic_init(&l->refs, 1);
	l->der = mem_dup(der, len);
	if (l->der == NULL)
		return err_nomem(e);
	l->der_len = len;
	if (!read_list(l, e))
		return false;
	if (!der_is_canonical(span_of(l->der, l->der_len)))
		l->has_defect = true;
	sha256(span_of(l->der, l->der_len), l->sha256);
	hex_lower(span_of(l->sha256, sizeof l->sha256), l->id);
	*out = l;
	l = NULL;
	return true;
}

struct crl *crl_ref(struct crl *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void crl_unref(struct crl *c)
{
	if (c == NULL || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	mem_free(c->by_serial);
	mem_free(c->entries);
	general_names_clear(&c->freshest_urls);
	name_clear(&c->issuer);
	mem_free(c->der);
	mem_free(c);
}
