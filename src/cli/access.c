/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/files.h"
#include "base/json.h"
#include "core/access/access.h"
#include "core/access/account_certificates.h"
#include "core/certs/import.h"

#include <string.h>

static const struct cli_column token_columns[] = {
	{"ID", "id", 0},	   {"NAME", "name", 40},      {"ROLE", "role", 0},
	{"CREATED", "created", 0}, {"EXPIRES", "expires", 0}, {"LAST USED", "last_used", 0},
};

static const struct cli_column account_columns[] = {
	{"USER", "user", 40},
	{"ROLE", "role", 0},
	{"CREATED", "created", 0},
	{"LAST LOGIN", "last_login", 0},
};

static const struct cli_column mapping_columns[] = {
	{"ID", "id", 0},     {"USER", "user", 30},   {"ACCESS", "access", 0},
	{"KIND", "kind", 0}, {"VALUE", "value", 64}, {"ISSUER", "issuer.subject", 40},
};

static bool read_role(struct cli *c, enum role *out, struct err *e)
{
	const char *role = cli_str(c, "role");

	return role_parse(role, out) || err_set(e, ERR_INVALID, "there is no role '%s'", role);
}

/* A secret that is shown once: alone on its line, so that it can be taken by a script. */
static void print_secret(struct cli *c, const struct secret *s)
{
	fwrite(s->data, 1, s->len, c->env->out);
	fputc('\n', c->env->out);
}

static bool token_create_command(struct cli *c, struct err *e)
{
	struct secret token AUTO_SECRET = SECRET_INIT;
	const char *name = cli_str(c, "name");
	json_t *made AUTO_JSON = NULL;
	int64_t days = 0;
	enum role role = ROLE_NONE;

	if (!read_role(c, &role, e) || !cli_number(c, "ttl", 0, TOKEN_TTL_MAX_DAYS, &days, e) ||
	    !token_create(c->core, &c->actor, name, role, (int)days, &token, &made, e))
		return false;
	if (!c->json) {
		print_secret(c, &token);
		return true;
	}
	if (json_object_set_new(made, "token", json_stringn((const char *)token.data, token.len)))
		return err_nomem(e);
	cli_json(c, made);
	return true;
}

static bool token_list_command(struct cli *c, struct err *e)
{
	json_t *list = NULL;

	return token_list(c->core, &list, e) &&
	       cli_list(c, list, token_columns, ARRAY_LEN(token_columns), "no tokens");
}

static bool token_revoke_command(struct cli *c, struct err *e)
{
	if (!cli_confirm(c, e, "Revoke token %s?", c->args[0]) ||
	    !token_revoke(c->core, &c->actor, c->args[0], e))
		return false;
	cli_say(c, "revoked");
	return true;
}

static bool need_password(struct cli *c, struct secret *out, struct err *e)
{
	bool given;

	if (!cli_password(c, "new password", true, out, &given, e))
		return false;
	return given || err_set(e, ERR_INVALID, "'%s' needs --password-file where nobody can type",
				c->command->words);
}

static bool account_create_command(struct cli *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	json_t *made AUTO_JSON = NULL;
	enum role role = ROLE_NONE;

	if (!read_role(c, &role, e) || !need_password(c, &password, e) ||
	    !account_create(c->core, &c->actor, c->args[0], role, &password, &made, e))
		return false;
	if (c->json)
		cli_json(c, made);
	cli_say(c, "account %s is %s", c->args[0], role_name(role));
	return true;
}

static bool account_list_command(struct cli *c, struct err *e)
{
	json_t *list = NULL;

	return account_list(c->core, &list, e) &&
	       cli_list(c, list, account_columns, ARRAY_LEN(account_columns),
			"no accounts; 'certbinder setup-code' makes a code for the first");
}

static bool account_password(struct cli *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;

	if (!need_password(c, &password, e) ||
	    !account_change(c->core, &c->actor, c->args[0], NULL, &password, e))
		return false;
	cli_say(c, "password changed; the account's sessions have ended");
	return true;
}

static bool account_role(struct cli *c, struct err *e)
{
	enum role role = ROLE_NONE;

	if (!read_role(c, &role, e) ||
	    !account_change(c->core, &c->actor, c->args[0], &role, NULL, e))
		return false;
	cli_say(c, "account %s is %s; its sessions have ended", c->args[0], role_name(role));
	return true;
}

static bool account_remove_command(struct cli *c, struct err *e)
{
	if (!cli_confirm(c, e, "Remove account %s?", c->args[0]) ||
	    !account_remove(c->core, &c->actor, c->args[0], e))
		return false;
	cli_say(c, "removed");
	return true;
}

static bool account_map(struct cli *c, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	const char *access = cli_str(c, "access");
	struct account_cert_wish w = {.kind = cli_str(c, "kind"),
				      .certificate = cli_str(c, "cert"),
				      .value = cli_str(c, "value"),
				      .issuer = cli_str(c, "issuer"),
				      .deny = access && strcmp(access, "deny") == 0};
	json_t *made AUTO_JSON = NULL;

	if (!w.kind)
		w.kind = "certificate";
	if (c->n_args > 1 && !file_read(c->args[1], IMPORT_MAX_BYTES, &file, e))
		return false;
	w.file = buf_span(&file);
	if (!account_cert_add(c->core, &c->actor, c->args[0], &w, &made, e))
		return false;
	if (c->json)
		cli_json(c, made);
	cli_say(c, "%s %s %s account %s", cli_member(made, "kind"), cli_member(made, "value"),
		w.deny ? "is denied as" : "stands for", cli_member(made, "user"));
	return true;
}

static bool account_mappings(struct cli *c, struct err *e)
{
	json_t *list = NULL;

	return account_cert_list(c->core, c->n_args ? c->args[0] : NULL, &list, e) &&
	       cli_list(c, list, mapping_columns, ARRAY_LEN(mapping_columns),
			"no client certificates are mapped");
}

static bool account_unmap(struct cli *c, struct err *e)
{
	if (!cli_confirm(c, e, "Take mapping %s from account %s?", c->args[1], c->args[0]) ||
	    !account_cert_remove(c->core, &c->actor, c->args[0], c->args[1], e))
		return false;
	cli_say(c, "removed; sessions that a certificate opened have ended");
	return true;
}

static bool setup_code(struct cli *c, struct err *e)
{
	struct secret code AUTO_SECRET = SECRET_INIT;

	if (!setup_code_new(c->core, &c->actor, &code, e))
		return false;
	if (!c->json) {
		print_secret(c, &code);
		return true;
	}
	json_t *o AUTO_JSON = json_pack("{s:s%, s:i}", "code", (const char *)code.data, code.len,
					"valid_for_s", SETUP_CODE_LIFE_S);

	cli_json(c, o);
	return true;
}

static const struct cli_option token_options[] = {
	{"name", CLI_NEEDED, "NAME", "what it is for"},
	{"role", CLI_NEEDED, "admin|operator|viewer", "what it may do"},
	{"ttl", CLI_NUMBER, "DAYS", "for how long; 0 or left out: until revoked"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option create_options[] = {
	{"role", CLI_NEEDED, "admin|operator|viewer", "what it may do"},
	{"password-file", CLI_VALUE, "FILE", "holds the password; asked for without it"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option password_options[] = {
	{"password-file", CLI_VALUE, "FILE", "holds the new password; asked for without it"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option map_options[] = {
	{"kind", CLI_VALUE, "certificate|serial|upn|email",
	 "what is compared; certificate without it"},
	{"cert", CLI_VALUE, "CERT", "a stored certificate, or a SHA-256, instead of a file"},
	{"value", CLI_VALUE, "TEXT", "serial number or name, instead of the certificate's"},
	{"issuer", CLI_VALUE, "CERT",
	 "the stored CA certificate whose word counts; needed but for certificate"},
	{"access", CLI_VALUE, "allow|deny", "deny shuts it out with 403.12"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option role_options[] = {
	{"role", CLI_NEEDED, "admin|operator|viewer", "what it may do"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_command cli_token[] = {
	{"token create", "", 0, 0, token_options, CLI_CREATES, token_create_command,
	 "make a token for REST; it is printed this once"},
	{"token list", "", 0, 0, NULL, 0, token_list_command, "list tokens"},
	{"token revoke", "ID", 1, 1, NULL, 0, token_revoke_command, "revoke a token at once"},
	{.words = NULL},
};

const struct cli_command cli_account[] = {
	{"account create", "USER", 1, 1, create_options, CLI_CREATES, account_create_command,
	 "make an account of the console"},
	{"account map", "USER [FILE]", 1, 2, map_options, 0, account_map,
	 "let a client certificate stand for an account"},
	{"account mappings", "[USER]", 0, 1, NULL, 0, account_mappings,
	 "client certificates that stand for accounts"},
	{"account unmap", "USER ID", 2, 2, NULL, 0, account_unmap, "take such a mapping away"},
	{"account list", "", 0, 0, NULL, 0, account_list_command, "list accounts"},
	{"account password", "USER", 1, 1, password_options, 0, account_password,
	 "give an account a new password"},
	{"account role", "USER", 1, 1, role_options, 0, account_role, "change what it may do"},
	{"account remove", "USER", 1, 1, NULL, 0, account_remove_command, "remove an account"},
	{.words = NULL},
};

const struct cli_command cli_setup[] = {
	{"setup-code", "", 0, 0, NULL, CLI_CREATES, setup_code,
	 "make a code with which the first administrator is made, once, within 24 hours"},
	{.words = NULL},
};
