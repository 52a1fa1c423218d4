/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/access/account_certificates.h"

#include "base/text.h"
#include "core/certs/cert_values.h"
#include "store/account_certificates.h"

#include <stdio.h>
#include <string.h>

/*
 * Whom a certificate stands for. Runs at each request that a certificate was sent with: a few
 * look-ups by index.
 */
struct search {
	const struct trust_path *path; /* the accepted one */
	bool issuer_signed_it;	       /* the issuer must be the one right above the leaf */
	bool any_issuer;	       /* none is asked for */
	int found;		       /* different accounts of this kind */
	struct cert_match *out;
};

static bool is_issuer(const struct store_account_cert *row, const struct cert *c)
{
	return span_equal(row->issuer_name,
			  span_of(c->subject.canonical, c->subject.canonical_len)) &&
	       span_equal(row->issuer_key, span_of(c->spki_sha256, SHA256_BYTES));
}

static bool issuer_fits(const struct search *s, const struct store_account_cert *row)
{
	size_t last = s->issuer_signed_it ? 2 : s->path->n_steps;

	if (s->any_issuer)
		return true;
	for (size_t i = 1; i < last && i < s->path->n_steps; i++)
		if (is_issuer(row, s->path->steps[i].cert))
			return true;
	return false;
}

static void deny(struct cert_match *m, const char *before, const char *account, const char *after)
{
	m->standing = CERT_DENIED;
	snprintf(m->why, sizeof(m->why), "%s '%.100s'%s", before, account, after);
}

static bool consider(void *arg, const struct store_account_cert *row, struct err *e)
{
	struct search *s = arg;
	struct cert_match *m = s->out;

	(void)e;
	if (m->standing == CERT_DENIED || !issuer_fits(s, row))
		return true;
	if (row->deny)
		deny(m, "the certificate is mapped to the account", row->account,
		     " with access denied");
	else if (s->found > 0 && m->account_id != row->account_id)
		deny(m, "the certificate's names lead to more than one account,", row->account,
		     " among them");
	else if (s->found > 0 || m->standing == CERT_UNMAPPED) {
		s->found++;
		m->standing = CERT_ALLOWED;
		m->account_id = row->account_id;
		m->role = (enum role)row->role;
		text_copy(m->account, sizeof(m->account), row->account);
	}
	return true;
}

/* What is not looked up might be mapped with access denied. */
static void deny_too_many(struct cert_match *m, const char *kind)
{
	m->standing = CERT_DENIED;
	snprintf(m->why, sizeof(m->why), "the certificate has more than %d names of kind %s",
		 ACCOUNT_CERT_NAMES_MAX, kind);
}

static bool by_values(struct core *c, struct search *s, const char *kind, struct err *e)
{
	const struct cert *leaf = s->path->steps[0].cert;

	for (size_t i = 0;; i++) {
		struct buf value AUTO_BUF = BUF_INIT;

		if (!cert_value_at(leaf, kind, i, &value))
			return true;
		if (!buf_ok(&value))
			return err_nomem(e);
		if (i == ACCOUNT_CERT_NAMES_MAX) {
			deny_too_many(s->out, kind);
			return true;
		}
		if (value.len > 0 &&
		    !store_account_cert_find(core_store(c), kind, buf_str(&value), consider, s, e))
			return false;
	}
}

bool account_cert_identify(struct core *c, const struct verdict *v, struct cert_match *out,
			   struct err *e)
{
	struct search s = {.any_issuer = true, .out = out};

	*out = (struct cert_match){.standing = CERT_UNMAPPED};
	if (!v || !v->accept || v->n_paths == 0 || v->paths[0].n_steps == 0)
		return true;
	s.path = &v->paths[0];
	text_copy(out->sha256, sizeof(out->sha256), s.path->steps[0].cert->id);
	if (!store_account_cert_find(core_store(c), "certificate", out->sha256, consider, &s, e))
		return false;
	s = (struct search){.path = s.path, .issuer_signed_it = true, .out = out};
	if (!by_values(c, &s, "serial", e))
		return false;
	s = (struct search){.path = s.path, .out = out}; /* UPN and e-mail are one kind */
	return by_values(c, &s, "upn", e) && by_values(c, &s, "email", e);
}
