/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "store/changes.h"

/*
 * For core/bindings/change_steps.c alone, inside its transactions: what a change does to the rows of bindings
 * and to the trust mode, and how that is taken back. Both move the generations.
 */
/* Fills binding, agents_from and generation of r. */
bool change_apply(struct core *c, struct change_row *r, struct err *e) MUST_USE;
bool change_undo(struct core *c, const struct change_row *r, struct err *e) MUST_USE;
/* What a change goes back to must still be there. */
bool change_former_is_there(struct core *c, const struct change_row *r, bool *out,
			    struct err *e) MUST_USE;
