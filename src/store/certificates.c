/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/certificates.h"

#include "store/db.h"
#include "store/keys.h"

#include <string.h>

#define COLUMNS                                                                                    \
	"SELECT c.id, c.sha256, c.friendly_name, c.self_signed, c.key_id IS NOT NULL,"             \
	" coalesce(k.exportable, 0), c.added_at, coalesce(c.removed_at, 0), c.der,"                \
	" (SELECT json_group_array(name) FROM (SELECT s.name FROM memberships m"                   \
	"  JOIN stores s ON s.id = m.store_id"                                                     \
	"  WHERE m.cert_id = c.id AND m.removed_at IS NULL ORDER BY s.id)),"                       \
	" (SELECT json_group_array(name) FROM (SELECT s.name FROM memberships m"                   \
	"  JOIN stores s ON s.id = m.store_id WHERE m.cert_id = c.id AND m.removed_seq ="          \
	"  (SELECT max(removed_seq) FROM memberships WHERE cert_id = c.id) ORDER BY s.id)),"       \
	" (SELECT json_group_array(json_object('kind', u.kind, 'name', u.name))"                   \
	"  FROM cert_uses u WHERE u.cert_id = c.id)"                                               \
	" FROM certificates c LEFT JOIN keys k ON k.id = c.key_id "

struct sink {
	store_cert_fn fn;
	void *arg;
};

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;

	return to->fn(to->arg,
		      &(struct store_cert){.id = db_int(q, 0),
					   .sha256 = db_text(q, 1),
					   .friendly_name = db_text(q, 2),
					   .self_signed = db_int(q, 3),
					   .has_key = db_int(q, 4),
					   .exportable = db_int(q, 5),
					   .added_at_s = db_int(q, 6),
					   .removed_at_s = db_int(q, 7),
					   .der = db_blob(q, 8),
					   .stores = db_text(q, 9),
					   .removed_from = db_text(q, 10),
					   .uses = db_text(q, 11)},
		      e);
}

bool store_cert_insert(struct store *s, const struct store_cert_new *n, int64_t *id_out,
		       struct err *e)
{
	if (!db_run(s,
		    "INSERT INTO certificates (sha256, sha1, spki_sha256, key_id, der,"
		    " friendly_name, subject, issuer, search, not_before, not_after, is_ca,"
		    " self_signed, for_server, for_client, added_at) VALUES (?1, ?2, ?3,"
		    " (SELECT id FROM keys WHERE spki_sha256 = ?3), ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
		    " ?11, ?12, ?13, ?14, ?15)",
		    DB_ARGS(db_t(n->sha256), db_t(n->sha1), db_t(n->spki_sha256), db_b(n->der),
			    db_t(n->friendly_name ? n->friendly_name : ""), db_t(n->subject),
			    db_t(n->issuer), db_t(n->search), db_i(n->not_before_s),
			    db_i(n->not_after_s), db_i(n->is_ca), db_i(n->self_signed),
			    db_i(n->for_server), db_i(n->for_client), db_i(n->added_at_s)),
		    e))
		return false;
	*id_out = db_last_id(s);
	return true;
}

bool store_cert_mend(struct store *s, int64_t id, struct span der, bool *mended_out, struct err *e)
{
	int64_t damaged = 0;

	if (!db_get_int(s, "SELECT count(*) FROM certificates WHERE id = ?1 AND der <> ?2",
			DB_ARGS(db_i(id), db_b(der)), &damaged, NULL, e))
		return false;
	*mended_out = damaged > 0;
	return !damaged || db_run(s, "UPDATE certificates SET der = ?2 WHERE id = ?1",
				  DB_ARGS(db_i(id), db_b(der)), e);
}

bool store_cert_id(struct store *s, const char *sha256, int64_t *id_out, struct err *e)
{
	return db_get_int(s, "SELECT id FROM certificates WHERE sha256 = ?1", DB_ARGS(db_t(sha256)),
			  id_out, NULL, e);
}

bool store_cert_named(struct store *s, const char *hex, const char *friendly_name, store_cert_fn fn,
		      void *arg, struct err *e)
{
	return db_each(s,
		       COLUMNS "WHERE c.sha256 = ?1 OR c.sha1 = ?1"
			       " OR (?2 <> '' AND c.friendly_name = ?2 COLLATE NOCASE)"
			       " ORDER BY c.id",
		       DB_ARGS(db_t(hex), db_t(friendly_name)), row_give, &(struct sink){fn, arg},
		       e);
}

bool store_cert_by_spki(struct store *s, const char *spki_sha256, store_cert_fn fn, void *arg,
			struct err *e)
{
	return db_each(s, COLUMNS "WHERE c.spki_sha256 = ?1 ORDER BY c.id",
		       DB_ARGS(db_t(spki_sha256)), row_give, &(struct sink){fn, arg}, e);
}

bool store_cert_members(struct store *s, const char *store, store_cert_fn fn, void *arg,
			struct err *e)
{
	return db_each(s,
		       COLUMNS "JOIN memberships m ON m.cert_id = c.id AND m.removed_at IS NULL"
			       " JOIN stores t ON t.id = m.store_id AND t.name = ?1 ORDER BY c.id",
		       DB_ARGS(db_t(store)), row_give, &(struct sink){fn, arg}, e);
}

bool store_cert_set_friendly_name(struct store *s, int64_t id, const char *name, struct err *e)
{
	return db_run_expect(s, "UPDATE certificates SET friendly_name = ?2 WHERE id = ?1",
			     DB_ARGS(db_i(id), db_t(name)), "certificate", e);
}

bool store_cert_mark_removed(struct store *s, int64_t id, int64_t at_s, struct err *e)
{
	return db_run_expect(s, "UPDATE certificates SET removed_at = ?2 WHERE id = ?1",
			     DB_ARGS(db_i(id), db_i(at_s)), "certificate", e);
}

bool store_cert_unmark(struct store *s, int64_t id, struct err *e)
{
	return db_run_expect(s, "UPDATE certificates SET removed_at = NULL WHERE id = ?1",
			     DB_ARGS(db_i(id)), "certificate", e);
}

/* In a savepoint, since a foreign key may still hold the certificate: then its memberships stay
 * too. */
static bool purge_one(struct store *s, int64_t id, int64_t *n_out, struct err *e)
{
	struct err why = ERR_INIT;
	bool gone;

	if (!db_run(s, "SAVEPOINT purge", DB_NO_ARGS, e))
		return false;
	gone = db_run(s, "DELETE FROM memberships WHERE cert_id = ?1", DB_ARGS(db_i(id)), &why) &&
	       db_run(s, "UPDATE csrs SET cert_id = NULL WHERE cert_id = ?1", DB_ARGS(db_i(id)),
		      &why) &&
	       db_run(s, "DELETE FROM certificates WHERE id = ?1", DB_ARGS(db_i(id)), &why);
	if (!gone && !db_run(s, "ROLLBACK TO purge", DB_NO_ARGS, e))
		return false;
	if (!db_run(s, "RELEASE purge", DB_NO_ARGS, e))
		return false;
	*n_out += gone;
	if (!gone && why.code != ERR_IN_USE)
		*e = why;
	return gone || why.code == ERR_IN_USE;
}

bool store_cert_purge(struct store *s, int64_t before_s, int64_t *n_out, struct err *e)
{
	int64_t id = 0;

	*n_out = 0;
	for (bool found = true;;) {
		if (!db_get_int(s,
				"SELECT id FROM certificates WHERE removed_at < ?1 AND id > ?2"
				" ORDER BY id",
				DB_ARGS(db_i(before_s), db_i(id)), &id, &found, e))
			return false;
		if (!found)
			break;
		if (!purge_one(s, id, n_out, e))
			return false;
	}
	return store_key_purge(s, e);
}
