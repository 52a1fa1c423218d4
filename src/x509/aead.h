/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * AES-GCM with a nonce of 12 and a tag of 16 bytes (GnuTLS, which has the processor's instructions
 * for it). For the TLS library, whose own takes ten times as long. Keeps nothing between calls.
 * Threads  any
 */
#define AEAD_NONCE_BYTES 12
#define AEAD_TAG_BYTES 16

/* key of 16 or 32 bytes. out has room for len and the tag behind it; it may be in. False: GnuTLS
 * refused (wrong length, no memory); out is then of no worth. */
bool aead_seal(struct span key, const uint8_t nonce[static AEAD_NONCE_BYTES], struct span bound,
	       const uint8_t *in, size_t len, uint8_t *out) MUST_USE;

enum aead_result { AEAD_OPENED, AEAD_FORGED, AEAD_FAILED };
/* in is len bytes and the tag behind them; out has room for len, and may be in. */
enum aead_result aead_open(struct span key, const uint8_t nonce[static AEAD_NONCE_BYTES],
			   struct span bound, const uint8_t *in, size_t len, uint8_t *out) MUST_USE;
