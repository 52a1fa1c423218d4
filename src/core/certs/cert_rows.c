/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/cert_rows.h"

#include "base/buf.h"
#include "base/text.h"
#include "core/certs/keys.h"
#include "x509/signature.h"

#include <string.h>

struct search {
	struct cert_found live, removed;
	int n_live, n_removed;
};

static void found_fill(const struct store_cert *row, struct cert_found *out)
{
	*out = (struct cert_found){.id = row->id,
				   .self_signed = row->self_signed,
				   .has_key = row->has_key,
				   .exportable = row->exportable,
				   .removed_at_s = row->removed_at_s,
				   .in_use = strcmp(row->uses, "[]") != 0};
	text_copy(out->sha256, sizeof(out->sha256), row->sha256);
	text_copy(out->friendly_name, sizeof(out->friendly_name), row->friendly_name);
}

static bool match_note(void *arg, const struct store_cert *row, struct err *e)
{
	struct search *s = arg;

	(void)e;
	if (row->removed_at_s) {
		found_fill(row, &s->removed);
		s->n_removed++;
	} else {
		found_fill(row, &s->live);
		s->n_live++;
	}
	return true;
}

bool cert_row_find(struct core *c, const char *name, bool removed_too, struct cert_found *out,
		   struct err *e)
{
	char hex[2 * SHA256_BYTES + 1];
	struct search s = {.n_live = 0};
	bool is_hex = fingerprint_normalise(name, hex, sizeof(hex)) &&
		      (strlen(hex) == 2 * SHA1_BYTES || strlen(hex) == 2 * SHA256_BYTES);

	if (!store_cert_named(core_store(c), is_hex ? hex : NULL, name, match_note, &s, e))
		return false;
	if (s.n_live == 0 && s.n_removed > 0 && !removed_too)
		return err_reason(e, "cert.not_found",
				  "'%.100s' was removed; for 30 days 'certbinder cert restore', or "
				  "a POST to its /restore, brings it back",
				  name);
	if (s.n_live > 1 || (s.n_live == 0 && s.n_removed > 1))
		return err_reason(e, "cert.ambiguous", "%d certificates are called '%.100s'",
				  s.n_live ? s.n_live : s.n_removed, name);
	if (s.n_live == 0 && s.n_removed == 0)
		return err_reason(e, "cert.not_found", "there is no certificate '%.100s'", name);
	*out = s.n_live ? s.live : s.removed;
	return true;
}

bool cert_row_of(struct core *c, const struct cert *cert, struct cert_found *out, bool *found_out,
		 struct err *e)
{
	struct search s = {.n_live = 0};

	if (!store_cert_named(core_store(c), cert->id, NULL, match_note, &s, e))
		return false;
	/* a SHA-1 cannot match here: it is shorter */
	*found_out = s.n_live + s.n_removed > 0;
	if (*found_out)
		*out = s.n_live ? s.live : s.removed;
	return true;
}

static bool cert_take(void *arg, const struct store_cert *row, struct err *e)
{
	struct cert **out = arg;

	return cert_parse(row->der.p, row->der.len, out, e);
}

bool cert_row_cert(struct core *c, const char *sha256, struct cert **out, struct err *e)
{
	struct cert *cert AUTO_CERT = NULL;

	if (!store_cert_named(core_store(c), sha256, NULL, cert_take, &cert, e))
		return err_wrap(e, "stored certificate");
	if (!cert)
		return err_reason(e, "cert.not_found", "there is no certificate '%s'", sha256);
	*out = cert;
	cert = NULL;
	return true;
}

/* What "q=" looks through: subject, issuer and names, in lower case. */
static void search_text(const struct cert *cert, struct buf *out)
{
	name_text(&cert->subject, out);
	buf_add_char(out, '\n');
	name_text(&cert->issuer, out);
	for (size_t i = 0; i < cert->san.n; i++) {
		buf_add_char(out, '\n');
		general_name_text(&cert->san.items[i], out);
	}
	for (size_t i = 0; i < out->len; i++)
		out->data[i] = (uint8_t)ascii_lower((char)out->data[i]);
}

static bool row_insert(struct core *c, const struct cert *cert, const char *friendly_name,
		       int64_t *id_out, struct err *e)
{
	char sha1[2 * SHA1_BYTES + 1], spki[2 * SHA256_BYTES + 1];
	struct buf subject AUTO_BUF = BUF_INIT, issuer AUTO_BUF = BUF_INIT,
			   search AUTO_BUF = BUF_INIT;

	hex_lower(span_of(cert->sha1, SHA1_BYTES), sha1);
	keys_spki_hex(cert->spki_sha256, spki);
	name_text(&cert->subject, &subject);
	name_text(&cert->issuer, &issuer);
	search_text(cert, &search);
	if (!buf_ok(&subject) || !buf_ok(&issuer) || !buf_ok(&search))
		return err_nomem(e);

	const struct store_cert_new n = {
		.sha256 = cert->id,
		.sha1 = sha1,
		.spki_sha256 = spki,
		.friendly_name = friendly_name,
		.subject = buf_str(&subject),
		.issuer = buf_str(&issuer),
		.search = buf_str(&search),
		.der = span_of(cert->der, cert->der_len),
		.not_before_s = cert->not_before_s,
		.not_after_s = cert->not_after_s,
		.added_at_s = core_now_s(c),
		.is_ca = cert->is_ca,
		.self_signed = cert_is_self_signed(cert),
		.for_server = cert_allows_purpose(cert, PURPOSE_SERVER),
		.for_client = cert_allows_purpose(cert, PURPOSE_CLIENT),
	};

	return store_cert_insert(core_store(c), &n, id_out, e);
}

bool cert_row_put(struct core *c, const struct cert *cert, const char *friendly_name,
		  int64_t *id_out, enum cert_row_put *put_out, struct err *e)
{
	struct cert_found f;
	bool found = false, mended = false;

	if (!cert_row_of(c, cert, &f, &found, e))
		return false;
	*put_out = found ? CERT_ROW_KEPT : CERT_ROW_NEW;
	if (!found)
		return row_insert(c, cert, friendly_name, id_out, e);
	*id_out = f.id;
	if (!store_cert_mend(core_store(c), f.id, span_of(cert->der, cert->der_len), &mended, e))
		return false;
	if (mended)
		*put_out = CERT_ROW_MENDED;
	return !f.removed_at_s || store_cert_unmark(core_store(c), f.id, e);
}

bool store_need(struct core *c, const char *name, struct store_row *out, struct err *e)
{
	bool found = false;

	if (!store_row_find(core_store(c), name, out, &found, e))
		return false;
	return found || err_reason(e, "store.not_found", "there is no store '%.64s'", name);
}

bool friendly_name_check(const char *name, struct err *e)
{
	if (strlen(name) >= FRIENDLY_NAME_SIZE)
		return err_set(e, ERR_LIMIT, "a friendly name has at most %d bytes",
			       FRIENDLY_NAME_SIZE - 1);
	if (!text_is_utf8(span_str(name)))
		return err_set(e, ERR_INVALID, "a friendly name is UTF-8");
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return err_set(e, ERR_INVALID, "a friendly name has no control characters");
	return true;
}
