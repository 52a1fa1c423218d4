/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/files.h"
#include "base/json.h"
#include "core/roots/reg_file.h"
#include "core/roots/required_roots.h"
#include "core/roots/root_coverage.h"
#include "core/roots/root_deploy.h"
#include "core/roots/root_policy.h"

/*
 * What agents hold of the catalogue: look, deploy, and whether they fetch by themselves.
 */

static const struct cli_column coverage_columns[] = {
	{"ID", "id", 0},
	{"NAME", "name", 48},
	{"STORE", "store", 0},
	{"HELD", "agents.held", 0},
	{"MISSING", "agents.missing", 0},
	{"MISPLACED", "agents.misplaced", 0},
	{"DISTRUSTED", "agents.distrusted", 0},
	{"EXPIRED", "agents.expired", 0},
	{"UNCONFIRMED", "agents.unconfirmed", 0},
	{"UNKNOWN", "agents.unknown", 0},
};

static const struct cli_column agent_columns[] = {
	{"AGENT", "id", 0},
	{"NAME", "name", 32},
	{"STANDING", "standing", 0},
	{"POLICY", "policy.effective", 0},
	{"REPORTED", "reported_at", 0},
	{"LAST SEEN", "last_seen", 0},
};

static const struct cli_column entry_columns[] = {{"ENTRY", "entry", 0},
						  {"NAME", "name", 60},
						  {"STORE", "store", 0},
						  {"STANDING", "standing", 0}};

static const struct cli_column other_columns[] = {
	{"SHA-256", "sha256", 0}, {"STORE", "store", 0}, {"SUBJECT", "subject", 60}};

static const struct cli_column plan_columns[] = {
	{"ID", "id", 0}, {"NAME", "name", 60}, {"AGENTS", "agents", 0}};

static const struct cli_column left_out_columns[] = {
	{"ID", "id", 0}, {"NAME", "name", 60}, {"WHY", "why", 0}};

bool cli_root_coverage(struct cli *c, struct err *e)
{
	json_t *list = NULL;

	return required_roots_list(c->core, &list, e) &&
	       cli_list(c, list, coverage_columns, ARRAY_LEN(coverage_columns),
			"the catalogue is empty");
}

static bool agents_of_entry(struct cli *c, struct err *e)
{
	int64_t limit = PAGE_LIMIT_DEFAULT;
	struct root_agents_query q = {.entry = c->args[0],
				      .standing = cli_str(c, "standing"),
				      .policy = cli_str(c, "policy")};
	json_t *list = NULL;

	if (!cli_number(c, "limit", 1, PAGE_LIMIT_MAX, &limit, e))
		return false;
	q.page.limit = (int)limit;
	q.page.token = cli_str(c, "page");
	return root_agents(c->core, &q, &list, e) &&
	       cli_list(c, list, agent_columns, ARRAY_LEN(agent_columns), "no agents");
}

static bool entries_of_agent(struct cli *c, const char *agent, struct err *e)
{
	json_t *v AUTO_JSON = NULL;
	const json_t *others;

	if (!agent_root_standing(c->core, agent, &v, e))
		return false;
	if (c->json) {
		cli_json(c, v);
		return true;
	}
	cli_table(c, json_object_get(v, "items"), entry_columns, ARRAY_LEN(entry_columns));
	others = json_object_get(v, "other_certificates");
	if (json_array_size(others) > 0) {
		cli_say(c, "\nnot in the catalogue, as the agent says:");
		cli_table(c, others, other_columns, ARRAY_LEN(other_columns));
	}
	if (json_is_null(json_object_get(v, "reported_at")))
		cli_note(c, "note: the agent has sent no inventory");
	return true;
}

bool cli_root_agents(struct cli *c, struct err *e)
{
	const char *agent = cli_str(c, "agent");

	if ((c->n_args == 0) == (agent == NULL))
		return err_set(e, ERR_INVALID,
			       "'root agents' needs the ID of an entry, or --agent");
	return agent ? entries_of_agent(c, agent, e) : agents_of_entry(c, e);
}

static void say_who_distrusts(struct cli *c, const json_t *plan)
{
	long long n = (long long)json_integer_value(json_object_get(plan, "distrusting"));

	if (n > 0)
		cli_note(c,
			 "note: %lld %s one of these in Disallowed and would refuse it: take it "
			 "away there first ('certbinder root agents ID --standing distrusted')",
			 n, n == 1 ? "agent has" : "agents have");
}

/* The rollout of nobody: for what reason. */
static bool say_nobody(struct cli *c, const struct root_deploy *done, struct err *e)
{
	struct root_deploy again = *done;
	json_t *plan AUTO_JSON = NULL;

	again.dry_run = true;
	if (!root_deploy(c->core, &c->actor, &again, &plan, e))
		return false;
	cli_note(c, "nothing is sent: no agent concerned reported that it lacks any of it");
	say_who_distrusts(c, plan);
	return true;
}

static bool print_plan(struct cli *c, const json_t *plan)
{
	const json_t *left_out = json_object_get(plan, "left_out");

	if (c->json) {
		cli_json(c, plan);
		return true;
	}
	cli_say(c, "agents to be sent something: %lld",
		(long long)json_integer_value(json_object_get(plan, "agents")));
	cli_table(c, json_object_get(plan, "roots"), plan_columns, ARRAY_LEN(plan_columns));
	if (json_array_size(left_out) > 0) {
		cli_say(c, "\ncannot be sent:");
		cli_table(c, left_out, left_out_columns, ARRAY_LEN(left_out_columns));
	}
	say_who_distrusts(c, plan);
	return true;
}

bool cli_root_deploy(struct cli *c, struct err *e)
{
	json_t *roots AUTO_JSON = NULL, *agents AUTO_JSON = NULL, *result AUTO_JSON = NULL;
	struct root_deploy r = {.dry_run = cli_has(c, "dry-run")};
	int64_t wait_s = 0;

	if (!cli_ids(c, "root", &roots, e) || !cli_ids(c, "agent", &agents, e) ||
	    !cli_rollout_wait(c, 0, &wait_s, e))
		return false;
	r.roots = roots;
	r.agents = agents;
	if (!root_deploy(c->core, &c->actor, &r, &result, e))
		return false;
	if (!r.dry_run && json_integer_value(json_object_get(result, "total")) == 0 &&
	    !say_nobody(c, &r, e))
		return false;
	return r.dry_run ? print_plan(c, result)
			 : cli_rollout_follow(c, json_incref(result), wait_s, e);
}

static bool policy_import(struct cli *c, const char *path, json_t **out, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;

	return file_read(path, REG_FILE_MAX, &file, e) &&
	       root_policy_import(c->core, &c->actor, buf_span(&file), cli_str(c, "agent"), out, e);
}

static bool policy_set(struct cli *c, const char *value, struct err *e)
{
	enum root_policy p;

	return root_policy_parse(value, &p, e) &&
	       root_policy_set(c->core, &c->actor, cli_str(c, "agent"), p, e);
}

static bool policy_show(struct cli *c, struct err *e)
{
	const char *agent = cli_str(c, "agent");
	json_t *v AUTO_JSON = NULL, *shown = NULL;

	if (!agent)
		return root_policy_show(c->core, &shown, e) && cli_print_object(c, shown);
	return agent_root_standing(c->core, agent, &v, e) &&
	       cli_print_object(c, json_incref(json_object_get(v, "policy")));
}

bool cli_root_policy(struct cli *c, struct err *e)
{
	const char *path = cli_str(c, "import");
	json_t *imported = NULL;

	if (path && c->n_args > 0)
		return err_set(e, ERR_INVALID, "'root policy' takes a value, or --import");
	if (path)
		return policy_import(c, path, &imported, e) && cli_print_object(c, imported);
	return (c->n_args == 0 || policy_set(c, c->args[0], e)) && policy_show(c, e);
}

const struct cli_option cli_root_agents_options[] = {
	{"standing", CLI_VALUE, "held|missing|misplaced|distrusted|expired|unconfirmed|unknown",
	 "these alone"},
	{"policy", CLI_VALUE, "not_configured|on|off", "those for which it is in effect"},
	{"agent", CLI_VALUE, "ID", "instead: the catalogue as this agent has it"},
	{"limit", CLI_NUMBER, "N", "how many"},
	{"page", CLI_VALUE, "TOKEN", "next_page_token of the page before"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_option cli_root_deploy_options[] = {
	{"root", CLI_MANY, "ID", "this entry of the catalogue; without: all that can be had"},
	{"agent", CLI_MANY, "ID", "to this agent; without: to all that lack any of them"},
	{"dry-run", CLI_FLAG, NULL, "only say who would be sent what"},
	{"wait", CLI_NUMBER, "SECONDS", "until all have it or were tried"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_option cli_root_policy_options[] = {
	{"agent", CLI_VALUE, "ID", "of this agent, not of the server"},
	{"import", CLI_VALUE, "FILE", "as a .reg file or a Registry.pol says"},
	{NULL, CLI_FLAG, NULL, NULL},
};
