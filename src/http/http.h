/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/pool.h"
#include "core/access/access.h"
#include "core/bindings/peer.h"
#include "core/bindings/stream.h"

/*
 * HTTP: libmicrohttpd behind a route table. Knows nothing of certificates as bytes. RFC 9112
 * strictness, limits, request ids, the W3C log and problem+json live here; what a route means lives
 * in api/.
 *
 * A request goes: strict front -> Host against binding (421) -> client-certificate rule (guard) ->
 * route -> guard (session, token, role) -> handler. RUN_JOB routes, guard included, run on the job
 * pool with the connection suspended, RUN_PASSWORD ones, which strangers may call and which take
 * long, on a pool of their own; RUN_INLINE ones on the worker and must not block.
 */
#define HTTP_BODY_MAX_DEFAULT ((size_t)1 << 20) /* bytes of a body of JSON */
#define HTTP_BODY_MAX_IMPORT ((size_t)12 << 20) /* base64 of IMPORT_MAX_BYTES and a bit */
#define HTTP_BODY_MAX_SPOOLED                                                                      \
	(((size_t)1 << 30) + ((size_t)2 << 20)) /* a form whose file goes to disk */
#define HTTP_HEADER_MAX ((size_t)8 << 10)	/* request line and headers */
#define HTTP_REQUEST_MAX_MS 30000		/* to send a request whole */
#define HTTP_IDLE_MAX_MS 75000			/* between requests */

struct http_call;

enum http_run { RUN_INLINE, RUN_JOB, RUN_PASSWORD };
typedef void (*http_handler)(struct http_call *call);

struct http_route {
	const char *method;  /* "GET", "POST", ...; HEAD follows GET */
	const char *pattern; /* "/api/v1/certificates/{sha256}"; "{rest*}" takes the remainder */
	enum http_run run;
	enum role role; /* least role; ROLE_NONE: open */
	size_t body_max; /* 0: no body taken; HTTP_BODY_MAX_SPOOLED: a form whose large part goes to disk */
	http_handler handler;
	const char *operation; /* operationId in openapi.yaml; NULL: not part of the API */
};

/* The request. Strings live as long as the call. */
const char *http_method(const struct http_call *c);
const char *http_path(const struct http_call *c); /* decoded, normalised */
const char *http_param(const struct http_call *c,
		       const char *name); /* of the pattern; never NULL for a named one */
const char *http_query(const struct http_call *c, const char *name); /* decoded; NULL: absent */
const char *http_query_name(const struct http_call *c, size_t i);    /* in order; NULL: no more */
/* False where a parameter is not well encoded UTF-8, or there are more than HTTP_QUERY_MAX: such ones
 * are absent above, so who acts on a query asks this first. */
bool http_query_is_whole(const struct http_call *c);
const char *http_header(const struct http_call *c, const char *name); /* NULL: absent */
/* The first cookie of this name (RFC 6265 4.2); p NULL: there is none. */
struct span http_cookie(const struct http_call *c, const char *name);
/* Whether a Content-Type says this type: in any case, parameters behind it (RFC 9110 8.3.1). header NULL: no. */
bool http_media_is(const char *header, const char *type);
/* Whether a list of If-Match or If-None-Match holds the tag, or "*" (RFC 9110 8.8.3.2); weak ones match only weakly. */
bool http_list_has_tag(const char *list, const char *tag, bool weak_too);
bool http_is_known(const struct http_call *c, const char *tag); /* by If-None-Match: 304 */
struct span http_body(const struct http_call *c);
const char *http_request_id(const struct http_call *c);
/* Of what of the body lies on disk; false when nothing does. */
bool http_spooled_digest(const struct http_call *c, uint8_t out[static SHA256_BYTES]);
struct peer *http_peer(const struct http_call *c); /* borrowed */
/* The snapshot that this request is answered under (the latest, not the one the connection began
 * with), and the binding in it that the connection is fixed to; NULL on a plain listener. Borrowed
 * for the call. */
const struct served *http_served(const struct http_call *c);
const struct served_binding *http_binding(const struct http_call *c);
const struct http_route *http_route_of(const struct http_call *c);
struct identity *http_identity(struct http_call *c); /* filled by the guard */
void *http_job_context(const struct http_call *c);   /* the job thread's context: its struct core */
void *http_app(const struct http_call *c);	     /* what the roof gave at start */

/* multipart/form-data, kept in memory within body_max; file parts keep their name. Passwords land
 * here: wiped after. */
struct http_part {
	const char *name, *file_name, *content_type;
	struct span data; /* followed by a NUL that it does not count; empty when spooled */
	/* Too large for memory (http/spool.h): read from the start of fd, which stays the call's. */
	bool spooled;
	int fd;
	int64_t spooled_bytes;
};
const struct http_part *http_form(struct http_call *c,
				  const char *name); /* NULL: absent, or not a form */
const struct http_part *http_form_at(struct http_call *c, size_t i); /* in order; NULL: no more */

/* The reply. The first status set wins; a handler that sets none is a bug and becomes 500. */
void http_reply_json(struct http_call *c, int status, json_t *body /* stolen */);
void http_reply_text(struct http_call *c, int status, const char *content_type, struct span body);
void http_reply_buf(struct http_call *c, int status, const char *content_type,
		    struct buf *body /* stolen */);
/* 200, or 206 and 416 by Range, 304 by If-None-Match. fd is taken over; etag with its quotes. */
void http_reply_file(struct http_call *c, int fd, int64_t size, const char *content_type,
		     const char *etag);
void http_reply_empty(struct http_call *c, int status);
void http_reply_header(struct http_call *c, const char *name, const char *value);
/* RFC 9457 for e: code, title, detail, remedies, trace_id; more (or NULL, stolen) is merged in
 * (checks[], errors[]). */
void http_reply_problem(struct http_call *c, const struct err *e, json_t *more);
/* 403 with sub-status and win32 for page, problem and log line. */
void http_reply_refused(struct http_call *c, int substatus, uint32_t win32, const char *reason,
			const char *explanation);
void http_set_log_user(struct http_call *c, const char *user);
/* Somebody has logged in by this call: from there RUN_PASSWORD handlers come before strangers'. */
void http_caller_is_known(struct http_call *c);

/* Server-sent events: replies 200 text/event-stream and keeps the connection; http_events_send()
 * reaches all of them. whose: a name, under which http_events_end_of() ends them; both from any thread. */
void http_reply_events(struct http_call *c, const char *whose);
struct http_server;
void http_events_send(struct http_server *s, const char *event, const json_t *data);
void http_events_end_of(struct http_server *s, const char *whose);

struct http_config {
	const struct http_route *routes;
	size_t n_routes;
	struct pool *jobs;
	struct pool *passwords; /* for RUN_PASSWORD; NULL: jobs */
	struct pool *judges;	/* for client_rule where a verdict is due; NULL: jobs */
	void *app;
	http_handler guard; /* before every routed handler, in its thread; replies to refuse. NULL:
			       none */
	/* The client-certificate rule, after Host and before the route, for requests whose path
	 * asks for a certificate (served_rule() is not ignore): replies 403.x and returns false, or
	 * lets pass. Runs on judges when a chain was sent and peer_verdict_holds() does not, else on the worker and may not block. NULL: such requests get 503. */
	bool (*client_rule)(struct http_call *c);
	/* What a --http listener shows: routes and files whose path begins with one of these,
	 * NULL-terminated; everything else there is 403.4. NULL: nothing. */
	const char *const *plain_prefixes;
	const char *spool_dir;	   /* of large uploads; NULL: they stay in memory */
	const char *log_dir;	   /* W3SVC1 folder; NULL: no log */
	const char *www_dir;	   /* static files; NULL: none */
	const char *server_header; /* NULL: none sent */
};
struct http_worker;

bool http_server_new(const struct http_config *config, struct http_server **out,
		     struct err *e) MUST_USE;
void http_server_free(struct http_server *s);
/* Requests and refusals (those with a sub-status) of the last day: http/traffic.h. */
struct traffic_step;
size_t http_server_traffic(struct http_server *s, struct traffic_step *out /* TRAFFIC_STEPS */);
bool http_worker_new(struct http_server *s, struct loop *l, struct http_worker **out,
		     struct err *e) MUST_USE;
void http_worker_free(struct http_worker *w);
/* Takes fd and peer over, also on failure, and gives the tap for the bytes on their way to fd. From
 * the worker's loop: what the roof gives to tls/ as tls_accepted_fn. */
bool http_worker_add(struct http_worker *w, int fd, struct peer *peer, struct stream_tap *tap_out);
/* Shutdown: ends idle connections, lets running calls finish; from the worker's loop. */
void http_worker_drain(struct http_worker *w);
/* The latest snapshot, for the client rule and Connection: close after a commit; a reference,
 * yours. */
void http_server_set_served(struct http_server *s, struct served *served);
