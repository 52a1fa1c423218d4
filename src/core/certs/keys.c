/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/keys.h"

#include "base/reason.h"
#include "base/seal.h"
#include "base/text.h"
#include "core/core_impl.h"

#include <stdio.h>

#define PURPOSE_SIZE 96

static bool master_there(struct core *c, struct err *e)
{
	if (c->master.len > 0)
		return true;
	*e = c->master_trouble;
	return false;
}

bool keys_seal(struct core *c, const char *purpose, struct span plain, struct buf *out,
	       struct err *e)
{
	return master_there(c, e) && seal(&c->master, purpose, plain, out, e);
}

const char *keys_trouble_remedy(const struct core *c)
{
	const struct err *why = &c->master_trouble;

	if (why->code == ERR_OK)
		return NULL;
	return (why->reason ? why->reason : reason_of_class(why->code))->remedy;
}

bool keys_unseal(struct core *c, const char *purpose, struct span sealed, struct secret *out,
		 struct err *e)
{
	return master_there(c, e) && unseal(&c->master, purpose, sealed, out, e);
}

/* The mark travels in the purpose: whoever sets "exportable" in the database has a key that does
 * not open. */
static void purpose_of(const char *spki_sha256, bool exportable, char out[static PURPOSE_SIZE])
{
	snprintf(out, PURPOSE_SIZE, "key %s %s", spki_sha256, exportable ? "exportable" : "kept");
}

void keys_spki_hex(const uint8_t spki_sha256[static SHA256_BYTES],
		   char out[static 2 * SHA256_BYTES + 1])
{
	hex_lower(span_of(spki_sha256, SHA256_BYTES), out);
}

const char *key_type_name(enum key_type t)
{
	static const char *const names[] = {
		[KEY_UNKNOWN] = "unknown", [KEY_RSA] = "RSA",	      [KEY_RSA_PSS] = "RSA-PSS",
		[KEY_EC] = "EC",	   [KEY_ED25519] = "Ed25519", [KEY_ED448] = "Ed448",
		[KEY_DSA] = "DSA",
	};

	return (unsigned)t < ARRAY_LEN(names) ? names[t] : "unknown";
}

bool keys_have(struct core *c, const char *spki_sha256, struct store_key *out, bool *found_out,
	       struct err *e)
{
	return store_key_find(c->store, spki_sha256, out, NULL, found_out, e);
}

/* *opens_out false: damaged, or sealed under another master key; the row says what it was. */
static bool key_opens(struct core *c, const char *spki, const struct store_key *row,
		      struct span sealed, struct secret *out, struct err *e)
{
	char purpose[PURPOSE_SIZE];

	purpose_of(spki, row->exportable, purpose);
	return keys_unseal(c, purpose, sealed, out, e);
}

static bool key_seal_again(struct core *c, const char *spki, const struct store_key *row,
			   struct span sealed, const struct secret *pkcs8, bool *renewed_out,
			   struct err *e)
{
	struct secret plain AUTO_SECRET = SECRET_INIT;
	struct buf fresh AUTO_BUF = BUF_INIT;
	char purpose[PURPOSE_SIZE];
	struct err why = ERR_INIT;

	if (key_opens(c, spki, row, sealed, &plain, &why))
		return true;
	*renewed_out = true;
	purpose_of(spki, row->exportable, purpose);
	return keys_seal(c, purpose, secret_span(pkcs8), &fresh, e) &&
	       store_key_replace(c->store, row->id, buf_span(&fresh), row->exportable, e);
}

bool keys_mark(struct core *c, const struct cert *cert, const struct secret *pkcs8, bool exportable,
	       struct err *e)
{
	struct buf fresh AUTO_BUF = BUF_INIT;
	char spki[2 * SHA256_BYTES + 1], purpose[PURPOSE_SIZE];
	struct store_key row;
	bool found = false;

	keys_spki_hex(cert->spki_sha256, spki);
	if (!store_key_find(c->store, spki, &row, NULL, &found, e))
		return false;
	if (!found || row.exportable == exportable)
		return true;
	purpose_of(spki, exportable, purpose);
	return keys_seal(c, purpose, secret_span(pkcs8), &fresh, e) &&
	       store_key_replace(c->store, row.id, buf_span(&fresh), exportable, e);
}

bool keys_keep(struct core *c, const struct secret *pkcs8, const struct key_info *info,
	       bool exportable, struct store_key *row_out, bool *added_out, struct err *e)
{
	struct buf sealed AUTO_BUF = BUF_INIT;
	char spki[2 * SHA256_BYTES + 1], purpose[PURPOSE_SIZE];
	struct store_key row;
	bool found = false;

	keys_spki_hex(info->spki_sha256, spki);
	if (!store_key_find(c->store, spki, &row, &sealed, &found, e))
		return false;
	*added_out = !found;
	if (found) {
		*row_out = row;
		return key_seal_again(c, spki, &row, buf_span(&sealed), pkcs8, added_out, e);
	}
	row = (struct store_key){
		.bits = info->bits, .exportable = exportable, .created_at_s = core_now_s(c)};
	text_copy(row.type, sizeof(row.type), key_type_name(info->type));
	purpose_of(spki, exportable, purpose);
	if (!keys_seal(c, purpose, secret_span(pkcs8), &sealed, e) ||
	    !store_key_insert(c->store, spki, row.type, row.bits, buf_span(&sealed), exportable,
			      row.created_at_s, &row.id, e))
		return false;
	*row_out = row;
	return true;
}

static bool load(struct core *c, const char *spki, bool must_export, struct secret *out,
		 struct err *e)
{
	struct buf sealed AUTO_BUF = BUF_INIT;
	struct store_key row;
	bool found = false;

	if (!store_key_find(c->store, spki, &row, &sealed, &found, e))
		return false;
	if (!found)
		return err_reason(e, "key.missing", "there is no private key for it here");
	if (must_export && !row.exportable)
		return err_reason(e, "key.not_exportable", "its private key is not exportable");
	return key_opens(c, spki, &row, buf_span(&sealed), out, e) ||
	       err_wrap(e, "cannot open the private key");
}

bool keys_load_for(struct core *c, const struct cert *cert, struct secret *pkcs8_out, struct err *e)
{
	char spki[2 * SHA256_BYTES + 1];

	keys_spki_hex(cert->spki_sha256, spki);
	return load(c, spki, false, pkcs8_out, e);
}

bool keys_load_exportable(struct core *c, const struct cert *cert, struct secret *pkcs8_out,
			  struct err *e)
{
	char spki[2 * SHA256_BYTES + 1];

	keys_spki_hex(cert->spki_sha256, spki);
	return load(c, spki, true, pkcs8_out, e);
}
