/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/api.h"
#include "core/core.h"
#include "core/page.h"

/*
 * For the resources of api/ alone: one row of the route table, one request, and the words of its
 * answer. A handler reads what it needs from struct api_call and ends in exactly one reply;
 * returning false makes a problem of e. What is common to all - body, dry run, If-Match demanded,
 * idempotency - is done around it by dispatch.c, as the row says.
 */
struct api_call;
typedef bool (*api_fn)(struct api_call *c, struct err *e);

enum api_body {
	BODY_NONE,
	BODY_JSON,	    /* an object with the members of the row, others refused */
	BODY_JSON_LARGE,    /* the same, as large as an upload */
	BODY_JSON_OPTIONAL, /* the same, or nothing at all */
	BODY_UPLOAD,	    /* multipart/form-data, or such an object with "file" */
	BODY_UPLOAD_OPTIONAL,
	BODY_FORM /* multipart/form-data alone */
};

enum api_flags {
	API_LOOKS = 1u << 0,   /* a POST that changes nothing: no dry run */
	API_MATCH = 1u << 1,   /* If-Match must be sent */
	API_PAGED = 1u << 2,   /* limit, page_token */
	API_ONCE = 1u << 3,    /* the answer holds a secret: a repeated key is refused */
	API_NO_DRY = 1u << 4,  /* nothing to try: log in and out, set up */
	API_OWN_DRY = 1u << 5, /* the handler does its dry run itself */
	API_CUT = 1u
		  << 6 /* a list that core/ gives whole: limit, page_token, fields; no limit: all */
};

struct api_route {
	const char *method, *pattern;
	enum http_run run;
	enum role role;
	enum api_body body;
	unsigned flags;
	const char *members; /* of the body, by comma; NULL: none */
	const char *query;   /* parameters besides those of the flags, by comma; NULL: none */
	api_fn fn;
	const char *operation;
};
extern const struct api_route api_route_rows[];
extern const size_t n_api_route_rows;

/* The query parameters of a row, those of its flags included: calls fn for each name. */
#define API_QUERY_MAX 24
size_t api_route_query(const struct api_route *r, char names[API_QUERY_MAX][24]);
bool api_is_write(const struct api_route *r);
/* Whether name is one of the members in a list by comma. */
bool api_in_list(const char *list, const char *name);

struct api {
	struct api_config config;
	struct http_server *_Atomic server;
	struct replay_table *replays;
	struct refusal_queue *refusals;
	struct agent_desk *agents;
	struct crl_notes *crl_notes;
	int64_t started_s;
};

struct api_call {
	struct http_call *http;
	struct api *api;
	struct core *core; /* this thread's; NULL on RUN_INLINE */
	const struct api_route *route;
	struct identity *who;
	struct actor actor;
	json_t *body; /* object; NULL without one */
	bool dry_run, minimal;
	struct replay *replay; /* where the answer is kept for a repeated key; NULL: nowhere */
	json_t *more;	       /* goes into the problem when the handler fails (checks); owned */
};

void api_dispatch(struct http_call *call);

/* request.c: what was asked. Texts are borrowed for the call. */
const char *api_param(const struct api_call *c, const char *name);
const char *api_query(const struct api_call *c, const char *name); /* NULL: absent or empty */
bool api_query_bool(const struct api_call *c, const char *name, int *out /* -1 absent, 0, 1 */,
		    struct err *e) MUST_USE;
bool api_query_time(const struct api_call *c, const char *name, int64_t *out /* 0 absent */,
		    struct err *e) MUST_USE;
bool api_query_int(const struct api_call *c, const char *name, int min, int max, int otherwise,
		   int *out, struct err *e) MUST_USE;
bool api_page(const struct api_call *c, struct page *out, struct err *e) MUST_USE;
/* A member of the body: from the form or from JSON. NULL: absent. */
bool api_text(struct api_call *c, const char *name, const char **out, struct err *e) MUST_USE;
bool api_flag(struct api_call *c, const char *name, bool *out, struct err *e) MUST_USE;
bool api_int(struct api_call *c, const char *name, int64_t min, int64_t max, int64_t *out,
	     struct err *e) MUST_USE; /* *out stays when absent */
/* Moves a password out of the request, wiping it there; *given false when absent. */
bool api_secret(struct api_call *c, const char *name, struct secret *out, bool *given,
		struct err *e) MUST_USE;
/* The uploaded file: a part of the form, base64 or PEM text in JSON. May be empty where the row
 * says optional. *name_out NULL: not told. */
bool api_file(struct api_call *c, struct buf *out, const char **name_out, struct err *e) MUST_USE;

/* reply.c: the answer, always true. The body is stolen. Sets ETag; answers 304 where it matches. */
bool api_reply(struct api_call *c, int status, json_t *body);
bool api_reply_list(struct api_call *c, json_t *page); /* 200, Link, X-Total-Count, fields= */
bool api_reply_created(struct api_call *c, const char *location,
		       json_t *body);	 /* 201, or 200 dry */
bool api_reply_done(struct api_call *c); /* 204 */
bool api_reply_file(struct api_call *c, const char *media_type, const char *file_name,
		    struct buf *file);
/* If-Match against the present state: request.stale. */
bool api_match(struct api_call *c, const json_t *present, struct err *e) MUST_USE;
#define API_ETAG_SIZE 36
bool api_etag(const json_t *body, char out[static API_ETAG_SIZE], struct err *e) MUST_USE;
/* {"items": stolen, "total": n} of a whole list that core/ gives as an array or as such already. */
json_t *api_whole_list(json_t *list);
/* "/api/v1/KIND/ID" with ID escaped. Static size. */
#define API_LOCATION_SIZE 512
void api_location(char out[static API_LOCATION_SIZE], const char *kind, const char *id);

/* replay.c: Idempotency-Key */
#define API_KEY_MAX 128		   /* bytes of an Idempotency-Key */
#define REPLAY_MAX 1000		   /* answers kept */
#define REPLAY_KEEP_S 86400	   /* for how long */
#define REPLAY_BODY_MAX (64 << 10) /* larger answers are not kept: the key is then refused */
struct replay_table;
struct replay_table *replay_table_new(void);
void replay_table_free(struct replay_table *t);
enum replay_state { REPLAY_NEW, REPLAY_KNOWN, REPLAY_OTHER, REPLAY_RUNNING, REPLAY_UNKEPT };
struct replay_answer {
	int status;
	char location[API_LOCATION_SIZE];
	char etag[API_ETAG_SIZE];
	char *body; /* mem_free; NULL: none */
};
/* key and request are hashed; REPLAY_NEW reserves an entry, to be ended by keep or drop. */
bool replay_begin(struct replay_table *t, struct span key, struct span request, int64_t now_s,
		  enum replay_state *state_out, struct replay **entry_out,
		  struct replay_answer *answer_out, struct err *e) MUST_USE;
void replay_keep(struct replay_table *t, struct replay *r, const struct replay_answer *answer);
void replay_drop(struct replay_table *t, struct replay *r);
