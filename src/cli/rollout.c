/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/clock.h"
#include "base/json.h"
#include "core/agents/rollouts.h"
#include "core/bindings/bindings.h"

#include <poll.h>
#include <string.h>

#define LOOK_MS 100 /* how often the outcome is looked for */
#define WAIT_DEFAULT_S 30
#define ROLLOUT_WAIT_MAX_S 86400 /* that a command line waits for the outcome */

static const struct cli_column columns[] = {
	{"ID", "id", 0},
	{"COMMAND", "cmd", 0},
	{"STATE", "state", 0},
	{"AGENTS", "total", 0},
	{"DONE", "counts.done", 0},
	{"REFUSED", "counts.refused", 0},
	{"FAILED", "counts.failed", 0},
	{"PENDING", "counts.pending", 0},
	{"STARTED", "created", 0},
};

static const struct cli_column agent_columns[] = {
	{"AGENT", "id", 0},	  {"NAME", "name", 32}, {"STATE", "state", 0},
	{"TRIED", "attempts", 0}, {"CODE", "code", 0},	{"DETAIL", "detail", 80},
};

void cli_look_later(void)
{
	(void)poll(NULL, 0, LOOK_MS); /* cut short: looks earlier */
}

bool cli_agents_ready(struct cli *c, const char *change, int percent)
{
	json_t *v AUTO_JSON = NULL;
	const json_t *agents;
	struct err e = ERR_INIT;

	if (!change_show(c->core, change, &v, &e))
		return true; /* the commit says why */
	agents = json_object_get(v, "agents");
	return json_integer_value(json_object_get(agents, "online_ready")) * 100 >=
	       json_integer_value(json_object_get(agents, "online")) * percent;
}

/* Waits for the console to carry it out. *rollout is replaced by the newest view. */
static bool wait_for(struct cli *c, json_t **rollout, int64_t seconds, struct err *e)
{
	int64_t until = clock_mono_ms() + 1000 * seconds;
	const char *id = json_string_value(json_object_get(*rollout, "id"));

	for (;;) {
		json_t *now = NULL;

		if (strcmp(cli_member(*rollout, "state"), "running") != 0)
			return true;
		if (clock_mono_ms() >= until)
			return err_set(e, ERR_TIMEOUT,
				       "rollout %s is still under way: the agent does not answer, "
				       "or the console is not running",
				       id);
		cli_look_later();
		if (!rollout_show(c->core, id, &now, e))
			return false;
		json_decref(*rollout);
		*rollout = now;
		id = json_string_value(json_object_get(now, "id"));
	}
}

static int64_t count_of(const json_t *rollout, const char *state)
{
	return json_integer_value(json_object_get(json_object_get(rollout, "counts"), state));
}

static bool print_agents(struct cli *c, const json_t *rollout, const char *state, struct err *e)
{
	const struct page page = {.limit = PAGE_LIMIT_MAX};
	json_t *agents = NULL;

	return rollout_agents(c->core, cli_member(rollout, "id"), state, &page, &agents, e) &&
	       cli_list(c, agents, agent_columns, ARRAY_LEN(agent_columns), "no agents");
}

/* Not all of them did it: exit code 4. */
static void judge(struct cli *c, const json_t *rollout)
{
	if (count_of(rollout, "refused") + count_of(rollout, "failed") > 0)
		c->exit_code = 4;
}

bool cli_ids(struct cli *c, const char *option, json_t **out, struct err *e)
{
	const char *ids[CLI_VALUES_MAX];
	size_t n = cli_many(c, option, ids);

	if (n == 0)
		return true;
	*out = json_array();
	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(*out, json_string(ids[i])) != 0)
			return err_nomem(e);
	return true;
}

bool cli_rollout_wait(struct cli *c, int64_t otherwise_s, int64_t *out, struct err *e)
{
	*out = otherwise_s;
	return cli_number(c, "wait", 0, ROLLOUT_WAIT_MAX_S, out, e);
}

bool cli_rollout_follow(struct cli *c, json_t *rollout, int64_t wait_s, struct err *e)
{
	json_t *now AUTO_JSON = rollout;

	if (wait_s > 0 && !wait_for(c, &now, wait_s, e))
		return false;
	judge(c, now);
	return cli_print_object(c, json_incref(now));
}

static bool start(struct cli *c, const char *cmd, int64_t wait_s, struct err *e)
{
	struct rollout_request r = ROLLOUT_REQUEST_INIT;
	int64_t parallel = r.parallel, attempts = r.attempts, jitter_s = 0;
	json_t *rollout = NULL;

	if (!cli_number(c, "parallel", 1, ROLLOUT_PARALLEL_MAX, &parallel, e) ||
	    !cli_number(c, "attempts", 1, ROLLOUT_ATTEMPTS_MAX, &attempts, e) ||
	    !cli_number(c, "jitter", 0, ROLLOUT_JITTER_MAX_MS / 1000, &jitter_s, e))
		return false;
	r.cmd = cmd;
	r.parallel = (int)parallel;
	r.attempts = (int)attempts;
	r.jitter_ms = (int)jitter_s * 1000;
	return rollout_start(c->core, &c->actor, &r, &rollout, e) &&
	       cli_rollout_follow(c, rollout, wait_s, e);
}

static bool run_start(struct cli *c, struct err *e)
{
	int64_t wait_s;

	return cli_rollout_wait(c, 0, &wait_s, e) && start(c, c->args[0], wait_s, e);
}

bool cli_agent_notify(struct cli *c, struct err *e)
{
	json_t *rollout AUTO_JSON = NULL;
	bool all = cli_has(c, "all");
	int64_t wait_s;

	if (c->n_args != (all ? 1 : 2))
		return err_set(e, ERR_INVALID, "'agent notify' needs ID COMMAND, or --all COMMAND");
	if (!cli_rollout_wait(c, all ? 0 : WAIT_DEFAULT_S, &wait_s, e))
		return false;
	if (all)
		return start(c, c->args[0], wait_s, e);
	if (!agent_notify(c->core, &c->actor, c->args[0], c->args[1], NULL, &rollout, e) ||
	    (wait_s > 0 && !wait_for(c, &rollout, wait_s, e)))
		return false;
	judge(c, rollout);
	return print_agents(c, rollout, NULL, e);
}

static bool run_status(struct cli *c, struct err *e)
{
	const struct page page = {.limit = PAGE_LIMIT_DEFAULT};
	json_t *v = NULL;

	if (c->n_args == 0)
		return rollouts_list(c->core, &page, cli_str(c, "kind"), &v, e) &&
		       cli_list(c, v, columns, ARRAY_LEN(columns), "no rollouts");
	if (!rollout_show(c->core, c->args[0], &v, e))
		return false;
	if (cli_has(c, "agents")) {
		json_t *rollout AUTO_JSON = v;

		return print_agents(c, rollout, cli_str(c, "agents"), e);
	}
	return cli_print_object(c, v);
}

static bool change(struct cli *c, enum rollout_step step, struct err *e)
{
	json_t *v = NULL;

	return rollout_change(c->core, &c->actor, c->args[0], step, &v, e) &&
	       cli_print_object(c, v);
}

static bool run_pause(struct cli *c, struct err *e)
{
	return change(c, ROLLOUT_PAUSE, e);
}

static bool run_resume(struct cli *c, struct err *e)
{
	return change(c, ROLLOUT_RESUME, e);
}

static bool run_cancel(struct cli *c, struct err *e)
{
	return cli_confirm(c, e, "Cancel rollout %s?", c->args[0]) && change(c, ROLLOUT_CANCEL, e);
}

static const struct cli_option start_options[] = {
	{"parallel", CLI_NUMBER, "N", "agents at a time; 50 unless said"},
	{"attempts", CLI_NUMBER, "N", "how often one is tried; 5 unless said"},
	{"jitter", CLI_NUMBER, "SECONDS", "spread the first attempts over so long"},
	{"wait", CLI_NUMBER, "SECONDS", "wait so long for its end"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option status_options[] = {
	{"kind", CLI_VALUE, "rollout|notify", "commands to many agents, or to one"},
	{"agents", CLI_VALUE, "pending|sending|done|refused|failed|cancelled",
	 "its agents in this state"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_command cli_rollout[] = {
	{"rollout start", "COMMAND", 1, 1, start_options, 0, run_start,
	 "send a command to all agents: status, update-files, configuration, update-check"},
	{"rollout status", "[ID]", 0, 1, status_options, 0, run_status, "how far they are"},
	{"rollout pause", "ID", 1, 1, NULL, 0, run_pause, "send nothing more for now"},
	{"rollout resume", "ID", 1, 1, NULL, 0, run_resume, "go on"},
	{"rollout cancel", "ID", 1, 1, NULL, 0, run_cancel, "end it; what is pending is dropped"},
	{.words = NULL},
};
