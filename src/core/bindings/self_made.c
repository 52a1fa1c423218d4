/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/self_made.h"

#include "base/text.h"
#include "core/console/settings.h"
#include "x509/issue.h"
#include "x509/key.h"

#include <pthread.h>
#include <string.h>

#define NAMES_MAX 4
#define CN_MAX 64 /* ub-common-name, RFC 5280 appendix A */

static void name_add(const char **names, size_t *n, size_t max, const char *name)
{
	if (name[0] == '\0' || *n == max)
		return;
	for (size_t i = 0; i < *n; i++)
		if (text_equal_nocase(names[i], name))
			return;
	names[(*n)++] = name;
}

bool self_made(struct core *c, struct buf *der_out, struct secret *pkcs8_out, struct err *e)
{
	struct host_identity host AUTO(host_identity_clear) = {.n_addresses = 0};
	const char *names[NAMES_MAX], *ips[ISSUE_NAMES_MAX - NAMES_MAX];
	size_t n_names = 0, n_ips = 0;
	int64_t now = core_now_s(c);

	if (!host_identity_read(&host, e))
		return false;
	name_add(names, &n_names, NAMES_MAX, host.host);
	name_add(names, &n_names, NAMES_MAX, host.fqdn);
	name_add(names, &n_names, NAMES_MAX, "localhost");
	name_add(ips, &n_ips, ARRAY_LEN(ips), "127.0.0.1");
	name_add(ips, &n_ips, ARRAY_LEN(ips), "::1");
	for (size_t i = 0; i < host.n_addresses; i++)
		name_add(ips, &n_ips, ARRAY_LEN(ips), host.addresses[i]);

	const struct issue_params p = {
		.common_name = strlen(names[0]) <= CN_MAX ? names[0] : "localhost",
		.dns_names = names,
		.n_dns_names = n_names,
		.ip_addresses = ips,
		.n_ip_addresses = n_ips,
		.server_auth = true,
		.not_before_s = now - SELF_MADE_BEFORE_S,
		.not_after_s = now - SELF_MADE_BEFORE_S + SELF_MADE_DAYS * INT64_C(86400) - 1};

	return key_generate("ec256", pkcs8_out, e) &&
	       cert_make_self_signed(pkcs8_out, &p, der_out, e);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct cert *fallback_cert;
static struct secret fallback_pkcs8;

static bool fallback_make(struct core *c, struct err *e)
{
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct buf der AUTO_BUF = BUF_INIT;

	if (fallback_cert && fallback_cert->not_after_s > core_now_s(c))
		return true;
	if (!self_made(c, &der, &key, e))
		return err_wrap(e, "fallback certificate");
	cert_unref(fallback_cert);
	fallback_cert = NULL;
	if (!cert_parse(der.data, der.len, &fallback_cert, e))
		return err_wrap(e, "fallback certificate");
	secret_move(&fallback_pkcs8, &key);
	return true;
}

bool fallback_get(struct core *c, struct cert **cert_out, struct secret *pkcs8_out, struct err *e)
{
	bool good;

	pthread_mutex_lock(&lock);
	good = fallback_make(c, e) &&
	       secret_set(pkcs8_out, fallback_pkcs8.data, fallback_pkcs8.len, e);
	if (good)
		*cert_out = cert_ref(fallback_cert);
	pthread_mutex_unlock(&lock);
	return good;
}
