/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/replay.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

void replay_clear(struct replay *r)
{
	mem_free(r->ids);
	*r = (struct replay){.seq = 0};
}

bool replay_has(const struct replay *r, const char *jti)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->ids[i].jti, jti) == 0)
			return true;
	return false;
}

static void drop_expired(struct replay *r, int64_t now_s)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->ids[i].until_s >= now_s)
			r->ids[kept++] = r->ids[i];
	r->n = kept;
}

static size_t first_to_expire(const struct replay *r)
{
	size_t first = 0;

	for (size_t i = 1; i < r->n; i++)
		if (r->ids[i].until_s < r->ids[first].until_s)
			first = i;
	return first;
}

static bool room_make(struct replay *r, struct err *e)
{
	size_t wanted = r->cap ? 2 * r->cap : 16;
	struct replay_id *more;

	if (r->n < r->cap)
		return true;
	if (wanted > REPLAY_IDS_MAX)
		wanted = REPLAY_IDS_MAX;
	if (wanted == r->cap) {
		r->ids[first_to_expire(r)] = r->ids[r->n - 1];
		r->n--;
		return true;
	}
	more = mem_grow(r->ids, r->cap, wanted, sizeof(*more));
	if (!more)
		return err_nomem(e);
	r->ids = more;
	r->cap = wanted;
	return true;
}

bool replay_add(struct replay *r, int64_t seq, const char *jti, int64_t until_s, int64_t now_s,
		struct err *e)
{
	drop_expired(r, now_s);
	if (!room_make(r, e))
		return false;
	r->ids[r->n].until_s = until_s;
	text_copy(r->ids[r->n].jti, REPLAY_ID_SIZE, jti);
	r->n++;
	if (seq > r->seq)
		r->seq = seq;
	return true;
}

json_t *replay_json(const struct replay *r)
{
	json_t *ids = json_object(), *out;
	bool good = ids != NULL;

	for (size_t i = 0; good && i < r->n; i++)
		good = json_object_set_new(ids, r->ids[i].jti,
					   json_integer((json_int_t)r->ids[i].until_s)) == 0;
	out = good ? json_pack("{s:I, s:O}", "seq", (json_int_t)r->seq, "seen", ids) : NULL;
	json_decref(ids);
	return out;
}

bool replay_read(const json_t *v, struct replay *out, struct err *e)
{
	struct replay r AUTO(replay_clear) = {.seq = 0};
	int64_t seq = 0;
	json_t *seen, *until;
	const char *jti;

	if (!json_get_int(v, "seq", 0, INT64_MAX, &seq, e) || !json_get_object(v, "seen", &seen, e))
		return false;
	json_object_foreach(seen, jti, until)
	{
		if (!json_is_integer(until) || strlen(jti) >= REPLAY_ID_SIZE)
			return err_set(e, ERR_FORMAT, "memory of commands seen");
		if (!replay_add(&r, seq, jti, json_integer_value(until), 0, e))
			return false;
	}
	r.seq = seq;
	*out = r;
	r = (struct replay){.seq = 0};
	return true;
}
