/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "core/core.h"
#include "core/page.h"
#include "x509/cert.h"

/*
 * Certificates and stores: look, export, move, remove, bring back.
 * name     a certificate as people write it: SHA-256, SHA-1 thumbprint (any case, spaces, colons,
 *U+200E) or friendly name when unique; ERR_NOT_FOUND cert.not_found, ERR_CONFLICT cert.ambiguous
 */
struct cert_query {
	struct page page;
	const char *store;	  /* NULL: all */
	const char *q;		  /* fingerprint in any spelling, part of a name, SAN */
	const char *purpose;	  /* "server", "client", "ca" */
	int64_t expires_before_s; /* 0: any */
	int has_key;		  /* -1 any, 0, 1 */
	int used;		  /* -1 any, 0, 1 */
	bool deleted;		  /* the recycle bin instead */
};

bool certs_list(struct core *c, const struct cert_query *q, json_t **out, struct err *e) MUST_USE;
bool certs_find(struct core *c, const char *name, struct cert **out, struct err *e) MUST_USE;
/* removed_too: also one that can only be brought back; without it that is cert.not_found. */
bool certs_show(struct core *c, const char *name, bool removed_too, json_t **out,
		struct err *e) MUST_USE;
bool certs_chain(struct core *c, const char *name, json_t **out,
		 struct err *e) MUST_USE; /* each link with its verdict */
bool certs_usage(struct core *c, const char *name, json_t **out,
		 struct err *e) MUST_USE; /* what relies on it */
bool certs_set_friendly_name(struct core *c, const struct actor *by, const char *name,
			     const char *friendly, struct err *e) MUST_USE;
/* store.not_self_signed into Root, unless accept_warnings. */
bool certs_move(struct core *c, const struct actor *by, const char *name, const char *from,
		const char *to, bool accept_warnings, struct err *e) MUST_USE;
/* store NULL: from all. In use: ERR_IN_USE cert.in_use, naming what. Comes back for 30 days. */
bool certs_remove(struct core *c, const struct actor *by, const char *name, const char *store,
		  struct err *e) MUST_USE;
bool certs_restore(struct core *c, const struct actor *by, const char *name,
		   struct err *e) MUST_USE;
#define CERTS_DELETED_KEEP_S (30 * 86400)

enum export_format { EXPORT_DER, EXPORT_PEM, EXPORT_P7B, EXPORT_PFX };
struct export_request {
	const char *name;
	enum export_format format;
	bool chain, root;	       /* PEM, P7B, PFX: with the chain; with the root too */
	bool with_key;		       /* PEM: encrypted PKCS#8 under the password; PFX: always */
	bool legacy;		       /* PFX for old Windows: 3DES */
	const struct secret *password; /* NULL: none */
};
bool certs_export(struct core *c, const struct actor *by, const struct export_request *r,
		  struct buf *out, struct err *e) MUST_USE;

bool stores_list(struct core *c, json_t **out, struct err *e) MUST_USE;
bool stores_create(struct core *c, const struct actor *by, const char *name,
		   struct err *e) MUST_USE;
bool stores_remove(struct core *c, const struct actor *by, const char *name,
		   struct err *e) MUST_USE; /* custom, empty, unused */
