/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "core/audit.h"
#include "core/certs/certs.h"
#include "core/console/settings.h"
#include "core/trust/crl_points.h"
#include "core/trust/crls.h"

#include <string.h>

static const struct cli_column store_columns[] = {
	{"STORE", "name", 0}, {"MEMBERS", "certificates", 0}, {"CUSTOM", "custom", 0}};
static const struct cli_column audit_columns[] = {
	{"SEQ", "seq", 0},	 {"TIME", "time", 0},	   {"ACTOR", "actor", 24},
	{"ACTION", "action", 0}, {"OBJECT", "object", 64}, {"FROM", "address", 0},
};
static const struct cli_column settings_columns[] = {
	{"SETTING", "name", 0}, {"VALUE", "value", 40}, {"MEANING", "meaning", 80}};
static const struct cli_column crl_columns[] = {
	{"ISSUER", "issuer", 48},
	{"THIS UPDATE", "this_update", 0},
	{"NEXT UPDATE", "next_update", 0},
	{"ENTRIES", "entries", 0},
	{"STATE", "state", 0},
	{"ID", "id", 16},
};

static bool store_list(struct cli *c, struct err *e)
{
	json_t *list = NULL;

	return stores_list(c->core, &list, e) &&
	       cli_list(c, list, store_columns, ARRAY_LEN(store_columns), "no stores");
}

static bool store_create(struct cli *c, struct err *e)
{
	if (!stores_create(c->core, &c->actor, c->args[0], e))
		return false;
	cli_say(c, "made store %s", c->args[0]);
	return true;
}

static bool store_remove(struct cli *c, struct err *e)
{
	if (!cli_confirm(c, e, "Remove store %s?", c->args[0]) ||
	    !stores_remove(c->core, &c->actor, c->args[0], e))
		return false;
	cli_say(c, "removed");
	return true;
}

static bool audit_list_command(struct cli *c, struct err *e)
{
	struct audit_query q = {.action = cli_str(c, "action"),
				.actor = cli_str(c, "actor"),
				.object = cli_str(c, "object")};
	const char *since = cli_str(c, "since");
	int64_t limit = PAGE_LIMIT_DEFAULT;
	json_t *list = NULL;

	if (!cli_number(c, "limit", 1, PAGE_LIMIT_MAX, &limit, e))
		return false;
	if (since && !time_parse_rfc3339(since, &q.since_s))
		return err_set(e, ERR_INVALID, "--since takes a time like 2026-11-22T00:00:00Z");
	q.page.limit = (int)limit;
	q.page.token = cli_str(c, "page");
	return audit_list(c->core, &q, &list, e) &&
	       cli_list(c, list, audit_columns, ARRAY_LEN(audit_columns), "nothing yet");
}

static bool audit_verify_command(struct cli *c, struct err *e)
{
	json_t *state AUTO_JSON = NULL;

	if (!audit_verify(c->core, &state, e))
		return false;
	if (!json_is_true(json_object_get(state, "intact")))
		c->exit_code = 4;
	if (c->json)
		cli_json(c, state);
	else
		cli_object(c, state);
	return true;
}

static bool settings_list_command(struct cli *c, struct err *e)
{
	json_t *list = NULL;

	return settings_list(c->core, &list, e) &&
	       cli_list(c, list, settings_columns, ARRAY_LEN(settings_columns), "no settings");
}

static bool find_setting(struct cli *c, const char *name, json_t **out, struct err *e)
{
	json_t *list AUTO_JSON = NULL;
	size_t i;
	json_t *item;

	if (!settings_list(c->core, &list, e))
		return false;
	json_array_foreach(json_is_array(list) ? list : json_object_get(list, "items"), i, item)
	{
		if (strcmp(cli_member(item, "name"), name) == 0) {
			*out = json_incref(item);
			return true;
		}
	}
	return err_set(e, ERR_NOT_FOUND, "no setting '%s'", name);
}

static bool settings_get(struct cli *c, struct err *e)
{
	json_t *setting = NULL;

	return find_setting(c, c->args[0], &setting, e) && cli_print_object(c, setting);
}

/* The text as JSON where the setting is no text: 30, true, null. */
static json_t *value_of(const json_t *setting, const char *text)
{
	const json_t *now = json_object_get(setting, "value");
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	if (value && (json_is_string(now) || !(json_is_integer(value) || json_is_boolean(value)))) {
		json_decref(value);
		value = NULL;
	}
	return value ? value : json_string(text);
}

static bool settings_set_command(struct cli *c, struct err *e)
{
	json_t *setting AUTO_JSON = NULL, *value AUTO_JSON = NULL;

	if (!find_setting(c, c->args[0], &setting, e))
		return false;
	value = value_of(setting, c->args[1]);
	if (!value)
		return err_set(e, ERR_INVALID, "the value is no UTF-8 text");
	return settings_set_with(c->core, &c->actor, c->args[0], value, cli_str(c, "override"),
				 e) &&
	       settings_get(c, e);
}

static bool crl_import(struct cli *c, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	json_t *list = NULL;

	return file_read(c->args[0], CRL_MAX_BYTES, &file, e) &&
	       crls_import(c->core, &c->actor, buf_span(&file), &list, e) &&
	       cli_list(c, list, crl_columns, ARRAY_LEN(crl_columns), "nothing new");
}

static bool crl_list(struct cli *c, struct err *e)
{
	json_t *list = NULL;

	return crls_list(c->core, &list, e) &&
	       cli_list(c, list, crl_columns, ARRAY_LEN(crl_columns), "no revocation lists");
}

static const struct cli_column issuer_columns[] = {
	{"ISSUER", "issuer", 48},
	{"STATE", "state", 0},
	{"NEXT UPDATE", "next_update", 0},
	{"CHECKED", "checked", 0},
};
static const struct cli_column fetch_columns[] = {
	{"URL", "url", 72},
	{"RESULT", "result", 0},
	{"ERROR", "error", 80},
};

static void print_points(struct cli *c, const json_t *items)
{
	size_t i, k;
	const json_t *issuer, *point;

	json_array_foreach((json_t *)(uintptr_t)items, i, issuer)
	{
		json_array_foreach(json_object_get(issuer, "points"), k, point)
		{
			bool allowed = json_is_true(json_object_get(point, "allowed"));

			cli_say(c, "%s%s: next try %s%s%s", cli_member(point, "url"),
				allowed ? "" : " (not in crl_egress)",
				cli_member(point, "next_try"),
				*cli_member(point, "error") ? "; " : "",
				cli_member(point, "error"));
		}
	}
}

static bool crl_issuers(struct cli *c, struct err *e)
{
	json_t *list = NULL, *kept AUTO_JSON = NULL;

	if (!crls_issuers(c->core, &list, e))
		return false;
	kept = json_incref(list);
	if (!cli_list(c, list, issuer_columns, ARRAY_LEN(issuer_columns), "no issuers"))
		return false;
	print_points(c, json_object_get(kept, "items"));
	return true;
}

/* 7 when nothing could be fetched, 10 when something could not. */
static int exit_of_fetch(const json_t *items)
{
	size_t i, n_failed = 0;
	const json_t *one;

	json_array_foreach((json_t *)(uintptr_t)items, i, one)
	{
		n_failed += strcmp(cli_member(one, "result"), "failed") == 0;
	}
	if (n_failed == 0)
		return 0;
	return n_failed == json_array_size(items) ? 7 : 10;
}

static bool crl_fetch(struct cli *c, struct err *e)
{
	json_t *list = NULL;

	if (!crls_fetch(c->core, &c->actor, c->n_args ? c->args[0] : NULL, &list, e))
		return false;
	c->exit_code = exit_of_fetch(json_object_get(list, "items"));
	return cli_list(c, list, fetch_columns, ARRAY_LEN(fetch_columns),
			"nothing to ask: no distribution point is known that crl_egress lets");
}

static bool crl_remove(struct cli *c, struct err *e)
{
	if (!cli_confirm(c, e, "Drop revocation list %s?", c->args[0]) ||
	    !crls_remove(c->core, &c->actor, c->args[0], e))
		return false;
	cli_say(c, "removed");
	return true;
}

static const struct cli_option audit_options[] = {
	{"action", CLI_VALUE, "ACTION", "exact, or a group such as cert.*"},
	{"actor", CLI_VALUE, "NAME", "who did it"},
	{"object", CLI_VALUE, "OBJECT", "what it was done to"},
	{"since", CLI_VALUE, "TIME", "not before"},
	{"limit", CLI_NUMBER, "N", "so many rows, the newest first"},
	{"page", CLI_VALUE, "TOKEN", "next_page_token of the page before"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_command cli_store[] = {
	{"store list", "", 0, 0, NULL, 0, store_list, "list stores"},
	{"store create", "NAME", 1, 1, NULL, CLI_CREATES, store_create,
	 "make a store of your own, for use as issuer store"},
	{"store remove", "NAME", 1, 1, NULL, 0, store_remove, "remove an empty, unused one"},
	{.words = NULL},
};

const struct cli_command cli_audit[] = {
	{"audit list", "", 0, 0, audit_options, 0, audit_list_command, "the audit trail"},
	{"audit verify", "", 0, 0, NULL, 0, audit_verify_command, "walk its hash chain"},
	{.words = NULL},
};

static const struct cli_option settings_set_options[] = {
	{"override", CLI_VALUE, "REASON",
	 "go on although a program of ours would be refused (audited)"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_command cli_settings[] = {
	{"settings list", "", 0, 0, NULL, 0, settings_list_command, "list settings"},
	{"settings get", "NAME", 1, 1, NULL, 0, settings_get, "one setting"},
	{"settings set", "NAME VALUE", 2, 2, settings_set_options, 0, settings_set_command,
	 "change a setting"},
	{.words = NULL},
};

const struct cli_command cli_crl[] = {
	{"crl import", "FILE", 1, 1, NULL, 0, crl_import, "import a revocation list, DER or PEM"},
	{"crl list", "", 0, 0, NULL, 0, crl_list, "list them with their state"},
	{"crl issuers", "", 0, 0, NULL, 0, crl_issuers,
	 "the state of each issuer, and where its lists come from"},
	{"crl fetch", "[URL]", 0, 1, NULL, 0, crl_fetch,
	 "ask distribution points now: one, or all that crl_egress lets"},
	{"crl remove", "ID", 1, 1, NULL, 0, crl_remove, "drop one"},
	{.words = NULL},
};
