/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/certificates.h"

#include "store/db.h"

#include <string.h>

/*
 * One statement for every mix of filters: a filter that is not asked for is NULL, 0 or -1. Pages
 * go by (sort key, id) of the last row shown, so that rows which come and go shift nothing.
 */
#define WHERE                                                                                      \
	" WHERE (?1 IS NULL OR EXISTS (SELECT 1 FROM memberships m JOIN stores s"                  \
	"  ON s.id = m.store_id AND s.name = ?1"                                                   \
	"  WHERE m.cert_id = c.id AND (?2 OR m.removed_at IS NULL)))"                              \
	" AND (c.removed_at IS NOT NULL) = ?2"                                                     \
	" AND ((?3 IS NULL AND ?4 IS NULL)"                                                        \
	"  OR instr(c.search, ?3) > 0 OR instr(lower(c.friendly_name), ?3) > 0"                    \
	"  OR substr(c.sha256, 1, length(?4)) = ?4 OR substr(c.sha1, 1, length(?4)) = ?4)"         \
	" AND (?5 IS NULL OR CASE ?5 WHEN 'server' THEN c.for_server AND NOT c.is_ca"              \
	"  WHEN 'client' THEN c.for_client AND NOT c.is_ca WHEN 'ca' THEN c.is_ca END)"            \
	" AND (?6 = 0 OR c.not_after < ?6)"                                                        \
	" AND (?7 < 0 OR (c.key_id IS NOT NULL) = ?7)"                                             \
	" AND (?8 < 0 OR EXISTS (SELECT 1 FROM cert_uses u WHERE u.cert_id = c.id) = ?8)"

#define SORT_KEY(t)                                                                                \
	"CASE ?9 WHEN 'issuer' THEN lower(" t ".issuer) WHEN 'not_before' THEN " t ".not_before"   \
	" WHEN 'not_after' THEN " t ".not_after WHEN 'friendly_name' THEN lower(" t                \
	".friendly_name) WHEN 'sha256' THEN " t ".sha256 WHEN 'thumbprint' THEN " t                \
	".sha1 WHEN 'added_at' THEN " t ".added_at ELSE lower(" t ".subject) END"

#define LIST(compare, direction)                                                                   \
	"SELECT c.sha256 FROM certificates c" WHERE                                                \
	" AND (?10 = 0 OR (" SORT_KEY("c") ", c.id) " compare " (SELECT " SORT_KEY(                \
		"p") ", p.id FROM certificates p WHERE p.id = ?10))"                               \
		     " ORDER BY " SORT_KEY("c") " " direction ", c.id " direction " LIMIT ?11"

bool store_cert_sort_known(const char *sort)
{
	static const char *const known[] = {"subject",	     "issuer", "not_before", "not_after",
					    "friendly_name", "sha256", "thumbprint", "added_at"};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(sort, known[i]) == 0)
			return true;
	return false;
}

#define FILTER_ARGS(f)                                                                             \
	db_t((f)->store), db_i((f)->removed), db_t((f)->text), db_t((f)->hex), db_t((f)->purpose), \
		db_i((f)->expires_before_s), db_i((f)->has_key), db_i((f)->used)

bool store_cert_count(struct store *s, const struct store_cert_filter *f, int64_t *out,
		      struct err *e)
{
	return db_get_int(s, "SELECT count(*) FROM certificates c" WHERE, DB_ARGS(FILTER_ARGS(f)),
			  out, NULL, e);
}

struct sink {
	store_cert_fn fn;
	void *arg;
};

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;

	return store_cert_named(q->store, db_text(q, 0), NULL, to->fn, to->arg, e);
}

bool store_cert_list(struct store *s, const struct store_cert_filter *f, store_cert_fn fn,
		     void *arg, struct err *e)
{
	const char *sql = f->descending ? LIST("<", "DESC") : LIST(">", "ASC");

	return db_each(s, sql,
		       DB_ARGS(FILTER_ARGS(f), db_t(f->sort), db_i(f->after_id), db_i(f->limit)),
		       row_give, &(struct sink){fn, arg}, e);
}
