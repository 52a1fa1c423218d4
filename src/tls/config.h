/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/bindings/served.h"
#include "tls/ticket.h"

#include <mbedtls/ssl.h>
#include <stdatomic.h>

/*
 * A served snapshot compiled for mbedTLS: a chain and a key per binding, two configurations over
 * all of them. Immutable, shared by reference; a connection keeps the one it shook hands under.
 */
struct tls_binding {
	const struct served_binding
		*served; /* borrowed from the snapshot, which the config holds */
	mbedtls_x509_crt chain;
	mbedtls_pk_context key;
	struct ticket_scope scope;
	/* names for the CertificateRequest of TLS 1.2, and nothing else of these is filled; NULL:
	 * none (mbedTLS cannot send them in TLS 1.3) */
	mbedtls_x509_crt *issuers;
};

enum tls_groups {
	GROUPS_ALL,	/* P-256 first, as TLS 1.2 follows our order */
	GROUPS_NO_25519 /* for a ClientHello that holds a P-256 share: TLS 1.3 follows the client's */
};

/* Ends with MBEDTLS_SSL_IANA_TLS_GROUP_NONE. */
extern const uint16_t tls_groups_served[];

struct tls_config {
	atomic_int refs;
	struct served *served;
	mbedtls_ssl_config ssl[2]; /* by enum tls_groups */
	struct tls_binding *bindings;
	size_t n_bindings;
};

bool tls_config_new(struct served *s, struct ticket_box *tickets, struct tls_config **out,
		    struct err *e) MUST_USE;
struct tls_config *tls_config_ref(struct tls_config *c);
void tls_config_unref(struct tls_config *c);
DEFINE_AUTO(struct tls_config *, tls_config, tls_config_unref)

/* As served_pick(); NULL: none. */
const struct tls_binding *tls_config_pick(const struct tls_config *c, const char *listener_ip,
					  uint16_t port, const char *sni);

/* Chain and key of one binding, checked against one another; also the scratch load. Errors
 * chain.not_loadable, x509.unsupported_key, key.mismatch */
bool tls_binding_load(const struct cert *leaf, const struct cert_list *chain,
		      const struct secret *pkcs8, mbedtls_x509_crt *chain_out,
		      mbedtls_pk_context *key_out, struct err *e) MUST_USE;
