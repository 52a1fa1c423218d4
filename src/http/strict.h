/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "core/bindings/stream.h"
#include "http/http.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * RFC 9112 before the HTTP library: follows one client's bytes request by request and passes on only
 * heads that are whole and right and bodies framed one way. Chunk extensions and trailers, which
 * nothing here wants, are taken out. Pure: no I/O, no clock, no allocation.
 *
 * A head that is wrong is replaced by a request of our own, and a chunked body that goes wrong is
 * ended; either way the call that the library then makes of it is refused with the status kept here,
 * in its place behind earlier pipelined requests, and the connection closes.
 */
#define HTTP_TARGET_MAX ((size_t)4096) /* bytes of request target: 414 */
#define HTTP_FIELDS_MAX 100	       /* header fields: 431 */
#define HTTP_FIELD_COST 80 /* bytes that a field, cookie or parameter takes beside its text */
#define HTTP_HEAD_COST_MAX                                                                         \
	9216 /* bytes of a head with the cost of its fields and cookies: 431; by parameters: 414 */
#define HTTP_CHUNK_LINE_MAX 256 /* size and extensions of one chunk: 400 */
#define HTTP_TRAILER_MAX 4096	/* bytes of trailers: 431 */
#define HTTP_EMPTY_LINES_MAX 4	/* before a request line (RFC 9112 2.2): 400 */

/* Most bytes that a body for this request may have; method and target as sent. */
typedef size_t (*strict_limit_fn)(void *arg, struct span method, struct span target);

enum strict_state {
	STRICT_START, /* between requests */
	STRICT_HEAD,
	STRICT_TIDY, /* a right head goes on piece by piece, without blanks at the ends of its lines */
	STRICT_LENGTH_BODY,
	STRICT_CHUNK_SIZE,
	STRICT_CHUNK_DATA,
	STRICT_CHUNK_END,
	STRICT_TRAILER,
	STRICT_OVER /* refused: nothing more is read */
};

struct strict {
	enum strict_state state;
	strict_limit_fn limit; /* NULL: HTTP_BODY_MAX_DEFAULT for all */
	void *limit_arg;
	unsigned n_heads;  /* passed on, the replaced one included */
	int refused;	   /* status for call n_heads; 0: none */
	const char *fault; /* static text: what is wrong with it */
	/* the head that is being read; offsets into the held bytes */
	size_t checked, line; /* bytes looked at; start of the present line */
	unsigned n_fields, n_empty_lines;
	size_t cookie_cost; /* of the second copy and the names that the HTTP library makes */
	bool http_1_0, has_host, has_length, chunked;
	bool untidy; /* blanks stand at the end of a line, which the HTTP library takes for the value's */
	enum strict_state next;	    /* behind STRICT_TIDY, which counts line down */
	struct span method, target; /* valid only while the head is looked at */
	size_t method_len, target_at, target_len;
	/* of a refused head whose request line was right, for the log; cut off; "" else */
	char seen_method[8], seen_target[128];
	uint64_t left;	     /* of the body or chunk */
	uint64_t body_bytes; /* of the chunks so far */
	size_t body_max, trailer_bytes;
};

void strict_init(struct strict *s, strict_limit_fn limit, void *arg);
/* A stream_tap's bytes. */
void strict_bytes(struct strict *s, struct span in, struct stream_step *out);
/* Whether a request has begun to arrive and is not all there. */
bool strict_is_reading(const struct strict *s);

/* strict_head.c: one line of the head. False: refused. */
bool strict_request_line(struct strict *s, const uint8_t *head, struct span line);
bool strict_field_line(struct strict *s, struct span line);
bool strict_head_end(struct strict *s, const uint8_t *head);
/* Bytes of the token (RFC 9110 5.6.2) that s begins with. */
size_t strict_token_len(struct span s);
/* Keeps status and fault, and returns false. */
bool strict_refuse(struct strict *s, int status, const char *fault);

/* strict.c, for bodies too: takes the next line, checked; *line without its CRLF, p NULL when it is
 * not all there. Bytes behind it are not looked at. False: refused. */
bool strict_next_line(struct strict *s, struct span in, struct span *line);
void strict_start_over(struct strict *s);

/* strict_body.c: one step each. */
void strict_chunk_line(struct strict *s, struct span in, struct stream_step *out);
void strict_chunk_end(struct strict *s, struct span in, struct stream_step *out);
void strict_trailer(struct strict *s, struct span in, struct stream_step *out);
void strict_counted(struct strict *s, struct span in, enum strict_state next,
		    struct stream_step *out);
