/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/options.h"

#include "base/num.h"
#include "base/text.h"
#include "core/config_file.h"
#include "wire/agent_dir.h"

#include <getopt.h>
#include <stddef.h>
#include <string.h>

const char options_help[] =
	"usage: certbinder-agentd [--state-dir DIR] --server HOST --ntcer FILE\n"
	"                         [--https-port PORT] [--http-port PORT] [--listen IP:PORT]\n"
	"                         [--unload-password-file FILE] [--json]\n"
	"\n"
	"The agent of a certbinder server.\n"
	"\n"
	"  --state-dir DIR     what the agent knows (CERTBINDER_STATE_DIR;\n"
	"                      " AGENT_STATE_DIR ")\n"
	"  --server HOST       the server's name or address\n"
	"  --https-port PORT   its HTTPS port (4343)\n"
	"  --http-port PORT    its HTTP port, for what proves itself where HTTPS does not answer\n"
	"  --listen IP:PORT    where the server reaches this agent (*:21112); port 0 for a free "
	"one\n"
	"  --ntcer FILE        the server's OfcNTCer.dat, DER or PEM\n"
	"  --unload-password-file FILE\n"
	"                      the password that IpXfer asks for\n"
	"  --json              a failure as JSON on standard output too\n"
	"  --help, --version\n"
	"\n"
	"--server and --ntcer are needed at the first start; an agent that is there keeps what it\n"
	"knows, and IpXfer moves it. Prints one line of JSON when it is ready; SIGTERM ends it.\n";

enum {
	OPT_STATE_DIR = 256,
	OPT_SERVER,
	OPT_HTTPS,
	OPT_HTTP,
	OPT_LISTEN,
	OPT_NTCER,
	OPT_PASSWORD,
	OPT_JSON,
	OPT_HELP,
	OPT_VERSION
};

static const struct option table[] = {
	{"state-dir", required_argument, NULL, OPT_STATE_DIR},
	{"server", required_argument, NULL, OPT_SERVER},
	{"https-port", required_argument, NULL, OPT_HTTPS},
	{"http-port", required_argument, NULL, OPT_HTTP},
	{"listen", required_argument, NULL, OPT_LISTEN},
	{"ntcer", required_argument, NULL, OPT_NTCER},
	{"unload-password-file", required_argument, NULL, OPT_PASSWORD},
	{"json", no_argument, NULL, OPT_JSON}, /* as it prints anyway */
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

static bool take_port(const char *arg, uint16_t *out, struct err *e)
{
	return (num_port(arg, out) && *out > 0) ||
	       err_set(e, ERR_INVALID, "'%.20s' is no port", arg);
}

static bool take_server(const char *arg, struct options *o, struct err *e)
{
	struct agent_place p = {.https_port = OPTIONS_HTTPS_PORT};

	text_copy(p.host, sizeof(p.host), arg);
	if (strlen(arg) >= sizeof(p.host) || !agent_place_is_sound(&p))
		return err_set(e, ERR_INVALID, "'%.60s' is no name of a server", arg);
	text_copy(o->server.host, sizeof(o->server.host), arg);
	return true;
}

static bool take_listen(const char *arg, struct options *o, struct err *e)
{
	struct listens one = {.n = 0};

	if (!listens_add(&one, arg, e))
		return false;
	o->listen = one.items[0];
	o->listen_text = arg;
	return strlen(arg) < sizeof(((struct agent_state *)0)->listen_given) ||
	       err_set(e, ERR_INVALID, "--listen is too long");
}

static bool option_take(int opt, const char *arg, const char *word, struct options *o,
			struct err *e)
{
	switch (opt) {
	case OPT_STATE_DIR:
		o->state_dir = arg;
		return arg[0] != '\0' || err_set(e, ERR_INVALID, "--state-dir is empty");
	case OPT_SERVER:
		return take_server(arg, o, e);
	case OPT_HTTPS:
		return take_port(arg, &o->server.https_port, e);
	case OPT_HTTP:
		return take_port(arg, &o->server.http_port, e);
	case OPT_LISTEN:
		return take_listen(arg, o, e);
	case OPT_NTCER:
		o->ntcer = arg;
		return true;
	case OPT_PASSWORD:
		o->password_file = arg;
		return true;
	case OPT_JSON:
		return true;
	case OPT_HELP:
		o->ask = OPTIONS_HELP;
		return true;
	case OPT_VERSION:
		o->ask = OPTIONS_VERSION;
		return true;
	case ':':
		return err_set(e, ERR_INVALID, "%.60s needs a value", word);
	default:
		return err_set(e, ERR_INVALID, "unknown option %.60s", word);
	}
}

bool options_read(int argc, char **argv, const char *state_dir_env, struct options *out,
		  struct err *e)
{
	struct options o = {.state_dir = state_dir_env && state_dir_env[0] ? state_dir_env
									   : AGENT_STATE_DIR,
			    .server = {.https_port = OPTIONS_HTTPS_PORT}};
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+:", table, NULL)) != -1)
		if (!option_take(opt, optarg, argv[optind - 1], &o, e))
			return false;
	if (optind < argc)
		return err_set(e, ERR_INVALID, "what is '%.60s'?", argv[optind]);
	*out = o;
	return true;
}
