/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/json.h"
#include "core/agents/agents.h"

static const struct cli_column columns[] = {
	{"ID", "id", 0},
	{"NAME", "name", 32},
	{"ADDRESS", "address", 0},
	{"PORT", "port", 0},
	{"PUBLICATION", "publication", 0},
	{"STATE", "state", 0},
	{"LAST SEEN", "last_seen", 0},
	{"REASON", "reason", 60},
};

static bool list(struct cli *c, bool mismatched, struct err *e)
{
	struct agents_query q = {.q = cli_str(c, "search"),
				 .state = cli_str(c, "state"),
				 .mismatched = mismatched,
				 .page = {.token = cli_str(c, "page")}};
	int64_t limit = PAGE_LIMIT_DEFAULT;
	json_t *answer = NULL;

	if (!cli_number(c, "limit", 1, PAGE_LIMIT_MAX, &limit, e))
		return false;
	q.page.limit = (int)limit;
	return agents_list(c->core, &q, &answer, e) &&
	       cli_list(c, answer, columns, ARRAY_LEN(columns),
			mismatched ? "every agent holds the current files" : "no agents");
}

static bool run_list(struct cli *c, struct err *e)
{
	return list(c, false, e);
}

static bool run_mismatched(struct cli *c, struct err *e)
{
	const char *csv = cli_str(c, "csv");
	struct buf out AUTO_BUF = BUF_INIT;
	int64_t n = 0;

	if (!csv)
		return list(c, true, e);
	if (!agents_mismatched_csv(c->core, &out, &n, e) ||
	    !cli_write_file(c, csv, buf_span(&out), false, e))
		return false;
	cli_note(c, "%lld agents are in %s", (long long)n, csv);
	return true;
}

static bool run_show(struct cli *c, struct err *e)
{
	json_t *agent = NULL;

	return agents_show(c->core, c->args[0], &agent, e) && cli_print_object(c, agent);
}

static bool run_pin(struct cli *c, struct err *e)
{
	json_t *agent = NULL;

	return agents_pin_address(c->core, &c->actor, c->args[0], c->n_args > 1 ? c->args[1] : NULL,
				  &agent, e) &&
	       cli_print_object(c, agent);
}

static bool run_remove(struct cli *c, struct err *e)
{
	return cli_confirm(c, e, "Forget agent %s?", c->args[0]) &&
	       agents_remove(c->core, &c->actor, c->args[0], e);
}

static const struct cli_option list_options[] = {
	{"search", CLI_VALUE, "TEXT", "part of the name, id or address"},
	{"state", CLI_VALUE, "current|recoverable|mismatched|offline", "only those"},
	{"limit", CLI_NUMBER, "N", "how many"},
	{"page", CLI_VALUE, "TOKEN", "next_page_token of the page before"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option mismatched_options[] = {
	{"csv", CLI_VALUE, "FILE", "write them all to FILE as CSV; - is standard output"},
	{"search", CLI_VALUE, "TEXT", "part of the name, id or address"},
	{"state", CLI_VALUE, "recoverable|mismatched|offline", "only those"},
	{"limit", CLI_NUMBER, "N", "how many"},
	{"page", CLI_VALUE, "TOKEN", "next_page_token of the page before"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option notify_options[] = {
	{"all", CLI_FLAG, NULL, "every agent: a rollout"},
	{"wait", CLI_NUMBER, "SECONDS", "how long to wait for the outcome"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_command cli_agent[] = {
	{"agent list", "", 0, 0, list_options, 0, run_list, "agents and their state"},
	{"agent show", "ID", 1, 1, NULL, 0, run_show, "one agent with its history"},
	{"agent mismatched", "", 0, 0, mismatched_options, 0, run_mismatched,
	 "agents whose files are not the current ones, with reason and cure"},
	{"agent notify", "ID COMMAND", 1, 2, notify_options, 0, cli_agent_notify,
	 "send it a command now: status, update-files, configuration, update-check"},
	{"agent pin", "ID [ADDRESS]", 1, 2, NULL, 0, run_pin,
	 "send its commands to ADDRESS; without one, to where it reports from"},
	{"agent remove", "ID", 1, 1, NULL, 0, run_remove,
	 "forget an agent; it registers anew if it still runs"},
	{.words = NULL},
};
