/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/roots/root_catalogue.h"

#include "base/mem.h"
#include "base/text.h"
#include "core/certs/cert_rows.h"
#include "core/core_impl.h"
#include "core/roots/required_root_entry.h"
#include "core/roots/root_inventory.h"
#include "core/tx.h"
#include "core/updates/update_states.h"
#include "store/root_inventories.h"

#include <stdlib.h>
#include <string.h>

void root_catalogue_clear(struct root_catalogue *k)
{
	mem_free(k->items);
	*k = (struct root_catalogue)ROOT_CATALOGUE_INIT;
}

struct reading {
	struct core *c;
	struct root_catalogue *k;
	size_t room;
};

static bool has_room(struct reading *r, struct err *e)
{
	size_t more = r->room ? 2 * r->room : 32;
	void *grown;

	if (r->k->n >= REQUIRED_ROOTS_MAX)
		return err_set(e, ERR_LIMIT, "a catalogue of more than %d entries",
			       REQUIRED_ROOTS_MAX);
	if (r->k->n < r->room)
		return true;
	grown = mem_grow(r->k->items, r->room, more, sizeof(*r->k->items));
	if (!grown)
		return err_nomem(e);
	r->k->items = grown;
	r->room = more;
	return true;
}

static bool entry_take(void *arg, const struct required_root_row *row, struct err *e)
{
	struct reading *r = arg;
	struct required_root entry AUTO_REQUIRED_ROOT = {.id = 0};
	struct root_entry *to;
	size_t n = 0;

	if (!has_room(r, e) || !required_root_read(&entry, row, e))
		return false;
	to = &r->k->items[r->k->n++];
	*to = (struct root_entry){.id = entry.id};
	if (!root_place_parse(entry.store, &to->store))
		return err_set(e, ERR_BUG, "an entry for store '%s'", entry.store);
	text_copy(to->name, sizeof(to->name), entry.name);
	text_copy(to->sha256, sizeof(to->sha256), entry.sha256);
	to->has_digest = hex_decode(entry.sha256, strlen(entry.sha256), to->digest,
				    sizeof(to->digest), &n) &&
			 n == sizeof(to->digest);
	if (!entry.cert_sha256[0])
		return true;
	to->not_after_s = entry.not_after_s;
	to->expired = entry.not_after_s < core_now_s(r->c);
	to->other_kind = entry.self_signed != (to->store == PLACE_ROOT);
	to->offered = to->has_digest && !to->expired && !to->other_kind &&
		      json_array_size(entry.cert_stores) > 0 &&
		      !required_root_lies_in(&entry, "Disallowed");
	return true;
}

static int by_id(const void *a, const void *b)
{
	const struct root_entry *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

bool root_catalogue_read(struct core *c, struct root_catalogue *out, struct err *e)
{
	struct root_catalogue k AUTO_ROOT_CATALOGUE = ROOT_CATALOGUE_INIT;
	struct reading r = {.c = c, .k = &k};

	if (!required_root_row_list(core_store(c), entry_take, &r, e))
		return false;
	if (k.n > 0)
		qsort(k.items, k.n, sizeof(*k.items), by_id);
	*out = k;
	k = (struct root_catalogue)ROOT_CATALOGUE_INIT;
	return true;
}

/* Where this server has the certificate, that alone counts. */
static bool reported_take(struct core *c, struct root_entry *x, struct err *e)
{
	int64_t not_after_s = INT64_MAX;

	if (!reported_certificate_find(core_store(c), span_of(x->digest, sizeof(x->digest)),
				       &x->reported, &not_after_s, e))
		return false;
	if (x->not_after_s == 0)
		x->expired = not_after_s < core_now_s(c);
	return true;
}

bool root_catalogue_read_reported(struct core *c, struct root_catalogue *out, struct err *e)
{
	if (!root_catalogue_read(c, out, e))
		return false;
	for (size_t i = 0; i < out->n; i++)
		if (out->items[i].has_digest && !reported_take(c, &out->items[i], e))
			return false;
	return true;
}

size_t root_catalogue_at(const struct root_catalogue *k, int64_t id)
{
	size_t i = 0;

	while (i < k->n && k->items[i].id != id)
		i++;
	return i;
}

enum root_standing root_catalogue_standing(const struct root_entry *r, char letter)
{
	enum root_standing s = root_standing_from(letter);

	if (!r->has_digest)
		return ROOT_UNCONFIRMED;
	return s == ROOT_HELD && r->expired ? ROOT_EXPIRED : s;
}

/* ---- what is offered ---- */

static bool offer_digest(const struct root_catalogue *k, char out[static 65], struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	uint8_t hash[SHA256_BYTES];

	for (size_t i = 0; i < k->n; i++)
		if (k->items[i].offered)
			buf_printf(&text, "%s:%s:%s\n", root_place_name(k->items[i].store),
				   k->items[i].sha256, k->items[i].name);
	if (!buf_ok(&text))
		return err_nomem(e);
	sha256(buf_span(&text), hash);
	hex_lower(span_of(hash, sizeof(hash)), out);
	return true;
}

/* By the time of day, so that agents that met a later revision believe a server restored from an older backup; and so
 * many a second that no series of changes gets ahead of it. */
#define REVISIONS_PER_SECOND 1000

static int64_t revision_after(struct core *c, int64_t last)
{
	int64_t now = core_now_s(c) * REVISIONS_PER_SECOND;

	return last < now ? now : last + 1;
}

static bool offer_settle(struct core *c, const struct root_catalogue *k, struct root_offer_row *row,
			 struct err *e)
{
	struct root_offer_row next = {.valid_until_s = INT64_MAX};
	bool found = false;

	if (!root_offer_read(core_store(c), row, &found, e) ||
	    !store_counter(core_store(c), COUNTER_TRUST_GENERATION, &next.trust_generation, e) ||
	    !offer_digest(k, next.digest, e))
		return false;
	for (size_t i = 0; i < k->n; i++)
		if (k->items[i].offered && k->items[i].not_after_s < next.valid_until_s)
			next.valid_until_s = k->items[i].not_after_s;
	if (found && strcmp(row->digest, next.digest) == 0) {
		next.revision = row->revision;
	} else {
		next.revision = revision_after(c, found ? row->revision : 0);
		tx_note(c, "root", json_pack("{s:I}", "revision", (json_int_t)next.revision));
	}
	*row = next;
	return root_offer_write(core_store(c), &next, e);
}

bool root_catalogue_changed(struct core *c, struct err *e)
{
	struct root_catalogue k AUTO_ROOT_CATALOGUE = ROOT_CATALOGUE_INIT;
	struct root_offer_row row;

	tx_note(c, "root", json_object());
	return root_catalogue_read_reported(c, &k, e) && root_inventories_restate(c, &k, e) &&
	       offer_settle(c, &k, &row, e) && update_states_restate(c, e);
}

static bool offer_is_fresh(struct core *c, struct root_offer_row *row, bool *out, struct err *e)
{
	int64_t generation = 0;
	bool found = false;

	if (!root_offer_read(core_store(c), row, &found, e) ||
	    !store_counter(core_store(c), COUNTER_TRUST_GENERATION, &generation, e))
		return false;
	*out = found && row->trust_generation == generation && core_now_s(c) <= row->valid_until_s;
	return true;
}

/* After a change of the stores many agents ask at once: the first one makes it anew. */
static bool offer_now(struct core *c, struct root_offer_row *row, struct err *e)
{
	struct root_catalogue k AUTO_ROOT_CATALOGUE = ROOT_CATALOGUE_INIT;
	struct tx tx AUTO(tx_end) = TX_INIT;
	bool fresh = false;

	if (!offer_is_fresh(c, row, &fresh, e))
		return false;
	if (fresh)
		return true;
	if (!tx_begin(c, &tx, e) || !offer_is_fresh(c, row, &fresh, e))
		return false;
	return fresh ? tx_commit(&tx, e)
		     : root_catalogue_read(c, &k, e) && offer_settle(c, &k, row, e) &&
			       tx_commit(&tx, e);
}

bool root_offer_renew(struct core *c, struct err *e)
{
	struct root_offer_row row = {.revision = 0};
	bool found = false;

	if (!root_offer_read(core_store(c), &row, &found, e))
		return false;
	row.digest[0] = '\0'; /* of nothing: whatever comes differs */
	row.revision = revision_after(c, row.revision) + REVISIONS_PER_SECOND;
	row.trust_generation = -1;
	return !found || root_offer_write(core_store(c), &row, e);
}

bool root_offer_revision(struct core *c, int64_t *out, struct err *e)
{
	struct root_offer_row row = {.revision = 0};

	if (!offer_now(c, &row, e))
		return false;
	*out = row.revision;
	return true;
}

bool root_offer(struct core *c, json_t **out, struct err *e)
{
	struct root_catalogue k AUTO_ROOT_CATALOGUE = ROOT_CATALOGUE_INIT;
	struct root_offer_row row = {.revision = 0};
	json_t *items AUTO_JSON = json_array();

	if (!items)
		return err_nomem(e);
	if (!offer_now(c, &row, e) || !root_catalogue_read(c, &k, e))
		return false;
	for (size_t i = 0; i < k.n; i++) {
		const struct root_entry *x = &k.items[i];

		if (x->offered &&
		    json_array_append_new(items, json_pack("{s:s, s:s, s:s}", "sha256", x->sha256,
							   "store", root_place_name(x->store),
							   "name", x->name)) != 0)
			return err_nomem(e);
	}
	*out = json_pack("{s:I, s:O}", "revision", (json_int_t)row.revision, "items", items);
	return *out || err_nomem(e);
}

bool root_offered_file(struct core *c, const char *sha256, struct buf *out, struct err *e)
{
	struct root_catalogue k AUTO_ROOT_CATALOGUE = ROOT_CATALOGUE_INIT;
	struct cert *cert AUTO_CERT = NULL;

	if (!root_catalogue_read(c, &k, e))
		return false;
	for (size_t i = 0; i < k.n; i++) {
		if (!k.items[i].offered || strcmp(k.items[i].sha256, sha256) != 0)
			continue;
		if (!cert_row_cert(c, sha256, &cert, e))
			return false;
		buf_add_span(out, span_of(cert->der, cert->der_len));
		return buf_ok(out) || err_nomem(e);
	}
	return err_reason(e, "root.not_offered", "no certificate %.64s is offered", sha256);
}
