/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"

#include <stdbool.h>

/*
 * A look at a ClientHello (RFC 8446 4.1.2) before mbedTLS reads it: the server name, so that a
 * ticket of TLS 1.2 is not taken before the binding is known, and whether a P-256 share came, so
 * that it is preferred. Decides nothing: mbedTLS reads the same bytes again and has the last word.
 */
enum hello_state {
	HELLO_MORE, /* a handshake record that is not all there yet */
	HELLO_READ, /* *out is filled */
	HELLO_ODD   /* anything else; mbedTLS will say what is wrong with it */
};

struct hello {
	char sni[256]; /* lower case, "" none */
	bool has_p256_share;
};

enum hello_state hello_look(struct span in, struct hello *out);
