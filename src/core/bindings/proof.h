/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "core/core.h"
#include "store/bindings.h"

/*
 * For core/ alone: publishing to the running console, and the proof of one binding by real
 * handshakes to each of its addresses under its name.
 */
enum publish_state { PUBLISHED, CONSOLE_DOWN };

/* Makes the running console serve what the database says. Errors: why it does not. */
bool publish_now(struct core *c, enum publish_state *out, struct err *e) MUST_USE;

#define PROOF_ADDRESSES_MAX 64 /* addresses tried for a binding on "*" */

/* *seen_out: every address showed cert. evidence: what each showed. Errors: memory, database. */
bool binding_prove(struct core *c, const struct binding_row *row, const char *cert_sha256,
		   bool *seen_out, struct buf *evidence, struct err *e) MUST_USE;
