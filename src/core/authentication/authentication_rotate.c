/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/authentication/authentication_keys.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "core/audit.h"
#include "core/authentication/authentication_impl.h"
#include "core/permit.h"
#include "core/reading/reader.h"
#include "core/tx.h"
#include "x509/bag.h"
#include "x509/key.h"
#include "x509/pfx.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* AuthCertBackup/OfficeScanAuth-20261122-101500.zip; never over an existing one. */
static bool backup_path(struct core *c, char *out, size_t size, struct err *e)
{
	char dir[PATH_MAX], name[64];
	struct civil t;

	time_to_civil(core_now_s(c), &t);
	if (!path_join(dir, sizeof(dir), core_state_dir(c), AUTHENTICATION_BACKUP_DIR, e) ||
	    !dir_make(dir, 0700, e))
		return false;
	for (int n = 0; n < 100; n++) {
		snprintf(name, sizeof(name), "OfficeScanAuth-%04d%02d%02d-%02d%02d%02d%s%.0d.zip",
			 t.year, t.month, t.day, t.hour, t.minute, t.second, n ? "-" : "", n);
		if (!path_join(out, size, dir, name, e))
			return false;
		if (!file_exists(out))
			return true;
	}
	return err_set(e, ERR_EXISTS, "a hundred backups of this second are there already");
}

/* What takes long of a backup, before the transaction in which nobody else can write: the files of the keys that are here
 * now and of the next one. A key that comes between gets its file then. */
static bool prepare_backup(struct core *c, const struct authentication_rotation *r,
			   const struct authentication_pair *next, struct key_backup *out,
			   struct err *e)
{
	return !r->backup_password ||
	       (authentication_gather(c, out, e) &&
		key_backup_add_key(out, next->cert, &next->pkcs8, true, 0, 0, e) &&
		key_backup_prepare(out, r->backup_password, e));
}

/* Everything that is there now: within the transaction that is the new key as the current one too. */
static bool write_backup(struct core *c, const struct secret *password, struct key_backup *prepared,
			 char *path, size_t size, json_t **missing_out, struct err *e)
{
	struct key_backup b AUTO_KEY_BACKUP = KEY_BACKUP_INIT;
	struct buf file AUTO_BUF = {.secret = true, .max = AUTHENTICATION_BACKUP_MAX};

	if (!authentication_gather(c, &b, e))
		return err_wrap(e, "backup of the authentication keys");
	key_backup_use(&b, prepared);
	if (!key_backup_write(&b, password, &file, e) || !backup_path(c, path, size, e) ||
	    !file_write_new(path, 0600, buf_span(&file), e))
		return err_wrap(e, "backup of the authentication keys");
	*missing_out = authentication_missing(&b);
	return *missing_out || err_nomem(e);
}

static bool audit_switch(struct core *c, const struct actor *by, const char *action,
			 const struct authentication_pair *before,
			 const struct authentication_pair *next, const char *reason, int64_t number,
			 struct err *e)
{
	return audit_add(c, by, action, next->cert->id,
			 json_pack("{s:s, s:s, s:s, s:I}", "before", before->cert->id, "after",
				   next->cert->id, "reason", reason, "publication",
				   (json_int_t)number),
			 e);
}

static json_t *switched_view(struct core *c, const struct authentication_pair *next,
			     bool exportable, int64_t number, const char *backup, json_t *missing)
{
	return json_pack("{s:o, s:I, s:o?, s:O?}", "certificate",
			 authentication_view(next->cert, "", true, exportable, core_now_s(c), 0),
			 "publication", (json_int_t)number, "backup",
			 backup ? json_text(span_str(backup)) : NULL, "missing", missing);
}

/* The present pair, made first where the console has never run. */
static bool present(struct core *c, struct authentication_pair *out, struct err *e)
{
	bool found = false;

	return authentication_keys_first_start(c, e) &&
	       authentication_pair_current(c, out, &found, e) &&
	       (found ||
		err_set(e, ERR_BUG, "no authentication certificate after the first start"));
}

bool authentication_key_rotate(struct core *c, const struct actor *by,
			       const struct authentication_rotation *r, json_t **out, struct err *e)
{
	struct authentication_pair before AUTO_PAIR = AUTHENTICATION_PAIR_INIT,
					  next AUTO_PAIR = AUTHENTICATION_PAIR_INIT;
	struct key_backup prepared AUTO_KEY_BACKUP = KEY_BACKUP_INIT;
	const char *reason = r->leaked ? "leaked" : "renewed";
	json_t *missing AUTO_JSON = NULL, *view AUTO_JSON = NULL;
	struct tx tx AUTO(tx_end) = TX_INIT;
	char path[PATH_MAX] = "";
	int64_t number;

	if (!permit(by, PERM_KEY_ROTATE, e) || !authentication_pair_make(c, r->key, &next, e) ||
	    !prepare_backup(c, r, &next, &prepared, e) || !tx_begin(c, &tx, e) ||
	    !present(c, &before, e) ||
	    !authentication_keep(c, by, &next, true, true, core_now_s(c), e) ||
	    !authentication_switch(c, by, &next, &before, reason, &number, e) ||
	    !audit_switch(c, by, "key.rotate", &before, &next, reason, number, e))
		return false;
	/* Nothing of this is committed yet: the backup is on disk before anything is switched. */
	if (r->backup_password &&
	    !write_backup(c, r->backup_password, &prepared, path, sizeof(path), &missing, e))
		return false;
	view = switched_view(c, &next, true, number, path[0] ? path : NULL, missing);
	if (!view || !tx_commit(&tx, e)) {
		if (path[0])
			(void)unlink(path); /* it tells of a key that never was */
		return view ? false : err_nomem(e);
	}
	*out = json_incref(view);
	return ntcer_write(c, NULL, e);
}

/* The certificate that the key belongs to; a chain in the PFX is left where it is. */
static bool pick_cert(const struct bag *bag, struct cert **out, struct err *e)
{
	for (size_t i = 0; i < bag->certs.n; i++) {
		bool matches = false;

		if (!key_matches(&bag->keys[0].pkcs8, bag->certs.items[i], &matches, e))
			return false;
		if (!matches)
			continue;
		*out = cert_ref(bag->certs.items[i]);
		return true;
	}
	return err_reason(e, "key.mismatch", "the key in the PFX is not that of its certificate");
}

/* A PFX with one key and its certificate. */
static bool read_pair(struct span pfx, const struct secret *password,
		      struct authentication_pair *out, struct err *e)
{
	struct bag bag AUTO_BAG = {.format = ""};

	if (!reader_pfx(pfx, password, false, &bag, e))
		return false;
	if (bag.certs.n == 0 || bag.n_keys != 1)
		return err_reason(
			e, "authentication_key.one",
			"this PFX holds %zu certificates and %zu keys; one key and its certificate "
			"are wanted",
			bag.certs.n, bag.n_keys);
	if (!pick_cert(&bag, &out->cert, e))
		return false;
	secret_move(&out->pkcs8, &bag.keys[0].pkcs8);
	return true;
}

bool authentication_key_import(struct core *c, const struct actor *by, struct span pfx,
			       const struct secret *password, bool exportable, json_t **out,
			       struct err *e)
{
	struct authentication_pair before AUTO_PAIR = AUTHENTICATION_PAIR_INIT,
					  next AUTO_PAIR = AUTHENTICATION_PAIR_INIT;
	json_t *view AUTO_JSON = NULL;
	struct tx tx AUTO(tx_end) = TX_INIT;
	int64_t number;

	if (!permit(by, PERM_KEY_ROTATE, e) || !read_pair(pfx, password, &next, e) ||
	    !tx_begin(c, &tx, e) || !present(c, &before, e) ||
	    !authentication_keep(c, by, &next, true, exportable, core_now_s(c), e) ||
	    !authentication_switch(c, by, &next, &before, "renewed", &number, e) ||
	    !audit_switch(c, by, "key.import", &before, &next, "renewed", number, e))
		return false;
	view = switched_view(c, &next, exportable, number, NULL, NULL);
	if (!view)
		return err_nomem(e);
	if (!tx_commit(&tx, e))
		return false;
	*out = json_incref(view);
	return ntcer_write(c, NULL, e);
}
