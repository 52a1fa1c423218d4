/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/json.h"
#include "base/num.h"
#include "base/text.h"
#include "cli/trust_judge.h"
#include "core/bindings/bindings.h"
#include "core/trust/cures.h"
#include "core/trust/refusals.h"
#include "core/trust/trust.h"

#include <string.h>

static const struct cli_column member_columns[] = {
	{"THUMBPRINT", "thumbprint", 0},
	{"SUBJECT", "subject", 60},
	{"SELF-SIGNED", "self_signed", 0},
	{"NOT AFTER", "not_after", 0},
};

static const struct cli_column refusal_columns[] = {
	{"ID", "id", 0},	 {"LAST", "last", 0},	     {"TIMES", "count", 0},
	{"CLIENT", "client", 0}, {"SUB", "substatus", 0},    {"WIN32", "win32", 0},
	{"REASON", "reason", 0}, {"SUBJECT", "subject", 48},
};

static bool set_mode(struct cli *c, struct err *e)
{
	struct trust_mode_request r = {.dry_run = cli_has(c, "dry-run")};
	json_t *change AUTO_JSON = NULL;
	uint64_t wanted = 0;
	int64_t within = 0;

	if (!num_u64(c->args[0], TRUST_EXCLUSIVE_CA, &wanted))
		return err_set(e, ERR_INVALID, "the mode is 0, 1 or 2, not '%s'", c->args[0]);
	if (!cli_number(c, "confirm-within", 0, 86400, &within, e) ||
	    (!r.dry_run &&
	     !cli_confirm(c, e, "Judge all client certificates by mode %s from now on?",
			  c->args[0])))
		return false;
	r.mode = (int)wanted;
	r.confirm_within_s = (int)within;
	if (!trust_mode_set(c->core, &c->actor, &r, &change, e))
		return false;
	if (strcmp(cli_member(change, "state"), "committed") == 0)
		cli_say(c,
			"in force, but not kept yet: 'certbinder trust confirm' until %s, else it "
			"goes back",
			cli_member(change, "confirm_until"));
	return true;
}

static bool trust_mode(struct cli *c, struct err *e)
{
	json_t *mode AUTO_JSON = NULL;

	if (c->n_args > 0 && !set_mode(c, e))
		return false;
	if (!trust_mode_show(c->core, &mode, e))
		return false;
	if (c->json)
		cli_json(c, mode);
	cli_say(c, "mode %lld (%s): %s",
		(long long)json_integer_value(json_object_get(mode, "mode")),
		cli_member(mode, "name"), cli_member(mode, "consequence"));
	return true;
}

static bool open_change(struct cli *c, char *out, size_t size, struct err *e)
{
	if (c->n_args == 0)
		return trust_mode_open_change(c->core, out, size, e);
	text_copy(out, size, c->args[0]);
	return true;
}

static bool say_change(struct cli *c, json_t *change /* stolen */)
{
	if (c->json)
		cli_json(c, change);
	cli_say(c, "%s: %s", cli_member(change, "state"), cli_member(change, "evidence"));
	json_decref(change);
	return true;
}

static bool trust_confirm(struct cli *c, struct err *e)
{
	json_t *change = NULL;
	char id[64];

	return open_change(c, id, sizeof id, e) &&
	       change_confirm(c->core, &c->actor, id, NULL, &change, e) && say_change(c, change);
}

static bool trust_abort(struct cli *c, struct err *e)
{
	json_t *change = NULL;
	char id[64];

	return open_change(c, id, sizeof id, e) &&
	       change_abort(c->core, &c->actor, id, &change, e) && say_change(c, change);
}

static bool trust_issuer_list_command(struct cli *c, struct err *e)
{
	json_t *list AUTO_JSON = NULL;
	const json_t *members, *left_out;

	if (!trust_issuer_list(c->core, cli_str(c, "endpoint"), &list, e))
		return false;
	if (c->json) {
		cli_json(c, list);
		return true;
	}
	members = json_object_get(list, "members");
	left_out = json_object_get(list, "left_out");
	cli_say(c, "from %s, %zu members, %lld bytes of names (Schannel sends at most %d)",
		cli_member(list, "source"), json_array_size(members),
		(long long)json_integer_value(json_object_get(list, "size_bytes")),
		ISSUER_LIST_LIMIT_BYTES);
	cli_say(c, json_is_true(json_object_get(list, "sent"))
			   ? "sent in the handshake, in TLS 1.2 alone: the TLS library cannot in "
			     "TLS 1.3"
			   : "not sent in the handshake (setting send_trusted_issuer_list)");
	if (json_array_size(members) > 0)
		cli_table(c, members, member_columns, ARRAY_LEN(member_columns));
	if (json_array_size(left_out) > 0) {
		cli_say(c, "\nleft out, since %s holds certificates that are not self-signed:",
			cli_member(list, "source"));
		cli_table(c, left_out, member_columns, ARRAY_LEN(member_columns));
	}
	return true;
}

static void print_findings(struct cli *c, const json_t *findings)
{
	size_t i;
	const json_t *f;

	json_array_foreach((json_t *)(uintptr_t)findings, i, f)
	{
		cli_say(c, "%s: %s: %s%s%s", cli_member(f, "severity"), cli_member(f, "rule"),
			cli_member(f, "store"), *cli_member(f, "thumbprint") ? " " : "",
			cli_member(f, "thumbprint"));
		if (*cli_member(f, "subject"))
			cli_say(c, "  %s", cli_member(f, "subject"));
		cli_say(c, "  %s", cli_member(f, "evidence"));
		cli_say(c, "  consequence: %s", cli_member(f, "consequence"));
		cli_say(c, "  cure%s: %s",
			json_is_true(json_object_get(f, "fixable")) ? " (--fix)" : "",
			cli_member(f, "cure"));
	}
}

static int exit_of(const json_t *findings)
{
	size_t i;
	const json_t *f;

	json_array_foreach((json_t *)(uintptr_t)findings, i, f)
	{
		if (strcmp(cli_member(f, "severity"), "note") != 0)
			return 10;
	}
	return 0;
}

static bool lint_fix(struct cli *c, struct err *e)
{
	json_t *done AUTO_JSON = NULL;
	size_t i;
	const json_t *f;

	if (!cli_confirm(c, e, "Move and remove what lint can cure? Each step can be undone.") ||
	    !trust_lint_fix(c->core, &c->actor, NULL, &done, e))
		return false;
	if (json_array_size(json_object_get(done, "failed")) > 0)
		c->exit_code = 10;
	if (c->json) {
		cli_json(c, done);
		return true;
	}
	json_array_foreach(json_object_get(done, "fixed"), i, f)
	{
		cli_say(c, "%s: %.16s... %s", cli_member(f, "rule"), cli_member(f, "sha256"),
			cli_member(f, "done"));
	}
	json_array_foreach(json_object_get(done, "failed"), i, f)
	{
		cli_note(c, "not cured: %s: %s", cli_member(f, "id"), cli_member(f, "why"));
	}
	cli_say(c, "%zu cured, %zu findings left", json_array_size(json_object_get(done, "fixed")),
		json_array_size(json_object_get(done, "left")));
	return true;
}

static bool lint(struct cli *c, struct err *e)
{
	json_t *result AUTO_JSON = NULL;
	const json_t *findings;

	if (cli_has(c, "fix"))
		return lint_fix(c, e);
	if (!trust_lint(c->core, &result, e))
		return false;
	findings = json_object_get(result, "findings");
	c->exit_code = exit_of(findings);
	if (c->json)
		cli_json(c, result);
	else if (json_array_size(findings) == 0)
		cli_say(c, "nothing found");
	print_findings(c, findings);
	return true;
}

static bool judge(struct cli *c, struct err *e)
{
	char name[] = "judge", lines[] = "--json-lines";
	char *argv[] = {name, cli_has(c, "json-lines") ? lines : NULL, NULL};

	(void)e; /* it says what is wrong itself */
	c->exit_code = cli_trust_judge(argv[1] ? 2 : 1, argv);
	return true;
}

static bool refusal_list(struct cli *c, struct err *e)
{
	struct refusal_query q = {.binding = cli_str(c, "endpoint"),
				  .reason = cli_str(c, "reason"),
				  .client = cli_str(c, "client"),
				  .substatus = -1};
	int64_t limit = PAGE_LIMIT_DEFAULT, substatus = -1;
	json_t *list = NULL;

	if (!cli_number(c, "limit", 1, PAGE_LIMIT_MAX, &limit, e) ||
	    !cli_number(c, "substatus", 0, 99, &substatus, e))
		return false;
	q.page.limit = (int)limit;
	q.substatus = (int)substatus;
	return refusals_list(c->core, &q, &list, e) &&
	       cli_list(c, list, refusal_columns, ARRAY_LEN(refusal_columns), "no refusals");
}

static void print_path(struct cli *c, const json_t *path)
{
	size_t i;
	const json_t *step;

	cli_say(c, "path%s%s%s", *cli_member(path, "reason") ? ", refused: " : "",
		cli_member(path, "reason"),
		json_is_true(json_object_get(path, "complete")) ? "" : " (ends in no anchor)");
	json_array_foreach(json_object_get(path, "steps"), i, step)
	{
		cli_say(c, "%*s%s [%s]%s%s", (int)(2 * i + 2), "", cli_member(step, "subject"),
			cli_member(step, "store"), *cli_member(step, "reason") ? " <- " : "",
			cli_member(step, "reason"));
	}
}

static bool refusal_show(struct cli *c, struct err *e)
{
	json_t *r AUTO_JSON = NULL;
	size_t i;
	const json_t *item;

	if (!refusals_show(c->core, c->args[0], &r, e))
		return false;
	if (c->json) {
		cli_json(c, r);
		return true;
	}
	cli_say(c, "%s  %s at %s: 403.%lld %lld %s", cli_member(r, "time"), cli_member(r, "client"),
		cli_member(r, "endpoint"),
		(long long)json_integer_value(json_object_get(r, "substatus")),
		(long long)json_integer_value(json_object_get(r, "win32")),
		cli_member(r, "reason"));
	cli_say(c, "%s", cli_member(r, "explanation"));
	if (*cli_member(r, "cause.title"))
		cli_say(c, "cause: %s. %s", cli_member(r, "cause.title"),
			cli_member(r, "cause.evidence"));
	json_array_foreach(json_object_get(r, "paths"), i, item)
	{
		print_path(c, item);
	}
	if (strcmp(cli_member(r, "now.verdict"), "accept") == 0)
		cli_say(c, "cured: the same chain is accepted now");
	json_array_foreach(json_object_get(r, "remedies"), i, item)
	{
		cli_say(c, "remedy: %s", cli_member(item, "text"));
	}
	return true;
}

static bool refusal_cure(struct cli *c, struct err *e)
{
	json_t *done AUTO_JSON = NULL;
	int64_t remedy = 0;
	size_t i;
	const json_t *command;

	if (!cli_number(c, "remedy", 1, 99, &remedy, e) ||
	    !refusals_cure(c->core, &c->actor, c->args[0], (int)remedy, &done, e))
		return false;
	if (c->json)
		cli_json(c, done);
	cli_say(c, "%s %s", cli_member(done, "done"), cli_member(done, "sha256"));
	json_array_foreach(json_object_get(json_object_get(done, "undo"), "commands"), i, command)
	{
		cli_say(c, "undo: %s", json_string_value(command));
	}
	return true;
}

static const struct cli_option cure_options[] = {
	{"remedy", CLI_NUMBER, "N", "this one, counted from 1; else the first that is safe"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option mode_options[] = {
	{"confirm-within", CLI_NUMBER, "SECONDS", "goes back unless confirmed by then"},
	{"dry-run", CLI_FLAG, NULL, "change nothing"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option endpoint_options[] = {
	{"endpoint", CLI_VALUE, "IP:PORT:HOST", "of this binding; the default one without it"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option lint_options[] = {
	{"fix", CLI_FLAG, NULL, "do what is safe and can be undone"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option judge_options[] = {
	{"json-lines", CLI_FLAG, NULL, "one question and one answer a line"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option refusal_options[] = {
	{"endpoint", CLI_VALUE, "IP:PORT:HOST", "of this binding"},
	{"reason", CLI_VALUE, "CODE", "with this reason"},
	{"client", CLI_VALUE, "ADDRESS", "of this client"},
	{"substatus", CLI_NUMBER, "N", "7, 12, 13, 16 or 17"},
	{"limit", CLI_NUMBER, "N", "so many, the newest first"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_command cli_trust[] = {
	{"trust mode", "[0|1|2]", 0, 1, mode_options, 0, trust_mode, "show or set the trust mode"},
	{"trust confirm", "[CHANGE]", 0, 1, NULL, 0, trust_confirm, "keep a change of the mode"},
	{"trust abort", "[CHANGE]", 0, 1, NULL, 0, trust_abort,
	 "give a change of the mode up, or take it back"},
	{"trust issuer-list", "", 0, 0, endpoint_options, 0, trust_issuer_list_command,
	 "the effective issuer list, and where it comes from"},
	{"trust lint", "", 0, 0, lint_options, 0, lint,
	 "what is wrong in the stores, with consequence and cure"},
	{"trust judge", "", 0, 0, judge_options, CLI_NO_STATE, judge,
	 "judge chains given on standard input"},
	{"trust evidence", "[LOG...]", 0, CLI_ARGS_MAX, cli_evidence_options, CLI_NO_STATE,
	 cli_trust_evidence, "likely causes of the refusals in logs of IIS; touches no store"},
	{.words = NULL},
};

const struct cli_command cli_refusal[] = {
	{"refusal list", "", 0, 0, refusal_options, 0, refusal_list,
	 "client certificates that were refused"},
	{"refusal show", "ID", 1, 1, NULL, 0, refusal_show,
	 "one of them: its cause, paths tried, and what to do"},
	{"refusal cure", "ID", 1, 1, cure_options, 0, refusal_cure,
	 "do what helps, and say how it is undone"},
	{.words = NULL},
};
