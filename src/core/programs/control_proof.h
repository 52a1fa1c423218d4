/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "trust/judge.h"

#include <stdint.h>

/*
 * Proving which program sits at the other end of a local socket (docs/IPC.md). Either side may ask, before it says or
 * does anything else:
 *
 *   {"op":"attest","nonce":32 hex digits}	{"proof":the same}, and one descriptor beside it
 *
 * The process that the kernel names as the peer is held by a descriptor and its executable opened first; then it must
 * send the proof itself, which the kernel attests, and still live. So neither another process that got hold of the
 * connection, nor one that became our program after it connected, nor one that was given the number of one that
 * ended, is taken for ours.
 */

/* Asks. view: whom to believe. Errors: as core/programs/program.h; ERR_TIMEOUT */
bool control_peer_proves(int fd, int timeout_ms, const struct trust_view *view, int64_t now_s,
			 struct err *e) MUST_USE;

/* As control_read(), and answers when the other side asks first. */
bool control_hear(int fd, int timeout_ms, json_t **out, struct err *e) MUST_USE;
