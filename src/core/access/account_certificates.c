/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/access/account_certificates.h"

#include "base/digest.h"
#include "base/num.h"
#include "base/text.h"
#include "core/audit.h"
#include "core/certs/cert_values.h"
#include "core/certs/certs.h"
#include "core/paging.h"
#include "core/permit.h"
#include "core/reading/reader.h"
#include "core/tx.h"
#include "core/view/view.h"
#include "store/account_certificates.h"
#include "x509/bag.h"
#include "x509/signature.h"

#include <stdio.h>
#include <string.h>

static json_t *issuer_view(const struct store_account_cert *row)
{
	if (!*row->issuer_sha256)
		return json_null();
	return json_pack("{s:s, s:s}", "sha256", row->issuer_sha256, "subject",
			 row->issuer_subject);
}

static json_t *mapping_view(const struct store_account_cert *row)
{
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)row->id);
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:s}", "id", id, "user", row->account,
			 "kind", row->kind, "value", row->value, "issuer", issuer_view(row),
			 "access", row->deny ? "deny" : "allow", "created",
			 json_time(row->created_at_s), "created_by", row->created_by);
}

static bool account_need(struct core *c, const char *user, struct store_account *out, struct err *e)
{
	bool found = false;

	if (!store_account_find(core_store(c), user, out, &found, e))
		return false;
	return found || err_set(e, ERR_NOT_FOUND, "there is no account '%s'", user);
}

/* ---- what is wished, made exact ---- */

static bool from_file(struct span file, struct cert **out, struct err *e)
{
	struct bag bag AUTO_BAG = BAG_INIT;

	if (!reader_bag(file, NULL, true, &bag, e))
		return false;
	if (bag.certs.n == 0)
		return err_reason(e, "file.no_certificate", "no certificate in the file");
	*out = cert_ref(bag.certs.items[0]);
	return true;
}

/* The client's certificate, if one was given; NULL otherwise. */
static bool client_of(struct core *c, const struct account_cert_wish *w, struct cert **out,
		      struct err *e)
{
	if (w->file.len > 0)
		return from_file(w->file, out, e);
	return !w->certificate || certs_find(c, w->certificate, out, e);
}

static bool issuer_of(struct core *c, const struct account_cert_wish *w, struct cert **out,
		      struct err *e)
{
	if (!w->issuer)
		return err_reason(e, "mapping.no_issuer",
				  "a mapping by %s needs the issuer whose word counts", w->kind);
	if (!certs_find(c, w->issuer, out, e))
		return false;
	return (*out)->is_ca || ((*out)->version < 3 && cert_is_self_signed(*out)) ||
	       err_reason(e, "mapping.issuer_not_ca", "'%s' is no CA certificate", w->issuer);
}

/* A SHA-256 is enough: the certificate itself need not be known here. */
static bool exact_value(struct core *c, const struct account_cert_wish *w, struct buf *value,
			struct err *e)
{
	struct cert *client AUTO_CERT = NULL;
	char hex[2 * SHA256_BYTES + 1];

	if (w->file.len == 0 && w->certificate &&
	    fingerprint_normalise(w->certificate, hex, sizeof(hex)) &&
	    strlen(hex) == 2 * SHA256_BYTES) {
		buf_add_str(value, hex);
		return true;
	}
	if (!client_of(c, w, &client, e))
		return false;
	if (!client)
		return err_reason(e, "request.member", "file or certificate is needed");
	buf_add_str(value, client->id);
	return true;
}

static bool value_of(struct core *c, const struct account_cert_wish *w, struct buf *value,
		     struct err *e)
{
	struct cert *client AUTO_CERT = NULL;

	if (strcmp(w->kind, "certificate") == 0)
		return exact_value(c, w, value, e);
	if (w->value) {
		if (!cert_value_normal(w->kind, w->value, value))
			return err_reason(e, "mapping.value", "'%.80s' is no %s", w->value,
					  strcmp(w->kind, "serial") == 0 ? "serial number in hex"
					  : strcmp(w->kind, "upn") == 0	 ? "user principal name"
									 : "e-mail address");
		return true;
	}
	if (!client_of(c, w, &client, e))
		return false;
	if (!client)
		return err_reason(e, "request.member", "value, file or certificate is needed");
	if (!cert_value_at(client, w->kind, 0, value))
		return err_reason(e, "mapping.value", "the certificate has no %s", w->kind);
	return true;
}

static bool kind_check(const char *kind, struct err *e)
{
	static const char *const kinds[] = {"certificate", "serial", "upn", "email"};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return err_reason(e, "request.member",
			  "kind must be certificate, serial, upn or email, not '%.40s'", kind);
}

static bool insert(struct core *c, const struct actor *by, const char *user,
		   struct store_account_cert *row, struct err *e)
{
	struct store_account a;
	int64_t n;

	if (!account_need(c, user, &a, e) || !store_account_cert_count(core_store(c), &n, e))
		return false;
	if (n >= ACCOUNT_CERTS_MAX)
		return err_reason(e, "limit.rows", "there are %d mappings already",
				  ACCOUNT_CERTS_MAX);
	row->account_id = a.id;
	if (!store_account_cert_insert(core_store(c), row, &row->id, e))
		return e->code == ERR_EXISTS ? err_reason(e, "mapping.exists",
							  "'%s' has this mapping already", a.name)
					     : false;
	return audit_add(c, by, "account.certificate.add", a.name,
			 json_pack("{s:s, s:s, s:s, s:s}", "kind", row->kind, "value", row->value,
				   "issuer", row->issuer_sha256, "access",
				   row->deny ? "deny" : "allow"),
			 e);
}

bool account_cert_add(struct core *c, const struct actor *by, const char *user,
		      const struct account_cert_wish *w, json_t **out, struct err *e)
{
	struct buf value AUTO_BUF = BUF_INIT, subject AUTO_BUF = BUF_INIT;
	struct cert *issuer AUTO_CERT = NULL;
	struct store_account_cert row = {.kind = w->kind,
					 .issuer_sha256 = "",
					 .issuer_subject = "",
					 .issuer_name = span_str(""),
					 .issuer_key = span_str(""),
					 .deny = w->deny,
					 .created_at_s = core_now_s(c),
					 .created_by = by->name};
	struct tx tx AUTO(tx_end) = TX_INIT;
	char id[24];

	if (!permit(by, PERM_ACCOUNTS, e) || !kind_check(w->kind, e) ||
	    !value_of(c, w, &value, e) ||
	    (strcmp(w->kind, "certificate") != 0 && !issuer_of(c, w, &issuer, e)))
		return false;
	row.value = buf_str(&value);
	if (issuer) {
		name_text(&issuer->subject, &subject);
		row.issuer_sha256 = issuer->id;
		row.issuer_subject = buf_str(&subject);
		row.issuer_name = span_of(issuer->subject.canonical, issuer->subject.canonical_len);
		row.issuer_key = span_of(issuer->spki_sha256, SHA256_BYTES);
	}
	if (!buf_ok(&value) || !buf_ok(&subject))
		return err_nomem(e);
	if (!tx_begin(c, &tx, e) || !insert(c, by, user, &row, e))
		return false;
	snprintf(id, sizeof(id), "%lld", (long long)row.id);
	return account_cert_show(c, user, id, out, e) && tx_commit(&tx, e);
}

/* ---- looking, and taking away ---- */

struct looking {
	json_t *items;
	int64_t id; /* 0: all */
};

static bool look(void *arg, const struct store_account_cert *row, struct err *e)
{
	struct looking *l = arg;

	return (l->id && l->id != row->id) ||
	       json_array_append_new(l->items, mapping_view(row)) == 0 || err_nomem(e);
}

bool account_cert_list(struct core *c, const char *user, json_t **out, struct err *e)
{
	struct looking l = {.items = json_array()};
	struct store_account a = {.id = 0};

	if ((user && !account_need(c, user, &a, e)) ||
	    !store_account_cert_list(core_store(c), a.id, look, &l, e)) {
		json_decref(l.items);
		return false;
	}
	return list_answer(l.items, out, e);
}

bool account_cert_show(struct core *c, const char *user, const char *id, json_t **out,
		       struct err *e)
{
	struct looking l = {.items = NULL};
	json_t *items AUTO_JSON = json_array();
	struct store_account a;

	l.items = items;
	if (!account_need(c, user, &a, e))
		return false;
	if (!num_i64(id, &l.id) || l.id <= 0)
		return err_set(e, ERR_NOT_FOUND, "there is no mapping %.20s", id);
	if (!store_account_cert_list(core_store(c), a.id, look, &l, e))
		return false;
	if (json_array_size(items) == 0)
		return err_set(e, ERR_NOT_FOUND, "'%s' has no mapping %s", a.name, id);
	*out = json_incref(json_array_get(items, 0));
	return true;
}

bool account_cert_remove(struct core *c, const struct actor *by, const char *user, const char *id,
			 struct err *e)
{
	struct store_account a;
	json_t *was AUTO_JSON = NULL;
	struct tx tx AUTO(tx_end) = TX_INIT;
	int64_t n = 0;

	if (!permit(by, PERM_ACCOUNTS, e) || !tx_begin(c, &tx, e) ||
	    !account_need(c, user, &a, e) || !account_cert_show(c, user, id, &was, e))
		return false;
	return num_i64(id, &n) && store_account_cert_delete(core_store(c), a.id, n, e) &&
	       audit_add(c, by, "account.certificate.remove", a.name,
			 json_pack("{s:O}", "before", was), e) &&
	       tx_commit(&tx, e);
}
