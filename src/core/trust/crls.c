/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/crls.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "core/audit.h"
#include "core/certs/trust_stores.h"
#include "core/paging.h"
#include "core/permit.h"
#include "core/reading/reader.h"
#include "core/trust/crl_impl.h"
#include "core/tx.h"
#include "core/view/view.h"
#include "store/stores.h"
#include "x509/bag.h"
#include "x509/signature.h"

#include <string.h>

const char *crl_row_state(const struct store_crl *row, int64_t now_s)
{
	if (row->this_update_s > now_s)
		return "not_yet";
	return row->next_update_s >= 0 && row->next_update_s < now_s ? "stale" : "fresh";
}

/* A list of an hour must not be warned of for days. */
bool crl_row_lapses_soon(const struct store_crl *row, int64_t now_s)
{
	int64_t life_s = row->next_update_s - row->this_update_s;
	int64_t soon_s = life_s / 4 < CRL_SOON_S ? life_s / 4 : CRL_SOON_S;

	return row->next_update_s >= now_s && row->next_update_s - now_s <= soon_s;
}

static json_t *crl_view(const struct store_crl *row, int64_t now_s)
{
	return json_pack(
		"{s:s, s:s, s:o, s:o, s:I, s:o, s:b, s:s, s:b, s:o, s:o, s:s?}", "id", row->sha256,
		"issuer", row->issuer, "this_update", json_time(row->this_update_s), "next_update",
		row->next_update_s < 0 ? json_null() : json_time(row->next_update_s), "entries",
		(json_int_t)row->n_entries, "number", view_text_or_null(row->number), "delta",
		row->is_delta, "state", crl_row_state(row, now_s), "lapses_soon",
		crl_row_lapses_soon(row, now_s), "added", json_time(row->added_at_s), "checked",
		json_time(row->checked_at_s), "source", row->source[0] ? row->source : NULL);
}

struct gathering {
	json_t *items;
	int64_t now_s;
	const char *id; /* NULL: all */
	int64_t row_id;
};

static bool gather(void *arg, const struct store_crl *row, struct err *e)
{
	struct gathering *g = arg;

	if (g->id && !text_equal_nocase(g->id, row->sha256))
		return true;
	g->row_id = row->id;
	return json_array_append_new(g->items, crl_view(row, g->now_s)) == 0 || err_nomem(e);
}

bool crls_list(struct core *c, json_t **out, struct err *e)
{
	struct gathering g = {.items = json_array(), .now_s = core_now_s(c)};

	if (!store_crl_list(core_store(c), gather, &g, e)) {
		json_decref(g.items);
		return false;
	}
	return list_answer(g.items, out, e);
}

static bool find(struct core *c, const char *id, struct gathering *g, struct err *e)
{
	g->id = id;
	g->items = json_array();
	g->now_s = core_now_s(c);
	if (!store_crl_list(core_store(c), gather, g, e))
		return false;
	return json_array_size(g->items) == 1 ||
	       err_set(e, ERR_NOT_FOUND, "there is no revocation list %.64s", id);
}

bool crls_show(struct core *c, const char *id, json_t **out, struct err *e)
{
	struct gathering g = {0};
	bool good = find(c, id, &g, e);

	if (good)
		*out = json_incref(json_array_get(g.items, 0));
	json_decref(g.items);
	return good;
}

bool crls_remove(struct core *c, const struct actor *by, const char *id, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	struct gathering g = {0};
	bool good = permit(by, PERM_CRL, e) && tx_begin(c, &tx, e) && find(c, id, &g, e) &&
		    store_crl_delete(core_store(c), g.row_id, e) &&
		    tx_bump(c, COUNTER_TRUST_GENERATION, NULL, e) &&
		    audit_add(c, by, "crl.remove", id,
			      json_pack("{s:O}", "before", json_array_get(g.items, 0)), e) &&
		    tx_commit_publish(&tx, e);

	json_decref(g.items);
	return good;
}

/* Whether some certificate of the stores with the issuer's name signed this list. */
struct issuer_search {
	struct core *c;
	const struct crl *crl;
	bool named, signed_by;
};

static bool search_store(void *arg, const struct store_row *row, struct err *e)
{
	struct issuer_search *s = arg;
	struct cert_list members AUTO_CERT_LIST = CERT_LIST_INIT;

	if (s->signed_by || strcmp(row->name, "Disallowed") == 0)
		return true;
	if (!trust_store_members(s->c, row->name, &members, e))
		return false;
	for (size_t i = 0; i < members.n && !s->signed_by; i++) {
		const struct cert *cert = members.items[i];

		if (!name_equal(&cert->subject, &s->crl->issuer))
			continue;
		s->named = true;
		s->signed_by = signature_verify(s->crl->tbs, s->crl->signature_algorithm,
						s->crl->signature, cert->spki) == SIGNATURE_GOOD;
	}
	return true;
}

static bool issuer_vouches(struct core *c, const struct crl *l, const char *issuer, struct err *e)
{
	struct issuer_search s = {.c = c, .crl = l};

	if (!store_row_list(core_store(c), search_store, &s, e))
		return false;
	if (!s.named)
		return err_reason(e, "crl.no_issuer", "no certificate of %s in the stores", issuer);
	return s.signed_by || err_reason(e, "crl.signature",
					 "no key of %s in the stores verifies the list", issuer);
}

/* The rows that a new list takes the place of: same issuer, kind and scope. */
struct replacing {
	const struct crl *crl;
	struct store *store;
	int64_t ids[16];
	size_t n;
	int64_t known; /* row id of the very same list; 0: it is new */
	bool older;
};

static bool look_at_former(void *arg, const struct store_crl *row, struct err *e)
{
	struct replacing *r = arg;
	struct crl *former AUTO(crl_autop) = NULL;
	struct err ignored = ERR_INIT;

	if (strcmp(row->sha256, r->crl->id) == 0)
		r->known = row->id;
	if (row->is_delta != r->crl->is_delta || r->n == ARRAY_LEN(r->ids))
		return true;
	if (crl_parse(row->der.p, row->der.len, &former, &ignored) &&
	    !span_equal(former->idp, r->crl->idp))
		return true; /* another scope */
	if (ignored.code == ERR_NOMEM)
		return err_nomem(e);
	r->ids[r->n++] = row->id;
	r->older |= row->this_update_s > r->crl->this_update_s ||
		    (row->this_update_s == r->crl->this_update_s &&
		     row->next_update_s > r->crl->next_update_s);
	return true;
}

static bool put(struct core *c, const struct crl *l, const char *issuer, const char *source,
		struct err *e)
{
	struct store *s = core_store(c);
	struct buf number AUTO_BUF = BUF_INIT;
	struct store_crl row = {.sha256 = l->id,
				.issuer = issuer,
				.issuer_der = l->issuer.der,
				.der = span_of(l->der, l->der_len),
				.is_delta = l->is_delta,
				.this_update_s = l->this_update_s,
				.next_update_s = l->next_update_s,
				.n_entries = (int64_t)l->n_entries,
				.added_at_s = core_now_s(c),
				.checked_at_s = core_now_s(c),
				.source = source};

	for (size_t i = 0; i < l->number.len; i++)
		buf_printf(&number, "%02x", l->number.p[i]);
	if (!buf_ok(&number))
		return err_nomem(e);
	row.number = buf_str(&number);
	return store_crl_insert(s, &row, e);
}

/* The delta lists that it points to. */
static bool pointers_note(struct core *c, const struct crl *l, const char *issuer, struct err *e)
{
	for (size_t i = 0; i < l->freshest_urls.n; i++)
		if (!crl_point_note(c, l->freshest_urls.items[i].value, &l->issuer, issuer, true,
				    "list", e))
			return false;
	return true;
}

/* The same list again: it is the present one still. That moves what verdicts rest on only where a
 * freshness time counts. */
static bool heard_again(struct core *c, int64_t row_id, struct err *e)
{
	struct crl_demand demand;

	return store_crl_checked(core_store(c), row_id, core_now_s(c), e) &&
	       crl_demand_read(c, &demand, e) &&
	       (demand.freshness_s == 0 || tx_bump(c, COUNTER_TRUST_GENERATION, NULL, e));
}

struct importing {
	struct core *c;
	const struct actor *by;
	const char *source; /* "" by hand */
	json_t *taken;
};

static bool import_one(struct importing *m, const struct crl *l, struct err *e)
{
	struct core *c = m->c;
	struct replacing r = {.crl = l, .store = core_store(c)};
	struct buf issuer AUTO_BUF = BUF_INIT;
	json_t *view = NULL;

	name_text(&l->issuer, &issuer);
	if (!buf_ok(&issuer))
		return err_nomem(e);
	if (!issuer_vouches(c, l, buf_str(&issuer), e) ||
	    !store_crl_by_issuer(r.store, l->issuer.der, look_at_former, &r, e))
		return false;
	if (r.known)
		return heard_again(c, r.known, e);
	if (r.older)
		return err_reason(e, "crl.older", "a newer list of %s is there", buf_str(&issuer));
	for (size_t i = 0; i < r.n; i++)
		if (!store_crl_delete(r.store, r.ids[i], e))
			return false;
	return put(c, l, buf_str(&issuer), m->source, e) &&
	       pointers_note(c, l, buf_str(&issuer), e) && crls_show(c, l->id, &view, e) &&
	       (json_array_append_new(m->taken, json_incref(view)) == 0 || err_nomem(e)) &&
	       audit_add(c, m->by, "crl.import", l->id, json_pack("{s:o}", "after", view), e);
}

static bool import_all(struct importing *m, const struct bag *bag, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!tx_begin(m->c, &tx, e))
		return false;
	for (size_t i = 0; i < bag->n_crls; i++)
		if (!import_one(m, bag->crls[i], e))
			return false;
	return (json_array_size(m->taken) == 0 ||
		tx_bump(m->c, COUNTER_TRUST_GENERATION, NULL, e)) &&
	       tx_commit_publish(&tx, e);
}

static bool lists_read(struct span file, struct bag *bag, struct err *e)
{
	if (!reader_bag(file, NULL, true, bag, e))
		return false;
	return bag->n_crls > 0 ||
	       err_reason(e, "file.unknown_format", "no revocation list in the file");
}

bool crls_import(struct core *c, const struct actor *by, struct span file, json_t **out,
		 struct err *e)
{
	struct bag bag AUTO_BAG = BAG_INIT;
	json_t *taken AUTO_JSON = json_array();
	struct importing m = {.c = c, .by = by, .source = "", .taken = taken};

	return permit(by, PERM_CRL, e) && lists_read(file, &bag, e) && import_all(&m, &bag, e) &&
	       list_answer(json_incref(taken), out, e);
}

bool crls_take(struct core *c, const struct actor *by, struct span file, const char *source,
	       struct crl_taken *out, struct err *e)
{
	struct bag bag AUTO_BAG = BAG_INIT;
	json_t *taken AUTO_JSON = json_array();
	struct importing m = {.c = c, .by = by, .source = source, .taken = taken};

	if (!permit(by, PERM_CRL, e) || !lists_read(file, &bag, e) || !import_all(&m, &bag, e))
		return false;
	*out = (struct crl_taken){.n_new = json_array_size(taken), .next_update_s = -1};
	for (size_t i = 0; i < bag.n_crls; i++) {
		const struct crl *l = bag.crls[i];

		if (l->next_update_s < 0 ||
		    (out->next_update_s >= 0 && out->next_update_s <= l->next_update_s))
			continue;
		out->this_update_s = l->this_update_s;
		out->next_update_s = l->next_update_s;
	}
	return out->next_update_s < 0 || out->next_update_s >= core_now_s(c) ||
	       err_reason(e, "crl.lapsed", "the list that is there has lapsed");
}
