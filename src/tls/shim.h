/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/*
 * mbedTLS reads and judges a client's chain by itself and ends the handshake over certificates that
 * the trust engine must see and answer with a 403 (critical nameConstraints, more than eight
 * intermediates, odd encodings). It does not take such ones in a chain of our own either, and it does
 * not show a host certificate that an administrator bound although it is not meant for servers. Three
 * of its functions are therefore defined in this program; the shared TLS library calls ours. When that
 * stops, tests/api/test_clients.py notices: such a client's handshake then ends before any 403.
 */
struct connection;

/* Certificates that this thread's TLS library reads from now on are the client's of c; NULL: they
 * are our own. */
void shim_capture(struct connection *c);
