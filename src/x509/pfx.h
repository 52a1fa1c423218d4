/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "x509/bag.h"
#include "x509/cert.h"

#include <stdbool.h>

/*
 * PFX / PKCS#12 (RFC 7292), with the password-based MAC of its appendix B or PBMAC1 (RFC 9879). Read by our own walk
 * over BER, since no library takes all that is about: indefinite lengths, RC2 and RC4, every HMAC under PBES2, old
 * PKCS#5 schemes, passwords in several encodings. Nothing is decrypted before the MAC is right, and sizes, rounds,
 * nesting and members are held against limits before anything is computed.
 */
#define PFX_MAX_BYTES ((size_t)4 << 20) /* of a PFX file */
#define PFX_MAX_ITERATIONS 10000000u	/* of one key derivation; x509/pbe.h limits their sum */
#define PFX_MAX_BAGS 512		/* members, and parts, of a PFX file */
#define PFX_MAX_DEPTH 8			/* SafeContents in SafeContents */

bool pfx_looks_like(struct span in);

/*
 * password      NULL is the empty one
 * allow_no_mac  whether a file that nothing guards may be read; out->had_mac tells
 * Errors        pfx.wrong_password, pfx.no_mac, pfx.unsupported_algorithm, pfx.corrupt, pfx.too_many_iterations,
 *		 pfx.empty, limit.body; x509.corrupt, x509.unsupported_key and key.corrupt for its members
 * Threads       any
 */
bool pfx_read(struct span in, const struct secret *password, bool allow_no_mac, struct bag *out,
	      struct err *e) MUST_USE;

/*
 * MODERN  AES-256 and HMAC-SHA-256, PFX_MODERN_ROUNDS: .NET reads up to 300,000 a derivation and a million in all
 * LEGACY  3DES and SHA-1, PFX_LEGACY_ROUNDS: for Windows before 2019 and old Java
 * BACKUP  as MODERN with PFX_BACKUP_ROUNDS, for files that only we read again
 */
enum pfx_profile { PFX_MODERN, PFX_LEGACY, PFX_BACKUP };
#define PFX_MODERN_ROUNDS 250000u
#define PFX_LEGACY_ROUNDS 2000u
#define PFX_BACKUP_ROUNDS 600000u

/* leaf with its key first, then chain (without leaf). pkcs8, chain and friendly_name may be NULL. */
bool pfx_write(const struct cert *leaf, const struct secret *pkcs8, const struct cert_list *chain,
	       const char *friendly_name, const struct secret *password, enum pfx_profile profile,
	       struct buf *out, struct err *e) MUST_USE;
