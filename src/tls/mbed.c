/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/mbed.h"

#include "base/log.h"
#include "tls/fast.h"
#include "x509/aead.h"

#include <mbedtls/error.h>
#include <mbedtls/psa_util.h>
#include <psa/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static psa_status_t start_status;

static void start(void)
{
	start_status = psa_crypto_init();
	if (start_status == PSA_SUCCESS && !fast_is_on())
		log_notice("tls.slow", "the faster arithmetic does not fit this TLS library");
}

bool tls_library_start(struct err *e)
{
	pthread_once(&once, start);
	if (start_status != PSA_SUCCESS)
		return err_set(e, ERR_CRYPTO, "cannot start the TLS library (%d)",
			       (int)start_status);
	return true;
}

int tls_rng(void *unused, unsigned char *out, size_t len)
{
	(void)unused;
	return mbedtls_psa_get_random(MBEDTLS_PSA_RANDOM_STATE, out, len);
}

const char *tls_error_text(int ret)
{
	static _Thread_local char text[128];
	char name[100];

	mbedtls_strerror(ret, name, sizeof(name));
	snprintf(text, sizeof(text), "%s (-0x%04x)", name, (unsigned)-ret);
	return text;
}

bool tls_speaks_13(const mbedtls_ssl_context *ssl)
{
	return ssl->MBEDTLS_PRIVATE(tls_version) == MBEDTLS_SSL_VERSION_TLS1_3;
}

/* What a server sends behind its Finished is protected by the keys of the application (RFC 8446 A.2).
 * mbedTLS keeps those of the handshake until the client's Finished has come, and no client could read
 * an alert of that time. The counter of those keys may begin anew, since whatever is said with them before the handshake
 * is over ends the connection. */
static void use_application_keys(mbedtls_ssl_context *ssl)
{
	mbedtls_ssl_transform *application = ssl->MBEDTLS_PRIVATE(transform_application);

	if (!tls_speaks_13(ssl) || !application ||
	    ssl->MBEDTLS_PRIVATE(transform_out) == application)
		return;
	ssl->MBEDTLS_PRIVATE(transform_out) = application;
	memset(ssl->MBEDTLS_PRIVATE(cur_out_ctr), 0, sizeof(ssl->MBEDTLS_PRIVATE(cur_out_ctr)));
}

int tls_shake(mbedtls_ssl_context *ssl)
{
	int ret = 0;

	while (ret == 0 && !mbedtls_ssl_is_handshake_over(ssl)) {
		ret = mbedtls_ssl_handshake_step(ssl);
		use_application_keys(ssl);
	}
	return ret;
}

/* mbedTLS says "decode error" of any ClientKeyExchange of TLS 1.2 that it cannot use; where its form is right
 * (RFC 8422 5.7), the point is not. */
static bool is_wrong_point(const mbedtls_ssl_context *ssl)
{
	const unsigned char *message =
		ssl->MBEDTLS_PRIVATE(in_msg); /* behind it a length of a byte */

	return ssl->MBEDTLS_PRIVATE(state) == MBEDTLS_SSL_CLIENT_KEY_EXCHANGE &&
	       ssl->MBEDTLS_PRIVATE(in_hslen) > HANDSHAKE_HEADER + 1 &&
	       message[HANDSHAKE_HEADER] == ssl->MBEDTLS_PRIVATE(in_hslen) - HANDSHAKE_HEADER - 1;
}

static unsigned char alert_for_handshake(mbedtls_ssl_context *ssl, int ret)
{
	if (mbedtls_ssl_is_handshake_over(ssl))
		return 0;
	switch (ret) {
	case MBEDTLS_ERR_SSL_CONN_EOF:
	case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
	case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
		return 0;
	case MBEDTLS_ERR_SSL_ALLOC_FAILED:
	case MBEDTLS_ERR_SSL_INTERNAL_ERROR:
		return MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR;
	case MBEDTLS_ERR_SSL_DECODE_ERROR:
		return is_wrong_point(ssl) ? MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER
					   : MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR;
	case MBEDTLS_ERR_SSL_BAD_INPUT_DATA: /* a message longer than any may be */
		return ssl->MBEDTLS_PRIVATE(transform_in) ? MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR
							  : MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER;
	case MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE:
		return MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE;
	default:
		return MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER;
	}
}

/* Bytes that a record may hold. */
static size_t content_max(const mbedtls_ssl_context *ssl)
{
	if (!ssl->MBEDTLS_PRIVATE(transform_in))
		return RECORD_PLAIN_MAX;
	return RECORD_PLAIN_MAX + AEAD_TAG_BYTES + (tls_speaks_13(ssl) ? 1 : 0); /* 1: its kind */
}

bool tls_record_overflows(const mbedtls_ssl_context *ssl)
{
	const unsigned char *head = ssl->MBEDTLS_PRIVATE(in_hdr);

	return head && (size_t)(head[3] << 8 | head[4]) > content_max(ssl);
}

bool tls_was_broken_off(const mbedtls_ssl_context *ssl, int ret)
{
	return ret == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE &&
	       ssl->MBEDTLS_PRIVATE(in_msg)[1] != MBEDTLS_SSL_ALERT_MSG_CLOSE_NOTIFY;
}

static unsigned char alert_for_record(const mbedtls_ssl_context *ssl, int ret)
{
	const unsigned char *head = ssl->MBEDTLS_PRIVATE(in_hdr);

	if (!head ||
	    (ret != MBEDTLS_ERR_SSL_INVALID_RECORD && ret != MBEDTLS_ERR_SSL_BAD_INPUT_DATA))
		return 0;
	if (head[0] >= MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC &&
	    head[0] <= MBEDTLS_SSL_MSG_APPLICATION_DATA && tls_record_overflows(ssl))
		return MBEDTLS_SSL_ALERT_MSG_RECORD_OVERFLOW;
	return ret == MBEDTLS_ERR_SSL_INVALID_RECORD ? MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE
						     : 0; /* 0: a mistake of ours */
}

/* A message that may not come after the handshake, KeyUpdate among them, which mbedTLS does not know. */
static unsigned char alert_for_message(mbedtls_ssl_context *ssl, int ret)
{
	return ret == MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE && mbedtls_ssl_is_handshake_over(ssl)
		       ? MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE
		       : 0;
}

void tls_say_why(mbedtls_ssl_context *ssl, int ret)
{
	unsigned char alert = alert_for_record(ssl, ret)
				      ?: alert_for_handshake(ssl, ret)
						 ?: alert_for_message(ssl, ret);

	if (alert)
		(void)mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, alert);
}
