/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "trust/judge.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The inside of a trust view: every certificate of the stores once, with the stores it lies in, found by subject; and
 * the revocation lists, found by issuer. Immutable but for one remembered answer per certificate.
 */
#define TRUST_MAX_STORES 64 /* stores in one view: each is a bit */

enum self_signed {
	SELF_UNKNOWN,
	SELF_NO,
	SELF_YES,
	SELF_UNVERIFIABLE /* algorithm not supported */
};

struct view_cert {
	struct cert *cert;
	uint64_t stores;	/* bit per store */
	uint32_t next;		/* next of the same hash, 1-based; 0: none */
	uint32_t next_same;	/* the like, by the hash of the octets */
	atomic_int self_signed; /* enum self_signed; every thread would write the same */
};

struct view_store {
	char *name;
	size_t n; /* members */
};

struct view_crl {
	struct crl *crl;
	int64_t checked_at_s;
	uint32_t next;
};

struct trust_view {
	atomic_int refs;
	struct view_cert *certs;
	size_t n_certs;
	uint32_t *subjects; /* heads of the lists, 1-based */
	uint32_t *octets;   /* the like, by SHA-256 */
	size_t n_buckets;   /* power of two, for all tables */
	struct view_store stores[TRUST_MAX_STORES];
	size_t n_stores;
	struct view_crl *crls;
	size_t n_crls;
	uint32_t *crl_issuers;
	atomic_int root_is_mixed; /* 0 not asked yet, 1 no, 2 yes */
};

/* The bit of the store with this name; 0: there is none. */
uint64_t view_store_bit(const struct trust_view *v, const char *name);
size_t view_store_size(const struct trust_view *v, const char *name);
/* The first certificate whose subject has the hash of n (compare it), and the next; NULL: no more. */
struct view_cert *view_first(const struct trust_view *v, const struct name *n);
struct view_cert *view_next(const struct trust_view *v, const struct view_cert *at);
struct view_cert *view_find(const struct trust_view *v, const struct cert *c);
const struct view_crl *view_first_crl(const struct trust_view *v, const struct name *issuer);
const struct view_crl *view_next_crl(const struct trust_view *v, const struct view_crl *at);
/* Whether the certificate verifies with its own key; one signature the first time, remembered then. */
enum self_signed view_self_signed(struct view_cert *c);
/* Whether Root holds certificates that are not self-signed; some signatures the first time. */
bool view_root_is_mixed(struct trust_view *v);
