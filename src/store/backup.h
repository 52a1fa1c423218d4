/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

/*
 * Copies of the whole database, and their way back. Knows files and SQL; when a copy is made, what it
 * is called and who may have it is core/'s business.
 */

/* A copy of one moment into a new file (0600, on disk when it returns true); nothing of what was deleted
 * comes along. Not within a transaction. */
bool store_copy(struct store *s, const char *path, struct err *e) MUST_USE;

/* Removes the database file path with what belongs to it, also what a killed program left: a log that stayed would be
 * read into the next file of this name. The caller sees to it that nobody has it open. */
void store_file_remove(const char *path);

/* Reads all of a database through a connection of its own. Errors: state.corrupt with the first fault,
 * store.newer_schema, ERR_NOT_FOUND, ERR_IO, ERR_BUSY. */
bool store_file_check(const char *path, struct err *e) MUST_USE;

/* In a copy that leaves the machine: private keys that may not, and sessions, are taken out for good. */
bool store_file_strip(const char *path, struct err *e) MUST_USE;
/* The certificates whose keys that takes out. */
typedef bool (*store_kept_fn)(void *arg, const char *sha256, struct err *e);
bool store_kept_keys(struct store *s, store_kept_fn fn, void *arg, struct err *e) MUST_USE;

/*
 * Puts the database file from in place of the one in state_dir, under the lock that store_open() takes;
 * from is gone afterwards. The former database is kept as aside, however damaged it is. After a crash either the
 * one or the other is there, whole. Errors: store.busy while a program has the former one open: what that wrote would
 * be lost.
 */
bool store_replace(const char *state_dir, const char *from, const char *aside,
		   struct err *e) MUST_USE;
