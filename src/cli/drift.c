/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/files.h"
#include "base/json.h"
#include "core/bindings/bindings.h"

#include <string.h>

static bool print_drift(struct cli *c, json_t *drift)
{
	json_t *owned AUTO_JSON = drift;
	const char *state = cli_member(drift, "state");
	size_t i;
	const json_t *finding;

	if (strcmp(state, "drift") == 0)
		c->exit_code = 10;
	if (c->json) {
		cli_json(c, drift);
		return true;
	}
	cli_say(c, "%s",
		strcmp(state, "ok") == 0 ? "bound certificate, TrustedPeople and OfcIPCer.dat agree"
					 : state);
	json_array_foreach(json_object_get(drift, "findings"), i, finding)
	{
		cli_say(c, "%s: %s", cli_member(finding, "id"), cli_member(finding, "evidence"));
		if (*cli_member(finding, "remedy"))
			cli_say(c, "      %s", cli_member(finding, "remedy"));
	}
	return true;
}

static bool drift_show_command(struct cli *c, struct err *e)
{
	json_t *drift = NULL;

	return drift_show(c->core, &drift, e) && print_drift(c, drift);
}

static bool drift_repair_command(struct cli *c, struct err *e)
{
	json_t *drift = NULL;

	return drift_repair(c->core, &c->actor, &drift, e) && print_drift(c, drift);
}

static const struct cli_column number_columns[] = {
	{"NUMBER", "number", 0}, {"TIME", "created", 0},   {"REASON", "reason", 0},
	{"CHANGE", "change", 0}, {"SHA-256", "sha256", 0},
};

/* ipcer is stolen. */
static bool print_ipcer(struct cli *c, json_t *ipcer)
{
	if (!c->json) {
		(void)json_object_del(ipcer, "der"); /* the file itself is what people look at */
		cli_table(c, json_object_get(ipcer, "numbers"), number_columns,
			  ARRAY_LEN(number_columns));
		(void)json_object_del(ipcer, "numbers");
	}
	return cli_print_object(c, ipcer);
}

static bool ipcer_show_command(struct cli *c, struct err *e)
{
	json_t *ipcer = NULL;

	return ipcer_show(c->core, &ipcer, e) && print_ipcer(c, ipcer);
}

/* A certificate that is not bound: what follows is said before it is done. */
static bool confirm_next(struct cli *c, const struct ipcer_request *asked, struct err *e)
{
	struct ipcer_request look = *asked;
	json_t *seen AUTO_JSON = NULL;
	const json_t *candidate, *warning;
	size_t i;

	look.dry_run = true;
	if (!ipcer_publish(c->core, &c->actor, &look, &seen, e))
		return false;
	candidate = json_object_get(seen, "candidate");
	if (strcmp(cli_member(candidate, "is"), "bound") == 0)
		return true;
	json_array_foreach(json_object_get(candidate, "warnings"), i, warning)
	{
		cli_note(c, "%s", json_string_value(warning));
	}
	return cli_confirm(c, e, "Tell agents of %s as the next certificate?",
			   cli_member(candidate, "thumbprint"));
}

static bool ipcer_publish_command(struct cli *c, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	struct ipcer_request r = {.as_next = cli_has(c, "as-next"),
				  .dry_run = cli_has(c, "dry-run")};
	json_t *ipcer = NULL;

	if (c->n_args && !file_read(c->args[0], IPCER_FILE_MAX, &file, e))
		return false;
	r.file = buf_span(&file);
	if (r.as_next && !r.dry_run && !confirm_next(c, &r, e))
		return false;
	if (ipcer_publish(c->core, &c->actor, &r, &ipcer, e))
		return print_ipcer(c, ipcer);
	c->more = ipcer;
	return false;
}

static bool ipcer_withdraw_command(struct cli *c, struct err *e)
{
	json_t *ipcer = NULL;

	return ipcer_withdraw(c->core, &c->actor, e) && ipcer_show(c->core, &ipcer, e) &&
	       print_ipcer(c, ipcer);
}

static const struct cli_option publish_options[] = {
	{"as-next", CLI_FLAG, NULL,
	 "not bound: tell agents of it beforehand, beside the bound one"},
	{"dry-run", CLI_FLAG, NULL, "say what it is and what would follow, change nothing"},
	{.name = NULL},
};

const struct cli_command cli_drift[] = {
	{"drift show", "", 0, 0, NULL, 0, drift_show_command,
	 "whether bound certificate, TrustedPeople and OfcIPCer.dat agree"},
	{"drift repair", "", 0, 0, NULL, 0, drift_repair_command, "put right what drifted"},
	{.words = NULL},
};

const struct cli_command cli_ipcer[] = {
	{"ipcer publish", "[FILE]", 0, 1, publish_options, 0, ipcer_publish_command,
	 "publish the bound certificate, or the one in FILE, as OfcIPCer.dat"},
	{"ipcer withdraw", "", 0, 0, NULL, 0, ipcer_withdraw_command,
	 "take back the next certificate that agents were told of"},
	{"ipcer show", "", 0, 0, NULL, 0, ipcer_show_command, "what is published, and was before"},
	{.words = NULL},
};
