/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/certs.h"

#include "base/mem.h"
#include "base/text.h"
#include "core/certs/cert_rows.h"
#include "core/paging.h"
#include "core/view/view.h"
#include "store/certificates.h"

#include <string.h>

#define QUERY_HEX_MIN 4 /* hex digits that are taken for the start of a fingerprint too */

struct listing {
	json_t *items; /* borrowed */
	int limit;
	int64_t last;
	bool more;
};

static bool item_add(void *arg, const struct store_cert *row, struct err *e)
{
	struct listing *l = arg;
	struct cert *cert AUTO_CERT = NULL;

	if ((int)json_array_size(l->items) == l->limit) {
		l->more = true;
		return true;
	}
	l->last = row->id;
	if (!view_row_cert(row, &cert, e))
		return false;
	return json_array_append_new(l->items, view_certificate(cert, row)) == 0 || err_nomem(e);
}

static bool filter_check(struct core *c, const struct cert_query *q, const struct page_state *p,
			 struct err *e)
{
	struct store_row row;

	if (q->store && !store_need(c, q->store, &row, e))
		return false;
	if (q->purpose && strcmp(q->purpose, "server") != 0 && strcmp(q->purpose, "client") != 0 &&
	    strcmp(q->purpose, "ca") != 0)
		return err_reason(e, "request.parameter", "purpose is server, client or ca");
	if (p->sort[0] != '\0' && !store_cert_sort_known(p->sort))
		return err_reason(e, "request.parameter", "certificates cannot be sorted by '%s'",
				  p->sort);
	return true;
}

static char *lower_copy(const char *s)
{
	char *copy = mem_str(s);

	for (char *p = copy; p && *p; p++)
		*p = ascii_lower(*p);
	return copy;
}

bool certs_list(struct core *c, const struct cert_query *q, json_t **out, struct err *e)
{
	char hex[2 * SHA256_BYTES + 1], *text AUTO_MEM = NULL;
	json_t *items AUTO_JSON = json_array();
	struct listing l = {.items = items};
	struct page_state p;
	int64_t total;

	if (!page_read(&q->page, &p, e) || !filter_check(c, q, &p, e))
		return false;

	struct store_cert_filter f = {.store = q->store,
				      .purpose = q->purpose,
				      .expires_before_s = q->expires_before_s,
				      .has_key = q->has_key,
				      .used = q->used,
				      .removed = q->deleted,
				      .sort = p.sort[0] ? p.sort : NULL,
				      .descending = p.descending,
				      .after_id = p.after,
				      .limit = p.limit + 1};

	if (q->q && q->q[0] != '\0') {
		text = lower_copy(q->q);
		if (!text)
			return err_nomem(e);
		f.text = text;
		if (fingerprint_normalise(q->q, hex, sizeof(hex)) && strlen(hex) >= QUERY_HEX_MIN)
			f.hex = hex;
	}
	l.limit = p.limit;
	if (!items)
		return err_nomem(e);
	if (!store_cert_count(core_store(c), &f, &total, e) ||
	    !store_cert_list(core_store(c), &f, item_add, &l, e))
		return false;
	return page_answer(json_incref(items), total, &p, l.more ? l.last : 0, out, e);
}

bool certs_find(struct core *c, const char *name, struct cert **out, struct err *e)
{
	struct cert_found f;

	return cert_row_find(c, name, false, &f, e) && cert_row_cert(c, f.sha256, out, e);
}

static bool detail_take(void *arg, const struct store_cert *row, struct err *e)
{
	json_t **out = arg;
	struct cert *cert AUTO_CERT = NULL;

	if (!view_row_cert(row, &cert, e))
		return false;
	*out = view_certificate_detail(cert, row);
	return *out || err_nomem(e);
}

bool certs_show(struct core *c, const char *name, bool removed_too, json_t **out, struct err *e)
{
	struct cert_found f;
	json_t *o = NULL;

	if (!cert_row_find(c, name, removed_too, &f, e) ||
	    !store_cert_named(core_store(c), f.sha256, NULL, detail_take, &o, e))
		return false;
	*out = o;
	return true;
}
