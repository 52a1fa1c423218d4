/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/secret.h"
#include "core/core.h"
#include "store/keys.h"
#include "x509/cert.h"
#include "x509/key.h"

/*
 * Private keys at rest; for core/ alone. A key is sealed under the master key with its public key
 * and whether it may be exported bound in: neither can be changed in the database unnoticed.
 * Errors   key.missing, seal.broken, and what kept the master key from being read
 */
bool keys_seal(struct core *c, const char *purpose, struct span plain, struct buf *out,
	       struct err *e) MUST_USE;
/* NULL while keys can be had; else the way to get the master key back. */
const char *keys_trouble_remedy(const struct core *c);
bool keys_unseal(struct core *c, const char *purpose, struct span sealed, struct secret *out,
		 struct err *e) MUST_USE;

bool keys_have(struct core *c, const char *spki_sha256, struct store_key *out, bool *found_out,
	       struct err *e) MUST_USE;
/* Keeps a key; a known one stays as it is, but for a seal that does not open any more, which is
 * renewed. *row_out is what is there afterwards, *added_out whether it was new or renewed. In a
 * transaction. */
bool keys_keep(struct core *c, const struct secret *pkcs8, const struct key_info *info,
	       bool exportable, struct store_key *row_out, bool *added_out, struct err *e) MUST_USE;
/* Marks a kept key anew; pkcs8 is that key, which whoever asks has in hand. One that is not here is
 * left alone. In a transaction. */
bool keys_mark(struct core *c, const struct cert *cert, const struct secret *pkcs8, bool exportable,
	       struct err *e) MUST_USE;
/* For use inside the house (serving, signing, requests). */
bool keys_load_for(struct core *c, const struct cert *cert, struct secret *pkcs8_out,
		   struct err *e) MUST_USE;
/* For a way out of the house: key.not_exportable unless it is marked. */
bool keys_load_exportable(struct core *c, const struct cert *cert, struct secret *pkcs8_out,
			  struct err *e) MUST_USE;
void keys_spki_hex(const uint8_t spki_sha256[static SHA256_BYTES],
		   char out[static 2 * SHA256_BYTES + 1]);
const char *key_type_name(enum key_type t); /* "RSA", "EC", ... */
