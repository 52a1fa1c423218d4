/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/roots/root_catalogue.h"
#include "core/roots/root_coverage.h"
#include "core/roots/root_inventory.h"
#include "core/roots/root_policy.h"
#include "store/agents.h"
#include "store/root_inventories.h"

#include <string.h>

/*
 * One agent's trust directory against the catalogue.
 */
struct seen {
	struct core *c;
	struct root_catalogue k;
	enum root_policy own;
	int64_t reported_s;
	char digest[2 * SHA256_BYTES + 1]; /* "" it sent no inventory */
	struct buf letters;
	unsigned lies_in[REQUIRED_ROOTS_MAX]; /* by position */
	json_t *others;			      /* owned */
};

static void seen_clear(struct seen *v)
{
	root_catalogue_clear(&v->k);
	buf_clear(&v->letters);
	json_decref(v->others);
}

static bool agent_take(void *arg, const struct agent_row *r, struct err *e)
{
	struct seen *v = arg;

	v->own = root_policy_from(r->root_policy);
	v->reported_s = r->inventory_s;
	text_copy(v->digest, sizeof(v->digest), r->inventory_digest);
	buf_add_span(&v->letters, r->standings);
	return buf_ok(&v->letters) || err_nomem(e);
}

struct other {
	json_t *list;
	enum root_place place;
};

static bool other_view(void *arg, const struct reported_certificate *r, struct err *e)
{
	const struct other *o = arg;

	return json_array_append_new(o->list, json_pack("{s:o, s:o, s:s, s:o}", "sha256",
							json_hex(r->sha256), "subject",
							json_text(span_str(r->subject)), "store",
							root_place_name(o->place), "not_after",
							json_time(r->not_after_s))) == 0 ||
	       err_nomem(e);
}

static bool other_add(struct seen *v, const struct inventory_member *m, struct err *e)
{
	struct other o = {.list = v->others, .place = m->place};

	return reported_certificate_read(core_store(v->c), m->certificate, other_view, &o, e);
}

/* No two entries mean one certificate. */
static bool member_take(struct seen *v, const struct inventory_member *m, struct err *e)
{
	for (size_t i = 0; i < v->k.n; i++) {
		if (v->k.items[i].reported != m->certificate)
			continue;
		v->lies_in[i] |= PLACE_BIT(m->place);
		return true;
	}
	return other_add(v, m, e);
}

static bool members_take(void *arg, int64_t id, struct span members, struct err *e)
{
	struct seen *v = arg;
	struct inventory_member m;

	(void)id;
	for (size_t i = 0; inventory_member_at(members, i, &m); i++)
		if (!member_take(v, &m, e))
			return false;
	return true;
}

static json_t *places_view(unsigned lies_in)
{
	json_t *list = json_array();

	for (int p = 0; p < ROOT_PLACES; p++)
		if (lies_in & PLACE_BIT(p))
			(void)json_array_append_new(
				list, json_string(root_place_name((enum root_place)p)));
	return list;
}

static json_t *entry_view(const struct seen *v, size_t i)
{
	const struct root_entry *x = &v->k.items[i];
	struct span kept = buf_span(&v->letters);
	char letter = !v->digest[0] ? '?' : i < kept.len ? (char)kept.p[i] : '\0';

	return json_pack("{s:o, s:s, s:s, s:s?, s:b, s:s, s:o}", "entry",
			 json_sprintf("%lld", (long long)x->id), "name", x->name, "store",
			 root_place_name(x->store), "sha256", x->has_digest ? x->sha256 : NULL,
			 "offered", x->offered, "standing",
			 root_standing_name(root_catalogue_standing(x, letter)), "found_in",
			 places_view(v->lies_in[i]));
}

static bool standing_view(const struct seen *v, enum root_policy server, json_t **out,
			  struct err *e)
{
	json_t *items AUTO_JSON = json_array();

	for (size_t i = 0; i < v->k.n; i++)
		if (json_array_append_new(items, entry_view(v, i)) != 0)
			return err_nomem(e);
	*out = json_pack(
		"{s:{s:s, s:s}, s:o, s:O, s:I, s:O}", "policy", "own", root_policy_name(v->own),
		"effective", root_policy_name(root_policy_effective(v->own, server)), "reported_at",
		v->digest[0] ? json_time(v->reported_s) : json_null(), "items", items, "others",
		(json_int_t)json_array_size(v->others), "other_certificates", v->others);
	return *out || err_nomem(e);
}

static bool standing_read(struct seen *v, const char *id, struct err *e)
{
	bool found = false;

	if (!agent_row_find(core_store(v->c), id, agent_take, v, &found, e))
		return false;
	if (!found)
		return err_reason(e, "agent.not_found", "there is no agent %.40s", id);
	return root_catalogue_read_reported(v->c, &v->k, e) &&
	       (!v->digest[0] ||
		inventory_row_read(core_store(v->c), v->digest, members_take, v, e));
}

bool agent_root_standing(struct core *c, const char *id, json_t **out, struct err *e)
{
	struct seen v AUTO(seen_clear) = {
		.c = c, .k = ROOT_CATALOGUE_INIT, .letters = BUF_INIT, .others = json_array()};
	enum root_policy server;
	bool begun, good;

	if (!v.others)
		return err_nomem(e);
	if (!root_policy_of_server(c, &server, e) || !store_snapshot(core_store(c), &begun, e))
		return false;
	good = standing_read(&v, id, e);
	store_snapshot_end(core_store(c), begun);
	return good && standing_view(&v, server, out, e);
}
