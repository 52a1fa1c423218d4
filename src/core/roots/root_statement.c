/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/roots/root_statement.h"

#include "base/text.h"
#include "core/agents/agent_impl.h"
#include "core/agents/command_signer.h"
#include "core/agents/rollout_engine.h"
#include "core/authentication/jws.h"
#include "core/console/settings.h"
#include "core/roots/root_catalogue.h"

static bool ntcer_take(void *arg, const struct agent_row *r, struct err *e)
{
	(void)e; /* nothing fails here */
	text_copy(arg, 2 * SHA256_BYTES + 1, r->ntcer_sha256);
	return true;
}

bool agent_roots(struct core *c, const struct agent_caller *who, const char *ntcer, struct buf *out,
		 struct err *e)
{
	struct command_signers signers AUTO_COMMAND_SIGNERS = COMMAND_SIGNERS_INIT;
	char id[AGENT_ID_SIZE], reported[2 * SHA256_BYTES + 1] = "";
	const struct authentication_pair *pair;
	struct buf server AUTO_BUF = BUF_INIT;
	json_t *claims AUTO_JSON = NULL;
	int64_t now = core_now_s(c);

	if (!agent_known(c, who, id, ntcer_take, reported, e) || !root_offer(c, &claims, e) ||
	    !settings_server_name(c, &server, e) || !command_signers_open(c, &signers, e))
		return false;
	/* a report waits to be written: what the agent says now is newer than what it reported last */
	pair = command_signer_for(c, &signers, ntcer ? ntcer : reported);
	if (json_object_set_new(claims, "iss", json_string(buf_str(&server))) != 0 ||
	    json_object_set_new(claims, "aud", json_string(id)) != 0 ||
	    json_object_set_new(claims, "iat", json_integer((json_int_t)now)) != 0 ||
	    json_object_set_new(claims, "exp",
				json_integer((json_int_t)(now + ROLLOUT_COMMAND_LIFE_S))) != 0)
		return err_nomem(e);
	return jws_sign(&pair->pkcs8, pair->cert, AGENT_ROOTS_TYP, claims, out, e);
}
