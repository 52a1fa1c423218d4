/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "http/server.h"
#include "tls/front.h"
#include "x509/key.h"
#include "x509/pem.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * The TLS front and HTTP alone, without stores: for tests that need nothing else.
 *
 *   front --listen IP:PORT [--http IP:PORT] --bind HOST,CERT.pem,KEY.pem[,ignore|accept|require]
 *               [--bind ...] [--workers N] [--log DIR] [--www DIR] [--held BYTES]
 *
 * Several --bind make several bindings of one endpoint. SIGUSR1 swaps the certificates of the first
 * two bindings that have the same host (in front of a second set given by --other, the next one).
 * --held begins as if so many bytes of bodies were being received already.
 * Prints a ready line, and one line {"event":"published",...} for each swap with the time it took
 * until a handshake of its own showed the new certificate.
 */
#define BINDINGS_HERE_MAX 16
#define WORKERS_MAX 16

struct option_bind {
	char host[256];
	char cert[2][512], key[2][512]; /* [1]: what a swap brings */
	enum client_certs client_certs;
};

static struct options {
	char listen_ip[48], http_ip[48];
	uint16_t listen_port, http_port;
	bool with_http;
	struct option_bind binds[BINDINGS_HERE_MAX];
	size_t n_binds;
	unsigned n_workers;
	uint64_t held_bytes;
	const char *log_dir, *www_dir;
} options = {.n_workers = 2};

struct worker {
	pthread_t thread;
	struct loop *loop;
	struct http_worker *http;
	struct tls_worker *tls;
};

static struct tls_front *front;
static struct http_server *server;
static struct worker workers[WORKERS_MAX];

static void die(const char *what, const struct err *e)
{
	fprintf(stderr, "front: %s: %s\n", what, e->text);
	exit(1);
}

/* ---- what is served ---- */

static bool add_pem(struct served_binding *b, const char *path, struct err *e)
{
	struct buf text AUTO(buf_clear) = BUF_INIT;
	struct pem pem AUTO(pem_clear) = {.n = 0};

	if (!file_read(path, 1 << 20, &text, e) || !pem_read(buf_span(&text), &pem, e))
		return false;
	for (size_t i = 0; i < pem.n; i++) {
		struct span der = buf_span(&pem.members[i].der);
		struct cert *c AUTO(cert_autop) = NULL;
		struct key_info info;

		if (strcmp(pem.members[i].label, "CERTIFICATE") != 0) {
			if (strstr(pem.members[i].label, "PRIVATE KEY") &&
			    !key_read(der, pem.members[i].label, NULL, NULL, &b->pkcs8, &info, e))
				return false;
			continue;
		}
		if (!cert_parse(der.p, der.len, &c, e))
			return false;
		if (b->cert) {
			if (!cert_list_add(&b->chain, c, e))
				return false;
		} else {
			b->cert = cert_ref(c);
		}
	}
	return true;
}

static bool build(int64_t generation, int set, struct served **out, struct err *e)
{
	struct served *s = mem_new(struct served);

	if (!s)
		return err_nomem(e);
	atomic_init(&s->refs, 1);
	s->tls_generation = s->trust_generation = generation;
	s->bindings = mem_array(options.n_binds, sizeof(*s->bindings));
	for (; s->n_bindings < options.n_binds; s->n_bindings++) {
		const struct option_bind *o = &options.binds[s->n_bindings];
		struct served_binding *b = &s->bindings[s->n_bindings];
		int which = o->cert[set][0] ? set : 0;

		b->id = (int64_t)s->n_bindings + 1;
		text_copy(b->endpoint.ip, sizeof(b->endpoint.ip), options.listen_ip);
		text_copy(b->endpoint.host, sizeof(b->endpoint.host), o->host);
		b->endpoint.port = options.listen_port;
		b->client_certs = o->client_certs;
		b->asks_client_cert = o->client_certs != CLIENT_CERTS_IGNORE;
		if (!add_pem(b, o->cert[which], e) || !add_pem(b, o->key[which], e))
			return false;
	}
	*out = s;
	return true;
}

static void publish(int64_t generation, int set)
{
	struct served *s = NULL;
	struct err e = ERR_INIT;
	struct prove_target t = {.ip = strcmp(options.listen_ip, "*") ? options.listen_ip
								      : "127.0.0.1",
				 .port = options.listen_port,
				 .sni = options.binds[0].host};
	struct prove_result r;
	int64_t start;

	if (!build(generation, set, &s, &e))
		die("build", &e);
	start = clock_mono_ns();
	if (!tls_front_publish(front, s, &e))
		die("publish", &e);
	http_server_set_served(server, s);
	if (generation > 1) {
		int64_t published = clock_mono_ns();

		if (!tls_prove(&t, 5000, &r, &e))
			die("prove", &e);
		printf("{\"event\":\"published\",\"generation\":%lld,\"publish_us\":%lld,"
		       "\"seen_us\":%lld,\"right\":%s}\n",
		       (long long)generation, (long long)(published - start) / 1000,
		       (long long)(clock_mono_ns() - start) / 1000,
		       strcmp(r.cert_sha256, s->bindings[0].cert->id) == 0 ? "true" : "false");
		fflush(stdout);
	}
	served_unref(s);
}

/* ---- routes ---- */

static void livez(struct http_call *c)
{
	http_reply_text(c, 200, "text/plain; charset=utf-8", span_str("ok\n"));
}

static void peer_facts(struct http_call *c)
{
	const struct peer *p = http_peer(c);

	http_reply_json(c, 200,
			json_pack("{s:s,s:s,s:s,s:b,s:I,s:s,s:I,s:b}", "sni", p->sni, "version",
				  p->tls_version, "cipher", p->cipher, "resumed", p->resumed,
				  "binding", (json_int_t)p->binding_id, "cert", p->host_cert_sha256,
				  "chain", (json_int_t)p->client_chain.n, "unreadable",
				  p->client_chain_unreadable));
}

static void echo(struct http_call *c)
{
	http_reply_text(c, 200, "application/octet-stream", http_body(c));
}

static void form(struct http_call *c)
{
	const struct http_part *file = http_form(c, "file"), *store = http_form(c, "store");
	struct err e = ERR_INIT;

	if (!file) {
		(void)err_reason(&e, "request.multipart", "no part 'file'");
		http_reply_problem(c, &e, NULL);
		return;
	}
	http_reply_json(c, 200,
			json_pack("{s:I,s:s?,s:o}", "bytes", (json_int_t)file->data.len,
				  "file_name", file->file_name, "store",
				  store ? json_text(store->data) : json_null()));
}

static void things(struct http_call *c)
{
	const char *q = http_query(c, "q");

	http_reply_json(c, 200,
			json_pack("{s:s,s:s?,s:s}", "id", http_param(c, "id"), "q", q, "request",
				  http_request_id(c)));
}

static void events(struct http_call *c)
{
	http_reply_events(c, "anybody");
}

/* Shut out while it was on its way: after the guard, before the stream. */
static void events_too_late(struct http_call *c)
{
	http_events_end_of(server, "anybody");
	http_reply_events(c, "anybody");
}

static void announce(struct http_call *c)
{
	struct span said = http_body(c);
	json_t *o =
		json_pack("{s:o}", "hello", said.len > 0 ? json_text(said) : json_string("world"));

	http_events_send(server, "test", o);
	json_decref(o);
	http_reply_empty(c, 204);
}

static const struct http_route routes[] = {
	{"GET", "/livez", RUN_INLINE, ROLE_NONE, 0, livez, NULL},
	{"GET", "/peer", RUN_INLINE, ROLE_NONE, 0, peer_facts, NULL},
	{"POST", "/echo", RUN_JOB, ROLE_NONE, 1 << 20, echo, NULL},
	{"POST", "/form", RUN_JOB, ROLE_NONE, 1 << 20, form, NULL},
	{"GET", "/things/{id}", RUN_INLINE, ROLE_NONE, 0, things, NULL},
	{"GET", "/jobs/{id}", RUN_JOB, ROLE_NONE, 0, things, NULL},
	{"GET", "/files/{id*}", RUN_INLINE, ROLE_NONE, 0, things, NULL},
	{"GET", "/events", RUN_INLINE, ROLE_NONE, 0, events, NULL},
	{"GET", "/events/too-late", RUN_JOB, ROLE_NONE, 0, events_too_late, NULL},
	{"POST", "/announce", RUN_INLINE, ROLE_NONE, 1 << 20, announce, NULL},
};

static bool client_rule(struct http_call *c)
{
	const struct peer *p = http_peer(c);

	if (p->client_chain.n > 0 ||
	    served_rule(http_binding(c), http_path(c)) != CLIENT_CERTS_REQUIRE)
		return true;
	http_reply_refused(c, 7, 5, "client.none", "a client certificate is required here");
	return false;
}

/* ---- start and stop ---- */

static bool read_endpoint(const char *text, char ip[static 48], uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 48;

	if (len >= 48 || !num_port(colon + 1, port))
		return false;
	memcpy(ip, text, len);
	ip[len] = '\0';
	return true;
}

static bool read_bind(char *text)
{
	struct option_bind *o = &options.binds[options.n_binds];
	char *rest = text, *host = strsep(&rest, ","), *cert = strsep(&rest, ","),
	     *key = strsep(&rest, ","), *mode = strsep(&rest, ","), *cert2 = strsep(&rest, ","),
	     *key2 = strsep(&rest, ",");

	if (!key || options.n_binds == BINDINGS_HERE_MAX)
		return false;
	text_copy(o->host, sizeof(o->host), host);
	text_copy(o->cert[0], sizeof(o->cert[0]), cert);
	text_copy(o->key[0], sizeof(o->key[0]), key);
	if (mode && strcmp(mode, "accept") == 0)
		o->client_certs = CLIENT_CERTS_ACCEPT;
	if (mode && strcmp(mode, "require") == 0)
		o->client_certs = CLIENT_CERTS_REQUIRE;
	if (key2) {
		text_copy(o->cert[1], sizeof(o->cert[1]), cert2);
		text_copy(o->key[1], sizeof(o->key[1]), key2);
	}
	options.n_binds++;
	return true;
}

static bool read_option(const char *name, char *value)
{
	uint64_t n;

	if (strcmp(name, "--listen") == 0)
		return read_endpoint(value, options.listen_ip, &options.listen_port);
	if (strcmp(name, "--http") == 0)
		return options.with_http =
			       read_endpoint(value, options.http_ip, &options.http_port);
	if (strcmp(name, "--bind") == 0)
		return read_bind(value);
	if (strcmp(name, "--log") == 0)
		return (options.log_dir = value) != NULL;
	if (strcmp(name, "--www") == 0)
		return (options.www_dir = value) != NULL;
	if (strcmp(name, "--held") == 0)
		return num_u64(value, UINT32_MAX, &options.held_bytes);
	if (strcmp(name, "--workers") == 0 && num_u64(value, WORKERS_MAX, &n) && n > 0) {
		options.n_workers = (unsigned)n;
		return true;
	}
	return false;
}

static void *run_worker(void *arg)
{
	struct worker *w = arg;
	struct err e = ERR_INIT;

	if (!loop_run(w->loop, &e))
		die("loop", &e);
	return NULL;
}

static bool accepted(void *arg, int fd, struct peer *peer, struct stream_tap *tap_out)
{
	return http_worker_add(arg, fd, peer, tap_out);
}

static void start_workers(void)
{
	struct err e = ERR_INIT;

	for (unsigned i = 0; i < options.n_workers; i++) {
		struct worker *w = &workers[i];

		if (!loop_new(&w->loop, &e) || !http_worker_new(server, w->loop, &w->http, &e) ||
		    !tls_worker_new(front, w->loop, accepted, w->http, &w->tls, &e))
			die("worker", &e);
	}
	for (unsigned i = 0; i < options.n_workers; i++)
		if (pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]) != 0)
			die("thread", &e);
}

static void stop_accepting(void *arg)
{
	struct worker *w = arg;

	tls_worker_stop_accepting(w->tls);
	http_worker_drain(w->http);
	loop_stop(w->loop);
}

static void stop(struct pool *jobs)
{
	for (unsigned i = 0; i < options.n_workers; i++)
		(void)!loop_post(workers[i].loop, stop_accepting, &workers[i]);
	for (unsigned i = 0; i < options.n_workers; i++)
		pthread_join(workers[i].thread, NULL);
	pool_free(jobs);
	for (unsigned i = 0; i < options.n_workers; i++) {
		tls_worker_free(workers[i].tls);
		http_worker_free(workers[i].http);
		loop_free(workers[i].loop);
	}
	http_server_free(server);
	tls_front_free(front);
}

static void raise_limits(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
		l.rlim_cur = l.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &l);
	}
}

int main(int argc, char **argv)
{
	static const char *const plain[] = {"/files/", NULL};
	struct http_config config = {.routes = routes,
				     .n_routes = ARRAY_LEN(routes),
				     .client_rule = client_rule,
				     .plain_prefixes = plain};
	struct err e = ERR_INIT;
	struct pool *jobs = NULL;
	int64_t generation = 1;
	sigset_t set;
	int sig;

	for (int i = 1; i + 1 < argc; i += 2)
		if (!read_option(argv[i], argv[i + 1])) {
			fprintf(stderr, "front: bad option %s\n", argv[i]);
			return 2;
		}
	log_init("front", LOG_INFO);
	raise_limits();
	(void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (!pool_new(2, 1024, NULL, NULL, NULL, &jobs, &e))
		die("pool", &e);
	config.jobs = jobs;
	config.log_dir = options.log_dir;
	config.www_dir = options.www_dir;
	if (!tls_front_new(&front, &e) || !http_server_new(&config, &server, &e))
		die("start", &e);
	atomic_store(&server->body_bytes, options.held_bytes);
	start_workers();
	if (!tls_front_open(front, options.listen_ip, options.listen_port, false,
			    &options.listen_port, &e))
		die("listen", &e);
	if (options.with_http && !tls_front_open(front, options.http_ip, options.http_port, true,
						 &options.http_port, &e))
		die("listen", &e);
	publish(generation, 0);
	printf("{\"event\":\"ready\",\"https\":[\"%s:%u\"],\"http_port\":%u,\"pid\":%d}\n",
	       options.listen_ip, options.listen_port, options.http_port, (int)getpid());
	fflush(stdout);
	while (sigwait(&set, &sig) == 0 && sig == SIGUSR1) {
		generation++;
		publish(generation, (int)(generation % 2 == 0));
	}
	stop(jobs);
	return 0;
}
