/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/certs.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "core/audit.h"
#include "core/certs/cert_rows.h"
#include "core/permit.h"
#include "core/tx.h"
#include "store/certificates.h"
#include "store/stores.h"

#include <string.h>

bool certs_set_friendly_name(struct core *c, const struct actor *by, const char *name,
			     const char *friendly, struct err *e)
{
	struct cert_found f;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!permit(by, PERM_CERT_CHANGE, e) || !friendly_name_check(friendly, e) ||
	    !tx_begin(c, &tx, e) || !cert_row_find(c, name, false, &f, e))
		return false;
	if (strcmp(f.friendly_name, friendly) == 0)
		return tx_commit(&tx, e);
	return store_cert_set_friendly_name(core_store(c), f.id, friendly, e) &&
	       audit_add(c, by, "cert.rename", f.sha256,
			 json_pack("{s:s, s:s}", "before", f.friendly_name, "after", friendly),
			 e) &&
	       tx_commit(&tx, e);
}

struct names {
	struct buf uses; /* "binding *:443:, change x" */
	json_t *stores;
	json_t *removed_from;
};

static bool names_take(void *arg, const struct store_cert *row, struct err *e)
{
	struct names *n = arg;
	json_t *uses AUTO_JSON = json_loads(row->uses, 0, NULL), *use;
	size_t i;

	json_array_foreach(uses, i, use) buf_printf(
		&n->uses, "%s%s %s", i ? ", " : "", json_string_value(json_object_get(use, "kind")),
		json_string_value(json_object_get(use, "name")));
	n->stores = json_loads(row->stores, 0, NULL);
	n->removed_from = json_loads(row->removed_from, 0, NULL);
	return (uses && buf_ok(&n->uses) && n->stores && n->removed_from) || err_nomem(e);
}

static void names_clear(struct names *n)
{
	buf_clear(&n->uses);
	json_decref(n->stores);
	json_decref(n->removed_from);
}

static bool names_of(struct core *c, const char *sha256, struct names *out, struct err *e)
{
	return store_cert_named(core_store(c), sha256, NULL, names_take, out, e);
}

/* What a binding shows stays where bindings take certificates from. */
static bool still_servable(const json_t *stores, const char *without)
{
	const json_t *s;
	size_t i;

	json_array_foreach(stores, i, s)
	{
		const char *name = json_string_value(s);

		if (!text_equal_nocase(name, without) &&
		    (text_equal_nocase(name, "My") || text_equal_nocase(name, "WebHosting")))
			return true;
	}
	return false;
}

static bool may_leave(const struct cert_found *f, const struct names *n, const char *from,
		      const char *to, struct err *e)
{
	bool held = text_equal_nocase(from, "My") || text_equal_nocase(from, "WebHosting");

	if (!f->in_use || !held || still_servable(n->stores, from) ||
	    (to && (text_equal_nocase(to, "My") || text_equal_nocase(to, "WebHosting"))))
		return true;
	return err_reason(e, "cert.in_use", "it is used by %.180s", buf_str(&n->uses));
}

static bool move_check(struct core *c, const struct cert_found *f, const struct store_row *from,
		       const struct store_row *to, bool accept_warnings, struct err *e)
{
	struct names n AUTO(names_clear) = {.stores = NULL};
	bool member = false;

	if (!store_member_has(core_store(c), from->id, f->id, &member, e) ||
	    !names_of(c, f->sha256, &n, e))
		return false;
	if (!member)
		return err_reason(e, "cert.not_found", "it is not in the store '%s'", from->name);
	if (text_equal_nocase(to->name, "Root") && !f->self_signed && !accept_warnings)
		return err_reason(e, "store.not_self_signed",
				  "it is not self-signed: in Root it makes every client "
				  "certificate fail with 403.16, for everybody; its place is CA");
	return may_leave(f, &n, from->name, to->name, e);
}

bool certs_move(struct core *c, const struct actor *by, const char *name, const char *from,
		const char *to, bool accept_warnings, struct err *e)
{
	struct cert_found f;
	struct store_row a, b;
	bool added;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!permit_store(by, PERM_CERT_CHANGE, from, e) ||
	    !permit_store(by, PERM_CERT_CHANGE, to, e) || !tx_begin(c, &tx, e) ||
	    !cert_row_find(c, name, false, &f, e) || !store_need(c, from, &a, e) ||
	    !store_need(c, to, &b, e) || !move_check(c, &f, &a, &b, accept_warnings, e))
		return false;
	if (a.id == b.id)
		return tx_commit(&tx, e);
	return store_member_add(core_store(c), b.id, f.id, core_now_s(c), &added, e) &&
	       store_member_drop(core_store(c), a.id, f.id, e) &&
	       tx_bump(c, COUNTER_TRUST_GENERATION, NULL, e) &&
	       audit_add(c, by, "cert.move", f.sha256,
			 json_pack("{s:s, s:s}", "from", a.name, "to", b.name), e) &&
	       tx_commit_publish(&tx, e);
}

/* One removal: its number ties together what a later restore brings back. */
static bool take_out(struct core *c, const struct actor *by, const struct cert_found *f,
		     const struct names *n, const char *only, json_t *gone, struct err *e)
{
	int64_t seq, n_removed;
	const json_t *s;
	size_t i;

	if (!store_counter(core_store(c), COUNTER_CHANGE_SEQ, &seq, e))
		return false;
	json_array_foreach(n->stores, i, s)
	{
		const char *name = json_string_value(s);
		struct store_row row;

		if (only && !text_equal_nocase(name, only))
			continue;
		if (!permit_store(by, PERM_CERT_CHANGE, name, e) ||
		    !may_leave(f, n, name, NULL, e) || !store_need(c, name, &row, e) ||
		    !store_member_remove(core_store(c), row.id, f->id, core_now_s(c), seq + 1,
					 &n_removed, e))
			return false;
		if (json_array_append_new(gone, json_string(name)) != 0)
			return err_nomem(e);
	}
	return true;
}

static bool removal_finish(struct core *c, const struct cert_found *f, const struct names *n,
			   struct err *e)
{
	int64_t left;

	if (!store_member_count(core_store(c), f->id, &left, e))
		return false;
	if (left > 0)
		return true;
	if (f->in_use)
		return err_reason(e, "cert.in_use", "it is used by %.180s", buf_str(&n->uses));
	return store_cert_mark_removed(core_store(c), f->id, core_now_s(c), e);
}

bool certs_remove(struct core *c, const struct actor *by, const char *name, const char *store,
		  struct err *e)
{
	struct names n AUTO(names_clear) = {.stores = NULL};
	json_t *gone AUTO_JSON = json_array();
	struct cert_found f;
	struct store_row row;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!permit(by, PERM_CERT_CHANGE, e) || !tx_begin(c, &tx, e) ||
	    (store && !store_need(c, store, &row, e)) || !cert_row_find(c, name, false, &f, e) ||
	    !names_of(c, f.sha256, &n, e) || !take_out(c, by, &f, &n, store, gone, e))
		return false;
	if (store && json_array_size(gone) == 0)
		return err_reason(e, "cert.not_found", "it is not in the store '%s'", row.name);
	return removal_finish(c, &f, &n, e) && tx_bump(c, COUNTER_TRUST_GENERATION, NULL, e) &&
	       audit_add(c, by, "cert.remove", f.sha256, json_pack("{s:O}", "from", gone), e) &&
	       tx_commit_publish(&tx, e);
}

static bool may_come_back(const struct actor *by, const struct names *n, struct err *e)
{
	const json_t *s;
	size_t i;

	json_array_foreach(
		n->removed_from, i,
		s) if (!permit_store(by, PERM_CERT_CHANGE, json_string_value(s), e)) return false;
	return true;
}

bool certs_restore(struct core *c, const struct actor *by, const char *name, struct err *e)
{
	struct names n AUTO(names_clear) = {.stores = NULL};
	struct cert_found f;
	int64_t n_back;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!permit(by, PERM_CERT_CHANGE, e) || !tx_begin(c, &tx, e) ||
	    !cert_row_find(c, name, true, &f, e) || !names_of(c, f.sha256, &n, e) ||
	    !may_come_back(by, &n, e) ||
	    !store_member_restore_last(core_store(c), f.id, core_now_s(c) - CERTS_DELETED_KEEP_S,
				       &n_back, e))
		return false;
	if (n_back == 0)
		return err_reason(e, "cert.not_found",
				  "nothing of it was removed in the last 30 days");
	return (!f.removed_at_s || store_cert_unmark(core_store(c), f.id, e)) &&
	       tx_bump(c, COUNTER_TRUST_GENERATION, NULL, e) &&
	       audit_add(c, by, "cert.restore", f.sha256, json_pack("{s:O}", "to", n.removed_from),
			 e) &&
	       tx_commit_publish(&tx, e);
}
