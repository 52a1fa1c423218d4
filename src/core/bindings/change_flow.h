/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/bindings/bindings.h"
#include "core/bindings/change_steps.h"
#include "core/bindings/plan.h"
#include "store/changes.h"

/*
 * For core/ alone: what happens between the steps of a change: publish, files, proof, return. Each
 * gives the row as it is in the end; a change that went back because its certificate was not seen
 * is an answer (state reverted), not an error.
 */
/* Stage and commit in one transaction, so that a program that dies leaves no staged change. */
bool change_flow_set(struct core *c, const struct actor *by, const struct bind_plan *plan,
		     const char *checks_json, struct change_row *out, struct err *e) MUST_USE;
bool change_flow_set_mode(struct core *c, const struct actor *by, const struct mode_plan *plan,
			  const char *checks_json, struct change_row *out, struct err *e) MUST_USE;
bool change_flow_commit(struct core *c, const struct actor *by, const char *id,
			struct change_row *out, struct err *e) MUST_USE;
/* p NULL: makes a handshake of its own. Errors: change.wrong_connection, change.not_confirmed. */
bool change_flow_confirm(struct core *c, const struct actor *by, const char *id,
			 const struct confirm_proof *p, struct change_row *out,
			 struct err *e) MUST_USE;
bool change_flow_back(struct core *c, const struct actor *by, const char *id, const char *why,
		      struct change_row *out, struct err *e) MUST_USE;
/* Proves a change that was committed or confirmed without a proof; what is not seen goes back. */
bool change_flow_prove(struct core *c, const struct actor *by, const char *id,
		       struct change_row *out, struct err *e) MUST_USE;
/* Publishes again and proves what is bound, without a change. */
bool change_flow_refresh(struct core *c, const struct binding_row *row, bool *seen_out,
			 struct buf *evidence, struct err *e) MUST_USE;
