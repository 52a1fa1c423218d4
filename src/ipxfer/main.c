/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/harden.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/cli.h"
#include "core/programs/control.h"
#include "core/programs/witness.h"
#include "ipxfer/move.h"
#include "ipxfer/switches.h"
#include "wire/agent_dir.h"
#include "wire/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_WARNINGS 10 /* done, with warnings named */

static bool password_take(struct cli *c, const struct switches *s, struct secret *out,
			  struct err *e)
{
	if (s->password_file)
		return secret_read_file(out, s->password_file, e);
	if (!s->password)
		return true; /* an agent without one asks for none */
	if (s->password[0] == '-' && s->password[1] == '\0')
		return cli_ask_password(c, "unload password", false, out, e);
	cli_note(c, "warning: a password on the command line is seen by everybody on this machine; "
		    "use --password-file or \"-\"");
	if (!secret_set(out, s->password, strlen(s->password), e))
		return false;
	secret_wipe(s->password, strlen(s->password)); /* and out of ps(1) */
	return true;
}

static bool order_make(const struct switches *s, struct transfer_order *out, struct err *e)
{
	if (strlen(s->server) >= sizeof(out->to.host))
		return err_set(e, ERR_INVALID, "the server's name is too long");
	text_copy(out->to.host, sizeof(out->to.host), s->server);
	out->to.https_port = s->https_port;
	out->to.http_port = s->http_port;
	out->agent_port = s->agent_port;
	return agent_cert_file(s->certificate, &out->key, e);
}

/* What only root may read is read first; the rest is done as the agent's own user. */
static bool run(struct cli *c, const struct switches *s, json_t **out, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct transfer_order o = {.key = NULL};
	bool good = order_make(s, &o, e) && password_take(c, s, &password, e) &&
		    agent_dir_ready(c->state_dir, false, e) &&
		    agent_dir_become_owner(c->state_dir, e) && wire_start(e) &&
		    move_agent(c->state_dir, &o, &password, out, e);

	cert_unref(o.key);
	return good;
}

static int say(struct cli *c, const json_t *done)
{
	bool told = json_is_true(json_object_get(done, "told"));
	const char *server = json_string_value(json_object_get(done, "server"));

	if (c->json)
		cli_json(c, done);
	cli_say(c, "the agent is with %s", server ? server : "its new server");
	if (!told)
		cli_note(c, "warning: the former server could not be told; the agent tells it as "
			    "soon as it can");
	return told ? 0 : EXIT_WARNINGS;
}

int main(int argc, char **argv)
{
	const struct cli_env env = {.program = "IpXfer", .in = stdin, .out = stdout, .err = stderr};
	struct cli c = {.env = &env};
	struct switches s;
	struct err e = ERR_INIT;
	bool good;
	json_t *done AUTO_JSON = NULL;
	const char *from_env = getenv("CERTBINDER_STATE_DIR");

	log_init("IpXfer", LOG_WARNING);
	json_wipe_on_free();
	if (!process_harden(&e) || !witness_start(argv, &e) || !switches_read(argc, argv, &s, &e))
		return cli_fail(&c, &e);
	if (s.help || s.version) {
		printf("%s", s.help ? switches_help : "IpXfer " PACKAGE_VERSION "\n");
		return 0;
	}
	c.json = s.json;
	c.state_dir = s.state_dir		? s.state_dir
		      : from_env && from_env[0] ? from_env
						: AGENT_STATE_DIR;
	good = run(&c, &s, &done, &e);
	control_demand(NULL);
	witness_stop();
	return good ? say(&c, done) : cli_fail(&c, &e);
}
