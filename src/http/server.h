/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http/http.h"
#include "http/known.h"
#include "http/strict.h"
#include "http/traffic.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

/*
 * What http/'s own files share. One http_server for the process, one http_worker per loop with a
 * libmicrohttpd daemon of its own (external epoll, no listen socket), one http_wire per connection,
 * one http_call per request, taken from the worker's store of used ones.
 *
 * A call belongs to its worker's thread, but while stage is CALL_JUDGING, CALL_ADMITTING, CALL_SPOOLING,
 * CALL_WORKING or CALL_READING (the connection is suspended then) to the pool thread that runs it.
 */
#define HTTP_BODIES_MAX ((size_t)256 << 20) /* of all requests being received: 503 */
#define HTTP_PARAMS_MAX 6		    /* {names} in one pattern */
#define HTTP_QUERY_MAX 32  /* parameters in one query; with more it counts as broken */
#define HTTP_PARTS_MAX 64  /* of one form: 400 */
#define HTTP_CALLS_KEPT 64 /* used calls that a worker keeps */

struct router;
struct w3c_log;
struct static_files;
struct http_events;
struct http_spool;

struct http_server {
	struct http_config config; /* borrowed strings: the roof's, which outlives us */
	struct router *router;
	struct w3c_log *log;	    /* NULL: none */
	struct static_files *files; /* NULL: none */
	char id_prefix[17];	    /* of request ids, random per start */
	atomic_uint_fast64_t next_id;
	atomic_size_t body_bytes; /* held by all calls */
	atomic_int n_spools;
	pthread_mutex_t lock; /* guards served and workers */
	struct served *served;
	atomic_uint_fast64_t served_version; /* moves with served */
	atomic_uint_fast64_t events_ends;    /* how often somebody's streams of events were ended */
	struct traffic traffic;
	struct known_callers known;
	struct http_worker *workers[64];
	unsigned n_workers;
};

enum call_stage {
	CALL_NEW,	/* head read, nothing decided */
	CALL_JUDGING,	/* the client rule runs on the judges' pool */
	CALL_JUDGED,	/* it has answered */
	CALL_ADMITTING, /* the guard is asked before a large body */
	CALL_ADMITTED,
	CALL_BODY,     /* the body is coming in */
	CALL_SPOOLING, /* a piece of it is written to disk */
	CALL_WORKING,  /* guard and handler run on the job pool */
	CALL_ANSWERED, /* the reply is there, not yet queued */
	CALL_QUEUED,
	CALL_READING /* being sent: the pool reads the next block of the file */
};

struct named { /* name and value, both in the call's memory */
	const char *name, *value;
};

struct http_reply_header {
	char *name, *value;
};
#define HTTP_REPLY_HEADERS_MAX 24
#define EVENTS_WHOSE_BYTES 128 /* of a listener's name, with its end */

struct http_call {
	struct http_wire *wire;	    /* borrowed: lives as long as the connection */
	struct http_server *server; /* borrowed */
	struct MHD_Connection *mhd;
	enum call_stage stage;
	struct served *served; /* reference; NULL on a server that serves nothing yet */
	const struct served_binding *binding;
	const char *method;
	struct buf target;  /* as sent */
	char *path, *query; /* in memory; decoded and normalised path, query as sent */
	char *memory;	    /* target.c's strings, one block */
	char *query_memory;
	const char *authority; /* of an absolute target, "" none */
	bool scheme_is_http;   /* of an absolute target */
	struct named params[HTTP_PARAMS_MAX];
	size_t n_params;
	struct named queries[HTTP_QUERY_MAX];
	size_t n_queries;
	bool queries_read, query_broken;
	const struct http_route *route;
	struct buf body;
	size_t counted;		  /* of server->body_bytes */
	struct http_spool *spool; /* NULL: all of it is in memory */
	struct http_part *parts;
	size_t n_parts;
	size_t parts_room;
	bool parts_read;
	char *parts_memory;
	struct identity identity;
	void *job_context;
	char id[40];
	char log_user[129];
	int64_t began_ms;
	/* the reply; status 0: none yet */
	int status, substatus;
	uint32_t win32;
	const char *content_type; /* static, or the handler's for the call */
	char content_type_kept[128];
	struct buf reply;
	struct http_reply_header headers[HTTP_REPLY_HEADERS_MAX];
	size_t n_headers;
	struct MHD_Response *ready; /* a prepared response, instead of reply */
	bool ready_owned;	    /* made for this call alone */
	struct http_file *file;	    /* what the reply is read from, until it is queued */
	struct http_file *reading;  /* the same, afterwards; the response's */
	bool is_page;		    /* the headers of pages, not those of the API */
	bool close, events;
	char whose[EVENTS_WHOSE_BYTES]; /* events: who listens */
	uint_fast64_t events_ends;	/* the server's, before anybody asked who that is */
	bool rule_passed;
	LIST_ENTRY(http_call) entry; /* of the worker's suspended or spare ones */
	LIST_ENTRY(http_call) done;  /* of the mail */
};

struct http_wire {
	unsigned refs; /* the tap's and libmicrohttpd's */
	struct http_worker *worker;
	struct peer *peer;
	struct strict strict;
	int fd;
	bool started;	  /* libmicrohttpd knows it: it holds a reference */
	unsigned n_calls; /* heads that libmicrohttpd has read */
	struct http_call *call;
	bool reading;
	int64_t reading_since_ms;
	TAILQ_ENTRY(http_wire) all, slow;
};
TAILQ_HEAD(http_wires, http_wire);

/* Where pool threads leave finished calls; outlives the worker by its letters. */
struct http_mail {
	atomic_int refs;
	pthread_mutex_t lock;	    /* guards worker and the list */
	struct http_worker *worker; /* NULL: gone */
	LIST_HEAD(, http_call) done;
};

struct http_worker {
	struct http_server *server;
	struct loop *loop;
	struct MHD_Daemon *mhd;
	struct loop_io *io;
	struct loop_timer *sweep;
	struct http_wires all, slow;
	size_t n_wires;
	bool dirty, sweeping, draining;
	int64_t run_at_ms; /* when libmicrohttpd has a time-out of its own; -1 never */
	struct http_mail *mail;
	LIST_HEAD(, http_call) suspended, spare;
	size_t n_spare;
	struct served *served;
	uint64_t served_version;
	struct http_events *events;
};

/* call.c */
struct http_call *call_new(struct http_wire *wire, const char *target); /* NULL: no memory */
void call_free(struct http_call *c);
void call_drop_body(struct http_call *c); /* wipes it */

/* target.c: false: replied (400) */
bool target_read(struct http_call *c);

/* answer.c: libmicrohttpd's handler */
enum MHD_Result answer(void *worker, struct MHD_Connection *mhd, const char *url,
		       const char *method, const char *version, const char *upload,
		       size_t *upload_size, void **call);
void answer_resume(struct http_call *c); /* after a job, on the worker */

/* door.c: Host, plain listener, client-certificate rule. */
enum door { DOOR_PASSED, DOOR_REPLIED, DOOR_JUDGE };
enum door door_check(struct http_call *c);
void door_refuse_plain(struct http_call *c); /* 403.4 */

/* reply.c */
enum MHD_Result reply_queue(struct http_call *c);
bool reply_begin(struct http_call *c, int status, const char *content_type) MUST_USE;
void reply_json_as(struct http_call *c, int status, const char *type, json_t *body /* stolen */);
void reply_drop(struct http_call *c); /* what a handler had begun */

/* problem.c */
void reply_error(struct http_call *c, const char *dotted, const char *detail);
/* 405 with Allow; OPTIONS is told the same without a fault (RFC 9110 9.3.7). */
void reply_method(struct http_call *c, const char *allow, const char *detail);
void reply_status(struct http_call *c, int status, const char *fault); /* of strict */

/* server.c */
bool server_join(struct http_server *s, struct http_worker *w, struct err *e) MUST_USE;
void server_leave(struct http_server *s, struct http_worker *w);

/* wire.c */
#define HTTP_SWEEP_MS 1000 /* how often slow senders are looked for */
void wire_leave_worker(struct http_wire *wire);
void wire_progress(struct http_wire *wire); /* the time for a request starts anew */
struct http_wire *wire_of(struct MHD_Connection *mhd);
void wire_on_connection(void *worker, struct MHD_Connection *mhd, void **wire,
			enum MHD_ConnectionNotificationCode what);

/* mail.c */
struct http_mail *mail_ref(struct http_mail *m);
void mail_unref(struct http_mail *m);
void mail_read(struct http_mail *m);
bool worker_submit(struct http_call *c, struct pool *pool, pool_fn fn) MUST_USE;
/* For RUN_PASSWORD; where callers wait those who are known come first. */
bool worker_submit_password(struct http_call *c, pool_fn fn) MUST_USE;
void worker_done(struct http_call *c); /* from the pool's thread */

/* worker.c */
struct served *worker_served(struct http_worker *w); /* a reference */
