/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/password.h"

#include <sodium.h>
#include <string.h>

#define OPS crypto_pwhash_OPSLIMIT_INTERACTIVE
#define MEM crypto_pwhash_MEMLIMIT_INTERACTIVE

_Static_assert(PASSWORD_HASH_SIZE >= crypto_pwhash_STRBYTES, "room for libsodium's string");

bool password_hash(const struct secret *password, char out[static PASSWORD_HASH_SIZE],
		   struct err *e)
{
	if (password->len > PASSWORD_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "password of %zu bytes, at most %d", password->len,
			       PASSWORD_MAX_BYTES);
	memset(out, 0, PASSWORD_HASH_SIZE);
	if (crypto_pwhash_str_alg(out, (const char *)password->data, password->len, OPS, MEM,
				  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_nomem(e);
	return true;
}

bool password_check(const struct secret *password, const char *hash)
{
	return password->len <= PASSWORD_MAX_BYTES &&
	       crypto_pwhash_str_verify(hash, (const char *)password->data, password->len) == 0;
}

bool password_is_old(const char *hash)
{
	return crypto_pwhash_str_needs_rehash(hash, OPS, MEM) != 0;
}
