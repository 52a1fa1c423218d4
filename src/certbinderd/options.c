/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/options.h"

#include "base/text.h"

#include <getopt.h>
#include <stddef.h>

const char options_help[] =
	"usage: certbinderd [--state-dir DIR] [--listen ADDR:PORT]... [--http ADDR:PORT]...\n"
	"                   [--config FILE] [--user NAME] [--json]\n"
	"\n"
	"The TLS web console and certificate binder.\n"
	"\n"
	"  --state-dir DIR     database, keys, published files and logs\n"
	"                      (CERTBINDER_STATE_DIR; " OPTIONS_STATE_DIR ")\n"
	"  --listen ADDR:PORT  serve HTTPS here; the first one carries the default binding;\n"
	"                      [v6]:port for IPv6, * for any address, port 0 for a free one\n"
	"  --http ADDR:PORT    a plain listener for what proves itself: publications, the two\n"
	"                      .dat files and CRLs\n"
	"  --config FILE       listeners and paths from an INI file; options come first\n"
	"  --user NAME         what root's console becomes; else the owner of the state "
	"directory,\n"
	"                      else, where that is new or the usual one, certbinder\n"
	"  --json              a failure as JSON on standard output too\n"
	"  --help, --version\n"
	"\n"
	"Prints one line of JSON on standard output when it is ready. SIGTERM ends it, letting\n"
	"running requests finish; SIGHUP makes it read what it serves again.\n";

enum {
	OPT_STATE_DIR = 256,
	OPT_LISTEN,
	OPT_HTTP,
	OPT_CONFIG,
	OPT_USER,
	OPT_JSON,
	OPT_HELP,
	OPT_VERSION
};

static const struct option table[] = {
	{"state-dir", required_argument, NULL, OPT_STATE_DIR},
	{"listen", required_argument, NULL, OPT_LISTEN},
	{"http", required_argument, NULL, OPT_HTTP},
	{"config", required_argument, NULL, OPT_CONFIG},
	{"user", required_argument, NULL, OPT_USER},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

struct given {
	struct listens https, http;
	const char *state_dir, *config, *user;
	enum options_ask ask;
};

static bool option_take(int opt, const char *arg, const char *word, struct given *g, struct err *e)
{
	switch (opt) {
	case OPT_STATE_DIR:
		g->state_dir = arg;
		return true;
	case OPT_LISTEN:
		return listens_add(&g->https, arg, e);
	case OPT_HTTP:
		return listens_add(&g->http, arg, e);
	case OPT_CONFIG:
		g->config = arg;
		return true;
	case OPT_USER:
		g->user = arg;
		return true;
	case OPT_JSON: /* what it prints is JSON; main() looks for it, for failures */
		return true;
	case OPT_HELP:
		g->ask = OPTIONS_HELP;
		return true;
	case OPT_VERSION:
		g->ask = OPTIONS_VERSION;
		return true;
	case ':':
		return err_set(e, ERR_INVALID, "%.60s needs a value", word);
	default:
		return err_set(e, ERR_INVALID, "unknown option %.60s", word);
	}
}

static bool merge(const struct given *g, const char *env, struct config_file *c, struct err *e)
{
	const char *dir = g->state_dir	       ? g->state_dir
			  : c->state_dir[0]    ? c->state_dir
			  : env && env[0] != 0 ? env
					       : OPTIONS_STATE_DIR;

	if (dir[0] == '\0')
		return err_set(e, ERR_INVALID, "--state-dir is empty");
	if (dir != c->state_dir)
		text_copy(c->state_dir, sizeof c->state_dir, dir);
	if (g->https.n > 0)
		c->https = g->https;
	if (g->http.n > 0)
		c->http = g->http;
	return true;
}

bool options_read(int argc, char **argv, const char *state_dir_env, struct options *out,
		  struct err *e)
{
	struct given g = {.ask = OPTIONS_RUN};
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+:", table, NULL)) != -1)
		if (!option_take(opt, optarg, argv[optind - 1], &g, e))
			return false;
	if (optind < argc)
		return err_set(e, ERR_INVALID, "what is '%.60s'?", argv[optind]);
	*out = (struct options){.ask = g.ask, .user = g.user};
	if (g.ask != OPTIONS_RUN)
		return true;
	return (!g.config || config_file_read(g.config, &out->config, e)) &&
	       merge(&g, state_dir_env, &out->config, e);
}
