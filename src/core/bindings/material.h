/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/secret.h"
#include "core/core.h"
#include "trust/judge.h"
#include "x509/cert.h"

/*
 * For core/ alone: what a binding needs to show a certificate, read from the database. A broken
 * state of it (no row, no certificate in the row, no key, a key that does not open) is an answer,
 * so that the console starts in spite of it.
 */
enum material_state {
	MATERIAL_GOOD,
	MATERIAL_MISSING,
	MATERIAL_CORRUPT,
	MATERIAL_NO_KEY,
	MATERIAL_KEY_BROKEN,
	MATERIAL_MISMATCH
};

struct material {
	enum material_state state;
	char why[200];		/* one sentence when not good */
	const char *remedy;	/* the next step then; static */
	struct cert *cert;	/* NULL when missing or corrupt */
	bool self_signed;	/* its signature verifies with its own key */
	struct cert_list chain; /* issuers to send, in order, without the root */
	bool chain_ends_in_root, chain_ends_self_signed;
	struct secret pkcs8; /* empty when there is no good one */
};
#define MATERIAL_INIT                                                                              \
	{                                                                                          \
		.state = MATERIAL_MISSING                                                          \
	}

/* view: for the chain; NULL leaves it empty. Errors are those of memory and database alone. */
bool material_load(struct core *c, const char *sha256, const struct trust_view *view,
		   struct material *out, struct err *e) MUST_USE;
void material_clear(struct material *m);
#define AUTO_MATERIAL AUTO(material_clear)
