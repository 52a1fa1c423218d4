/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/certs.h"

#include "base/text.h"
#include "core/audit.h"
#include "core/certs/cert_rows.h"
#include "core/paging.h"
#include "core/permit.h"
#include "core/tx.h"
#include "core/view/view.h"
#include "store/stores.h"
#include "trust/view.h"

#include <stdio.h>
#include <string.h>

static bool item_add(void *arg, const struct store_row *row, struct err *e)
{
	return json_array_append_new(arg, view_store(row)) == 0 || err_nomem(e);
}

bool stores_list(struct core *c, json_t **out, struct err *e)
{
	json_t *items AUTO_JSON = json_array();

	if (!items)
		return err_nomem(e);
	return store_row_list(core_store(c), item_add, items, e) &&
	       list_answer(json_incref(items), out, e);
}

static bool store_name_check(const char *name, struct err *e)
{
	size_t len = strlen(name);

	if (len < 1 || len >= STORE_NAME_SIZE)
		return err_set(e, ERR_INVALID, "the name of a store has 1 to %d characters",
			       STORE_NAME_SIZE - 1);
	for (size_t i = 0; i < len; i++)
		if (!ascii_is_alpha(name[i]) && !ascii_is_digit(name[i]) &&
		    !strchr(" -_.", name[i]))
			return err_set(e, ERR_INVALID,
				       "the name of a store has letters, digits, blanks, '-', '_' "
				       "and '.' alone");
	if (strchr(" -_.", name[0]) || name[len - 1] == ' ')
		return err_set(e, ERR_INVALID, "the name of a store begins with a letter or digit");
	return true;
}

static bool count_one(void *arg, const struct store_row *row, struct err *e)
{
	int *n = arg;

	(void)row;
	if (++*n < TRUST_MAX_STORES)
		return true;
	return err_reason(e, "limit.rows", "there are %d stores already", TRUST_MAX_STORES);
}

bool stores_create(struct core *c, const struct actor *by, const char *name, struct err *e)
{
	int n = 0;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!permit(by, PERM_STORES, e) || !store_name_check(name, e) || !tx_begin(c, &tx, e) ||
	    !store_row_list(core_store(c), count_one, &n, e))
		return false;
	if (!store_row_insert(core_store(c), name, core_now_s(c), e)) {
		if (e->code == ERR_EXISTS)
			return err_reason(e, "store.exists", "there is a store '%s'", name);
		return false;
	}
	return tx_bump(c, COUNTER_TRUST_GENERATION, NULL, e) &&
	       audit_add(c, by, "store.create", name, NULL, e) && tx_commit_publish(&tx, e);
}

static bool use_is_reason(void *arg, const char *kind, const char *name, struct err *e)
{
	const struct store_row *row = arg;

	return err_reason(e, "store.in_use", "'%s' is used by %s %.100s", row->name, kind, name);
}

static bool count_find(void *arg, const struct store_row *row, struct err *e)
{
	struct store_row *wanted = arg;

	(void)e;
	if (row->id == wanted->id)
		wanted->n_certs = row->n_certs;
	return true;
}

bool stores_remove(struct core *c, const struct actor *by, const char *name, struct err *e)
{
	struct store_row row;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!permit(by, PERM_STORES, e) || !tx_begin(c, &tx, e) || !store_need(c, name, &row, e))
		return false;
	if (row.builtin)
		return err_reason(e, "store.builtin", "'%s' is built in", row.name);
	if (!store_row_uses(core_store(c), row.id, use_is_reason, &row, e) ||
	    !store_row_list(core_store(c), count_find, &row, e))
		return false;
	if (row.n_certs > 0)
		return err_reason(e, "store.in_use", "the store '%s' still holds %lld certificates",
				  row.name, (long long)row.n_certs);
	return store_row_delete(core_store(c), row.id, e) &&
	       tx_bump(c, COUNTER_TRUST_GENERATION, NULL, e) &&
	       audit_add(c, by, "store.remove", row.name, NULL, e) && tx_commit_publish(&tx, e);
}
