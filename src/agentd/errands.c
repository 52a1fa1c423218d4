/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/errands.h"

#include "base/clock.h"
#include "base/log.h"

#include <inttypes.h>

/* With turn held: p is what the agent holds from now on. */
static bool hold(struct agent *a, struct publication *p, struct err *e)
{
	bool good;

	pthread_mutex_lock(&a->lock);
	publication_clear(&a->state.held);
	a->state.held = *p;
	*p = (struct publication)PUBLICATION_INIT;
	cert_unref(a->state.root);
	a->state.root = NULL;
	good = agent_save(a, e);
	pthread_mutex_unlock(&a->lock);
	if (!good || !agent_state_copies(a->dir, &a->state, e))
		return false;
	log_info("agent.publication", "number=%" PRId64 " reason=%s", a->state.held.number,
		 a->state.held.reason);
	return true;
}

/* With turn held. */
static bool begin(struct agent *a, struct err *e)
{
	struct publication p AUTO_PUBLICATION = PUBLICATION_INIT;

	if (a->state.held.number > 0)
		return true;
	if (!a->state.root)
		return err_reason(e, "agent.unproved", "there is no certificate to begin with");
	return agent_follow_from(&a->state.server, a->state.root, &p, e) && hold(a, &p, e);
}

static bool register_with(struct agent *a, struct err *e)
{
	const struct agent_self self = agent_self_of(a);
	struct agent_registration r = {.heartbeat_s = 0};
	bool good;

	if (a->state.secret.len > 0)
		return true;
	if (!begin(a, e) ||
	    !agent_register(&a->state.server, &a->state.held, &self, clock_now_s(), &r, e)) {
		secret_clear(&r.secret);
		return false;
	}
	pthread_mutex_lock(&a->lock);
	secret_move(&a->state.secret, &r.secret);
	a->state.configuration.heartbeat_s = r.heartbeat_s;
	good = agent_save(a, e);
	pthread_mutex_unlock(&a->lock);
	log_info("agent.registered", "server=%s:%u", a->state.server.host,
		 (unsigned)a->state.server.https_port);
	return good;
}

bool errand_register(struct agent *a, struct err *e)
{
	bool good;

	pthread_mutex_lock(&a->turn);
	good = register_with(a, e);
	pthread_mutex_unlock(&a->turn);
	return good;
}

static bool follow(struct agent *a, bool *moved_out, struct err *e)
{
	struct publication p AUTO_PUBLICATION = PUBLICATION_INIT;
	struct err why = ERR_INIT;
	int n = 0;
	bool good;

	*moved_out = false;
	if (a->state.held.number == 0) {
		*moved_out = begin(a, e);
		return *moved_out;
	}
	if (!publication_copy(&a->state.held, &p, e))
		return false;
	good = agent_follow(&a->state.server, &p, &n, e);
	if (n > 0 && !hold(a, &p, good ? e : &why))
		return false;
	*moved_out = n > 0;
	return good;
}

bool errand_follow(struct agent *a, bool *moved_out, struct err *e)
{
	bool good;

	pthread_mutex_lock(&a->turn);
	good = follow(a, moved_out, e);
	pthread_mutex_unlock(&a->turn);
	return good;
}

static bool forget_secret(struct agent *a, const struct secret *used)
{
	struct err ignored = ERR_INIT;

	pthread_mutex_lock(&a->turn);
	pthread_mutex_lock(&a->lock);
	if (secret_equal(secret_span(used), secret_span(&a->state.secret))) {
		secret_clear(&a->state.secret);
		if (!agent_save(a, &ignored))
			log_warning("agent.state", "%s", ignored.text);
	}
	pthread_mutex_unlock(&a->lock);
	pthread_mutex_unlock(&a->turn);
	return false;
}

bool errand_heartbeat(struct agent *a, struct agent_heartbeat *out, struct err *e)
{
	struct agent_reach reach AUTO_AGENT_REACH = {.pins = CERT_LIST_INIT};
	json_t *body AUTO_JSON = agent_heartbeat_body(a);
	struct agent_link l;

	if (!body)
		return err_nomem(e);
	if (!agent_reach(a, &reach, e))
		return false;
	l = agent_link_of(a, &reach);
	if (!agent_heartbeat(&l, body, out, e))
		return err_is(e, "agent.unknown") ? forget_secret(a, &reach.secret) : false;
	pthread_mutex_lock(&a->lock);
	a->contact_s = clock_now_s();
	a->state.configuration.heartbeat_s = out->heartbeat_s; /* kept with the next write */
	pthread_mutex_unlock(&a->lock);
	return true;
}

bool errand_configuration(struct agent *a, struct err *e)
{
	struct agent_reach reach AUTO_AGENT_REACH = {.pins = CERT_LIST_INIT};
	struct agent_configuration c;
	struct agent_link l;
	bool good;

	if (!agent_reach(a, &reach, e))
		return false;
	l = agent_link_of(a, &reach);
	pthread_mutex_lock(&a->lock);
	c = a->state.configuration;
	pthread_mutex_unlock(&a->lock);
	if (!agent_configuration_get(&l, &c, e))
		return false;
	pthread_mutex_lock(&a->lock);
	a->state.configuration = c;
	good = agent_save(a, e);
	pthread_mutex_unlock(&a->lock);
	log_info("agent.configuration", "revision=%" PRId64, c.revision);
	return good;
}

/* What is not reported yet; counts[] what was said of each, to be taken off when it has arrived. */
static json_t *report_take(struct agent *a, int64_t counts[REFUSAL_KINDS_MAX])
{
	json_t *items = json_array();

	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; items && i < a->state.n_refusals; i++) {
		const struct agent_refusal *r = &a->state.refusals[i];

		counts[i] = r->unreported;
		if (r->unreported > 0)
			(void)json_array_append_new(
				items,
				json_pack("{s:o, s:s, s:I, s:o}", "time", json_time(r->last_s),
					  "reason", r->reason, "count", (json_int_t)r->unreported,
					  "detail", json_text(span_str(r->detail))));
	}
	pthread_mutex_unlock(&a->lock);
	return items;
}

bool errand_report(struct agent *a, struct err *e)
{
	struct agent_reach reach AUTO_AGENT_REACH = {.pins = CERT_LIST_INIT};
	int64_t counts[REFUSAL_KINDS_MAX] = {0};
	json_t *body AUTO_JSON = NULL;
	struct agent_link l;
	bool good, due;

	pthread_mutex_lock(&a->lock);
	due = agent_state_report_due(&a->state, clock_now_s());
	pthread_mutex_unlock(&a->lock);
	if (!due)
		return true;
	body = json_pack("{s:o}", "items", report_take(a, counts));
	if (!body)
		return err_nomem(e);
	if (!agent_reach(a, &reach, e))
		return false;
	l = agent_link_of(a, &reach);
	if (!agent_say(&l, "/refusals", body, e))
		return false;
	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < a->state.n_refusals; i++)
		a->state.refusals[i].unreported -= counts[i];
	a->state.refusals_reported_s = clock_now_s();
	good = agent_save(a, e);
	pthread_mutex_unlock(&a->lock);
	return good;
}

bool errand_result(struct agent *a, const json_t *body, struct err *e)
{
	struct agent_reach reach AUTO_AGENT_REACH = {.pins = CERT_LIST_INIT};
	struct agent_link l;

	if (!agent_reach(a, &reach, e))
		return false;
	l = agent_link_of(a, &reach);
	return agent_say(&l, "/results", body, e);
}
