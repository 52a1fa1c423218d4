/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/secret.h"
#include "base/span.h"
#include "x509/cert.h"

#include <stdbool.h>

/*
 * Private keys. Inside the house a key is its unencrypted PKCS#8 (RFC 5958) in a struct secret;
 * this file reads every form that people have (PKCS#1, SEC1, PKCS#8, encrypted PKCS#8, legacy
 * OpenSSL PEM encryption), makes new ones and signs.
 */
struct key_info {
	enum key_type type;
	unsigned bits;
	char form[64];			   /* what was found: "PKCS#8, RSA 2048, not encrypted" */
	uint8_t spki_sha256[SHA256_BYTES]; /* of the public half, to find the certificate */
};

/* in: DER of any of the forms; label: its PEM label, or NULL. password NULL or empty when there is
 * none. Errors: key.encrypted (needs a password), key.wrong_password, key.corrupt,
 * x509.unsupported_key */
bool key_read(struct span in, const char *label, const char *dek_info,
	      const struct secret *password, struct secret *pkcs8_out, struct key_info *info_out,
	      struct err *e) MUST_USE;
bool key_describe(const struct secret *pkcs8, struct key_info *out, struct err *e) MUST_USE;

/* spec: "ec256", "ec384", "rsa2048", "rsa3072", "rsa4096". */
bool key_generate(const char *spec, struct secret *pkcs8_out, struct err *e) MUST_USE;
bool key_public(const struct secret *pkcs8, struct buf *spki_out, struct err *e) MUST_USE;
bool key_matches(const struct secret *pkcs8, const struct cert *c, bool *out,
		 struct err *e) MUST_USE;
/* Encrypted PKCS#8 (PBES2, AES-256, 600,000 rounds). */
bool key_encrypt(const struct secret *pkcs8, const struct secret *password, struct buf *out,
		 struct err *e) MUST_USE;
/* Signature with SHA-256 (ECDSA as DER, RSA PKCS#1). raw_ecdsa: r||s as JOSE wants it (RFC
 * 7518 3.4). */
bool key_sign(const struct secret *pkcs8, struct span data, bool raw_ecdsa, struct buf *out,
	      struct err *e) MUST_USE;
