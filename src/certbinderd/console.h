/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/api.h"
#include "base/pool.h"
#include "certbinderd/options.h"
#include "core/core.h"
#include "http/http.h"
#include "tls/front.h"

#include <pthread.h>
#include <stdatomic.h>

/*
 * The running console: what main() puts together. This file is the wiring between floors that do
 * not know one another: core/'s hooks are answered with tls/ and api/ here.
 */
#define CONSOLE_JOBS_MIN 4	      /* threads that run what blocks */
#define CONSOLE_JOBS_QUEUE 2000	      /* calls that wait for them; more get 503 */
#define CONSOLE_PASSWORDS_MAX 8	      /* passwords looked at together, each in 64 MiB */
#define CONSOLE_PROVE_TIMEOUT_MS 5000 /* for one handshake of a proof */
#define CONSOLE_SIGNATURES_MAX 20000  /* cached results of signature checks */

struct console {
	const struct config_file *config; /* borrowed from main() */
	struct tls_front *front;
	struct http_server *http;
	struct api *api;
	struct signature_cache *signatures;
	struct pool *jobs, *passwords, *judges;
	char log_dir[4096], www_dir[4096], spool_dir[4096];
	int listen_fd; /* of the service manager, until the front has it; -1: none */

	/* Publishers take turns; core is theirs. */
	pthread_mutex_t publish_lock;
	struct core *publish_core;
	atomic_int_fast64_t tls_generation, trust_generation; /* served now */
	atomic_uint n_dropped; /* endpoints that a publish had to leave out */
	atomic_bool stopping;  /* ends downloads */

	char https[LISTENS_MAX][64], http_text[LISTENS_MAX][64]; /* as the ready line says */
};

/* Opens the listeners (port 0 becomes a port), makes the first binding, settles what the last run
 * left open, rebuilds the files. core is the main thread's. */
bool console_prepare(struct console *k, struct core *core, struct config_file *config,
		     struct err *e) MUST_USE;
/* Makes server, api and pools; nothing runs on a worker yet. */
bool console_make(struct console *k, struct err *e) MUST_USE;
/* Finishes what runs in the pools. */
void console_jobs_end(struct console *k);
void console_free(struct console *k);

/* Builds what the database says and publishes it. Any thread. */
bool console_publish(struct console *k, int64_t *tls_generation_out, struct err *e) MUST_USE;
/* The hooks of a core inside this process. */
void console_hooks(struct console *k, struct core_hooks *out);
/* A core of this process's own, for one thread; NULL and logged when it cannot be had. */
struct core *console_core(struct console *k);
