/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/core.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/agents/agents.h"
#include "core/certs/certs.h"
#include "core/console/backup.h"
#include "core/core_impl.h"
#include "core/tx.h"
#include "core/updates/updates.h"
#include "store/accounts.h"
#include "store/certificates.h"
#include "store/sessions.h"
#include "trust/judge.h"

#include <limits.h>
#include <sys/stat.h>

#define FAILURES_KEEP_S 86400

/* A console whose database was lost must not be made anew by the way: nobody could log in any more, and agents would be
 * given the new one's certificate. Backups say that there was one. */
static bool database_not_lost(const char *state_dir, struct err *e)
{
	struct err ignored = ERR_INIT;
	struct backup_file last;
	char path[PATH_MAX];
	bool found = false;
	struct stat st;

	if (!path_join(path, sizeof(path), state_dir, STORE_FILE, e))
		return false;
	if ((stat(path, &st) == 0 && st.st_size > 0) ||
	    !backup_last(state_dir, &last, &found, &ignored) || !found)
		return true;
	return err_reason(e, "state.corrupt", "the database '%.120s' is %s", path,
			  file_exists(path) ? "empty" : "gone");
}

bool core_open(const char *state_dir, bool create, const struct core_hooks *hooks,
	       struct core **out, struct err *e)
{
	struct core *c AUTO_CORE = NULL;

	if (!state_dir_ready(state_dir, create, e))
		return false;
	c = mem_new(struct core);
	if (!c)
		return err_nomem(e);
	core_set_hooks(c, hooks);
	c->state_dir = mem_str(state_dir);
	if (!c->state_dir)
		return err_nomem(e);
	if (!database_not_lost(state_dir, e) || !store_open(state_dir, create, &c->store, e) ||
	    !master_ready(c, e))
		return backup_name_it(state_dir, e);
	*out = c;
	c = NULL;
	return true;
}

void core_close(struct core *c)
{
	if (!c)
		return;
	secret_clear(&c->master);
	trust_view_unref(c->known);
	store_close(c->store);
	mem_free(c->state_dir);
	mem_free(c);
}

const char *core_state_dir(const struct core *c)
{
	return c->state_dir;
}

struct store *core_store(struct core *c)
{
	return c->store;
}

const struct secret *core_master(const struct core *c)
{
	return &c->master;
}

int64_t core_now_s(const struct core *c)
{
	return c->hooks.now_s ? c->hooks.now_s(c->hooks.arg) : clock_now_s();
}

void core_set_hooks(struct core *c, const struct core_hooks *hooks)
{
	c->hooks = hooks ? *hooks : (struct core_hooks){.arg = NULL};
}

const struct core_hooks *core_hooks(const struct core *c)
{
	return &c->hooks;
}

void core_notify(struct core *c, const char *topic, const json_t *what)
{
	if (c->hooks.notify)
		c->hooks.notify(c->hooks.arg, topic, what);
}

bool core_counter(struct core *c, enum core_counter counter, int64_t *out, struct err *e)
{
	static const enum counter which[] = {
		[CORE_TRUST_GENERATION] = COUNTER_TRUST_GENERATION,
		[CORE_TLS_GENERATION] = COUNTER_TLS_GENERATION,
		[CORE_CHANGE_SEQ] = COUNTER_CHANGE_SEQ,
	};

	return store_counter(c->store, which[counter], out, e);
}

bool core_tidy(struct core *c, struct err *e)
{
	int64_t now = core_now_s(c), n_purged;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!tx_begin(c, &tx, e) ||
	    !store_cert_purge(c->store, now - CERTS_DELETED_KEEP_S, &n_purged, e) ||
	    !store_session_purge(c->store, now, 0, e) ||
	    !store_failures_purge(c->store, now - FAILURES_KEEP_S, e) || !tx_commit(&tx, e))
		return false;
	if (!agents_tidy(c, e) || !updates_tidy(c, e))
		return false;
	log_debug("core.tidy", "purged=%lld", (long long)n_purged);
	return true;
}
