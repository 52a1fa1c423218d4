/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/transfer.h"

#include "base/text.h"

#include <string.h>

void transfer_clear(struct transfer *t)
{
	publication_clear(&t->held);
	secret_clear(&t->registration.secret);
	*t = (struct transfer)TRANSFER_INIT;
}

bool transfer_password_fits(const struct agent_state *s, const struct secret *password,
			    struct err *e)
{
	return s->unload_hash[0] == '\0' || password_check(password, s->unload_hash) ||
	       err_reason(e, "agent.unload_password", "the unload password is wrong");
}

/* The first words over the new connection make the new secret the one that counts: where old and new
 * server are one, the old secret is void from here on and unregisters nobody. */
static bool greet(const struct agent_self *self, struct transfer *t, struct err *e)
{
	const struct agent_link l = {.place = &t->to,
				     .pins = &t->held.ipcer,
				     .id = self->id,
				     .secret = &t->registration.secret};
	struct agent_heartbeat beat;
	json_t *body AUTO_JSON = agent_heartbeat_json(&t->held, self->name, t->port);

	if (!body)
		return err_nomem(e);
	if (!agent_heartbeat(&l, body, &beat, e))
		return false;
	t->registration.heartbeat_s = beat.heartbeat_s;
	return true;
}

/* A leaked step waits for the first connection that is proved. */
static bool catch_up(struct transfer *t, struct err *e)
{
	int n = 0;

	if (t->registration.publication <= t->held.number)
		return true;
	return agent_follow(&t->to, &t->held, &n, e);
}

bool transfer_prepare(const struct agent_state *s, const struct agent_self *self,
		      const struct transfer_order *o, int64_t now_s, struct transfer *out,
		      struct err *e)
{
	struct transfer t AUTO_TRANSFER = {.to = o->to,
					   .port = o->agent_port ? o->agent_port : self->port};
	struct agent_self there = *self;

	if (!agent_place_is_sound(&o->to))
		return err_set(e, ERR_INVALID, "'%.60s' is no server", o->to.host);
	if (!agent_follow_from(&t.to, o->key, &t.held, e))
		return false;
	there.port = t.port;
	if (!agent_register(&t.to, &t.held, &there, now_s, &t.registration, e) ||
	    !greet(&there, &t, e) || !catch_up(&t, e))
		return false;
	t.keeps_sequence = agent_place_equal(&s->server, &o->to) && s->held.ntcer &&
			   cert_equal(s->held.ntcer, t.held.ntcer);
	*out = t;
	t = (struct transfer)TRANSFER_INIT;
	return true;
}

/* What must still be said to the server that the agent leaves. */
static bool leave(const struct agent_state *s, int64_t now_s, struct agent_former *out,
		  struct err *e)
{
	struct agent_former f AUTO(former_clear) = {.place = s->server, .since_s = now_s};

	for (size_t i = 0; i < s->held.ipcer.n; i++)
		if (!cert_list_add(&f.pins, s->held.ipcer.items[i], e))
			return false;
	if (!secret_set(&f.secret, s->secret.data, s->secret.len, e))
		return false;
	*out = f;
	f = (struct agent_former){.since_s = 0};
	return true;
}

bool transfer_apply(struct agent_state *s, struct transfer *t, int64_t now_s, struct err *e)
{
	struct agent_former former = {.since_s = 0};

	if (!agent_place_equal(&s->server, &t->to) && s->secret.len > 0) {
		if (!leave(s, now_s, &former, e))
			return false;
		former_clear(&s->former);
		s->former = former;
	}
	s->server = t->to;
	secret_move(&s->secret, &t->registration.secret);
	cert_unref(s->root);
	s->root = NULL;
	publication_clear(&s->held);
	s->held = t->held;
	t->held = (struct publication)PUBLICATION_INIT;
	s->port = t->port;
	s->configuration.revision = 0; /* to be fetched */
	s->updates.revision = -1;      /* likewise */
	s->configuration.heartbeat_s = t->registration.heartbeat_s;
	if (t->keeps_sequence)
		return true;
	s->replay.seq = 0;
	catalogue_clear(&s->catalogue); /* the next server counts its own revisions */
	return true;
}

bool former_unregister(const char *agent_id, const struct agent_former *f, struct err *e)
{
	const struct agent_link l = {
		.place = &f->place, .pins = &f->pins, .id = agent_id, .secret = &f->secret};

	return agent_unregister(&l, e);
}

void former_clear(struct agent_former *f)
{
	secret_clear(&f->secret);
	cert_list_clear(&f->pins);
	*f = (struct agent_former){.since_s = 0};
}

bool former_copy(const struct agent_former *from, struct agent_former *out, struct err *e)
{
	struct agent_former f AUTO(former_clear) = {.place = from->place, .since_s = from->since_s};

	for (size_t i = 0; i < from->pins.n; i++)
		if (!cert_list_add(&f.pins, from->pins.items[i], e))
			return false;
	if (!secret_set(&f.secret, from->secret.data, from->secret.len, e))
		return false;
	*out = f;
	f = (struct agent_former){.since_s = 0};
	return true;
}
