/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/console.h"

#include "base/log.h"
#include "core/bindings/served.h"
#include "wire/download.h"

#include <string.h>

static bool is_default_endpoint(const struct console *k, const struct served_binding *b)
{
	return b->endpoint.port == k->config->https.items[0].port &&
	       strcmp(b->endpoint.ip, k->config->https.items[0].ip) == 0;
}

/* An address that went away must not keep the others from being served: its bindings wait. */
static unsigned endpoints_drop(struct console *k, struct served *s)
{
	unsigned n_dropped = 0;

	for (size_t i = 0; i < s->n_bindings;) {
		const struct endpoint ep = s->bindings[i].endpoint;
		struct err why = ERR_INIT;

		if (is_default_endpoint(k, &s->bindings[i]) ||
		    tls_front_try_endpoint(k->front, ep.ip, ep.port, &why)) {
			i++;
			continue;
		}
		if (atomic_load(&k->n_dropped) == 0)
			log_warning("daemon.endpoint_left_out", "ip=%s port=%u why=%s", ep.ip,
				    (unsigned)ep.port, why.text);
		served_drop_endpoint(s, ep.ip, ep.port);
		n_dropped++;
		i = 0;
	}
	return n_dropped;
}

static void degraded_log(const struct served *s, int64_t before)
{
	if (before == s->tls_generation)
		return;
	for (size_t i = 0; i < s->n_bindings; i++)
		if (s->bindings[i].degraded)
			log_warning("daemon.degraded", "binding=%lld why=%s",
				    (long long)s->bindings[i].id, s->bindings[i].degraded_why);
}

static bool publish_locked(struct console *k, struct err *e)
{
	struct served *s AUTO(served_autop) = NULL;
	unsigned n_dropped;

	if (!served_build(k->publish_core, &s, e))
		return false;
	n_dropped = endpoints_drop(k, s);
	if (!tls_front_publish(k->front, s, e))
		return false;
	http_server_set_served(k->http, s);
	degraded_log(s, atomic_load(&k->tls_generation));
	atomic_store(&k->n_dropped, n_dropped);
	atomic_store(&k->tls_generation, s->tls_generation);
	atomic_store(&k->trust_generation, s->trust_generation);
	log_info("daemon.publish", "tls_generation=%lld trust_generation=%lld bindings=%zu",
		 (long long)s->tls_generation, (long long)s->trust_generation, s->n_bindings);
	return true;
}

bool console_publish(struct console *k, int64_t *tls_generation_out, struct err *e)
{
	bool good;

	pthread_mutex_lock(&k->publish_lock);
	good = publish_locked(k, e);
	pthread_mutex_unlock(&k->publish_lock);
	*tls_generation_out = atomic_load(&k->tls_generation);
	return good;
}

static bool hook_publish(void *arg, int64_t *tls_generation_out, struct err *e)
{
	return console_publish(arg, tls_generation_out, e);
}

static bool hook_prove(void *arg, const struct prove_target *t, struct prove_result *out,
		       struct err *e)
{
	(void)arg;
	return tls_prove(t, CONSOLE_PROVE_TIMEOUT_MS, out, e);
}

static bool hook_try_endpoint(void *arg, const char *ip, uint16_t port, struct err *e)
{
	struct console *k = arg;

	return tls_front_try_endpoint(k->front, ip, port, e);
}

static bool hook_try_load(void *arg, const struct cert *leaf, const struct cert_list *chain,
			  const struct secret *pkcs8, struct err *e)
{
	(void)arg;
	return tls_try_load(leaf, chain, pkcs8, e);
}

static bool hook_download(void *arg, const struct download_request *r, struct buf *out,
			  struct err *e)
{
	struct console *k = arg;

	return download_get(r, &k->stopping, out, e);
}

static void hook_notify(void *arg, const char *topic, const json_t *what)
{
	struct console *k = arg;

	api_notify(k->api, topic, what);
}

void console_hooks(struct console *k, struct core_hooks *out)
{
	*out = (struct core_hooks){.arg = k,
				   .publish = hook_publish,
				   .prove = hook_prove,
				   .try_endpoint = hook_try_endpoint,
				   .try_load = hook_try_load,
				   .notify = hook_notify,
				   .download = hook_download};
}
