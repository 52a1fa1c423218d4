/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/command.h"

#include "base/text.h"
#include "core/authentication/jws.h"

#include <string.h>

void command_clear(struct command *c)
{
	json_decref(c->args);
	*c = (struct command)COMMAND_INIT;
}

static bool copy_text(const json_t *payload, const char *key, char *out, size_t size, struct err *e)
{
	const char *text = "";

	if (!json_get_str(payload, key, &text, e))
		return false;
	if (text[0] == '\0' || strlen(text) >= size)
		return err_set(e, ERR_INVALID, "member '%s' is empty or too long", key);
	text_copy(out, size, text);
	return true;
}

static bool read_members(const json_t *payload, struct command *c, struct err *e)
{
	json_t *args = json_object_get(payload, "args");

	if (!copy_text(payload, "jti", c->jti, sizeof(c->jti), e) ||
	    !copy_text(payload, "cmd", c->cmd, sizeof(c->cmd), e) ||
	    !copy_text(payload, "iss", c->iss, sizeof(c->iss), e) ||
	    !json_get_int(payload, "iat", 0, INT64_MAX / 2, &c->iat_s, e) ||
	    !json_get_int(payload, "exp", 0, INT64_MAX / 2, &c->exp_s, e) ||
	    !json_get_int(payload, "seq", 1, INT64_MAX, &c->seq, e))
		return false;
	if (c->exp_s < c->iat_s || c->exp_s - c->iat_s > COMMAND_LIFE_MAX_S)
		return err_set(e, ERR_INVALID, "it lives for %lld s, at most %d",
			       (long long)(c->exp_s - c->iat_s), COMMAND_LIFE_MAX_S);
	if (args && !json_is_null(args) && !json_is_object(args))
		return err_set(e, ERR_INVALID, "args is no object");
	c->args = json_is_object(args) ? json_incref(args) : NULL;
	return true;
}

static bool may_act(const struct command_judge *j, const struct command *c, const char *aud,
		    struct err *e)
{
	int64_t skew_s = j->skew_s < 0			  ? 0
			 : j->skew_s > COMMAND_SKEW_MAX_S ? COMMAND_SKEW_MAX_S
							  : j->skew_s;

	if (strcmp(aud, j->agent_id) != 0)
		return err_reason(e, "command.audience", "it is for agent %.40s", aud);
	if (j->now_s - skew_s > c->exp_s)
		return err_reason(e, "command.expired", "it expired %lld s ago, %lld s are allowed",
				  (long long)(j->now_s - c->exp_s), (long long)skew_s);
	if (c->iat_s - skew_s > j->now_s)
		return err_reason(e, "command.early", "it is made in %lld s, %lld s are allowed",
				  (long long)(c->iat_s - j->now_s), (long long)skew_s);
	if (replay_has(j->seen, c->jti))
		return err_reason(e, "command.replayed", "command %.64s was here before", c->jti);
	if (c->seq <= j->seen->seq)
		return err_reason(e, "command.sequence", "it is number %lld, number %lld was here",
				  (long long)c->seq, (long long)j->seen->seq);
	return true;
}

/* jws.* in the words of this link */
static bool refused(const struct err *why, struct err *e)
{
	const char *code = err_is(why, "jws.corrupt") ? "command.corrupt" : "command.signature";

	if (why->code == ERR_NOMEM)
		return err_nomem(e);
	return err_reason(e, code, "%s", why->text);
}

bool command_verify(const struct command_judge *j, struct span token, struct command *out,
		    struct err *e)
{
	struct command c AUTO_COMMAND = COMMAND_INIT;
	json_t *payload AUTO_JSON = NULL;
	struct err why = ERR_INIT;
	const char *aud = "";

	if (token.len > COMMAND_MAX_BYTES)
		return err_reason(e, "command.corrupt", "%zu bytes, at most %zu", token.len,
				  COMMAND_MAX_BYTES);
	if (!jws_verify(token, j->key, COMMAND_TYP, &payload, &why))
		return refused(&why, e);
	if (!json_get_str(payload, "aud", &aud, &why) || !read_members(payload, &c, &why))
		return err_reason(e, "command.corrupt", "%s", why.text);
	if (!may_act(j, &c, aud, e))
		return false;
	*out = c;
	c = (struct command)COMMAND_INIT;
	return true;
}

int64_t command_remember_s(const struct command *c)
{
	return c->exp_s + COMMAND_SKEW_MAX_S;
}
