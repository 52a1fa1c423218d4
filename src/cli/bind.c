/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/clock.h"
#include "base/json.h"
#include "core/bindings/bindings.h"
#include "core/bindings/path_rules.h"

#include <string.h>

#define WAIT_AGENTS_S 3600 /* unless --wait-within says otherwise */

static const struct cli_column list_columns[] = {
	{"ID", "id", 0},
	{"IP", "ip", 0},
	{"PORT", "port", 0},
	{"HOST", "host", 40},
	{"CERTIFICATE", "thumbprint", 0},
	{"NOT AFTER", "not_after", 0},
	{"CLIENT CERTS", "client_certs", 0},
	{"ISSUER STORE", "issuer_store", 0},
	{"REVOCATION", "revocation", 0},
	{"AGENTS", "agents", 0},
};

static const struct cli_column history_columns[] = {
	{"CHANGE", "id", 0},	 {"TIME", "created", 0},	{"STATE", "state", 0},
	{"BY", "by", 24},	 {"BEFORE", "before.cert", 16}, {"AFTER", "after.cert", 16},
	{"PROVED", "proved", 0},
};

void cli_print_checks(struct cli *c, const json_t *checks)
{
	size_t i;
	const json_t *check;

	json_array_foreach((json_t *)(uintptr_t)checks, i, check)
	{
		const char *verdict = cli_member(check, "verdict");

		if (strcmp(verdict, "pass") == 0)
			continue;
		fprintf(c->env->err, "%s: %s: %s\n", verdict, cli_member(check, "id"),
			cli_member(check, "evidence"));
		if (*cli_member(check, "remedy"))
			fprintf(c->env->err, "      %s\n", cli_member(check, "remedy"));
	}
}

static void say_what_would_be(struct cli *c, const json_t *change)
{
	const char *endpoint = cli_member(change, "endpoint");
	const char *before = cli_member(json_object_get(change, "before"), "cert");
	const char *after = cli_member(json_object_get(change, "after"), "cert");

	if (json_is_true(json_object_get(change, "unchanged")))
		cli_say(c, "nothing to change: %s is so already", endpoint);
	else if (strcmp(before, after) == 0)
		cli_say(c, "it may be done, nothing was changed: %s would keep %.16s...", endpoint,
			after);
	else
		cli_say(c, "it may be done, nothing was changed: %s would show %.16s...%s%.16s%s",
			endpoint, after, *before ? " instead of " : "", before,
			*before ? "..." : "");
}

void cli_print_change(struct cli *c, const json_t *change)
{
	const char *state = cli_member(change, "state");

	if (c->json) {
		cli_json(c, change);
		return;
	}
	cli_print_checks(c, json_object_get(change, "checks"));
	if (cli_has(c, "dry-run"))
		say_what_would_be(c, change);
	else if (strcmp(state, "committed") == 0)
		cli_say(c,
			"%s, but not kept yet: 'certbinder bind confirm %s' until %s, else it "
			"goes back",
			json_is_true(json_object_get(change, "proved"))
				? "served"
				: "stored while the console does not run",
			cli_member(change, "id"), cli_member(change, "confirm_until"));
	else if (json_is_true(json_object_get(change, "proved")))
		cli_say(c, "%s, proved by a handshake", state);
	else
		cli_say(c,
			"%s; not proved, since the console does not run: it is proved at the next "
			"start",
			state);
}

/* A change that failed: its checks say why, to people and to --json. */
static bool failed(struct cli *c, json_t *result)
{
	json_t *checks = json_is_array(result) ? result : json_object_get(result, "checks");

	if (checks && c->json)
		c->more = json_pack("{s:O}", "checks", checks);
	else
		cli_print_checks(c, checks);
	json_decref(result);
	return false;
}

static bool read_request(struct cli *c, struct bind_request *r, struct err *e)
{
	static const char *const rules[] = {"ignore", "accept", "require"};
	static const char *const checks[] = {"off", "check", "soft", "last_good"};
	const char *rule = cli_str(c, "client-certs"), *check = cli_str(c, "revocation");
	int64_t within = 0, wait = 0;

	*r = (struct bind_request){.endpoint = cli_str(c, "endpoint"),
				   .cert = cli_str(c, "cert"),
				   .client_certs = -1,
				   .issuer_store = cli_str(c, "issuer-store"),
				   .agents = cli_has(c, "agents") ? 1 : -1,
				   .revocation = -1,
				   .override_reason = cli_str(c, "override"),
				   .dry_run = cli_has(c, "dry-run")};
	for (int i = 0; rule && i < (int)ARRAY_LEN(rules); i++)
		if (strcmp(rule, rules[i]) == 0)
			r->client_certs = i;
	for (int i = 0; check && i < (int)ARRAY_LEN(checks); i++)
		if (strcmp(check, checks[i]) == 0)
			r->revocation = i;
	if (!cli_number(c, "confirm-within", 0, 86400, &within, e) ||
	    !cli_number(c, "revocation-freshness", 0, REVOCATION_FRESHNESS_MAX_S, &r->freshness_s,
			e))
		return false;
	if (!cli_number(c, "wait-agents", 0, 100, &wait, e))
		return false;
	r->wait_agents = (int)wait;
	r->sets_freshness = cli_has(c, "revocation-freshness");
	r->cached_only = cli_has(c, "revocation-cached-only") ? 1
			 : cli_has(c, "revocation-fetched")   ? 2
							      : 0;
	r->confirm_within_s = (int)within;
	r->check_usage = cli_has(c, "check-usage") ? 1 : cli_has(c, "no-check-usage") ? 2 : 0;
	r->sets_path_rules = cli_str(c, "path-rules") != NULL;
	return !r->sets_path_rules ||
	       path_rules_from_text(cli_str(c, "path-rules"), r->path_rules, e);
}

/*
 * Stages, so that agents are told; waits until enough of them know; commits. With a reason to
 * override the commit goes ahead when the time is over, else the change is given up.
 */
static bool bind_set_waiting(struct cli *c, const struct bind_request *r, json_t **out,
			     struct err *e)
{
	json_t *change AUTO_JSON = NULL;
	int64_t within_s = WAIT_AGENTS_S, until;
	struct err why = ERR_INIT;
	const char *id;

	if (!cli_number(c, "wait-within", 1, 86400, &within_s, e) ||
	    !change_stage(c->core, &c->actor, r, &change, e)) {
		*out = json_incref(change);
		return false;
	}
	id = cli_member(change, "id");
	if (!*id) { /* nothing to change */
		*out = json_incref(change);
		return true;
	}
	cli_note(c, "waiting until %d percent of the agents know the new certificate",
		 r->wait_agents);
	for (until = clock_mono_ms() + 1000 * within_s; !cli_agents_ready(c, id, r->wait_agents);) {
		if (clock_mono_ms() >= until)
			break;
		cli_look_later();
	}
	if (change_commit(c->core, &c->actor, id, out, e))
		return true;
	if (!err_is(e, "agents.share"))
		return false;
	if (!change_abort(c->core, &c->actor, id, out, &why))
		*e = why;
	return false;
}

static bool bind_set_command(struct cli *c, struct err *e)
{
	struct bind_request r;
	json_t *change = NULL;

	if (!read_request(c, &r, e))
		return false;
	if (!(r.wait_agents > 0 && !r.dry_run ? bind_set_waiting(c, &r, &change, e)
					      : bind_set(c->core, &c->actor, &r, &change, e)))
		return failed(c, change);
	cli_print_change(c, change);
	json_decref(change);
	return true;
}

static bool bind_list(struct cli *c, struct err *e)
{
	json_t *list = NULL;

	return bindings_list(c->core, &list, e) &&
	       cli_list(c, list, list_columns, ARRAY_LEN(list_columns), "no bindings");
}

/* As the other commands name it, or in the first place; NULL: not at all. */
static const char *binding_named(const struct cli *c)
{
	return c->n_args ? c->args[0] : cli_str(c, "endpoint");
}

static bool bind_show(struct cli *c, struct err *e)
{
	const char *name = binding_named(c);
	json_t *binding = NULL;

	return bindings_show(c->core, name ? name : "default", &binding, e) &&
	       cli_print_object(c, binding);
}

static int exit_of(const json_t *checks)
{
	size_t i;
	const json_t *check;
	int code = 0;

	json_array_foreach((json_t *)(uintptr_t)checks, i, check)
	{
		const char *verdict = cli_member(check, "verdict");

		if (strcmp(verdict, "fail") == 0)
			return 4;
		if (strcmp(verdict, "warn") == 0)
			code = 10;
	}
	return code;
}

static bool bind_check(struct cli *c, struct err *e)
{
	static const struct cli_column columns[] = {
		{"CHECK", "id", 0}, {"VERDICT", "verdict", 0}, {"EVIDENCE", "evidence", 80}};
	struct bind_request r;
	json_t *checks AUTO_JSON = NULL;

	if (!read_request(c, &r, e))
		return false;
	if (!r.endpoint)
		r.endpoint = "default";
	if (!checks_run(c->core, &r, &checks, e))
		return false;
	c->exit_code = exit_of(checks);
	if (c->json) {
		json_t *all AUTO_JSON = json_pack("{s:O}", "checks", checks);

		cli_json(c, all);
		return true;
	}
	cli_table(c, checks, columns, ARRAY_LEN(columns));
	return true;
}

static bool bind_history(struct cli *c, struct err *e)
{
	const char *endpoint = cli_str(c, "endpoint");
	int64_t limit = PAGE_LIMIT_DEFAULT;
	struct page page = {0};
	json_t *list = NULL;

	if (!cli_number(c, "limit", 1, PAGE_LIMIT_MAX, &limit, e))
		return false;
	page.limit = (int)limit;
	return bindings_history(c->core, endpoint ? endpoint : "default", &page, &list, e) &&
	       cli_list(c, list, history_columns, ARRAY_LEN(history_columns), "no changes yet");
}

static bool bind_rollback_command(struct cli *c, struct err *e)
{
	const char *endpoint = cli_str(c, "endpoint");
	json_t *change = NULL;

	if (!cli_confirm(c, e, "Bind again on %s what was bound before?", endpoint))
		return false;
	if (!bind_rollback(c->core, &c->actor, endpoint, cli_str(c, "to"), &change, e))
		return failed(c, change);
	cli_print_change(c, change);
	json_decref(change);
	return true;
}

static bool bind_abort(struct cli *c, struct err *e)
{
	json_t *change = NULL;

	if (!change_abort(c->core, &c->actor, c->args[0], &change, e))
		return failed(c, change);
	cli_print_change(c, change);
	json_decref(change);
	return true;
}

static bool bind_remove(struct cli *c, struct err *e)
{
	const char *name = binding_named(c);
	json_t *binding = NULL;

	if (!name)
		return err_set(e, ERR_INVALID, "'bind remove' needs a BINDING");
	if (!bindings_show(c->core, name, &binding, e))
		return false;
	json_decref(binding);
	if (!cli_confirm(c, e, "Remove the binding %s and close its listener?", name) ||
	    !bindings_remove(c->core, &c->actor, name, e))
		return false;
	cli_say(c, "removed");
	return true;
}

#define BIND_OPTIONS                                                                               \
	{"cert", CLI_VALUE, "CERT", "certificate in any spelling; as it is without"},              \
		{"client-certs", CLI_VALUE, "ignore|accept|require", "client certificates"},       \
		{"issuer-store", CLI_VALUE, "STORE", "whose issuers count; \"\" for none"},        \
		{"path-rules", CLI_VALUE, "PREFIX=RULE,...",                                       \
		 "rules of single path prefixes; \"\" for none"},                                  \
		{"check-usage", CLI_FLAG, NULL, "client certificates need the usage clientAuth"},  \
		{"no-check-usage", CLI_FLAG, NULL, "their usage does not count"},                  \
		{"revocation", CLI_VALUE, "off|check|last_good|soft",                              \
		 "revocation of client certificates"},                                             \
		{"revocation-cached-only", CLI_FLAG, NULL,                                         \
		 "by the lists that are here; their distribution points are not asked"},           \
		{"revocation-fetched", CLI_FLAG, NULL, "their distribution points are asked"},     \
		{"revocation-freshness", CLI_NUMBER, "SECONDS",                                    \
		 "a list checked longer ago counts as lapsed; 0: its next update"},                \
		{"agents", CLI_FLAG, NULL, "it becomes the agents' binding"},                      \
		{"confirm-within", CLI_NUMBER, "SECONDS", "goes back unless confirmed by then"},   \
	{                                                                                          \
		"override", CLI_VALUE, "REASON", "go on in spite of failed checks (audited)"       \
	}

static const struct cli_option set_options[] = {
	{"endpoint", CLI_NEEDED, "IP:PORT:HOST", "the binding, or default"},
	BIND_OPTIONS,
	{"wait-agents", CLI_NUMBER, "PERCENT",
	 "commit only when so many of the reporting agents know the new certificate"},
	{"wait-within", CLI_NUMBER, "SECONDS",
	 "how long for; then it is given up, or goes ahead with --override"},
	{"dry-run", CLI_FLAG, NULL, "run the checks, change nothing"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option check_options[] = {
	{"endpoint", CLI_VALUE, "IP:PORT:HOST", "the binding; default without it"},
	BIND_OPTIONS,
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option one_options[] = {
	{"endpoint", CLI_VALUE, "IP:PORT:HOST", "the same, as the other commands name it"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option history_options[] = {
	{"endpoint", CLI_VALUE, "IP:PORT:HOST", "the binding; default without it"},
	{"limit", CLI_NUMBER, "N", "so many changes, the newest first"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option rollback_options[] = {
	{"endpoint", CLI_NEEDED, "IP:PORT:HOST", "the binding, or default"},
	{"to", CLI_VALUE, "CHANGE", "to before this change; the present one without it"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option confirm_options[] = {
	{"endpoint", CLI_VALUE, "IP:PORT:HOST", "the binding whose open change is meant"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_command cli_bind[] = {
	{"bind set", "", 0, 0, set_options, 0, bind_set_command,
	 "bind a certificate, or change a binding: checked, proved, undone if it fails"},
	{"bind list", "", 0, 0, NULL, 0, bind_list, "list bindings"},
	{"bind show", "[BINDING]", 0, 1, one_options, 0, bind_show,
	 "one binding; default without a name"},
	{"bind check", "", 0, 0, check_options, 0, bind_check, "run the checks, change nothing"},
	{"bind history", "", 0, 0, history_options, 0, bind_history, "changes of a binding"},
	{"bind confirm", "[CHANGE]", 0, 1, confirm_options, 0, cli_bind_confirm,
	 "keep a change, over a connection that shows its certificate"},
	{"bind rollback", "", 0, 0, rollback_options, 0, bind_rollback_command,
	 "bring back what was bound before"},
	{"bind abort", "CHANGE", 1, 1, NULL, 0, bind_abort, "give up an open change"},
	{"bind remove", "[BINDING]", 0, 1, one_options, 0, bind_remove, "remove a binding"},
	{.words = NULL},
};
