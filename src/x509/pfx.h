/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "x509/cert.h"
#include "x509/crl.h"

#include <stdbool.h>

/*
 * PFX / PKCS#12 (RFC 7292) through GnuTLS, with our own front: size, iteration and nesting limits
 *are checked by a strict walk of the DER before GnuTLS sees a byte. Errors  pfx.wrong_password,
 *pfx.no_mac (when allow_no_mac is not set), pfx.unsupported_algorithm, pfx.corrupt,
 *	   pfx.too_many_iterations, limit.body
 */
#define PFX_MAX_BYTES ((size_t)4 << 20)
#define PFX_MAX_ITERATIONS 10000000u /* what key derivation may cost us on import */
#define PFX_MAX_BAGS 512

struct bag_key {
	struct secret pkcs8;
	char friendly_name[256]; /* UTF-8, "" when none */
};

/* What any container holds: certificates in the order found, keys, and their names. */
struct bag {
	struct cert_list certs;
	char (*cert_names)[256]; /* friendly names, parallel to certs */
	struct bag_key *keys;
	size_t n_keys;
	struct crl **crls;
	size_t n_crls;
	char format[32]; /* "PFX", "PEM", "DER", "P7B": what it was taken for */
	bool had_mac;
};

void bag_clear(struct bag *b);
#define AUTO_BAG AUTO(bag_clear)

bool pfx_looks_like(struct span in);
bool pfx_read(struct span in, const struct secret *password, bool allow_no_mac, struct bag *out,
	      struct err *e) MUST_USE;

/* leaf with its key first, then chain. legacy: 3DES and SHA-1, for old Windows; else AES-256 and
 * SHA-256. */
bool pfx_write(const struct cert *leaf, const struct secret *pkcs8, const struct cert_list *chain,
	       const char *friendly_name, const struct secret *password, bool legacy,
	       struct buf *out, struct err *e) MUST_USE;

/* P7B: a degenerate signed-data (RFC 5652) in DER or PEM. */
bool p7b_looks_like(struct span in);
bool p7b_read(struct span der, struct bag *out, struct err *e) MUST_USE;
bool p7b_write(const struct cert_list *certs, struct buf *out, struct err *e) MUST_USE;

/*
 * Any file: finds out what it is and reads it. password may be NULL. Encrypted keys inside PEM use
 * the same password. Errors: those above, key.*, x509.corrupt with the member's number,
 * file.unknown_format
 */
bool bag_read(struct span in, const struct secret *password, bool allow_no_mac, struct bag *out,
	      struct err *e) MUST_USE;
