/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Commands on their way to many agents at once, by libcurl's multi interface. Each goes to a bare
 * address, over TLS, and only if the listener shows the key that the agent registered with: nothing
 * is sent before that. No redirect, proxy, cookie or name look-up. Connections are kept for the next
 * command.
 * Threads  one; sender_wake() any
 */
#define SENDER_PATH "/officescan/agent/v1/command"
#define SENDER_PARALLEL_MAX 256		     /* commands on their way at a time */
#define SENDER_KEPT_MAX 4096		     /* connections kept open */
#define SENDER_CONNECT_MS 8000		     /* to be connected and shaken hands */
#define SENDER_ANSWER_MS 20000		     /* for one command, whole */
#define SENDER_ANSWER_MAX ((size_t)64 << 10) /* bytes of an answer */

struct sender;

struct sender_post {
	const char *address; /* IPv4 or IPv6 */
	uint16_t port;
	const uint8_t *listener_sha256; /* 32 bytes, of its public key */
	struct span body;		/* copied */
	void *arg;			/* comes back with the answer */
};

struct sender_answer {
	void *arg;
	int status;	   /* of HTTP; 0: none came */
	const char *error; /* then: why; borrowed for the call */
	struct span body;
};
/* May post the next one. */
typedef void (*sender_fn)(void *ctx, const struct sender_answer *a);

bool sender_new(sender_fn fn, void *ctx, struct sender **out, struct err *e) MUST_USE;
/* What is on its way is given up; drop (or NULL) gets each one's arg. */
void sender_free(struct sender *s, void (*drop)(void *arg));
size_t sender_room(const struct sender *s); /* how many more may be posted */
bool sender_post(struct sender *s, const struct sender_post *p, struct err *e) MUST_USE;
/* Sends, receives and answers for at most wait_ms, less where something came or woke it. */
bool sender_run(struct sender *s, int wait_ms, struct err *e) MUST_USE;
void sender_wake(struct sender *s);
