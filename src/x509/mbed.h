/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include <mbedtls/bignum.h>

/*
 * What this floor's users of mbedTLS share: its random numbers from ours, and its errors in words.
 */
int mbed_random(void *unused, unsigned char *out, size_t len);
bool mbed_error(struct err *e, int code, const char *what); /* ERR_NOMEM or ERR_CRYPTO; false */

void mbed_add_integer(struct buf *b, const mbedtls_mpi *n); /* DER INTEGER, not negative */
bool mbed_mpi_equals(const mbedtls_mpi *n, struct span magnitude);
