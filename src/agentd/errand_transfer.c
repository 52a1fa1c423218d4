/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/errands.h"
#include "agentd/link.h"
#include "agentd/listener.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

static bool former_take(struct agent *a, struct agent_former *out, struct err *e)
{
	bool good = true;

	pthread_mutex_lock(&a->lock);
	if (a->state.former.place.host[0])
		good = former_copy(&a->state.former, out, e);
	pthread_mutex_unlock(&a->lock);
	return good;
}

static bool former_forget(struct agent *a, struct err *e)
{
	bool good;

	pthread_mutex_lock(&a->lock);
	former_clear(&a->state.former);
	good = agent_save(a, e);
	pthread_mutex_unlock(&a->lock);
	return good;
}

bool errand_former(struct agent *a, struct err *e)
{
	struct agent_former f AUTO(former_clear) = {.since_s = 0};

	if (!former_take(a, &f, e))
		return false;
	if (!f.place.host[0])
		return true;
	if (!former_unregister(a->id, &f, e)) {
		if (clock_now_s() - f.since_s < AGENT_FORMER_S)
			return false;
		log_notice("agent.former", "%s is not told any more: %s", f.place.host, e->text);
		*e = (struct err)ERR_INIT;
	} else {
		log_info("agent.former", "unregistered at %s:%u", f.place.host,
			 (unsigned)f.place.https_port);
	}
	return former_forget(a, e);
}

static bool password_fits(struct agent *a, const struct secret *password, struct err *e)
{
	struct agent_state only_hash AUTO_AGENT_STATE;

	agent_state_init(&only_hash);
	pthread_mutex_lock(&a->lock);
	text_copy(only_hash.unload_hash, sizeof(only_hash.unload_hash), a->state.unload_hash);
	pthread_mutex_unlock(&a->lock); /* hashing takes long */
	return transfer_password_fits(&only_hash, password, e);
}

/* With turn held. */
static bool move(struct agent *a, const struct transfer_order *o, struct err *e)
{
	const struct agent_self self = agent_self_of(a);
	struct transfer t AUTO_TRANSFER = TRANSFER_INIT;
	bool good;

	if (o->agent_port && o->agent_port != self.port &&
	    !listener_try(a->listener, o->agent_port, e))
		return false;
	if (!transfer_prepare(&a->state, &self, o, clock_now_s(), &t, e))
		return false;
	pthread_mutex_lock(&a->lock);
	good = transfer_apply(&a->state, &t, clock_now_s(), e) && agent_save(a, e);
	if (good) {
		a->link_state = LINK_CURRENT;
		a->link_error[0] = '\0';
	} else {
		agent_reload(a);
	}
	pthread_mutex_unlock(&a->lock);
	return good && agent_state_copies(a->dir, &a->state, e) &&
	       listener_move(a->listener, a->state.port, e);
}

bool errand_transfer(struct agent *a, const struct transfer_order *o, const struct secret *password,
		     bool *told_out, struct err *e)
{
	struct err why = ERR_INIT;
	bool good;

	if (!password_fits(a, password, e))
		return false;
	pthread_mutex_lock(&a->turn);
	good = move(a, o, e);
	pthread_mutex_unlock(&a->turn);
	if (!good)
		return false;
	log_info("agent.transfer", "now with %s:%u", o->to.host, (unsigned)o->to.https_port);
	*told_out = errand_former(a, &why);
	if (!*told_out)
		log_notice("agent.former", "is told later: %s", why.text);
	link_wake(a->link);
	return true;
}
