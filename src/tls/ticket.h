/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "base/err.h"

#include <mbedtls/ssl.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Session tickets of our own. A ticket names the binding and the host certificate that its
 * handshake showed, and resumes only where this ClientHello would get exactly those; a binding that
 * asks for client certificates resumes nothing, since a resumed session has no chain to judge.
 * Sealed with AES-256-GCM under keys that live in memory alone and change by the hour.
 * mbedTLS gives the callbacks no connection: the worker announces it with ticket_expect() before
 * each step of a handshake.
 */
#define TICKET_KEY_LIFE_S 3600 /* a key seals this long */
#define TICKET_KEYS 6	       /* so many are kept for opening: TLS_TICKET_LIFE_S and a bit */
#define TICKET_BYTES_MAX 1024  /* larger ones are not ours */

struct ticket_scope {
	int64_t binding_id;
	uint8_t cert_sha256[SHA256_BYTES];
	bool resumable; /* false: the binding asks for client certificates */
};

/* What this thread's present handshake may resume. scope NULL: nothing is known, nothing resumes.
 * opened becomes the scope of a ticket that was taken, opened.binding_id 0 when none was. */
struct ticket_expect {
	const struct ticket_scope *scope;
	struct ticket_scope opened;
};
void ticket_expect(struct ticket_expect *x); /* NULL after the step */

struct ticket_box;
bool ticket_box_new(struct ticket_box **out, struct err *e) MUST_USE;
void ticket_box_free(struct ticket_box *b);

int ticket_write(void *box, const mbedtls_ssl_session *session, unsigned char *start,
		 const unsigned char *end, size_t *len, uint32_t *lifetime_s);
int ticket_parse(void *box, mbedtls_ssl_session *session, unsigned char *buf, size_t len);
