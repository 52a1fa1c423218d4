/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/shim.h"

#include "base/text.h"
#include "tls/connection.h"
#include "trust/judge.h"
#include "x509/cert.h"

#include <mbedtls/asn1.h>
#include <mbedtls/error.h>
#include <mbedtls/platform.h>
#include <string.h>

/* More than the engine takes from one peer; what comes after is left to mbedTLS alone. */
#define PRESENTED_MAX (TRUST_MAX_PRESENTED + 1)

static _Thread_local struct connection *capturing;

void shim_capture(struct connection *c)
{
	capturing = c;
}

/* Reads it with our own reader, for the engine. */
static void capture(struct connection *c, const unsigned char *der, size_t len)
{
	struct cert *cert AUTO(cert_autop) = NULL;
	struct err e = ERR_INIT;

	if (c->presented_unreadable || c->presented.n == PRESENTED_MAX)
		return;
	if (cert_parse(der, len, &cert, &e) && cert_list_add(&c->presented, cert, &e))
		return;
	c->presented_unreadable = true;
	text_copy(c->presented_error, sizeof(c->presented_error), e.text);
}

/* Accepts every extension that mbedTLS does not know: the engine judges those itself. */
static int accept_extension(void *unused, mbedtls_x509_crt const *crt, mbedtls_x509_buf const *oid,
			    int critical, const unsigned char *p, const unsigned char *end)
{
	(void)unused, (void)crt, (void)oid, (void)critical, (void)p, (void)end;
	return 0;
}

static bool skip(unsigned char **p, const unsigned char *end, int tag)
{
	size_t len;

	if (mbedtls_asn1_get_tag(p, end, &len, tag) != 0)
		return false;
	*p += len;
	return true;
}

/* The SubjectPublicKeyInfo of a certificate that mbedTLS does not take otherwise (RFC 5280 4.1). */
static bool find_key(unsigned char *p, const unsigned char *end, mbedtls_pk_context *out)
{
	const int seq = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
	size_t len;

	if (mbedtls_asn1_get_tag(&p, end, &len, seq) != 0)
		return false;
	if (mbedtls_asn1_get_tag(&p, end, &len, seq) != 0)
		return false;
	end = p + len;
	if (p < end && *p == 0xa0 &&
	    !skip(&p, end, MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED))
		return false; /* version */
	return skip(&p, end, MBEDTLS_ASN1_INTEGER) /* serial */ &&
	       skip(&p, end, seq) /* algorithm */ && skip(&p, end, seq) /* issuer */ &&
	       skip(&p, end, seq) /* validity */ && skip(&p, end, seq) /* subject */ &&
	       mbedtls_pk_parse_subpubkey(&p, end, out) == 0;
}

/* A certificate of which only the key is read: enough to prove possession, and our engine says what
 * is wrong with it. Returns what mbedTLS said when even that fails. */
static int take_bare(mbedtls_x509_crt *chain, const unsigned char *der, size_t len, int why)
{
	mbedtls_x509_crt *last = chain, *fresh = NULL;
	unsigned char *copy = mbedtls_calloc(1, len ? len : 1);

	if (!copy)
		return MBEDTLS_ERR_X509_ALLOC_FAILED;
	memcpy(copy, der, len);
	while (last->version != 0 && last->next)
		last = last->next;
	if (last->version != 0) {
		fresh = mbedtls_calloc(1, sizeof(*fresh));
		if (!fresh) {
			mbedtls_free(copy);
			return MBEDTLS_ERR_X509_ALLOC_FAILED;
		}
		mbedtls_x509_crt_init(fresh);
	}
	mbedtls_x509_crt *to = fresh ? fresh : last;
	if (!find_key(copy, copy + len, &to->pk)) {
		mbedtls_pk_free(&to->pk);
		mbedtls_pk_init(&to->pk);
		mbedtls_free(copy);
		mbedtls_free(fresh);
		return why;
	}
	to->version = 3;
	to->raw.p = copy;
	to->raw.len = len;
	to->MBEDTLS_PRIVATE(own_buffer) = 1;
	if (fresh)
		last->next = fresh;
	return 0;
}

/* mbedTLS's own function of this name, but for certificates that it does not take: a client's, which
 * the engine judges, and those of our own chains, of which only the bytes are sent. */
int mbedtls_x509_crt_parse_der(mbedtls_x509_crt *chain, const unsigned char *buf, size_t len)
{
	int ret;

	if (capturing)
		capture(capturing, buf, len);
	ret = mbedtls_x509_crt_parse_der_with_ext_cb(chain, buf, len, 1, accept_extension, NULL);
	if (ret != 0 && ret != MBEDTLS_ERR_X509_ALLOC_FAILED)
		ret = take_bare(chain, buf, len, ret);
	return ret;
}

/* In this process TLS asks for no verdict of mbedTLS's: what a certificate is worth is judged at the
 * door of HTTP, and VERIFY_OPTIONAL lets this answer pass. */
int mbedtls_x509_crt_verify_restartable(mbedtls_x509_crt *crt, mbedtls_x509_crt *trust_ca,
					mbedtls_x509_crl *ca_crl,
					const mbedtls_x509_crt_profile *profile, const char *cn,
					uint32_t *flags,
					int (*f_vrfy)(void *, mbedtls_x509_crt *, int, uint32_t *),
					void *p_vrfy, mbedtls_x509_crt_restart_ctx *rs_ctx)
{
	(void)crt, (void)trust_ca, (void)ca_crl, (void)profile, (void)cn, (void)f_vrfy;
	(void)p_vrfy, (void)rs_ctx;
	*flags = MBEDTLS_X509_BADCERT_NOT_TRUSTED;
	return MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
}

/* Purposes are judged by the checks before a bind and, of a client, at the door of HTTP. mbedTLS
 * would hold back a host certificate without serverAuth and end every handshake with an alert. */
int mbedtls_x509_crt_check_extended_key_usage(const mbedtls_x509_crt *crt, const char *usage_oid,
					      size_t usage_len)
{
	(void)crt, (void)usage_oid, (void)usage_len;
	return 0;
}
