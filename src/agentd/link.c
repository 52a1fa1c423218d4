/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/link.h"

#include "agentd/errands.h"
#include "agentd/pace.h"
#include "agentd/trust.h"
#include "agentd/updater.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/reason.h"
#include "base/text.h"

#include <string.h>
#include <time.h>

struct link {
	struct agent *agent; /* borrowed: outlives its link */
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows; not held while a round runs */
	pthread_cond_t wake;
	bool runs, stopping, woken;
	int64_t stranger_ms;
	char checks[LINK_CHECKS_MAX][REPLAY_ID_SIZE];
	size_t n_checks;
};

/* 90 to 110 of a hundred: the mean is what the server asked for. */
static int64_t beat_ms(struct agent *a)
{
	int64_t ms;

	pthread_mutex_lock(&a->lock);
	ms = a->state.configuration.heartbeat_s * 1000;
	pthread_mutex_unlock(&a->lock);
	return ms * 9 / 10 + pace_jittered_ms(ms * 4 / 10) - ms / 5;
}

static int64_t back_off_ms(struct agent *a, unsigned failures, const struct err *e)
{
	int64_t heartbeat_s;

	pthread_mutex_lock(&a->lock);
	heartbeat_s = a->state.configuration.heartbeat_s;
	pthread_mutex_unlock(&a->lock);
	return pace_link_ms(failures, heartbeat_s, e->wait_s);
}

static enum link_state state_of(const struct err *e)
{
	if (e->code == ERR_UNREACHABLE || e->code == ERR_BUSY || e->code == ERR_TIMEOUT)
		return LINK_UNREACHABLE;
	return err_is(e, "agent.clone") ? LINK_REFUSED : LINK_MISMATCHED;
}

static void state_set(struct agent *a, enum link_state state, const struct err *e)
{
	bool is_new;

	pthread_mutex_lock(&a->lock);
	is_new = a->link_state != state;
	a->link_state = state;
	text_copy(a->link_error, sizeof(a->link_error), e ? e->text : "");
	pthread_mutex_unlock(&a->lock);
	if (is_new && e)
		log_notice("agent.link", "state=%s code=%s why=%s", link_state_name(state),
			   err_public(e)->code, e->text);
	else if (is_new)
		log_info("agent.link", "state=%s", link_state_name(state));
}

/* A publication that does not verify is refused like a command, and reported. */
static bool follow(struct agent *a, bool *moved_out, struct err *e)
{
	if (errand_follow(a, moved_out, e))
		return true;
	if (e->code == ERR_CHECK || e->code == ERR_FORMAT)
		(void)agent_refuse(a, e); /* reported in a round of its own */
	return false;
}

/* What may keep a heartbeat from arriving and what can be done about it, once each. */
static bool beat(struct agent *a, struct agent_heartbeat *out, struct err *e)
{
	bool moved = false;

	if (errand_register(a, e) && errand_heartbeat(a, out, e))
		return true;
	if (err_is(e, "agent.unproved")) {
		struct err why = ERR_INIT;

		if (!follow(a, &moved, &why) && !moved) {
			if (why.code != ERR_UNREACHABLE)
				*e = why;
			return false;
		}
		if (!moved)
			return false;
	} else if (!err_is(e, "agent.unknown")) {
		return false;
	}
	*e = (struct err)ERR_INIT;
	return errand_register(a, e) && errand_heartbeat(a, out, e);
}

/* What the heartbeat's answer asks for. */
static bool heed(struct agent *a, const struct agent_heartbeat *answer, struct err *e)
{
	struct agent_heartbeat again;
	int64_t held, revision;
	bool moved = false;

	pthread_mutex_lock(&a->lock);
	held = a->state.held.number;
	revision = a->state.configuration.revision;
	pthread_mutex_unlock(&a->lock);
	if (answer->publication > held && !follow(a, &moved, e))
		return false;
	if (moved && !beat(a, &again, e)) /* says what it holds now */
		return false;
	return answer->revision == revision || errand_configuration(a, e);
}

/* Roots, and what the server does not know yet of those held; what is left undone comes with the next round. */
static bool roots(struct agent *a, const struct agent_heartbeat *answer, bool now, struct err *e)
{
	struct agent_heartbeat again = *answer;
	struct err why = ERR_INIT;

	if (trust_round(a, answer->catalogue, now) && !beat(a, &again, e))
		return false;
	if (again.wants_inventory && !errand_inventory(a, &why))
		log_notice("agent.inventory", "code=%s why=%s", err_public(&why)->code, why.text);
	return true;
}

static bool check_next(struct link *l, char jti[static REPLAY_ID_SIZE])
{
	bool is_one;

	pthread_mutex_lock(&l->lock);
	is_one = l->n_checks > 0;
	if (is_one) {
		text_copy(jti, REPLAY_ID_SIZE, l->checks[0]);
		memmove(l->checks[0], l->checks[1], (--l->n_checks) * sizeof(l->checks[0]));
	}
	pthread_mutex_unlock(&l->lock);
	return is_one;
}

static bool check_run(struct agent *a, const char *jti, struct err *e)
{
	const struct agent_heartbeat nothing = {.catalogue = 0};
	struct err why = ERR_INIT;
	json_t *body AUTO_JSON = NULL;
	bool moved, good = follow(a, &moved, &why) && errand_configuration(a, &why) &&
			   roots(a, &nothing, true, &why) && update_check(a, &why);

	pthread_mutex_lock(&a->lock);
	body = json_pack("{s:s, s:s, s:b, s:{s:I, s:I, s:I, s:I, s:o}}", "jti", jti, "cmd",
			 "update-check", "ok", good, "result", "publication",
			 (json_int_t)a->state.held.number, "configuration",
			 (json_int_t)a->state.configuration.revision, "catalogue",
			 (json_int_t)a->state.catalogue.revision, "updates",
			 (json_int_t)a->state.updates.revision, "error",
			 json_text(span_str(good ? "" : why.text)));
	pthread_mutex_unlock(&a->lock);
	if (!body)
		return err_nomem(e);
	return errand_result(a, body, e);
}

/* An offer that makes no sense is the packages' trouble, not the link's. */
static void updates(struct agent *a, int64_t revision)
{
	struct err why = ERR_INIT;

	if (!update_round(a, revision, &why))
		log_notice("agent.update", "code=%s why=%s", err_public(&why)->code, why.text);
}

static bool round_run(struct link *l, struct err *e)
{
	struct agent *a = l->agent;
	struct agent_heartbeat answer;
	struct err former = ERR_INIT;
	char jti[REPLAY_ID_SIZE];

	if (!errand_former(a, &former))
		log_debug("agent", "former server: %s", former.text);
	if (!beat(a, &answer, e) || !heed(a, &answer, e) || !roots(a, &answer, false, e))
		return false;
	updates(a, answer.updates);
	while (check_next(l, jti))
		if (!check_run(a, jti, e))
			return false;
	return errand_report(a, e);
}

static bool wait_ms(struct link *l, int64_t ms)
{
	int64_t until_ms = clock_mono_ms() + ms;
	const struct timespec until = {.tv_sec = until_ms / 1000,
				       .tv_nsec = until_ms % 1000 * 1000000};
	bool stopping;

	pthread_mutex_lock(&l->lock);
	while (!l->stopping && !l->woken)
		if (pthread_cond_timedwait(&l->wake, &l->lock, &until) != 0)
			break;
	l->woken = false;
	stopping = l->stopping;
	pthread_mutex_unlock(&l->lock);
	return !stopping;
}

static void *run(void *arg)
{
	struct link *l = arg;
	unsigned failures = 0;
	int64_t ms;

	do {
		struct err e = ERR_INIT;

		if (round_run(l, &e)) {
			failures = 0;
			state_set(l->agent, LINK_CURRENT, NULL);
			ms = beat_ms(l->agent);
		} else {
			state_set(l->agent, state_of(&e), &e);
			ms = back_off_ms(l->agent, failures++, &e);
		}
		updater_wake(l->agent->updater); /* the trust directory may be another one */
	} while (wait_ms(l, ms));
	return NULL;
}

bool link_new(struct agent *a, struct link **out, struct err *e)
{
	struct link *l = mem_new(struct link);
	pthread_condattr_t attr;

	if (!l)
		return err_nomem(e);
	l->agent = a;
	l->stranger_ms = -LINK_STRANGER_MS;
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->wake, &attr);
	pthread_condattr_destroy(&attr);
	*out = l;
	return true;
}

bool link_start(struct link *l, struct err *e)
{
	int failed = pthread_create(&l->thread, NULL, run, l);

	l->runs = !failed;
	return l->runs || err_sys(e, failed, "cannot start the link's thread");
}

void link_free(struct link *l)
{
	if (!l)
		return;
	if (l->runs) {
		pthread_mutex_lock(&l->lock);
		l->stopping = true;
		pthread_cond_signal(&l->wake);
		pthread_mutex_unlock(&l->lock);
		(void)pthread_join(l->thread, NULL);
	}
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	mem_free(l);
}

void link_wake(struct link *l)
{
	pthread_mutex_lock(&l->lock);
	l->woken = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
}

void link_stranger(struct link *l)
{
	int64_t now_ms = clock_mono_ms();
	bool too_soon;

	pthread_mutex_lock(&l->lock);
	too_soon = now_ms - l->stranger_ms < LINK_STRANGER_MS;
	if (!too_soon)
		l->stranger_ms = now_ms;
	pthread_mutex_unlock(&l->lock);
	if (!too_soon)
		link_wake(l);
}

bool link_update_check(struct link *l, const char *jti)
{
	bool room;

	pthread_mutex_lock(&l->lock);
	room = l->n_checks < LINK_CHECKS_MAX;
	if (room)
		text_copy(l->checks[l->n_checks++], REPLAY_ID_SIZE, jti);
	pthread_mutex_unlock(&l->lock);
	if (room)
		link_wake(l);
	return room;
}
