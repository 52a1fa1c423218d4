/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/secret.h"
#include "x509/cert.h"
#include "x509/crl.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Small certificates and revocation lists for tests, made on the spot, right or wrong as the test wants them. Keys are
 * P-256. Whatever cannot be made fails the test.
 */
#define MAKER_NOW INT64_C(1767225600) /* 2026-01-01T00:00:00Z, inside the default validity */
#define MAKER_EXTENSIONS 12

struct maker_key {
	struct secret pkcs8;
	struct buf spki;
	uint8_t id[8]; /* key identifier in the extensions */
};

struct maker_extension {
	struct span oid;   /* contents */
	struct span value; /* inside the OCTET STRING */
	bool critical;
};

struct maker {
	const char *subject;	 /* a common name; NULL: empty name */
	struct span subject_der; /* instead, when given */
	const char *issuer;	 /* NULL: that of the subject, with the subject's key */
	const struct maker_key *key, *signer; /* signer NULL: key */
	int64_t not_before_s, not_after_s;    /* 0: 2020, 2049 */
	uint32_t serial;		      /* 0: the next one */
	int version;			      /* 0: 3 */
	bool ca;			      /* basic constraints and key usage of a CA */
	int path_len;			      /* with ca; 0: none, n: n - 1 */
	bool no_key_ids, broken_signature;
	const char *dns; /* one alternative name */
	bool client_auth, server_auth;
	struct maker_extension extensions[MAKER_EXTENSIONS];
	size_t n_extensions;
	struct span more_extensions; /* whole ones, put behind the others as they are */
};

struct maker_entry {
	uint32_t serial;
	int reason; /* 0: none given */
};

struct maker_crl {
	const char *issuer;
	const struct maker_key *signer;
	int64_t this_update_s, next_update_s; /* 0: 2025, 2027 */
	const struct maker_entry *entries;
	size_t n_entries;
	uint32_t number, base_number; /* base 0: a complete list */
	struct maker_extension extensions[MAKER_EXTENSIONS];
	size_t n_extensions;
};

/* The nth key of this program, made when first asked for; lives until the program ends. */
const struct maker_key *maker_key(size_t n);
struct cert *maker_cert(const struct maker *m); /* yours: cert_unref() */
void maker_der(const struct maker *m, struct buf *out);
struct crl *maker_crl(const struct maker_crl *m); /* yours: crl_unref() */
void maker_name(struct buf *out, const char *common_name);
void maker_free_keys(void);
