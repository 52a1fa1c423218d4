/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/agent_impl.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "core/access/access_impl.h"
#include "core/agents/agent_egress.h"
#include "core/authentication/jws.h"
#include "core/certs/keys.h"
#include "core/console/settings.h"
#include "core/tx.h"
#include "core/updates/update_states.h"
#include "store/agent_events.h"
#include "store/publications.h"

#include <stdlib.h>
#include <string.h>

/*
 * Registration: the agent signs who it is with the key of its listener. The same key again gets a
 * new secret, the former one stays good until the new one is used; another key for a known id is a
 * clone. A token counts once, for the server whose name it holds, and for a day.
 */
struct claims {
	const char *id, *server, *jti;
	int64_t iat_s;
	struct agent_report report;
	struct cert *cert;
	char listener[2 * SHA256_BYTES + 1]; /* SHA-256 of the public key */
	json_t *payload;
};

static void claims_clear(struct claims *k)
{
	agent_report_clear(&k->report);
	cert_unref(k->cert);
	json_decref(k->payload);
}

static bool bad_token(struct err *e, const char *why)
{
	return err_reason(e, "agent.token", "%s", why);
}

/* The certificate that the token brings along verifies it: what is proved is having its key. */
static bool token_open(const char *token, struct claims *k, struct err *e)
{
	json_t *header AUTO_JSON = NULL, *peeked AUTO_JSON = NULL;
	struct buf der AUTO_BUF = BUF_INIT;
	const char *text = NULL;

	if (!jws_peek(span_str(token), &header, &peeked, e) ||
	    !json_get_str(peeked, "certificate", &text, e))
		return bad_token(e, "the token is no signed registration");
	if (!base64_decode(span_str(text), &der) || !cert_parse(der.data, der.len, &k->cert, e))
		return bad_token(e, "the token's certificate cannot be read");
	if (!jws_verify(span_str(token), k->cert, AGENT_REGISTER_TYP, &k->payload, e))
		return bad_token(e, "the token is not signed with the key of its certificate");
	hex_lower(span_of(k->cert->spki_sha256, SHA256_BYTES), k->listener);
	return true;
}

/* "name", "name:port" and "[address]:port" without port, brackets and case. */
static void host_only(const char *host, char out[static 256])
{
	size_t len;

	if (*host == '[')
		len = strcspn(++host, "]");
	else if (strchr(host, ':') && strchr(host, ':') == strrchr(host, ':'))
		len = strcspn(host, ":");
	else
		len = strlen(host);
	if (len > 255)
		len = 255;
	for (size_t i = 0; i < len; i++)
		out[i] = ascii_lower(host[i]);
	out[len] = '\0';
}

static bool is_for_us(const struct claims *k, const char *host)
{
	char meant[256], named[256];

	host_only(k->server, meant);
	host_only(host ?: "", named);
	return strcmp(meant, named) == 0;
}

static bool claims_read(struct core *c, const struct agent_caller *who, const json_t *body,
			struct claims *k, struct err *e)
{
	const char *token = NULL, *aud = NULL;
	int64_t skew_s = 0, off_s;

	if (!json_get_str(body, "token", &token, e) || !token_open(token, k, e) ||
	    !json_get_str(k->payload, "iss", &k->id, e) ||
	    !json_get_str(k->payload, "aud", &aud, e) ||
	    !json_get_str(k->payload, "server", &k->server, e) ||
	    !json_get_str(k->payload, "jti", &k->jti, e) ||
	    !json_get_int(k->payload, "iat", 0, INT64_MAX / 2, &k->iat_s, e) ||
	    !agent_report_read(k->payload, core_now_s(c), &k->report, e) ||
	    !settings_get_int(c, "agent_skew_s", &skew_s, e))
		return false;
	off_s = core_now_s(c) - k->iat_s;
	if (!agent_id_is_sound(k->id) || strcmp(aud, "register") != 0 || strlen(k->jti) > 64 ||
	    k->jti[0] == '\0')
		return bad_token(e, "the token's claims are not those of a registration");
	if (!is_for_us(k, who->host))
		return bad_token(e, "the token is meant for another server");
	if (off_s > skew_s || off_s < -skew_s)
		return bad_token(e, "the token's time is too far from that of this server");
	return true;
}

struct known {
	bool is_same_key, is_replay;
};

static bool known_look(void *arg, const struct agent_row *r, struct err *e)
{
	void **both = arg;
	const struct claims *k = both[0];
	struct known *known = both[1];

	(void)e;
	known->is_same_key = strcmp(r->listener_sha256, k->listener) == 0;
	known->is_replay = k->iat_s < r->token_s ||
			   (k->iat_s == r->token_s && strcmp(k->jti, r->token_jti) == 0);
	return true;
}

static bool event(struct core *c, const struct claims *k, const char *kind, const char *text,
		  struct err *e)
{
	return agent_event_add(
		core_store(c), k->id,
		&(struct agent_event_row){.at_s = core_now_s(c), .kind = kind, .text = text}, e);
}

static bool has_room(struct core *c, const char *address, struct err *e)
{
	int64_t n = 0, here = 0, most = 0;

	if (!agent_rows_count(core_store(c), &n, e) ||
	    !agent_rows_at(core_store(c), address, &here, e) ||
	    !settings_get_int(c, "agent_rows_per_address", &most, e))
		return false;
	if (n >= AGENT_ROWS_MAX)
		return err_reason(e, "agent.full", "%d agents are registered", AGENT_ROWS_MAX);
	if (here >= most)
		return err_reason(e, "agent.full",
				  "%lld agents are registered from %.48s (agent_rows_per_address)",
				  (long long)here, address);
	return true;
}

/* Told in a transaction of its own, as the registration itself comes to nothing. */
static bool clone_note(struct core *c, const struct claims *k, const char *address, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	char text[128];

	(void)snprintf(text, sizeof(text), "another key claimed this id, from %.48s", address);
	if (!tx_begin(c, &tx, e) || !agent_row_cloned(core_store(c), k->id, e) ||
	    !event(c, k, "clone", text, e))
		return false;
	tx_note(c, "agent.clone", json_pack("{s:s, s:s}", "id", k->id, "address", address));
	return tx_commit(&tx, e) &&
	       err_reason(e, "agent.clone", "agent %s is registered with another key", k->id);
}

static bool row_write(struct core *c, const struct agent_caller *who, const struct claims *k,
		      struct span hash, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	struct known known = {.is_same_key = false};
	void *both[] = {(void *)(uintptr_t)k, &known};
	struct agent_row row = {.id = k->id,
				.address = who->address,
				.listener_sha256 = k->listener,
				.token_s = k->iat_s,
				.token_jti = k->jti,
				.last_seen_s = core_now_s(c)};
	bool found = false, changed = false;

	agent_report_row(&k->report, &row);
	if (!tx_begin(c, &tx, e) ||
	    !agent_row_find(core_store(c), k->id, known_look, both, &found, e))
		return false;
	if (found && !known.is_same_key) {
		tx_end(&tx);
		return clone_note(c, k, who->address, e);
	}
	if (found && known.is_replay)
		return bad_token(e, "a token of this age has been used already");
	if (!found && !has_room(c, who->address, e))
		return false;
	row.secret_hash = row.secret_next = hash;
	tx_note(c, "agent", json_pack("{s:s}", "id", k->id));
	return (found ? agent_row_again(core_store(c), &row, e)
		      : agent_row_insert(core_store(c), &row, e)) &&
	       update_state_take(c, k->id, row.states, row.clock_skew_s, row.last_seen_s, &changed,
				 e) &&
	       event(c, k, "registered", who->address, e) && tx_commit(&tx, e);
}

bool agent_desk_register(struct core *c, struct agent_desk *d, const struct agent_caller *who,
			 const json_t *body, json_t **out, struct err *e)
{
	struct claims k AUTO(claims_clear) = {.report = AGENT_REPORT_INIT};
	struct secret secret AUTO_SECRET = SECRET_INIT;
	struct publication_row last = {.number = 0};
	int64_t per_minute = 0, beat_s = 0;
	uint8_t hash[SHA256_BYTES];
	bool found = false;

	if (!settings_get_int(c, "agent_registrations_per_minute", &per_minute, e) ||
	    !agent_rate_take(d->rate, who->address, per_minute, clock_mono_ms(), e) ||
	    !claims_read(c, who, body, &k, e) || !bearer_make("", &secret, e))
		return false;
	bearer_hash(secret_span(&secret), hash);
	if (!row_write(c, who, &k, span_of(hash, sizeof(hash)), e) ||
	    !publication_row_find(core_store(c), 0, &last, NULL, &found, e) ||
	    !settings_get_int(c, "agent_heartbeat_s", &beat_s, e))
		return false;
	*out = json_pack("{s:s, s:o, s:I, s:I}", "id", k.id, "secret",
			 json_text(secret_span(&secret)), "heartbeat_seconds", (json_int_t)beat_s,
			 "publication", (json_int_t)last.number);
	return *out || err_nomem(e);
}
