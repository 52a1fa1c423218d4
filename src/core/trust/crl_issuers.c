/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/crl_impl.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/certs/trust_stores.h"
#include "core/console/settings.h"
#include "core/paging.h"
#include "core/trust/crl_egress.h"
#include "core/view/view.h"
#include "store/crl_points.h"
#include "store/stores.h"
#include "x509/cert.h"

#include <string.h>

/*
 * The state of each issuer: which list speaks for it, until when, and where the next one comes from.
 */
#define ISSUERS_MAX 5000 /* issuers in the table of revocation */

struct issuer {
	uint8_t *der; /* owned */
	size_t der_len;
	json_t *view; /* owned */
	bool has_list;
};

struct issuers {
	struct core *c;
	int64_t now_s;
	struct crl_egress egress;
	bool https;
	struct issuer *items;
	size_t n;
};

static void issuers_clear(struct issuers *l)
{
	for (size_t i = 0; i < l->n; i++) {
		mem_free(l->items[i].der);
		json_decref(l->items[i].view);
	}
	mem_free(l->items);
}

static json_t *empty_view(const char *name)
{
	return json_pack("{s:s, s:s, s:b, s:n, s:n, s:n, s:n, s:n, s:[]}", "issuer", name, "state",
			 "missing", "lapses_soon", false, "list", "delta", "this_update",
			 "next_update", "checked", "points");
}

/* NULL and e: memory is short, or there are too many. */
static struct issuer *issuer_of(struct issuers *l, struct span der, const char *name, struct err *e)
{
	struct issuer *grown;

	for (size_t i = 0; i < l->n; i++)
		if (span_equal(span_of(l->items[i].der, l->items[i].der_len), der))
			return &l->items[i];
	if (l->n == ISSUERS_MAX) {
		err_set(e, ERR_LIMIT, "more than %d issuers", ISSUERS_MAX);
		return NULL;
	}
	grown = mem_grow(l->items, l->n, l->n + 1, sizeof *grown);
	if (!grown) {
		err_nomem(e);
		return NULL;
	}
	l->items = grown;
	grown += l->n++;
	*grown = (struct issuer){
		.der = mem_dup(der.p, der.len), .der_len = der.len, .view = empty_view(name)};
	if (grown->der && grown->view)
		return grown;
	err_nomem(e);
	return NULL;
}

/* Newest first within an issuer: the first complete list and the first delta list count. */
static bool take_list(void *arg, const struct store_crl *row, struct err *e)
{
	struct issuers *l = arg;
	struct issuer *x = issuer_of(l, row->issuer_der, row->issuer, e);
	int bad;

	if (!x)
		return false;
	if (row->is_delta)
		return !json_is_null(json_object_get(x->view, "delta")) ||
		       json_object_set_new(x->view, "delta", json_string(row->sha256)) == 0 ||
		       err_nomem(e);
	if (x->has_list)
		return true;
	x->has_list = true;
	bad = json_object_set_new(x->view, "state", json_string(crl_row_state(row, l->now_s)));
	bad |= json_object_set_new(x->view, "lapses_soon",
				   json_boolean(crl_row_lapses_soon(row, l->now_s)));
	bad |= json_object_set_new(x->view, "list", json_string(row->sha256));
	bad |= json_object_set_new(x->view, "this_update", json_time(row->this_update_s));
	bad |= json_object_set_new(x->view, "next_update",
				   row->next_update_s < 0 ? json_null()
							  : json_time(row->next_update_s));
	bad |= json_object_set_new(x->view, "checked", json_time(row->checked_at_s));
	return bad == 0 || err_nomem(e);
}

static bool take_point(void *arg, const struct store_crl_point *row, struct err *e)
{
	struct issuers *l = arg;
	struct issuer *x = issuer_of(l, row->issuer_der, row->issuer, e);
	json_t *o;

	if (!x)
		return false;
	o = json_pack("{s:s, s:b, s:s, s:b, s:o, s:o, s:o, s:I, s:o}", "url", row->url, "delta",
		      row->is_delta, "origin", row->origin, "allowed",
		      crl_url_is_allowed(&l->egress, l->https, row->url), "last_try",
		      view_time_or_null(row->tried_at_s), "last_good",
		      view_time_or_null(row->good_at_s), "next_try",
		      view_time_or_null(row->next_at_s), "failures", (json_int_t)row->failures,
		      "error", row->error[0] ? json_text(span_str(row->error)) : json_null());
	return json_array_append_new(json_object_get(x->view, "points"), o) == 0 || err_nomem(e);
}

/* The stores that issuers of clients lie in; Root may hold hundreds that issue none. */
static bool take_store(void *arg, const struct store_row *row, struct err *e)
{
	struct issuers *l = arg;
	struct cert_list members AUTO_CERT_LIST = CERT_LIST_INIT;

	if (row->builtin && strcmp(row->name, "CA") != 0 &&
	    strcmp(row->name, "ClientAuthIssuer") != 0)
		return true;
	if (!trust_store_members(l->c, row->name, &members, e))
		return false;
	for (size_t i = 0; i < members.n; i++) {
		const struct cert *cert = members.items[i];
		struct buf name AUTO_BUF = BUF_INIT;

		name_text(&cert->subject, &name);
		if (!buf_ok(&name))
			return err_nomem(e);
		if (cert->is_ca && !issuer_of(l, cert->subject.der, buf_str(&name), e))
			return false;
	}
	return true;
}

static bool load(struct issuers *l, struct err *e)
{
	int64_t https = 0;

	if (!crl_egress_read(l->c, &l->egress, e) ||
	    !settings_get_int(l->c, "crl_fetch_https", &https, e))
		return false;
	l->https = https != 0;
	return store_crl_list(core_store(l->c), take_list, l, e) &&
	       store_crl_point_list(core_store(l->c), take_point, l, e) &&
	       store_row_list(core_store(l->c), take_store, l, e);
}

static void issuers_autop(struct issuers **l)
{
	if (*l)
		issuers_clear(*l);
	mem_free(*l);
}

bool crls_issuers(struct core *c, json_t **out, struct err *e)
{
	struct issuers *l AUTO(issuers_autop) = mem_array(1, sizeof *l);
	json_t *items = json_array();

	if (!l || !items) {
		json_decref(items);
		return err_nomem(e);
	}
	l->c = c;
	l->now_s = core_now_s(c);
	if (!load(l, e)) {
		json_decref(items);
		return false;
	}
	for (size_t i = 0; i < l->n; i++)
		if (json_array_append_new(items, json_incref(l->items[i].view)) != 0) {
			json_decref(items);
			return err_nomem(e);
		}
	return list_answer(items, out, e);
}
