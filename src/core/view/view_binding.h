/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "store/changes.h"

/*
 * For core/ alone: bindings and changes as the doors show them. All give NULL when memory is
 * short.
 */
json_t *binding_state_view(const struct binding_state *s);
/* Either side of a change, whatever it is of. */
json_t *change_before_view(const struct change_row *r);
json_t *change_after_view(const struct change_row *r);
json_t *change_view(const struct change_row *r);
/* With what it shows at present and whether that is what is bound. */
bool binding_view(struct core *c, const struct binding_row *row, json_t **out,
		  struct err *e) MUST_USE;
const char *client_certs_name(int v);
const char *revocation_name(int v);
bool revocation_parse(const char *name, int *out) MUST_USE;
