/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/tx.h"

#include "base/mem.h"
#include "core/core_impl.h"

static void notes_drop(struct core *c)
{
	for (int i = 0; i < c->n_notes; i++) {
		mem_free(c->notes[i].topic);
		json_decref(c->notes[i].what);
	}
	c->n_notes = 0;
}

static void notes_send(struct core *c)
{
	for (int i = 0; i < c->n_notes; i++)
		core_notify(c, c->notes[i].topic, c->notes[i].what);
	notes_drop(c);
}

bool tx_begin(struct core *c, struct tx *tx, struct err *e)
{
	if (c->tx_depth == 0) {
		if (!store_begin(c->store, e))
			return false;
		c->tx_doomed = false;
		c->tx_moved = false;
	}
	c->tx_depth++;
	tx->c = c;
	return true;
}

static void tx_back(struct core *c)
{
	store_rollback(c->store);
	notes_drop(c);
	c->tx_moved = false;
}

bool tx_commit(struct tx *tx, struct err *e)
{
	struct core *c = tx->c;

	tx->c = NULL;
	c->tx_depth--;
	if (c->tx_depth > 0)
		return !c->tx_doomed ||
		       err_set(e, ERR_BUG, "commit of a transaction whose part failed");
	if (c->tx_doomed) {
		tx_back(c);
		return err_set(e, ERR_BUG, "commit of a transaction whose part failed");
	}
	if (!store_commit(c->store, e)) {
		tx_back(c);
		return false;
	}
	notes_send(c);
	return true;
}

void tx_end(struct tx *tx)
{
	struct core *c = tx->c;

	if (!c)
		return;
	tx->c = NULL;
	c->tx_depth--;
	c->tx_doomed = true;
	if (c->tx_depth == 0)
		tx_back(c);
}

bool tx_bump(struct core *c, enum counter counter, int64_t *out, struct err *e)
{
	if (counter != COUNTER_CHANGE_SEQ)
		c->tx_moved = true;
	return store_counter_bump(c->store, counter, out, e);
}

void tx_note(struct core *c, const char *topic, json_t *what)
{
	struct note *n = &c->notes[c->n_notes < NOTES_MAX ? c->n_notes : NOTES_MAX - 1];

	if (!what)
		return;
	if (c->n_notes == NOTES_MAX) {
		mem_free(n->topic);
		json_decref(n->what);
		c->n_notes--;
	}
	*n = (struct note){.topic = mem_str(topic), .what = what};
	if (!n->topic) {
		json_decref(what); /* listeners miss a hint, no more */
		return;
	}
	c->n_notes++;
}

bool tx_commit_publish(struct tx *tx, struct err *e)
{
	struct core *c = tx->c;
	struct err why = ERR_INIT;
	int64_t served;

	if (!tx_commit(tx, e))
		return false;
	if (c->tx_depth > 0 || !c->tx_moved)
		return true; /* the outermost one publishes */
	c->tx_moved = false;
	if (!c->hooks.publish || c->hooks.publish(c->hooks.arg, &served, &why) ||
	    why.code == ERR_UNREACHABLE)
		return true;
	*e = why;
	return err_wrap(e, "the change is stored, but not served yet");
}

bool core_dry_begin(struct core *c, struct err *e)
{
	struct tx tx = TX_INIT;

	return tx_begin(c, &tx, e);
}

void core_dry_end(struct core *c)
{
	c->tx_depth = 0;
	tx_back(c);
}
