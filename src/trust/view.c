/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/view.h"

#include "base/digest.h"
#include "base/mem.h"
#include "x509/signature.h"

#include <string.h>

#define NAME_SEED UINT64_C(14695981039346656037) /* FNV's own */

static size_t name_hash(const struct name *n)
{
	return (size_t)table_hash(span_of(n->canonical, n->canonical_len), NAME_SEED);
}

static uint32_t *octets_bucket(const struct trust_view *v, const uint8_t *sha256)
{
	size_t h;
	memcpy(&h, sha256, sizeof h);
	return &v->octets[h & (v->n_buckets - 1)];
}

static struct view_cert *add_cert(struct trust_view *v, struct cert *c)
{
	uint32_t *head = octets_bucket(v, c->sha256);
	for (uint32_t i = *head; i != 0; i = v->certs[i - 1].next_same)
		if (cert_equal(v->certs[i - 1].cert, c))
			return &v->certs[i - 1];
	struct view_cert *x = &v->certs[v->n_certs++];
	x->cert = cert_ref(c);
	x->next_same = *head;
	*head = (uint32_t)v->n_certs;
	return x;
}

static bool add_store(struct trust_view *v, const struct trust_store *s, struct err *e)
{
	if (v->n_stores == TRUST_MAX_STORES)
		return err_set(e, ERR_LIMIT, "more than %d stores in one trust view",
			       TRUST_MAX_STORES);
	struct view_store *store = &v->stores[v->n_stores];
	store->name = mem_str(s->name);
	if (store->name == NULL)
		return err_nomem(e);
	store->n = s->certs->n;
	for (size_t i = 0; i < s->certs->n; i++)
		add_cert(v, s->certs->items[i])->stores |= UINT64_C(1) << v->n_stores;
	v->n_stores++;
	return true;
}

static bool make_tables(struct trust_view *v, struct crl *const *crls, size_t n_crls, struct err *e)
{
	v->subjects = mem_array(v->n_buckets, sizeof *v->subjects);
	v->crl_issuers = mem_array(v->n_buckets, sizeof *v->crl_issuers);
	v->crls = mem_array(n_crls + 1, sizeof *v->crls);
	if (v->subjects == NULL || v->crl_issuers == NULL || v->crls == NULL)
		return err_nomem(e);
	for (size_t i = v->n_certs; i-- > 0;) {
		size_t bucket = name_hash(&v->certs[i].cert->subject) & (v->n_buckets - 1);
		v->certs[i].next = v->subjects[bucket];
		v->subjects[bucket] = (uint32_t)(i + 1);
	}
	for (size_t i = 0; i < n_crls; i++) {
		size_t bucket = name_hash(&crls[i]->issuer) & (v->n_buckets - 1);
		v->crls[i].crl = crl_ref(crls[i]);
		v->crls[i].checked_at_s = crls[i]->this_update_s;
		v->crls[i].next = v->crl_issuers[bucket];
		v->crl_issuers[bucket] = (uint32_t)(i + 1);
		v->n_crls++;
	}
	return true;
}

DEFINE_AUTO(struct trust_view *, view, trust_view_unref)

bool trust_view_new(const struct trust_store *stores, size_t n_stores, struct crl *const *crls,
		    size_t n_crls, struct trust_view **out, struct err *e)
{
	struct trust_view *v AUTO(view_autop) = mem_new(struct trust_view);
	size_t n = 0;
	if (v == NULL)
		return err_nomem(e);
	atomic_init(&v->refs, 1);
	for (size_t i = 0; i < n_stores; i++)
		n += stores[i].certs->n;
	if (n >= UINT32_MAX || n_crls >= UINT32_MAX)
		return err_set(e, ERR_LIMIT, "too many certificates in one trust view");
	for (v->n_buckets = 16; v->n_buckets < n + n_crls; v->n_buckets *= 2)
		;
	v->octets = mem_array(v->n_buckets, sizeof *v->octets);
	v->certs = mem_array(n + 1, sizeof *v->certs);
	if (v->octets == NULL || v->certs == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < n_stores; i++)
		if (!add_store(v, &stores[i], e))
			return false;
	if (!make_tables(v, crls, n_crls, e))
		return false;
	*out = v;
	v = NULL;
	return true;
}

void trust_view_crl_checked(struct trust_view *v, size_t i, int64_t checked_at_s)
{
	if (checked_at_s > v->crls[i].checked_at_s)
		v->crls[i].checked_at_s = checked_at_s;
}

struct cert *trust_view_known_cert(const struct trust_view *v, const uint8_t sha256[static 32],
				   struct span der)
{
	for (uint32_t i = *octets_bucket(v, sha256); i != 0; i = v->certs[i - 1].next_same) {
		struct cert *c = v->certs[i - 1].cert;
		if (span_equal(span_of(c->der, c->der_len), der))
			return c;
	}
	return NULL;
}

struct crl *trust_view_known_crl(const struct trust_view *v, struct span der)
{
	for (size_t i = 0; i < v->n_crls; i++)
		if (span_equal(span_of(v->crls[i].crl->der, v->crls[i].crl->der_len), der))
			return v->crls[i].crl;
	return NULL;
}

struct trust_view *trust_view_ref(struct trust_view *v)
{
	atomic_fetch_add_explicit(&v->refs, 1, memory_order_relaxed);
	return v;
}

void trust_view_unref(struct trust_view *v)
{
	if (v == NULL || atomic_fetch_sub_explicit(&v->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < v->n_crls; i++)
		crl_unref(v->crls[i].crl);
	for (size_t i = 0; i < v->n_stores; i++)
		mem_free(v->stores[i].name);
	for (size_t i = 0; i < v->n_certs; i++)
		cert_unref(v->certs[i].cert);
	mem_free(v->crl_issuers);
	mem_free(v->crls);
	mem_free(v->subjects);
	mem_free(v->octets);
	mem_free(v->certs);
	mem_free(v);
}

uint64_t view_store_bit(const struct trust_view *v, const char *name)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < v->n_stores; i++)
		if (strcmp(v->stores[i].name, name) == 0)
			bits |= UINT64_C(1) << i;
	return bits;
}

size_t view_store_size(const struct trust_view *v, const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < v->n_stores; i++)
		if (strcmp(v->stores[i].name, name) == 0)
			n += v->stores[i].n;
	return n;
}

struct view_cert *view_first(const struct trust_view *v, const struct name *n)
{
	uint32_t i = v->subjects[name_hash(n) & (v->n_buckets - 1)];
	return i == 0 ? NULL : &v->certs[i - 1];
}

struct view_cert *view_next(const struct trust_view *v, const struct view_cert *at)
{
	return at->next == 0 ? NULL : &v->certs[at->next - 1];
}

struct view_cert *view_find(const struct trust_view *v, const struct cert *c)
{
	struct view_cert *x = view_first(v, &c->subject);
	while (x != NULL && !cert_equal(x->cert, c))
		x = view_next(v, x);
	return x;
}

const struct view_crl *view_first_crl(const struct trust_view *v, const struct name *issuer)
{
	uint32_t i = v->crl_issuers[name_hash(issuer) & (v->n_buckets - 1)];
	return i == 0 ? NULL : &v->crls[i - 1];
}

const struct view_crl *view_next_crl(const struct trust_view *v, const struct view_crl *at)
{
	return at->next == 0 ? NULL : &v->crls[at->next - 1];
}

enum self_signed view_self_signed(struct view_cert *c)
{
	int known = atomic_load_explicit(&c->self_signed, memory_order_relaxed);
	if (known != SELF_UNKNOWN)
		return (enum self_signed)known;
	enum self_signed answer = SELF_NO;
	if (cert_is_self_issued(c->cert)) {
		enum signature_result r = cert_verify_signed_by(c->cert, c->cert);
		answer = r == SIGNATURE_GOOD	      ? SELF_YES
			 : r == SIGNATURE_UNSUPPORTED ? SELF_UNVERIFIABLE
						      : SELF_NO;
	}
	atomic_store_explicit(&c->self_signed, answer, memory_order_relaxed);
	return answer;
}

bool view_root_is_mixed(struct trust_view *v)
{
	int known = atomic_load_explicit(&v->root_is_mixed, memory_order_relaxed);
	if (known != 0)
		return known == 2;
	uint64_t root = view_store_bit(v, "Root");
	bool mixed = false;
	for (size_t i = 0; i < v->n_certs && !mixed; i++)
		mixed = (v->certs[i].stores & root) != 0 && !cert_is_self_issued(v->certs[i].cert);
	/* Names first: a signature is looked at only where they leave it open. */
	for (size_t i = 0; i < v->n_certs && !mixed; i++)
		mixed = (v->certs[i].stores & root) != 0 &&
			view_self_signed(&v->certs[i]) == SELF_NO;
	atomic_store_explicit(&v->root_is_mixed, mixed ? 2 : 1, memory_order_relaxed);
	return mixed;
}
