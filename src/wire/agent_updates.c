/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/agent_updates.h"

#include "base/attr.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *agent_update_state_name(enum agent_update_state s)
{
	static const char *const names[] = {[AGENT_UPDATE_CURRENT] = "current",
					    [AGENT_UPDATE_DOWNLOADING] = "downloading",
					    [AGENT_UPDATE_VERIFYING] = "verifying",
					    [AGENT_UPDATE_UPDATING] = "updating",
					    [AGENT_UPDATE_FAILED] = "failed"};

	return names[s];
}

static void cause_clear(struct agent_update *i)
{
	i->wait = UPDATE_WAIT_NONE;
	i->reason[0] = i->detail[0] = i->missing[0] = i->missing_sha256[0] = '\0';
	i->missing_is_root = false;
}

void agent_update_enter(struct agent_update *i, enum agent_update_state s, int64_t now_s)
{
	if (i->state != s)
		i->since_s = now_s;
	i->state = s;
	cause_clear(i);
}

void agent_update_wait(struct agent_update *i, enum update_wait w, const char *reason,
		       const char *detail, int64_t now_s)
{
	agent_update_enter(i, w == UPDATE_WAIT_OFFER ? AGENT_UPDATE_FAILED : i->state, now_s);
	i->wait = w;
	text_copy(i->reason, sizeof(i->reason), reason);
	text_copy(i->detail, sizeof(i->detail), detail);
}

static bool is_one_of(const char *code, const char *const *codes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return false;
}

enum update_wait agent_update_judge(const struct package_check *p)
{
	static const char *const trust[] = {"trust.chain_breaks", "trust.root_not_in_root",
					    "trust.not_in_issuer_list", "trust.root_store_mixed"};
	static const char *const clock[] = {"trust.expired", "trust.not_yet_valid"};

	if (p->missing[0] && is_one_of(p->reason, trust, ARRAY_LEN(trust)))
		return UPDATE_WAIT_TRUST;
	return is_one_of(p->reason, clock, ARRAY_LEN(clock)) ? UPDATE_WAIT_CLOCK
							     : UPDATE_WAIT_OFFER;
}

void agent_update_judged(struct agent_update *i, const struct package_check *p, int64_t now_s)
{
	enum update_wait w = agent_update_judge(p);

	if (w != UPDATE_WAIT_OFFER)
		agent_update_enter(i, AGENT_UPDATE_UPDATING, now_s);
	agent_update_wait(i, w, p->reason, p->explanation, now_s);
	text_copy(i->missing, sizeof(i->missing), p->missing);
	text_copy(i->missing_sha256, sizeof(i->missing_sha256), p->missing_sha256);
	i->missing_is_root = p->missing_is_root;
}

void agent_update_done(struct agent_update *i, int64_t now_s)
{
	if (strcmp(i->installed, i->version) != 0)
		text_copy(i->previous, sizeof(i->previous), i->installed);
	text_copy(i->installed, sizeof(i->installed), i->version);
	text_copy(i->installed_sha256, sizeof(i->installed_sha256), i->sha256);
	i->got = i->bytes;
	i->failures = 0;
	agent_update_enter(i, AGENT_UPDATE_CURRENT, now_s);
}

void agent_update_back_off(struct agent_update *i, int64_t mono_ms, int wait_s, uint32_t dice)
{
	int64_t ms = (int64_t)AGENT_UPDATE_TRY_MIN_MS << (i->failures < 16 ? i->failures : 16);

	ms = ms < AGENT_UPDATE_TRY_MAX_MS ? ms : AGENT_UPDATE_TRY_MAX_MS;
	ms = ms / 2 + (int64_t)(dice % 1024) * (ms - ms / 2) / 1023;
	i->next_ms = mono_ms + ms + (wait_s > 0 ? wait_s * INT64_C(1000) : 0);
	i->failures++;
}

static bool is_due(const struct agent_update *i, const char *trust, int64_t now_ms, int64_t mono_ms)
{
	int64_t moved_ms = now_ms - mono_ms - i->clock_ms;
	bool other_trust = strcmp(i->judged_with, trust) != 0;

	if (i->state == AGENT_UPDATE_CURRENT)
		return false;
	switch (i->wait) {
	case UPDATE_WAIT_NONE:
		return true;
	case UPDATE_WAIT_TRUST:
		return other_trust;
	case UPDATE_WAIT_CLOCK:
		return other_trust || mono_ms >= i->next_ms ||
		       llabs(moved_ms) >= AGENT_UPDATE_CLOCK_MOVED_MS;
	case UPDATE_WAIT_RETRY:
		return mono_ms >= i->next_ms;
	case UPDATE_WAIT_OFFER:
		break;
	}
	return false;
}

struct agent_update *agent_updates_due(struct agent_updates *u, const char *trust, int64_t now_ms,
				       int64_t mono_ms)
{
	for (size_t i = 0; i < u->n; i++)
		if (is_due(&u->items[i], trust, now_ms, mono_ms))
			return &u->items[i];
	return NULL;
}

int64_t agent_updates_wait_ms(const struct agent_updates *u, int64_t mono_ms)
{
	int64_t least = -1;

	for (size_t n = 0; n < u->n; n++) {
		const struct agent_update *i = &u->items[n];
		int64_t ms = i->next_ms > mono_ms ? i->next_ms - mono_ms : 0;

		if (i->state == AGENT_UPDATE_CURRENT ||
		    (i->wait != UPDATE_WAIT_CLOCK && i->wait != UPDATE_WAIT_RETRY))
			continue;
		if (least < 0 || ms < least)
			least = ms;
	}
	return least;
}

struct agent_update *agent_updates_find(struct agent_updates *u, const struct agent_update *like)
{
	for (size_t i = 0; i < u->n; i++)
		if (strcmp(u->items[i].package, like->package) == 0 &&
		    strcmp(u->items[i].version, like->version) == 0 &&
		    strcmp(u->items[i].sha256, like->sha256) == 0)
			return &u->items[i];
	return NULL;
}

void agent_update_again(struct agent_update *i)
{
	if (i->state == AGENT_UPDATE_CURRENT)
		return;
	i->next_ms = 0;
	i->failures = 0;
	i->judged_with[0] = '\0';
	if (i->wait != UPDATE_WAIT_NONE)
		i->wait = UPDATE_WAIT_RETRY;
}

void agent_updates_retry(struct agent_updates *u)
{
	for (size_t n = 0; n < u->n; n++) {
		u->items[n].retries++;
		agent_update_again(&u->items[n]);
	}
}
