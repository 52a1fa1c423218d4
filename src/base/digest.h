/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"

#include <stdint.h>

/*
 * SHA-256 of public bytes, for identities and tags (libsodium). SHA-1 thumbprints are x509/'s
 * business.
 */
#define SHA256_BYTES 32

void sha256(struct span in, uint8_t out[static SHA256_BYTES]);
