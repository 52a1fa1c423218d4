/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "x509/cert.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What a client certificate is known by, in the one spelling in which mappings compare: kind is
 * "serial" (lower-case hex without leading zeros), "upn" (without regard to ASCII case) or "email"
 * (the host part without regard to case, RFC 5280 4.2.1.6). What holds control characters or is
 * longer than ACCOUNT_CERT_VALUE_MAX is no name.
 */
bool cert_value_normal(const char *kind, const char *text, struct buf *out);
/* The ith value of this kind in c; false past the last. Malformed ones give an empty text. */
bool cert_value_at(const struct cert *c, const char *kind, size_t i, struct buf *out);
