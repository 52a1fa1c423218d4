/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/audit_chain.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "core/audit.h"
#include "core/certs/keys.h"
#include "store/settings.h"

#include <string.h>

#define META_HEAD "audit_head"
#define ANCHOR_BYTES (8 + SHA256_BYTES)

static void add_u64(struct buf *b, uint64_t v)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_add_char(b, (char)(v >> shift));
}

/* Lengths go before texts, so that nothing can slide from one member into the next. */
static void add_text(struct buf *b, const char *s)
{
	add_u64(b, strlen(s));
	buf_add_str(b, s);
}

bool audit_row_hash(const struct store_audit *r, uint8_t out[static SHA256_BYTES], struct err *e)
{
	const char *const texts[] = {r->actor,	r->via,	   r->address, r->request_id,
				     r->action, r->object, r->detail};
	struct buf b AUTO_BUF = BUF_INIT;

	buf_add_str(&b, "certbinder audit 1");
	buf_add_span(&b, r->prev);
	add_u64(&b, (uint64_t)r->seq);
	add_u64(&b, (uint64_t)r->at_s);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		add_text(&b, texts[i]);
	if (!buf_ok(&b))
		return err_nomem(e);
	sha256(buf_span(&b), out);
	return true;
}

/* Without a master key the trail goes on unanchored: a console in trouble must still be able to
 * write down what is done to it. */
bool audit_anchor_set(struct core *c, int64_t seq, const uint8_t hash[static SHA256_BYTES],
		      struct err *e)
{
	struct buf plain AUTO_BUF = BUF_INIT, sealed AUTO_BUF = BUF_INIT;

	if (core_master(c)->len == 0)
		return true;
	add_u64(&plain, (uint64_t)seq);
	buf_add(&plain, hash, SHA256_BYTES);
	if (!buf_ok(&plain)) /* half an anchor would tell of a forgery */
		return err_nomem(e);
	return keys_seal(c, META_HEAD, buf_span(&plain), &sealed, e) &&
	       store_meta_set(core_store(c), META_HEAD, buf_span(&sealed), e);
}

struct walk {
	int64_t rows, first_bad; /* 0: none */
	uint8_t prev[SHA256_BYTES];
	int64_t anchor_seq; /* 0: none */
	uint8_t anchor[SHA256_BYTES];
};

static bool row_check(void *arg, const struct store_audit *r, struct err *e)
{
	struct walk *w = arg;
	uint8_t hash[SHA256_BYTES];
	bool good;

	if (!audit_row_hash(r, hash, e))
		return false;
	w->rows++;
	good = r->seq == w->rows && span_equal(r->prev, span_of(w->prev, SHA256_BYTES)) &&
	       span_equal(r->hash, span_of(hash, SHA256_BYTES)) &&
	       (r->seq != w->anchor_seq || memcmp(hash, w->anchor, SHA256_BYTES) == 0);
	if (!good && w->first_bad == 0)
		w->first_bad = w->rows; /* the place; its own number may be what was changed */
	memcpy(w->prev, hash, SHA256_BYTES);
	return true;
}

static bool anchor_read(struct core *c, struct walk *w, bool *found, struct err *e)
{
	struct buf sealed AUTO_BUF = BUF_INIT;
	struct secret plain AUTO_SECRET = SECRET_INIT;
	struct err why = ERR_INIT;

	if (!store_meta_get(core_store(c), META_HEAD, &sealed, found, e))
		return false;
	if (!*found)
		return true;
	*found = keys_unseal(c, META_HEAD, buf_span(&sealed), &plain, &why) &&
		 plain.len == ANCHOR_BYTES;
	if (why.code == ERR_NOMEM) /* no word on the anchor */
		return err_nomem(e);
	for (int i = 0; *found && i < 8; i++)
		w->anchor_seq = (int64_t)((uint64_t)w->anchor_seq << 8 | plain.data[i]);
	if (*found)
		memcpy(w->anchor, plain.data + 8, SHA256_BYTES);
	return true;
}

/* The rows after the anchor were written without the master key, or by somebody who has none; with
 * the key here, the next row of ours anchors them all. */
static void end_check(struct core *c, struct walk *w, bool anchored)
{
	if (w->first_bad != 0)
		return;
	if (w->anchor_seq > w->rows)
		w->first_bad = w->rows + 1; /* the tail was cut off */
	if (core_master(c)->len > 0 && w->rows > w->anchor_seq)
		w->first_bad = anchored ? w->anchor_seq + 1 : w->rows; /* nobody vouches */
}

static bool chain_walk(struct core *c, struct walk *w, bool *anchored, struct err *e)
{
	return anchor_read(c, w, anchored, e) && store_audit_walk(core_store(c), row_check, w, e);
}

bool audit_verify(struct core *c, json_t **out, struct err *e)
{
	struct walk w = {.rows = 0};
	char head[2 * SHA256_BYTES + 1];
	bool anchored = false, walked, begun;
	json_t *o;

	if (!store_snapshot(core_store(c), &begun, e)) /* anchor and rows of one moment */
		return false;
	walked = chain_walk(c, &w, &anchored, e);
	store_snapshot_end(core_store(c), begun);
	if (!walked)
		return false;
	end_check(c, &w, anchored);
	hex_lower(span_of(w.prev, SHA256_BYTES), head);
	o = json_pack("{s:I, s:b, s:o, s:o, s:b}", "rows", (json_int_t)w.rows, "intact",
		      w.first_bad == 0, "first_bad",
		      w.first_bad ? json_integer((json_int_t)w.first_bad) : json_null(), "head",
		      w.rows ? json_string(head) : json_null(), "anchored", anchored);
	if (!o)
		return err_nomem(e);
	*out = o;
	return true;
}
