/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/certs/certs.h"
#include "core/certs/import.h"

#include <string.h>

static const struct cli_column list_columns[] = {
	{"THUMBPRINT", "thumbprint", 0}, {"SUBJECT", "subject", 48}, {"NOT AFTER", "not_after", 0},
	{"STORES", "stores", 40},	 {"KEY", "has_key", 0},	     {"NAME", "friendly_name", 24},
};

static const struct cli_column import_columns[] = {
	{"THUMBPRINT", "thumbprint", 0}, {"STORE", "store", 0},		{"KEY", "has_key", 0},
	{"SUBJECT", "subject", 60},	 {"NOT AFTER", "not_after", 0},
};

/* What was taken, what was left out and why, and what to mind. */
void cli_print_import(struct cli *c, const json_t *result)
{
	const json_t *taken = json_object_get(result, "certificates");
	size_t i;
	const json_t *item;

	if (c->json)
		cli_json(c, result);
	else if (json_array_size(taken) > 0)
		cli_table(c, taken, import_columns, ARRAY_LEN(import_columns));
	else
		fputs("nothing to import\n", c->env->out);
	json_array_foreach(json_object_get(result, "left_out"), i, item)
	{
		cli_note(c, "left out %.16s...: %s", cli_member(item, "sha256"),
			 cli_member(item, "why"));
	}
	json_array_foreach(json_object_get(result, "warnings"), i, item)
	{
		fprintf(c->env->err, "warning: %s\n%s\n", cli_member(item, "text"),
			cli_member(item, "remedy"));
		c->exit_code = 10;
	}
}

static bool wants_password(const struct err *e)
{
	return e->code == ERR_PASSWORD;
}

/* Once as it is; where a password is asked for and somebody can type one, again with it. */
static bool import(struct cli *c, struct import_request *r, json_t **out, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;

	if (import_file(c->core, &c->actor, r, out, e))
		return true;
	if (r->password || !wants_password(e) || !cli_can_ask(c))
		return false;
	json_decref(*out);
	*out = NULL;
	*e = (struct err)ERR_INIT;
	if (!cli_ask_password(c, "password of the file", false, &password, e))
		return false;
	r->password = &password;
	return import_file(c->core, &c->actor, r, out, e);
}

static bool cert_import(struct cli *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct buf file AUTO_BUF = BUF_INIT;
	const char *password_file = cli_str(c, "password-file");
	struct import_request r = {.file_name = c->args[0],
				   .store = cli_str(c, "store"),
				   .all_to_store = cli_has(c, "all-to-store"),
				   .exportable = cli_has(c, "exportable"),
				   .trust_roots = cli_has(c, "trust-roots"),
				   .allow_no_mac = cli_has(c, "allow-no-mac"),
				   .accept_warnings = c->yes,
				   .friendly_name = cli_str(c, "friendly-name"),
				   .dry_run = cli_has(c, "dry-run")};
	json_t *result AUTO_JSON = NULL;

	file.secret = true;
	if (!file_read(c->args[0], IMPORT_MAX_BYTES, &file, e) ||
	    (password_file && !secret_read_file(&password, password_file, e)))
		return false;
	r.file = buf_span(&file);
	r.password = password_file ? &password : NULL;
	if (!import(c, &r, &result, e)) {
		c->more = json_incref(result);
		return false;
	}
	cli_print_import(c, result);
	return true;
}

/* All pages in one. */
static bool list_all(struct cli *c, struct cert_query *q, json_t **out, struct err *e)
{
	json_t *all AUTO_JSON = json_array();
	char *token AUTO_MEM = NULL;

	q->page.limit = PAGE_LIMIT_MAX;
	do {
		json_t *page AUTO_JSON = NULL;
		const char *next;

		q->page.token = token;
		if (!certs_list(c->core, q, &page, e))
			return false;
		next = json_string_value(json_object_get(page, "next_page_token"));
		mem_free(token);
		token = mem_str(next);
		if (json_array_extend(all, json_object_get(page, "items")) || (next && !token))
			return err_nomem(e);
	} while (token);
	*out = json_pack("{s:O, s:I}", "items", all, "total", (json_int_t)json_array_size(all));
	return *out || err_nomem(e);
}

static bool cert_list(struct cli *c, struct err *e)
{
	struct cert_query q = {.page = {.sort = cli_str(c, "sort")},
			       .store = cli_str(c, "store"),
			       .q = cli_str(c, "q"),
			       .purpose = cli_str(c, "purpose"),
			       .has_key = cli_has(c, "has-key") ? 1 : -1,
			       .used = cli_has(c, "used") ? 1 : -1,
			       .deleted = cli_has(c, "deleted")};
	int64_t days = 0;
	json_t *list = NULL;

	if (!cli_number(c, "expires-in", 0, 36500, &days, e))
		return false;
	if (cli_has(c, "expires-in"))
		q.expires_before_s = core_now_s(c->core) + days * 86400;
	return list_all(c, &q, &list, e) &&
	       cli_list(c, list, list_columns, ARRAY_LEN(list_columns), "no certificates");
}

bool cli_print_object(struct cli *c, json_t *o)
{
	json_t *owned AUTO_JSON = o;

	if (c->json)
		cli_json(c, o);
	else
		cli_object(c, o);
	return true;
}

/* The certificate after a change, with --json; else the sentence. */
static bool done(struct cli *c, const char *what, struct err *e)
{
	json_t *cert AUTO_JSON = NULL;

	if (c->json) {
		if (!certs_show(c->core, c->args[0], true, &cert, e))
			return false;
		cli_json(c, cert);
	}
	cli_say(c, "%s", what);
	return true;
}

static bool cert_name(struct cli *c, struct err *e)
{
	json_t *cert AUTO_JSON = NULL; /* the old name may be what it is named by */
	const char *sha256;

	if (!certs_show(c->core, c->args[0], true, &cert, e))
		return false;
	sha256 = cli_member(cert, "sha256");
	if (!certs_set_friendly_name(c->core, &c->actor, sha256, c->args[1], e))
		return false;
	c->args[0] = sha256;
	return done(c, "named", e);
}

static bool cert_move(struct cli *c, struct err *e)
{
	const char *from = cli_str(c, "from"), *to = cli_str(c, "to");

	return certs_move(c->core, &c->actor, c->args[0], from, to, c->yes, e) &&
	       done(c, "moved", e);
}

static bool cert_remove(struct cli *c, struct err *e)
{
	const char *store = cli_str(c, "store");
	json_t *cert AUTO_JSON = NULL;

	if (!certs_show(c->core, c->args[0], true, &cert, e) ||
	    !cli_confirm(c, e, "Remove %s from %s? It comes back with 'cert restore' for 30 days.",
			 cli_member(cert, "subject"), store ? store : "all its stores") ||
	    !certs_remove(c->core, &c->actor, c->args[0], store, e))
		return false;
	if (c->json)
		cli_json(c, cert);
	cli_say(c, "removed; 'certbinder cert restore %s' brings it back",
		cli_member(cert, "thumbprint"));
	return true;
}

static bool cert_restore(struct cli *c, struct err *e)
{
	return certs_restore(c->core, &c->actor, c->args[0], e) && done(c, "restored", e);
}

static const struct cli_option import_options[] = {
	{"store", CLI_VALUE, "STORE", "where the leaf goes; by rule without it"},
	{"all-to-store", CLI_FLAG, NULL, "everything in the file goes to --store"},
	{"password-file", CLI_VALUE, "FILE", "holds the password; - is standard input"},
	{"exportable", CLI_FLAG, NULL, "the key may leave again"},
	{"trust-roots", CLI_FLAG, NULL, "self-signed roots in the file go to Root"},
	{"allow-no-mac", CLI_FLAG, NULL, "take a PFX whose integrity nothing protects"},
	{"friendly-name", CLI_VALUE, "NAME", "instead of the one in the file"},
	{"dry-run", CLI_FLAG, NULL, "say what would go where"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option list_options[] = {
	{"store", CLI_VALUE, "STORE", "of this store alone"},
	{"q", CLI_VALUE, "TEXT", "fingerprint in any spelling, part of a name or SAN"},
	{"purpose", CLI_VALUE, "server|client|ca", "fit for this"},
	{"expires-in", CLI_NUMBER, "DAYS", "not valid for longer than that"},
	{"has-key", CLI_FLAG, NULL, "with private key"},
	{"used", CLI_FLAG, NULL, "that something relies on"},
	{"deleted", CLI_FLAG, NULL, "removed ones that can come back"},
	{"sort", CLI_VALUE, "MEMBER", "order; - before it turns it round"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option show_options[] = {
	{"deleted", CLI_FLAG, NULL, "also a removed one that can come back"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option move_options[] = {
	{"from", CLI_NEEDED, "STORE", "where it is"},
	{"to", CLI_NEEDED, "STORE", "where it goes"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option remove_options[] = {
	{"store", CLI_VALUE, "STORE", "from this store alone; all without it"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_command cli_cert[] = {
	{"cert import", "FILE", 1, 1, import_options, CLI_CREATES, cert_import,
	 "import PFX, PEM, DER or P7B"},
	{"cert list", "", 0, 0, list_options, 0, cert_list, "list certificates"},
	{"cert show", "CERT", 1, 1, show_options, 0, cli_cert_show, "one certificate in full"},
	{"cert chain", "CERT", 1, 1, NULL, 0, cli_cert_chain,
	 "its chain, each link with its verdict"},
	{"cert usage", "CERT", 1, 1, NULL, 0, cli_cert_usage, "what relies on it"},
	{"cert export", "CERT", 1, 1, cli_export_options, 0, cli_cert_export,
	 "write it to a file, also with its key"},
	{"cert name", "CERT NAME", 2, 2, NULL, 0, cert_name, "give it a friendly name"},
	{"cert move", "CERT", 1, 1, move_options, 0, cert_move, "move it to another store"},
	{"cert remove", "CERT", 1, 1, remove_options, 0, cert_remove, "remove it from a store"},
	{"cert restore", "CERT", 1, 1, NULL, 0, cert_restore, "bring a removed one back"},
	{.words = NULL},
};
