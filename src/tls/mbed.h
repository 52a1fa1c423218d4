/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <mbedtls/ssl.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * mbedTLS for the rest of tls/: one start, one random source, its numbers as text.
 */

#define RECORD_PLAIN_MAX 16384 /* bytes of a record before it is protected, RFC 8446 5.1 */
#define HANDSHAKE_HEADER 4     /* kind and length of a handshake message, RFC 8446 4 */

/* psa_crypto_init(), once per process; TLS 1.3 needs it. Threads  any */
bool tls_library_start(struct err *e) MUST_USE;

/* For every mbedTLS call that wants a generator. */
int tls_rng(void *unused, unsigned char *out, size_t len);

/* mbedtls_ssl_handshake() of a server whose alerts a client can read at any time. */
int tls_shake(mbedtls_ssl_context *ssl);

bool tls_speaks_13(const mbedtls_ssl_context *ssl);

/* Whether the record that was read last holds more than it may, padding included (RFC 8446 5.4), which
 * mbedTLS takes off before it counts. */
bool tls_record_overflows(const mbedtls_ssl_context *ssl);

/* Whether ret tells of a fatal alert. close_notify is none, at whatever level it came (RFC 8446 6). */
bool tls_was_broken_off(const mbedtls_ssl_context *ssl, int ret);

/* The alert for what mbedTLS drops without a word: a record whose kind or length is none (RFC 8446 5.1, 5.2), and a hello
 * or key that it cannot use. ret is what it gave; not for what it told itself. */
void tls_say_why(mbedtls_ssl_context *ssl, int ret);

/* "SSL - No CipherSuite in common (-0x7380)"; a static buffer per thread. */
const char *tls_error_text(int ret);
