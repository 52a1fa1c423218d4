/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/server.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "http/router.h"
#include "http/spool.h"
#include "http/static.h"
#include "http/w3c.h"

#define WORKERS_MAX ARRAY_LEN(((struct http_server *)0)->workers)

bool http_server_new(const struct http_config *config, struct http_server **out, struct err *e)
{
	struct http_server *s = mem_new(struct http_server);
	uint8_t random[8];

	if (!s)
		return err_nomem(e);
	s->config = *config;
	pthread_mutex_init(&s->lock, NULL);
	if (config->spool_dir)
		spool_sweep(config->spool_dir);
	random_bytes(random, sizeof(random));
	hex_lower(span_of(random, sizeof(random)), s->id_prefix);
	atomic_init(&s->next_id, 1);
	if (!router_new(config->routes, config->n_routes, &s->router, e) ||
	    (config->www_dir && !static_load(s, config->www_dir, &s->files, e)) ||
	    (config->log_dir && !w3c_open(config->log_dir, &s->log, e))) {
		http_server_free(s);
		return false;
	}
	*out = s;
	return true;
}

size_t http_server_traffic(struct http_server *s, struct traffic_step *out)
{
	return traffic_list(&s->traffic, clock_now_s(), out);
}

void http_server_free(struct http_server *s)
{
	if (!s)
		return;
	w3c_close(s->log);
	static_free(s->files);
	router_free(s->router);
	served_unref(s->served);
	pthread_mutex_destroy(&s->lock);
	mem_free(s);
}

void http_server_set_served(struct http_server *s, struct served *served)
{
	struct served *old;

	pthread_mutex_lock(&s->lock);
	old = s->served;
	s->served = served_ref(served);
	atomic_fetch_add(&s->served_version, 1);
	pthread_mutex_unlock(&s->lock);
	served_unref(old);
}

bool server_join(struct http_server *s, struct http_worker *w, struct err *e)
{
	bool ok;

	pthread_mutex_lock(&s->lock);
	ok = s->n_workers < WORKERS_MAX;
	if (ok)
		s->workers[s->n_workers++] = w;
	pthread_mutex_unlock(&s->lock);
	return ok || err_set(e, ERR_LIMIT, "more than %zu workers", WORKERS_MAX);
}

void server_leave(struct http_server *s, struct http_worker *w)
{
	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < s->n_workers; i++)
		if (s->workers[i] == w)
			s->workers[i] = s->workers[--s->n_workers];
	pthread_mutex_unlock(&s->lock);
}
