/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

#include "store/db.h"

static const char *const steps[] = {
	schema_1,  /* certificates, stores, keys, requests, access, audit, settings */
	schema_2,  /* bindings, changes, what agents were given */
	schema_3,  /* authentication keys, publications */
	schema_4,  /* agents */
	schema_5,  /* refusals */
	schema_6,  /* revocation, distribution points, changes of the trust mode */
	schema_7,  /* client certificates of accounts */
	schema_8,  /* agents that speak, rollouts */
	schema_9,  /* the announced host certificate */
	schema_10, /* the catalogue of required roots */
	schema_11, /* changes that wait for agents */
	schema_12, /* inventories of trust directories */
	schema_13, /* update packages, how far agents are with them */
	schema_14, /* which entry of the catalogue an update waits for */
	schema_15, /* indexes: CA certificates by subject, agents by policy */
	schema_16, /* how many files an update package has */
};
#define N_STEPS ((int)ARRAY_LEN(steps))

int store_schema_version(void)
{
	return N_STEPS;
}

const char *migrate_step(int step)
{
	return steps[step - 1];
}

static bool version_read(struct store *s, int64_t *out, struct err *e)
{
	return db_get_int(s, "PRAGMA user_version", DB_NO_ARGS, out, NULL, e);
}

static bool step_run(struct store *s, int64_t to, struct err *e)
{
	int64_t now = 0;

	if (!store_begin(s, e))
		return false;
	if (!db_script(s, steps[to - 1], e) || !version_read(s, &now, e)) {
		store_rollback(s);
		return err_wrap(e, "schema step %d", (int)to);
	}
	if (now != to) {
		store_rollback(s);
		return err_set(e, ERR_BUG, "schema step %d says that it is %d", (int)to, (int)now);
	}
	return store_commit(s, e);
}

bool migrate(struct store *s, struct err *e)
{
	int64_t have = 0;

	if (!version_read(s, &have, e))
		return false;
	if (have > N_STEPS)
		return err_reason(e, "store.newer_schema",
				  "the database has schema %d, this program knows %d", (int)have,
				  N_STEPS);
	for (int64_t to = have + 1; to <= N_STEPS; to++)
		if (!step_run(s, to, e))
			return false;
	return true;
}
