/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "wire/agent_server.h"
#include "wire/agent_trust.h"
#include "wire/catalogue.h"

/*
 * Roots on their way to an agent: the signed catalogue, and the certificates themselves from the server's distribution
 * point. Of that nothing is believed but a digest that was told in a signed message, so anybody may hand them out: the
 * server that proves itself is asked first, any other connection after it.
 * Threads  one at a time for a source
 */
#define AGENT_ROOTS "/officescan/hotfix_pccnt/Common/roots/"

/* ntcer: SHA-256 of the certificate of the key that is held. *found_out false: this server has none (it is older). Errors: as wire/agent_server.h */
bool agent_catalogue_get(const struct agent_link *l, const char *ntcer, struct buf *token_out,
			 bool *found_out, struct err *e) MUST_USE;

struct root_source;
bool root_source_new(const struct agent_place *place, const struct cert_list *pins,
		     struct root_source **out, struct err *e) MUST_USE;
void root_source_free(struct root_source *s); /* NULL is fine */
DEFINE_AUTO(struct root_source *, root_source, root_source_free)
#define AUTO_ROOT_SOURCE AUTO(root_source_autop)

/*
 * Errors   root.digest (what came is something else), x509.corrupt, those of root_check(), download.failed (the
 *	    distribution point does not have it), agent.unreachable
 */
bool root_fetch(struct root_source *s, const struct catalogue_item *item,
		const struct agent_trust *held, struct cert **out, struct err *e) MUST_USE;

/*
 * Whether c may go into this store of one who holds the rest: a CA certificate, self-signed for Root and not for CA, and
 * distrusted nowhere.
 * Errors   root.not_ca, root.kind, root.distrusted
 */
bool root_check(const struct cert *c, const char *store, const struct agent_trust *held,
		struct err *e) MUST_USE;
