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

void tls_say_why(mbedtls_ssl_context *ssl, int ret)
{
	const unsigned char *head = ssl->MBEDTLS_PRIVATE(in_hdr);
	bool known, too_long;

	if (!head ||
	    (ret != MBEDTLS_ERR_SSL_INVALID_RECORD && ret != MBEDTLS_ERR_SSL_BAD_INPUT_DATA))
		return;
	known = head[0] >= MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC &&
		head[0] <= MBEDTLS_SSL_MSG_APPLICATION_DATA;
	too_long = known && (head[3] << 8 | head[4]) > RECORD_CONTENT_MAX;
	if (!too_long && ret != MBEDTLS_ERR_SSL_INVALID_RECORD)
		return; /* a mistake of ours */
	(void)mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
					     too_long ? MBEDTLS_SSL_ALERT_MSG_RECORD_OVERFLOW
						      : MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE);
}
