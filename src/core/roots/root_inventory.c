/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/roots/root_inventory.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/agents/agent_impl.h"
#include "core/tx.h"
#include "store/root_inventories.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((int)ROOT_PLACES == INVENTORY_PLACES, "places are kept as they are counted");

/* ---- standing ---- */

/* Entries by the certificate that they mean; several may mean none. */
struct meant {
	int64_t certificate;
	size_t entry;
};

struct restating {
	struct core *c;
	const struct root_catalogue *k;
	struct meant meant[REQUIRED_ROOTS_MAX];
	unsigned lies_in[REQUIRED_ROOTS_MAX];
	size_t n_meant;
};

static int by_certificate(const void *a, const void *b)
{
	const struct meant *x = a, *y = b;

	return x->certificate < y->certificate ? -1 : x->certificate > y->certificate;
}

static void restating_begin(struct restating *r, struct core *c, const struct root_catalogue *k)
{
	r->c = c;
	r->k = k;
	r->n_meant = 0;
	for (size_t i = 0; i < k->n; i++)
		if (k->items[i].reported)
			r->meant[r->n_meant++] = (struct meant){k->items[i].reported, i};
	if (r->n_meant > 0)
		qsort(r->meant, r->n_meant, sizeof(r->meant[0]), by_certificate);
}

static void standing_make(struct restating *r, struct span members, struct buf *out)
{
	struct inventory_member m;

	memset(r->lies_in, 0, sizeof(r->lies_in));
	for (size_t i = 0; inventory_member_at(members, i, &m); i++) {
		const struct meant key = {.certificate = m.certificate};
		const struct meant *hit = r->n_meant ? bsearch(&key, r->meant, r->n_meant,
							       sizeof(key), by_certificate)
						     : NULL;

		if (hit)
			r->lies_in[hit->entry] |= PLACE_BIT(m.place);
	}
	buf_reset(out);
	for (size_t i = 0; i < r->k->n; i++)
		buf_add_char(out, root_standing_letter(root_standing_of(r->k->items[i].store,
									r->k->items[i].has_digest,
									r->lies_in[i])));
}

static bool restate_one(void *arg, int64_t id, struct span members, struct err *e)
{
	struct restating *r = arg;
	struct buf standing AUTO_BUF = BUF_INIT;

	standing_make(r, members, &standing);
	if (!buf_ok(&standing))
		return err_nomem(e);
	return inventory_row_set_standing(core_store(r->c), id, buf_span(&standing), e);
}

bool root_inventories_restate(struct core *c, const struct root_catalogue *k, struct err *e)
{
	struct restating r;

	restating_begin(&r, c, k);
	return inventory_row_each(core_store(c), restate_one, &r, e);
}

/* ---- what an agent sends ---- */

struct item {
	char line[16 + 2 * SHA256_BYTES]; /* STORE:SHA256 */
	uint8_t sha256[SHA256_BYTES];
	enum root_place place;
	char subject[ROOT_INVENTORY_SUBJECT_MAX + 1];
	int64_t not_after_s;
};

struct inventory {
	struct item *items;
	size_t n;
};

static void inventory_clear(struct inventory *v)
{
	mem_free(v->items);
}

static bool item_read(const json_t *o, struct item *out, struct err *e)
{
	const char *hex = NULL, *store = NULL, *subject = "", *not_after = NULL;
	struct buf line AUTO_BUF = BUF_INIT;
	size_t n = 0;

	if (!json_is_object(o))
		return err_reason(e, "request.member", "an item must be an object");
	if (!json_get_str(o, "sha256", &hex, e) || !json_get_str(o, "store", &store, e) ||
	    !json_get_str_opt(o, "subject", &subject, e) ||
	    !json_get_str(o, "not_after", &not_after, e))
		return false;
	if (!hex_is_lower(hex, 2 * SHA256_BYTES) ||
	    !hex_decode(hex, strlen(hex), out->sha256, sizeof(out->sha256), &n))
		return json_refuse(e, "sha256", "must be a SHA-256 in hex");
	if (!root_place_parse(store, &out->place))
		return json_refuse(e, "store", "must be Root, CA or Disallowed");
	if (!time_parse_rfc3339(not_after, &out->not_after_s))
		return json_refuse(e, "not_after", "must be a time");
	text_copy(out->subject, sizeof(out->subject), subject);
	buf_printf(&line, "%s:%s", store, hex);
	text_copy(out->line, sizeof(out->line), buf_str(&line));
	return buf_ok(&line) || err_nomem(e);
}

static int by_line(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return strcmp(x->line, y->line);
}

/* A certificate that lies in two files of one store is one. */
static void unique(struct inventory *v)
{
	size_t n = 0;

	qsort(v->items, v->n, sizeof(*v->items), by_line);
	for (size_t i = 0; i < v->n; i++)
		if (n == 0 || strcmp(v->items[n - 1].line, v->items[i].line) != 0)
			v->items[n++] = v->items[i];
	v->n = n;
}

static bool inventory_read(const json_t *body, struct inventory *out, struct err *e)
{
	json_t *list = NULL;

	if (!json_get_array_opt(body, "items", &list, e))
		return false;
	if (json_array_size(list) > ROOT_INVENTORY_MAX)
		return err_reason(e, "request.member", "at most %d items", ROOT_INVENTORY_MAX);
	if (json_array_size(list) == 0)
		return true;
	out->items = mem_array(json_array_size(list), sizeof(*out->items));
	if (!out->items)
		return err_nomem(e);
	for (size_t i = 0; i < json_array_size(list); i++, out->n++)
		if (!item_read(json_array_get(list, i), &out->items[i], e))
			return json_refuse_in(e, "items", i);
	unique(out);
	return true;
}

static bool digest_is(const struct inventory *v, const char *digest, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	uint8_t hash[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];

	for (size_t i = 0; i < v->n; i++)
		buf_printf(&text, "%s\n", v->items[i].line);
	if (!buf_ok(&text))
		return err_nomem(e);
	sha256(buf_span(&text), hash);
	hex_lower(span_of(hash, sizeof(hash)), hex);
	return strcmp(hex, digest) == 0 ||
	       err_reason(e, "root.inventory", "the digest of these items is %s", hex);
}

static bool inventory_make(struct core *c, const struct inventory *v, const char *digest,
			   int64_t *id, struct err *e)
{
	struct root_catalogue k AUTO_ROOT_CATALOGUE = ROOT_CATALOGUE_INIT;
	struct buf members AUTO_BUF = BUF_INIT, standing AUTO_BUF = BUF_INIT;
	struct restating r;

	for (size_t i = 0; i < v->n; i++) {
		const struct item *x = &v->items[i];
		int64_t certificate = 0;

		if (!reported_certificate_use(core_store(c), span_of(x->sha256, SHA256_BYTES),
					      x->subject, x->not_after_s, &certificate, e))
			return false;
		inventory_member_add(&members,
				     &(struct inventory_member){certificate, (uint8_t)x->place});
	}
	if (!root_catalogue_read_reported(c, &k, e))
		return false;
	restating_begin(&r, c, &k);
	standing_make(&r, buf_span(&members), &standing);
	if (!buf_ok(&members) || !buf_ok(&standing))
		return err_nomem(e);
	return inventory_row_insert(core_store(c), digest, buf_span(&members), buf_span(&standing),
				    id, e);
}

bool agent_inventory(struct core *c, struct agent_desk *d, const struct agent_caller *who,
		     const json_t *body, struct err *e)
{
	struct inventory v AUTO(inventory_clear) = {.n = 0};
	struct tx tx AUTO(tx_end) = TX_INIT;
	char id[AGENT_ID_SIZE];
	const char *digest = NULL;
	int64_t inventory = 0, former = 0;

	if (!agent_known(c, who, id, NULL, NULL, e) || !json_get_str(body, "digest", &digest, e) ||
	    !inventory_read(body, &v, e) || !digest_is(&v, digest, e) || !tx_begin(c, &tx, e) ||
	    !inventory_row_find(core_store(c), digest, &inventory, e) ||
	    (!inventory && !inventory_make(c, &v, digest, &inventory, e)) ||
	    !agent_row_inventory(core_store(c), id, inventory, core_now_s(c), &former, e) ||
	    (former && former != inventory && !inventory_row_drop_unused(core_store(c), former, e)))
		return false;
	heartbeat_inventory_told(d->heartbeats, id);
	if (former != inventory)
		tx_note(c, "root", json_pack("{s:s}", "agent", id));
	return tx_commit(&tx, e);
}
