/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/trust.h"

#include "base/log.h"
#include "base/reason.h"
#include "base/text.h"

#include <string.h>

static void log_ignored(const struct agent_trust *t)
{
	size_t n, total;
	const struct agent_trust_ignored *files = agent_trust_ignored(t, &n, &total);

	for (size_t i = 0; i < n; i++)
		log_notice("agent.trust", "ignored=%s why=%s", files[i].file, files[i].why);
	if (total > n)
		log_notice("agent.trust", "ignored more: %zu", total - n);
}

/* With trust_lock held; says once what is wrong. */
static void refresh(struct agent *a)
{
	const struct agent_trust *before = a->trust;
	struct err e = ERR_INIT;
	bool changed = false;

	if (!agent_trust_refresh(a->dir, &a->trust, &changed, &e)) {
		if (strcmp(a->trust_error, e.text) != 0)
			log_notice("agent.trust", "cannot be read: %s", e.text);
		text_copy(a->trust_error, sizeof(a->trust_error), e.text);
		return;
	}
	a->trust_error[0] = '\0';
	if (a->trust != before)
		log_ignored(a->trust);
	if (changed)
		log_info("agent.trust", "certificates=%zu digest=%s", agent_trust_count(a->trust),
			 agent_trust_digest(a->trust));
}

struct agent_trust *trust_now(struct agent *a)
{
	struct agent_trust *t = NULL;

	pthread_mutex_lock(&a->trust_lock);
	refresh(a);
	if (a->trust && !a->trust_error[0])
		t = agent_trust_ref(a->trust);
	pthread_mutex_unlock(&a->trust_lock);
	return t;
}

bool trust_unreadable(struct agent *a, struct err *e)
{
	pthread_mutex_lock(&a->trust_lock);
	(void)err_set(e, ERR_IO, "the trust directory cannot be read: %.190s", a->trust_error);
	pthread_mutex_unlock(&a->trust_lock);
	return false;
}

json_t *trust_state(struct agent *a)
{
	struct agent_trust *t AUTO_AGENT_TRUST = trust_now(a);
	enum agent_root_policy policy;
	int64_t revision;

	if (!t)
		return NULL;
	pthread_mutex_lock(&a->lock);
	policy = a->state.configuration.root_policy;
	revision = a->state.catalogue.revision;
	pthread_mutex_unlock(&a->lock);
	return json_pack("{s:s, s:I, s:s, s:I}", "digest", agent_trust_digest(t), "count",
			 (json_int_t)agent_trust_count(t), "policy", agent_root_policy_name(policy),
			 "catalogue", (json_int_t)revision);
}

json_t *trust_view(struct agent *a)
{
	struct agent_trust *t AUTO_AGENT_TRUST = trust_now(a);
	const struct agent_trust_ignored *files = NULL;
	json_t *list = json_array(), *out;
	size_t n = 0, total = 0;

	if (t)
		files = agent_trust_ignored(t, &n, &total);
	for (size_t i = 0; list && i < n; i++)
		(void)json_array_append_new(
			list, json_pack("{s:o, s:o}", "file", json_text(span_str(files[i].file)),
					"why", json_text(span_str(files[i].why))));
	pthread_mutex_lock(&a->trust_lock);
	out = json_pack("{s:o, s:I, s:o}", "ignored", list, "ignored_total", (json_int_t)total,
			"error", json_text(span_str(a->trust_error)));
	pthread_mutex_unlock(&a->trust_lock);
	return out;
}

bool errand_inventory(struct agent *a, struct err *e)
{
	struct agent_reach reach AUTO_AGENT_REACH = {.pins = CERT_LIST_INIT};
	struct agent_trust *t AUTO_AGENT_TRUST = trust_now(a);
	json_t *body AUTO_JSON = NULL;
	struct agent_link l;

	if (!t)
		return trust_unreadable(a, e);
	body = agent_trust_inventory(t);
	if (!body)
		return err_nomem(e);
	if (!agent_reach(a, &reach, e))
		return false;
	l = agent_link_of(a, &reach);
	if (!agent_say(&l, "/inventory", body, e))
		return false;
	log_info("agent.inventory", "certificates=%zu digest=%s", agent_trust_count(t),
		 agent_trust_digest(t));
	return true;
}

bool trust_take(struct agent *a, const struct agent_trust *t, size_t n_more,
		struct root_source *from, const struct catalogue_item *item, bool *held_out,
		struct err *e)
{
	struct cert *c AUTO_CERT = NULL;

	*held_out = agent_trust_holds(t, item->store, item->sha256);
	if (*held_out)
		return true;
	if (agent_trust_count(t) + n_more >= AGENT_TRUST_MAX)
		return err_reason(e, "root.full", "it holds %d certificates", AGENT_TRUST_MAX);
	if (!root_fetch(from, item, t, &c, e) ||
	    !agent_trust_add(a->dir, item->store, c, held_out, e))
		return false;
	if (!*held_out)
		log_info("agent.root", "store=%s sha256=%s name=%s", item->store, item->sha256,
			 item->name);
	return true;
}

bool trust_server_is_away(const struct err *e)
{
	return (e->code == ERR_UNREACHABLE || e->code == ERR_TIMEOUT) &&
	       !err_is(e, "download.failed");
}
