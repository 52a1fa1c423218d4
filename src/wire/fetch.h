/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "x509/cert.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * HTTP from an agent to its server, by libcurl. Who answers is settled before a byte of the request
 * is sent: with pins, the certificate shown must be one of them, byte for byte (names, chains and
 * dates are not looked at: the publication is the pin). Without pins anybody may answer, and the
 * caller believes nothing that does not prove itself. No redirect, proxy, cookie or resumption.
 * Threads  one at a time
 */
#define WIRE_CONNECT_MS 10000		  /* to be connected and shaken hands */
#define WIRE_ANSWER_MS 30000		  /* for one request, whole */
#define WIRE_ANSWER_MAX ((size_t)1 << 20) /* bytes of one answer */
#define WIRE_RETRY_AFTER_MAX_S 86400	  /* longer waits are not believed */

struct wire_client;

struct wire_request {
	const char *method; /* "GET", "POST" */
	const char *url;
	const char *content_type;  /* of body; NULL: none is sent */
	const char *authorization; /* NULL: none; held back from an unproved server like all else */
	struct span body;
};

struct wire_answer {
	int status;
	int retry_after_s; /* 0: not said */
	struct buf body;
};
#define WIRE_ANSWER_INIT                                                                           \
	{                                                                                          \
		.status = 0                                                                        \
	}
void wire_answer_clear(struct wire_answer *a);
#define AUTO_WIRE_ANSWER AUTO(wire_answer_clear)

/* Once, before any thread. */
bool wire_start(struct err *e) MUST_USE;
/* Ends what runs within a second or so, and all that is begun later: the program ends. Any thread. */
void wire_end(void);

/* pins: copied; NULL: whoever answers. An empty list matches nobody. */
bool wire_client_new(const struct cert_list *pins, struct wire_client **out,
		     struct err *e) MUST_USE;
void wire_client_free(struct wire_client *c); /* NULL is fine */
DEFINE_AUTO(struct wire_client *, wire_client, wire_client_free)
#define AUTO_WIRE_CLIENT AUTO(wire_client_autop)

/*
 * *out     any status is an answer; 3xx is not followed
 * Errors   agent.unreachable, agent.unproved (the certificate is not one of the pins: nothing was
 *	    sent), ERR_LIMIT, ERR_NOMEM
 */
bool wire_fetch(struct wire_client *c, const struct wire_request *r, struct wire_answer *out,
		struct err *e) MUST_USE;
