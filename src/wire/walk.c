/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/walk.h"

#include "base/json.h"
#include "core/authentication/jws.h"

#include <string.h>

bool walk_on(struct publication *held, const struct walk_source *s, int *n_out, struct err *e)
{
	for (*n_out = 0; *n_out < WALK_STEPS_MAX; ++*n_out) {
		struct publication next = PUBLICATION_INIT;
		struct buf token AUTO_BUF = BUF_INIT;
		bool found = false;

		buf_init(&token, JWS_MAX_BYTES);
		if (!s->fetch(s->arg, held->number + 1, &token, &found, e))
			return false;
		if (!found)
			return true;
		if (!publication_follow(held, buf_span(&token), s->pinned, &next, e))
			return false;
		publication_clear(held);
		*held = next;
	}
	return true;
}

/* What a token that nobody verified says of itself: good for knowing what to ask next. */
static bool peek(struct span token, const struct cert *key, int64_t *number_out, bool *ours_out,
		 struct err *e)
{
	json_t *header AUTO_JSON = NULL, *payload AUTO_JSON = NULL;
	const char *kid = "";

	if (!jws_peek(token, &header, &payload, e) || !json_get_str_opt(header, "kid", &kid, e) ||
	    !json_get_int(payload, "number", 1, INT64_MAX, number_out, e))
		return err_reason(e, "agent.unproved", "the server's publications are unreadable");
	*ours_out = strcmp(kid, key->id) == 0;
	return true;
}

bool walk_begin(const struct cert *key, const struct walk_source *s, struct publication *out,
		struct err *e)
{
	int64_t ask = WALK_LATEST, number = 0;

	for (int i = 0; i < WALK_STEPS_MAX; i++) {
		struct buf token AUTO_BUF = BUF_INIT;
		bool found = false, ours = false;

		buf_init(&token, JWS_MAX_BYTES);
		if (!s->fetch(s->arg, ask, &token, &found, e))
			return false;
		if (!found || !peek(buf_span(&token), key, &number, &ours, e))
			return found ? false
				     : err_reason(e, "agent.unproved",
						  "the server has no publication to prove itself");
		if (ours)
			return publication_begin(key, buf_span(&token), out, e);
		if ((ask != WALK_LATEST && number != ask) || number <= 1)
			break;
		ask = number - 1;
	}
	return err_reason(e, "agent.unproved",
			  "the key of the certificate given (%.16s...) signed none of the server's "
			  "publications",
			  key->id);
}
