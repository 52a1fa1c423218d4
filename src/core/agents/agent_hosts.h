/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "x509/cert.h"

/*
 * For core/ alone: the host certificates that agents may meet. OfcIPCer.dat holds the bound one and
 * nothing else; a publication holds that one and then the announced one, which agents take beside
 * it, so that a bind finds them prepared.
 */

/* The bound certificate, then those that an open change of the agents' binding comes from and leads
 * to, then the announced one. Appends to *out. */
bool agent_hosts(struct core *c, struct cert_list *out, struct err *e) MUST_USE;

/* Within a transaction: a publication that says what agents may meet now, signed by the current
 * key. *number_out 0: there is no authentication certificate yet, so nobody to tell. */
bool agent_hosts_publish(struct core *c, int64_t *number_out, struct err *e) MUST_USE;

/* Within a transaction: publishes where what agents may meet is not what the last publication says. */
bool agent_hosts_follow(struct core *c, struct err *e) MUST_USE;

/* Within a transaction: cert becomes the announced one (NULL: there is none any more), and agents
 * are told. */
bool agent_hosts_announce(struct core *c, const struct actor *by, const struct cert *cert,
			  int64_t *number_out, struct err *e) MUST_USE;

/* {sha256, thumbprint, subject, not_after, announced, by, has_key}; null: none is announced. */
bool agent_hosts_next_view(struct core *c, json_t **out, struct err *e) MUST_USE;
