/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/console/console_backup.h"

#include "base/digest.h"
#include "base/files.h"
#include "base/password.h"
#include "base/seal.h"
#include "base/text.h"
#include "core/audit.h"
#include "core/console/backup.h"
#include "core/console/console_backup_impl.h"
#include "core/core_impl.h"
#include "core/permit.h"
#include "core/reading/zip.h"
#include "core/tx.h"
#include "store/backup.h"

#include <limits.h>
#include <stdio.h>

static bool kept_add(void *arg, const char *sha256, struct err *e)
{
	return json_array_append_new(arg, json_string(sha256)) == 0 || err_nomem(e);
}

/* A copy of the database as it may leave the machine. */
static bool database_read(struct core *c, struct buf *out, struct err *e)
{
	int lock AUTO_FD = -1;
	char path[PATH_MAX];
	bool good;

	if (!backups_lock(c->state_dir, true, &lock, e) ||
	    !path_join(path, sizeof(path), c->state_dir, CONSOLE_BACKUP_SCRATCH, e))
		return false;
	store_file_remove(path); /* of one that was killed */
	good = store_copy(c->store, path, e) && store_file_strip(path, e) &&
	       file_read(path, CONSOLE_BACKUP_MAX_BYTES, out, e);
	store_file_remove(path); /* a scratch file */
	return good;
}

static bool pieces_add(struct zip *z, struct span db, struct err *e)
{
	for (size_t at = 0, i = 0; at < db.len; at += CONSOLE_BACKUP_PIECE, i++) {
		size_t len =
			db.len - at < CONSOLE_BACKUP_PIECE ? db.len - at : CONSOLE_BACKUP_PIECE;
		char name[32];

		(void)snprintf(name, sizeof(name), CONSOLE_BACKUP_PIECE_NAME, i);
		if (!zip_add(z, name, span_of(db.p + at, len), e))
			return false;
	}
	return true;
}

static bool master_add(struct zip *z, struct core *c, const struct secret *password, struct err *e)
{
	struct secret key AUTO_SECRET = SECRET_INIT;
	uint8_t salt[PASSWORD_SALT_BYTES];
	struct buf sealed AUTO_BUF = BUF_INIT;

	if (c->master.len == 0) {
		*e = c->master_trouble;
		return err_wrap(e, "the backup needs the master key");
	}
	random_bytes(salt, sizeof(salt));
	buf_add(&sealed, salt, sizeof(salt));
	return password_key(password, salt, &key, e) &&
	       seal(&key, CONSOLE_BACKUP_MASTER_PURPOSE, secret_span(&c->master), &sealed, e) &&
	       zip_add(z, CONSOLE_BACKUP_MASTER, buf_span(&sealed), e);
}

static bool manifest_add(struct zip *z, struct core *c, struct span db, const json_t *report,
			 struct err *e)
{
	char digest[2 * SHA256_BYTES + 1];
	uint8_t hash[SHA256_BYTES];
	struct buf text AUTO_BUF = BUF_INIT;
	json_t *m AUTO_JSON = NULL;

	sha256(db, hash);
	hex_lower(span_of(hash, sizeof(hash)), digest);
	m = json_pack("{s:s, s:i, s:o, s:s, s:i, s:I, s:s, s:O, s:O}", "format",
		      CONSOLE_BACKUP_FORMAT, "version", CONSOLE_BACKUP_VERSION, "created",
		      json_time(core_now_s(c)), "program", PACKAGE_VERSION, "schema",
		      store_schema_version(), "bytes", (json_int_t)db.len, "sha256", digest,
		      "change_seq", json_object_get(report, "change_seq"), "missing",
		      json_object_get(report, "missing"));
	if (!m)
		return err_nomem(e);
	return json_write_pretty(m, &text, e) &&
	       zip_add(z, CONSOLE_BACKUP_MANIFEST, buf_span(&text), e);
}

/* Told before it is made: a backup that got out and is not in the audit trail would be the worse mistake. */
static bool announce(struct core *c, const struct actor *by, json_t **report_out, struct err *e)
{
	json_t *missing AUTO_JSON = json_array();
	json_t *report AUTO_JSON = NULL;
	int64_t seq;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!tx_begin(c, &tx, e) || !store_kept_keys(c->store, kept_add, missing, e) ||
	    !audit_add(c, by, "backup.create", "console", json_pack("{s:O}", "missing", missing),
		       e) ||
	    !core_counter(c, CORE_CHANGE_SEQ, &seq, e) || !tx_commit(&tx, e))
		return false;
	report = json_pack("{s:I, s:O}", "change_seq", (json_int_t)seq, "missing", missing);
	if (!report)
		return err_nomem(e);
	*report_out = json_incref(report);
	return true;
}

bool console_backup_create(struct core *c, const struct actor *by, const struct secret *password,
			   struct buf *out, json_t **report_out, struct err *e)
{
	struct buf db AUTO_BUF = {.secret = true};
	struct zip z AUTO_ZIP = ZIP_INIT;
	json_t *report AUTO_JSON = NULL;

	if (!permit(by, PERM_KEY_EXPORT, e))
		return false;
	if (password->len == 0)
		return err_reason(e, "backup.password", "a backup of the console needs a password");
	if (!announce(c, by, &report, e) || !database_read(c, &db, e) ||
	    !manifest_add(&z, c, buf_span(&db), report, e) || !master_add(&z, c, password, e) ||
	    !pieces_add(&z, buf_span(&db), e) || !zip_write(&z, password, core_now_s(c), out, e))
		return false;
	if (json_object_set_new(report, "bytes", json_integer((json_int_t)out->len)) != 0)
		return err_nomem(e);
	*report_out = json_incref(report);
	return true;
}
