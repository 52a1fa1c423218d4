/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "wire/agent_state.h"

/* For the agent's files of wire/ alone: the address of prefix and path at a server. */
void agent_url(const struct agent_place *place, bool https, const char *prefix, const char *path,
	       struct buf *out);
