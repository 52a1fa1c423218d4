/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/access/access.h"

#include "base/text.h"
#include "core/access/access_impl.h"
#include "core/audit.h"
#include "core/paging.h"
#include "core/permit.h"
#include "core/tx.h"
#include "core/view/view.h"
#include "store/tokens.h"

#define TOKEN_CHARS (sizeof(TOKEN_PREFIX) - 1 + 43)
#define USED_EVERY_S 60	 /* how exactly the last use of a token is kept */
#define TOKENS_MAX 10000 /* tokens of one console */

static bool token_insert(struct core *c, const struct actor *by, struct store_token *t,
			 struct err *e)
{
	if (!store_token_insert(core_store(c), t, e)) {
		if (e->code == ERR_EXISTS)
			return err_reason(e, "token.exists", "there is a token '%s'", t->name);
		return false;
	}
	return audit_add(c, by, "token.create", t->name,
			 json_pack("{s:s, s:s, s:o}", "id", t->id, "role",
				   role_name((enum role)t->role), "expires",
				   view_time_or_null(t->expires_at_s)),
			 e);
}

static bool count_one(void *arg, const struct store_token *row, struct err *e)
{
	int *n = arg;

	(void)row;
	if (++*n < TOKENS_MAX)
		return true;
	return err_reason(e, "limit.rows", "there are %d tokens already", TOKENS_MAX);
}

bool token_create(struct core *c, const struct actor *by, const char *name, enum role role,
		  int ttl_days, struct secret *token_out, json_t **out, struct err *e)
{
	struct store_token t = {.role = role, .created_at_s = core_now_s(c)};
	struct secret token AUTO_SECRET = SECRET_INIT;
	struct tx tx AUTO(tx_end) = TX_INIT;
	int n = 0;

	if (!permit(by, PERM_ACCOUNTS, e) || !access_name_check("a token", name, e))
		return false;
	if (role < ROLE_VIEWER || role > ROLE_ADMIN)
		return err_set(e, ERR_INVALID, "a role is viewer, operator or admin");
	if (ttl_days < 0 || ttl_days > TOKEN_TTL_MAX_DAYS)
		return err_set(e, ERR_INVALID, "a token lives 1 to %d days, or 0 for ever",
			       TOKEN_TTL_MAX_DAYS);
	if (!bearer_make(TOKEN_PREFIX, &token, e))
		return false;
	public_id_make(t.id);
	bearer_hash(secret_span(&token), t.hash);
	text_copy(t.name, sizeof(t.name), name);
	text_copy(t.created_by, sizeof(t.created_by), by->name ? by->name : "");
	if (ttl_days > 0)
		t.expires_at_s = t.created_at_s + (int64_t)ttl_days * 86400;
	if (!tx_begin(c, &tx, e) || !store_token_list(core_store(c), count_one, &n, e) ||
	    !token_insert(c, by, &t, e) || !tx_commit(&tx, e))
		return false;
	*out = view_token(&t);
	if (!*out)
		return err_nomem(e);
	secret_move(token_out, &token);
	return true;
}

static bool item_add(void *arg, const struct store_token *row, struct err *e)
{
	return json_array_append_new(arg, view_token(row)) == 0 || err_nomem(e);
}

bool token_list(struct core *c, json_t **out, struct err *e)
{
	json_t *items = json_array();

	if (!items || !store_token_list(core_store(c), item_add, items, e)) {
		json_decref(items);
		return items ? false : err_nomem(e);
	}
	return list_answer(items, out, e);
}

bool token_revoke(struct core *c, const struct actor *by, const char *id, struct err *e)
{
	struct store_token t;
	bool found = false;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!permit(by, PERM_ACCOUNTS, e) || !tx_begin(c, &tx, e) ||
	    !store_token_named(core_store(c), id, &t, &found, e))
		return false;
	if (!found)
		return err_set(e, ERR_NOT_FOUND, "there is no token '%s'", id);
	return store_token_delete(core_store(c), t.id, e) &&
	       audit_add(c, by, "token.revoke", t.name, json_pack("{s:s}", "id", t.id), e) &&
	       tx_commit(&tx, e);
}

bool token_check(struct core *c, struct span token, struct identity *out, struct err *e)
{
	uint8_t hash[SHA256_BYTES];
	struct store_token t;
	int64_t now = core_now_s(c);
	bool found = false;

	if (token.len != TOKEN_CHARS)
		return err_reason(e, "auth.token", "the token is not valid");
	bearer_hash(token, hash);
	if (!store_token_find(core_store(c), hash, &t, &found, e))
		return false;
	if (!found)
		return err_reason(e, "auth.token", "the token is not valid");
	if (t.expires_at_s && now >= t.expires_at_s)
		return err_reason(e, "auth.token_expired", "the token '%s' has expired", t.name);
	if (now - t.used_at_s >= USED_EVERY_S)
		access_touch(c, store_token_used, t.id);
	*out = (struct identity){.role = (enum role)t.role};
	text_copy(out->name, sizeof(out->name), t.name);
	text_copy(out->session_id, sizeof(out->session_id), t.id);
	return true;
}
