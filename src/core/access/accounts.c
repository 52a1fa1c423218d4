/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/access/access.h"

#include "base/password.h"
#include "base/text.h"
#include "core/access/access_impl.h"
#include "core/audit.h"
#include "core/paging.h"
#include "core/permit.h"
#include "core/tx.h"
#include "core/view/view.h"
#include "store/accounts.h"
#include "store/sessions.h"

#define ACCOUNTS_MAX 1000 /* accounts of one console */

_Static_assert(ACCOUNT_PASSWORD_SIZE >= PASSWORD_HASH_SIZE, "a column holds a hash");

bool account_insert(struct core *c, const struct actor *by, const char *user, enum role role,
		    const char *hash, const char *action, struct err *e)
{
	struct store_account a = {.role = role, .created_at_s = core_now_s(c)};

	text_copy(a.name, sizeof(a.name), user);
	text_copy(a.password, sizeof(a.password), hash);
	if (!store_account_insert(core_store(c), &a, e)) {
		if (e->code == ERR_EXISTS)
			return err_reason(e, "account.exists", "there is an account '%s'", user);
		return false;
	}
	return audit_add(c, by, action, user, json_pack("{s:s}", "role", role_name(role)), e);
}

static bool account_need(struct core *c, const char *user, struct store_account *out, struct err *e)
{
	bool found = false;

	if (!store_account_find(core_store(c), user, out, &found, e))
		return false;
	return found || err_set(e, ERR_NOT_FOUND, "there is no account '%s'", user);
}

static bool count_one(void *arg, const struct store_account *row, struct err *e)
{
	int *n = arg;

	(void)row;
	if (++*n < ACCOUNTS_MAX)
		return true;
	return err_reason(e, "limit.rows", "there are %d accounts already", ACCOUNTS_MAX);
}

bool account_create(struct core *c, const struct actor *by, const char *user, enum role role,
		    const struct secret *password, json_t **out, struct err *e)
{
	char hash[PASSWORD_HASH_SIZE];
	struct store_account a;
	struct tx tx AUTO(tx_end) = TX_INIT;
	int n = 0;

	if (!permit(by, PERM_ACCOUNTS, e) || !access_name_check("an account", user, e) ||
	    !password_good(password, e) || !password_hash(password, hash, e))
		return false;
	if (role < ROLE_VIEWER || role > ROLE_ADMIN)
		return err_set(e, ERR_INVALID, "a role is viewer, operator or admin");
	if (!tx_begin(c, &tx, e) || !store_account_list(core_store(c), count_one, &n, e) ||
	    !account_insert(c, by, user, role, hash, "account.create", e) ||
	    !account_need(c, user, &a, e) || !tx_commit(&tx, e))
		return false;
	*out = view_account(&a);
	return *out || err_nomem(e);
}

static bool item_add(void *arg, const struct store_account *row, struct err *e)
{
	return json_array_append_new(arg, view_account(row)) == 0 || err_nomem(e);
}

bool account_list(struct core *c, json_t **out, struct err *e)
{
	json_t *items = json_array();

	if (!items || !store_account_list(core_store(c), item_add, items, e)) {
		json_decref(items);
		return items ? false : err_nomem(e);
	}
	return list_answer(items, out, e);
}

static bool not_last_admin(struct core *c, const struct store_account *a, struct err *e)
{
	int64_t n;

	if (a->role != ROLE_ADMIN)
		return true;
	if (!store_account_count(core_store(c), ROLE_ADMIN, &n, e))
		return false;
	return n > 1 ||
	       err_reason(e, "account.last_admin", "'%s' is the last administrator", a->name);
}

static json_t *change_detail(enum role before, enum role after, bool password)
{
	json_t *o = json_pack("{s:{s:s}, s:{s:s}}", "before", "role", role_name(before), "after",
			      "role", role_name(after));

	if (o && password)
		json_object_set_new(o, "password_changed", json_true());
	return o;
}

/* A new password ends every session: whoever had the old one is out. So does another role: what an open page offers,
 * and what its answers held, was for the former one. */
bool account_change(struct core *c, const struct actor *by, const char *user, const enum role *role,
		    const struct secret *password, struct err *e)
{
	char hash[PASSWORD_HASH_SIZE];
	struct store_account a;
	enum role before;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!permit(by, PERM_ACCOUNTS, e))
		return false;
	if (role && (*role < ROLE_VIEWER || *role > ROLE_ADMIN))
		return err_set(e, ERR_INVALID, "a role is viewer, operator or admin");
	if (password && (!password_good(password, e) || !password_hash(password, hash, e)))
		return false;
	if (!tx_begin(c, &tx, e) || !account_need(c, user, &a, e))
		return false;
	before = (enum role)a.role;
	if (role && *role != ROLE_ADMIN && !not_last_admin(c, &a, e))
		return false;
	if (role)
		a.role = *role;
	if (password)
		text_copy(a.password, sizeof(a.password), hash);
	a.changed_at_s = core_now_s(c);
	if (!store_account_update(core_store(c), &a, e) ||
	    ((password || (enum role)a.role != before) &&
	     !store_session_delete_all(core_store(c), a.id, e)))
		return false;
	return audit_add(c, by, "account.change", a.name,
			 change_detail(before, (enum role)a.role, password != NULL), e) &&
	       tx_commit(&tx, e);
}

bool account_remove(struct core *c, const struct actor *by, const char *user, struct err *e)
{
	struct store_account a;
	struct tx tx AUTO(tx_end) = TX_INIT;

	return permit(by, PERM_ACCOUNTS, e) && tx_begin(c, &tx, e) &&
	       account_need(c, user, &a, e) && not_last_admin(c, &a, e) &&
	       store_account_delete(core_store(c), a.id, e) &&
	       audit_add(c, by, "account.remove", a.name,
			 json_pack("{s:s}", "role", role_name((enum role)a.role)), e) &&
	       tx_commit(&tx, e);
}
