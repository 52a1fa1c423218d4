/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/crl_points.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/reason.h"
#include "base/secret.h"
#include "base/text.h"
#include "core/console/settings.h"
#include "core/paging.h"
#include "core/permit.h"
#include "core/trust/crl_egress.h"
#include "core/trust/crl_impl.h"
#include "core/trust/crls.h"
#include "core/tx.h"
#include "store/crl_points.h"

#include <string.h>

/*
 * Asking distribution points: what each gives is imported, and when it is asked again is written
 * beside it. Nothing is held while the network is waited for.
 */
struct point {
	char url[CRL_POINT_URL_MAX + 1];
	char *issuer;
	bool is_delta;
	int64_t failures;
};

struct asking {
	struct core *c;
	const struct actor *by;
	struct crl_egress egress;
	bool https;
	struct crl_demand demand;
};

static const struct actor the_console = {.name = "certbinderd",
					 .via = "system",
					 .address = "",
					 .request_id = "",
					 .role = ROLE_ADMIN};

static void point_clear(struct point *p)
{
	mem_free(p->issuer);
	p->issuer = NULL;
}

static bool point_copy(void *arg, const struct store_crl_point *row, struct err *e)
{
	struct point *p = arg;

	text_copy(p->url, sizeof p->url, row->url);
	p->is_delta = row->is_delta;
	p->failures = row->failures;
	p->issuer = mem_str(row->issuer);
	return p->issuer || err_nomem(e);
}

static bool asking_load(struct core *c, const struct actor *by, struct asking *a, struct err *e)
{
	int64_t https = 0;

	a->c = c;
	a->by = by;
	if (!crl_egress_read(c, &a->egress, e) ||
	    !settings_get_int(c, "crl_fetch_https", &https, e))
		return false;
	a->https = https != 0;
	return crl_demand_read(c, &a->demand, e);
}

static int64_t clamp(int64_t v, int64_t least, int64_t most)
{
	return v < least ? least : v > most ? most : v;
}

/* In good time before it lapses, and often enough for the freshness that bindings want. */
static int64_t next_good(const struct asking *a, const struct crl_taken *t, int64_t now_s)
{
	int64_t at = now_s + CRL_FETCH_LATEST_S;

	if (t->next_update_s >= 0) {
		int64_t lead = clamp((t->next_update_s - t->this_update_s) / 10,
				     CRL_FETCH_SOONEST_S, CRL_FETCH_LATEST_S);

		at = at < t->next_update_s - lead ? at : t->next_update_s - lead;
	}
	if (a->demand.freshness_s > 0 && at > now_s + a->demand.freshness_s / 2)
		at = now_s + a->demand.freshness_s / 2;
	return at > now_s + CRL_FETCH_SOONEST_S ? at : now_s + CRL_FETCH_SOONEST_S;
}

/* Twice as long each time, and never all at once. */
static int64_t next_after_failure(int64_t failures, int64_t now_s)
{
	int64_t wait_s = CRL_FETCH_SOONEST_S;
	uint8_t jitter;

	for (int64_t i = 1; i < failures && wait_s < CRL_FETCH_BACKOFF_MAX_S; i++)
		wait_s *= 2;
	random_bytes(&jitter, 1);
	wait_s += wait_s * jitter / 1024;
	return now_s + clamp(wait_s, CRL_FETCH_SOONEST_S, CRL_FETCH_BACKOFF_MAX_S);
}

static bool write_down(struct asking *a, const struct store_crl_point *done, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!tx_begin(a->c, &tx, e))
		return false;
	tx_note(a->c, "trust", json_pack("{s:s}", "crl_point", done->url));
	return store_crl_point_done(core_store(a->c), done, e) && tx_commit(&tx, e);
}

static bool get(struct asking *a, const struct point *p, struct crl_taken *taken, struct err *e)
{
	const struct core_hooks *h = core_hooks(a->c);
	const struct download_request r = {
		.url = p->url, .egress = &a->egress, .https = a->https, .max_bytes = CRL_MAX_BYTES};
	struct buf body AUTO_BUF = BUF_INIT;

	if (!h->download)
		return err_set(e, ERR_UNSUPPORTED, "this program fetches nothing");
	return h->download(h->arg, &r, &body, e) &&
	       crls_take(a->c, a->by, buf_span(&body), p->url, taken, e);
}

/* A point that fails is an answer. */
static bool ask(struct asking *a, const struct point *p, json_t **out, struct err *e)
{
	struct crl_taken taken = {.n_new = 0};
	struct err why = ERR_INIT;
	int64_t now = core_now_s(a->c);
	bool good = get(a, p, &taken, &why);
	struct store_crl_point done = {.url = p->url, .tried_at_s = now, .error = ""};

	if (why.code == ERR_NOMEM || why.code == ERR_DB || why.code == ERR_CANCELLED) {
		*e = why;
		return false;
	}
	if (good) {
		done.good_at_s = now;
		done.next_at_s = next_good(a, &taken, now);
	} else {
		done.failures = p->failures + 1;
		done.next_at_s = next_after_failure(done.failures, now);
		done.error = why.text;
	}
	if (!write_down(a, &done, e))
		return false;
	*out = json_pack("{s:s, s:s, s:b, s:s, s:o, s:s?, s:I}", "url", p->url, "issuer", p->issuer,
			 "delta", p->is_delta, "result",
			 !good		   ? "failed"
			 : taken.n_new > 0 ? "new"
					   : "unchanged",
			 "error", good ? json_null() : json_text(span_str(why.text)), "code",
			 good ? NULL : err_public(&why)->code, "failures",
			 (json_int_t)done.failures);
	return *out || err_nomem(e);
}

static bool postpone(struct asking *a, const struct point *p, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;

	return tx_begin(a->c, &tx, e) &&
	       store_crl_point_postpone(core_store(a->c), p->url,
					core_now_s(a->c) + CRL_FETCH_LOOK_AGAIN_S, e) &&
	       tx_commit(&tx, e);
}

/* *found false: nothing is due that may be asked. */
static bool next_due(struct asking *a, struct point *p, bool *found, struct err *e)
{
	for (int i = 0; i < CRL_POINTS_MAX; i++) {
		point_clear(p);
		if (!store_crl_point_due(core_store(a->c), core_now_s(a->c), point_copy, p, found,
					 e))
			return false;
		if (!*found || crl_url_is_allowed(&a->egress, a->https, p->url))
			return true;
		if (!postpone(a, p, e))
			return false;
	}
	*found = false;
	return true;
}

bool crl_points_fetch_due(struct core *c, json_t **out, struct err *e)
{
	struct asking *a AUTO_MEM = mem_new(struct asking);
	struct point p AUTO(point_clear) = {.issuer = NULL};
	bool found = false;

	*out = NULL;
	if (!a)
		return err_nomem(e);
	if (!asking_load(c, &the_console, a, e))
		return false;
	if (!a->demand.asks || a->egress.n == 0)
		return true;
	return next_due(a, &p, &found, e) && (!found || ask(a, &p, out, e));
}

struct choosing {
	struct asking *asking;
	struct point *points;
	size_t n;
};

static bool choose(void *arg, const struct store_crl_point *row, struct err *e)
{
	struct choosing *ch = arg;

	if (ch->n == CRL_FETCH_NOW_MAX ||
	    !crl_url_is_allowed(&ch->asking->egress, ch->asking->https, row->url))
		return true;
	return point_copy(&ch->points[ch->n++], row, e);
}

static bool chosen(struct core *c, const char *url, struct choosing *ch, struct err *e)
{
	bool found = false;

	if (!url)
		return store_crl_point_list(core_store(c), choose, ch, e);
	if (!store_crl_point_by_url(core_store(c), url, point_copy, &ch->points[0], &found, e))
		return false;
	ch->n = found;
	return found ||
	       err_reason(e, "crl.no_point", "no certificate named '%.200s' here so far", url);
}

static bool ask_each(struct choosing *ch, json_t *items, struct err *e)
{
	for (size_t i = 0; i < ch->n; i++) {
		json_t *one;

		if (!ask(ch->asking, &ch->points[i], &one, e))
			return false;
		if (json_array_append_new(items, one) != 0)
			return err_nomem(e);
	}
	return true;
}

bool crls_fetch(struct core *c, const struct actor *by, const char *url, json_t **out,
		struct err *e)
{
	struct asking *a AUTO_MEM = mem_new(struct asking);
	struct point *points AUTO_MEM = mem_array(CRL_FETCH_NOW_MAX, sizeof *points);
	struct choosing ch = {.asking = a, .points = points};
	json_t *items = json_array();
	bool good;

	if (!a || !points || !items) {
		json_decref(items);
		return err_nomem(e);
	}
	good = permit(by, PERM_CRL, e) && asking_load(c, by, a, e) && crl_points_collect(c, e) &&
	       chosen(c, url, &ch, e) && ask_each(&ch, items, e);
	for (size_t i = 0; i < ch.n; i++)
		point_clear(&points[i]);
	if (good)
		return list_answer(items, out, e);
	json_decref(items);
	return false;
}
