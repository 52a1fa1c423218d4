/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/keeper.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "certbinderd/side_thread.h"
#include "core/bindings/bindings.h"
#include "core/console/backup.h"

#include <string.h>

struct keeper {
	struct console *console;
	struct side_thread side;
	uint64_t tick;
	char drift[16]; /* the state last said */
	char backup[sizeof(((struct err *)0)->text)],
		database[sizeof(((struct err *)0)->text)]; /* their trouble */
};

static void drift_look(struct keeper *p)
{
	json_t *v = NULL;
	struct err e = ERR_INIT;
	const char *state;

	if (!drift_show(p->side.core, &v, &e)) {
		log_warning("daemon.drift", "cannot look: %s", e.text);
		return;
	}
	state = json_string_value(json_object_get(v, "state"));
	if (state && strcmp(state, p->drift) != 0) {
		if (strcmp(state, "drift") == 0)
			log_warning("daemon.drift", "findings=%zu",
				    json_array_size(json_object_get(v, "findings")));
		else
			log_info("daemon.drift", "state=%s", state);
		text_copy(p->drift, sizeof p->drift, state);
		core_notify(p->side.core, "drift", v);
	}
	json_decref(v);
}

/* Said once, when it begins, changes or ends: a full disk stays full for a while. */
static void trouble_say(char *last, size_t size, const char *event, bool good, const struct err *e)
{
	const char *now = good ? "" : e->text;

	if (strcmp(last, now) == 0)
		return;
	if (good)
		log_notice(event, "good again");
	else
		log_error(event, "%s", e->text);
	text_copy(last, size, now);
}

/* The database is read whole, and copied when it changed; a damaged one never takes a good copy's place. */
static void database_look(struct keeper *p, int64_t every_s)
{
	struct err e = ERR_INIT, why = ERR_INIT;
	bool made = false, good = core_check(p->side.core, &e);

	trouble_say(p->database, sizeof(p->database), "daemon.database", good, &e);
	if (!good)
		return;
	good = backup_keep(p->side.core, every_s, &made, &why);
	trouble_say(p->backup, sizeof(p->backup), "daemon.backup", good, &why);
}

/* Somebody may have written and died before waking us. */
static void generations_look(struct keeper *p)
{
	struct console *k = p->console;
	int64_t tls = 0, trust = 0, served;
	struct err e = ERR_INIT;

	if (!core_counter(p->side.core, CORE_TLS_GENERATION, &tls, &e) ||
	    !core_counter(p->side.core, CORE_TRUST_GENERATION, &trust, &e)) {
		log_warning("daemon.generations", "%s", e.text);
		return;
	}
	if (tls == atomic_load(&k->tls_generation) && trust == atomic_load(&k->trust_generation) &&
	    p->tick % KEEPER_HOUR_TICKS != 0 &&
	    (atomic_load(&k->n_dropped) == 0 || p->tick % KEEPER_DRIFT_TICKS != 0))
		return;
	if (!console_publish(k, &served, &e))
		log_warning("daemon.publish", "%s", e.text);
}

static int tick(void *arg)
{
	struct keeper *p = arg;
	struct err e = ERR_INIT;
	int64_t next_s;

	p->tick++;
	generations_look(p);
	if (!changes_expire(p->side.core, &next_s, &e))
		log_warning("daemon.changes", "%s", e.text);
	api_tick(p->console->api, p->side.core);
	if (p->tick % KEEPER_DRIFT_TICKS == 0) {
		drift_look(p);
		database_look(p, BACKUP_EVERY_S);
	}
	if (p->tick % KEEPER_DAY_TICKS == 0 && !core_tidy(p->side.core, &e))
		log_warning("daemon.tidy", "%s", e.text);
	return KEEPER_TICK_MS;
}

static void begin(void *arg)
{
	struct keeper *p = arg;
	struct err e = ERR_INIT;

	if (!changes_prove_pending(p->side.core, &e))
		log_warning("daemon.changes", "%s", e.text);
	drift_look(p);
	database_look(p, 0);
}

bool keeper_start(struct console *k, struct keeper **out, struct err *e)
{
	struct keeper *p = mem_new(struct keeper);

	if (!p)
		return err_nomem(e);
	p->console = k;
	p->side = (struct side_thread){.name = "keeper",
				       .begin = begin,
				       .tick = tick,
				       .first_ms = KEEPER_TICK_MS,
				       .arg = p};
	if (!side_thread_start(&p->side, k, e)) {
		mem_free(p);
		return false;
	}
	*out = p;
	return true;
}

void keeper_stop(struct keeper *p)
{
	if (!p)
		return;
	side_thread_stop(&p->side);
	mem_free(p);
}
