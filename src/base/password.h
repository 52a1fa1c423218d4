/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Password hashing: Argon2id with salt and parameters in one string (libsodium). 64 MiB and about
 * 0.1 s a call, both ways: never on a thread that serves.
 */
#define PASSWORD_HASH_SIZE 128	/* bytes, terminator included */
#define PASSWORD_MAX_BYTES 1024 /* longer than anybody types */

bool password_hash(const struct secret *password, char out[static PASSWORD_HASH_SIZE],
		   struct err *e) MUST_USE;
/* False for a wrong password, and for a string that is no hash. */
bool password_check(const struct secret *password, const char *hash);
/*
 * A key of 32 bytes out of a password and a salt, for what is sealed under a password; takes 64 MiB and
 * about 0.1 s, like a hash.
 */
#define PASSWORD_SALT_BYTES 16
bool password_key(const struct secret *password, const uint8_t salt[static PASSWORD_SALT_BYTES],
		  struct secret *out, struct err *e) MUST_USE;
/* Whether the hash was made with other parameters than today's. */
bool password_is_old(const char *hash);
