/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The plain side of one connection, as tls/ (which moves the bytes) and http/ (which understands
 * them) agree on it without knowing one another: http/ looks at every byte of the client before it
 * goes down the socketpair, so that nothing reaches the HTTP library that RFC 9112 forbids.
 * Threads  all calls from the worker's own thread
 */

/* Most bytes that may be held back for want of more: a request head with its largest line. */
#define STREAM_HELD_MAX ((size_t)20 << 10) /* bytes of a client that nobody took yet */

/* What becomes of the bytes shown: take of them go on, then the drop next ones are thrown away,
 * then insert (static, or living as long as ctx) goes on in their place. All zero: they are held
 * until more have come. stop: nothing more is read from this client. */
struct stream_step {
	size_t take, drop;
	struct span insert;
	bool stop;
};

struct stream_tap {
	void *ctx; /* NULL: no tap, everything goes on */
	/* in: what the client sent and was neither taken nor dropped yet, at most STREAM_HELD_MAX
	 * held bytes and one read more. *out is zeroed. Called again at once with what is left. */
	void (*bytes)(void *ctx, struct span in, struct stream_step *out);
	/* The connection is over; ctx is not used after this. Always called exactly once. */
	void (*gone)(void *ctx);
};
