/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/num.h"
#include "http/router.h"
#include "http/server.h"
#include "http/spool.h"
#include "http/static.h"

#include <string.h>

/*
 * The way of one request: libmicrohttpd calls answer() when the head is read, for each piece of the
 * body, at the body's end, and again after each suspension; stage says where we are.
 */

static bool is_refused(const struct http_call *c)
{
	const struct http_wire *w = c->wire;

	return w->strict.refused != 0 && w->n_calls == w->strict.n_heads;
}

/* ---- route and handler ---- */

/* OPTIONS *: what this server understands at all (RFC 9110 9.3.7). */
static void server_options(struct http_call *c)
{
	http_reply_header(c, "Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
	http_reply_empty(c, 204);
}

static void find_route(struct http_call *c)
{
	struct buf allow AUTO(buf_clear) = BUF_INIT;
	char *scratch = c->memory + c->target.len + 3; /* room made by target.c */

	memcpy(scratch, c->path, strlen(c->path) + 1);
	switch (router_match(c->server->router, c->method, c->path, scratch, &c->route, c->params,
			     &c->n_params)) {
	case ROUTE_FOUND:
		return;
	case ROUTE_OTHER_METHOD:
		router_allow(c->server->router, c->path, &allow);
		reply_method(c, buf_str(&allow), "this path does not take this method");
		return;
	case ROUTE_NONE:
		if (c->wire->peer->plain)
			door_refuse_plain(c);
		else if (strcmp(c->path, "*") == 0)
			server_options(c);
		else
			static_reply(c);
		return;
	}
}

/* The guard of such a route is asked before the body. */
static bool spools(const struct http_route *r)
{
	return r->body_max == HTTP_BODY_MAX_SPOOLED;
}

/* What of the body is still in memory and belongs on disk. */
static bool spool_rest(struct http_call *c)
{
	struct err e = ERR_INIT;

	if (!c->spool || c->status != 0 || spool_take(c->spool, &c->body, &e))
		return true;
	http_reply_problem(c, &e, NULL);
	return false;
}

static void run_handler(struct http_call *c)
{
	if (!spool_rest(c)) {
		call_drop_body(c);
		return;
	}
	if (c->server->config.guard)
		c->server->config.guard(c);
	if (c->status == 0)
		c->route->handler(c);
	if (c->status == 0)
		reply_error(c, "bug", "the handler gave no answer");
	call_drop_body(c);
}

static void run_as_job(void *context, void *call)
{
	struct http_call *c = call;

	c->job_context = context;
	run_handler(c);
	c->job_context = NULL;
	worker_done(c);
}

static enum MHD_Result run(struct http_call *c)
{
	const struct http_config *config = &c->server->config;

	if (c->route && c->status == 0 && c->route->run != RUN_INLINE) {
		c->stage = CALL_WORKING;
		if (c->route->run == RUN_PASSWORD ? worker_submit_password(c, run_as_job)
						  : worker_submit(c, config->jobs, run_as_job))
			return MHD_YES;
		reply_error(c, "busy", "too many requests are waiting");
	}
	if (c->route && c->status == 0)
		run_handler(c);
	return reply_queue(c);
}

/* ---- before the body ---- */

static void judge(void *context, void *call)
{
	struct http_call *c = call;

	c->job_context = context;
	c->rule_passed = c->server->config.client_rule(c);
	c->job_context = NULL;
	worker_done(c);
}

/* Of small forms nothing comes to disk. announced stays 0 when the length is unknown. */
static bool may_be_large(const struct http_call *c, int64_t *announced)
{
	const char *length = http_header(c, "Content-Length"); /* http/strict.h has looked at it */

	return !length ||
	       (num_i64(length, announced) && *announced > (int64_t)HTTP_PART_MEMORY_MAX);
}

/* Before a large body is taken, on the pool: whether this caller may send one. */
static void admit(void *context, void *call)
{
	struct http_call *c = call;
	const char *type = http_header(c, "Content-Type");
	char boundary[FORM_BOUNDARY_MAX + 1];
	struct err e = ERR_INIT;
	int64_t announced = 0;

	c->job_context = context;
	if (c->server->config.guard)
		c->server->config.guard(c);
	c->job_context = NULL;
	if (c->status == 0 && type && form_boundary(type, boundary) &&
	    may_be_large(c, &announced) &&
	    !spool_open(c->server->config.spool_dir, boundary, announced, &c->server->n_spools,
			&c->spool, &e))
		http_reply_problem(c, &e, NULL);
	worker_done(c);
}

static enum MHD_Result after_door(struct http_call *c)
{
	c->stage = CALL_BODY;
	if (c->status == 0)
		find_route(c);
	if (c->status != 0 || !c->route || !spools(c->route) || !c->server->config.spool_dir)
		return MHD_YES;
	c->stage = CALL_ADMITTING;
	if (worker_submit(c, c->server->config.jobs, admit))
		return MHD_YES;
	c->stage = CALL_BODY;
	reply_error(c, "busy", "too many requests are waiting");
	return MHD_YES;
}

/* Who is refused need not send it all. */
static enum MHD_Result after_admission(struct http_call *c)
{
	c->stage = CALL_BODY;
	if (c->status == 0)
		return MHD_YES;
	c->close = true;
	return reply_queue(c);
}

static enum MHD_Result at_head(struct http_call *c)
{
	struct pool *judges = c->server->config.judges;

	if (is_refused(c)) {
		reply_status(c, c->wire->strict.refused, c->wire->strict.fault);
		return reply_queue(c);
	}
	c->stage = CALL_BODY;
	if (!target_read(c))
		return MHD_YES;
	if (door_check(c) != DOOR_JUDGE)
		return after_door(c);
	c->stage = CALL_JUDGING;
	if (worker_submit(c, judges ? judges : c->server->config.jobs, judge))
		return MHD_YES;
	reply_error(c, "busy", "too many certificates are waiting to be judged");
	return after_door(c);
}

/* ---- body ---- */

static void spool_piece(void *context, void *call)
{
	struct http_call *c = call;

	(void)context;
	(void)spool_rest(c); /* a failure is the reply */
	worker_done(c);
}

/* The body in memory is counted; what lies on disk is not. */
static void after_piece(struct http_call *c)
{
	if (c->status != 0)
		call_drop_body(c);
	if (c->counted > c->body.len) {
		atomic_fetch_sub(&c->server->body_bytes, c->counted - c->body.len);
		c->counted = c->body.len;
	}
	wire_progress(c->wire);
}

static enum MHD_Result spool_next(struct http_call *c)
{
	c->stage = CALL_SPOOLING;
	wire_progress(c->wire);
	if (worker_submit(c, c->server->config.jobs, spool_piece))
		return MHD_YES;
	c->stage = CALL_BODY;
	call_drop_body(c);
	reply_error(c, "busy", "too many requests are waiting");
	return MHD_YES;
}

static enum MHD_Result at_body(struct http_call *c, const char *upload, size_t *upload_size)
{
	size_t n = *upload_size;

	if (n == 0) {
		if (is_refused(c)) {
			reply_drop(c);
			reply_status(c, c->wire->strict.refused, c->wire->strict.fault);
		}
		return run(c);
	}
	*upload_size = 0;
	if (c->status != 0 || !c->route)
		return MHD_YES; /* thrown away: the answer is known */
	c->counted += n;
	if (atomic_fetch_add(&c->server->body_bytes, n) + n > HTTP_BODIES_MAX) {
		call_drop_body(c);
		reply_error(c, "busy", "too much is being uploaded at once");
		return MHD_YES;
	}
	c->body.max = spools(c->route) ? HTTP_SPOOL_MEMORY_MAX : c->route->body_max;
	buf_add(&c->body, upload, n);
	if (!buf_ok(&c->body)) {
		bool large = c->counted > c->body.max;

		call_drop_body(c);
		reply_error(c, large ? "limit.body" : "nomem",
			    large ? "only the file of the form may be that large"
				  : "out of memory");
		return MHD_YES;
	}
	return c->spool && c->body.len >= HTTP_SPOOL_CHUNK_BYTES ? spool_next(c) : MHD_YES;
}

enum MHD_Result answer(void *worker, struct MHD_Connection *mhd, const char *url,
		       const char *method, const char *version, const char *upload,
		       size_t *upload_size, void **call)
{
	struct http_call *c = *call;

	(void)worker, (void)url, (void)version;
	if (!c)
		return MHD_NO;
	c->mhd = mhd;
	c->method = method;
	switch (c->stage) {
	case CALL_NEW:
		return at_head(c);
	case CALL_ADMITTED:
		return after_admission(c);
	case CALL_JUDGED:
		return after_door(c);
	case CALL_BODY:
		return at_body(c, upload, upload_size);
	case CALL_ANSWERED:
		return reply_queue(c);
	case CALL_JUDGING:
	case CALL_ADMITTING:
	case CALL_SPOOLING:
	case CALL_WORKING:
	case CALL_READING:
	case CALL_QUEUED:
		break;
	}
	return MHD_NO;
}

void answer_resume(struct http_call *c)
{
	static const enum call_stage after[] = {
		[CALL_JUDGING] = CALL_JUDGED, [CALL_ADMITTING] = CALL_ADMITTED,
		[CALL_SPOOLING] = CALL_BODY,  [CALL_WORKING] = CALL_ANSWERED,
		[CALL_READING] = CALL_QUEUED,
	};

	if (c->stage == CALL_SPOOLING)
		after_piece(c);
	c->stage = after[c->stage];
	MHD_resume_connection(c->mhd);
}
