/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "ipxfer/switches.h"

#include "base/num.h"
#include "base/text.h"

#include <stddef.h>
#include <string.h>

#define EN_DASH "\xe2\x80\x93"

const char switches_help[] =
	"usage: IpXfer [--state-dir DIR] [--json] -s SERVER -sp HTTPS_PORT -e CERTIFICATE\n"
	"              [-p HTTP_PORT] [-c AGENT_PORT] [-pwd PASSWORD]\n"
	"\n"
	"Moves this machine's agent to another server, or mends it on the same one.\n"
	"\n"
	"  -s SERVER       name or address of the server\n"
	"  -p HTTP_PORT    its HTTP port\n"
	"  -sp HTTPS_PORT  its HTTPS port\n"
	"  -c AGENT_PORT   the port that the agent listens on\n"
	"  -e CERTIFICATE  the server's OfcNTCer.dat, DER or PEM\n"
	"  -pwd PASSWORD   the agent's unload password; \"-\" asks for it\n"
	"  --password-file FILE, --state-dir DIR, --json, --help, --version\n"
	"\n"
	"Switches are taken in any case, with a dash, a slash or an en dash. The new server is\n"
	"proved and the agent registered there before anything changes; then the old server is\n"
	"told.\n";

enum kind { TEXT, PORT, FLAG };

struct row {
	const char *name; /* with its dashes when it has two */
	enum kind kind;
	size_t offset;
};

#define ROW(name, kind, member)                                                                    \
	{                                                                                          \
		name, kind, offsetof(struct switches, member)                                      \
	}
static const struct row table[] = {
	ROW("s", TEXT, server),
	ROW("p", PORT, http_port),
	ROW("sp", PORT, https_port),
	ROW("c", PORT, agent_port),
	ROW("e", TEXT, certificate),
	ROW("pwd", TEXT, password),
	ROW("--password-file", TEXT, password_file),
	ROW("--state-dir", TEXT, state_dir),
	ROW("--json", FLAG, json),
	ROW("--help", FLAG, help),
	ROW("--version", FLAG, version),
};

static const char *without_dash(const char *arg)
{
	if (text_starts_with(arg, EN_DASH))
		return arg + strlen(EN_DASH);
	return (arg[0] == '-' && arg[1] != '-') || arg[0] == '/' ? arg + 1 : arg;
}

static const struct row *row_of(const char *arg)
{
	const char *name = without_dash(arg);

	if (name == arg && !text_starts_with(arg, "--"))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (text_equal_nocase(table[i].name, name))
			return &table[i];
	return NULL;
}

static bool take(const struct row *row, char *value, struct switches *s, struct err *e)
{
	char *at = (char *)s + row->offset;
	uint16_t port;

	if (row->kind == TEXT) {
		memcpy(at, &value, sizeof(value));
		return value[0] != '\0' || err_set(e, ERR_INVALID, "%s is empty", row->name);
	}
	if (!num_port(value, &port) || port == 0)
		return err_set(e, ERR_INVALID, "'%.20s' is no port", value);
	memcpy(at, &port, sizeof(port));
	return true;
}

static bool complete(const struct switches *s, struct err *e)
{
	if (s->help || s->version)
		return true;
	if (!s->server)
		return err_set(e, ERR_INVALID, "-s SERVER is missing");
	if (!s->https_port)
		return err_set(e, ERR_INVALID, "-sp HTTPS_PORT is missing");
	return s->certificate || err_set(e, ERR_INVALID, "-e CERTIFICATE is missing");
}

bool switches_read(int argc, char **argv, struct switches *out, struct err *e)
{
	struct switches s = {.server = NULL};

	for (int i = 1; i < argc; i++) {
		const struct row *row = row_of(argv[i]);

		if (!row)
			return err_set(e, ERR_INVALID, "no switch '%.60s'", argv[i]);
		if (row->kind == FLAG) {
			*((bool *)((char *)&s + row->offset)) = true;
			continue;
		}
		if (i + 1 >= argc)
			return err_set(e, ERR_INVALID, "'%.60s' needs a value", argv[i]);
		if (!take(row, argv[++i], &s, e))
			return false;
	}
	if (!complete(&s, e))
		return false;
	*out = s;
	return true;
}
