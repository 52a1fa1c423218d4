/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "trust/judge.h"

/*
 * The effective issuer list as a list (DESIGN.md, "Trust, exactly"): what the page shows and
 * SendTrustedIssuerList sends. trust/ applies the same rules when it judges.
 */
struct issuer_list {
	const char *source; /* static, or the issuer_store given */
	bool mixed;	    /* from Root, which holds what is not self-signed */
	struct cert_list candidates;
};

bool issuer_list_choose(struct core *c, const char *issuer_store, struct issuer_list *out,
			struct err *e) MUST_USE;
void issuer_list_clear(struct issuer_list *l);
/* Whether a candidate is in the list. */
bool issuer_list_has(const struct issuer_list *l, enum trust_mode mode, const struct cert *cert);

/* The listed ones, for the CertificateRequest: as many as ISSUER_LIST_LIMIT_BYTES of names hold. */
bool issuer_list_hints(struct core *c, const char *issuer_store, enum trust_mode mode,
		       struct cert_list *out, struct err *e) MUST_USE;
