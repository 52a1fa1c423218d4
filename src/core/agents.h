/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "core/core.h"

/*
 * Agents: who they are, what they hold, and who of them does not know the server any more.
 */
#define AGENTS_CSV_MAX ((size_t)256 << 20) /* bytes of the mismatch list */

/*
 * The mismatch list as CSV (RFC 4180), one row an agent, safe against formulas of spreadsheets:
 * agent_id,name,address,port,ntcer_sha256,ipcer_sha256,state,reason,last_seen,cure
 */
bool agents_mismatched_csv(struct core *c, struct buf *out, int64_t *n_out, struct err *e) MUST_USE;
