/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "wire/agent_server.h"
#include "wire/agent_state.h"
#include "wire/fetch.h"

/* For those who speak for the agent alone: the address of prefix and path at a server. */
void agent_url(const struct agent_place *place, bool https, const char *prefix, const char *path,
	       struct buf *out);

/* One call over a pinned connection; body NULL is a GET; any status is an answer. */
bool agent_exchange(const struct agent_link *l, const char *path, const json_t *body,
		    struct wire_answer *out, struct err *e) MUST_USE;
/* An answer that is none: what the server said, in its own public code where we have that too. */
bool agent_answer_refused(const struct wire_answer *a, const char *path, struct err *e);
