/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/root_inventories.h"

#include "store/db.h"

#define MEMBER_BYTES 5 /* the certificate's id, little-endian, and its place */

void inventory_member_add(struct buf *members, const struct inventory_member *m)
{
	for (int shift = 0; shift < 32; shift += 8)
		buf_add_char(members, (char)(m->certificate >> shift));
	buf_add_char(members, (char)m->place);
}

bool inventory_member_at(struct span members, size_t i, struct inventory_member *out)
{
	const uint8_t *p = members.p + i * MEMBER_BYTES;

	if ((i + 1) * MEMBER_BYTES > members.len || p[4] >= INVENTORY_PLACES)
		return false;
	*out = (struct inventory_member){
		.certificate = (int64_t)((uint32_t)p[0] | (uint32_t)p[1] << 8 |
					 (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24),
		.place = p[4]};
	return true;
}

struct reported_id {
	int64_t *id, *not_after_s; /* not_after_s may be NULL */
};

static bool reported_id_take(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct reported_id *to = arg;

	(void)e; /* nothing fails here */
	*to->id = db_int(q, 0);
	if (to->not_after_s)
		*to->not_after_s = db_int(q, 1);
	return true;
}

bool reported_certificate_find(struct store *s, struct span sha256, int64_t *id_out,
			       int64_t *not_after_s_out, struct err *e)
{
	struct reported_id to = {id_out, not_after_s_out};
	bool found;

	*id_out = 0;
	return db_first(s, "SELECT id, not_after FROM reported_certificates WHERE sha256 = ?1",
			DB_ARGS(db_b(sha256)), reported_id_take, &to, &found, e);
}

bool reported_certificate_use(struct store *s, struct span sha256, const char *subject,
			      int64_t not_after_s, int64_t *id_out, struct err *e)
{
	return db_run(s,
		      "INSERT INTO reported_certificates (sha256, subject, not_after, uses)"
		      " VALUES (?1, ?2, ?3, 1) ON CONFLICT (sha256) DO UPDATE SET uses = uses + 1",
		      DB_ARGS(db_b(sha256), db_t(subject), db_i(not_after_s)), e) &&
	       reported_certificate_find(s, sha256, id_out, NULL, e);
}

struct reported_walk {
	reported_certificate_fn fn;
	void *arg;
};

static bool reported_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct reported_walk *w = arg;

	return w->fn(w->arg,
		     &(struct reported_certificate){.sha256 = db_blob(q, 0),
						    .subject = db_text(q, 1),
						    .not_after_s = db_int(q, 2)},
		     e);
}

bool reported_certificate_read(struct store *s, int64_t id, reported_certificate_fn fn, void *arg,
			       struct err *e)
{
	bool found;

	return db_first(s,
			"SELECT sha256, subject, not_after FROM reported_certificates"
			" WHERE id = ?1",
			DB_ARGS(db_i(id)), reported_give, &(struct reported_walk){fn, arg}, &found,
			e);
}

bool inventory_row_find(struct store *s, const char *digest, int64_t *id_out, struct err *e)
{
	return db_get_int(s, "SELECT id FROM inventories WHERE digest = ?1", DB_ARGS(db_t(digest)),
			  id_out, NULL, e);
}

bool inventory_row_insert(struct store *s, const char *digest, struct span members,
			  struct span standing, int64_t *id_out, struct err *e)
{
	if (!db_run(s, "INSERT INTO inventories (digest, members) VALUES (?1, ?2)",
		    DB_ARGS(db_t(digest), db_b(members)), e))
		return false;
	*id_out = db_last_id(s);
	return inventory_row_set_standing(s, *id_out, standing, e);
}

bool inventory_row_set_standing(struct store *s, int64_t id, struct span standing, struct err *e)
{
	return db_run(s,
		      "INSERT INTO inventory_standings (inventory, standing) VALUES (?1, ?2)"
		      " ON CONFLICT (inventory) DO UPDATE SET standing = excluded.standing",
		      DB_ARGS(db_i(id), db_b(standing)), e);
}

struct inventory_walk {
	struct store *s;
	inventory_fn fn;
	void *arg;
};

static bool inventory_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct inventory_walk *w = arg;

	return w->fn(w->arg, db_int(q, 0), db_blob(q, 1), e);
}

bool inventory_row_read(struct store *s, const char *digest, inventory_fn fn, void *arg,
			struct err *e)
{
	struct inventory_walk w = {.s = s, .fn = fn, .arg = arg};
	bool found;

	return db_first(s, "SELECT id, members FROM inventories WHERE digest = ?1",
			DB_ARGS(db_t(digest)), inventory_give, &w, &found, e);
}

bool inventory_row_each(struct store *s, inventory_fn fn, void *arg, struct err *e)
{
	struct inventory_walk w = {.s = s, .fn = fn, .arg = arg};

	return db_each(s, "SELECT id, members FROM inventories ORDER BY id", DB_NO_ARGS,
		       inventory_give, &w, e);
}

/* ---- without an agent ---- */

static bool certificate_leave(struct store *s, int64_t id, struct err *e)
{
	return db_run(s, "UPDATE reported_certificates SET uses = uses - 1 WHERE id = ?1",
		      DB_ARGS(db_i(id)), e) &&
	       db_run(s, "DELETE FROM reported_certificates WHERE id = ?1 AND uses <= 0",
		      DB_ARGS(db_i(id)), e);
}

static bool members_leave(const struct db_stmt *q, void *arg, struct err *e)
{
	struct store *s = arg;
	struct span members = db_blob(q, 0);
	struct inventory_member m;

	for (size_t i = 0; inventory_member_at(members, i, &m); i++)
		if (!certificate_leave(s, m.certificate, e))
			return false;
	return true;
}

bool inventory_row_drop_unused(struct store *s, int64_t id, struct err *e)
{
	int64_t used = 0;
	bool found;

	return db_get_int(s, "SELECT 1 FROM agents WHERE inventory = ?1 LIMIT 1", DB_ARGS(db_i(id)),
			  &used, NULL, e) &&
	       (used || (db_first(s, "SELECT members FROM inventories WHERE id = ?1",
				  DB_ARGS(db_i(id)), members_leave, s, &found, e) &&
			 db_run(s, "DELETE FROM inventory_standings WHERE inventory = ?1",
				DB_ARGS(db_i(id)), e) &&
			 db_run(s, "DELETE FROM inventories WHERE id = ?1", DB_ARGS(db_i(id)), e)));
}

bool inventory_rows_tidy(struct store *s, struct err *e)
{
	int64_t id = 0;
	bool found = true;

	for (;;) {
		if (!db_get_int(s,
				"SELECT i.id FROM inventories i WHERE i.id > ?1 AND NOT EXISTS"
				" (SELECT 1 FROM agents a WHERE a.inventory = i.id)"
				" ORDER BY i.id LIMIT 1",
				DB_ARGS(db_i(id)), &id, &found, e))
			return false;
		if (!found)
			return true;
		if (!inventory_row_drop_unused(s, id, e))
			return false;
	}
}

/* ---- of agents ---- */

bool agent_row_inventory(struct store *s, const char *agent, int64_t inventory, int64_t at_s,
			 int64_t *former_out, struct err *e)
{
	return db_get_int(s, "SELECT ifnull(inventory, 0) FROM agents WHERE id = ?1",
			  DB_ARGS(db_t(agent)), former_out, NULL, e) &&
	       db_run(s, "UPDATE agents SET inventory = ?2, inventory_at = ?3 WHERE id = ?1",
		      DB_ARGS(db_t(agent), db_i(inventory), db_i(at_s)), e);
}

bool agent_row_inventory_same(struct store *s, const char *agent, const char *digest, int64_t at_s,
			      bool *changed_out, struct err *e)
{
	if (!db_run(s,
		    "UPDATE agents SET inventory = i.id, inventory_at = ?3 FROM"
		    " (SELECT id FROM inventories WHERE digest = ?2) AS i"
		    " WHERE agents.id = ?1 AND agents.inventory IS NOT i.id",
		    DB_ARGS(db_t(agent), db_t(digest), db_i(at_s)), e))
		return false;
	*changed_out = db_n_changed(s) > 0;
	return true;
}

bool agent_row_root_policy(struct store *s, const char *agent, int64_t policy, struct err *e)
{
	return db_run_expect(s, "UPDATE agents SET root_policy = ?2 WHERE id = ?1",
			     DB_ARGS(db_t(agent), db_i(policy)), "agent", e);
}

/* Counted here, not by GROUP BY, which takes twice as long: the index brings those alike one after another. */
struct group_walk {
	inventory_group_fn fn;
	void *arg;
	struct inventory_group g; /* n 0: none yet */
	struct buf standing;
};

static bool group_end(struct group_walk *w, struct err *e)
{
	w->g.standing = buf_span(&w->standing);
	return w->g.n == 0 || w->fn(w->arg, &w->g, e);
}

static bool group_row(const struct db_stmt *q, void *arg, struct err *e)
{
	struct group_walk *w = arg;
	int64_t inventory = db_int(q, 0), policy = db_int(q, 1);

	if (w->g.n > 0 && w->g.inventory == inventory && w->g.policy == policy) {
		w->g.n++;
		return true;
	}
	if (!group_end(w, e))
		return false;
	w->g = (struct inventory_group){.inventory = inventory, .policy = policy, .n = 1};
	buf_reset(&w->standing);
	buf_add_span(&w->standing, db_blob(q, 2));
	return buf_ok(&w->standing) || err_nomem(e);
}

bool inventory_groups(struct store *s, inventory_group_fn fn, void *arg, struct err *e)
{
	struct group_walk w = {.fn = fn, .arg = arg, .standing = BUF_INIT};
	bool good = db_each(s,
			    "SELECT a.inventory, a.root_policy, i.standing FROM agents a"
			    " INDEXED BY agents_inventory LEFT JOIN inventory_standings i"
			    " ON i.inventory = a.inventory ORDER BY a.inventory, a.root_policy",
			    DB_NO_ARGS, group_row, &w, e) &&
		    group_end(&w, e);

	buf_clear(&w.standing);
	return good;
}

/* ---- what agents are offered ---- */

static bool offer_take(const struct db_stmt *q, void *arg, struct err *e)
{
	struct root_offer_row *r = arg;

	(void)e;
	*r = (struct root_offer_row){.revision = db_int(q, 0),
				     .trust_generation = db_int(q, 2),
				     .valid_until_s = db_int(q, 3)};
	db_copy(q, 1, r->digest, sizeof(r->digest));
	return true;
}

bool root_offer_read(struct store *s, struct root_offer_row *out, bool *found_out, struct err *e)
{
	return db_first(s, "SELECT revision, digest, trust_generation, valid_until FROM root_offer",
			DB_NO_ARGS, offer_take, out, found_out, e);
}

bool root_offer_write(struct store *s, const struct root_offer_row *r, struct err *e)
{
	return db_run(s,
		      "INSERT OR REPLACE INTO root_offer (one, revision, digest, trust_generation,"
		      " valid_until) VALUES (1, ?1, ?2, ?3, ?4)",
		      DB_ARGS(db_i(r->revision), db_t(r->digest), db_i(r->trust_generation),
			      db_i(r->valid_until_s)),
		      e);
}
