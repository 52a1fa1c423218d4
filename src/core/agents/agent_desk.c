/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/agent_desk.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/access/access_impl.h"
#include "core/agents/agent_impl.h"
#include "core/console/settings.h"
#include "core/programs/ipc_policy.h"
#include "core/roots/root_catalogue.h"
#include "core/roots/root_policy.h"
#include "core/tx.h"
#include "core/updates/update_states.h"
#include "core/updates/updates.h"
#include "store/agent_events.h"
#include "store/publications.h"
#include "store/root_inventories.h"

#include <stdio.h>
#include <string.h>

/*
 * What registered agents tell and ask.
 */
#define SCHEME "Agent "
#define REVISION_SHIFT 20   /* a heartbeat time and a skew have fewer bits each */
#define REVISION_SWITCHES 3 /* bits of the policy and of the switch */

bool agent_desk_new(struct agent_desk **out, struct err *e)
{
	struct agent_desk *d = mem_new(struct agent_desk);

	if (!d)
		return err_nomem(e);
	if (!agent_rate_new(&d->rate, e) || !heartbeat_queue_new(&d->heartbeats, e)) {
		agent_desk_free(d);
		return false;
	}
	*out = d;
	return true;
}

void agent_desk_free(struct agent_desk *d)
{
	if (!d)
		return;
	agent_rate_free(d->rate);
	heartbeat_queue_free(d->heartbeats);
	mem_free(d);
}

bool agent_desk_flush(struct core *c, struct agent_desk *d, struct err *e)
{
	return heartbeats_write(c, d->heartbeats, e);
}

/* ---- who it is ---- */

struct look {
	uint8_t hash[SHA256_BYTES];
	bool fits, is_news; /* is_news: the row must learn that this secret was used */
	agent_fn fn;
	void *arg;
};

static bool look(void *arg, const struct agent_row *r, struct err *e)
{
	struct look *l = arg;
	struct span hash = span_of(l->hash, sizeof(l->hash));
	bool is_next = secret_equal(r->secret_next, hash);

	l->fits = is_next || secret_equal(r->secret_hash, hash);
	l->is_news = is_next || !r->is_proved;
	return !l->fits || !l->fn || l->fn(l->arg, r, e);
}

static bool unknown(struct err *e)
{
	return err_reason(e, "agent.unknown", "no agent with this id and secret");
}

bool agent_known(struct core *c, const struct agent_caller *who, char id[static AGENT_ID_SIZE],
		 agent_fn fn, void *arg, struct err *e)
{
	struct look l = {.fn = fn, .arg = arg};
	struct tx tx AUTO(tx_end) = TX_INIT;
	const char *text = who->authorization;
	bool found = false;

	if (!text || !text_starts_with(text, SCHEME))
		return unknown(e);
	text += strlen(SCHEME);
	if (strlen(text) != AGENT_ID_SIZE + AGENT_SECRET_CHARS || text[AGENT_ID_SIZE - 1] != '.')
		return unknown(e);
	text_copy(id, AGENT_ID_SIZE, text);
	bearer_hash(span_str(text + AGENT_ID_SIZE), l.hash);
	if (!agent_id_is_sound(id))
		return unknown(e);
	if (!agent_row_find(core_store(c), id, look, &l, &found, e))
		return false;
	if (!found || !l.fits)
		return unknown(e);
	return !l.is_news ||
	       (tx_begin(c, &tx, e) &&
		agent_row_secret_taken(core_store(c), id, span_of(l.hash, sizeof(l.hash)), e) &&
		tx_commit(&tx, e));
}

/* ---- what it tells ---- */

/* Clocks are told in seconds, and messages take time. */
static bool same_clock(int64_t a, int64_t b)
{
	return a - b < UPDATE_CLOCK_SAME_S && b - a < UPDATE_CLOCK_SAME_S;
}

static bool is_same(const struct agent_row *r, const struct agent_report *n)
{
	return r->port == n->port && r->publication == n->publication &&
	       same_clock(r->clock_skew_s, n->skew_s) && strcmp(r->ntcer_sha256, n->ntcer) == 0 &&
	       strcmp(r->ipcer_sha256, n->ipcer) == 0 &&
	       strcmp(r->ipcer_next, buf_str(&n->next)) == 0 && strcmp(r->name, n->name) == 0 &&
	       strcmp(r->versions, buf_str(&n->versions)) == 0 &&
	       strcmp(r->states, buf_str(&n->states)) == 0;
}

struct compare {
	const struct agent_report *report;
	bool same, inventory_differs;
	enum root_policy policy; /* its own */
};

static bool compare(void *arg, const struct agent_row *r, struct err *e)
{
	struct compare *k = arg;

	(void)e;
	k->inventory_differs =
		k->report->roots[0] && strcmp(r->inventory_digest, k->report->roots) != 0;
	k->same = is_same(r, k->report) && !k->inventory_differs;
	k->policy = root_policy_from(r->root_policy);
	return true;
}

/* What agents are to do, and a number that changes with it. */
struct orders {
	int64_t beat_s, skew_s, revision;
	enum root_policy policy; /* effective */
	bool ipc_signatures;
};

static bool orders_read(struct core *c, enum root_policy of_agent, struct orders *o, struct err *e)
{
	struct buf ipc AUTO_BUF = BUF_INIT;
	enum root_policy of_server;

	if (!settings_get_int(c, "agent_heartbeat_s", &o->beat_s, e) ||
	    !settings_get_int(c, "agent_skew_s", &o->skew_s, e) ||
	    !root_policy_of_server(c, &of_server, e) ||
	    !settings_get_str(c, "agent_ipc_signatures", &ipc, e))
		return false;
	o->policy = root_policy_effective(of_agent, of_server);
	o->ipc_signatures = strcmp(buf_str(&ipc), IPC_REQUIRED) == 0;
	o->revision = (o->beat_s << REVISION_SHIFT | o->skew_s) << REVISION_SWITCHES |
		      (int64_t)o->policy << 1 | o->ipc_signatures;
	return true;
}

/* It is to send its inventory: no agent with the same ever did. */
static bool inventory_wanted(struct core *c, const struct compare *k, bool *out, struct err *e)
{
	int64_t known = 0;

	*out = false;
	if (!k->inventory_differs)
		return true;
	if (!inventory_row_find(core_store(c), k->report->roots, &known, e))
		return false;
	*out = known == 0;
	return true;
}

bool agent_desk_heartbeat(struct core *c, struct agent_desk *d, const struct agent_caller *who,
			  const json_t *body, json_t **out, struct err *e)
{
	struct agent_report r AUTO_REPORT = AGENT_REPORT_INIT;
	struct compare k = {.report = &r};
	struct publication_row last = {.number = 0};
	struct orders o = {.beat_s = 0};
	int64_t catalogue = 0, updates = 0;
	char id[AGENT_ID_SIZE];
	bool found = false, wanted = false;

	if (!agent_report_read(body, core_now_s(c), &r, e) ||
	    !agent_known(c, who, id, compare, &k, e) ||
	    !publication_row_find(core_store(c), 0, &last, NULL, &found, e) ||
	    !orders_read(c, k.policy, &o, e) || !inventory_wanted(c, &k, &wanted, e) ||
	    !root_offer_revision(c, &catalogue, e) || !updates_revision(c, &updates, e))
		return false;
	heartbeat_put(d->heartbeats, id, who->address, core_now_s(c), &r, k.same);
	*out = json_pack("{s:I, s:I, s:I, s:b, s:I, s:I}", "publication", (json_int_t)last.number,
			 "heartbeat_seconds", (json_int_t)o.beat_s, "configuration",
			 (json_int_t)o.revision, "inventory", wanted, "catalogue",
			 (json_int_t)catalogue, "updates", (json_int_t)updates);
	return *out || err_nomem(e);
}

static bool policy_take(void *arg, const struct agent_row *r, struct err *e)
{
	(void)e; /* nothing fails here */
	*(enum root_policy *)arg = root_policy_from(r->root_policy);
	return true;
}

bool agent_configuration(struct core *c, struct agent_desk *d, const struct agent_caller *who,
			 json_t **out, struct err *e)
{
	enum root_policy own = ROOT_POLICY_NOT_CONFIGURED;
	struct orders o = {.beat_s = 0};
	char id[AGENT_ID_SIZE];

	(void)d;
	if (!agent_known(c, who, id, policy_take, &own, e) || !orders_read(c, own, &o, e))
		return false;
	*out = json_pack("{s:I, s:I, s:I, s:s, s:b}", "revision", (json_int_t)o.revision,
			 "heartbeat_seconds", (json_int_t)o.beat_s, "skew_seconds",
			 (json_int_t)o.skew_s, "root_update_policy", root_policy_name(o.policy),
			 "ipc_signatures", o.ipc_signatures);
	return *out || err_nomem(e);
}

static bool note(struct core *c, const char *id, const char *kind, const char *text, int64_t n,
		 struct err *e)
{
	char cut[AGENT_TEXT_MAX];

	text_copy(cut, sizeof(cut), text);
	return agent_event_add(
		core_store(c), id,
		&(struct agent_event_row){.at_s = core_now_s(c), .kind = kind, .text = cut, .n = n},
		e);
}

static bool refusal_one(struct core *c, const char *id, const json_t *item, struct err *e)
{
	const char *reason = NULL, *detail = NULL;
	int64_t count = 1;
	char text[AGENT_TEXT_MAX];

	if (!json_is_object(item))
		return err_reason(e, "request.member", "an item must be an object");
	if (!json_get_str(item, "reason", &reason, e) ||
	    !json_get_str_opt(item, "detail", &detail, e) ||
	    !json_get_int_opt(item, "count", 1, INT32_MAX, &count, e))
		return false;
	(void)snprintf(text, sizeof(text), "%.80s%s%.200s", reason, detail ? ": " : "",
		       detail ?: "");
	return note(c, id, "refusal", text, count, e) &&
	       agent_row_refused(core_store(c), id, count, text, e);
}

bool agent_refusals(struct core *c, struct agent_desk *d, const struct agent_caller *who,
		    const json_t *body, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	char id[AGENT_ID_SIZE];
	json_t *items = NULL;

	(void)d;
	if (!agent_known(c, who, id, NULL, NULL, e) ||
	    !json_get_array_opt(body, "items", &items, e) || !tx_begin(c, &tx, e))
		return false;
	if (json_array_size(items) > AGENT_REFUSALS_MAX)
		return err_reason(e, "request.member", "at most %d items", AGENT_REFUSALS_MAX);
	for (size_t i = 0; i < json_array_size(items); i++)
		if (!refusal_one(c, id, json_array_get(items, i), e))
			return json_refuse_in(e, "items", i);
	tx_note(c, "agent.refusals", json_pack("{s:s}", "id", id));
	return tx_commit(&tx, e);
}

bool agent_result(struct core *c, struct agent_desk *d, const struct agent_caller *who,
		  const json_t *body, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	struct buf result AUTO_BUF = BUF_INIT;
	char id[AGENT_ID_SIZE], text[AGENT_TEXT_MAX];
	const char *jti = NULL, *cmd = NULL;
	bool ok = false;

	(void)d;
	if (!agent_known(c, who, id, NULL, NULL, e) || !json_get_str(body, "jti", &jti, e) ||
	    !json_get_str(body, "cmd", &cmd, e) || !json_get_bool_opt(body, "ok", &ok, e))
		return false;
	if (json_is_object(json_object_get(body, "result")) &&
	    !json_write(json_object_get(body, "result"), &result, e))
		return false;
	(void)snprintf(text, sizeof(text), "%.40s %s %.200s", cmd, ok ? "done" : "failed",
		       buf_str(&result));
	return tx_begin(c, &tx, e) && note(c, id, "result", text, 1, e) && tx_commit(&tx, e);
}

bool agent_desk_unregister(struct core *c, struct agent_desk *d, const struct agent_caller *who,
			   struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	char id[AGENT_ID_SIZE];
	bool there = false;

	(void)d;
	return agent_known(c, who, id, NULL, NULL, e) && tx_begin(c, &tx, e) &&
	       agent_row_delete(core_store(c), id, &there, e) && tx_commit(&tx, e);
}
