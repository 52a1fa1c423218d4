/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <mbedtls/ssl.h>

/*
 * The choice of binding in a handshake: called by mbedTLS when a ClientHello was read whole, with
 * or without a server name in it. Fixes the connection's binding, shows its certificate, and asks
 * for a client certificate (optional, never required: a bad one must reach HTTP) only where the
 * binding or a path rule on it accepts or requires one.
 */
int sni_certificate(mbedtls_ssl_context *ssl);
