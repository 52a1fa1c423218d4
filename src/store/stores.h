/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

/*
 * Rows of certificate stores and of who is in them. Names are compared without regard to case and
 * shown as they were made.
 */
#define STORE_NAME_SIZE 64 /* bytes, terminator included */

struct store_row {
	int64_t id;
	char name[STORE_NAME_SIZE];
	bool builtin;
	int64_t n_certs; /* live members; filled by store_row_list() alone */
};

typedef bool (*store_row_fn)(void *arg, const struct store_row *row, struct err *e);
typedef bool (*store_use_fn)(void *arg, const char *kind, const char *name, struct err *e);

bool store_row_find(struct store *s, const char *name, struct store_row *out, bool *found_out,
		    struct err *e) MUST_USE;
bool store_row_list(struct store *s, store_row_fn fn, void *arg, struct err *e) MUST_USE;
bool store_row_insert(struct store *s, const char *name, int64_t at_s, struct err *e) MUST_USE;
/* With its removed memberships; ERR_IN_USE while it has live ones or something relies on it. */
bool store_row_delete(struct store *s, int64_t id, struct err *e) MUST_USE;
bool store_row_uses(struct store *s, int64_t id, store_use_fn fn, void *arg,
		    struct err *e) MUST_USE;

/* *added_out: it was not a live member before. */
bool store_member_add(struct store *s, int64_t store_id, int64_t cert_id, int64_t at_s,
		      bool *added_out, struct err *e) MUST_USE;
bool store_member_has(struct store *s, int64_t store_id, int64_t cert_id, bool *out,
		      struct err *e) MUST_USE;
/* Marks it removed, as part of removal number seq; *n_out how many live ones it was (0 or 1). */
bool store_member_remove(struct store *s, int64_t store_id, int64_t cert_id, int64_t at_s,
			 int64_t seq, int64_t *n_out, struct err *e) MUST_USE;
/* Without a trace in the recycle bin: the source of a move. */
bool store_member_drop(struct store *s, int64_t store_id, int64_t cert_id, struct err *e) MUST_USE;
/* Brings back what the last removal at or after since_s took. */
bool store_member_restore_last(struct store *s, int64_t cert_id, int64_t since_s, int64_t *n_out,
			       struct err *e) MUST_USE;
bool store_member_count(struct store *s, int64_t cert_id, int64_t *out, struct err *e) MUST_USE;
