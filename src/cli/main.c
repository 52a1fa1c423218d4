/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/cli.h"

#include "base/text.h"
#include "core/programs/control.h"
#include "core/programs/ipc_policy.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#define STATE_DIR_DEFAULT "/var/lib/certbinder"

/* Who types: for the audit trail. */
static void actor_from_user(struct cli *c)
{
	char room[4096];
	struct passwd entry, *found = NULL;

	if (getpwuid_r(getuid(), &entry, room, sizeof(room), &found) == 0 && found)
		text_copy(c->user, sizeof(c->user), found->pw_name);
	else
		snprintf(c->user, sizeof(c->user), "uid %u", (unsigned)getuid());
	c->actor = (struct actor){
		.name = c->user, .via = "cli", .address = "", .request_id = "", .role = ROLE_ADMIN};
}

/* Whoever listens on the console's socket is looked at as well. */
static bool demand_signatures(struct core *core, struct err *e)
{
	struct trust_view *view = NULL;

	if (!ipc_policy_read(core, &view, e))
		return false;
	control_demand(view);
	return true;
}

bool cli_open(struct cli *c, struct err *e)
{
	unsigned flags = c->command->flags;

	actor_from_user(c);
	if (!c->state_dir)
		c->state_dir = getenv("CERTBINDER_STATE_DIR");
	if (!c->state_dir || !*c->state_dir)
		c->state_dir = STATE_DIR_DEFAULT;
	if (c->env->hooks)
		c->env->hooks(c->state_dir, &c->hooks);
	if (flags & CLI_NO_STATE)
		return true;
	if (core_open(c->state_dir, flags & CLI_CREATES, &c->hooks, &c->core, e))
		return demand_signatures(c->core, e);
	return (flags & CLI_MISSING_IS_FINE) && e->code == ERR_NOT_FOUND;
}

int cli_end(struct cli *c, bool good, const struct err *e)
{
	int code = good ? c->exit_code : cli_fail(c, e);

	core_close(c->core);
	control_demand(NULL);
	json_decref(c->more);
	if (fflush(c->env->out) != 0 && code == 0)
		return 1; /* the answer did not get out */
	return code;
}

int cli_run(struct cli *c)
{
	struct err e = ERR_INIT;
	bool good = cli_open(c, &e) && c->command->run(c, &e);

	return cli_end(c, good, &e);
}

int cli_main(int argc, char **argv, const struct cli_env *env)
{
	struct cli c = {.env = env};
	struct err e = ERR_INIT;
	bool help, version;

	if (!cli_parse(&c, argc, argv, &help, &version, &e)) {
		int code = cli_fail(&c, &e);

		if (!c.json)
			cli_usage(&c, env->err);
		return code;
	}
	if (version)
		fprintf(env->out, "%s %s\n", env->program, PACKAGE_VERSION);
	else if (help)
		cli_help(&c);
	else
		return cli_run(&c);
	return 0;
}
