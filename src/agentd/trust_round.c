/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/trust.h"

#include "agentd/pace.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/reason.h"
#include "base/text.h"
#include "core/authentication/jws.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* With lock held. */
static bool believe(struct agent *a, struct span token, struct err *e)
{
	const struct agent_state *s = &a->state;
	const struct catalogue_judge judge = {.key = s->held.ntcer,
					      .agent_id = s->id,
					      .revision = s->catalogue.revision,
					      .now_s = clock_now_s(),
					      .skew_s = s->configuration.skew_s};
	struct catalogue c AUTO_CATALOGUE = CATALOGUE_INIT;

	if (!s->held.ntcer)
		return err_reason(e, "catalogue.signature", "the agent knows no key yet");
	if (!catalogue_verify(&judge, token, &c, e))
		return false;
	catalogue_clear(&a->state.catalogue);
	a->state.catalogue = c;
	c = (struct catalogue)CATALOGUE_INIT;
	return agent_save(a, e);
}

bool errand_catalogue(struct agent *a, struct err *e)
{
	struct agent_reach reach AUTO_AGENT_REACH = {.pins = CERT_LIST_INIT};
	struct buf token AUTO_BUF = BUF_INIT;
	bool found = false, good;
	char ntcer[2 * SHA256_BYTES + 1] = "";
	struct agent_link l;
	int64_t revision;
	size_t n;

	buf_init(&token, JWS_MAX_BYTES);
	if (!agent_reach(a, &reach, e))
		return false;
	pthread_mutex_lock(&a->lock);
	if (a->state.held.ntcer)
		text_copy(ntcer, sizeof(ntcer), a->state.held.ntcer->id);
	pthread_mutex_unlock(&a->lock);
	l = agent_link_of(a, &reach);
	if (!agent_catalogue_get(&l, ntcer, &token, &found, e))
		return false;
	if (!found)
		return true;
	pthread_mutex_lock(&a->lock);
	good = believe(a, buf_span(&token), e);
	revision = a->state.catalogue.revision;
	n = a->state.catalogue.n;
	pthread_mutex_unlock(&a->lock);
	if (!good)
		return false;
	log_info("agent.catalogue", "revision=%" PRId64 " certificates=%zu", revision, n);
	return true;
}

/* What is refused is told to the server; what merely failed is logged. */
static void note(struct agent *a, const char *what, const struct err *e)
{
	struct err told = *e;

	(void)err_wrap(&told, "%.90s", what);
	if (e->code == ERR_CHECK || e->code == ERR_FORMAT)
		(void)agent_refuse(a, &told); /* reported in a round of its own */
	else
		log_notice("agent.root", "code=%s why=%s", err_public(&told)->code, told.text);
}

/* What of the catalogue is not there, and is not refused by this machine's administrator. */
static bool missing(struct agent *a, const struct agent_trust *t, struct catalogue *out,
		    int64_t *heartbeat_s_out, struct err *e)
{
	const struct catalogue *k = &a->state.catalogue;
	struct catalogue c AUTO_CATALOGUE = CATALOGUE_INIT;

	pthread_mutex_lock(&a->lock);
	*heartbeat_s_out = a->state.configuration.heartbeat_s;
	c.revision = k->revision;
	c.items = mem_array(k->n + 1, sizeof(*c.items));
	for (size_t i = 0; c.items && i < k->n; i++)
		if (!agent_trust_holds(t, k->items[i].store, k->items[i].sha256) &&
		    !agent_trust_holds(t, AGENT_TRUST_DISALLOWED, k->items[i].sha256))
			c.items[c.n++] = k->items[i];
	pthread_mutex_unlock(&a->lock);
	if (!c.items)
		return err_nomem(e);
	*out = c;
	c = (struct catalogue)CATALOGUE_INIT;
	return true;
}

/* With trust_turn held. */
static bool fetch(struct agent *a, const struct agent_trust *t, struct root_source *from,
		  const struct catalogue *wanted, size_t *n_out, struct err *e)
{
	int64_t until_ms = clock_mono_ms() + ROOTS_ROUND_MS;
	bool good = true;

	for (size_t i = 0; i < wanted->n && clock_mono_ms() < until_ms; i++) {
		const struct catalogue_item *item = &wanted->items[i];
		struct err why = ERR_INIT;
		char what[sizeof(item->sha256) + sizeof(item->store) + 1];
		bool held = false;

		if (trust_take(a, t, *n_out, from, item, &held, &why)) {
			*n_out += !held;
			continue;
		}
		(void)snprintf(what, sizeof(what), "%s %s", item->store, item->sha256);
		note(a, what, &why);
		good = false;
		*e = why;
		if (trust_server_is_away(&why))
			break;
	}
	return good;
}

static bool is_the_same(const struct trust_pace *p, int64_t revision, const struct agent_trust *t)
{
	return p->revision == revision && strcmp(p->digest, agent_trust_digest(t)) == 0;
}

/* Each time twice as late; anew when there is another catalogue or another directory. */
static void pace(struct trust_pace *p, int64_t revision, const struct agent_trust *t, bool good,
		 int64_t heartbeat_s)
{
	if (!is_the_same(p, revision, t))
		p->failures = 0;
	p->revision = revision;
	text_copy(p->digest, sizeof(p->digest), agent_trust_digest(t));
	p->again_ms = clock_mono_ms() + pace_roots_s(p->failures, heartbeat_s) * 1000;
	p->failures = good ? 0 : p->failures + 1;
}

static bool is_too_soon(const struct trust_pace *p, int64_t revision, const struct agent_trust *t)
{
	return p->failures > 0 && is_the_same(p, revision, t) && clock_mono_ms() < p->again_ms;
}

static size_t fetch_missing(struct agent *a, bool now)
{
	struct agent_reach reach AUTO_AGENT_REACH = {.pins = CERT_LIST_INIT};
	struct agent_trust *t AUTO_AGENT_TRUST = trust_now(a);
	struct root_source *from AUTO_ROOT_SOURCE = NULL;
	struct catalogue wanted AUTO_CATALOGUE = CATALOGUE_INIT;
	struct err e = ERR_INIT;
	int64_t heartbeat_s = 0;
	size_t n = 0;
	bool good;

	if (!t)
		return 0;
	if (!missing(a, t, &wanted, &heartbeat_s, &e) || !agent_reach(a, &reach, &e)) {
		note(a, "catalogue", &e);
		return 0;
	}
	if (wanted.n == 0 || (!now && is_too_soon(&a->trust_pace, wanted.revision, t)))
		return 0;
	pthread_mutex_lock(&a->trust_turn);
	good = root_source_new(&reach.place, &reach.pins, &from, &e) &&
	       fetch(a, t, from, &wanted, &n, &e);
	pthread_mutex_unlock(&a->trust_turn);
	pace(&a->trust_pace, wanted.revision, t, good, heartbeat_s);
	return n;
}

bool trust_round(struct agent *a, int64_t catalogue, bool now)
{
	enum agent_root_policy policy;
	struct err e = ERR_INIT;
	int64_t held;

	pthread_mutex_lock(&a->lock);
	held = a->state.catalogue.revision;
	policy = a->state.configuration.root_policy;
	pthread_mutex_unlock(&a->lock);
	if (catalogue > 0 && catalogue < held) {
		(void)err_reason(&e, "catalogue.revision",
				 "the server says revision %" PRId64 ", %" PRId64 " is held",
				 catalogue, held);
		note(a, "catalogue", &e);
	} else if ((now || catalogue > held) && !errand_catalogue(a, &e)) {
		note(a, "catalogue", &e);
	}
	return policy != ROOT_POLICY_ON && fetch_missing(a, now) > 0;
}
