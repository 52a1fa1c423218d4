/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One point multiplication on a NIST curve, free of side channels (nettle). For the TLS library,
 * whose own takes six times as long.
 * Threads  any
 */
enum curve { CURVE_P256, CURVE_P384 };
#define CURVE_BYTES_MAX 48 /* one coordinate or scalar, big-endian */

size_t curve_bytes(enum curve c);

/* scalar times the point (x, y), or times the generator when x is NULL. All of curve_bytes(); the
 * outputs may be the inputs. False, outputs untouched: the scalar is 0 or not below the order, or the
 * point is not on the curve. */
bool curve_multiply(enum curve c, const uint8_t *scalar, const uint8_t *x, const uint8_t *y,
		    uint8_t *x_out, uint8_t *y_out) MUST_USE;
