/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/roots/required_roots.h"

#include "base/text.h"
#include "core/audit.h"
#include "core/certs/cert_rows.h"
#include "core/core_impl.h"
#include "core/permit.h"
#include "core/roots/required_root_entry.h"
#include "core/roots/required_roots_shipped.h"
#include "core/roots/root_catalogue.h"
#include "core/roots/root_coverage.h"
#include "core/tx.h"
#include "store/settings.h"

#include <string.h>

#define META_LOADED "required_roots_loaded"

static bool text_take(const char *from, char *to, size_t size, const char *what, struct err *e)
{
	if (!from)
		return true;
	if (strlen(from) >= size || !text_is_utf8(span_str(from)) || strpbrk(from, "\r\n"))
		return err_set(e, ERR_INVALID, "'%s' takes one line of up to %d bytes", what,
			       REQUIRED_ROOT_TEXT_MAX);
	text_copy(to, size, from);
	return true;
}

static bool digest_take(const char *from, char *to, size_t size, const char *what, struct err *e)
{
	char plain[128];

	if (!from)
		return true;
	if (*from &&
	    (!fingerprint_normalise(from, plain, sizeof(plain)) || strlen(plain) != size - 1))
		return err_set(e, ERR_INVALID, "'%s' takes %zu hex digits, or nothing", what,
			       size - 1);
	text_copy(to, size, *from ? plain : "");
	return true;
}

static bool edit_take(const struct required_root_edit *n, struct required_root *r, struct err *e)
{
	if (n->store && strcmp(n->store, "Root") != 0 && strcmp(n->store, "CA") != 0)
		return err_set(e, ERR_INVALID, "a required certificate lies in Root or in CA");
	return text_take(n->name, r->name, sizeof(r->name), "name", e) &&
	       text_take(n->store, r->store, sizeof(r->store), "store", e) &&
	       text_take(n->needed_for, r->needed_for, sizeof(r->needed_for), "needed_for", e) &&
	       text_take(n->since, r->since, sizeof(r->since), "since", e) &&
	       digest_take(n->sha1, r->sha1, sizeof(r->sha1), "sha1", e) &&
	       digest_take(n->sha256, r->sha256, sizeof(r->sha256), "sha256", e) &&
	       (r->name[0] != '\0' || err_set(e, ERR_INVALID, "an entry needs a name"));
}

static bool insert(struct core *c, const struct required_root *r, int64_t *id, struct err *e)
{
	const struct required_root_row row = required_root_row_from(r);

	if (required_root_row_insert(core_store(c), &row, id, e))
		return true;
	return e->code == ERR_EXISTS ? err_reason(e, "root.exists", "this digest is listed already")
				     : false;
}

static bool shipped_add(struct core *c, const json_t *entry, struct err *e)
{
	struct required_root r AUTO_REQUIRED_ROOT = {.shipped = true};
	struct required_root_edit n = {.name = NULL};
	int64_t id;

	return json_get_str(entry, "name", &n.name, e) &&
	       json_get_str(entry, "store", &n.store, e) &&
	       json_get_str_opt(entry, "sha1", &n.sha1, e) &&
	       json_get_str_opt(entry, "sha256", &n.sha256, e) &&
	       json_get_str(entry, "needed_for", &n.needed_for, e) &&
	       json_get_str(entry, "since", &n.since, e) && edit_take(&n, &r, e) &&
	       insert(c, &r, &id, e);
}

bool required_roots_first_start(struct core *c, struct err *e)
{
	json_t *shipped AUTO_JSON = NULL;
	struct buf loaded AUTO_BUF = BUF_INIT;
	struct tx tx AUTO(tx_end) = TX_INIT;
	bool found = false;
	size_t i;
	json_t *entry;

	if (!tx_begin(c, &tx, e) || !store_meta_get(core_store(c), META_LOADED, &loaded, &found, e))
		return false;
	if (found)
		return tx_commit(&tx, e);
	if (!json_read(span_of(required_roots_shipped, required_roots_shipped_len), &shipped, e))
		return false;
	json_array_foreach(json_object_get(shipped, "required_roots"), i, entry)
	{
		if (!shipped_add(c, entry, e))
			return false;
	}
	return store_meta_set(core_store(c), META_LOADED, span_str("1"), e) &&
	       root_catalogue_changed(c, e) && tx_commit(&tx, e);
}

struct listing {
	struct core *c;
	json_t *items;
	int held, attention;
};

static bool list_add(void *arg, const struct required_root_row *row, struct err *e)
{
	struct listing *l = arg;
	struct required_root r AUTO_REQUIRED_ROOT = {.id = 0};
	json_t *o = NULL;

	if (!required_root_read(&r, row, e) || !required_root_view(l->c, &r, &o, e))
		return false;
	const char *state = required_root_state(&r, core_now_s(l->c));
	bool held = strcmp(state, "held") == 0;
	l->held += held;
	l->attention += !held && strcmp(state, "unconfirmed") != 0;
	return json_array_append_new(l->items, o) == 0 || err_nomem(e);
}

bool required_roots_list(struct core *c, json_t **out, struct err *e)
{
	json_t *items AUTO_JSON = json_array(), *list AUTO_JSON = NULL;
	struct listing l = {.c = c, .items = items};

	if (!items)
		return err_nomem(e);
	if (!required_root_row_list(core_store(c), list_add, &l, e))
		return false;
	list = json_pack("{s:O, s:i, s:i, s:i}", "items", items, "total",
			 (int)json_array_size(items), "held", l.held, "attention", l.attention);
	if (!list)
		return err_nomem(e);
	if (!root_coverage_add(c, list, e))
		return false;
	*out = json_incref(list);
	return true;
}

bool required_root_show(struct core *c, const char *id, json_t **out, struct err *e)
{
	struct required_root r AUTO_REQUIRED_ROOT = {.id = 0};

	return required_root_find(c, id, &r, e) && required_root_view(c, &r, out, e);
}

static bool count_one(void *arg, const struct required_root_row *row, struct err *e)
{
	int *n = arg;

	(void)row; /* only how many */
	return ++*n < REQUIRED_ROOTS_MAX ||
	       err_reason(e, "limit.rows", "there are %d entries already", REQUIRED_ROOTS_MAX);
}

/* The entry as it is now, which the audit shows and the caller gets. */
static bool audited(struct core *c, const struct actor *by, const char *action, int64_t id,
		    json_t **out, struct err *e)
{
	struct required_root r AUTO_REQUIRED_ROOT = {.id = 0};
	char number[24];
	struct buf text AUTO_BUF = BUF_INIT;

	buf_printf(&text, "%lld", (long long)id);
	text_copy(number, sizeof(number), buf_str(&text));
	return required_root_find(c, number, &r, e) &&
	       audit_add(c, by, action, r.name,
			 json_pack("{s:s, s:s, s:s}", "store", r.store, "sha1", r.sha1, "sha256",
				   r.sha256),
			 e) &&
	       required_root_view(c, &r, out, e);
}

bool required_root_add(struct core *c, const struct actor *by, const struct required_root_edit *n,
		       json_t **out, struct err *e)
{
	struct required_root r AUTO_REQUIRED_ROOT = {.store = "Root"};
	struct tx tx AUTO(tx_end) = TX_INIT;
	int total = 0;
	int64_t id = 0;

	return permit(by, PERM_ANCHORS, e) && edit_take(n, &r, e) && tx_begin(c, &tx, e) &&
	       required_root_row_list(core_store(c), count_one, &total, e) &&
	       insert(c, &r, &id, e) && audited(c, by, "root.add", id, out, e) &&
	       root_catalogue_changed(c, e) && tx_commit(&tx, e);
}

bool required_root_change(struct core *c, const struct actor *by, const char *id,
			  const struct required_root_edit *n, json_t **out, struct err *e)
{
	struct required_root r AUTO_REQUIRED_ROOT = {.id = 0};
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!permit(by, PERM_ANCHORS, e) || !tx_begin(c, &tx, e) ||
	    !required_root_find(c, id, &r, e) || !edit_take(n, &r, e))
		return false;
	/* Whoever writes a digest by hand has confirmed nothing. */
	if (n->sha1 || n->sha256)
		r.confirmed_by[0] = '\0';
	const struct required_root_row row = required_root_row_from(&r);
	if (!required_root_row_update(core_store(c), &row, e))
		return e->code == ERR_EXISTS
			       ? err_reason(e, "root.exists", "this digest is listed already")
			       : false;
	return audited(c, by, "root.change", r.id, out, e) && root_catalogue_changed(c, e) &&
	       tx_commit(&tx, e);
}

bool required_root_remove(struct core *c, const struct actor *by, const char *id, struct err *e)
{
	struct required_root r AUTO_REQUIRED_ROOT = {.id = 0};
	struct tx tx AUTO(tx_end) = TX_INIT;

	return permit(by, PERM_ANCHORS, e) && tx_begin(c, &tx, e) &&
	       required_root_find(c, id, &r, e) &&
	       required_root_row_delete(core_store(c), r.id, e) &&
	       audit_add(c, by, "root.remove", r.name, NULL, e) && root_catalogue_changed(c, e) &&
	       tx_commit(&tx, e);
}

bool required_root_confirm(struct core *c, const struct actor *by, const char *id,
			   const char *certificate, json_t **out, struct err *e)
{
	struct required_root r AUTO_REQUIRED_ROOT = {.id = 0};
	struct cert *cert AUTO_CERT = NULL;
	struct cert_found found;
	struct tx tx AUTO(tx_end) = TX_INIT;

	return permit(by, PERM_ANCHORS, e) && tx_begin(c, &tx, e) &&
	       required_root_find(c, id, &r, e) &&
	       cert_row_find(c, certificate, false, &found, e) &&
	       cert_row_cert(c, found.sha256, &cert, e) &&
	       required_root_set_certificate(c, by, &r, cert, e) && root_catalogue_changed(c, e) &&
	       required_root_show(c, id, out, e) && tx_commit(&tx, e);
}
