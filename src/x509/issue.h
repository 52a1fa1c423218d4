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
 * Making requests and self-signed certificates (mbedTLS writers). Serial numbers are 128 random
 * bits.
 */
#define ISSUE_NAMES_MAX 256 /* DNS names and addresses in one request */

struct issue_params {
	const char *common_name;  /* NULL: the first DNS name */
	const char *organisation; /* NULL: none */
	const char *const *dns_names;
	size_t n_dns_names;
	const char *const *ip_addresses; /* as text */
	size_t n_ip_addresses;
	bool server_auth, client_auth, digital_signature_only;
	int64_t not_before_s, not_after_s; /* certificates only */
};

bool csr_make(const struct secret *pkcs8, const struct issue_params *p, struct buf *der_out,
	      struct err *e) MUST_USE;
bool cert_make_self_signed(const struct secret *pkcs8, const struct issue_params *p,
			   struct buf *der_out, struct err *e) MUST_USE;
