/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/authentication/authentication_keys.h"

#include "base/json.h"
#include "core/audit.h"
#include "core/authentication/authentication_impl.h"
#include "core/authentication/publications.h"
#include "core/certs/certs.h"
#include "core/certs/keys.h"
#include "core/permit.h"
#include "core/tx.h"
#include "store/authentication_keys.h"
#include "store/publications.h"

#include <string.h>

struct gather_arg {
	struct core *c;
	struct key_backup *b;
};

/* A key that is not exportable stays here: it is named as missing. */
static bool gather_key(void *arg, const struct authentication_key_row *row, struct err *e)
{
	struct gather_arg *a = arg;
	struct cert *cert AUTO_CERT = NULL;
	struct secret pkcs8 AUTO_SECRET = SECRET_INIT;
	struct err why = ERR_INIT;
	bool have;

	if (!certs_find(a->c, row->cert, &cert, e))
		return false;
	have = keys_load_exportable(a->c, cert, &pkcs8, &why);
	if (!have && !err_is(&why, "key.not_exportable") && !err_is(&why, "key.missing")) {
		*e = why;
		return false;
	}
	return key_backup_add_key(a->b, cert, have ? &pkcs8 : NULL, row->current, row->made_s,
				  row->replaced_s, e);
}

static bool gather_publication(void *arg, const struct publication_row *row, const char *token,
			       struct err *e)
{
	struct gather_arg *a = arg;

	return key_backup_add_publication(a->b, row->number, token, e);
}

bool authentication_gather(struct core *c, struct key_backup *out, struct err *e)
{
	struct gather_arg arg = {.c = c, .b = out};

	out->created_s = core_now_s(c);
	return authentication_key_row_list(core_store(c), gather_key, &arg, e) &&
	       publication_row_each(core_store(c), 1, gather_publication, &arg, e) &&
	       epoch_read(c, &out->epoch, e);
}

json_t *authentication_missing(const struct key_backup *b)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < b->n_keys; i++)
		if (b->keys[i].pkcs8.len == 0)
			(void)json_array_append_new(list, json_string(b->keys[i].cert->id));
	return list;
}

bool authentication_keys_backup(struct core *c, const struct actor *by,
				const struct secret *password, struct buf *out, json_t **report_out,
				struct err *e)
{
	struct key_backup b AUTO_KEY_BACKUP = KEY_BACKUP_INIT;
	json_t *report AUTO_JSON = NULL;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!permit(by, PERM_KEY_EXPORT, e))
		return false;
	if (password->len == 0)
		return err_reason(e, "backup.password", "a backup of keys needs a password");
	if (!tx_begin(c, &tx, e) || !authentication_gather(c, &b, e))
		return false;
	if (b.n_keys == 0)
		return err_reason(e, "authentication_key.none",
				  "there is no authentication certificate to back up");
	report = json_pack(
		"{s:I, s:o, s:I}", "keys", (json_int_t)(b.n_keys - key_backup_n_missing(&b)),
		"missing", authentication_missing(&b), "publication",
		(json_int_t)(b.n_publications ? b.publications[b.n_publications - 1].number : 0));
	if (!report)
		return err_nomem(e);
	/* Told before it is made, which takes long: nobody else could write meanwhile. */
	if (!audit_add(c, by, "key.backup", "authentication keys", json_incref(report), e) ||
	    !tx_commit(&tx, e) || !key_backup_write(&b, password, out, e))
		return false;
	*report_out = json_incref(report);
	return true;
}
