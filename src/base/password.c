/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/password.h"

#include <sodium.h>
#include <string.h>

#define OPS crypto_pwhash_OPSLIMIT_INTERACTIVE
#define MEM crypto_pwhash_MEMLIMIT_INTERACTIVE

#define PASSWORD_KEY_BYTES 32 /* SEAL_KEY_BYTES */

_Static_assert(PASSWORD_SALT_BYTES == crypto_pwhash_SALTBYTES, "libsodium's salt");
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

bool password_key(const struct secret *password, const uint8_t salt[static PASSWORD_SALT_BYTES],
		  struct secret *out, struct err *e)
{
	struct secret key AUTO_SECRET = SECRET_INIT;

	if (password->len > PASSWORD_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "password of %zu bytes, at most %d", password->len,
			       PASSWORD_MAX_BYTES);
	if (!secret_alloc(&key, PASSWORD_KEY_BYTES, e))
		return false;
	if (crypto_pwhash(key.data, key.len, (const char *)password->data, password->len, salt, OPS,
			  MEM, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_nomem(e);
	secret_move(out, &key);
	return true;
}
