/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/config.h"

#include "base/mem.h"
#include "tls/front.h"
#include "tls/mbed.h"
#include "tls/sni.h"

#include <string.h>

/* ECDHE and AEAD only. AES-128 before AES-256: as safe here, and faster. */
static const int ciphersuites[] = {
	MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
	MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
	MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS1_3_AES_128_CCM_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	0,
};

/* No finite fields: one handshake in a large one takes a worker the better part of a second. */
const uint16_t tls_groups_served[] = {
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_X448,      MBEDTLS_SSL_IANA_TLS_GROUP_NONE,
};

static const uint16_t groups_no_25519[] = {
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1, MBEDTLS_SSL_IANA_TLS_GROUP_X448,
	MBEDTLS_SSL_IANA_TLS_GROUP_NONE,
};

static const char *alpn[] = {"http/1.1", NULL};

/* The library signs with others too, but no browser takes them. */
static bool curve_is_common(const mbedtls_pk_context *key)
{
	switch (mbedtls_ecp_keypair_get_group_id(mbedtls_pk_ec(*key))) {
	case MBEDTLS_ECP_DP_SECP256R1:
	case MBEDTLS_ECP_DP_SECP384R1:
	case MBEDTLS_ECP_DP_SECP521R1:
		return true;
	default:
		return false;
	}
}

static bool load_key(const struct cert *leaf, const struct secret *pkcs8, mbedtls_pk_context *out,
		     struct err *e)
{
	int ret;

	if (leaf->key_type != KEY_RSA && leaf->key_type != KEY_EC)
		return err_reason(e, "x509.unsupported_key",
				  "the TLS library takes RSA and EC keys for a host certificate");
	/* the terminator is not part of DER */
	ret = mbedtls_pk_parse_key(out, pkcs8->data, pkcs8->len, NULL, 0, tls_rng, NULL);
	if (ret != 0)
		return err_reason(e, "x509.unsupported_key",
				  "the TLS library does not take the private key: %s",
				  tls_error_text(ret));
	if (leaf->key_type == KEY_EC && !curve_is_common(out))
		return err_reason(e, "x509.unsupported_key",
				  "the EC key is on none of the curves P-256, P-384 and P-521, "
				  "which clients of TLS take");
	return true;
}

static bool load_one(mbedtls_x509_crt *chain, const struct cert *c, size_t place, struct err *e)
{
	int ret;

	/* the library would send it; its clients refuse what they do not know (RFC 5280 4.2) */
	if (c->has_unknown_critical)
		return err_reason(e, "chain.not_loadable",
				  "member %zu of the chain (%s) has a critical extension that is "
				  "not known here, nor to clients of TLS",
				  place + 1, c->thumbprint);
	ret = mbedtls_x509_crt_parse_der(chain, c->der, c->der_len);
	if (ret != 0)
		return err_reason(e, "chain.not_loadable",
				  "the TLS library does not take member %zu of the chain (%s): %s",
				  place + 1, c->thumbprint, tls_error_text(ret));
	return true;
}

bool tls_binding_load(const struct cert *leaf, const struct cert_list *chain,
		      const struct secret *pkcs8, mbedtls_x509_crt *chain_out,
		      mbedtls_pk_context *key_out, struct err *e)
{
	int ret;

	if (!load_key(leaf, pkcs8, key_out, e) || !load_one(chain_out, leaf, 0, e))
		return false;
	/* the library shows no other one, and ends each handshake (RFC 5246 7.4.2, RFC 8446 4.4.2.2) */
	if (mbedtls_x509_crt_check_key_usage(chain_out, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) != 0)
		return err_reason(
			e, "chain.not_loadable",
			"the key usage of %s lacks digitalSignature, with which TLS signs",
			leaf->thumbprint);
	for (size_t i = 0; chain && i < chain->n; i++)
		if (!load_one(chain_out, chain->items[i], i + 1, e))
			return false;
	ret = mbedtls_pk_check_pair(&chain_out->pk, key_out, tls_rng, NULL);
	if (ret != 0)
		return err_reason(e, "key.mismatch",
				  "the private key does not belong to certificate %s",
				  leaf->thumbprint);
	return true;
}

bool tls_try_load(const struct cert *leaf, const struct cert_list *chain,
		  const struct secret *pkcs8, struct err *e)
{
	mbedtls_x509_crt crt;
	mbedtls_pk_context key;
	bool ok;

	if (!tls_library_start(e))
		return false;
	mbedtls_x509_crt_init(&crt);
	mbedtls_pk_init(&key);
	ok = tls_binding_load(leaf, chain, pkcs8, &crt, &key, e);
	mbedtls_x509_crt_free(&crt);
	mbedtls_pk_free(&key);
	return ok;
}

/* mbedTLS takes the names from certificates; these have nothing but a name, borrowed from the
 * snapshot. */
static bool compile_issuers(const struct cert_list *from, mbedtls_x509_crt **out, struct err *e)
{
	mbedtls_x509_crt *crts;

	if (from->n == 0)
		return true;
	crts = mem_array(from->n, sizeof(*crts));
	if (!crts)
		return err_nomem(e);
	for (size_t i = 0; i < from->n; i++) {
		crts[i].version = 3; /* 0 would end the list */
		crts[i].subject_raw.p = (unsigned char *)from->items[i]->subject.der.p;
		crts[i].subject_raw.len = from->items[i]->subject.der.len;
		crts[i].next = i + 1 < from->n ? &crts[i + 1] : NULL;
	}
	*out = crts;
	return true;
}

static bool compile_binding(const struct served_binding *from, struct tls_binding *to,
			    struct err *e)
{
	to->served = from;
	to->scope.binding_id = from->id;
	/* a change is confirmed over a full handshake alone: while it is open, there are no others */
	to->scope.resumable = !from->asks_client_cert && !from->staged_change[0];
	memcpy(to->scope.cert_sha256, from->cert->sha256, SHA256_BYTES);
	if (!compile_issuers(&from->issuers, &to->issuers, e))
		return false;
	if (!tls_binding_load(from->cert, &from->chain, &from->pkcs8, &to->chain, &to->key, e))
		return err_wrap(e, "binding %s:%u:%s", from->endpoint.ip, from->endpoint.port,
				from->endpoint.host);
	return true;
}

static bool set_up(struct tls_config *c, mbedtls_ssl_config *ssl, const uint16_t *groups,
		   struct ticket_box *tickets, struct err *e)
{
	int ret = mbedtls_ssl_config_defaults(ssl, MBEDTLS_SSL_IS_SERVER,
					      MBEDTLS_SSL_TRANSPORT_STREAM,
					      MBEDTLS_SSL_PRESET_DEFAULT);

	if (ret != 0)
		return err_set(e, ERR_CRYPTO, "cannot set up TLS: %s", tls_error_text(ret));
	mbedtls_ssl_conf_rng(ssl, tls_rng, NULL);
	mbedtls_ssl_conf_min_tls_version(ssl, MBEDTLS_SSL_VERSION_TLS1_2);
	mbedtls_ssl_conf_max_tls_version(ssl, MBEDTLS_SSL_VERSION_TLS1_3);
	mbedtls_ssl_conf_ciphersuites(ssl, ciphersuites);
	mbedtls_ssl_conf_groups(ssl, groups);
	mbedtls_ssl_conf_renegotiation(ssl, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
	mbedtls_ssl_conf_legacy_renegotiation(ssl, MBEDTLS_SSL_LEGACY_NO_RENEGOTIATION);
	mbedtls_ssl_conf_authmode(ssl, MBEDTLS_SSL_VERIFY_NONE);
	mbedtls_ssl_conf_cert_cb(ssl, sni_certificate);
	mbedtls_ssl_conf_session_tickets_cb(ssl, ticket_write, ticket_parse, tickets);
	/* for all, and then empty where a binding has no names to send */
	mbedtls_ssl_conf_cert_req_ca_list(ssl, c->served->send_issuer_list
						       ? MBEDTLS_SSL_CERT_REQ_CA_LIST_ENABLED
						       : MBEDTLS_SSL_CERT_REQ_CA_LIST_DISABLED);
	ret = mbedtls_ssl_conf_alpn_protocols(ssl, alpn);
	if (ret != 0)
		return err_set(e, ERR_CRYPTO, "cannot set up ALPN: %s", tls_error_text(ret));
	return true;
}

bool tls_config_new(struct served *s, struct ticket_box *tickets, struct tls_config **out,
		    struct err *e)
{
	struct tls_config *c AUTO(tls_config_autop) = mem_new(struct tls_config);

	if (!c)
		return err_nomem(e);
	atomic_init(&c->refs, 1);
	c->served = served_ref(s);
	mbedtls_ssl_config_init(&c->ssl[GROUPS_ALL]);
	mbedtls_ssl_config_init(&c->ssl[GROUPS_NO_25519]);
	c->bindings = mem_array(s->n_bindings ? s->n_bindings : 1, sizeof(*c->bindings));
	if (!c->bindings)
		return err_nomem(e);
	c->n_bindings = s->n_bindings;
	for (size_t i = 0; i < c->n_bindings; i++) {
		mbedtls_x509_crt_init(&c->bindings[i].chain);
		mbedtls_pk_init(&c->bindings[i].key);
	}
	for (size_t i = 0; i < c->n_bindings; i++)
		if (!compile_binding(&s->bindings[i], &c->bindings[i], e))
			return false;
	if (!set_up(c, &c->ssl[GROUPS_ALL], tls_groups_served, tickets, e) ||
	    !set_up(c, &c->ssl[GROUPS_NO_25519], groups_no_25519, tickets, e))
		return false;
	*out = c;
	c = NULL;
	return true;
}

struct tls_config *tls_config_ref(struct tls_config *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void tls_config_unref(struct tls_config *c)
{
	if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	mbedtls_ssl_config_free(&c->ssl[GROUPS_ALL]);
	mbedtls_ssl_config_free(&c->ssl[GROUPS_NO_25519]);
	for (size_t i = 0; i < c->n_bindings; i++) {
		mbedtls_x509_crt_free(&c->bindings[i].chain);
		mbedtls_pk_free(&c->bindings[i].key);
		mem_free(c->bindings[i].issuers);
	}
	mem_free(c->bindings);
	served_unref(c->served);
	mem_free(c);
}

const struct tls_binding *tls_config_pick(const struct tls_config *c, const char *listener_ip,
					  uint16_t port, const char *sni)
{
	const struct served_binding *b = served_pick(c->served, listener_ip, port, sni);

	return b ? &c->bindings[b - c->served->bindings] : NULL;
}
