/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"

#include <stddef.h>

/*
 * The console's own backups: copies of the database in state_dir/backups, made by the running console
 * after changes and read whole before they count as good. Private keys in them are sealed under the
 * machine's master key, as in the database. What leaves the machine is made by console_backup.h.
 */
#define BACKUPS_FOLDER "backups"
#define BACKUPS_KEPT 24	    /* the oldest go */
#define BACKUP_EVERY_S 600  /* at most one in this time */
#define BACKUP_NAME_SIZE 64 /* "db-20261122T041500Z-123.sqlite": time, number of the last change */
#define BACKUPS_LISTED 1000 /* entries of the folder that are looked at */

struct backup_file {
	char name[BACKUP_NAME_SIZE];
	int64_t made_s, change_seq, size_bytes;
};

/* The newest by its name; *found_out false: there is none. */
bool backup_last(const char *state_dir, struct backup_file *out, bool *found_out,
		 struct err *e) MUST_USE;
/* [{name, time, change_seq, size}], newest first. */
bool backups_list(const char *state_dir, json_t **out, struct err *e) MUST_USE;
/* Makes one where something changed since the last and that is every_s old; every_s -1: in any case.
 * *made_out: whether one was made. Not within a transaction. */
bool backup_keep(struct core *c, int64_t every_s, bool *made_out, struct err *e) MUST_USE;

/* One at a time makes or puts back a backup of state_dir, of whichever program: the others wait, or with wait false are
 * told by *fd_out -1. Closing *fd_out lets the next one. */
bool backups_lock(const char *state_dir, bool wait, int *fd_out, struct err *e) MUST_USE;
/* Removes what programs that were killed left of backups being made or put back. For the one that holds the state
 * directory's own lock. */
bool backups_sweep(const char *state_dir, struct err *e) MUST_USE;

/* Reads the whole database, through a connection of its own. Errors: state.corrupt, naming the last good
 * backup. */
bool core_check(struct core *c, struct err *e) MUST_USE;
/* What the last core_check() of this process found damaged; "" nothing. Threads  any */
void core_damage(char *out, size_t size);
/* Adds the last good backup to an error that says state.corrupt; returns false. */
bool backup_name_it(const char *state_dir, struct err *e);
