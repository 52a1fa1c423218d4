/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
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
	char form[64];			   /* what was found: "PKCS#8, RSA 2048, encrypted" */
	uint8_t spki_sha256[SHA256_BYTES]; /* of the public half, to find the certificate */
};

/*
 * in        DER of any of the forms
 * label     its PEM label, or NULL; only "OPENSSH PRIVATE KEY" makes a difference
 * dek_info  the header of OpenSSL's old encryption, or NULL or ""
 * password  NULL or empty when there is none
 * Errors    key.encrypted (needs a password), key.wrong_password, key.corrupt, key.unsupported (encryption),
 *	     x509.unsupported_key, ERR_LIMIT (would take too long to open)
 */
bool key_read(struct span in, const char *label, const char *dek_info,
	      const struct secret *password, struct secret *pkcs8_out, struct key_info *info_out,
	      struct err *e) MUST_USE;
bool key_looks_encrypted(struct span in); /* EncryptedPrivateKeyInfo by its shape */
bool key_looks_like(struct span in);	  /* an unencrypted key by its shape */
bool key_describe(const struct secret *pkcs8, struct key_info *out, struct err *e) MUST_USE;

/* spec: "ec256", "ec384", "rsa2048", "rsa3072", "rsa4096"; anything else is ERR_INVALID. */
bool key_generate(const char *spec, struct secret *pkcs8_out, struct err *e) MUST_USE;
bool key_public(const struct secret *pkcs8, struct buf *spki_out, struct err *e) MUST_USE;
/* Compares the public halves as numbers: an RSA-PSS certificate may go with a plain RSA key. */
bool key_matches(const struct secret *pkcs8, const struct cert *c, bool *out,
		 struct err *e) MUST_USE;
/* EncryptedPrivateKeyInfo (PBES2, AES-256, HMAC-SHA-256, KEY_ENCRYPT_ROUNDS). */
#define KEY_ENCRYPT_ROUNDS 600000u
bool key_encrypt(const struct secret *pkcs8, const struct secret *password, struct buf *out,
		 struct err *e) MUST_USE;
/*
 * Signs data: RSA PKCS#1 with SHA-256, ECDSA with SHA-256 as DER, Ed25519. raw_ecdsa: as JOSE wants it (RFC 7518 3.4),
 * r||s, and on P-384 and P-521 with SHA-384 and SHA-512.
 */
bool key_sign(const struct secret *pkcs8, struct span data, bool raw_ecdsa, struct buf *out,
	      struct err *e) MUST_USE;
