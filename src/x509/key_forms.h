/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "x509/ber.h"
#include "x509/key.h"

#include <mbedtls/ecp.h>
#include <stdbool.h>

/*
 * One private key taken apart and put together again: what the key_*.c files hand each other. Every reader checks that
 * the parts belong together, works out the public half itself, and writes one canonical form, so that a key that was
 * imported twice is the same bytes.
 */
#define KEY_RSA_BITS_MIN 512  /* shorter ones are no keys any more; weak ones are for checks */
#define KEY_RSA_BITS_MAX 8192 /* what the TLS library computes with */

struct key_parts {
	struct buf pkcs8; /* canonical; wiped when cleared */
	struct buf spki;
	enum key_type type;
	unsigned bits;
	const char *curve; /* EC: name, else NULL */
};
#define KEY_PARTS_INIT                                                                             \
	{                                                                                          \
		.pkcs8 = {.secret = true }                                                         \
	}
void key_parts_clear(struct key_parts *k);
#define AUTO_KEY_PARTS AUTO(key_parts_clear)

/* Any unencrypted form. form_out: "PKCS#8", "PKCS#1", "SEC1", "DSA". Errors: key.corrupt, x509.unsupported_key */
bool key_take_apart(struct span in, struct key_parts *out, const char **form_out,
		    struct err *e) MUST_USE;

/* in: RSAPrivateKey (RFC 8017 A.1.2). algorithm: of the PKCS#8 around it. */
bool key_rsa_read(struct span in, const struct ber_algorithm *algorithm, struct key_parts *out,
		  struct err *e) MUST_USE;
/* in: ECPrivateKey (RFC 5915). parameters: of the PKCS#8 around it, or empty. */
bool key_ec_read(struct span in, struct span parameters, struct key_parts *out,
		 struct err *e) MUST_USE;
/* Ed25519, Ed448 and DSA, by GnuTLS; whole: PrivateKeyInfo. */
bool key_other_read(struct span whole, enum key_type type, struct key_parts *out,
		    struct err *e) MUST_USE;

/* PrivateKeyInfo and SubjectPublicKeyInfo around what is inside. */
void key_wrap_private(struct buf *out, struct span oid, struct span parameters, struct span key);
void key_wrap_public(struct buf *out, struct span oid, struct span parameters, struct span key);

struct key_curve {
	struct span oid;
	mbedtls_ecp_group_id group;
	unsigned bits;
	const char *name;
};
const struct key_curve *key_curve_find(struct span oid); /* NULL when unknown */

extern const struct span key_oid_rsa, key_oid_rsa_pss, key_oid_ec, key_oid_ed25519, key_oid_ed448,
	key_oid_dsa;
