/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/sni.h"

#include "base/text.h"
#include "tls/connection.h"

#include <string.h>

/* No zero bytes and no oversize: what is no host name is answered as if it named nobody. */
static bool copy_name(const unsigned char *name, size_t len, char *out, size_t size)
{
	if (len == 0 || len >= size || memchr(name, 0, len))
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
	out[len] = '\0';
	if (len > 1 && out[len - 1] == '.')
		out[len - 1] = '\0';
	return true;
}

/* mbedTLS itself would only end the stream. */
static int give_up(mbedtls_ssl_context *ssl, unsigned char alert, int error)
{
	(void)mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, alert);
	return error;
}

static int unrecognized(mbedtls_ssl_context *ssl)
{
	return give_up(ssl, MBEDTLS_SSL_ALERT_MSG_UNRECOGNIZED_NAME,
		       MBEDTLS_ERR_SSL_UNRECOGNIZED_NAME);
}

int sni_certificate(mbedtls_ssl_context *ssl)
{
	struct connection *c = mbedtls_ssl_get_user_data_p(ssl);
	const struct tls_binding *b;
	char asked[sizeof(c->sni)] = "";
	size_t len = 0;
	const unsigned char *name = mbedtls_ssl_get_hs_sni(ssl, &len);
	int ret;

	if (name && !copy_name(name, len, asked, sizeof(asked)))
		return unrecognized(ssl);
	/* The hello after a HelloRetryRequest must be the first one again (RFC 8446 4.1.2). mbedTLS does
	 * not hold the two against each other, and would show the first name's certificate under the
	 * second one's binding. */
	if (c->binding && strcmp(asked, c->sni) != 0)
		return give_up(ssl, MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER,
			       MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER);
	text_copy(c->sni, sizeof(c->sni), asked);
	b = tls_config_pick(c->config, c->listener.ip, c->listener.port, asked[0] ? asked : NULL);
	if (!b)
		return unrecognized(ssl);
	c->binding = b;
	c->expect.scope = &b->scope;
	ret = mbedtls_ssl_set_hs_own_cert(ssl, (mbedtls_x509_crt *)&b->chain,
					  (mbedtls_pk_context *)&b->key);
	if (ret != 0)
		return ret;
	mbedtls_ssl_set_hs_authmode(ssl, b->served->asks_client_cert ? MBEDTLS_SSL_VERIFY_OPTIONAL
								     : MBEDTLS_SSL_VERIFY_NONE);
	if (b->issuers)
		mbedtls_ssl_set_hs_dn_hints(ssl, b->issuers);
	return 0;
}
