/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/roots/root_policy.h"

#include "base/json.h"
#include "core/audit.h"
#include "core/console/settings.h"
#include "core/permit.h"
#include "core/reading/reader.h"
#include "core/roots/root_catalogue.h"
#include "core/tx.h"
#include "store/agents.h"
#include "store/root_inventories.h"

#include <string.h>

static const char *const names[ROOT_POLICIES] = {[ROOT_POLICY_NOT_CONFIGURED] = "not_configured",
						 [ROOT_POLICY_ON] = "on",
						 [ROOT_POLICY_OFF] = "off"};

const char *root_policy_name(enum root_policy p)
{
	return names[p];
}

bool root_policy_parse(const char *name, enum root_policy *out, struct err *e)
{
	for (int i = 0; name && i < ROOT_POLICIES; i++) {
		if (strcmp(names[i], name) == 0) {
			*out = (enum root_policy)i;
			return true;
		}
	}
	return err_reason(e, "request.member", "the policy is not_configured, on or off");
}

enum root_policy root_policy_from(int64_t n)
{
	return n == ROOT_POLICY_ON || n == ROOT_POLICY_OFF ? (enum root_policy)n
							   : ROOT_POLICY_NOT_CONFIGURED;
}

enum root_policy root_policy_effective(enum root_policy of_agent, enum root_policy of_server)
{
	return of_agent == ROOT_POLICY_NOT_CONFIGURED ? of_server : of_agent;
}

bool root_policy_of_server(struct core *c, enum root_policy *out, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;

	return settings_get_str(c, ROOT_POLICY_SETTING, &text, e) &&
	       root_policy_parse(buf_str(&text), out, e);
}

struct counting {
	struct root_catalogue k;
	enum root_policy server;
	json_int_t own[ROOT_POLICIES], on, helped;
};

static bool lacks_offered(const struct root_catalogue *k, struct span standing)
{
	for (size_t i = 0; i < k->n && i < standing.len; i++)
		if (k->items[i].offered &&
		    root_standing_lacks(root_standing_from((char)standing.p[i])))
			return true;
	return false;
}

static bool count(void *arg, const struct inventory_group *g, struct err *e)
{
	struct counting *n = arg;
	enum root_policy own = root_policy_from(g->policy);

	(void)e; /* nothing fails here */
	n->own[own] += g->n;
	if (root_policy_effective(own, n->server) != ROOT_POLICY_ON)
		return true;
	n->on += g->n;
	if (lacks_offered(&n->k, g->standing))
		n->helped += g->n;
	return true;
}

static bool show(struct core *c, struct counting *n, json_t **out, struct err *e)
{
	if (!root_policy_of_server(c, &n->server, e) || !root_catalogue_read(c, &n->k, e) ||
	    !inventory_groups(core_store(c), count, n, e))
		return false;
	*out = json_pack("{s:s, s:{s:I, s:I, s:I}, s:I, s:I}", "policy", names[n->server], "agents",
			 names[ROOT_POLICY_NOT_CONFIGURED], n->own[ROOT_POLICY_NOT_CONFIGURED],
			 names[ROOT_POLICY_ON], n->own[ROOT_POLICY_ON], names[ROOT_POLICY_OFF],
			 n->own[ROOT_POLICY_OFF], "effective_on", n->on, "would_be_helped",
			 n->helped);
	return *out || err_nomem(e);
}

bool root_policy_show(struct core *c, json_t **out, struct err *e)
{
	struct counting n = {.k = ROOT_CATALOGUE_INIT};
	bool good = show(c, &n, out, e);

	root_catalogue_clear(&n.k);
	return good;
}

static bool own_take(void *arg, const struct agent_row *r, struct err *e)
{
	(void)e; /* nothing fails here */
	*(enum root_policy *)arg = root_policy_from(r->root_policy);
	return true;
}

static bool set_of_agent(struct core *c, const struct actor *by, const char *agent,
			 enum root_policy p, struct err *e)
{
	enum root_policy was = ROOT_POLICY_NOT_CONFIGURED;
	bool found = false;

	if (!agent_row_find(core_store(c), agent, own_take, &was, &found, e))
		return false;
	if (!found)
		return err_reason(e, "agent.not_found", "there is no agent %.40s", agent);
	if (was == p)
		return true;
	tx_note(c, "root", json_pack("{s:s}", "agent", agent));
	return agent_row_root_policy(core_store(c), agent, p, e) &&
	       audit_add(c, by, "root.policy", agent,
			 json_pack("{s:s, s:s}", "before", names[was], "after", names[p]), e);
}

bool root_policy_set(struct core *c, const struct actor *by, const char *agent, enum root_policy p,
		     struct err *e)
{
	json_t *value AUTO_JSON = json_string(names[p]);
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!value)
		return err_nomem(e);
	if (!permit(by, PERM_SETTINGS, e) || !tx_begin(c, &tx, e))
		return false;
	if (agent)
		return set_of_agent(c, by, agent, p, e) && tx_commit(&tx, e);
	tx_note(c, "root", json_object());
	return settings_set(c, by, ROOT_POLICY_SETTING, value, e) && tx_commit(&tx, e);
}

bool root_policy_import(struct core *c, const struct actor *by, struct span file, const char *agent,
			json_t **out, struct err *e)
{
	struct reg_settings found = REG_SETTINGS_INIT;
	enum root_policy p;

	if (!permit(by, PERM_SETTINGS, e) || !reader_reg(file, &found, e))
		return false;
	if (found.root_update == -1)
		return err_reason(e, "reg.no_policy",
				  found.found_policy_key
					  ? "the key is there, without " REG_POLICY_VALUE
					    " as a dword"
					  : "the key AuthRoot below the policies is "
					    "not in the file");
	if (found.root_update > 1)
		return err_reason(e, "reg.no_policy", REG_POLICY_VALUE " is %lld, not 0 or 1",
				  (long long)found.root_update);
	p = found.root_update == REG_DELETED ? ROOT_POLICY_NOT_CONFIGURED
	    : found.root_update == 1	     ? ROOT_POLICY_ON
					     : ROOT_POLICY_OFF;
	if (!root_policy_set(c, by, agent, p, e))
		return false;
	*out = json_pack("{s:s, s:o, s:s?}", "policy", names[p], "value",
			 found.root_update >= 0 ? json_integer((json_int_t)found.root_update)
						: json_null(),
			 "agent", agent);
	return *out || err_nomem(e);
}
