/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/roots/root_deploy.h"

#include "base/clock.h"
#include "base/num.h"
#include "core/agents/rollouts.h"
#include "core/audit.h"
#include "core/permit.h"
#include "core/roots/root_catalogue.h"
#include "core/tx.h"
#include "store/agents.h"
#include "store/rollouts.h"
#include "store/root_inventories.h"

#include <string.h>

struct deploy {
	struct core *c;
	struct root_catalogue k;
	bool wanted[REQUIRED_ROOTS_MAX]; /* by position */
	size_t n_wanted;
	int64_t lacking[REQUIRED_ROOTS_MAX]; /* agents, by position */
	int64_t n_agents, rollout;
	int64_t n_distrusting; /* agents that would refuse one of them */
	const json_t *agents;
	json_t *left_out; /* owned */
};

static void deploy_clear(struct deploy *d)
{
	root_catalogue_clear(&d->k);
	json_decref(d->left_out);
}

static const char *why_not(const struct root_entry *x)
{
	if (x->offered)
		return NULL;
	if (!x->has_digest)
		return "nobody has confirmed which certificate it is";
	if (x->not_after_s == 0)
		return "this server does not hold its certificate";
	if (x->other_kind)
		return x->store == PLACE_ROOT ? "its certificate is not self-signed: correct the "
						"entry's store to CA"
					      : "its certificate is self-signed: correct the "
						"entry's store to Root";
	return x->expired ? "it has expired" : "it lies in Disallowed here";
}

static bool want(struct deploy *d, size_t i, bool named, struct err *e)
{
	const struct root_entry *x = &d->k.items[i];
	const char *why = why_not(x);

	if (!why) {
		d->n_wanted += !d->wanted[i];
		d->wanted[i] = true;
		return d->n_wanted <= ROOT_DEPLOY_MAX ||
		       err_reason(e, "request.member", "at most %d certificates in one command",
				  ROOT_DEPLOY_MAX);
	}
	if (named)
		return err_reason(e, "root.not_deployable", "'%s': %s", x->name, why);
	return json_array_append_new(d->left_out, json_pack("{s:o, s:s, s:s}", "id",
							    json_sprintf("%lld", (long long)x->id),
							    "name", x->name, "why", why)) == 0 ||
	       err_nomem(e);
}

static bool want_named(struct deploy *d, const json_t *roots, struct err *e)
{
	for (size_t i = 0; i < json_array_size(roots); i++) {
		const char *id = json_string_value(json_array_get(roots, i));
		int64_t number = 0;
		size_t at = d->k.n;

		if (id && num_i64(id, &number))
			at = root_catalogue_at(&d->k, number);
		if (at == d->k.n)
			return err_reason(e, "root.not_found", "the catalogue has no entry '%.40s'",
					  id ? id : "");
		if (!want(d, at, true, e))
			return false;
	}
	return true;
}

static bool choose(struct deploy *d, const json_t *roots, struct err *e)
{
	if (roots && (!json_is_array(roots) || json_array_size(roots) == 0))
		return err_reason(e, "request.member", "roots must be ids of entries");
	if (roots)
		return want_named(d, roots, e);
	for (size_t i = 0; i < d->k.n; i++)
		if (!want(d, i, false, e))
			return false;
	return true;
}

/* Whether any of the wanted ones is missing there; counts each. */
static bool lacks(struct deploy *d, struct span standing, int64_t n)
{
	bool any = false, distrusts = false;

	for (size_t i = 0; i < d->k.n && i < standing.len; i++) {
		enum root_standing s = root_standing_from((char)standing.p[i]);

		if (!d->wanted[i])
			continue;
		distrusts |= s == ROOT_DISTRUSTED;
		if (!root_standing_lacks(s))
			continue;
		d->lacking[i] += n;
		any = true;
	}
	d->n_distrusting += distrusts ? n : 0;
	return any;
}

static bool group_add(void *arg, const struct inventory_group *g, struct err *e)
{
	struct deploy *d = arg;

	if (!lacks(d, g->standing, g->n))
		return true;
	d->n_agents += g->n;
	return !d->rollout || work_add_inventory(core_store(d->c), d->rollout, g->inventory,
						 g->policy, clock_now_ms(), e);
}

struct one {
	struct deploy *d;
	bool chosen;
};

static bool one_look(void *arg, const struct agent_row *r, struct err *e)
{
	struct one *one = arg;

	(void)e; /* nothing fails here */
	if (r->inventory_digest[0])
		one->chosen = lacks(one->d, r->standings, 1);
	else
		one->chosen = one->d->n_wanted > 0;
	return true;
}

static bool named_add(struct deploy *d, struct err *e)
{
	if (!json_is_array(d->agents) || json_array_size(d->agents) == 0 ||
	    json_array_size(d->agents) > ROLLOUT_AGENTS_MAX)
		return err_reason(e, "request.member", "agents must be 1 to %d ids",
				  ROLLOUT_AGENTS_MAX);
	for (size_t i = 0; i < json_array_size(d->agents); i++) {
		const char *id = json_string_value(json_array_get(d->agents, i));
		struct one one = {.d = d};
		bool found = false;

		if (id && !agent_row_find(core_store(d->c), id, one_look, &one, &found, e))
			return false;
		if (!found)
			return err_reason(e, "agent.not_found", "there is no agent %.40s",
					  id ? id : "");
		d->n_agents += one.chosen;
		if (one.chosen && d->rollout &&
		    !work_add(core_store(d->c), d->rollout, id, clock_now_ms(), e))
			return false;
	}
	return true;
}

static bool work(struct core *c, int64_t rollout, void *arg, struct err *e)
{
	struct deploy *d = arg;

	d->rollout = rollout;
	if (d->n_wanted == 0)
		return true;
	return d->agents ? named_add(d, e) : inventory_groups(core_store(c), group_add, d, e);
}

static bool args_make(const struct deploy *d, json_t **out, struct err *e)
{
	json_t *install AUTO_JSON = json_array();

	for (size_t i = 0; i < d->k.n; i++)
		if (d->wanted[i] &&
		    json_array_append_new(install,
					  json_pack("{s:s, s:s}", "sha256", d->k.items[i].sha256,
						    "store", root_place_name(d->k.items[i].store))))
			return err_nomem(e);
	*out = json_pack("{s:O}", "install", install);
	return *out || err_nomem(e);
}

/* Which roots, in words: the command itself holds digests alone. */
static bool audited(const struct deploy *d, const struct actor *by, const json_t *rollout,
		    struct err *e)
{
	json_t *roots = json_array();

	for (size_t i = 0; i < d->k.n; i++)
		if (d->wanted[i])
			(void)json_array_append_new(roots, json_string(d->k.items[i].name));
	return audit_add(d->c, by, "root.deploy", json_string_value(json_object_get(rollout, "id")),
			 json_pack("{s:o, s:I}", "roots", roots, "agents", (json_int_t)d->n_agents),
			 e);
}

static bool plan(struct deploy *d, json_t **out, struct err *e)
{
	json_t *roots AUTO_JSON = json_array();

	if (!work(d->c, 0, d, e))
		return false;
	for (size_t i = 0; i < d->k.n; i++) {
		const struct root_entry *x = &d->k.items[i];

		if (d->wanted[i] &&
		    json_array_append_new(roots, json_pack("{s:o, s:s, s:I}", "id",
							   json_sprintf("%lld", (long long)x->id),
							   "name", x->name, "agents",
							   (json_int_t)d->lacking[i])) != 0)
			return err_nomem(e);
	}
	*out = json_pack("{s:I, s:I, s:O, s:O}", "agents", (json_int_t)d->n_agents, "distrusting",
			 (json_int_t)d->n_distrusting, "roots", roots, "left_out", d->left_out);
	return *out || err_nomem(e);
}

bool root_deploy(struct core *c, const struct actor *by, const struct root_deploy *r, json_t **out,
		 struct err *e)
{
	struct deploy d AUTO(deploy_clear) = {.c = c, .left_out = json_array()};
	struct rollout_request start = ROLLOUT_REQUEST_INIT;
	struct tx tx AUTO(tx_end) = TX_INIT; /* one state for the catalogue and what it is worth */
	json_t *args AUTO_JSON = NULL, *rollout AUTO_JSON = NULL;

	if (!d.left_out)
		return err_nomem(e);
	d.agents = json_is_null(r->agents) ? NULL : r->agents;
	if (!permit(by, PERM_AGENTS, e) || !tx_begin(c, &tx, e) ||
	    !root_catalogue_read(c, &d.k, e) ||
	    !choose(&d, json_is_null(r->roots) ? NULL : r->roots, e))
		return false;
	if (r->dry_run)
		return plan(&d, out, e);
	start.cmd = "roots";
	start.add = work;
	start.add_arg = &d;
	if (!args_make(&d, &args, e))
		return false;
	start.args = args;
	if (!rollout_start(c, by, &start, &rollout, e) || !audited(&d, by, rollout, e) ||
	    !tx_commit(&tx, e))
		return false;
	*out = json_incref(rollout);
	return true;
}
