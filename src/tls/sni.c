/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/sni.h"

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
static int unrecognized(mbedtls_ssl_context *ssl)
{
	(void)mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
					     MBEDTLS_SSL_ALERT_MSG_UNRECOGNIZED_NAME);
	return MBEDTLS_ERR_SSL_UNRECOGNIZED_NAME;
}

int sni_certificate(mbedtls_ssl_context *ssl)
{
	struct connection *c = mbedtls_ssl_get_user_data_p(ssl);
	const struct tls_binding *b;
	size_t len = 0;
	const unsigned char *name = mbedtls_ssl_get_hs_sni(ssl, &len);
	int ret;

	c->sni[0] = '\0';
	if (name && !copy_name(name, len, c->sni, sizeof(c->sni)))
		return unrecognized(ssl);
	b = tls_config_pick(c->config, c->listener.ip, c->listener.port, c->sni[0] ? c->sni : NULL);
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
