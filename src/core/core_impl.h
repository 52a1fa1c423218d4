/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "store/store.h"

/*
 * The inside of struct core, for core.c, state_dir.c and tx.c alone.
 */
#define NOTES_MAX 64 /* notifications of one transaction; more are merged into the last */

struct note {
	char *topic;
	json_t *what;
};

struct core {
	char *state_dir;
	struct store *store;
	struct secret master;	   /* empty when it could not be had */
	struct err master_trouble; /* then: why */
	struct core_hooks hooks;
	struct trust_view *known; /* the last one made here: what it holds is not parsed again */
	int tx_depth;
	bool tx_doomed; /* an inner part failed: the whole goes back */
	bool tx_moved;	/* a generation moved in this transaction */
	struct note notes[NOTES_MAX];
	int n_notes;
};

/* The state directory: there (or made), ours, closed to others. */
bool state_dir_ready(const char *path, bool create, struct err *e) MUST_USE;
/* What root made in somebody else's state directory is handed to that somebody. */
bool state_dir_give(const char *dir, const char *name, struct err *e) MUST_USE;
/* In the state directory. A restore writes the key that belongs to its database as the second one before that database
 * is in place, and names it as the first one after that: who opens the console between the two finds it, and ends what
 * was begun. */
#define MASTER_KEY_FILE "master.key"
#define MASTER_KEY_NEXT_FILE "master.key.next"
/* Fine when there is no next one. */
bool master_take_next(const char *state_dir, struct err *e) MUST_USE;
/* Removes what killed programs left of either. Under state_lock() and backups_lock(), with the console opened. */
bool master_sweep(const char *state_dir, struct err *e) MUST_USE;
/* Fills master, or master_trouble when the database's key cannot be had. */
bool master_ready(struct core *c, struct err *e) MUST_USE;
