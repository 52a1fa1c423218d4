/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "x509/cert.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Making requests and self-signed certificates (mbedTLS writers), for RSA and EC keys. The names stand in the SAN, always;
 * key usage fits the key. Serial numbers are 128 random bits.
 */
#define ISSUE_NAMES_MAX 256	 /* DNS names and addresses in one request */
#define ISSUE_DNS_NAME_MAX 253	 /* RFC 1035 */
#define ISSUE_COMMON_NAME_MAX 64 /* characters, RFC 5280 appendix A.1 */

struct issue_params {
	const char *common_name;  /* NULL: the first DNS name or address that is short enough */
	const char *organisation; /* NULL: none */
	const char *const *dns_names;
	size_t n_dns_names;
	const char *const *ip_addresses; /* as text */
	size_t n_ip_addresses;
	bool server_auth, client_auth, digital_signature_only;
	int64_t not_before_s, not_after_s; /* certificates only */
};

/*
 * der_out  is added to, on success only
 * Errors   csr.no_name (no names at all), ERR_INVALID (a name that is none; it is named), ERR_LIMIT,
 *	    x509.unsupported_key
 */
bool csr_make(const struct secret *pkcs8, const struct issue_params *p, struct buf *der_out,
	      struct err *e) MUST_USE;
/* No names are needed here: then common_name must be given (the agents' own certificates). */
bool cert_make_self_signed(const struct secret *pkcs8, const struct issue_params *p,
			   struct buf *der_out, struct err *e) MUST_USE;
/* A name that may stand in a request: letters, digits, hyphen and underscore; "*." in front is fine. */
bool issue_dns_name_is_sound(const char *name);
