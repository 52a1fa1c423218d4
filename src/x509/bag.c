/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/bag.h"

#include "base/mem.h"
#include "base/text.h"

void bag_clear(struct bag *b)
{
	cert_list_clear(&b->certs);
	mem_free(b->cert_names);
	for (size_t i = 0; i < b->n_keys; i++)
		secret_clear(&b->keys[i].pkcs8);
	mem_free(b->keys);
	for (size_t i = 0; i < b->n_crls; i++)
		crl_unref(b->crls[i]);
	mem_free(b->crls);
	*b = (struct bag)BAG_INIT;
}

static bool too_many(struct err *e)
{
	return err_set(e, ERR_LIMIT, "more than %d members of one kind in one file",
		       BAG_MEMBERS_MAX);
}

static size_t find_cert(const struct bag *b, const struct cert *c)
{
	size_t i = 0;
	while (i < b->certs.n && !cert_equal(b->certs.items[i], c))
		i++;
	return i;
}

bool bag_add_cert(struct bag *b, struct cert *c, const char *name, struct err *e)
{
	size_t i = find_cert(b, c);
	if (i == BAG_MEMBERS_MAX)
		return too_many(e);
	if (i == b->certs.n) {
		char(*names)[BAG_NAME_BYTES] = mem_grow(b->cert_names, i, i + 1, sizeof(*names));
		if (!names)
			return err_nomem(e);
		b->cert_names = names;
		if (!cert_list_add(&b->certs, c, e))
			return false;
	}
	if (b->cert_names[i][0] == '\0')
		text_copy(b->cert_names[i], BAG_NAME_BYTES, name);
	return true;
}

bool bag_add_key(struct bag *b, struct secret *pkcs8, const struct key_info *info, const char *name,
		 struct err *e)
{
	for (size_t i = 0; i < b->n_keys; i++)
		if (secret_equal(secret_span(&b->keys[i].pkcs8), secret_span(pkcs8))) {
			secret_clear(pkcs8);
			return true;
		}
	if (b->n_keys == BAG_MEMBERS_MAX)
		return too_many(e);
	struct bag_key *keys = mem_grow(b->keys, b->n_keys, b->n_keys + 1, sizeof(*keys));
	if (!keys)
		return err_nomem(e);
	b->keys = keys;
	struct bag_key *k = &keys[b->n_keys++];
	secret_move(&k->pkcs8, pkcs8);
	k->info = *info;
	text_copy(k->friendly_name, sizeof(k->friendly_name), name);
	return true;
}

bool bag_add_crl(struct bag *b, struct crl *l, struct err *e)
{
	for (size_t i = 0; i < b->n_crls; i++)
		if (memcmp(b->crls[i]->sha256, l->sha256, sizeof(l->sha256)) == 0)
			return true;
	if (b->n_crls == BAG_MEMBERS_MAX)
		return too_many(e);
	struct crl **crls = mem_grow(b->crls, b->n_crls, b->n_crls + 1, sizeof(*crls));
	if (!crls)
		return err_nomem(e);
	b->crls = crls;
	crls[b->n_crls++] = crl_ref(l);
	return true;
}

static bool key_fits(const struct bag_key *k, const struct cert *c)
{
	struct err ignored = ERR_INIT;
	bool same_kind = k->info.type == KEY_RSA || k->info.type == KEY_RSA_PSS
				 ? c->key_type == KEY_RSA || c->key_type == KEY_RSA_PSS
				 : k->info.type == c->key_type;
	bool fits = false;
	if (memcmp(k->info.spki_sha256, c->spki_sha256, SHA256_BYTES) == 0)
		return true;
	/* The same key may be written in two ways: a PSS certificate over a plain RSA key, a DSA one
	 * that has its parameters, and so its size, from its issuer. */
	return same_kind && (k->info.bits == c->key_bits || c->key_bits == 0) &&
	       key_matches(&k->pkcs8, c, &fits, &ignored) && fits;
}

const struct bag_key *bag_key_of(const struct bag *b, const struct cert *c)
{
	for (size_t i = 0; i < b->n_keys; i++)
		if (key_fits(&b->keys[i], c))
			return &b->keys[i];
	return NULL;
}

static bool key_has_cert(const struct bag *b, const struct bag_key *k)
{
	for (size_t i = 0; i < b->certs.n; i++)
		if (key_fits(k, b->certs.items[i]))
			return true;
	return false;
}

bool bag_check_keys(const struct bag *b, struct err *e)
{
	for (size_t i = 0; b->certs.n > 0 && i < b->n_keys; i++) {
		const struct bag_key *k = &b->keys[i];
		struct buf name AUTO_BUF = BUF_INIT;
		if (key_has_cert(b, k))
			continue;
		text_escape(&name, span_str(k->friendly_name));
		return err_reason(e, "key.mismatch",
				  "key %zu of %zu (%s%s%s) belongs to none of the %zu certificates",
				  i + 1, b->n_keys, k->info.form, name.len > 0 ? ", " : "",
				  buf_str(&name), b->certs.n);
	}
	return true;
}

/* Whether issuer may have issued c, by names and key identifiers: enough for an order, never for trust. */
static bool may_have_issued(const struct cert *issuer, const struct cert *c)
{
	if (!name_equal(&issuer->subject, &c->issuer))
		return false;
	return c->authority_key_id.len == 0 || issuer->subject_key_id.len == 0 ||
	       span_equal(c->authority_key_id, issuer->subject_key_id);
}

struct sorted {
	const struct bag *from;
	struct bag to;
};

static bool move_with_issuers(struct sorted *s, size_t i, struct err *e)
{
	const struct cert_list *l = &s->from->certs;
	while (i < l->n) {
		struct cert *c = l->items[i];
		if (!bag_add_cert(&s->to, c, s->from->cert_names[i], e))
			return false;
		for (i = 0; i < l->n; i++)
			if (!cert_list_has(&s->to.certs, l->items[i]) &&
			    may_have_issued(l->items[i], c))
				break;
	}
	return true;
}

bool bag_sort(struct bag *b, struct err *e)
{
	struct sorted s = {.from = b, .to = BAG_INIT};
	bool done = true;
	for (size_t i = 0; done && i < b->certs.n; i++)
		if (bag_key_of(b, b->certs.items[i]) &&
		    !cert_list_has(&s.to.certs, b->certs.items[i]))
			done = move_with_issuers(&s, i, e);
	for (size_t i = 0; done && i < b->certs.n; i++)
		done = bag_add_cert(&s.to, b->certs.items[i], b->cert_names[i], e);
	if (done) {
		struct cert_list certs = b->certs;
		char(*names)[BAG_NAME_BYTES] = b->cert_names;
		b->certs = s.to.certs;
		b->cert_names = s.to.cert_names;
		s.to.certs = certs;
		s.to.cert_names = names;
	}
	bag_clear(&s.to);
	return done;
}
