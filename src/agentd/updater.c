/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/updater.h"

#include "agentd/trust.h"
#include "agentd/update_files.h"
#include "agentd/update_step.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>
#include <time.h>

struct updater {
	struct agent *agent; /* borrowed: outlives its updater */
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows; not held while there is work */
	pthread_cond_t wake;
	bool runs, stopping, woken;
	/* the thread's own */
	int dir;
	int64_t swept; /* revision of the offer that the disk was swept for */
	struct agent_updates seen;
};

/* What is installed is what the disk says: somebody may have removed it. */
static void look_at_disk(struct updater *u)
{
	struct agent *a = u->agent;

	pthread_mutex_lock(&a->lock);
	for (size_t n = 0; n < a->state.updates.n; n++) {
		struct agent_update *i = &a->state.updates.items[n];

		update_installed(u->dir, i->package, i->installed);
		if (i->state == AGENT_UPDATE_CURRENT && strcmp(i->installed, i->version) != 0 &&
		    i->version[0])
			agent_update_enter(i, AGENT_UPDATE_DOWNLOADING, clock_now_s());
	}
	u->seen = a->state.updates;
	pthread_mutex_unlock(&a->lock);
	update_sweep(u->dir, &u->seen);
	u->swept = u->seen.revision;
}

/* The next package that is due, as a copy. */
static bool next(struct updater *u, const struct agent_trust *trust, struct update_work *w)
{
	struct agent *a = u->agent;
	struct agent_update *i;

	pthread_mutex_lock(&a->lock);
	i = agent_updates_due(&a->state.updates, trust ? agent_trust_digest(trust) : "",
			      clock_now_ms(), clock_mono_ms());
	*w = (struct update_work){.agent = a, .dir = u->dir, .trust = trust};
	if (i)
		w->item = *i;
	pthread_mutex_unlock(&a->lock);
	return i != NULL;
}

static bool has_to_stop(struct updater *u)
{
	bool stopping;

	pthread_mutex_lock(&u->lock);
	stopping = u->stopping;
	pthread_mutex_unlock(&u->lock);
	return stopping;
}

static void work(struct updater *u)
{
	struct agent *a = u->agent;
	struct update_work w;
	int64_t revision;

	pthread_mutex_lock(&a->lock);
	revision = a->state.updates.revision;
	pthread_mutex_unlock(&a->lock);
	if (revision != u->swept)
		look_at_disk(u);
	while (!has_to_stop(u)) {
		struct agent_trust *trust AUTO_AGENT_TRUST = trust_now(a);

		if (!next(u, trust, &w))
			return;
		update_step(&w);
	}
}

static bool wait_for_work(struct updater *u)
{
	struct agent *a = u->agent;
	int64_t now_ms = clock_mono_ms(), ms, until_ms;
	struct timespec until;
	bool stopping;

	pthread_mutex_lock(&a->lock);
	ms = agent_updates_wait_ms(&a->state.updates, now_ms);
	pthread_mutex_unlock(&a->lock);
	until_ms = now_ms + ms;
	until = (struct timespec){.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
	pthread_mutex_lock(&u->lock);
	while (!u->stopping && !u->woken)
		if (ms < 0)
			(void)pthread_cond_wait(&u->wake, &u->lock);
		else if (pthread_cond_timedwait(&u->wake, &u->lock, &until) != 0)
			break;
	u->woken = false;
	stopping = u->stopping;
	pthread_mutex_unlock(&u->lock);
	return !stopping;
}

static void *run(void *arg)
{
	struct updater *u = arg;

	look_at_disk(u);
	do
		work(u);
	while (wait_for_work(u));
	return NULL;
}

bool updater_new(struct agent *a, struct updater **out, struct err *e)
{
	struct updater *u = mem_new(struct updater);
	pthread_condattr_t attr;

	if (!u)
		return err_nomem(e);
	u->agent = a;
	u->dir = -1;
	pthread_mutex_init(&u->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&u->wake, &attr);
	pthread_condattr_destroy(&attr);
	*out = u;
	return true;
}

bool updater_start(struct updater *u, struct err *e)
{
	int failed;

	if (!update_dir_open(u->agent->dir, &u->dir, e))
		return false;
	failed = pthread_create(&u->thread, NULL, run, u);
	u->runs = !failed;
	return u->runs || err_sys(e, failed, "cannot start the thread of updates");
}

void updater_stop(struct updater *u)
{
	if (!u || !u->runs)
		return;
	pthread_mutex_lock(&u->lock);
	u->stopping = true;
	pthread_cond_signal(&u->wake);
	pthread_mutex_unlock(&u->lock);
	(void)pthread_join(u->thread, NULL);
	u->runs = false;
}

void updater_free(struct updater *u)
{
	if (!u)
		return;
	fd_autop(&u->dir);
	pthread_cond_destroy(&u->wake);
	pthread_mutex_destroy(&u->lock);
	mem_free(u);
}

void updater_wake(struct updater *u)
{
	pthread_mutex_lock(&u->lock);
	u->woken = true;
	pthread_cond_signal(&u->wake);
	pthread_mutex_unlock(&u->lock);
}

bool update_check(struct agent *a, struct err *e)
{
	struct agent_reach reach AUTO_AGENT_REACH = {.pins = CERT_LIST_INIT};
	json_t *answer AUTO_JSON = NULL;
	struct agent_link l;
	int64_t revision;
	size_t n;
	bool good;

	if (!agent_reach(a, &reach, e))
		return false;
	l = agent_link_of(a, &reach);
	if (!agent_updates_get(&l, &answer, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		*e = (struct err)ERR_INIT; /* a server of a version before there were updates */
		return true;
	}
	pthread_mutex_lock(&a->lock);
	good = agent_updates_offer(&a->state.updates, answer, clock_now_s(), e) && agent_save(a, e);
	revision = a->state.updates.revision;
	n = a->state.updates.n;
	pthread_mutex_unlock(&a->lock);
	if (good)
		log_info("agent.updates", "revision=%lld packages=%zu", (long long)revision, n);
	return good;
}

bool update_round(struct agent *a, int64_t revision, struct err *e)
{
	int64_t held;
	bool good = true;

	pthread_mutex_lock(&a->lock);
	held = a->state.updates.revision;
	pthread_mutex_unlock(&a->lock);
	if (revision >= 0 && revision != held)
		good = update_check(a, e);
	return good;
}
