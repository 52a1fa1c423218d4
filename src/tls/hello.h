/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"

#include <stdbool.h>

/*
 * A look at a ClientHello (RFC 8446 4.1.2) before mbedTLS reads it: the server name, so that a
 * ticket of TLS 1.2 is not taken before the binding is known, and whether a P-256 share came, so
 * that it is preferred. And whether its form is what the standards say: mbedTLS lets pass extensions
 * that come twice, bytes behind what it reads and a fallback that nobody needed (RFC 7507). What is not
 * refused here mbedTLS reads again, and has the last word.
 */
#define ALERT_UNEXPECTED_MESSAGE 10
#define ALERT_HANDSHAKE_FAILURE 40
#define ALERT_ILLEGAL_PARAMETER 47
#define ALERT_DECODE_ERROR 50
#define ALERT_INAPPROPRIATE_FALLBACK 86

enum hello_state {
	HELLO_MORE, /* a handshake record that is not all there yet */
	HELLO_READ, /* *out is filled */
	HELLO_ODD   /* anything else; mbedTLS will say what is wrong with it */
};

struct hello {
	char sni[256]; /* lower case, "" none */
	bool has_p256_share;
	unsigned char alert; /* it is to be refused with; 0: nothing is wrong with its form */
};

enum hello_state hello_look(struct span in, struct hello *out);
