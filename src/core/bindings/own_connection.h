/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/bindings.h"
#include "trust/judge.h"

/*
 * For core/ alone: whether a change would shut out the very connection that asks for it. Judged for
 * the paths of the interface over which it would have to be confirmed.
 */
struct own_connection {
	const struct binding_state *after; /* of the binding that it came over */
	enum trust_mode mode;
	const struct cert_list *chain; /* what it presented; NULL: nothing */
	const struct trust_view *view;
};
/* *why: the verdict's sentence. */
bool own_connection_judge(const struct own_connection *own, int64_t now_s, bool *refused_out,
			  char *why, size_t size, struct err *e) MUST_USE;
