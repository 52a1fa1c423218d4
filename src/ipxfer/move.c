/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "ipxfer/move.h"

#include "base/clock.h"
#include "base/text.h"
#include "core/programs/control.h"
#include "core/state_lock.h"
#include "core/updates/package.h"
#include "wire/agent_dir.h"
#include "wire/agent_trust.h"

#include <unistd.h>

static json_t *result(const struct transfer_order *o, const char *id, int64_t number, bool told)
{
	return json_pack("{s:s, s:s, s:i, s:I, s:b}", "id", id, "server", o->to.host, "https_port",
			 (int)o->to.https_port, "publication", (json_int_t)number, "told", told);
}

/* The agent runs: it does it itself. */
static bool ask_agent(const char *dir, const struct transfer_order *o,
		      const struct secret *password, json_t **out, struct err *e)
{
	struct buf der AUTO_BUF = BUF_INIT;
	json_t *request AUTO_JSON = NULL, *answer AUTO_JSON = NULL;
	const char *id = "";
	int64_t number = 0;
	bool told = false;

	base64_encode(span_of(o->key->der, o->key->der_len), &der);
	request = json_pack("{s:s, s:s, s:i, s:i, s:i, s:s, s:s%}", "op", "transfer", "server",
			    o->to.host, "https_port", (int)o->to.https_port, "http_port",
			    (int)o->to.http_port, "agent_port", (int)o->agent_port, "certificate",
			    buf_str(&der), "password",
			    password->data ? (const char *)password->data : "", password->len);
	if (!request || !buf_ok(&der))
		return err_set(e, ERR_INVALID, "the password is no UTF-8");
	if (!control_call_on(dir, AGENT_SOCKET, request, MOVE_TIMEOUT_MS, &answer, e) ||
	    !json_get_str(answer, "id", &id, e) ||
	    !json_get_int(answer, "publication", 0, INT64_MAX, &number, e) ||
	    !json_get_bool_opt(answer, "told", &told, e))
		return false;
	*out = result(o, id, number, told);
	return *out || err_nomem(e);
}

static bool save(const char *dir, const struct agent_state *s, struct err *e)
{
	return agent_state_save(dir, s, e) && agent_state_copies(dir, s, e);
}

/* With the state locked. */
static bool work(const char *dir, const struct transfer_order *o, const struct secret *password,
		 json_t **out, struct err *e)
{
	struct agent_identity identity AUTO_AGENT_IDENTITY = AGENT_IDENTITY_INIT;
	struct transfer t AUTO_TRANSFER = TRANSFER_INIT;
	struct agent_state s AUTO_AGENT_STATE;
	char name[256] = "";
	struct agent_self self = {.name = name, .identity = &identity};
	bool found = false, told = true;
	struct err why = ERR_INIT;
	int64_t now_s = clock_now_s();

	agent_state_init(&s);
	(void)gethostname(name, sizeof(name) - 1);
	if (!agent_state_load(dir, &s, &found, e))
		return false;
	if (!found)
		return err_set(e, ERR_NOT_FOUND, "there is no agent in '%s'", dir);
	self.id = s.id;
	self.port = s.port;
	if (!transfer_password_fits(&s, password, e) ||
	    !agent_identity_load(dir, false, now_s, &identity, e) ||
	    !transfer_prepare(&s, &self, o, now_s, &t, e) || !transfer_apply(&s, &t, now_s, e) ||
	    !save(dir, &s, e))
		return false;
	if (s.former.place.host[0]) {
		told = former_unregister(s.id, &s.former, &why);
		if (told) {
			former_clear(&s.former);
			told = agent_state_save(dir, &s, &why);
		}
	}
	*out = result(o, s.id, s.held.number, told);
	return *out || err_nomem(e);
}

/* One that ends while it works is not stood in for: somebody ended it. */
static bool agent_runs(const char *dir)
{
	json_t *request AUTO_JSON = json_pack("{s:s}", "op", "status"), *answer AUTO_JSON = NULL;
	struct err e = ERR_INIT;

	return (request &&
		control_call_on(dir, AGENT_SOCKET, request, MOVE_TIMEOUT_MS, &answer, &e)) ||
	       !err_is(&e, "daemon.down");
}

/* Where the agent's policy says so, the one that listens is looked at as well, before it gets a password. */
static bool demand_signatures(const char *dir, struct err *e)
{
	struct agent_state s AUTO_AGENT_STATE;
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	struct trust_view *view = NULL;
	bool found = false;

	agent_state_init(&s);
	if (!agent_state_load(dir, &s, &found, e))
		return false;
	if (!s.configuration.ipc_signatures)
		return true;
	if (!agent_trust_read(dir, &t, e) ||
	    !package_view_new(agent_trust_roots(t), agent_trust_intermediates(t),
			      agent_trust_disallowed(t), &view, e))
		return false;
	control_demand(view);
	return true;
}

bool move_agent(const char *state_dir, const struct transfer_order *o,
		const struct secret *password, json_t **out, struct err *e)
{
	int lock = -1;
	bool good;

	if (agent_runs(state_dir)) {
		if (!demand_signatures(state_dir, e))
			return false;
		if (ask_agent(state_dir, o, password, out, e))
			return true;
		return err_is(e, "daemon.down")
			       ? err_reason(e, "agent.busy", "the agent ended in between")
			       : false;
	}
	if (!state_lock(state_dir, &lock, e)) {
		if (!err_is(e, "daemon.running"))
			return false;
		return err_reason(e, "agent.busy", "the agent of '%s' starts or ends", state_dir);
	}
	good = work(state_dir, o, password, out, e);
	(void)close(lock);
	return good;
}
