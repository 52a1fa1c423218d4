/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/console/settings.h"

#include "base/json.h"
#include "base/text.h"
#include "core/agents/agent_egress.h"
#include "core/audit.h"
#include "core/bindings/bindings.h"
#include "core/paging.h"
#include "core/permit.h"
#include "core/programs/ipc_policy.h"
#include "core/trust/crl_egress.h"
#include "core/trust/trust.h"
#include "core/tx.h"
#include "store/crl_points.h"
#include "store/settings.h"
#include "x509/name.h"

#include <string.h>

#define EGRESS_TEXT_MAX 2000 /* bytes of agent_egress */
#define SERVER_NAME_MAX 253  /* octets of server_name, RFC 1035 2.3.4 */

enum kind { KIND_BOOL, KIND_INT, KIND_HOST, KIND_NETWORKS, KIND_EGRESS, KIND_CHOICE };
enum moves { MOVES_NOTHING, MOVES_TLS, MOVES_TRUST, MOVES_EGRESS };

struct setting {
	const char *name;
	enum kind kind;
	int64_t least, most, otherwise; /* numbers and switches */
	enum moves moves;
	enum permission permission;
	const char *meaning;
	const char *const *choices; /* of KIND_CHOICE, the first is the default */
};

static const char *const policies[] = {"not_configured", "on", "off", NULL};
static const char *const signatures[] = {"off", IPC_REQUIRED, NULL};

static const struct setting table[] = {
	{"server_name", KIND_HOST, 0, 0, 0, MOVES_TLS, PERM_SETTINGS,
	 "host name under which this console is known; empty: that of the machine", NULL},
	{"trust_mode", KIND_INT, 0, 2, 0, MOVES_TRUST, PERM_TRUST_MODE,
	 "client certificate trust: 0 machine, 1 exclusive root, 2 exclusive CA", NULL},
	{"send_trusted_issuer_list", KIND_BOOL, 0, 1, 0, MOVES_TLS, PERM_SETTINGS,
	 "tell clients in the handshake which issuers are accepted (TLS 1.2)", NULL},
	{"confirm_within_s", KIND_INT, 0, CONFIRM_WITHIN_MAX_S, 0, MOVES_NOTHING, PERM_SETTINGS,
	 "seconds within which a change of a binding must be confirmed; 0: the proof confirms",
	 NULL},
	{"crl_egress", KIND_EGRESS, 0, 0, 0, MOVES_EGRESS, PERM_SETTINGS,
	 "hosts, addresses and networks that the console may fetch revocation lists from; inner "
	 "addresses only when listed as such; empty: nothing is fetched",
	 NULL},
	{"crl_fetch_https", KIND_BOOL, 0, 1, 0, MOVES_EGRESS, PERM_SETTINGS,
	 "fetch revocation lists over https too, besides http", NULL},
	{"hsts", KIND_BOOL, 0, 1, 0, MOVES_TLS, PERM_SETTINGS,
	 "send Strict-Transport-Security: browsers then refuse this name with a bad certificate",
	 NULL},
	{"session_idle_s", KIND_INT, 60, 86400, 1800, MOVES_NOTHING, PERM_SETTINGS,
	 "seconds without a request after which a session ends", NULL},
	{"session_max_s", KIND_INT, 300, 2592000, 43200, MOVES_NOTHING, PERM_SETTINGS,
	 "seconds after which a session ends in any case", NULL},
	{"expiry_warn_days", KIND_INT, 1, 365, 30, MOVES_NOTHING, PERM_SETTINGS,
	 "days before the end of a certificate from which on it is warned of", NULL},
	{"metrics_open", KIND_BOOL, 0, 1, 0, MOVES_NOTHING, PERM_SETTINGS,
	 "show /metrics to everybody, without a token", NULL},
	{"access_log_extra", KIND_BOOL, 0, 1, 0, MOVES_NOTHING, PERM_SETTINGS,
	 "add TLS and client certificate columns to the access log", NULL},
	{"agent_heartbeat_s", KIND_INT, 10, 86400, 600, MOVES_NOTHING, PERM_SETTINGS,
	 "seconds between the reports of an agent", NULL},
	{"agent_skew_s", KIND_INT, 0, 86400, 86400, MOVES_NOTHING, PERM_SETTINGS,
	 "seconds that clocks of agents may be off", NULL},
	{"agent_registrations_per_minute", KIND_INT, 1, 1000000, 60, MOVES_NOTHING, PERM_SETTINGS,
	 "registrations of agents that one address may make in a minute", NULL},
	{"agent_rows_per_address", KIND_INT, 1, 1000000, 1000, MOVES_NOTHING, PERM_SETTINGS,
	 "agents that may be registered from one address", NULL},
	{"agent_egress", KIND_NETWORKS, 0, 0, 0, MOVES_NOTHING, PERM_SETTINGS,
	 "networks (CIDR, by comma) that commands to agents may go to; empty: where they report "
	 "from",
	 NULL},
	{"update_stall_s", KIND_INT, 0, 604800, 1800, MOVES_NOTHING, PERM_SETTINGS,
	 "seconds that an agent may be amid an update until it is shown as hanging, with the "
	 "cause",
	 NULL},
	{"root_update_policy", KIND_CHOICE, 0, 0, 0, MOVES_NOTHING, PERM_SETTINGS,
	 "Turn off Automatic Root Certificates Update: on keeps agents from fetching the "
	 "catalogue's certificates by themselves",
	 policies},
	{"ipc_signatures", KIND_CHOICE, 0, 0, 0, MOVES_NOTHING, PERM_SETTINGS,
	 "whether the console and the programs that talk with it over its local socket must carry "
	 "a valid signature (PROGRAM.p7s) beside them",
	 signatures},
	{"agent_ipc_signatures", KIND_CHOICE, 0, 0, 0, MOVES_NOTHING, PERM_SETTINGS,
	 "whether agents and the programs that talk with them over their local socket must carry "
	 "a valid signature (PROGRAM.p7s) beside them",
	 signatures},
};

static const struct setting *setting_find(const char *name, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	err_set(e, ERR_NOT_FOUND, "there is no setting of this name");
	return NULL;
}

static json_t *setting_default(const struct setting *t)
{
	switch (t->kind) {
	case KIND_BOOL:
		return json_boolean(t->otherwise);
	case KIND_INT:
		return json_integer((json_int_t)t->otherwise);
	case KIND_CHOICE:
		return json_string(t->choices[0]);
	case KIND_HOST:
	case KIND_NETWORKS:
	case KIND_EGRESS:
		break;
	}
	return json_string("");
}

static bool egress_fits(const char *text)
{
	struct crl_egress parsed;
	struct err ignored = ERR_INIT;

	return crl_egress_parse(text, &parsed, &ignored);
}

static bool is_choice(const struct setting *t, const char *s)
{
	for (size_t i = 0; s && t->choices[i]; i++)
		if (strcmp(t->choices[i], s) == 0)
			return true;
	return false;
}

/* A value that is no longer allowed (written by another version) counts as not set. */
static bool value_fits(const struct setting *t, const json_t *v)
{
	const char *s = json_string_value(v);
	uint8_t ip[16];
	size_t len;

	switch (t->kind) {
	case KIND_BOOL:
		return json_is_boolean(v);
	case KIND_INT:
		return json_is_integer(v) && json_integer_value(v) >= t->least &&
		       json_integer_value(v) <= t->most;
	case KIND_NETWORKS:
		return s && strlen(s) <= EGRESS_TEXT_MAX && agent_egress_is_sound(s);
	case KIND_EGRESS:
		return s && strlen(s) <= CRL_EGRESS_TEXT_MAX && egress_fits(s);
	case KIND_CHOICE:
		return is_choice(t, s);
	case KIND_HOST:
		break;
	}
	if (!s || strlen(s) > SERVER_NAME_MAX)
		return false;
	if (s[0] == '\0' || ip_parse(s, ip, &len))
		return true;
	for (const char *p = s; *p; p++)
		if (!ascii_is_alpha(*p) && !ascii_is_digit(*p) && *p != '.' && *p != '-')
			return false;
	return s[0] != '.' && s[0] != '-' && !strstr(s, "..");
}

/* *set_out: it was set; else the default. */
/* What cannot be parsed is an error: a default in its place could switch a check off. */
static bool value_parse(const struct setting *t, const struct buf *text, json_t **out,
			struct err *e)
{
	json_error_t why = {.text = ""};

	*out = json_loadb(buf_str(text), text->len, JSON_DECODE_ANY, &why);
	if (*out)
		return true;
	/* jansson does not name each want of memory */
	if (json_error_code(&why) == json_error_out_of_memory ||
	    json_error_code(&why) == json_error_unknown)
		return err_nomem(e);
	return err_reason(e, "state.setting", "the setting %s is damaged", t->name);
}

static bool value_read(struct core *c, const struct setting *t, json_t **out, bool *set_out,
		       struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	bool found = false;
	json_t *v = NULL;

	if (!store_setting_get(core_store(c), t->name, &text, &found, e) ||
	    (found && !value_parse(t, &text, &v, e)))
		return false;
	*set_out = v && value_fits(t, v);
	if (!*set_out) {
		json_decref(v);
		v = setting_default(t);
	}
	*out = v;
	return v || err_nomem(e);
}

static bool choices_add(const struct setting *t, json_t *to)
{
	json_t *list;

	if (t->kind != KIND_CHOICE)
		return true;
	list = json_array();
	for (size_t i = 0; t->choices[i]; i++)
		(void)json_array_append_new(list, json_string(t->choices[i]));
	return json_object_set_new(to, "choices", list) == 0;
}

static bool setting_view(struct core *c, const struct setting *t, json_t **out, struct err *e)
{
	static const char *const kinds[] = {
		[KIND_BOOL] = "boolean",	 [KIND_INT] = "integer",
		[KIND_HOST] = "host name",	 [KIND_NETWORKS] = "networks",
		[KIND_EGRESS] = "list of hosts", [KIND_CHOICE] = "choice"};
	json_t *v;
	bool set;

	if (!value_read(c, t, &v, &set, e))
		return false;
	*out = json_pack("{s:s, s:o, s:o, s:s, s:s, s:b}", "name", t->name, "value", v, "default",
			 setting_default(t), "type", kinds[t->kind], "meaning", t->meaning, "set",
			 set);
	if (*out && t->kind == KIND_INT) {
		json_object_set_new(*out, "minimum", json_integer((json_int_t)t->least));
		json_object_set_new(*out, "maximum", json_integer((json_int_t)t->most));
	}
	return (*out && choices_add(t, *out)) || err_nomem(e);
}

bool settings_list(struct core *c, json_t **out, struct err *e)
{
	json_t *items AUTO_JSON = json_array();

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		json_t *one;

		if (!setting_view(c, &table[i], &one, e))
			return false;
		if (json_array_append_new(items, one) != 0)
			return err_nomem(e);
	}
	return list_answer(json_incref(items), out, e);
}

bool settings_show(struct core *c, const char *name, json_t **out, struct err *e)
{
	const struct setting *t = setting_find(name, e);

	return t && setting_view(c, t, out, e);
}

bool settings_get_str(struct core *c, const char *name, struct buf *out, struct err *e)
{
	const struct setting *t = setting_find(name, e);
	json_t *v AUTO_JSON = NULL;
	bool set;

	if (!t || !value_read(c, t, &v, &set, e))
		return false;
	if (!json_is_string(v))
		return err_set(e, ERR_BUG, "setting %s is no text", name);
	buf_add_str(out, json_string_value(v));
	return buf_ok(out) || err_nomem(e);
}

bool settings_get_int(struct core *c, const char *name, int64_t *out, struct err *e)
{
	const struct setting *t = setting_find(name, e);
	json_t *v AUTO_JSON = NULL;
	bool set;

	if (!t || !value_read(c, t, &v, &set, e))
		return false;
	if (t->kind != KIND_BOOL && t->kind != KIND_INT)
		return err_set(e, ERR_BUG, "setting %s is no number", name);
	*out = json_is_integer(v) ? json_integer_value(v) : json_is_true(v);
	return true;
}

static bool refuse_choice(const struct setting *t, struct err *e)
{
	struct buf all AUTO_BUF = BUF_INIT;

	for (size_t i = 0; t->choices[i]; i++)
		buf_printf(&all, "%s%s", i == 0 ? "" : ", ", t->choices[i]);
	return err_reason(e, "request.member", "%s must be one of %s", t->name, buf_str(&all));
}

static bool refused(const struct setting *t, struct err *e)
{
	if (t->kind == KIND_INT)
		return err_reason(e, "request.member", "%s must be a number from %lld to %lld",
				  t->name, (long long)t->least, (long long)t->most);
	if (t->kind == KIND_BOOL)
		return err_reason(e, "request.member", "%s must be true or false", t->name);
	if (t->kind == KIND_NETWORKS)
		return err_reason(e, "request.member",
				  "%s must be networks like 10.0.0.0/8, by comma", t->name);
	if (t->kind == KIND_EGRESS)
		return err_reason(e, "request.member",
				  "%s must be hosts, addresses and networks, each with :port or "
				  "not, between spaces",
				  t->name);
	if (t->kind == KIND_CHOICE)
		return refuse_choice(t, e);
	return err_reason(e, "request.member", "%s must be a host name or an address", t->name);
}

static bool value_write(struct core *c, const struct setting *t, const json_t *value, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;

	if (json_is_null(value)) /* back to the default */
		return store_setting_unset(core_store(c), t->name, e);
	return json_write(value, &text, e) &&
	       store_setting_set(core_store(c), t->name, buf_str(&text), core_now_s(c), e);
}

static bool counters_move(struct core *c, const struct setting *t, struct err *e)
{
	switch (t->moves) {
	case MOVES_TLS:
		return tx_bump(c, COUNTER_TLS_GENERATION, NULL, e);
	case MOVES_TRUST:
		return tx_bump(c, COUNTER_TRUST_GENERATION, NULL, e);
	case MOVES_EGRESS:
		return store_crl_points_again(core_store(c), core_now_s(c), e);
	case MOVES_NOTHING:
		break;
	}
	return true;
}

bool settings_write_trust_mode(struct core *c, int mode, struct err *e)
{
	const struct setting *t = setting_find("trust_mode", e);
	json_t *v AUTO_JSON = json_integer(mode);

	return t && (v || err_nomem(e)) && value_write(c, t, v, e);
}

/* It goes the way of every change that may shut people out: staged, committed, confirmed. */
static bool trust_mode_put(struct core *c, const struct actor *by, const json_t *value,
			   struct err *e)
{
	struct trust_mode_request r = {.mode = (int)json_integer_value(value)}; /* null: 0 */
	json_t *change AUTO_JSON = NULL;

	return trust_mode_set(c, by, &r, &change, e);
}

static json_t *change_detail(const json_t *was, const json_t *is, const char *override_reason)
{
	return json_pack("{s:O, s:O, s:s*}", "before", was, "after", is, "override",
			 override_reason && override_reason[0] ? override_reason : NULL);
}

/* A damaged one does not stand in the way of a new one. */
static bool value_before(struct core *c, const struct setting *t, json_t **out, struct err *e)
{
	struct err why = ERR_INIT;
	bool set;

	if (value_read(c, t, out, &set, &why))
		return true;
	*out = json_null();
	if (err_is(&why, "state.setting"))
		return true;
	*e = why;
	return false;
}

bool settings_set_with(struct core *c, const struct actor *by, const char *name,
		       const json_t *value, const char *override_reason, struct err *e)
{
	const struct setting *t = setting_find(name, e);
	json_t *was AUTO_JSON = NULL, *is AUTO_JSON = NULL;
	struct tx tx AUTO(tx_end) = TX_INIT;
	bool set;

	if (!t || !permit(by, t->permission, e))
		return false;
	if (!json_is_null(value) && !value_fits(t, value))
		return refused(t, e);
	if (strcmp(name, "trust_mode") == 0)
		return trust_mode_put(c, by, value, e);
	if (strcmp(name, IPC_SETTING) == 0 && !(override_reason && override_reason[0]) &&
	    !ipc_policy_fits(c, value, e))
		return false;
	if (!tx_begin(c, &tx, e) || !value_before(c, t, &was, e) || !value_write(c, t, value, e) ||
	    !value_read(c, t, &is, &set, e))
		return false;
	if (json_equal(was, is))
		return tx_commit(&tx, e);
	return counters_move(c, t, e) &&
	       audit_add(c, by, "setting.change", name, change_detail(was, is, override_reason),
			 e) &&
	       tx_commit_publish(&tx, e);
}

bool settings_set(struct core *c, const struct actor *by, const char *name, const json_t *value,
		  struct err *e)
{
	return settings_set_with(c, by, name, value, NULL, e);
}
