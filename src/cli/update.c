/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "core/agents/rollouts.h"
#include "core/updates/update_states.h"
#include "core/updates/updates.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const struct cli_column list_columns[] = {
	{"ID", "id", 0},
	{"PACKAGE", "package", 32},
	{"VERSION", "version", 24},
	{"FILES", "n_files", 0},
	{"BYTES", "bytes", 0},
	{"OFFERED", "offered", 0},
	{"SIGNER", "signer.subject", 48},
	{"CHECK", "check.reason", 0},
};

static const struct cli_column agent_columns[] = {
	{"AGENT", "id", 0},	    {"NAME", "name", 32},      {"STATE", "state", 0},
	{"PACKAGE", "package", 24}, {"WANTED", "version", 16}, {"INSTALLED", "installed", 16},
	{"SINCE", "since", 0},	    {"CAUSE", "cause", 0},     {"MISSING", "missing.name", 48},
	{"WHY", "detail", 0},
};

/* Sentences, which a table would cut. */
static void print_findings(struct cli *c, const json_t *findings)
{
	size_t i;
	const json_t *f;

	cli_say(c, "\nagents that hang:");
	json_array_foreach(findings, i, f)
	{
		struct buf why AUTO_BUF = BUF_INIT, cure AUTO_BUF = BUF_INIT;

		text_escape(&why, span_str(cli_member(f, "explanation")));
		text_escape(&cure, span_str(cli_member(f, "remedy")));
		cli_say(c, "%s, %lld: %s\n      %s", cli_member(f, "cause"),
			(long long)json_integer_value(json_object_get(f, "count")), buf_str(&why),
			buf_str(&cure));
	}
}

static bool update_list(struct cli *c, struct err *e)
{
	json_t *list AUTO_JSON = NULL;
	const json_t *findings;

	if (!updates_list(c->core, &list, e))
		return false;
	if (!cli_list(c, json_incref(list), list_columns, ARRAY_LEN(list_columns),
		      "no update packages"))
		return false;
	findings = json_object_get(list, "findings");
	if (!c->json && json_array_size(findings) > 0)
		print_findings(c, findings);
	return true;
}

static bool show_it(struct cli *c, struct err *e)
{
	json_t *package = NULL;

	return update_show(c->core, c->args[0], &package, e) && cli_print_object(c, package);
}

static bool file_open(const char *path, int *out, struct err *e)
{
	*out = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (*out >= 0)
		return true;
	return errno == ENOENT ? err_reason(e, "file.not_found", "there is no file '%s'", path)
			       : err_sys(e, errno, "cannot open '%s'", path);
}

static bool update_add_file(struct cli *c, struct err *e)
{
	struct buf signature AUTO_BUF = BUF_INIT;
	struct update_request r = {.sign_with = cli_str(c, "sign-with"),
				   .offer = cli_has(c, "offer"),
				   .dry_run = cli_has(c, "dry-run")};
	const char *path = cli_str(c, "signature");
	json_t *package = NULL;
	int fd AUTO_FD = -1;

	if (!path && !r.sign_with)
		return err_set(e, ERR_INVALID, "'update add' needs --signature or --sign-with");
	if (!file_open(c->args[0], &fd, e) ||
	    (path && !file_read(path, UPDATE_SIGNATURE_MAX, &signature, e)))
		return false;
	r.fd = fd;
	r.signature = buf_span(&signature);
	return update_add(c->core, &c->actor, &r, &package, &c->more, e) &&
	       cli_print_object(c, package);
}

static bool update_offer_it(struct cli *c, struct err *e)
{
	json_t *package = NULL;

	return update_offer(c->core, &c->actor, c->args[0], !cli_has(c, "withdraw"), &package, e) &&
	       cli_print_object(c, package);
}

static bool update_remove_it(struct cli *c, struct err *e)
{
	json_t *package AUTO_JSON = NULL;

	if (!update_show(c->core, c->args[0], &package, e) ||
	    !cli_confirm(c, e, "Remove %s %s and its files?", cli_member(package, "package"),
			 cli_member(package, "version")) ||
	    !update_remove(c->core, &c->actor, c->args[0], e))
		return false;
	cli_say(c, "removed; agents that have it keep it");
	return true;
}

static bool update_agents_list(struct cli *c, struct err *e)
{
	int64_t limit = PAGE_LIMIT_DEFAULT;
	json_t *list = NULL;

	if (!cli_number(c, "limit", 1, PAGE_LIMIT_MAX, &limit, e))
		return false;
	const struct page page = {.limit = (int)limit, .token = cli_str(c, "page")};
	return update_agents(c->core, cli_str(c, "state"), cli_str(c, "cause"), &page, &list, e) &&
	       cli_list(c, list, agent_columns, ARRAY_LEN(agent_columns), "no agents");
}

static bool update_check(struct cli *c, struct err *e)
{
	struct rollout_request r = ROLLOUT_REQUEST_INIT;
	json_t *agents AUTO_JSON = NULL, *rollout = NULL;
	int64_t wait_s = 0;

	if (!cli_ids(c, "agent", &agents, e) || !cli_rollout_wait(c, 0, &wait_s, e))
		return false;
	r.cmd = "update-check";
	r.agents = agents;
	return rollout_start(c->core, &c->actor, &r, &rollout, e) &&
	       cli_rollout_follow(c, rollout, wait_s, e);
}

static const struct cli_option add_options[] = {
	{"signature", CLI_VALUE, "FILE", "its detached CMS signature, DER or PEM"},
	{"sign-with", CLI_VALUE, "CERT", "sign it with this certificate of My instead"},
	{"offer", CLI_FLAG, NULL, "offer it to agents at once"},
	{"dry-run", CLI_FLAG, NULL, "only check it"},
	{NULL, CLI_FLAG, NULL, NULL},
};
static const struct cli_option offer_options[] = {
	{"withdraw", CLI_FLAG, NULL, "no longer"},
	{NULL, CLI_FLAG, NULL, NULL},
};
static const struct cli_option agents_options[] = {
	{"state", CLI_VALUE, "current|downloading|verifying|updating|failed", "only those"},
	{"cause", CLI_VALUE,
	 "root_missing|intermediate_missing|signature_bad|clock|policy|unreachable|other",
	 "only those that this keeps"},
	{"limit", CLI_NUMBER, "N", "agents a page; 50 unless said"},
	{"page", CLI_VALUE, "TOKEN", "next_page_token of the page before"},
	{NULL, CLI_FLAG, NULL, NULL},
};
static const struct cli_option check_options[] = {
	{"agent", CLI_MANY, "ID", "this agent; all unless said"},
	{"wait", CLI_NUMBER, "SECONDS", "wait so long for its end"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_command cli_update[] = {
	{"update list", "", 0, 0, NULL, 0, update_list, "packages, and agents that hang"},
	{"update show", "ID", 1, 1, NULL, 0, show_it, "one package"},
	{"update add", "FILE", 1, 1, add_options, 0, update_add_file,
	 "check a package and keep it"},
	{"update offer", "ID", 1, 1, offer_options, 0, update_offer_it,
	 "offer this version to agents"},
	{"update remove", "ID", 1, 1, NULL, 0, update_remove_it, "take a package away"},
	{"update agents", "", 0, 0, agents_options, 0, update_agents_list,
	 "how far agents are, and what keeps them"},
	{"update check", "", 0, 0, check_options, 0, update_check,
	 "have agents look for updates now"},
	{.words = NULL},
};
