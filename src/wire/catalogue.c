/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/catalogue.h"

#include "base/mem.h"
#include "base/text.h"
#include "core/authentication/jws.h"
#include "wire/agent_trust.h"

#include <string.h>

void catalogue_clear(struct catalogue *c)
{
	mem_free(c->items);
	*c = (struct catalogue)CATALOGUE_INIT;
}

bool catalogue_item_read(const json_t *v, struct catalogue_item *out, struct err *e)
{
	const char *sha256 = "", *store = "", *name = "";

	if (!json_is_object(v))
		return err_set(e, ERR_INVALID, "an item is no object");
	if (!json_get_str(v, "sha256", &sha256, e) || !json_get_str(v, "store", &store, e) ||
	    !json_get_str_opt(v, "name", &name, e))
		return false;
	if (!hex_is_lower(sha256, 2 * SHA256_BYTES))
		return err_set(e, ERR_INVALID, "'%.80s' is no SHA-256", sha256);
	/* Nobody but this machine's administrator says what is distrusted here. */
	if (strcmp(store, AGENT_TRUST_ROOT) != 0 && strcmp(store, AGENT_TRUST_CA) != 0)
		return err_set(e, ERR_INVALID, "'%.40s' is neither Root nor CA", store);
	text_copy(out->sha256, sizeof(out->sha256), sha256);
	text_copy(out->store, sizeof(out->store), store);
	text_copy(out->name, sizeof(out->name), name);
	return true;
}

bool catalogue_read(const json_t *v, struct catalogue *out, struct err *e)
{
	struct catalogue c AUTO_CATALOGUE = CATALOGUE_INIT;
	json_t *items = NULL;
	size_t n;

	if (!json_get_int(v, "revision", 0, INT64_MAX, &c.revision, e) ||
	    !json_get_array_opt(v, "items", &items, e))
		return false;
	n = json_array_size(items);
	if (n > CATALOGUE_ITEMS_MAX)
		return err_set(e, ERR_LIMIT, "%zu certificates, at most %d", n,
			       CATALOGUE_ITEMS_MAX);
	c.items = mem_array(n ? n : 1, sizeof(*c.items));
	if (!c.items)
		return err_nomem(e);
	for (; c.n < n; c.n++)
		if (!catalogue_item_read(json_array_get(items, c.n), &c.items[c.n], e))
			return false;
	*out = c;
	c = (struct catalogue)CATALOGUE_INIT;
	return true;
}

json_t *catalogue_json(const struct catalogue *c)
{
	json_t *items = json_array();

	for (size_t i = 0; items && i < c->n; i++)
		if (json_array_append_new(items,
					  json_pack("{s:s, s:s, s:s}", "sha256", c->items[i].sha256,
						    "store", c->items[i].store, "name",
						    c->items[i].name)) != 0) {
			json_decref(items);
			return NULL;
		}
	return items ? json_pack("{s:I, s:o}", "revision", (json_int_t)c->revision, "items", items)
		     : NULL;
}

static bool is_for_me(const struct catalogue_judge *j, const json_t *payload, struct err *e)
{
	int64_t iat_s = 0, exp_s = 0;
	const char *aud = "";
	struct err why = ERR_INIT;

	if (!json_get_str(payload, "aud", &aud, &why) ||
	    !json_get_int(payload, "iat", 0, INT64_MAX / 2, &iat_s, &why) ||
	    !json_get_int(payload, "exp", 0, INT64_MAX / 2, &exp_s, &why))
		return err_reason(e, "catalogue.corrupt", "%s", why.text);
	if (strcmp(aud, j->agent_id) != 0)
		return err_reason(e, "catalogue.audience", "it is for agent %.40s", aud);
	if (exp_s < iat_s || exp_s - iat_s > CATALOGUE_LIFE_MAX_S)
		return err_reason(e, "catalogue.corrupt", "it lives for %lld s, at most %d",
				  (long long)(exp_s - iat_s), CATALOGUE_LIFE_MAX_S);
	if (j->now_s - j->skew_s > exp_s || iat_s - j->skew_s > j->now_s)
		return err_reason(
			e, "catalogue.time",
			"it is good from %lld to %lld, here it is %lld, %lld s may differ",
			(long long)iat_s, (long long)exp_s, (long long)j->now_s,
			(long long)j->skew_s);
	return true;
}

bool catalogue_verify(const struct catalogue_judge *j, struct span token, struct catalogue *out,
		      struct err *e)
{
	struct catalogue c AUTO_CATALOGUE = CATALOGUE_INIT;
	json_t *payload AUTO_JSON = NULL;
	struct err why = ERR_INIT;

	if (!jws_verify(token, j->key, CATALOGUE_TYP, &payload, &why)) {
		if (why.code == ERR_NOMEM)
			return err_nomem(e);
		return err_reason(e,
				  err_is(&why, "jws.corrupt") ? "catalogue.corrupt"
							      : "catalogue.signature",
				  "%s", why.text);
	}
	if (!is_for_me(j, payload, e))
		return false;
	if (!catalogue_read(payload, &c, &why)) {
		if (why.code == ERR_NOMEM)
			return err_nomem(e);
		return err_reason(e, "catalogue.corrupt", "%s", why.text);
	}
	if (c.revision < 1 || c.revision < j->revision)
		return err_reason(e, "catalogue.revision", "it is revision %lld, %lld is held",
				  (long long)c.revision, (long long)j->revision);
	*out = c;
	c = (struct catalogue)CATALOGUE_INIT;
	return true;
}
