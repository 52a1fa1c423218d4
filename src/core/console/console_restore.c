/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/console/console_backup.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/password.h"
#include "base/seal.h"
#include "base/text.h"
#include "core/audit.h"
#include "core/authentication/publications.h"
#include "core/console/backup.h"
#include "core/console/console_backup_impl.h"
#include "core/core_impl.h"
#include "core/reading/reader.h"
#include "core/roots/root_catalogue.h"
#include "core/state_lock.h"
#include "core/tx.h"
#include "store/backup.h"
#include "store/sessions.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct restore {
	const char *state_dir;
	char scratch[PATH_MAX];	      /* the database to be, in the state directory */
	char stamp[RFC3339_SIZE + 8]; /* of what is kept: time, and a few random digits */
	struct secret master;	      /* empty: the one that is there stays */
};

static void restore_clear(struct restore *r)
{
	secret_clear(&r->master);
}

static void stamp_make(struct restore *r)
{
	uint8_t tag[2];
	char now[RFC3339_SIZE], hex[2 * sizeof(tag) + 1];

	random_bytes(tag, sizeof(tag));
	hex_lower(span_of(tag, sizeof(tag)), hex);
	time_rfc3339(clock_now_s(), now);
	(void)snprintf(r->stamp, sizeof(r->stamp), "%s-%s", now, hex);
}

static bool corrupt(struct err *e, const char *what)
{
	return err_reason(e, "backup.corrupt", "the backup %s", what);
}

/* ---- a ZIP ---- */

static bool manifest_read(const struct zip *z, struct buf *digest_out, int64_t *bytes_out,
			  struct err *e)
{
	const struct zip_member *m = zip_find(z, CONSOLE_BACKUP_MANIFEST);
	json_t *manifest AUTO_JSON = NULL;
	const char *format = NULL, *digest = NULL;
	int64_t version = 0, schema = 0;

	if (!m)
		return corrupt(e,
			       "has no " CONSOLE_BACKUP_MANIFEST ": is it another program's ZIP?");
	if (!json_read(buf_span(&m->data), &manifest, e) ||
	    !json_get_str(manifest, "format", &format, e) ||
	    strcmp(format, CONSOLE_BACKUP_FORMAT) != 0 ||
	    !json_get_int(manifest, "version", 1, INT64_MAX, &version, e) ||
	    !json_get_int(manifest, "schema", 1, INT64_MAX, &schema, e) ||
	    !json_get_int(manifest, "bytes", 1, ZIP_TOTAL_MAX_BYTES, bytes_out, e) ||
	    !json_get_str(manifest, "sha256", &digest, e))
		return corrupt(e, "has a manifest that is not that of a console");
	if (version != CONSOLE_BACKUP_VERSION)
		return corrupt(e, "is of a version that this program does not read");
	if (schema > store_schema_version())
		return err_reason(e, "store.newer_schema",
				  "the backup has schema %d, this program knows %d", (int)schema,
				  store_schema_version());
	buf_add_str(digest_out, digest);
	return buf_ok(digest_out) || err_nomem(e);
}

static bool database_join(const struct zip *z, struct buf *out, struct err *e)
{
	char digest[2 * SHA256_BYTES + 1], name[32];
	struct buf wanted AUTO_BUF = BUF_INIT;
	const struct zip_member *m;
	uint8_t hash[SHA256_BYTES];
	int64_t bytes = 0;

	if (!manifest_read(z, &wanted, &bytes, e))
		return false;
	for (size_t i = 0; (int64_t)out->len < bytes; i++) {
		(void)snprintf(name, sizeof(name), CONSOLE_BACKUP_PIECE_NAME, i);
		m = zip_find(z, name);
		if (!m || m->data.len == 0)
			return corrupt(e, "lacks a piece of the database");
		buf_add_span(out, buf_span(&m->data));
		if (!buf_ok(out))
			return err_nomem(e);
	}
	sha256(buf_span(out), hash);
	hex_lower(span_of(hash, sizeof(hash)), digest);
	return ((int64_t)out->len == bytes && strcmp(digest, buf_str(&wanted)) == 0) ||
	       corrupt(e, "is not what its manifest says");
}

static bool master_read(const struct zip *z, const struct secret *password, struct secret *out,
			struct err *e)
{
	const struct zip_member *m = zip_find(z, CONSOLE_BACKUP_MASTER);
	struct secret key AUTO_SECRET = SECRET_INIT;

	if (!m || m->data.len <= PASSWORD_SALT_BYTES)
		return corrupt(e, "lacks the master key");
	if (!password_key(password, m->data.data, &key, e))
		return false;
	if (unseal(&key, CONSOLE_BACKUP_MASTER_PURPOSE,
		   span_of(m->data.data + PASSWORD_SALT_BYTES, m->data.len - PASSWORD_SALT_BYTES),
		   out, e) &&
	    out->len == SEAL_KEY_BYTES)
		return true;
	return e->code == ERR_NOMEM ? false : corrupt(e, "has a master key that does not open");
}

static bool from_zip(struct restore *r, struct span file, const struct secret *password,
		     struct err *e)
{
	struct buf db AUTO_BUF = {.secret = true};
	struct zip z AUTO_ZIP = ZIP_INIT;

	if (!reader_zip(file, password, &z, e)) {
		if (err_is(e, "zip.wrong_password"))
			return err_reason(e, "backup.wrong_password",
					  "the password does not open the backup");
		return false;
	}
	return database_join(&z, &db, e) && master_read(&z, password, &r->master, e) &&
	       file_replace(r->scratch, 0600, buf_span(&db), e);
}

/* ---- one of our own ---- */

static bool from_folder(struct restore *r, const char *name, struct err *e)
{
	char folder[PATH_MAX], path[PATH_MAX];
	struct buf db AUTO_BUF = {.secret = true};

	if (name[0] == '\0' || strchr(name, '/') || name[0] == '.')
		return err_set(e, ERR_INVALID, "'%.60s' is no name of a backup", name);
	return path_join(folder, sizeof(folder), r->state_dir, BACKUPS_FOLDER, e) &&
	       path_join(path, sizeof(path), folder, name, e) &&
	       file_read(path, CONSOLE_BACKUP_MAX_BYTES, &db, e) &&
	       file_replace(r->scratch, 0600, buf_span(&db), e);
}

/* ---- both ---- */

static bool kept_path(const struct restore *r, const char *suffix, char name[static 64],
		      char out[static PATH_MAX], struct err *e)
{
	char folder[PATH_MAX];

	(void)snprintf(name, 64, "replaced-%s%s", r->stamp, suffix);
	return path_join(folder, sizeof(folder), r->state_dir, BACKUPS_FOLDER, e) &&
	       dir_make(folder, 0700, e) && path_join(out, PATH_MAX, folder, name, e);
}

/* The master key of the backup waits beside the former one, which is kept, until its database is in place. */
static bool master_lay_out(const struct restore *r, struct err *e)
{
	char path[PATH_MAX], next[PATH_MAX], kept[PATH_MAX], name[64];

	if (r->master.len == 0)
		return true;
	if (!path_join(path, sizeof(path), r->state_dir, MASTER_KEY_FILE, e) ||
	    !path_join(next, sizeof(next), r->state_dir, MASTER_KEY_NEXT_FILE, e) ||
	    !kept_path(r, ".key", name, kept, e))
		return false;
	if (link(path, kept) != 0 && errno != ENOENT)
		return err_sys(e, errno, "cannot keep the former master key as '%s'", kept);
	return file_replace(next, 0600, secret_span(&r->master), e) &&
	       state_dir_give(r->state_dir, MASTER_KEY_NEXT_FILE, e);
}

/* A restored server is no replay of itself; whoever was logged in is not. */
static bool settle(const struct restore *r, const struct core_hooks *hooks, const struct actor *by,
		   json_t *report, struct err *e)
{
	struct core *c AUTO_CORE = NULL;
	int64_t seq;
	struct tx tx AUTO(tx_end) = TX_INIT;

	return core_open(r->state_dir, false, hooks, &c, e) && tx_begin(c, &tx, e) &&
	       store_session_purge(core_store(c), INT64_MAX, INT64_MAX, e) &&
	       epoch_advance(c, 0, e) && root_offer_renew(c, e) &&
	       tx_bump(c, COUNTER_TRUST_GENERATION, NULL, e) &&
	       tx_bump(c, COUNTER_TLS_GENERATION, NULL, e) &&
	       audit_add(c, by, "backup.restore", "console", json_incref(report), e) &&
	       core_counter(c, CORE_CHANGE_SEQ, &seq, e) && tx_commit(&tx, e) &&
	       (json_object_set_new(report, "change_seq", json_integer((json_int_t)seq)) == 0 ||
		err_nomem(e));
}

static bool put_in_place(const struct restore *r, const char *from, char kept[static 64],
			 struct err *e)
{
	char path[PATH_MAX];

	if (!store_file_check(r->scratch, e))
		return err_wrap(e, "'%s' is not restored", from);
	if (!kept_path(r, ".sqlite", kept, path, e) || !master_lay_out(r, e) ||
	    !store_replace(r->state_dir, r->scratch, path, e) ||
	    (r->master.len > 0 && !master_take_next(r->state_dir, e)) ||
	    !state_dir_give(r->state_dir, STORE_FILE, e))
		return false;
	if (!file_exists(path))
		kept[0] = '\0'; /* there was none */
	return true;
}

bool console_backup_restore(const char *state_dir, const struct core_hooks *hooks,
			    const struct actor *by, struct span file, const char *name,
			    const struct secret *password, json_t **report_out, struct err *e)
{
	struct restore r AUTO(restore_clear) = {.state_dir = state_dir};
	json_t *report AUTO_JSON = NULL;
	int lock AUTO_FD = -1, turn AUTO_FD = -1;
	char kept[64] = "";

	stamp_make(&r);
	if (!state_dir_ready(state_dir, true, e) || !state_lock(state_dir, &lock, e) ||
	    !backups_lock(state_dir, true, &turn, e) ||
	    !path_join(r.scratch, sizeof(r.scratch), state_dir, CONSOLE_BACKUP_SCRATCH, e))
		return false;
	store_file_remove(r.scratch); /* of one that was killed */
	if (!(file.len > 0 ? from_zip(&r, file, password, e) : from_folder(&r, name, e)) ||
	    !put_in_place(&r, name, kept, e)) {
		store_file_remove(r.scratch); /* the first error is the one to tell */
		return false;
	}
	report = json_pack("{s:s, s:o}", "from", name, "kept",
			   kept[0] ? json_string(kept) : json_null());
	if (!report)
		return err_nomem(e);
	if (!settle(&r, hooks, by, report, e))
		return false;
	*report_out = json_incref(report);
	return true;
}
