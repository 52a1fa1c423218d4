/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "core/access/access.h"
#include "trust/judge.h"

/*
 * Client certificates that stand for accounts of the console. A mapping says who somebody is, never
 * that he may come in: it counts only for a chain that the engine accepted at the door.
 *
 * certificate	this certificate, by SHA-256
 * serial	issuer and serial number; the issuer signed it itself
 * upn, email	a name in the alternative names. Any CA can write any name, so an issuer must be
 *		given, and be on the accepted path
 *
 * An issuer is its name and key, so that its renewed certificate counts too. The more exact kind
 * wins; a mapping that denies wins over all; names that lead to two accounts are denied.
 * mapping  {id, user, kind, value, issuer{sha256, subject}|null, access: allow|deny, created,
 *	    created_by}
 */
#define ACCOUNT_CERTS_MAX 10000	   /* mappings of one console */
#define ACCOUNT_CERT_VALUE_MAX 320 /* bytes of a name that is compared */
#define ACCOUNT_CERT_NAMES_MAX 32  /* names of a kind in one certificate; more are denied */

struct account_cert_wish {
	const char *kind;
	struct span file;	 /* the client's certificate, any form; empty: none */
	const char *certificate; /* instead: SHA-256, or how a stored one is called; NULL */
	const char *value;	 /* serial number in hex, or the name; NULL: from the certificate */
	const char *issuer; /* how a stored CA certificate is called; NULL only with certificate */
	bool deny;
};
bool account_cert_add(struct core *c, const struct actor *by, const char *user,
		      const struct account_cert_wish *w, json_t **out, struct err *e) MUST_USE;
/* user NULL: of all. {items, total} */
bool account_cert_list(struct core *c, const char *user, json_t **out, struct err *e) MUST_USE;
bool account_cert_show(struct core *c, const char *user, const char *id, json_t **out,
		       struct err *e) MUST_USE;
/* Ends the account's sessions that a certificate opened. */
bool account_cert_remove(struct core *c, const struct actor *by, const char *user, const char *id,
			 struct err *e) MUST_USE;

enum cert_standing { CERT_UNMAPPED, CERT_ALLOWED, CERT_DENIED };
struct cert_match {
	enum cert_standing standing;
	char account[128]; /* "" unless allowed */
	int64_t account_id;
	enum role role;
	char sha256[65]; /* of the leaf */
	char why[240];	 /* denied: why, in words */
};
/* Whom an accepted chain stands for; a refused one stands for nobody. */
bool account_cert_identify(struct core *c, const struct verdict *v, struct cert_match *out,
			   struct err *e) MUST_USE;

/* A session for whoever the chain stands for. auth.certificate_unknown, auth.mapping_denied */
bool session_open_by_certificate(struct core *c, const struct actor *by, const struct verdict *v,
				 struct secret *cookie_out, struct identity *out,
				 struct err *e) MUST_USE;
