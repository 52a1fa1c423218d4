/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "core/bindings/bindings.h"

#include <string.h>

bool api_changes_show(struct api_call *c, struct err *e)
{
	json_t *change = NULL;

	return change_show(c->core, api_param(c, "id"), &change, e) && api_reply(c, 200, change);
}

static bool present(struct api_call *c, json_t **out, struct err *e)
{
	return change_show(c->core, api_param(c, "id"), out, e) && api_match(c, *out, e);
}

/* Answers with the change; where the step failed, with its checks and evidence too. */
static bool answer(struct api_call *c, bool good, json_t *change)
{
	json_t *checks = json_object_get(change, "checks");

	if (good)
		return api_reply(c, 200, change);
	if (checks)
		c->more = json_pack("{s:O}", "checks", checks);
	json_decref(change);
	return false;
}

bool api_changes_abort(struct api_call *c, struct err *e)
{
	json_t *before AUTO_JSON = NULL;
	json_t *change = NULL;
	bool good;

	if (!present(c, &before, e))
		return false;
	if (c->dry_run)
		return api_reply(c, 200, json_incref(before));
	good = change_abort(c->core, &c->actor, api_param(c, "id"), &change, e);
	return answer(c, good, change);
}

bool api_changes_commit(struct api_call *c, struct err *e)
{
	json_t *before AUTO_JSON = NULL;
	json_t *change = NULL;
	bool good;

	if (!present(c, &before, e))
		return false;
	if (c->dry_run)
		return api_reply(c, 200, json_incref(before));
	good = change_commit(c->core, &c->actor, api_param(c, "id"), &change, e);
	return answer(c, good, change);
}

bool api_changes_confirm(struct api_call *c, struct err *e)
{
	const struct peer *peer = http_peer(c->http);
	struct confirm_proof proof = {.cert_sha256 = peer->host_cert_sha256,
				      .full_handshake = !peer->resumed,
				      .tls_generation = peer->tls_generation,
				      .trust_generation = http_served(c->http)->trust_generation};
	json_t *change = NULL;
	bool good;

	if (c->dry_run)
		return api_changes_show(c, e);
	good = change_confirm(c->core, &c->actor, api_param(c, "id"), &proof, &change, e);
	if (!good && err_is(e, "change.wrong_connection")) /* the next try is a new connection */
		http_reply_header(c->http, "Connection", "close");
	return answer(c, good, change);
}

/* An open change goes back; after a confirmed one, what was there before it is bound again. */
bool api_changes_rollback(struct api_call *c, struct err *e)
{
	const char *id = api_param(c, "id");
	json_t *before AUTO_JSON = NULL;
	json_t *change = NULL;
	const char *state, *endpoint;
	bool good;

	if (!present(c, &before, e))
		return false;
	if (c->dry_run)
		return api_reply(c, 200, json_incref(before));
	state = json_string_value(json_object_get(before, "state"));
	endpoint = json_string_value(json_object_get(before, "endpoint"));
	if (state && strcmp(state, "confirmed") == 0 && endpoint &&
	    json_is_string(json_object_get(before, "binding")))
		good = bind_rollback(c->core, &c->actor, endpoint, id, &change, e);
	else
		good = change_abort(c->core, &c->actor, id, &change, e);
	return answer(c, good, change);
}

bool api_drift_show(struct api_call *c, struct err *e)
{
	json_t *drift = NULL;

	return drift_show(c->core, &drift, e) && api_reply(c, 200, drift);
}

bool api_drift_repair(struct api_call *c, struct err *e)
{
	json_t *drift = NULL;

	if (c->dry_run)
		return api_drift_show(c, e);
	return drift_repair(c->core, &c->actor, &drift, e) && api_reply(c, 200, drift);
}
