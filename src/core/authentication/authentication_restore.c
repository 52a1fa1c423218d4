/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/authentication/authentication_keys.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/audit.h"
#include "core/authentication/authentication_impl.h"
#include "core/authentication/jws.h"
#include "core/authentication/publications.h"
#include "core/permit.h"
#include "core/tx.h"
#include "store/publications.h"

#include <string.h>

static const struct key_backup_key *current_of(const struct key_backup *b)
{
	for (size_t i = 0; i < b->n_keys; i++)
		if (b->keys[i].current && b->keys[i].pkcs8.len > 0)
			return &b->keys[i];
	return NULL;
}

static const struct key_backup_key *key_of(const struct key_backup *b, const char *id)
{
	for (size_t i = 0; i < b->n_keys; i++)
		if (strcmp(b->keys[i].cert->id, id) == 0)
			return &b->keys[i];
	return NULL;
}

/* One publication of the backup as a row, verified with the key that its header names. */
static bool publication_check(const struct key_backup *b, size_t i, const char *prev,
			      struct publication_row *row, struct err *e)
{
	struct span token = span_str(b->publications[i].token);
	json_t *header AUTO_JSON = NULL, *payload AUTO_JSON = NULL, *peeked AUTO_JSON = NULL;
	struct buf der AUTO_BUF = BUF_INIT;
	const struct key_backup_key *signer;
	const char *prev_said, *ntcer, *reason, *created;
	uint8_t digest[SHA256_BYTES];
	int64_t number = 0;

	*row = (struct publication_row){.number = b->publications[i].number};
	if (!jws_peek(token, &header, &peeked, e))
		return false;
	signer = key_of(b, json_string_value(json_object_get(header, "kid")) ?: "");
	if (!signer)
		return err_reason(e, "backup.corrupt",
				  "publication %lld is signed by a key that the backup lacks",
				  (long long)row->number);
	if (!jws_verify(token, signer->cert, PUBLICATION_TYP, &payload, e) ||
	    !json_get_int(payload, "number", 1, INT64_MAX, &number, e) ||
	    !json_get_str(payload, "prev_sha256", &prev_said, e) ||
	    !json_get_str(payload, "ntcer", &ntcer, e) ||
	    !json_get_str(payload, "reason", &reason, e) ||
	    !json_get_str(payload, "created", &created, e))
		return err_wrap(e, "publication %lld of the backup", (long long)row->number);
	if (number != row->number || (i > 0 && strcmp(prev, prev_said) != 0) ||
	    !base64_decode(span_str(ntcer), &der) || !time_parse_rfc3339(created, &row->created_s))
		return err_reason(e, "backup.corrupt",
				  "publication %lld does not follow the one before it",
				  (long long)row->number);
	sha256(token, digest);
	hex_lower(span_of(digest, sizeof(digest)), row->sha256);
	sha256(buf_span(&der), digest);
	hex_lower(span_of(digest, sizeof(digest)), row->ntcer);
	text_copy(row->signed_by, sizeof(row->signed_by), signer->cert->id);
	text_copy(row->reason, sizeof(row->reason), reason);
	return true;
}

/* Whether our publications begin with those of the backup: then ours are the longer story of the same server. */
static bool is_prefix_of_ours(struct core *c, const struct publication_row *theirs, size_t n,
			      bool *out, struct err *e)
{
	struct publication_row ours;
	bool found = false;

	*out = true;
	if (n == 0)
		return true;
	if (!publication_row_find(core_store(c), theirs[n - 1].number, &ours, NULL, &found, e))
		return false;
	*out = found && strcmp(ours.sha256, theirs[n - 1].sha256) == 0;
	return true;
}

/*
 * Takes the publications of the backup over. A server that was set up anew has told its own story
 * meanwhile; agents hold that of the backup, so the backup's takes its place.
 */
static bool publications_take(struct core *c, const struct key_backup *b, struct err *e)
{
	struct publication_row *rows AUTO_MEM = mem_array(b->n_publications + 1, sizeof(*rows));
	const char *prev = "";
	bool ours_is_longer;

	if (!rows)
		return err_nomem(e);
	for (size_t i = 0; i < b->n_publications; i++) {
		if (!publication_check(b, i, prev, &rows[i], e))
			return false;
		prev = rows[i].sha256;
	}
	if (!is_prefix_of_ours(c, rows, b->n_publications, &ours_is_longer, e))
		return false;
	if (ours_is_longer)
		return true;
	if (!publication_row_clear(core_store(c), e))
		return false;
	for (size_t i = 0; i < b->n_publications; i++)
		if (!publication_row_insert(core_store(c), &rows[i], b->publications[i].token, e))
			return false;
	return true;
}

static bool keys_take(struct core *c, const struct actor *by, const struct key_backup *b,
		      bool exportable, struct err *e)
{
	for (size_t i = 0; i < b->n_keys; i++) {
		struct authentication_pair pair AUTO_PAIR = {.cert = cert_ref(b->keys[i].cert)};

		if (b->keys[i].pkcs8.len > 0 &&
		    !secret_set(&pair.pkcs8, b->keys[i].pkcs8.data, b->keys[i].pkcs8.len, e))
			return false;
		if (!authentication_keep(c, by, &pair, false, exportable, b->keys[i].made_s, e))
			return err_wrap(e, "key %.16s... of the backup", pair.cert->id);
	}
	return true;
}

/* Who signs the next number: the key that the last number announced, else the restored one itself. */
static bool signer_find(struct core *c, const struct key_backup *b,
			const struct authentication_pair *restored, struct authentication_pair *out,
			struct err *e)
{
	struct publication_row last;
	const struct key_backup_key *k = NULL;
	bool found = false;

	if (!publication_row_find(core_store(c), 0, &last, NULL, &found, e))
		return false;
	if (found)
		k = key_of(b, last.ntcer);
	if (k && k->pkcs8.len > 0) {
		out->cert = cert_ref(k->cert);
		return secret_set(&out->pkcs8, k->pkcs8.data, k->pkcs8.len, e);
	}
	if (found && authentication_pair_current(c, out, &found, e) && found &&
	    strcmp(out->cert->id, last.ntcer) == 0)
		return true;
	authentication_pair_clear(out);
	out->cert = cert_ref(restored->cert);
	return secret_set(&out->pkcs8, restored->pkcs8.data, restored->pkcs8.len, e);
}

static bool restore(struct core *c, const struct actor *by, const struct key_backup *b,
		    bool exportable, json_t **view_out, struct err *e)
{
	const struct key_backup_key *current = current_of(b);
	struct authentication_pair next AUTO_PAIR = AUTHENTICATION_PAIR_INIT,
					signer AUTO_PAIR = AUTHENTICATION_PAIR_INIT;
	int64_t number;

	if (!current)
		return err_reason(e, "backup.incomplete",
				  "the backup lacks the key that was current");
	next.cert = cert_ref(current->cert);
	if (!secret_set(&next.pkcs8, current->pkcs8.data, current->pkcs8.len, e) ||
	    !keys_take(c, by, b, exportable, e) || !publications_take(c, b, e) ||
	    !epoch_advance(c, b->epoch, e) || !signer_find(c, b, &next, &signer, e) ||
	    !authentication_switch(c, by, &next, &signer, "restored", &number, e))
		return false;
	*view_out =
		json_pack("{s:o, s:I, s:I, s:o}", "certificate",
			  authentication_view(next.cert, "", true, exportable, current->made_s, 0),
			  "publication", (json_int_t)number, "restored",
			  (json_int_t)(b->n_keys - key_backup_n_missing(b)), "missing",
			  authentication_missing(b));
	return *view_out || err_nomem(e);
}

bool authentication_keys_restore(struct core *c, const struct actor *by, struct span file,
				 const struct secret *password, bool exportable, json_t **out,
				 struct err *e)
{
	struct key_backup b AUTO_KEY_BACKUP = KEY_BACKUP_INIT;
	json_t *view AUTO_JSON = NULL;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!permit(by, PERM_KEY_ROTATE, e) || !key_backup_read(file, password, &b, e) ||
	    !tx_begin(c, &tx, e) || !restore(c, by, &b, exportable, &view, e) ||
	    !audit_add(c, by, "key.restore", "authentication keys", json_incref(view), e) ||
	    !tx_commit(&tx, e))
		return err_wrap(e, "restore of the authentication keys");
	*out = json_incref(view);
	return ntcer_write(c, NULL, e);
}
