/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/rollout_engine.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/agents/agent_egress.h"
#include "core/agents/command_signer.h"
#include "core/agents/rollout_outcome.h"
#include "core/agents/rollouts.h"
#include "core/authentication/jws.h"
#include "core/authentication/publications.h"
#include "core/console/settings.h"
#include "core/tx.h"

#include <stdio.h>
#include <string.h>

void dispatch_free(struct dispatch *d)
{
	if (d)
		buf_clear(&d->token);
	mem_free(d);
}

bool rollout_engine_new(struct core *c, struct rollout_engine **out, struct err *e)
{
	struct rollout_engine *x = mem_new(struct rollout_engine);
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!x)
		return err_nomem(e);
	if (!tx_begin(c, &tx, e) || !work_recover(core_store(c), e) || !tx_commit(&tx, e)) {
		mem_free(x);
		return false;
	}
	*out = x;
	return true;
}

void rollout_engine_free(struct rollout_engine *x)
{
	mem_free(x);
}

struct flight *rollout_flight(struct rollout_engine *x, int64_t rollout)
{
	for (size_t i = 0; i < x->n_flights; i++)
		if (x->flights[i].rollout == rollout)
			return &x->flights[i];
	if (x->n_flights == FLIGHTS_MAX)
		return NULL;
	x->flights[x->n_flights] = (struct flight){.rollout = rollout};
	return &x->flights[x->n_flights++];
}

/* ---- taking ---- */

struct take {
	struct rollout_engine *x;
	struct core *core;
	const struct rollout_row *rollout;
	struct dispatch **out;
	size_t n, max;
};

/* The same over all attempts, and another one for everything else that ever was. */
static bool jti_make(const struct rollout_row *r, const char *agent, char out[static 33])
{
	struct buf text AUTO_BUF = BUF_INIT;
	uint8_t hash[SHA256_BYTES];

	buf_printf(&text, "%lld/%lld/%s/%s", (long long)r->id, (long long)r->created_s, r->cmd,
		   agent);
	if (!buf_ok(&text))
		return false;
	sha256(buf_span(&text), hash);
	hex_lower(span_of(hash, 16), out);
	return true;
}

static bool take_one(void *arg, const struct work_row *w, struct err *e)
{
	struct take *t = arg;
	struct dispatch *d = mem_new(struct dispatch);

	if (!d || !jti_make(t->rollout, w->agent, d->jti)) {
		mem_free(d);
		return err_nomem(e);
	}
	d->rollout = t->rollout->id;
	d->attempts = w->attempts + 1;
	d->attempts_max = t->rollout->attempts;
	d->jitter_ms = t->rollout->jitter_ms;
	d->port = w->port;
	text_copy(d->cmd, sizeof(d->cmd), t->rollout->cmd);
	text_copy(d->agent, sizeof(d->agent), w->agent);
	text_copy(d->address, sizeof(d->address),
		  w->pinned_address[0] ? w->pinned_address : w->address);
	text_copy(d->listener_sha256, sizeof(d->listener_sha256), w->listener_sha256);
	text_copy(d->ntcer_sha256, sizeof(d->ntcer_sha256), w->ntcer_sha256);
	t->out[t->n++] = d;
	return true;
}

static bool take_of(void *arg, const struct rollout_row *r, struct err *e)
{
	struct take *t = arg;
	struct flight *f = rollout_flight(t->x, r->id);
	size_t before = t->n, room = t->max - t->n;

	if (!f || f->n >= r->parallel || room == 0)
		return true;
	if ((int64_t)room > r->parallel - f->n)
		room = (size_t)(r->parallel - f->n);
	t->rollout = r;
	if (!work_due(core_store(t->core), r->id, clock_now_ms(), (int)room, take_one, t, e))
		return false;
	f->n += (int64_t)(t->n - before);
	return true;
}

static bool mark(struct core *c, struct dispatch **items, size_t n, struct err *e)
{
	int64_t seq = 0;

	if (n > 0 && !command_sequence_block(c, (int64_t)n, &seq, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct dispatch *d = items[i];
		const struct work_row w = {.agent = d->agent,
					   .code = "",
					   .detail = "",
					   .state = WORK_SENDING,
					   .attempts = d->attempts};

		d->seq = seq + (int64_t)i;
		if (!work_set(core_store(c), d->rollout, &w, e))
			return false;
	}
	return true;
}

static bool sign_one(struct core *c, struct dispatch *d, const struct authentication_pair *pair,
		     const char *server, struct err *e)
{
	int64_t now = core_now_s(c);
	struct rollout_row r;
	json_t *claims AUTO_JSON = NULL;
	bool found = false;

	if (!rollout_row_find(core_store(c), d->rollout, &r, &found, e))
		return false;
	claims = json_pack("{s:s, s:s, s:I, s:I, s:s, s:I, s:s, s:o}", "iss", server, "aud",
			   d->agent, "iat", (json_int_t)now, "exp",
			   (json_int_t)(now + ROLLOUT_COMMAND_LIFE_S), "jti", d->jti, "seq",
			   (json_int_t)d->seq, "cmd", d->cmd, "args",
			   found ? json_loads(r.args, 0, NULL) : json_object());
	return claims ? jws_sign(&pair->pkcs8, pair->cert, ROLLOUT_COMMAND_TYP, claims, &d->token,
				 e)
		      : err_nomem(e);
}

static bool sign_all(struct core *c, struct dispatch **items, size_t n, struct err *e)
{
	struct command_signers signers AUTO_COMMAND_SIGNERS = COMMAND_SIGNERS_INIT;
	struct buf server AUTO_BUF = BUF_INIT;

	if (!command_signers_open(c, &signers, e) || !settings_server_name(c, &server, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct authentication_pair *pair =
			command_signer_for(c, &signers, items[i]->ntcer_sha256);

		if (!sign_one(c, items[i], pair, buf_str(&server), e))
			return false;
	}
	return true;
}

/* Records what cannot go out, and lets go of it. */
static bool give_up(struct rollout_engine *x, struct core *c, struct dispatch_result *bad, size_t n,
		    struct err *e)
{
	bool good = n == 0 || rollout_engine_record(x, c, bad, n, e);

	for (size_t i = 0; i < n; i++)
		dispatch_free(bad[i].dispatch);
	return good;
}

/* Those that may not be sent: the agent is gone, or its address is not one to connect to. */
static bool sift(struct rollout_engine *x, struct core *c, struct dispatch **items, size_t *n,
		 struct err *e)
{
	struct dispatch_result bad[ROLLOUT_BATCH_MAX];
	struct err why[ROLLOUT_BATCH_MAX];
	size_t n_bad = 0, n_good = 0;

	for (size_t i = 0; i < *n; i++) {
		struct err *w = &why[n_bad];

		*w = (struct err)ERR_INIT;
		if (items[i]->address[0] == '\0')
			(void)err_reason(w, "agent.not_found", "the agent was removed");
		else if (agent_egress_allows(c, items[i]->address, false, w)) {
			items[n_good++] = items[i];
			continue;
		}
		bad[n_bad++] = (struct dispatch_result){
			.dispatch = items[i], .status = -1, .error = w->text};
	}
	*n = n_good;
	return give_up(x, c, bad, n_bad, e);
}

/* All of them: tried again later. */
static bool postpone(struct rollout_engine *x, struct core *c, struct dispatch **items, size_t n,
		     const char *why, struct err *e)
{
	struct dispatch_result bad[ROLLOUT_BATCH_MAX];

	for (size_t i = 0; i < n; i++)
		bad[i] = (struct dispatch_result){.dispatch = items[i], .error = why};
	return give_up(x, c, bad, n, e);
}

static void drop(struct rollout_engine *x, struct dispatch **items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct flight *f = rollout_flight(x, items[i]->rollout);

		if (f)
			f->n--;
		dispatch_free(items[i]);
	}
}

static bool marked(struct core *c, struct dispatch **items, size_t n, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;

	return tx_begin(c, &tx, e) && mark(c, items, n, e) && tx_commit(&tx, e);
}

bool rollout_engine_take(struct rollout_engine *x, struct core *c, size_t max,
			 struct dispatch **out, size_t *n_out, struct err *e)
{
	struct take t = {.x = x, .core = c, .out = out};
	struct err why = ERR_INIT;

	*n_out = 0;
	t.max = max < ROLLOUT_BATCH_MAX ? max : ROLLOUT_BATCH_MAX;
	if (!rollout_row_running(core_store(c), take_of, &t, e) ||
	    (t.n > 0 && !marked(c, out, t.n, e))) {
		drop(x, out, t.n);
		return false;
	}
	if (t.n == 0)
		return true;
	if (!sign_all(c, out, t.n, &why))
		return postpone(x, c, out, t.n, why.text, e);
	if (!sift(x, c, out, &t.n, e)) {
		drop(x, out, t.n);
		return false;
	}
	*n_out = t.n;
	return true;
}
