/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/span.h"
#include "x509/cert.h"
#include "x509/crl.h"
#include "x509/key.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What any container holds: certificates in the order found, keys, lists and their names; and the reader that takes any
 * file for what it is. A certificate, key or list that is there twice is kept once.
 */
#define BAG_NAME_BYTES 256   /* of a friendly name, with terminator; cut at a character */
#define BAG_MEMBERS_MAX 1024 /* certificates, keys or lists of one file, each */

struct bag_key {
	struct secret pkcs8;
	struct key_info info;
	char friendly_name[BAG_NAME_BYTES]; /* UTF-8, "" when none */
};

struct bag {
	struct cert_list certs;
	char (*cert_names)[BAG_NAME_BYTES]; /* friendly names, parallel to certs */
	struct bag_key *keys;
	size_t n_keys;
	struct crl **crls;
	size_t n_crls;
	char format[32];  /* "PFX", "PEM", "DER", "P7B": what it was taken for */
	bool had_mac;	  /* PFX only */
	size_t n_ignored; /* members that are none of these: secrets, requests, parameters */
};
#define BAG_INIT                                                                                   \
	{                                                                                          \
		.format = ""                                                                       \
	}

void bag_clear(struct bag *b);
#define AUTO_BAG AUTO(bag_clear)

/* Takes its own reference; bag_add_crl() too, while bag_add_key() takes the secret over. */
bool bag_add_cert(struct bag *b, struct cert *c, const char *name, struct err *e) MUST_USE;
bool bag_add_key(struct bag *b, struct secret *pkcs8, const struct key_info *info, const char *name,
		 struct err *e) MUST_USE;
bool bag_add_crl(struct bag *b, struct crl *l, struct err *e) MUST_USE;

/* The key that belongs to c, borrowed from b; NULL when it is not there. */
const struct bag_key *bag_key_of(const struct bag *b, const struct cert *c);
/* Each key belongs to one of the certificates, where there are any. Errors: key.mismatch, which names the key */
bool bag_check_keys(const struct bag *b, struct err *e) MUST_USE;
/*
 * Puts the certificates in order: those with a key first, each followed by its issuers as far as names and key
 * identifiers lead, then the rest as found.
 */
bool bag_sort(struct bag *b, struct err *e) MUST_USE;

/*
 * Any file: finds out what it is (PEM, also as UTF-16 or bare base64; PFX; P7B; certificate, list or key in DER) and
 * reads it, all or nothing. Order and keys are as found: see bag_sort() and bag_check_keys().
 * password      may be NULL; encrypted keys inside PEM use the same
 * allow_no_mac  whether a PFX that nothing guards may be read
 * out           untouched on failure; AUTO_BAG
 * Errors        those of pfx.h, p7b.h, pem.h and key.h; x509.corrupt with the member's place; file.empty,
 *		 file.unknown_format, pem.unknown_label, limit.body
 * Threads       any
 */
#define BAG_MAX_BYTES ((size_t)48 << 20) /* lists of revoked certificates are the big ones */
bool bag_read(struct span in, const struct secret *password, bool allow_no_mac, struct bag *out,
	      struct err *e) MUST_USE;
