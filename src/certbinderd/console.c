/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/console.h"

#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "certbinderd/paths.h"
#include "core/bindings/served.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void *job_setup(void *arg)
{
	return console_core(arg);
}

static void job_teardown(void *ctx)
{
	core_close(ctx);
}

static bool pools_make(struct console *k, struct err *e)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = cores > CONSOLE_JOBS_MIN ? (unsigned)cores : CONSOLE_JOBS_MIN;
	/* strangers who try passwords from everywhere are to hold up one another alone */
	unsigned n_passwords = n / 2 < CONSOLE_PASSWORDS_MAX ? n / 2 : CONSOLE_PASSWORDS_MAX;

	return pool_new(n, CONSOLE_JOBS_QUEUE, job_setup, job_teardown, k, &k->jobs, e) &&
	       pool_new(n_passwords, CONSOLE_JOBS_QUEUE, job_setup, job_teardown, k, &k->passwords,
			e) &&
	       pool_new(n / 2, CONSOLE_JOBS_QUEUE, job_setup, job_teardown, k, &k->judges, e);
}

static void tls_counters_for_api(void *arg, struct api_tls_counters *out)
{
	struct console *k = arg;
	struct tls_counters t = {.handshakes_full = 0};

	tls_front_counters(k->front, &t);
	*out = (struct api_tls_counters){.handshakes_full = t.handshakes_full,
					 .handshakes_resumed = t.handshakes_resumed,
					 .handshakes_failed = t.handshakes_failed,
					 .connections_open = t.connections_open,
					 .connections_refused = t.connections_refused};
}

static bool listener_for_api(void *arg, size_t i, char out[static 64])
{
	struct console *k = arg;
	struct tls_listener l[TLS_ENDPOINTS_MAX];

	if (i >= tls_front_listeners(k->front, l, TLS_ENDPOINTS_MAX))
		return false;
	(void)snprintf(out, 64, strchr(l[i].ip, ':') ? "%s://[%s]:%u" : "%s://%s:%u",
		       l[i].plain ? "http" : "https", l[i].ip, l[i].port);
	return true;
}

/* What a --http listener shows: files that prove themselves (DESIGN.md, Agents). */
static const char *const plain_prefixes[] = {
	"/officescan/hotfix_pccnt/Common/", "/officescan/publications/", "/officescan/crls/", NULL};

static bool server_make(struct console *k, struct err *e)
{
	struct http_config config = {.jobs = k->jobs,
				     .passwords = k->passwords,
				     .judges = k->judges,
				     .app = k->api,
				     .guard = api_guard,
				     .client_rule = api_client_rule,
				     .plain_prefixes = plain_prefixes,
				     .log_dir = k->log_dir,
				     .spool_dir = k->spool_dir,
				     .www_dir = k->www_dir[0] ? k->www_dir : NULL};

	config.routes = api_routes(&config.n_routes);
	return dir_make(k->log_dir, 0700, e) &&
	       path_join(k->spool_dir, sizeof(k->spool_dir), k->config->state_dir, "tmp", e) &&
	       dir_make(k->spool_dir, 0700, e) && http_server_new(&config, &k->http, e);
}

bool console_make(struct console *k, struct err *e)
{
	const struct api_config api = {
		.arg = k, .tls_counters = tls_counters_for_api, .listener = listener_for_api};
	struct api_config with = api;

	if (!signature_cache_new(CONSOLE_SIGNATURES_MAX, &k->signatures, e))
		return false;
	with.signatures = k->signatures;
	if (!paths_find(k->config, k->log_dir, sizeof k->log_dir, k->www_dir, sizeof k->www_dir,
			e) ||
	    !api_new(&with, &k->api, e))
		return false;
	k->publish_core = console_core(k);
	if (!k->publish_core)
		return err_set(e, ERR_DB, "the database cannot be opened");
	if (!pools_make(k, e) || !server_make(k, e))
		return false;
	api_set_server(k->api, k->http);
	return true;
}

void console_jobs_end(struct console *k)
{
	pool_free(k->jobs);
	pool_free(k->passwords);
	pool_free(k->judges);
	k->jobs = k->passwords = k->judges = NULL;
}

/* The inverse order of making: whoever uses a thing goes before it. */
void console_free(struct console *k)
{
	console_jobs_end(k);
	core_close(k->publish_core);
	if (k->api)
		api_set_server(k->api, NULL);
	http_server_free(k->http);
	api_free(k->api);
	signature_cache_free(k->signatures);
	tls_front_free(k->front);
	pthread_mutex_destroy(&k->publish_lock);
}

struct core *console_core(struct console *k)
{
	struct core_hooks hooks;
	struct err e = ERR_INIT;
	struct core *core = NULL;

	console_hooks(k, &hooks);
	if (!core_open(k->config->state_dir, false, &hooks, &core, &e))
		log_error("daemon.core", "%s", e.text);
	return core;
}
