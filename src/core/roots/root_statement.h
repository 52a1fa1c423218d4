/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/agents/agent_desk.h"

/*
 * The catalogue as an agent believes it: what is offered (core/roots/root_catalogue.h), signed like a command and for this
 * agent alone.
 */
#define AGENT_ROOTS_TYP "cb-roots+jwt"

/* GET /officescan/agent/v1/roots: signed with the key whose certificate's SHA-256 the agent says it holds; ntcer NULL:
 * that it reported last. */
bool agent_roots(struct core *c, const struct agent_caller *who, const char *ntcer, struct buf *out,
		 struct err *e) MUST_USE;
