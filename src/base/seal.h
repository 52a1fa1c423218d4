/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

/*
 * Sealing at rest: XChaCha20-Poly1305 under the master key, the purpose bound in as associated
 * data, so that a sealed private key cannot be passed off as something else. Form: 1 byte version,
 * 24 bytes nonce, ciphertext with tag.
 * Errors      ERR_CRYPTO for anything that does not open; ERR_NOMEM
 */
#define SEAL_KEY_BYTES 32

bool seal(const struct secret *master, const char *purpose, struct span plain, struct buf *out,
	  struct err *e) MUST_USE;
bool unseal(const struct secret *master, const char *purpose, struct span sealed,
	    struct secret *out, struct err *e) MUST_USE;

/*
 * Reads the master key: $CREDENTIALS_DIRECTORY/certbinder.master-key if it is there, else path;
 * makes path (0600, written whole, synced) when create is set and there is none. A file that others
 * can read is refused.
 */
bool master_key_load(const char *path, bool create, struct secret *out, struct err *e) MUST_USE;
