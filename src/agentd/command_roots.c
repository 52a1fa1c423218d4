/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/link.h"
#include "agentd/trust.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/reason.h"
#include "base/text.h"

#include <string.h>

/* What became of each: certificates that came, that were there, and that did not come. */
struct outcome {
	json_t *installed, *held, *failed; /* borrowed from result */
	json_t *result;
};

static bool outcome_begin(struct outcome *o)
{
	o->installed = json_array();
	o->held = json_array();
	o->failed = json_array();
	o->result = json_pack("{s:o, s:o, s:o}", "installed", o->installed, "held", o->held,
			      "failed", o->failed);
	return o->result != NULL;
}

/* The first failure stands for all where a result is looked at as a whole. */
static void fail(struct outcome *o, const char *sha256, const struct err *e)
{
	char detail[ROOTS_DETAIL_MAX];

	text_copy(detail, sizeof(detail), e->text);
	(void)json_array_append_new(o->failed, json_pack("{s:s, s:s, s:o}", "sha256", sha256,
							 "code", err_public(e)->code, "detail",
							 json_text(span_str(detail))));
	if (json_object_get(o->result, "error"))
		return;
	(void)json_object_set_new(o->result, "error", json_string(err_public(e)->code));
	(void)json_object_set_new(o->result, "detail", json_text(span_str(detail)));
}

static bool order_read(const json_t *args, struct catalogue *out, struct err *e)
{
	struct catalogue c AUTO_CATALOGUE = CATALOGUE_INIT;
	json_t *list = NULL;
	size_t n;

	if (args && !json_get_array_opt(args, "install", &list, e))
		return false;
	n = json_array_size(list);
	if (n == 0)
		return json_refuse(e, "install", "names no certificate");
	if (n > ROOTS_INSTALL_MAX)
		return err_reason(e, "request.member", "%zu certificates, at most %d", n,
				  ROOTS_INSTALL_MAX);
	c.items = mem_array(n, sizeof(*c.items));
	if (!c.items)
		return err_nomem(e);
	for (; c.n < n; c.n++)
		if (!catalogue_item_read(json_array_get(list, c.n), &c.items[c.n], e))
			return false;
	*out = c;
	c = (struct catalogue)CATALOGUE_INIT;
	return true;
}

/* With trust_turn held. */
static void install(struct agent *a, struct root_source *from, const struct catalogue *order,
		    struct outcome *o)
{
	int64_t until_ms = clock_mono_ms() + ROOTS_COMMAND_MS;
	struct agent_trust *t AUTO_AGENT_TRUST = trust_now(a);
	struct err away = ERR_INIT;

	if (!t)
		(void)trust_unreadable(a, &away);
	for (size_t i = 0; i < order->n; i++) {
		const struct catalogue_item *item = &order->items[i];
		struct err e = away;
		bool held = false;

		if (e.code == ERR_OK && clock_mono_ms() >= until_ms)
			(void)err_reason(&e, "download.timeout",
					 "there was no time left for it in this command");
		if (e.code == ERR_OK &&
		    trust_take(a, t, json_array_size(o->installed), from, item, &held, &e)) {
			(void)json_array_append_new(held ? o->held : o->installed,
						    json_string(item->sha256));
			continue;
		}
		if (trust_server_is_away(&e))
			away = e;
		log_notice("agent.root", "store=%s sha256=%s code=%s why=%s", item->store,
			   item->sha256, err_public(&e)->code, e.text);
		fail(o, item->sha256, &e);
	}
}

static void run(struct agent *a, const struct catalogue *order, struct outcome *o)
{
	struct agent_reach reach AUTO_AGENT_REACH = {.pins = CERT_LIST_INIT};
	struct root_source *from AUTO_ROOT_SOURCE = NULL;
	struct err e = ERR_INIT;

	if (!agent_reach(a, &reach, &e) || !root_source_new(&reach.place, &reach.pins, &from, &e)) {
		fail(o, "", &e);
		return;
	}
	pthread_mutex_lock(&a->trust_turn);
	install(a, from, order, o);
	pthread_mutex_unlock(&a->trust_turn);
}

json_t *command_roots(struct agent *a, const json_t *args)
{
	struct catalogue order AUTO_CATALOGUE = CATALOGUE_INIT;
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	struct err e = ERR_INIT;
	struct outcome o;

	if (!outcome_begin(&o))
		return NULL;
	if (order_read(args, &order, &e))
		run(a, &order, &o);
	else
		fail(&o, "", &e);
	t = trust_now(a);
	(void)json_object_set_new(o.result, "digest",
				  t ? json_string(agent_trust_digest(t)) : json_null());
	link_wake(a->link); /* the server hears at once what is held now */
	return o.result;
}
