/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/json.h"
#include "core/console/system.h"
#include "core/programs/control.h"

/* What the running console says; null when none runs. */
static bool ask_console(struct cli *c, json_t **out, struct err *e)
{
	json_t *question AUTO_JSON = json_pack("{s:s}", "op", "status");
	struct err why = ERR_INIT;

	if (!question)
		return err_nomem(e);
	if (control_call(c->state_dir, question, CONTROL_TIMEOUT_MS, out, &why))
		return true;
	if (why.code != ERR_UNREACHABLE) {
		*e = why;
		return false;
	}
	*out = json_null();
	return true;
}

static void print_status(struct cli *c, const json_t *s)
{
	size_t i;
	const json_t *p;

	cli_say(c, "certbinder %s, %s", cli_member(s, "version"),
		json_is_true(json_object_get(s, "running")) ? "running" : "not running");
	json_array_foreach(json_object_get(s, "problems"), i, p)
	{
		cli_say(c, "%s: %s\n      %s", cli_member(p, "id"), cli_member(p, "evidence"),
			cli_member(p, "remedy"));
	}
	if (json_array_size(json_object_get(s, "problems")) == 0)
		cli_say(c, "no problems");
}

static bool status(struct cli *c, struct err *e)
{
	json_t *system AUTO_JSON = NULL, *console AUTO_JSON = NULL;
	bool running, degraded;

	if (!system_show(c->core, &system, e) || !ask_console(c, &console, e))
		return false;
	running = json_is_object(console);
	degraded = json_is_true(json_object_get(system, "degraded"));
	if (json_object_set_new(system, "running", json_boolean(running)) ||
	    json_object_set_new(system, "console", json_incref(console)))
		return err_nomem(e);
	if (c->json)
		cli_json(c, system);
	else
		print_status(c, system);
	if (cli_has(c, "exit-code"))
		c->exit_code = !running ? 7 : degraded ? 10 : 0;
	return true;
}

static const struct cli_option status_options[] = {
	{"exit-code", CLI_FLAG, NULL, "7 when the console does not run, 10 with problems"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_command cli_status[] = {
	{"status", "", 0, 0, status_options, 0, status, "how the console is"},
	{.words = NULL},
};
