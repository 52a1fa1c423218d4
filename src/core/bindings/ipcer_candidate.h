/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "core/core.h"
#include "store/bindings.h"
#include "x509/cert.h"

/*
 * For core/bindings/ipcer.c alone: the certificate of a file that somebody wants agents to have, recognised:
 * the bound one, one of the stores, or a stranger; and what follows from taking it.
 */
enum ipcer_kinship { IPCER_BOUND, IPCER_STORED, IPCER_UNKNOWN };

struct ipcer_candidate {
	struct cert *cert; /* owned */
	enum ipcer_kinship is;
	bool has_key, bindable; /* bindable: with its key in a store that bindings take from */
	struct binding_row bound;
	json_t *view; /* owned: {sha256, thumbprint, subject, issuer, not_before, not_after, sans[],
		       * is, has_key, bindable, warnings[]} */
};
void ipcer_candidate_clear(struct ipcer_candidate *k);

/* Any file with certificates: DER, PEM, P7B, with or without their chain. The bound certificate is
 * taken if it is among them, else the first that is no authority.
 * Errors   those of reader_bag(); file.no_certificate; binding.not_found */
bool ipcer_candidate_read(struct core *c, struct span file, struct ipcer_candidate *out,
			  struct err *e) MUST_USE;
/* What to do instead of publishing it: [{text, method, href, body}]. NULL when memory is short. */
json_t *ipcer_candidate_remedies(const struct ipcer_candidate *k);
