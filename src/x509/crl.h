/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/span.h"
#include "x509/cert.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * One certificate revocation list (RFC 5280 section 5), read strictly, immutable, shared by
 * reference. Entries stay in DER order; crl_find() searches an index by serial number.
 */
#define CRL_MAX_BYTES ((size_t)32 << 20) /* one list */
#define CRL_ENTRIES_MAX 1000000		 /* revoked certificates in one list */

struct crl_entry {
	struct span serial;
	int64_t revoked_at_s;
	int reason; /* CRLReason, 0 unspecified; 8 removeFromCRL */
	struct span
		certificate_issuer; /* indirect lists: GeneralNames DER, also of the entries that
					   inherit it; empty: the list's issuer */
	bool has_unknown_critical;
};

/* Reasons a list may speak about, numbered as ReasonFlags (5.2.5 names them by 4.2.1.13). */
#define CRL_ALL_REASONS 0x1feu

struct crl {
	atomic_int refs;
	uint8_t *der;
	size_t der_len;
	uint8_t sha256[SHA256_BYTES];
	char id[2 * SHA256_BYTES + 1];
	int version; /* 1 or 2 */
	struct span tbs, signature_algorithm, signature;
	struct name issuer;
	int64_t this_update_s, next_update_s; /* next: -1 when absent */
	struct crl_entry *entries;
	size_t n_entries;
	uint32_t *by_serial; /* indices of entries, by length of the serial number and its octets */
	struct span number, base_number; /* INTEGER contents; base_number not empty: a delta list */
	bool is_delta, is_indirect, only_user_certs, only_ca_certs, only_attribute_certs,
		only_some_reasons;
	unsigned reasons; /* of onlySomeReasons */
	bool has_idp;
	struct span idp; /* issuing distribution point, extension value */
	struct span authority_key_id;
	struct general_names freshest_urls; /* URIs of the delta lists */
	bool has_unknown_critical;
	bool has_defect; /* a rule of RFC 5280 section 5 is broken */
};

bool crl_parse(const uint8_t *der, size_t len, struct crl **out, struct err *e) MUST_USE;
struct crl *crl_ref(struct crl *c);
void crl_unref(struct crl *c);
DEFINE_AUTO(struct crl *, crl, crl_unref)
/* NULL: not listed. The last word of the list on this serial number under its own issuer. */
const struct crl_entry *crl_find(const struct crl *c, struct span serial);
/* The same for one certificate, also in indirect lists, where the entry names the issuer. */
const struct crl_entry *crl_find_cert(const struct crl *l, const struct cert *c);
/*
 * Whether c is in the scope of this list as RFC 5280 6.3.3 (b) says (distribution points,
 * only-flags), and for which reasons (d): bits of CRL_ALL_REASONS, 0 out of scope. A certificate
 * without distribution points is taken to have one that names its issuer's own list.
 */
bool crl_covers(const struct crl *l, const struct cert *c, bool cert_is_ca);
unsigned crl_reasons_for(const struct crl *l, const struct cert *c, bool cert_is_ca);
/* Whether a distribution point of c names somebody else than c's issuer as the issuer of its list. */
bool cert_has_foreign_crl_issuer(const struct cert *c);
/* Whether delta may complete base (5.2.4, 6.3.3 (c)): same issuer, scope and key, base recent enough. */
bool crl_delta_fits(const struct crl *delta, const struct crl *base);
