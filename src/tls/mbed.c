/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/mbed.h"

#include "base/log.h"
#include "tls/fast.h"

#include <mbedtls/error.h>
#include <mbedtls/psa_util.h>
#include <psa/crypto.h>
#include <pthread.h>
#include <stdio.h>

#define RECORD_CONTENT_MAX (16384 + 256) /* of an encrypted record, RFC 8446 5.2 */

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

/* Nothing is encrypted yet, and the client is still there to be told. */
static unsigned char alert_for_hello(const mbedtls_ssl_context *ssl, int ret)
{
	if (ssl->MBEDTLS_PRIVATE(transform_out) ||
	    mbedtls_ssl_is_handshake_over((mbedtls_ssl_context *)ssl))
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
		return MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR;
	case MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE:
		return MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE;
	default:
		return MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER;
	}
}

static unsigned char alert_for_record(const mbedtls_ssl_context *ssl, int ret)
{
	const unsigned char *head = ssl->MBEDTLS_PRIVATE(in_hdr);
	bool known, too_long;

	if (!head ||
	    (ret != MBEDTLS_ERR_SSL_INVALID_RECORD && ret != MBEDTLS_ERR_SSL_BAD_INPUT_DATA))
		return 0;
	known = head[0] >= MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC &&
		head[0] <= MBEDTLS_SSL_MSG_APPLICATION_DATA;
	too_long = known && (head[3] << 8 | head[4]) > RECORD_CONTENT_MAX;
	if (too_long)
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
				      ?: alert_for_hello(ssl, ret) ?: alert_for_message(ssl, ret);

	if (alert)
		(void)mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, alert);
}
