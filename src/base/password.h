/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/secret.h"

#include <stdbool.h>

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
/* Whether the hash was made with other parameters than today's. */
bool password_is_old(const char *hash);
